"""Ceilings: limits over the set of promotions of one run.

Promotions are taken in one order (assigned ones first; then score descending, lead
descending, path ascending; primary stars before secondary ones), and each is counted
against every ceiling that covers it. Under `defer` one that would breach a ceiling is
held back; where ceilings are nested or disjoint, the kept primary promotions have the
largest total score that any choice can reach, because such sets of promotions form a
laminar matroid, on which the greedy order is optimal.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from attrs import frozen

from starlang.engine.decisions import Outcome
from starlang.engine.evaluate import Evaluation
from starlang.matching.globs import covers
from starlang.rules.model import Amount, Ceiling, Floor, OnBreach
from starlang.rules.spelling import spelling

# Promotions: the stars that a run would give if there were no ceilings.


class StarPart(StrEnum):
    """Whether a star is gained as a module's primary star or beside it."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class Promotion(NamedTuple):
    """A star that a module would gain. Amounts are in 10^-6."""

    module: int
    star: str
    part: StarPart
    score: int
    lead: int
    is_assigned: bool = False
    leaves_default: bool = False


def promotions(evaluation: Evaluation) -> list[Promotion]:
    """Every star that a module would gain if there were no ceilings, in the order of taking."""
    default = evaluation.rules.default.id
    found: list[Promotion] = []
    gains = {
        code
        for code, decision in enumerate(evaluation.decisions)
        if decision.outcome in {Outcome.PROMOTED, Outcome.ASSIGNED}
    }
    for module, code in enumerate(evaluation.decision_codes):
        if code in gains:
            found += _gained(evaluation, module, default)
    paths = evaluation.graph.paths
    return sorted(
        found,
        key=lambda p: (
            not p.is_assigned,
            p.part is StarPart.SECONDARY,
            -p.score,
            -p.lead,
            paths[p.module],
        ),
    )


def _gained(evaluation: Evaluation, module: int, default: str) -> list[Promotion]:
    decision = evaluation.decision(module)
    case = evaluation.case(module)
    carried = evaluation.carried(module)
    assigned = decision.outcome is Outcome.ASSIGNED
    star = decision.star
    if star is None or star in {default, carried.primary}:
        return []
    score = {each.star: each.score for each in case.scores}
    leaves = carried.primary == default
    lead = 0 if assigned else decision.lead
    first = Promotion(module, star, StarPart.PRIMARY, score.get(star, 0), lead, assigned, leaves)
    others = [
        Promotion(module, other, StarPart.SECONDARY, score[other], lead)
        for other in decision.secondary
    ]
    return [first, *others]


# What ceilings make of promotions, as values.


@frozen
class Count:
    """A ceiling (or one group of it) after the run.

    `count` promotions against `limit`, the largest count that is allowed, among
    `modules` modules of its scope. `group` is the star or facet value, "" without `per`.
    `beyond` are the promotions past the limit, in order: kept ones under `abort`.
    """

    ceiling: Ceiling
    group: str
    count: int
    limit: int
    modules: int
    beyond: tuple[Promotion, ...] = ()

    @property
    def holds(self) -> bool:
        return self.count <= self.limit


@frozen
class FloorCount:
    """A floor after the run: `before` and `after` modules on the default star of `modules`.

    `needed` is the smallest count that meets the floor. `missed_before` tells that the
    tree was below it already, which is not a breach: a floor is breached by promotions that
    leave the default star where none may, and `beyond` are those, in order.
    """

    floor: Floor
    before: int
    after: int
    needed: int
    modules: int
    beyond: tuple[Promotion, ...] = ()

    @property
    def missed_before(self) -> bool:
        return self.before < self.needed

    @property
    def is_missed(self) -> bool:
        return self.after < self.needed

    @property
    def holds(self) -> bool:
        return not self.beyond


class Held(NamedTuple):
    """Why a promotion was deferred: the ceiling's words, and the last one that fitted.

    It is number `rank` of the `eligible` promotions that the ceiling counts (in this group),
    in the order of taking.
    """

    ceiling: str
    at: str
    group: str
    last: Promotion | None
    rank: int = 0
    eligible: int = 0


class CeilingPlace(NamedTuple):
    """Where a promotion to `star` stood: number `place` of at most `limit` under `ceiling`."""

    star: str
    ceiling: str
    group: str
    place: int
    limit: int


@frozen(eq=False, repr=False)
class Settlement:
    """What the ceilings make of an evaluation.

    `promotions` are those that stay, in order; `deferred` maps a module to what held
    its primary promotion back; `dropped` are secondary promotions held back.
    `standings` maps a module that stays promoted to its place under each ceiling.
    """

    promotions: tuple[Promotion, ...]
    deferred: dict[int, Held]
    dropped: dict[tuple[int, str], Held]
    standings: dict[int, list[CeilingPlace]]
    counts: tuple[Count, ...]
    floors: tuple[FloorCount, ...]

    @property
    def holds(self) -> bool:
        return all(count.holds for count in self.counts) and all(f.holds for f in self.floors)


