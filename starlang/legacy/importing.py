"""The whole import: read, find the stars, translate, compare, write."""

from collections.abc import Sequence

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.legacy.comparing import Budget
from starlang.legacy.differing import MAX_QUESTIONS, Differences
from starlang.legacy.files import Constellation, files
from starlang.legacy.gathering import Gatherer
from starlang.legacy.imported import Imported, Note
from starlang.legacy.noting import notes_on
from starlang.legacy.old_file import Canon, Kind, OldFile
from starlang.legacy.reading import read_canon, read_old
from starlang.legacy.resolving import resolve
from starlang.legacy.shapes import Shapes
from starlang.legacy.translating import (
    Mask,
    Translated,
    translate_entry,
    translate_exclusion,
)
from starlang.manifests.places import Places
from starlang.rulesets.model import Combine

CANON = "star_canon.json"
"""What a canon is called if nobody says otherwise."""


def import_rules(  # noqa: PLR0913 -- two documents, each with its name and text
    document: object,
    source_name: str,
    *,
    canon: object | None = None,
    combine: Combine = Combine.SUM,
    text: str | None = None,
    canon_name: str = CANON,
    canon_text: str | None = None,
) -> Imported:
    """The rule files that say what `document`, a decoded `star_rules.json`, said.

    `combine` is `sum` for the decisions of the old generator, or `max` for those of the
    old suggester; ValueError for another one. `canon` is the decoded `star_canon.json`,
    whose aliases are carried too. With the texts of the documents, diagnostics have labels.
    """
    if combine is Combine.NOISY_OR:
        raise ValueError(combine)
    found: list[Diagnostic] = []
    places = Places((source_name, canon_name), (text, canon_text).__getitem__)
    shapes = (Shapes(places, found), Shapes(places, found, document=1))
    old = read_old(document, shapes[0])
    second = None if canon is None else read_canon(canon, shapes[1])
    if not old.canon.labels:
        if not any(each.is_error for each in found):
            hint = "list the labels that manifests carry"
            shapes[0].report(("canonical_stars",), "E903", "there is no label in it", hint=hint)
        return _refused(found)
    return _imported(old, second, combine, shapes)


def _refused(found: Sequence[Diagnostic]) -> Imported:
    return Imported((), (), in_order(found))


def _imported(
    old: OldFile, canon: Canon | None, combine: Combine, shapes: tuple[Shapes, Shapes]
) -> Imported:
    found = shapes[0].found
    notes: list[Note] = []
    resolved = resolve(old, canon or Canon(), combine, shapes, notes)
    patterns = [entry for entry in old.entries if entry.kind.is_pattern]
    translated = [t for entry in patterns if (t := translate_entry(entry, shapes[0]))]
    masks = [m for each in old.exclusions if (m := translate_exclusion(each, shapes[0]))]
    masks = masks if combine is Combine.SUM else []  # the suggester did not read them
    if resolved is None or any(each.is_error for each in found):
        return _refused(found)
    gatherer = Gatherer(old, combine, resolved.ids, shapes[0])
    made = Constellation(
        old=old,
        canon="" if canon is None else shapes[1].file.rpartition("/")[2],
        combine=combine,
        resolved=resolved,
        masks=gatherer.masks(masks),
        evidence=tuple(gatherer.evidence(translated)),
    )
    notes += notes_on(made, translated)
    notes += _compare(made, masks, translated, shapes[0])
    return Imported(files(made), tuple(notes), in_order(found))


def _compare(
    made: Constellation,
    masks: Sequence[Mask],
    translated: Sequence[Translated],
    shapes: Shapes,
) -> Sequence[Note]:
    """Reports what may differ from the answers of the old tool; a note where it gave up."""
    budget = Budget(MAX_QUESTIONS)
    compared = Differences(made.old, shapes, made.resolved.ids, budget)
    on_paths = [each for each in translated if each.entry.kind is Kind.RULES]
    others = [each for each in translated if each.entry.kind is not Kind.RULES]
    compared.of_look_arounds(masks, on_paths)
    compared.of_look_arounds((), others)
    compared.of_masks(masks, on_paths)
    compared.of_alphabets(masks, translated)
    if made.combine is Combine.SUM:
        compared.of_unread([Kind.PACKAGES], "generator")
        compared.of_sums(made.resolved.order)
    else:
        compared.of_unread([Kind.OWNERS, Kind.PACKAGES], "suggester")
        compared.of_weights()
        compared.of_roots(on_paths)
    return () if budget.left > 0 else (_gave_up(),)


def _gave_up() -> Note:
    return Note(
        f"Old and new patterns were asked about texts {MAX_QUESTIONS:,} times, and then no more: "
        "further differences between exclusions and masks are possible."
    )
