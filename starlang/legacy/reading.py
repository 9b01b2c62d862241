"""From the decoded JSON to records, with everything that is wrong with its shape."""

from collections.abc import Iterator
from decimal import Decimal

from starlang.legacy.old_file import (
    DEFAULT_WEIGHTS,
    Canon,
    Entry,
    Exclusion,
    Kind,
    Named,
    OldFile,
    OldStar,
)
from starlang.legacy.shapes import Shapes

_KNOWN = (
    "version",
    "updated",
    "changelog",
    "stars",
    "canonical_stars",
    "aliases",
    "deny",
    "weights",
    "confidence",
    "exclusions",
    *(kind.value for kind in Kind),
)
_CANON_KEYS = ("stars", "labels", "aliases")
_SUGGEST, _PROMOTE = "min_suggest", "min_autopromote"
_DEFAULT_SUGGEST, _DEFAULT_PROMOTE = Decimal("0.50"), Decimal("0.70")


def read_old(document: object, shapes: Shapes) -> OldFile:
    """The records of a `star_rules.json`. Reports E901 to E904."""
    members = shapes.record(document, (), _KNOWN, required=("canonical_stars",))
    weight_keys = [kind.weight for kind in Kind]
    weights = shapes.record(members.get("weights", {}), ("weights",), weight_keys)
    bands = (_SUGGEST, _PROMOTE)
    confidence = shapes.record(members.get("confidence", {}), ("confidence",), bands)
    suggest = shapes.amount(confidence, _SUGGEST, ("confidence",), _DEFAULT_SUGGEST)
    promote = shapes.amount(confidence, _PROMOTE, ("confidence",), _DEFAULT_PROMOTE)
    if promote < suggest:
        message = f"`{_PROMOTE}` is {promote}, which is below `{_SUGGEST}` at {suggest}"
        hint = "promoting takes at least what suggesting takes"
        shapes.report(("confidence", _PROMOTE), "E904", message, hint=hint)
    return OldFile(
        name=shapes.file.rpartition("/")[2],
        version=_version(shapes, members.get("version")),
        updated=shapes.text(members, "updated", ()),
        changelog=tuple(_changes(shapes, members.get("changelog"))),
        canon=Canon(
            stars=tuple(_stars(shapes, members.get("stars"))),
            labels=tuple(_labels(shapes, members.get("canonical_stars"), "canonical_stars")),
            aliases=tuple(_aliases(shapes, members.get("aliases"))),
        ),
        deny=tuple(_labels(shapes, members.get("deny"), "deny")),
        weights={
            kind: shapes.amount(weights, kind.weight, ("weights",), DEFAULT_WEIGHTS[kind])
            for kind in Kind
        },
        suggest=suggest,
        promote=promote,
        exclusions=tuple(_exclusions(shapes, members.get("exclusions"))),
        entries=tuple(e for kind in Kind for e in _entries(shapes, members.get(kind.value), kind)),
        without=tuple(
            key
            for key, said in (
                *((key, key in weights) for key in weight_keys),
                *((key, key in confidence) for key in bands),
            )
            if not said
        ),
    )


def read_canon(document: object, shapes: Shapes) -> Canon:
    """The records of a `star_canon.json`. Reports E901 to E903 and E907."""
    members = shapes.record(document, (), _CANON_KEYS)
    return Canon(
        stars=tuple(_stars(shapes, members.get("stars"))),
        labels=tuple(_labels(shapes, members.get("labels"), "labels")),
        aliases=tuple(_aliases(shapes, members.get("aliases"))),
    )


def _version(shapes: Shapes, value: object) -> str:
    match value:
        case None:
            return ""
        case str() if value.strip():
            return value
        case int() | float() | Decimal() if not isinstance(value, bool):
            return str(value)
        case _:
            shapes.wrong(value, ("version",), "a text")
            return ""


def _changes(shapes: Shapes, value: object) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value
    else:
        yield from (text for text, _ in shapes.texts(value, "changelog"))


def _stars(shapes: Shapes, value: object) -> Iterator[OldStar]:
    seen: set[str] = set()
    for index, row in enumerate(shapes.rows(value, ("stars",))):
        steps = ("stars", index)
        star = shapes.record(row, steps, ("id", "emoji", "domain"), required=("id",))
        star_id = shapes.text(star, "id", steps)
        if star_id in seen:
            hint = "remove one of them, or rename it"
            message = f"there are two stars `{star_id}`"
            shapes.report((*steps, "id"), "E907", message, hint=hint)
        elif star_id:
            seen.add(star_id)
            emoji, domain = (shapes.text(star, key, steps) for key in ("emoji", "domain"))
            yield OldStar(star_id, emoji, domain, (*steps, "id"), shapes.document)


def _labels(shapes: Shapes, value: object, key: str) -> Iterator[Named]:
    seen: set[str] = set()
    for text, steps in shapes.texts(value, key):
        if text in seen:
            message = f"`{text}` stands twice in `{key}`: once is enough"
            shapes.report(steps, "W906", message, hint="remove one of them")
        else:
            seen.add(text)
            yield Named(text, steps, shapes.document)


def _aliases(shapes: Shapes, value: object) -> Iterator[tuple[Named, str]]:
    members = shapes.mapping(value, ("aliases",))
    for alias in members:
        label = shapes.text(members, alias, ("aliases",))
        if not alias.strip():
            shapes.wrong(alias, ("aliases", alias), "an alias with letters in it")
        elif label:
            yield Named(alias, ("aliases", alias), shapes.document), label


def _exclusions(shapes: Shapes, value: object) -> Iterator[Exclusion]:
    for index, row in enumerate(shapes.rows(value, ("exclusions",))):
        steps = ("exclusions", index)
        known = ("pattern", "explain")
        exclusion = shapes.record(row, steps, known, required=("pattern",))
        pattern = shapes.text(exclusion, "pattern", steps)
        explain = shapes.text(exclusion, "explain", steps)
        if pattern:
            yield Exclusion(pattern, explain, (*steps, "pattern"))


def _entries(shapes: Shapes, value: object, kind: Kind) -> Iterator[Entry]:
    known = ("star", kind.key, *(("source",) if kind is Kind.RULES else ()))
    for index, row in enumerate(shapes.rows(value, (kind.value,))):
        steps = (kind.value, index)
        entry = shapes.record(row, steps, known, required=("star", kind.key))
        looked_for, star, source = (
            shapes.text(entry, key, steps) for key in (kind.key, "star", "source")
        )
        if looked_for and star:
            yield Entry(kind, looked_for, star, source, steps)
