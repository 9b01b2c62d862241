"""How far what `defer` keeps may be from the best choice, where ceilings cross.

The best choice is the set of primary promotions within all limits that has the largest total
score. Finding it is hard where limits cross, but a bound is cheap: put a price on every place
under a limit. Whoever promotes a module pays the price of each limit that counts it, so it is
worth its score less those prices, or nothing. Whatever the prices, no choice is worth more
than all places together at their price and all modules at what is left of their scores
(linear programming calls that weak duality). Prices are lowered and raised one limit at a
time, each to where it makes the bound least.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from attrs import define

from starlang.engine.ceilings import FloorLedger, Ledger, Settlement
from starlang.engine.evaluate import Evaluation
from starlang.engine.promotions import Promotion, Scopes, Sizes, StarPart, promotions
from starlang.rules.model import Ceilings, OnBreach

_SWEEPS = 20
"""Rounds over all limits; the bound rarely changes after the third."""


class Optimum(NamedTuple):
    """Total scores of primary promotions, in 10^-6: of those that stay, and at most possible.

    `kept` <= the best choice <= `bound`.
    """

    kept: int
    bound: int


@define(eq=False)
class _Limit:
    """A group of a ceiling, or a floor: the candidates that it counts, and how many may stay."""

    places: int
    members: list[int]
    price: int = 0


def optimum(evaluation: Evaluation, settlement: Settlement) -> Optimum | None:
    """What `settlement` keeps against what could be kept; None where that is the same.

    It is the same where nothing is held back, and where of any two limits that some
    promotion is too many for, one lies within the other or both are apart.
    """
    defers = evaluation.rules.ceilings.on_breach is OnBreach.DEFER
    if not defers or not settlement.deferred:
        return None
    scopes = Scopes(evaluation)
    wanted, sizes = promotions(evaluation, scopes), Sizes.of(evaluation, scopes)
    candidates = [p for p in wanted if p.part is StarPart.PRIMARY and not p.is_assigned]
    assigned = [p for p in wanted if p.is_assigned]
    limits = [
        limit
        for limit in _limits(evaluation.rules.ceilings, sizes, candidates, assigned)
        if len(limit.members) > limit.places
    ]
    if _is_laminar(limits):
        return None
    kept = sum(
        p.score for p in settlement.promotions if p.part is StarPart.PRIMARY and not p.is_assigned
    )
    return Optimum(kept, _bound([p.score for p in candidates], limits))


def _limits(
    ceilings: Ceilings,
    sizes: Sizes,
    candidates: Sequence[Promotion],
    assigned: Sequence[Promotion],
) -> Iterator[_Limit]:
    for ledger in (Ledger(limit, n, sizes) for n, limit in enumerate(ceilings.limits)):
        members: dict[str | None, list[int]] = {}
        for number, promotion in enumerate(candidates):
            for group in ledger.groups(promotion):
                members.setdefault(group, []).append(number)
        taken = Counter(group for each in assigned for group in ledger.groups(each))
        for group, found in members.items():
            yield _Limit(max(ledger.limit(group) - taken[group], 0), found)
    leaving = [number for number, each in enumerate(candidates) if each.leaves_default]
    gone = sum(each.leaves_default for each in assigned)
    for floor in (FloorLedger(floor, sizes) for floor in ceilings.floors):
        yield _Limit(max(floor.after - floor.needed - gone, 0), leaving)


def _is_laminar(limits: Sequence[_Limit]) -> bool:
    """Whether of any two limits one counts all that the other counts, or nothing of it."""
    counted: dict[int, list[int]] = {}
    for number, limit in enumerate(limits):
        for member in limit.members:
            counted.setdefault(member, []).append(number)
    common = Counter(pair for numbers in counted.values() for pair in combinations(numbers, 2))
    return all(
        both == min(len(limits[one].members), len(limits[other].members))
        for (one, other), both in common.items()
    )


def _bound(scores: Sequence[int], limits: Sequence[_Limit]) -> int:
    """The least total that prices were found for."""
    left = list(scores)
    best = sum(scores)
    for _ in range(_SWEEPS):
        for limit in limits:
            for member in limit.members:
                left[member] += limit.price
            ranked = sorted((left[member] for member in limit.members), reverse=True)
            limit.price = max(ranked[limit.places], 0)
            for member in limit.members:
                left[member] -= limit.price
        total = sum(limit.price * limit.places for limit in limits)
        total += sum(rest for rest in left if rest > 0)
        if total >= best:
            break
        best = total
    return best
