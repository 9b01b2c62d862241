"""An old rule file as records: everything it says, each with the way to it in the JSON."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum

from attrs import define, field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.survey import ManifestPlaces
from starlang.rules.model import MICRO
from starlang.text import did_you_mean, kind_of, shown_value
from starlang.texts.pointers import Step

# What an import gives.


@frozen
class Note:
    """Something that is otherwise in the new files than in the old one, in one plain sentence."""

    text: str

    def __str__(self) -> str:
        return self.text


@frozen
class Imported:
    """The rule files that say what the old file said.

    `files` are (name, text) pairs, the root first, in the order of its `use`; there are
    none where `diagnostics` has an error. `notes` say what was changed on purpose,
    warnings where an answer may differ from the old tools'.
    """

    files: tuple[tuple[str, str], ...] = field(repr=False)
    notes: tuple[Note, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether the import gave files."""
        return bool(self.files)


Steps = tuple[Step, ...]


class ListKind(Enum):
    """A list of evidence in the old file. The value is its key."""

    RULES = "rules"
    CAPABILITIES = "capability_overrides"
    NODES = "node_overrides"
    OWNERS = "owner_priors"
    PACKAGES = "dependency_hints"

    @property
    def key(self) -> str:
        """What an entry of the list looks for."""
        return _KEYS[self]

    @property
    def weight(self) -> str:
        """Under which key `weights` has the weight of an entry."""
        return _WEIGHTS[self]

    @property
    def is_pattern(self) -> bool:
        """Whether entries look for a pattern, not for a name."""
        return self not in {ListKind.CAPABILITIES, ListKind.NODES}


_KEYS = {
    ListKind.RULES: "pattern",
    ListKind.CAPABILITIES: "capability",
    ListKind.NODES: "node",
    ListKind.OWNERS: "owner_regex",
    ListKind.PACKAGES: "package_regex",
}
_WEIGHTS = {
    ListKind.RULES: "path_regex",
    ListKind.CAPABILITIES: "capability_override",
    ListKind.NODES: "node_override",
    ListKind.OWNERS: "owner_prior",
    ListKind.PACKAGES: "dependency_hint",
}

DEFAULT_WEIGHTS = {
    ListKind.RULES: Decimal("0.40"),
    ListKind.CAPABILITIES: Decimal("0.60"),
    ListKind.NODES: Decimal("0.50"),
    ListKind.OWNERS: Decimal("0.35"),
    ListKind.PACKAGES: Decimal("0.30"),
}
"""What the old tools took where the file says nothing; the suggester always took these."""


@frozen
class OldStar:
    """An entry of `stars`."""

    id: str
    emoji: str
    domain: str
    steps: Steps = field(eq=False)
    document: int = field(default=0, eq=False)


@frozen
class NamedLabel:
    """A label or alias at `steps` of document 0 (the rules) or 1 (the canon)."""

    text: str
    steps: Steps = field(eq=False)
    document: int = field(default=0, eq=False)


@frozen
class OldEntry:
    """One piece of evidence: `value` is a pattern or a name, `star` a label."""

    kind: ListKind
    value: str
    star: str
    source: str
    steps: Steps = field(eq=False)


@frozen
class Exclusion:
    """Text that the generator took out before it looked for patterns."""

    pattern: str
    explain: str
    steps: Steps = field(eq=False)


@frozen
class OldCanon:
    """Stars as either document lists them. `aliases` are (alias, label) pairs."""

    stars: tuple[OldStar, ...] = ()
    labels: tuple[NamedLabel, ...] = ()
    aliases: tuple[tuple[NamedLabel, str], ...] = ()


@frozen
class OldFile:
    """What a `star_rules.json` says; `canon` includes what a `star_canon.json` adds.

    `weights` and thresholds are decimals as written. `without` are the keys of amounts
    that it leaves to the old tools' defaults.
    """

    name: str
    version: str
    updated: str
    changelog: tuple[str, ...]
    canon: OldCanon
    deny: tuple[NamedLabel, ...]
    weights: dict[ListKind, Decimal]
    suggest: Decimal
    promote: Decimal
    exclusions: tuple[Exclusion, ...]
    entries: tuple[OldEntry, ...]
    without: tuple[str, ...] = ()

    def of(self, kind: ListKind) -> tuple[OldEntry, ...]:
        """The entries of one list, in order."""
        return tuple(entry for entry in self.entries if entry.kind is kind)


