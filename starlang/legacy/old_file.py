"""An old rule file as records: everything it says, each with the way to it in the JSON."""

from decimal import Decimal
from enum import Enum

from attrs import field, frozen

from starlang.manifests.positions import Step

Steps = tuple[Step, ...]


class Kind(Enum):
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
        return self not in {Kind.CAPABILITIES, Kind.NODES}


_KEYS = {
    Kind.RULES: "pattern",
    Kind.CAPABILITIES: "capability",
    Kind.NODES: "node",
    Kind.OWNERS: "owner_regex",
    Kind.PACKAGES: "package_regex",
}
_WEIGHTS = {
    Kind.RULES: "path_regex",
    Kind.CAPABILITIES: "capability_override",
    Kind.NODES: "node_override",
    Kind.OWNERS: "owner_prior",
    Kind.PACKAGES: "dependency_hint",
}

DEFAULT_WEIGHTS = {
    Kind.RULES: Decimal("0.40"),
    Kind.CAPABILITIES: Decimal("0.60"),
    Kind.NODES: Decimal("0.50"),
    Kind.OWNERS: Decimal("0.35"),
    Kind.PACKAGES: Decimal("0.30"),
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
class Named:
    """A label or alias at `steps` of document 0 (the rules) or 1 (the canon)."""

    text: str
    steps: Steps = field(eq=False)
    document: int = field(default=0, eq=False)


@frozen
class Entry:
    """One piece of evidence: `value` is a pattern or a name, `star` a label."""

    kind: Kind
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
class Canon:
    """Stars as either document lists them. `aliases` are (alias, label) pairs."""

    stars: tuple[OldStar, ...] = ()
    labels: tuple[Named, ...] = ()
    aliases: tuple[tuple[Named, str], ...] = ()


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
    canon: Canon
    deny: tuple[Named, ...]
    weights: dict[Kind, Decimal]
    suggest: Decimal
    promote: Decimal
    exclusions: tuple[Exclusion, ...]
    entries: tuple[Entry, ...]
    without: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[Entry, ...]:
        """The entries of one list, in order."""
        return tuple(entry for entry in self.entries if entry.kind is kind)
