"""Ceilings that cross each other, and ceilings that nothing can ever reach."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from itertools import combinations

from attrs import evolve

from starlang.checker.context import Placed
from starlang.checker.lints.logic import glob_within, globs_apart
from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.rules.model import Ceiling, Ceilings, OnBreach

# Which promotions a ceiling counts, compared with another ceiling.
#
# A ceiling cuts promotions into groups: by the star (all, one, or each) and by the module
# (all, those under globs, or one group a value of a facet).

_EACH_STAR = "star"


class GroupRelation(Enum):
    """How the groups of one ceiling lie to those of another, where they meet at all."""

    SAME = auto()
    INSIDE = auto()
    AROUND = auto()
    APART = auto()
    ACROSS = auto()


def relation(limit: Ceiling, other: Ceiling) -> GroupRelation:
    """How the groups of `limit` lie to those of `other`; `ACROSS` where that depends on data."""
    stars = _stars(limit, other)
    modules = _modules(limit, other)
    if GroupRelation.APART in {stars, modules}:
        return GroupRelation.APART
    if stars is modules or modules is GroupRelation.SAME:
        return stars
    return modules if stars is GroupRelation.SAME else GroupRelation.ACROSS


def _stars(limit: Ceiling, other: Ceiling) -> GroupRelation:
    one, another = _star_of(limit), _star_of(other)
    if one and another:
        both_named = _EACH_STAR not in {one, another}
        return GroupRelation.APART if both_named and one != another else GroupRelation.SAME
    if not one and not another:
        return GroupRelation.SAME
    return GroupRelation.INSIDE if one else GroupRelation.AROUND


def _star_of(limit: Ceiling) -> str:
    """The star that a group of `limit` is about, a word for each, or ""."""
    return limit.star or (_EACH_STAR if limit.per == _EACH_STAR else "")


def _modules(limit: Ceiling, other: Ceiling) -> GroupRelation:
    scopes = _scopes(limit.globs, other.globs)
    facet, another = _facet_of(limit), _facet_of(other)
    if facet == another or scopes is GroupRelation.APART:
        return scopes
    if facet and not another and scopes in {GroupRelation.SAME, GroupRelation.INSIDE}:
        return GroupRelation.INSIDE
    if another and not facet and scopes in {GroupRelation.SAME, GroupRelation.AROUND}:
        return GroupRelation.AROUND
    return GroupRelation.ACROSS


def _facet_of(limit: Ceiling) -> str:
    return "" if limit.per == _EACH_STAR else limit.per


def _scopes(globs: Sequence[str], others: Sequence[str]) -> GroupRelation:
    """How the modules under `globs` lie to those under `others`; no globs are all modules."""
    inside = _within(globs, others)
    around = _within(others, globs)
    if inside and around:
        return GroupRelation.SAME
    if inside or around:
        return GroupRelation.INSIDE if inside else GroupRelation.AROUND
    apart = all(globs_apart(glob, other) for glob in globs for other in others)
    return GroupRelation.APART if apart else GroupRelation.ACROSS


def _within(globs: Sequence[str], others: Sequence[str]) -> bool:
    if not others:
        return True
    return bool(globs) and all(any(glob_within(glob, other) for other in others) for glob in globs)


_ALL_OF_THEM = 100


def crossing_ceilings(
    limits: Sequence[Placed[Ceiling]], ceilings: Ceilings, settings: Mapping[str, Label]
) -> Iterator[Diagnostic]:
    """W308, once: under `defer`, two ceilings of which neither lies within the other."""
    place = settings.get("on breach")
    if ceilings.on_breach is not OnBreach.DEFER or place is None:
        return
    for limit, other in combinations(limits, 2):
        if relation(limit.value, other.value) is GroupRelation.ACROSS:
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
    within = relation(limit, other) in {GroupRelation.SAME, GroupRelation.INSIDE}
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