# Values of an old document, each checked for its shape when it is asked for.


@define
class Shapes:
    """Reads one of the documents of `places`; what is wrong is added to `found`."""

    places: ManifestPlaces
    found: list[Diagnostic]
    document: int = 0

    @property
    def file(self) -> str:
        """The name of the document."""
        return self.places.names[self.document]

    def report(
        self, steps: Steps, code: str, message: str, *, hint: str = "", at_key: bool = False
    ) -> None:
        """Adds a diagnostic about the value, or the key, at `steps`."""
        self.found.append(
            self.places.finding(self.document, steps, code, message, hint=hint, at_key=at_key)
        )

    def record(
        self, value: object, steps: Steps, known: Collection[str], required: Collection[str] = ()
    ) -> Mapping[str, object]:
        """The members of an object; reports E901, E902 and E903."""
        if not isinstance(value, dict):
            self.wrong(value, steps, "an object")
            return {}
        for key in value:
            if key not in known:
                hint = did_you_mean(key, known) or f"the keys here are {_listed(known)}"
                message = f"nothing is known about the key `{key}`, so it cannot be carried"
                self.report((*steps, key), "E902", message, hint=hint, at_key=True)
        for key in required:
            if key not in value:
                self.report(steps, "E903", f"the key `{key}` is missing", hint=f"add `{key}`")
        return value

    def wrong(self, value: object, steps: Steps, wanted: str) -> None:
        """Reports E901: `value` is not of the kind that is wanted."""
        what = shown_value(value) if not isinstance(value, dict | list) else kind_of(value)
        where = f"`{steps[-1]}`" if steps and isinstance(steps[-1], str) else "this"
        self.report(steps, "E901", f"{where} is {what}, not {wanted}", hint=f"write {wanted}")

    def text(self, members: Mapping[str, object], key: str, steps: Steps) -> str:
        """The text at `key`, "" where there is none; a text that is there is not blank."""
        if key not in members:
            return ""
        value = members[key]
        if isinstance(value, str) and value.strip():
            return value
        self.wrong(value, (*steps, key), "a text")
        return ""

    def mapping(self, value: object, steps: Steps) -> Mapping[str, object]:
        """An object with any keys; empty where it is absent or null, as of old."""
        if value is None or isinstance(value, dict):
            return value or {}
        self.wrong(value, steps, "an object")
        return {}

    def rows(self, value: object, steps: Steps) -> list[object]:
        """The elements of a list; none where it is absent or null, as of old."""
        if value is None or isinstance(value, list):
            return value or []
        self.wrong(value, steps, "a list")
        return []

    def texts(self, value: object, key: str) -> Iterator[tuple[str, Steps]]:
        """The texts in the list at `key`, with the way to each."""
        for index, each in enumerate(self.rows(value, (key,))):
            where = (key, index)
            if isinstance(each, str) and each.strip():
                yield each, where
            else:
                self.wrong(each, where, "a text")

    def amount(
        self, members: Mapping[str, object], key: str, steps: Steps, default: Decimal
    ) -> Decimal:
        """The decimal at `key`: more than 0, at most 1, at most six places, else E904."""
        if key not in members:
            return default
        value = members[key]
        number = _decimal(value)
        if number is None:
            self.wrong(value, (*steps, key), "a number")
            return default
        numerator, denominator = number.as_integer_ratio()
        if 0 < number <= 1 and numerator * MICRO % denominator == 0:
            return number
        message = f"`{key}` is {shown_value(value)}, and it must be more than 0 and at most 1, "
        message += "with at most six places"
        self.report((*steps, key), "E904", message, hint="write a decimal like 0.40")
        return default


