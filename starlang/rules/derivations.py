"""Facets that rules make: what a derivation reads, in which order, and what it stands for.

A derivation gives a module one value of one facet where its condition holds. Where the profile
has the facet, that fills in what manifests leave out. Where it has not, the facet is a *name* for
conditions and means exactly what they mean: `Names` puts them in its place, so that kinds and
analyses of a rule are the same either way.

A derivation may read what others derive, of the module itself or of its neighbours. So derived
facets have *levels*: one is found after all that its derivations read, and all of them before any
star is scored. What leads back to itself has no level; `cycle` finds it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, islice
from math import comb
from typing import assert_never

from starlang.rules.conditions import AllOf, AnyOf, Condition, Not, condition_key, facets_in, walk
from starlang.rules.model import Derivation, Needs, RuleSet, circle
from starlang.rules.predicate import OfSomeValue, Predicate
from starlang.rules.predicates import HasAtLeast, HasAtMost, OnlyIn, Present, Test
from starlang.rules.relations import Events, InCycle, Neighbours
from starlang.rules.shapes import compact, scalar_json
from starlang.rules.spelling import Scalar, spelling, value_text

_MOST_CHOICES = 200
"""Choices of several values that are written out; a test that needs more is left as it is."""

_MOST_PARTS = 500
_DEEPEST = 100
"""How many tests a name may stand for, and how deep in each other, to be looked through."""


def derivation_words(derivation: Derivation) -> str:
    """What a derivation is called: `derive node memory`."""
    return f"derive {derivation.facet} {value_text(spelling(derivation.value))}"


def derivation_key(derivation: Derivation) -> tuple[str, str, str]:
    """What derivations are sorted by."""
    said = compact(scalar_json(derivation.value))
    return derivation.facet, said, condition_key(derivation.condition)


def needed_facets(derivations: Iterable[Derivation]) -> Needs:
    """Derived facet -> the derived facets that must be known before it."""
    found: dict[str, frozenset[str]] = {}
    for each in derivations:
        found[each.facet] = found.get(each.facet, frozenset()) | facets_in(each.condition)
    return {facet: read & found.keys() for facet, read in found.items()}


def cycle(derivations: Iterable[Derivation]) -> tuple[str, ...]:
    """Derived facets of which each reads the next and the last the first, or () if none do."""
    needed = needed_facets(derivations)
    done = _levels(needed)
    return circle({facet: read for facet, read in needed.items() if facet not in done})


def levels(derivations: Iterable[Derivation]) -> Mapping[str, int]:
    """Derived facet -> its level, at least 1: one more than all that it reads.

    Facets of a cycle, and all that read them, have none.
    """
    return _levels(needed_facets(derivations))


def _levels(needed: Needs) -> dict[str, int]:
    found: dict[str, int] = {}
    waiting = set(needed)
    while ready := [facet for facet in waiting if needed[facet] <= found.keys()]:
        level = 1 + max(found.values(), default=0)
        found |= dict.fromkeys(ready, level)
        waiting.difference_update(ready)
    return found


def level_of(condition: Condition, of_facets: Mapping[str, int]) -> int:
    """The level at which it is known where `condition` holds, apart from who reaches a star."""
    return max((of_facets.get(facet, 0) for facet in facets_in(condition)), default=0)


def read_facets(rules: RuleSet) -> frozenset[str]:
    """The facets that rules, exceptions and ceilings read, also through derivations."""
    conditions = [*(rule.condition for rule in rules.rules)]
    conditions += [never.condition for never in rules.nevers]
    read = {limit.per for limit in rules.ceilings.limits if limit.per}
    return _through(read.union(*map(facets_in, conditions)), rules.derivations)


def read_derivations(rules: RuleSet) -> tuple[Derivation, ...]:
    """The derivations that can change a decision, in order."""
    read = read_facets(rules) if rules.derivations else frozenset()
    return tuple(each for each in rules.derivations if each.facet in read)


def unread_derivations(rules: RuleSet) -> tuple[Derivation, ...]:
    """The derivations that change no decision: they only fill in facets of new manifests."""
    read = read_facets(rules) if rules.derivations else frozenset()
    return tuple(each for each in rules.derivations if each.facet not in read)


def _through(read: Collection[str], derivations: Sequence[Derivation]) -> frozenset[str]:
    """`read`, and what the derivations of these facets read."""
    found, waiting = set(read), list(read)
    while waiting:
        facet = waiting.pop()
        of_facet = [each.condition for each in derivations if each.facet == facet]
        further = set().union(*map(facets_in, of_facet)) - found
        found |= further
        waiting += further
    return frozenset(found)


def read_through(facets: Collection[str], derivations: Sequence[Derivation]) -> frozenset[str]:
    """`facets`, and all that is read where they are derived."""
    return _through(facets, derivations)


def tests_through(condition: Condition, derivations: Iterable[Derivation]) -> Iterator[Test]:
    """The tests of `condition`, and of derivations of the facets that it reads of the module."""
    by_facet: dict[str, list[Condition]] = {}
    for each in derivations:
        by_facet.setdefault(each.facet, []).append(each.condition)
    waiting = [condition]
    while waiting:
        for test in walk(waiting.pop()):
            yield test
            waiting += by_facet.pop(test.facet, ())


# Names, with what they stand for put in their place.

Meaning = tuple[Scalar, Condition]
"""A value of a name, and when modules have it."""


class Names:
    """The names for conditions among derived facets; `filled` are facets of the profile.

    There must be no cycle. Who writes `derive a2 x when a1 is x and a1 is x` and so on doubles
    what `a2` stands for with each line, so a name that stands for very much is left as it is:
    analyses say less about it, and nothing that is wrong.
    """

    def __init__(self, derivations: Iterable[Derivation], filled: Collection[str] = ()) -> None:
        declared = [each for each in derivations if each.facet not in filled]
        self._said: dict[str, list[Meaning]] = {}
        for each in declared:
            self._said.setdefault(each.facet, []).append((each.value, each.condition))
        self._facets = cache(self._find_facets)
        self._meanings: dict[str, list[Meaning]] = {}
        at = levels(declared)
        for name in sorted(self._said, key=lambda name: (at[name], name)):
            for positive in (True, False):
                self._facets(name, positive)  # now: later, a long chain would be a deep recursion
            meant = [(value, self.expanded(when)) for value, when in self._said[name]]
            is_short = sum(_size(when) for _, when in meant) <= _MOST_PARTS
            if is_short and all(_depth(when) <= _DEEPEST for _, when in meant):
                self._meanings[name] = meant

    def __len__(self) -> int:
        return len(self._said)

    def __contains__(self, facet: str) -> bool:
        return facet in self._said

    def rests_on(self, condition: Condition, *, positive: bool = True) -> frozenset[str]:
        """The facets that `condition` rests on, or its denial; what is only denied adds none.

        What a name stands for is looked at in its place.
        """
        match condition:
            case AllOf(parts=parts) | AnyOf(parts=parts):
                found = (self.rests_on(part, positive=positive) for part in parts)
                return frozenset[str]().union(*found)
            case Not(part=Present(facet=facet)) if positive and facet not in self:
                return frozenset({facet})  # `is missing` is a test of its own, not a denial
            case Not(part=part):
                return self.rests_on(part, positive=not positive)
            case Predicate():
                return self._test_rests_on(condition, positive=positive)
            case _:
                assert_never(condition)

    def _test_rests_on(self, test: Test, *, positive: bool) -> frozenset[str]:
        if test.facet not in self:
            return frozenset({test.facet}) if positive else frozenset()
        same, opposite = self._facets(test.facet, positive), self._facets(test.facet, not positive)
        meets = [test.meets(value) for value, _ in self._said[test.facet]]
        found: list[frozenset[str]] = []
        for index, met in enumerate(meets):
            if isinstance(test, HasAtMost) or (isinstance(test, OnlyIn) and not met):
                found.append(opposite[index])
            elif met:
                found.append(same[index])
        return frozenset[str]().union(*found)

    def _find_facets(self, name: str, positive: bool) -> list[frozenset[str]]:  # noqa: FBT001 -- a key
        return [self.rests_on(when, positive=positive) for _, when in self._said[name]]

    def expanded(self, condition: Condition) -> Condition:
        """`condition` with what names stand for in their place: it holds for the same modules."""
        match condition:
            case AllOf(parts=parts):
                return AllOf(tuple(map(self.expanded, parts)))
            case AnyOf(parts=parts):
                return AnyOf(tuple(map(self.expanded, parts)))
            case Not(part=part):
                return Not(self.expanded(part))
            case Predicate():
                return self._expanded_test(condition)
            case _:
                assert_never(condition)

    def _expanded_test(self, test: Test) -> Condition:
        values = self._meanings.get(test.facet)
        if values is None:
            return test
        meeting = AnyOf(tuple(when for value, when in values if test.meets(value)))
        match test:
            case OnlyIn():
                others = AnyOf(tuple(when for value, when in values if not test.meets(value)))
                return AllOf((meeting, Not(others)))
            case HasAtLeast(count=count):
                return _several(test, values, count)
            case HasAtMost(count=count):
                several = _several(test, values, count + 1)
                return test if several is test else Not(several)
            case OfSomeValue() | Present():
                return meeting
            case Events() | Neighbours() | InCycle():  # what surrounds a module is never a name
                return test
            case _:
                assert_never(test)


def _several(test: Test, values: Sequence[Meaning], count: int) -> Condition:
    """At least `count` of the different values; `test` itself where that is too long to say."""
    by_value: dict[Scalar, list[Condition]] = {}
    for value, when in values:
        by_value.setdefault(value, []).append(when)
    if comb(len(by_value), count) > _MOST_CHOICES:
        return test
    whens = [AnyOf(tuple(each)) for each in by_value.values()]
    return AnyOf(tuple(map(AllOf, combinations(whens, count))))


def _size(condition: Condition) -> int:
    """The tests of `condition`, with repetitions; of too many, not all are counted."""
    return sum(1 for _ in islice(walk(condition), _MOST_PARTS + 1))


def _depth(condition: Condition) -> int:
    match condition:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return 1 + max(map(_depth, parts), default=0)
        case Not(part=part):
            return 1 + _depth(part)
        case Predicate():
            return 0
        case _:
            assert_never(condition)
