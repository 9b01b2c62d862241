"""The old documents as records: everything they say, each with the way to it in the JSON.

Which shape a document must have, the JSON Schemas in `schemas/` say, each value with a
description that completes "…, not". What a schema refuses is reported and left out, so that
the rest of the document can be read, and is known to be well-formed.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from enum import Enum
from functools import cache, reduce
from importlib.resources import files
from operator import getitem
from typing import Any, cast

from attrs import define, field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.schema import Schema, read_schema
from starlang.manifests.survey import ManifestPlaces
from starlang.text import did_you_mean, kind_of, shown_value
from starlang.texts.pointers import Step

Steps = tuple[Step, ...]
WellFormed = Any
"""JSON of the shape that its schema says."""
SUGGEST, PROMOTE = "min_suggest", "min_autopromote"

# What an import gives.


@frozen
class Imported:
    """The rule files that say what the old file said.

    `files` are (name, text) pairs, the root first, in the order of its `use`; there are
    none where `diagnostics` has an error. `notes` are plain sentences about what was changed on
    purpose, warnings tell where an answer may differ from the old tools'.
    """

    files: tuple[tuple[str, str], ...] = field(repr=False)
    notes: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether the import gave files."""
        return bool(self.files)


# The records.


class ListKind(Enum):
    """A list of evidence in the old file: what differs from list to list.

    `section` is its key in the file, `key` is what an entry looks for, `weight` the key of its
    weight in `weights`, `usual` the weight that the old tools took where the file says nothing
    (the suggester always took it), `facet` what the new rules test, and `rule_file` the file
    that they are in.
    """

    RULES = "rules", "pattern", "path_regex", "0.40", "text", "paths"
    CAPABILITIES = (
        *("capability_overrides", "capability", "capability_override"),
        *("0.60", "capability", "capabilities"),
    )
    NODES = "node_overrides", "node", "node_override", "0.50", "node", "nodes"
    OWNERS = "owner_priors", "owner_regex", "owner_prior", "0.35", "owner", "owners"
    PACKAGES = (
        *("dependency_hints", "package_regex", "dependency_hint"),
        *("0.30", "package", "packages"),
    )

    def __init__(self, section: str, *more: str) -> None:
        self.section = section
        self.key, self.weight, usual, self.facet, rule_file = more
        self.usual, self.rule_file = Decimal(usual), f"{rule_file}.star"

    @property
    def is_pattern(self) -> bool:
        """Whether entries look for a pattern, not for a name."""
        return self not in {ListKind.CAPABILITIES, ListKind.NODES}


@frozen
class NamedLabel:
    """A label or alias at `steps` of document 0 (the rules) or 1 (the canon)."""

    text: str
    steps: Steps = field(eq=False)
    document: int = field(default=0, eq=False)


@frozen
class OldStar:
    """An entry of `stars`."""

    id: str
    emoji: str
    domain: str
    steps: Steps = field(eq=False)
    document: int = field(default=0, eq=False)

    @property
    def in_full(self) -> str:
        """The star the way that people write it out: emoji, id and domain."""
        domain = f"({self.domain})" if self.domain else ""
        return " ".join(part for part in (self.emoji, self.id, domain) if part)


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
    """What a `star_rules.json` says.

    `weights` and thresholds are decimals as written. `without` are the keys of amounts
    that it leaves to the old tools' defaults.
    """

    name: str
    version: str
    updated: str
    changelog: Sequence[str]
    canon: OldCanon
    deny: Sequence[NamedLabel]
    weights: dict[ListKind, Decimal]
    suggest: Decimal
    promote: Decimal
    exclusions: Sequence[Exclusion]
    entries: Sequence[OldEntry]
    limits: dict[str, Decimal] | None
    """None where it has none."""
    without: Sequence[str] = ()

    def of(self, kind: ListKind) -> tuple[OldEntry, ...]:
        """The entries of one list, in order."""
        return tuple(entry for entry in self.entries if entry.kind is kind)


# A document, checked for its shape before it is read.

_RANGES = frozenset({"exclusiveMinimum", "minimum", "maximum", "multipleOf"})


@cache
def _schema(name: str) -> tuple[Any, Any]:
    """The schema of a document, and its validator."""
    data = (files(__package__) / "schemas" / f"{name}.json").read_bytes()
    return json.loads(data), cast("Schema", read_schema(name, data)).validator


