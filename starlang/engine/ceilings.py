"""Ceilings: limits over the set of promotions of one run.

Promotions are taken in one order (assigned ones first; then score descending, lead
descending, path ascending; primary stars before secondary ones), and each is counted
against every ceiling that covers it. Under `defer` one that would breach a ceiling is
held back; where ceilings are nested or disjoint, the kept primary promotions have the
largest total score that any choice can reach, because such sets of promotions form a
laminar matroid, on which the greedy order is optimal.
"""

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeVar

from attrs import frozen

from starlang.engine.evaluate import Evaluation
from starlang.engine.promotions import Group, Promotion, Scopes, Sizes, StarPart, promotions
from starlang.rules.model import Amount, Ceiling, Ceilings, Floor, OnBreach

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


class FloorCount(NamedTuple):
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


class Ledger:
    """One ceiling, its groups and their counts; `number` is its place among all."""

    def __init__(self, ceiling: Ceiling, number: int, sizes: Sizes) -> None:
        self.ceiling = ceiling
        self._number = number
        self._sizes = sizes.groups[number]
        self._total = sizes.totals[number]
        self._limits: dict[Group, int] = {}
        self.counts: dict[Group, int] = {}
        self.eligible: dict[Group, int] = {}
        self.beyond: dict[Group, list[Promotion]] = {}
        self.last: dict[Group, Promotion] = {}

    def groups(self, promotion: Promotion) -> Sequence[Group]:
        """The groups in which this ceiling counts `promotion`."""
        if self.ceiling.star and promotion.star != self.ceiling.star:
            return ()
        found = promotion.places[self._number]
        return (promotion.star,) if found and self.ceiling.per == "star" else found

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


class FloorLedger:
    """One floor: how many modules may still leave the default star."""

    def __init__(self, floor: Floor, sizes: Sizes) -> None:
        self.floor = floor
        self.modules = sizes.modules
        self.before = sizes.on_default
        self.after = self.before + sizes.joining
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
    scopes = Scopes(evaluation)
    wanted = promotions(evaluation, scopes)
    if evaluation.reassess:
        return unlimited(wanted)
    return settle_promotions(evaluation.rules.ceilings, Sizes.of(evaluation, scopes), wanted)


def unlimited(wanted: Iterable[Promotion], about: Collection[int] | None = None) -> Settlement:
    """What becomes of promotions where no ceiling is asked; `about` as in `settle_promotions`."""
    kept = (each for each in wanted if about is None or each.module in about)
    return Settlement(tuple(kept), {}, {}, {}, (), ())


def settle_promotions(
    ceilings: Ceilings,
    sizes: Sizes,
    wanted: Iterable[Promotion],
    about: Collection[int] | None = None,
) -> Settlement:
    """The same of promotions of any number of evaluations; `wanted` is in the order of taking.

    `about` are the modules of which it is kept what stays, and where it stood; None for all. Of a
    million promotions that is most of what a settlement takes.
    """
    return _Ledgers(ceilings, sizes).settle(wanted, about)


def tally(evaluation: Evaluation, gained: Sequence[Promotion]) -> Settlement:
    """Counts promotions that have happened; none is held back."""
    scopes = Scopes(evaluation)
    placed = [each._replace(places=scopes.places(each.module)) for each in gained]
    ledgers = _Ledgers(evaluation.rules.ceilings, Sizes.of(evaluation, scopes), holds_back=False)
    return ledgers.settle(placed)


class _Ledgers:
    """The ledgers of all ceilings and floors of a run."""

    def __init__(self, ceilings: Ceilings, sizes: Sizes, *, holds_back: bool = True) -> None:
        self._defers = holds_back and ceilings.on_breach is OnBreach.DEFER
        self._ledgers = [Ledger(limit, n, sizes) for n, limit in enumerate(ceilings.limits)]
        self._floors = [FloorLedger(floor, sizes) for floor in ceilings.floors]

    def settle(
        self, wanted: Iterable[Promotion], about: Collection[int] | None = None
    ) -> Settlement:
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
                places = self._add(promotion)
                if about is None or promotion.module in about:
                    standings.setdefault(promotion.module, []).extend(places)
                    taken.append(promotion)
            elif promotion.part is StarPart.PRIMARY:
                deferred[promotion.module] = full
            else:
                dropped[promotion.module, promotion.star] = full
        counts, floors = self._counts(), self._floor_counts()
        return Settlement(
            tuple(taken),
            _in_words(deferred),
            _in_words(dropped),
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

    def _add(self, promotion: Promotion) -> list[CeilingPlace]:
        places = []
        for ledger in self._ledgers:
            for group in ledger.groups(promotion):
                ledger.add(promotion, group)
                place, limit, text = ledger.counts[group], ledger.limit(group), ledger.ceiling.text
                places.append(CeilingPlace(promotion.star, text, named(group), place, limit))
        for floor in self._floors:
            floor.add(promotion)
        return places

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


_Key = TypeVar("_Key")


def _in_words(full: dict[_Key, _FullLimit]) -> dict[_Key, Held]:
    """All that is held back, in words; `full` is emptied, so that not both are there at once."""
    return {key: full.pop(key).held() for key in list(full)}
