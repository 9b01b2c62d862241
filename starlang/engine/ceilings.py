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

from attrs import field, frozen

from starlang.engine.decisions import Outcome
from starlang.engine.evaluation import Evaluation
from starlang.manifests.graph import Scalar
from starlang.matching.globs import covers
from starlang.rulesets.model import Amount, Ceiling, Floor, OnBreach

MISSING = None
"""The group of modules that a `per FACET` ceiling finds no value in."""

Group = Scalar | None


class Part(StrEnum):
    """Whether a star is gained as a module's primary star or beside it."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


@frozen
class Promotion:
    """A star that a module would gain. Amounts are in 10^-6."""

    module: int
    star: str
    part: Part
    score: int
    lead: int
    is_assigned: bool = False
    leaves_default: bool = False


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

    `needed` is the smallest count that meets the floor. The run breaches it only if it
    makes things worse; `missed_before` tells that the tree was below it already.
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
    def holds(self) -> bool:
        return self.after >= min(self.needed, self.before)


@frozen
class Held:
    """Why a promotion was deferred: the ceiling's words, and the last one that fitted."""

    ceiling: str
    at: str
    group: str
    last: Promotion | None


@frozen
class Standing:
    """Where a promotion stood: it was number `place` of at most `limit` under `ceiling`."""

    ceiling: str
    group: str
    place: int
    limit: int


@frozen(eq=False)
class Settlement:
    """What the ceilings make of an evaluation.

    `promotions` are those that stay, in order; `deferred` maps a module to what held
    its primary promotion back; `dropped` are secondary promotions held back.
    `standings` maps a module that stays promoted to its place under each ceiling.
    """

    promotions: tuple[Promotion, ...] = field(repr=False)
    deferred: dict[int, Held] = field(repr=False)
    dropped: dict[tuple[int, str], Held] = field(repr=False)
    standings: dict[int, list[Standing]] = field(repr=False)
    counts: tuple[Count, ...]
    floors: tuple[FloorCount, ...]

    @property
    def holds(self) -> bool:
        return all(count.holds for count in self.counts) and all(f.holds for f in self.floors)


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
            p.part is Part.SECONDARY,
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
    first = Promotion(module, star, Part.PRIMARY, score.get(star, 0), lead, assigned, leaves)
    others = [
        Promotion(module, other, Part.SECONDARY, score[other], lead) for other in decision.secondary
    ]
    return [first, *others]


def settle(evaluation: Evaluation) -> Settlement:
    """Counts all promotions against all ceilings, and under `defer` holds the weakest back.

    When modules are reassessed nothing would be written, so no ceiling is asked.
    """
    wanted = promotions(evaluation)
    if evaluation.reassess:
        return Settlement(tuple(wanted), {}, {}, {}, (), ())
    return _Books(evaluation).take(wanted)


class _Ledger:
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
        self.modules = self._groups.sizes(self._scope)
        self.total = len(graph) if self._scope is None else len(self._scope)
        self.counts: dict[Group, int] = {}
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
        return self.total if self.ceiling.per in {"", "star"} else self.modules.get(group, 0)

    def limit(self, group: Group) -> int:
        """The largest number of promotions that the ceiling allows in `group`."""
        return allowed(self.ceiling.amount, self.size(group))

    def is_full(self, group: Group) -> bool:
        return self.counts.get(group, 0) >= self.limit(group)

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
        self._column = self._graph.columns.get(per)
        source = self._graph.profile.facet(per)
        self._group_missing = source is None or source.group_missing

    def of(self, promotion: Promotion) -> Sequence[Group]:
        if self._per == "":
            return ("",)
        if self._per == "star":
            return (promotion.star,)
        return self._values(promotion.module)

    def _values(self, module: int) -> Sequence[Group]:
        values: Sequence[Group] = self._column.of(module) if self._column else ()
        return values or ((MISSING,) if self._group_missing else ())

    def sizes(self, scope: set[int] | None) -> dict[Group, int]:
        if self._per in {"", "star"}:
            return {}
        counts: dict[Group, int] = {}
        for module in sorted(scope) if scope is not None else range(len(self._graph)):
            for group in self._values(module):
                counts[group] = counts.get(group, 0) + 1
        return counts


class _FloorLedger:
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
        self.beyond: list[Promotion] = []
        self.last: Promotion | None = None

    def is_full(self, promotion: Promotion) -> bool:
        return promotion.leaves_default and self.after <= self.needed

    def add(self, promotion: Promotion) -> None:
        if not promotion.leaves_default:
            return
        if self.after <= self.needed:
            self.beyond.append(promotion)
        self.after -= 1
        self.last = promotion


class _Books:
    """All ceilings of a run."""

    def __init__(self, evaluation: Evaluation) -> None:
        ceilings = evaluation.rules.ceilings
        self._defers = ceilings.on_breach is OnBreach.DEFER
        self._ledgers = [_Ledger(evaluation, ceiling) for ceiling in ceilings.limits]
        self._floors = [_FloorLedger(evaluation, floor) for floor in ceilings.floors]

    def take(self, wanted: Sequence[Promotion]) -> Settlement:
        taken: list[Promotion] = []
        deferred: dict[int, Held] = {}
        dropped: dict[tuple[int, str], Held] = {}
        standings: dict[int, list[Standing]] = {}
        for promotion in wanted:
            if promotion.part is Part.SECONDARY and promotion.module in deferred:
                continue  # the module stays as it is
            held = self._held(promotion)
            if held is None:
                standings.setdefault(promotion.module, []).extend(self._add(promotion))
                taken.append(promotion)
            elif promotion.part is Part.PRIMARY:
                deferred[promotion.module] = held
            else:
                dropped[promotion.module, promotion.star] = held
        counts, floors = self._counts(), self._floor_counts()
        return Settlement(tuple(taken), deferred, dropped, standings, counts, floors)

    def _held(self, promotion: Promotion) -> Held | None:
        """What holds `promotion` back; an assignment is never held, it blocks the plan."""
        if not self._defers or promotion.is_assigned:
            return None
        for ledger in self._ledgers:
            for group in ledger.groups(promotion):
                if ledger.is_full(group):
                    ceiling = ledger.ceiling
                    return Held(ceiling.text, ceiling.at, named(group), ledger.last.get(group))
        for floor in self._floors:
            if floor.is_full(promotion):
                return Held(floor.floor.text, floor.floor.at, "", floor.last)
        return None

    def _add(self, promotion: Promotion) -> Iterator[Standing]:
        for ledger in self._ledgers:
            for group in ledger.groups(promotion):
                ledger.add(promotion, group)
                place, limit = ledger.counts[group], ledger.limit(group)
                yield Standing(ledger.ceiling.text, named(group), place, limit)
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


def named(group: Group) -> str:
    """A group in words: `(missing)` for modules without the facet."""
    return "(missing)" if group is MISSING else str(group)


def allowed(amount: Amount, modules: int) -> int:
    """The largest number of promotions n with n * 100 <= P * modules, or N itself."""
    return int(amount.value * modules / 100) if amount.percent else int(amount.value)


def needed(amount: Amount, modules: int) -> int:
    """The smallest number of modules n with n * 100 >= P * modules, or N itself."""
    exact = amount.value * modules / 100 if amount.percent else amount.value
    return -int(Fraction(-exact) // 1)
