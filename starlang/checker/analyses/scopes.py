"""Which promotions a ceiling counts, compared with another ceiling.

A ceiling cuts promotions into groups: by the star (all, one, or each) and by the module
(all, those under globs, or one group a value of a facet).
"""

from collections.abc import Sequence
from enum import Enum, auto

from starlang.checker.analyses.facts import glob_within, globs_apart
from starlang.rulesets.model import Ceiling

_EACH_STAR = "star"


class Relation(Enum):
    """How the groups of one ceiling lie to those of another, where they meet at all."""

    SAME = auto()
    INSIDE = auto()
    AROUND = auto()
    APART = auto()
    ACROSS = auto()


def relation(limit: Ceiling, other: Ceiling) -> Relation:
    """How the groups of `limit` lie to those of `other`; `ACROSS` where that depends on data."""
    stars = _stars(limit, other)
    modules = _modules(limit, other)
    if Relation.APART in {stars, modules}:
        return Relation.APART
    if stars is modules or modules is Relation.SAME:
        return stars
    return modules if stars is Relation.SAME else Relation.ACROSS


def _stars(limit: Ceiling, other: Ceiling) -> Relation:
    one, another = _star_of(limit), _star_of(other)
    if one and another:
        both_named = _EACH_STAR not in {one, another}
        return Relation.APART if both_named and one != another else Relation.SAME
    if not one and not another:
        return Relation.SAME
    return Relation.INSIDE if one else Relation.AROUND


def _star_of(limit: Ceiling) -> str:
    """The star that a group of `limit` is about, a word for each, or ""."""
    return limit.star or (_EACH_STAR if limit.per == _EACH_STAR else "")


def _modules(limit: Ceiling, other: Ceiling) -> Relation:
    scopes = _scopes(limit.globs, other.globs)
    facet, another = _facet_of(limit), _facet_of(other)
    if facet == another or scopes is Relation.APART:
        return scopes
    if facet and not another and scopes in {Relation.SAME, Relation.INSIDE}:
        return Relation.INSIDE
    if another and not facet and scopes in {Relation.SAME, Relation.AROUND}:
        return Relation.AROUND
    return Relation.ACROSS


def _facet_of(limit: Ceiling) -> str:
    return "" if limit.per == _EACH_STAR else limit.per


def _scopes(globs: Sequence[str], others: Sequence[str]) -> Relation:
    """How the modules under `globs` lie to those under `others`; no globs are all modules."""
    inside = _within(globs, others)
    around = _within(others, globs)
    if inside and around:
        return Relation.SAME
    if inside or around:
        return Relation.INSIDE if inside else Relation.AROUND
    apart = all(globs_apart(glob, other) for glob in globs for other in others)
    return Relation.APART if apart else Relation.ACROSS


def _within(globs: Sequence[str], others: Sequence[str]) -> bool:
    if not others:
        return True
    return bool(globs) and all(any(glob_within(glob, other) for other in others) for glob in globs)
