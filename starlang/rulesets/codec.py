"""Compiled files: a rule set as canonical JSON, and back.

A file is refused unless it is what the compiler wrote: both digests are computed again
from what was read, so damage, an edit by hand and unknown members are all noticed.
"""

import json

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, Label
from starlang.rulesets.canonical import Json, laid_out
from starlang.rulesets.digests import section_digest
from starlang.rulesets.integrity import problem_of
from starlang.rulesets.model import RuleSet
from starlang.rulesets.restoring import ruleset
from starlang.rulesets.sections import LANGUAGE, places, semantics, texts
from starlang.rulesets.shapes import MalformedError, a_count, an_object, record
from starlang.text import Source, Span

FORMAT = "starlang-ruleset"
VERSION = 1

_MEMBERS = {"digest", "format", "places", "semantics", "text_digest", "texts"}

_LINES = 3
"""Levels broken into lines: the file, its sections, their lists; so a rule is a line."""

_MANY_DIGITS = 10

_AGAIN = "compile the rules again with `starlang compile`"
_UPDATE = "update starlang, or compile the rules with this version"


def dumps(rules: RuleSet) -> str:
    """`rules` as the text of a compiled file: ASCII, sorted keys, a line a rule."""
    decides, reads = semantics(rules), texts(rules)
    document: dict[str, Json] = {
        "digest": section_digest(decides),
        "format": f"{FORMAT}/{VERSION}",
        "places": places(rules),
        "semantics": decides,
        "text_digest": section_digest(reads),
        "texts": reads,
    }
    return laid_out(document, _LINES)


def loads(text: str, name: str = "") -> RuleSet | Diagnostic:
    """The rule set in the text of a compiled file, or why it is refused (E850 to E856).

    `name` is the file's name for the diagnostic.
    """
    try:
        document: object = json.loads(text)
        return _version_refusal(document, name) or _read(document, name)
    except RecursionError:
        return _refusal("E850", name, "it is nested too deeply to be JSON of ours", _AGAIN)
    except json.JSONDecodeError as error:
        return _no_json(error, Source(name, text))
    except MalformedError as error:
        return _refusal("E856", name, f"it is not what the compiler writes: {error}", _AGAIN)


def _read(document: object, name: str) -> RuleSet | Diagnostic:
    members = record(document, _MEMBERS)
    rules = ruleset(members["semantics"], members["texts"], members["places"])
    if members["digest"] != section_digest(members["semantics"]):
        return _refusal("E854", name, "what it decides does not agree with its digest", _AGAIN)
    if members["text_digest"] != section_digest(members["texts"]):
        return _refusal("E855", name, "its texts do not agree with their digest", _AGAIN)
    if problem := problem_of(rules):
        raise MalformedError(problem)
    return rules


def _version_refusal(document: object, name: str) -> Diagnostic | None:
    """Why a document of another format, or of another version, is not read."""
    written = document.get("format") if isinstance(document, dict) else None
    version = _version(written)
    if version is None:
        hint = f"a compiled rule set says `{FORMAT}/{VERSION}` under `format`"
        return _refusal("E851", name, "it is no compiled rule set", hint)
    if version > VERSION:
        return _refusal("E852", name, f"its format `{written}` is newer than this program", _UPDATE)
    if version < VERSION:
        return _refusal("E853", name, f"its format `{written}` is no longer read", _AGAIN)
    language = a_count(an_object(an_object(document).get("semantics")).get("language"))
    if language > LANGUAGE:
        newer = f"its rules are in version {language} of the language, newer than this program"
        return _refusal("E852", name, newer, _UPDATE)
    return None


def _version(written: object) -> int | None:
    """The number in `starlang-ruleset/N`, or None for anything else."""
    kind, _, digits = written.partition("/") if isinstance(written, str) else ("", "", "")
    is_number = digits.isascii() and digits.isdigit() and len(digits) < _MANY_DIGITS
    return int(digits) if kind == FORMAT and is_number else None


def _no_json(error: json.JSONDecodeError, source: Source) -> Diagnostic:
    start = min(error.pos, len(source.text))
    label = Label(source, Span(start, min(start + 1, len(source.text))), "here")
    refusal = _refusal("E850", source.name, f"it is no JSON: {error.msg}", _AGAIN)
    return evolve(refusal, labels=(label,))


def _refusal(code: str, name: str, why: str, hint: str) -> Diagnostic:
    subject = f"the compiled rule set `{name}`" if name else "the compiled rule set"
    return Diagnostic(code=code, message=f"{subject} is refused: {why}", file=name, hint=hint)