# Ledgers: how far each ceiling is used up while promotions are taken one by one.

MISSING = None
"""The group of modules that a `per FACET` ceiling finds no value in."""

Group = str | None


class Ledger:
    """One ceiling, its groups and their counts."""

    def __init__(self, evaluation: Evaluation, ceiling: Ceiling) -> None:
        self.ceiling = ceiling
        graph = evaluation.graph
        self._scope = (
            {n for n, path in enumerate(graph.paths) if any(covers(g, path) for g in ceiling.globs)}
            if ceiling.globs
            else None
        )
        self._groups = _Groups(evaluation, ceiling.per)
        self._sizes = self._groups.sizes(self._scope)
        self._total = len(graph) if self._scope is None else len(self._scope)
        self._limits: dict[Group, int] = {}
        self.counts: dict[Group, int] = {}
        self.eligible: dict[Group, int] = {}
        self.beyond: dict[Group, list[Promotion]] = {}
        self.last: dict[Group, Promotion] = {}

    def groups(self, promotion: Promotion) -> Sequence[Group]:
        """The groups in which this ceiling counts `promotion`."""
        if self.ceiling.star and promotion.star != self.ceiling.star:
            return ()
        if self._scope is not None and promotion.module not in self._scope:
            return ()
        return self._groups.of(promotion)

    def size(self, group: Group) -> int:
        """How many live modules are in the scope and `group`; stars divide no modules."""
        return self._total if self.ceiling.per in {"", "star"} else self._sizes.get(group, 0)

    def limit(self, group: Group) -> int:
        """The largest number of promotions that the ceiling allows in `group`."""
        if group not in self._limits:
            self._limits[group] = allowed(self.ceiling.amount, self.size(group))
        return self._limits[group]

    def is_full(self, group: Group) -> bool:
        return self.counts.get(group, 0) >= self.limit(group)

    def ask(self, promotion: Promotion) -> None:
        """Counts `promotion` as one that would like to be taken."""
        for group in self.groups(promotion):
            self.eligible[group] = self.eligible.get(group, 0) + 1

    def add(self, promotion: Promotion, group: Group) -> None:
        if self.is_full(group):
            self.beyond.setdefault(group, []).append(promotion)
        self.counts[group] = self.counts.get(group, 0) + 1
        self.last[group] = promotion


class _Groups:
    """The groups of a `per` clause."""

    def __init__(self, evaluation: Evaluation, per: str) -> None:
        self._graph = evaluation.graph
        self._per = per
        self._column = evaluation.column(per)
        source = self._graph.profile.facet(per)
        self._group_missing = source is None or source.group_missing

    def of(self, promotion: Promotion) -> Sequence[Group]:
        if self._per == "":
            return ("",)
        if self._per == "star":
            return (promotion.star,)
        return self._values(promotion.module)

    def _values(self, module: int) -> Sequence[Group]:
        # By spelling, as `is` compares: JSON's true is not 1, and 1.0 is.
        values = map(spelling, self._column.of(module) if self._column else ())
        return tuple(dict.fromkeys(values)) or ((MISSING,) if self._group_missing else ())

    def sizes(self, scope: set[int] | None) -> dict[Group, int]:
        if self._per in {"", "star"}:
            return {}
        counts: dict[Group, int] = {}
        for module in sorted(scope) if scope is not None else range(len(self._graph)):
            for group in self._values(module):
                counts[group] = counts.get(group, 0) + 1
        return counts


class FloorLedger:
    """One floor: how many modules may still leave the default star."""

    def __init__(self, evaluation: Evaluation, floor: Floor) -> None:
        self.floor = floor
        self.modules = len(evaluation.graph)
        default = evaluation.rules.default.id
        kinds = [carried.primary == default for carried in evaluation.carried_kinds]
        self.before = sum(kinds[code] for code in evaluation.carried_codes)
        joining = sum(
            evaluation.rules.assigns[number].star == default
            and evaluation.carried(module).primary != default
            for module, number in evaluation.assigned.items()
        )
        self.after = self.before + joining
        self.needed = needed(floor.amount, self.modules)
        self.eligible = 0
        self.beyond: list[Promotion] = []
        self.last: Promotion | None = None

    def ask(self, promotion: Promotion) -> None:
        """Counts `promotion` as one that would like to be taken."""
        self.eligible += promotion.leaves_default

    def is_full(self, promotion: Promotion) -> bool:
        return promotion.leaves_default and self.after <= self.needed

    def add(self, promotion: Promotion) -> None:
        if not promotion.leaves_default:
            return
        if self.after <= self.needed:
            self.beyond.append(promotion)
        self.after -= 1
        self.last = promotion


def named(group: Group) -> str:
    """A group in words: `(missing)` for modules without the facet."""
    return "(missing)" if group is None else group


