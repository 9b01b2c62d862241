"""JSON Schema files: bytes in, a `Schema` or what is wrong with it out."""

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.places import Places
from starlang.manifests.pointers import pointer_to
from starlang.manifests.positions import Step
from starlang.manifests.reader import read
from starlang.manifests.validation import Schema, furthest
from starlang.manifests.wording import kind, shown
from starlang.text import Source

_VALUES = frozenset({"const", "default", "enum", "examples"})
"""Keywords that hold plain values; nothing in them is a schema."""


MAX_PATTERN_BYTES = 1 << 25
"""How much memory all patterns of a schema may take together."""

MAX_BACKTRACKS = 20_000
"""How often a pattern with a look-around may try again on one text."""


def read_schema(name: str, data: bytes) -> Schema | Diagnostic:
    """The schema that the bytes of the file `name` hold, or what is wrong with it."""
    document = read(data)
    if isinstance(document, dict | bool):
        return _compiled(Source(name, data.decode()), document)
    return _no_schema(name, data, document)


def _no_schema(name: str, data: bytes, document: object) -> Diagnostic:
    from starlang.manifests.refusals import Refusal

    if isinstance(document, Refusal):
        return evolve(document.diagnostic(name, data), code="E711")
    message = f"the schema is {kind(document)}, not an object"
    return _finding(Source(name, data.decode()), (), "E711", message, "write a JSON Schema")


def _compiled(source: Source, document: Any) -> Schema | Diagnostic:
    """A schema is somebody else's: its patterns get a share of memory, and an end of trying.

    Most of them never backtrack, whatever they look like; those with a look-around do.
    """
    import jsonschema_rs

    share = MAX_PATTERN_BYTES // max(1, _patterns(document))
    options = jsonschema_rs.FancyRegexOptions(MAX_BACKTRACKS, share, share)
    try:
        validator = jsonschema_rs.validator_for(
            document, validate_formats=False, retriever=_never_fetch, pattern_options=options
        )
    except jsonschema_rs.ValidationError as error:
        return _lost_reference(source, document, error.message) or _invalid(source, error)
    return Schema(source, validator)


def _patterns(document: object) -> int:
    """How many patterns a schema has."""
    count = 0
    for (*_, key), value in _keywords(document):
        if key == "pattern":
            count += 1
        elif key == "patternProperties" and isinstance(value, dict):
            count += len(value)
    return count


def _never_fetch(uri: str) -> Any:
    raise ValueError(uri)


def _lost_reference(source: Source, document: Any, words: str) -> Diagnostic | None:
    """The reference that `words` complain about, if they do."""
    for steps, target in _references(document):
        file, _, inside = target.partition("#")
        if file and file in words:
            message = f"the schema refers to {shown(target)}, and nothing outside it is read"
            hint = "copy that schema into `definitions`, and refer to `#/definitions/NAME`"
            return _finding(source, steps, "E712", message, hint)
        if not file and inside and f"'{inside}'" in words:
            message = f"the schema refers to {shown(target)}, which it does not have"
            return _finding(source, steps, "E711", message, "correct the reference")
    return None


def _references(document: object) -> Iterator[tuple[tuple[Step, ...], str]]:
    """(where, target) of every `$ref`."""
    for steps, value in _keywords(document):
        if steps[-1] in {"$ref", "$dynamicRef", "$recursiveRef"} and isinstance(value, str):
            yield steps, value


def _keywords(document: object) -> Iterator[tuple[tuple[Step, ...], object]]:
    """(where, value) of all that may be a keyword; nesting is bounded by the reader."""
    waiting: list[tuple[tuple[Step, ...], object]] = [((), document)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, dict):
            members = [((*steps, key), each) for key, each in value.items() if key not in _VALUES]
            yield from members
            waiting += members
        elif isinstance(value, list):
            waiting += [((*steps, index), each) for index, each in enumerate(value)]


def _invalid(source: Source, error: Any) -> Diagnostic:
    """A schema that its own meta-schema refuses."""
    found = furthest(error)
    steps = tuple(found.instance_path)
    where = f"`{pointer_to(steps)}`" if steps else "the schema"
    message, hint = found.message, "correct it: no manifest can be checked with it"
    if found.kind.name == "format":
        message, hint = (
            f"{shown(found.instance)} is not a regular expression that can be used",
            ("correct it; with all repetitions written out it may not be too long"),
        )
    return _finding(source, steps, "E711", f"{where}: {message}", hint)


def _finding(
    source: Source, steps: tuple[Step, ...], code: str, message: str, hint: str
) -> Diagnostic:
    places = Places([source.name], lambda _: source.text)
    at_key = "patternProperties" in steps[-2:-1]
    return places.finding(0, steps, code, message, hint=hint, at_key=at_key)
