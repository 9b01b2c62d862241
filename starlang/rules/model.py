"""The compiled rule set.

Amounts (weights, thresholds, scores) are integers of 10^-6: exact decimals without
floats. Collections are sorted by the compiler, so two rule sets that decide alike
compare equal.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction

from attrs import field, frozen

from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules.conditions import Condition, walk
from starlang.rules.relations import Neighbours
from starlang.rules.shapes import amount_text, fraction_text
from starlang.rules.spelling import GRAPH_PREFIX, Scalar, facet_text, quoted

MICRO = 1_000_000
"""Amounts are integers; this many make 1."""


class Combine(StrEnum):
    """How the evidence for a star becomes its raw score."""

    SUM = "sum"
    MAX = "max"
    NOISY_OR = "noisy_or"


class OnBreach(StrEnum):
    """What a breached ceiling does: stop the run, or hold the weakest promotions back."""

    ABORT = "abort"
    DEFER = "defer"


@frozen
class Star:
    """A role of the canon. `label` is what a manifest carries; `aliases` are sorted."""

    id: str
    label: str
    aliases: tuple[str, ...] = ()
    emoji: str = ""
    domain: str = ""
    is_default: bool = False


@frozen
class Rule:
    """One piece of evidence for (`sign` 1) or against (`sign` -1) a star.

    `weight` is in 10^-6, 1 to 1,000,000. `kinds` are the facets that its condition
    rests on, sorted. `at` is `file:line:column` of the declaration or table cell.
    """

    name: str
    star: str
    sign: int
    weight: int
    kinds: tuple[str, ...]
    condition: Condition
    because: str = ""
    at: str = ""


@frozen
class Derivation:
    """One value of a facet, which modules have where `condition` holds.

    Where the profile has the facet, only modules without a value of their own get it.
    """

    facet: str
    value: Scalar
    condition: Condition
    because: str = ""
    at: str = ""


@frozen
class Mask:
    """Text that `mentions` and `matches` over path, name and text never see."""

    what: Pattern | Needle
    because: str = ""
    at: str = ""


@frozen
class Confidence:
    """Thresholds in 10^-6. `promote_star` are the stars that ask for another one, by id.

    `sources` is how many sources of evidence a promotion takes, 1 to 9; `sources_star` are
    the stars that ask for another number, by id. Facets that one set of `same` names are one
    source (`starlang.rules.sources`); the sets are disjoint, and all is sorted. Without a
    number above 1 there are no sets, since nothing counts sources then.
    """

    combine: Combine = Combine.SUM
    suggest: int = 500_000
    promote: int = 700_000
    margin: int = 0
    promote_star: tuple[tuple[str, int], ...] = ()
    sources: int = 1
    sources_star: tuple[tuple[str, int], ...] = ()
    same: tuple[tuple[str, ...], ...] = ()

    def promote_at(self, star: str) -> int:
        """The promote threshold of `star`, in 10^-6."""
        return dict(self.promote_star).get(star, self.promote)

    def sources_at(self, star: str) -> int:
        """How many sources a promotion to `star` takes, at least 1."""
        return dict(self.sources_star).get(star, self.sources)


@frozen
class Never:
    """Modules barred from `stars` (empty: from all), but those with a path in `unless_paths`."""

    stars: tuple[str, ...]
    condition: Condition
    unless_paths: tuple[str, ...] = ()
    because: str = ""
    until: str = ""
    at: str = ""


@frozen
class Assign:
    """A module, by its exact path, that carries `star` whatever the evidence says."""

    path: str
    star: str
    because: str = ""
    until: str = ""
    at: str = ""


@frozen
class Forbid:
    """What must never be: no module meets `condition`, but those with a path in `unless_paths`.

    It decides nothing. `name` tells it from others.
    """

    name: str
    condition: Condition
    unless_paths: tuple[str, ...] = ()
    because: str = ""
    until: str = ""
    at: str = ""


@frozen
class Amount:
    """A count of modules, or a share of them in percent (0 to 100, exact)."""

    value: Fraction
    percent: bool


@frozen
class Ceiling:
    """`at most AMOUNT promoted [to STAR] [under GLOBS] [per star | per FACET]`.

    `per` is "", "star" or a facet. `text` is the declaration in canonical words.
    """

    amount: Amount
    star: str = ""
    globs: tuple[str, ...] = ()
    per: str = ""
    text: str = ""
    at: str = ""


@frozen
class Floor:
    """`at least AMOUNT DEFAULT`: how many modules keep the default star."""

    amount: Amount
    text: str = ""
    at: str = ""


@frozen
class Ceilings:
    """All limits of a run. `stars_per_module` counts the primary star too, at least 1."""

    limits: tuple[Ceiling, ...] = ()
    floors: tuple[Floor, ...] = ()
    stars_per_module: int = 1
    on_breach: OnBreach = OnBreach.ABORT


@frozen
class FacetUse:
    """A profile facet that the rules read, as the profile defines it: part of what decides."""

    name: str
    locations: tuple[str, ...]
    missing: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    group_missing: bool = True
    type: str = "text"
    merge: bool = False
    keys: bool = False
    take: str = ""
    elsewhere: str = ""
    column: str = ""


@frozen
class RuleSet:
    """Everything that can change a decision, and the texts that explain it.

    `stars` are sorted by id; `order` lists stars from the one that wins a tie to the
    one that loses it. Rules are sorted by name, masks and exceptions by content,
    entries and forbids by name, derivations by facet, then value, then condition. `tests` is a
    digest of the test blocks, "" where there are none.
    """

    id: str
    version: str
    stars: tuple[Star, ...]
    order: tuple[str, ...]
    rules: tuple[Rule, ...]
    masks: tuple[Mask, ...] = ()
    confidence: Confidence = field(factory=Confidence)
    nevers: tuple[Never, ...] = ()
    assigns: tuple[Assign, ...] = ()
    ceilings: Ceilings = field(factory=Ceilings)
    facets: tuple[FacetUse, ...] = ()
    entries: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tests: str = ""
    derivations: tuple[Derivation, ...] = ()
    forbids: tuple[Forbid, ...] = ()

    @property
    def default(self) -> Star:
        """The star that a module has when nobody gave it another."""
        return next(star for star in self.stars if star.is_default)

    def star(self, star_id: str) -> Star:
        """The star with this id; KeyError if there is none."""
        for star in self.stars:
            if star.id == star_id:
                return star
        raise KeyError(star_id)


# Parts of a rule set in the words of the language.


def short_amount(micro: int) -> str:
    """An amount of 10^-6 in as few places as say it, at least two: `0.40`, `0.125`."""
    whole, places = amount_text(micro).split(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def amount_words(amount: Amount) -> str:
    """`800` or `10%`."""
    return f"{fraction_text(amount.value)}{'%' if amount.percent else ''}"


def limit_text(limit: Ceiling) -> str:
    """`at most 40 promoted to Flow under "labs", "tools" per owner`."""
    parts = [f"at most {amount_words(limit.amount)} promoted"]
    if limit.star:
        parts.append(f"to {limit.star}")
    if limit.globs:
        parts.append(f"under {', '.join(map(quoted, limit.globs))}")
    if limit.per:
        parts.append(f"per {facet_text(limit.per)}")
    return " ".join(parts)


def floor_text(floor: Floor, default: str) -> str:
    """`at least 55% DEFAULT`."""
    return f"at least {amount_words(floor.amount)} {default}"


# What rules read of the graph, and the order in which stars are scored because of it.
#
# Who reaches B must be known before a rule that reads it can hold. So where a rule for or
# against A, or an exception that bars A, reads `reaching B`, A is scored after B. If that
# leads round in a cycle, there is no such order.

REACHING = "reaching"

Needs = Mapping[str, frozenset[str]]
"""Star -> the stars that must be scored before it."""


def conditions_of(rules: RuleSet) -> tuple[Condition, ...]:
    """The conditions of all rules, then of all exceptions, then of all derivations."""
    return (
        *(rule.condition for rule in rules.rules),
        *(never.condition for never in rules.nevers),
        *(each.condition for each in rules.derivations),
    )


def all_conditions_of(rules: RuleSet) -> tuple[Condition, ...]:
    """Those of `conditions_of`, and those of all forbids, which decide nothing."""
    return (*conditions_of(rules), *(each.condition for each in rules.forbids))


def reads_graph(condition: Condition) -> bool:
    """Whether `condition` asks for neighbours or events."""
    return any(test.facet.startswith(GRAPH_PREFIX) for test in walk(condition))


def read_by(condition: Condition) -> frozenset[str]:
    """The stars that `condition` reads by `reaching`."""
    tests = walk(condition)
    return frozenset(t.star for t in tests if isinstance(t, Neighbours) and t.standing == REACHING)


def needs(rules: Iterable[Rule], nevers: Iterable[Never], stars: Sequence[str]) -> Needs:
    """What each star needs; `stars` are those that can be gained. Stars without needs are absent.

    An exception that names no star bars all of them.
    """
    found: dict[str, frozenset[str]] = {}
    for rule in rules:
        if read := read_by(rule.condition):
            found[rule.star] = found.get(rule.star, frozenset()) | read
    for never in nevers:
        if read := read_by(never.condition):
            for star in never.stars or stars:
                found[star] = found.get(star, frozenset()) | read
    return found


def circle(needed: Needs) -> tuple[str, ...]:
    """Stars of which each needs the next and the last the first, or () if there is an order.

    The shortest circle; of several the first in the alphabet.
    """
    circles = (found for star in sorted(needed) if (found := _back_to(star, needed)))
    return min(circles, key=lambda stars: (len(stars), stars), default=())


def _back_to(start: str, needed: Needs) -> tuple[str, ...]:
    """The shortest way from `start` back to it."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        longer = []
        for way in ways:
            for star in sorted(needed.get(way[-1], ())):
                if star == start:
                    return way
                if star not in seen:
                    seen.add(star)
                    longer.append((*way, star))
        ways = longer
    return ()


def layers(needed: Needs) -> tuple[tuple[str, ...], ...]:
    """The stars that others need, in layers: each layer needs only those before it.

    There must be no circle.
    """
    levels: dict[str, int] = {}

    def level(star: str) -> int:
        if star not in levels:
            levels[star] = 1 + max(map(level, needed.get(star, ())), default=-1)
        return levels[star]

    read = sorted({star for stars in needed.values() for star in stars})
    found: dict[int, list[str]] = {}
    for star in read:
        found.setdefault(level(star), []).append(star)
    return tuple(tuple(found[number]) for number in sorted(found))