def _decimal(value: object) -> Decimal | None:
    match value:
        case bool():
            return None
        case int() | Decimal():
            return Decimal(value)
        case float():
            try:
                number = Decimal(repr(value))
            except InvalidOperation:
                return None
            return number if number.is_finite() else None
        case _:
            return None


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


# From the decoded JSON to records, with everything that is wrong with its shape.

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
    "limits",
    *(kind_of.value for kind_of in ListKind),
)
_CANON_KEYS = ("stars", "labels", "aliases")
_SUGGEST, _PROMOTE = "min_suggest", "min_autopromote"
_DEFAULT_SUGGEST, _DEFAULT_PROMOTE = Decimal("0.50"), Decimal("0.70")


def read_old(document: object, shapes: Shapes) -> OldFile:
    """The records of a `star_rules.json`. Reports E901 to E904."""
    members = shapes.record(document, (), _KNOWN, required=("canonical_stars",))
    weight_keys = [kind_of.weight for kind_of in ListKind]
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
        canon=OldCanon(
            stars=tuple(_stars(shapes, members.get("stars"))),
            labels=tuple(_labels(shapes, members.get("canonical_stars"), "canonical_stars")),
            aliases=tuple(_aliases(shapes, members.get("aliases"))),
        ),
        deny=tuple(_labels(shapes, members.get("deny"), "deny")),
        weights={
            kind_of: shapes.amount(weights, kind_of.weight, ("weights",), DEFAULT_WEIGHTS[kind_of])
            for kind_of in ListKind
        },
        suggest=suggest,
        promote=promote,
        exclusions=tuple(_exclusions(shapes, members.get("exclusions"))),
        entries=tuple(
            e for kind_of in ListKind for e in _entries(shapes, members.get(kind_of.value), kind_of)
        ),
        without=tuple(
            key
            for key, said in (
                *((key, key in weights) for key in weight_keys),
                *((key, key in confidence) for key in bands),
            )
            if not said
        ),
    )


def read_canon(document: object, shapes: Shapes) -> OldCanon:
    """The records of a `star_canon.json`. Reports E901 to E903 and E907."""
    members = shapes.record(document, (), _CANON_KEYS)
    return OldCanon(
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


def _labels(shapes: Shapes, value: object, key: str) -> Iterator[NamedLabel]:
    seen: set[str] = set()
    for text, steps in shapes.texts(value, key):
        if text in seen:
            message = f"`{text}` appears twice in `{key}`: once is enough"
            shapes.report(steps, "W906", message, hint="remove one of them")
        else:
            seen.add(text)
            yield NamedLabel(text, steps, shapes.document)


def _aliases(shapes: Shapes, value: object) -> Iterator[tuple[NamedLabel, str]]:
    members = shapes.mapping(value, ("aliases",))
    for alias in members:
        label = shapes.text(members, alias, ("aliases",))
        if not alias.strip():
            shapes.wrong(alias, ("aliases", alias), "an alias with letters in it")
        elif label:
            yield NamedLabel(alias, ("aliases", alias), shapes.document), label


def _exclusions(shapes: Shapes, value: object) -> Iterator[Exclusion]:
    for index, row in enumerate(shapes.rows(value, ("exclusions",))):
        steps = ("exclusions", index)
        known = ("pattern", "explain")
        exclusion = shapes.record(row, steps, known, required=("pattern",))
        pattern = shapes.text(exclusion, "pattern", steps)
        explain = shapes.text(exclusion, "explain", steps)
        if pattern:
            yield Exclusion(pattern, explain, (*steps, "pattern"))


def _entries(shapes: Shapes, value: object, kind: ListKind) -> Iterator[OldEntry]:
    known = ("star", kind.key, *(("source",) if kind is ListKind.RULES else ()))
    for index, row in enumerate(shapes.rows(value, (kind.value,))):
        steps = (kind.value, index)
        entry = shapes.record(row, steps, known, required=("star", kind.key))
        looked_for, star, source = (
            shapes.text(entry, key, steps) for key in (kind.key, "star", "source")
        )
        if looked_for and star:
            yield OldEntry(kind, looked_for, star, source, steps)
