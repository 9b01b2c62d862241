"""The whole import: read, find the stars, translate, compare, write."""

from collections.abc import Callable, Iterable
from functools import cache
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.format.format import format_source
from starlang.legacy.differences import MAX_QUESTIONS, compare
from starlang.legacy.evidence import EvidenceGatherer, amount, quoted, value
from starlang.legacy.limits import USUAL, Exceptions, ceilings, read_exceptions
from starlang.legacy.old_file import (
    Imported,
    OldCanon,
    OldDocument,
    read_canon,
    read_old,
)
from starlang.legacy.python_patterns import written
from starlang.legacy.stars import resolve
from starlang.legacy.translating import translate_entry, translate_exclusion
from starlang.manifests.survey import ManifestPlaces
from starlang.rules.model import Combine
from starlang.text import Source, counted, shown

if TYPE_CHECKING:
    from jinja2 import Template

ROOT = "constellation"
IMPORTED = "imported"
"""The entry of the rule set that names the old file."""
FIRST_VERSION = "1.0"
"""The version of a rule set whose old file has none."""

CANON = "star_canon.json"
EXCEPTIONS = "star_rules_exceptions.json"
"""What a canon and the exceptions are called if nobody says otherwise."""

_COMMENT_WIDTH = 98


def import_rules(  # noqa: PLR0913 -- three documents, each with its name and text
    document: object,
    source_name: str,
    *,
    canon: object | None = None,
    exceptions: object | None = None,
    combine: Combine = Combine.SUM,
    text: str | None = None,
    canon_name: str = CANON,
    canon_text: str | None = None,
    exceptions_name: str = EXCEPTIONS,
    exceptions_text: str | None = None,
) -> Imported:
    """The rule files that say what `document`, a decoded `star_rules.json`, said.

    `combine` is `sum` for the decisions of the old generator, or `max` for those of the
    old suggester; ValueError for another one. `canon` is the decoded `star_canon.json`,
    whose aliases are carried too, and `exceptions` the decoded `star_rules_exceptions.json`.
    With the texts of the documents, diagnostics have labels.
    """
    if combine is Combine.NOISY_OR:
        raise ValueError(combine)
    found: list[Diagnostic] = []
    names, texts = (
        (source_name, canon_name, exceptions_name),
        (text, canon_text, exceptions_text),
    )
    places = ManifestPlaces(names, texts.__getitem__)
    documents = [OldDocument(places, found, number) for number in range(3)]
    old = read_old(document, documents[0])
    second = None if canon is None else read_canon(canon, documents[1])
    third = Exceptions() if exceptions is None else read_exceptions(exceptions, documents[2])
    if not old.canon.labels:
        if not any(each.is_error for each in found):
            hint = "list the labels that manifests carry"
            documents[0].report(("canonical_stars",), "E903", "there is no label in it", hint=hint)
        return _refused(found)
    resolved = resolve(old, second or OldCanon(), third, combine, documents)
    translated = [
        made
        for entry in old.entries
        if entry.kind.is_pattern and (made := translate_entry(entry, documents[0]))
    ]
    masks = [mask for e in old.exclusions if (mask := translate_exclusion(e, documents[0]))]
    if resolved is None or any(each.is_error for each in found):
        return _refused(found)
    if combine is Combine.MAX:
        masks = []  # the suggester did not read them
    gatherer = EvidenceGatherer(old, combine, resolved.ids, documents[0])
    evidence = tuple(gatherer.evidence(translated))
    said = {
        "old": old,
        "canon_name": "" if second is None else documents[1].name,
        "exceptions_made": third,
        "combine": combine,
        "sums": combine is Combine.SUM,
        "resolved": resolved,
        "masks_made": gatherer.masks(masks),
        "evidence_made": evidence,
        "limit_lines": ceilings(USUAL if old.limits is None else old.limits, resolved.default.id),
        "ignoring_tests": [t for each in translated for t in each.tests if t.ignoring],
        "facets_read": [each.kind.facet for each in evidence if each.kind.facet != "text"],
        "has_cells": any(each.cells for each in evidence),
        "forced_and_barred": dict.fromkeys(p for each in third.barred for p in third.both(each)),
    }
    notes = [line for line in _template("notes.j2", _seen).render(said).splitlines() if line]
    if not compare(old, documents[0], resolved, masks, translated, combine):
        notes.append(_GAVE_UP)
    return Imported(_files(said), tuple(notes), in_order(found))


_GAVE_UP = (
    f"Old and new patterns were asked about texts {MAX_QUESTIONS:,} times, and then no more: "
    "further differences are possible."
)


def _refused(found: Iterable[Diagnostic]) -> Imported:
    return Imported((), (), in_order(found))


# The words of the rule files and the notes are in `templates/`.


def _files(said: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """(name, text) of each file, the root first."""
    words: Any = _template("rules.j2").make_module(said)
    resolved, exceptions = said["resolved"], said["exceptions_made"]
    others = {"canon.star": words.canon()}
    if said["masks_made"]:
        others["masks.star"] = words.masks()
    for each in said["evidence_made"]:
        others[each.kind.rule_file] = words.evidence(each)
    if resolved.denied or exceptions.barred or exceptions.forced:
        others["exceptions.star"] = words.exceptions()
    others["ceilings.star"] = words.ceilings()
    made = {f"{ROOT}.star": words.constellation(list(others)), **others}
    return tuple(
        (name, format_source(Source(name, text)).text or text) for name, text in made.items()
    )


@cache
def _template(name: str, finalize: Callable[[object], object] | None = None) -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 -- 30 ms

    made = Environment(  # noqa: S701 -- nothing here is HTML
        loader=PackageLoader("starlang.legacy", "templates"),
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"first_version": FIRST_VERSION, "imported": IMPORTED}
    for function in (amount, and_, comment, counted, lines, quoted, value, written):
        made.filters[function.__name__] = function
    return made.get_template(name)


def _seen(value: object) -> object:
    """A text on one line, with whatever nobody sees escaped: each note is a line."""
    return shown(value) if isinstance(value, str) else value


def comment(text: str) -> str:
    """The paragraphs of `text` as comment lines, an empty one between them."""
    blocks = (wrap(each, _COMMENT_WIDTH) for each in text.strip().split("\n\n"))
    text = "\n#\n".join("\n".join(f"# {shown(line)}" for line in block) for block in blocks)
    return f"{text}\n"


def lines(items: Iterable[str]) -> str:
    """The items with a comma and a line each, since no line may be too long to be read."""
    return ",\n".join(items)


def and_(names: Iterable[str]) -> str:
    """The names in a sentence."""
    *most, last = (f"`{name}`" for name in names)
    return f"{', '.join(most)} and {last}" if most else last
