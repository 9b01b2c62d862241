"""Ceilings: limits over the set of promotions of one run.

Promotions are taken in one order (assigned ones first; then score descending, lead
descending, path ascending; primary stars before secondary ones), and each is counted
against every ceiling that covers it. Under `defer` one that would breach a ceiling is
held back; where ceilings are nested or disjoint, the kept primary promotions have the
largest total score that any choice can reach, because such sets of promotions form a
laminar matroid, on which the greedy order is optimal.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from starlang.engine.evaluation import Evaluation
from starlang.engine.ledgers import FloorLedger, Ledger, named
from starlang.engine.promotions import Part, Promotion, promotions
from starlang.engine.settlement import Count, FloorCount, Held, Settlement, Standing
from starlang.rulesets.model import OnBreach


def settle(evaluation: Evaluation) -> Settlement:
    """Counts all promotions against all ceilings, and under `defer` holds the weakest back.

    When modules are reassessed nothing would be written, so no ceiling is asked.
    """
    wanted = promotions(evaluation)
    if evaluation.reassess:
        return Settlement(tuple(wanted), {}, {}, {}, (), ())
    return _Books(evaluation).take(wanted)


def tally(evaluation: Evaluation, gained: Sequence[Promotion]) -> Settlement:
    """Counts promotions that have happened; none is held back."""
    return _Books(evaluation, holds_back=False).take(gained)


class _Books:
    """All ceilings of a run."""

    def __init__(self, evaluation: Evaluation, *, holds_back: bool = True) -> None:
        ceilings = evaluation.rules.ceilings
        self._defers = holds_back and ceilings.on_breach is OnBreach.DEFER
        self._ledgers = [Ledger(evaluation, ceiling) for ceiling in ceilings.limits]
        self._floors = [FloorLedger(evaluation, floor) for floor in ceilings.floors]

    def take(self, wanted: Sequence[Promotion]) -> Settlement:
        taken: list[Promotion] = []
        deferred: dict[int, _Full] = {}
        dropped: dict[tuple[int, str], _Full] = {}
        standings: dict[int, list[Standing]] = {}
        for promotion in wanted:
            for ledger in self._ledgers:
                ledger.ask(promotion)
            for floor in self._floors:
                floor.ask(promotion)
            if promotion.part is Part.SECONDARY and promotion.module in deferred:
                continue  # the module stays as it is
            full = self._full(promotion)
            if full is None:
                standings.setdefault(promotion.module, []).extend(self._add(promotion))
                taken.append(promotion)
            elif promotion.part is Part.PRIMARY:
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

    def _full(self, promotion: Promotion) -> "_Full | None":
        """What holds `promotion` back; an assignment is never held, it blocks the plan."""
        if not self._defers or promotion.is_assigned:
            return None
        for ledger in self._ledgers:
            for group in ledger.groups(promotion):
                if ledger.is_full(group):
                    return _Full(ledger, group, ledger.last.get(group), ledger.eligible[group])
        for floor in self._floors:
            if floor.is_full(promotion):
                return _Full(floor, "", floor.last, floor.eligible)
        return None

    def _add(self, promotion: Promotion) -> Iterator[Standing]:
        for ledger in self._ledgers:
            for group in ledger.groups(promotion):
                ledger.add(promotion, group)
                place, limit = ledger.counts[group], ledger.limit(group)
                yield Standing(promotion.star, ledger.ceiling.text, named(group), place, limit)
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


class _Full(NamedTuple):
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