def allowed(amount: Amount, modules: int) -> int:
    """The largest number of promotions n with n * 100 <= P * modules, or N itself."""
    return int(amount.value * modules / 100) if amount.percent else int(amount.value)


def needed(amount: Amount, modules: int) -> int:
    """The smallest number of modules n with n * 100 >= P * modules, or N itself."""
    exact = amount.value * modules / 100 if amount.percent else amount.value
    return -int(Fraction(-exact) // 1)


def settle(evaluation: Evaluation) -> Settlement:
    """Counts all promotions against all ceilings, and under `defer` holds the weakest back.

    When modules are reassessed nothing would be written, so no ceiling is asked.
    """
    wanted = promotions(evaluation)
    if evaluation.reassess:
        return Settlement(tuple(wanted), {}, {}, {}, (), ())
    return _Ledgers(evaluation).settle(wanted)


def tally(evaluation: Evaluation, gained: Sequence[Promotion]) -> Settlement:
    """Counts promotions that have happened; none is held back."""
    return _Ledgers(evaluation, holds_back=False).settle(gained)


class _Ledgers:
    """The ledgers of all ceilings and floors of a run."""

    def __init__(self, evaluation: Evaluation, *, holds_back: bool = True) -> None:
        ceilings = evaluation.rules.ceilings
        self._defers = holds_back and ceilings.on_breach is OnBreach.DEFER
        self._ledgers = [Ledger(evaluation, ceiling) for ceiling in ceilings.limits]
        self._floors = [FloorLedger(evaluation, floor) for floor in ceilings.floors]

    def settle(self, wanted: Sequence[Promotion]) -> Settlement:
        """Takes the promotions one by one, and defers each that a full limit holds back."""
        taken: list[Promotion] = []
        deferred: dict[int, _FullLimit] = {}
        dropped: dict[tuple[int, str], _FullLimit] = {}
        standings: dict[int, list[CeilingPlace]] = {}
        for promotion in wanted:
            for ledger in self._ledgers:
                ledger.ask(promotion)
            for floor in self._floors:
                floor.ask(promotion)
            if promotion.part is StarPart.SECONDARY and promotion.module in deferred:
                continue  # the module stays as it is
            full = self._full_limit(promotion)
            if full is None:
                standings.setdefault(promotion.module, []).extend(self._add(promotion))
                taken.append(promotion)
            elif promotion.part is StarPart.PRIMARY:
                deferred[promotion.module] = full
            else:
                dropped[promotion.module, promotion.star] = full
        counts, floors = self._counts(), self._floor_counts()
        return Settlement(
            tuple(taken),
            {module: full.held() for module, full in deferred.items()},
            {key: full.held() for key, full in dropped.items()},
            standings,
            counts,
            floors,
        )

    def _full_limit(self, promotion: Promotion) -> "_FullLimit | None":
        """What holds `promotion` back; an assignment is never held, it blocks the plan."""
        if not self._defers or promotion.is_assigned:
            return None
        for ledger in self._ledgers:
            for group in ledger.groups(promotion):
                if ledger.is_full(group):
                    return _FullLimit(ledger, group, ledger.last.get(group), ledger.eligible[group])
        for floor in self._floors:
            if floor.is_full(promotion):
                return _FullLimit(floor, "", floor.last, floor.eligible)
        return None

    def _add(self, promotion: Promotion) -> Iterator[CeilingPlace]:
        for ledger in self._ledgers:
            for group in ledger.groups(promotion):
                ledger.add(promotion, group)
                place, limit = ledger.counts[group], ledger.limit(group)
                yield CeilingPlace(promotion.star, ledger.ceiling.text, named(group), place, limit)
        for floor in self._floors:
            floor.add(promotion)

    def _counts(self) -> tuple[Count, ...]:
        return tuple(
            Count(
                ledger.ceiling,
                named(group),
                ledger.counts.get(group, 0),
                ledger.limit(group),
                ledger.size(group),
                tuple(ledger.beyond.get(group, ())),
            )
            for ledger in self._ledgers
            for group in (sorted(ledger.counts, key=named) or [""] * (not ledger.ceiling.per))
        )

    def _floor_counts(self) -> tuple[FloorCount, ...]:
        return tuple(
            FloorCount(f.floor, f.before, f.after, f.needed, f.modules, tuple(f.beyond))
            for f in self._floors
        )


class _FullLimit(NamedTuple):
    """A limit without room, the last promotion that it took, and the rank of the one held."""

    ledger: Ledger | FloorLedger
    group: str | None
    last: Promotion | None
    rank: int

    def held(self) -> Held:
        """The same in words, once all promotions have been counted."""
        match self.ledger:
            case Ledger(ceiling=limit, eligible=counted):
                eligible = counted[self.group]
            case FloorLedger(floor=limit, eligible=eligible):
                pass
        return Held(limit.text, limit.at, named(self.group), self.last, self.rank, eligible)