@define
class OldDocument:
    """One of the documents of `places`; what is wrong with it is added to `found`."""

    places: ManifestPlaces
    found: list[Diagnostic]
    number: int = 0

    @property
    def name(self) -> str:
        """The name of the document's file, without its directory."""
        return self.places.names[self.number].rpartition("/")[2]

    def report(
        self, steps: Steps, code: str, message: str, *, hint: str = "", at_key: bool = False
    ) -> None:
        """Adds a diagnostic about the value, or the key, at `steps`."""
        self.found.append(
            self.places.finding(self.number, steps, code, message, hint=hint, at_key=at_key)
        )

    def well_formed(self, document: object, schema: str) -> WellFormed:
        """What of `document` has the shape that it must have; reports E901 to E904.

        A value of the wrong shape is None in what is returned, so that indexes stay.
        """
        made, validator = _schema(schema)
        kept: Any = [deepcopy(document)]
        wrong: list[Steps] = []
        for error in validator.iter_errors(document):
            steps = tuple(error.instance_path)
            within: Any = reduce(getitem, error.schema_path[:-1], made)
            match error.kind.name:
                case "additionalProperties":
                    self._unknown(steps, error.kind.unexpected, within["properties"])
                    continue
                case "required":
                    key = error.kind.property
                    self.report(steps, "E903", f"the key `{key}` is missing", hint=f"add `{key}`")
                case keyword:
                    is_amount = keyword in _RANGES or (steps[:1] == ("limits",) and len(steps) > 1)
                    code = "E904" if is_amount else "E901"
                    self.wrong(error.instance, steps, within["description"], code=code)
            if steps or not isinstance(document, dict):
                wrong.append((0, *steps))
        for steps in sorted(wrong, key=len, reverse=True):
            reduce(getitem, steps[:-1], kept)[steps[-1]] = None
        return kept[0] or {}

    def _unknown(self, steps: Steps, keys: Sequence[str], known: Mapping[str, object]) -> None:
        for key in keys:
            hint = did_you_mean(key, known) or f"the keys here are {named(known)}"
            message = f"nothing is known about the key `{key}`, so it cannot be carried"
            self.report((*steps, key), "E902", message, hint=hint, at_key=True)

    def wrong(self, value: object, steps: Steps, wanted: str, code: str = "E901") -> None:
        """Reports that `value` is not what is wanted."""
        what = shown_value(value) if not isinstance(value, dict | list) else kind_of(value)
        where = f"`{steps[-1]}`" if steps and isinstance(steps[-1], str) else "this"
        self.report(steps, code, f"{where} is {what}, not {wanted}", hint=f"write {wanted}")


def named(names: Iterable[str]) -> str:
    """The names in back-quotes, with commas."""
    return ", ".join(f"`{name}`" for name in names)


# From well-formed JSON to records.


def read_old(value: object, document: OldDocument) -> OldFile:
    """The records of a `star_rules.json`. Reports E901 to E904, E907 and W906."""
    members = document.well_formed(value, "star_rules")
    weights, bands = members.get("weights") or {}, members.get("confidence") or {}
    # What is out of range is reported, and None from then on.
    suggest, promote = (
        _decimal(usual if bands.get(key) is None else bands[key])
        for key, usual in ((SUGGEST, 0.5), (PROMOTE, 0.7))
    )
    if promote < suggest:
        message = f"`{PROMOTE}` is {promote}, which is below `{SUGGEST}` at {suggest}"
        hint = "promoting takes at least what suggesting takes"
        document.report(("confidence", PROMOTE), "E904", message, hint=hint)
    changes = members.get("changelog")
    limits = members.get("limits")
    return OldFile(
        name=document.name,
        version=str(members.get("version") or ""),
        updated=members.get("updated") or "",
        changelog=[changes] if isinstance(changes, str) else [c for c in changes or () if c],
        canon=_canon(members, "canonical_stars", document),
        deny=list(_labels(members, "deny", document)),
        weights={kind: _decimal(weights.get(kind.weight) or kind.usual) for kind in ListKind},
        suggest=suggest,
        promote=promote,
        exclusions=[
            Exclusion(row["pattern"], row.get("explain") or "", (*steps, "pattern"))
            for row, steps in _rows(members, "exclusions")
            if row["pattern"]
        ],
        entries=[
            OldEntry(kind, row[kind.key], row["star"], row.get("source") or "", steps)
            for kind in ListKind
            for row, steps in _rows(members, kind.section)
            if row[kind.key] and row["star"]
        ],
        limits=limits and {key: _decimal(n) for key, n in limits.items() if n is not None},
        without=[
            *(kind.weight for kind in ListKind if kind.weight not in weights),
            *(key for key in (SUGGEST, PROMOTE) if key not in bands),
        ],
    )


def read_canon(value: object, document: OldDocument) -> OldCanon:
    """The records of a `star_canon.json`. Reports E901 to E903, E907 and W906."""
    return _canon(document.well_formed(value, "star_canon"), "labels", document)


def _canon(members: WellFormed, labels: str, document: OldDocument) -> OldCanon:
    return OldCanon(
        tuple(_stars(members, document)),
        tuple(_labels(members, labels, document)),
        tuple(_aliases(members, document)),
    )


def _rows(members: WellFormed, key: str) -> Iterator[tuple[Any, Steps]]:
    """The elements of a list that is absent, null, or well-formed, with the way to each."""
    for index, each in enumerate(members.get(key) or ()):
        if each is not None:
            yield each, (key, index)


def _decimal(value: float | Decimal) -> Decimal:
    return Decimal(str(value))


def _stars(members: WellFormed, document: OldDocument) -> Iterator[OldStar]:
    seen: set[str] = set()
    for row, steps in _rows(members, "stars"):
        star_id, emoji, domain = (row.get(key) or "" for key in ("id", "emoji", "domain"))
        if star_id in seen:
            hint = "remove one of them, or rename it"
            message = f"there are two stars `{star_id}`"
            document.report((*steps, "id"), "E907", message, hint=hint)
        elif star_id:
            seen.add(star_id)
            yield OldStar(star_id, emoji, domain, (*steps, "id"), document.number)


def _labels(members: WellFormed, key: str, document: OldDocument) -> Iterator[NamedLabel]:
    seen: set[str] = set()
    for text, steps in _rows(members, key):
        if text in seen:
            message = f"`{text}` appears twice in `{key}`: once is enough"
            document.report(steps, "W906", message, hint="remove one of them")
        else:
            seen.add(text)
            yield NamedLabel(text, steps, document.number)


def _aliases(members: WellFormed, document: OldDocument) -> Iterator[tuple[NamedLabel, str]]:
    for alias, label in (members.get("aliases") or {}).items():
        steps = ("aliases", alias)
        if not alias.strip():
            document.wrong(alias, steps, "an alias with letters in it")
        elif label:
            yield NamedLabel(alias, steps, document.number), label
