"""Ceilings that cross each other, and ceilings that nothing can ever reach."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from attrs import evolve

from starlang.checker.analyses.scopes import Relation, relation
from starlang.checker.checked import Placed
from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.rulesets.model import Ceiling, Ceilings, OnBreach

_ALL_OF_THEM = 100


def crossing_ceilings(
    limits: Sequence[Placed[Ceiling]], ceilings: Ceilings, settings: Mapping[str, Label]
) -> Iterator[Diagnostic]:
    """W308, once: under `defer`, two ceilings of which neither lies within the other."""
    place = settings.get("on breach")
    if ceilings.on_breach is not OnBreach.DEFER or place is None:
        return
    for limit, other in combinations(limits, 2):
        if relation(limit.value, other.value) is Relation.ACROSS:
            yield at(
                place.source,
                place.span,
                "W308",
                "these ceilings cross, so what `defer` lets pass is not always the best choice",
                others=[evolve(each.label, message="crosses the other") for each in (limit, other)],
                hint="nothing that is deferred could be added; to have the greatest total score,"
                " let one ceiling lie within the other",
            )
            return


def loose_ceilings(limits: Sequence[Placed[Ceiling]], ceilings: Ceilings) -> Iterator[Diagnostic]:
    """W310: ceilings that can never be reached, whatever is promoted."""
    for limit in limits:
        if _allows_all(limit.value, ceilings.stars_per_module):
            yield _loose(limit, "every module of its scope may be promoted", ())
            continue
        for other in limits:
            if _is_looser(limit.value, other.value):
                tighter = evolve(other.label, message="reached first")
                yield _loose(limit, f"`{other.value.text}` is reached before", (tighter,))
                break


def _allows_all(limit: Ceiling, stars_per_module: int) -> bool:
    """Whether even the promotion of all modules would stay within `limit`."""
    # A module that gains two stars counts twice, so all of them are more than 100 %.
    counts_once = bool(limit.star) or limit.per == "star" or stars_per_module == 1
    return limit.amount.percent and limit.amount.value == _ALL_OF_THEM and counts_once


def _is_looser(limit: Ceiling, other: Ceiling) -> bool:
    """Whether `other` holds every group of `limit` below what `limit` allows."""
    if limit.amount.percent or other.amount.percent or limit.amount.value <= other.amount.value:
        return False
    covers_one_star_only = bool(other.star) and not limit.star
    within = relation(limit, other) in {Relation.SAME, Relation.INSIDE}
    return within and not covers_one_star_only


def _loose(limit: Placed[Ceiling], why: str, others: Sequence[Label]) -> Diagnostic:
    return at(
        limit.label.source,
        limit.label.span,
        "W310",
        f"`{limit.value.text}` limits nothing: {why}",
        others=others,
        hint="lower it, or remove it",
    )
