"""Sources: what the evidence for a star rests on, counted.

Two rules that read the same word, once in the path and once in a facet that somebody filled
in from the path, look like two pieces of evidence and are one. So a promotion may ask for
several *sources*: the facets that the explanation of the evidence lists. What is counted is
what a row shows, not what its rule could have read: of an `or` what held, and of what is
absent nothing. The engine counts from the tests that hold (`shown`), an explanation from the
values that it lists; a test compares the two.

Some facets are one source from the start: path, name, text, and the relations that follow
from paths, are `path`; all other relations are `graph`; a `field` pointer is the facet whose
location it is. `same source` in a rule file joins others.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from attrs import frozen

from starlang.rules.conditions import AllOf, AnyOf, Condition, Not, walk
from starlang.rules.model import FacetUse, Rule, RuleSet
from starlang.rules.predicate import Predicate
from starlang.rules.predicates import Test
from starlang.rules.spelling import (
    EVENTS,
    FIELD_PREFIX,
    GRAPH,
    GRAPH_PREFIX,
    IN_CYCLE,
    RELATIONS,
    TEXT_FACETS,
)

PATH = "path"
"""The source of everything that is read off the path of a module."""

MAX_SOURCES = 9
"""The most sources that a promotion may ask for."""

_FROM_PATHS = frozenset({*TEXT_FACETS, "inside", "contains"})


def source_of(facet: str, locations: Mapping[str, str]) -> str:
    """The source of a facet or relation by itself; `locations` maps pointers to facets."""
    name = facet.removeprefix(GRAPH_PREFIX)
    if name in _FROM_PATHS:
        return PATH
    if facet.startswith(GRAPH_PREFIX) or name in {*RELATIONS, *EVENTS, IN_CYCLE}:
        return GRAPH
    if facet.startswith(FIELD_PREFIX):
        return locations.get(facet.removeprefix(FIELD_PREFIX), facet)
    return facet


def locations_of(facets: Iterable[FacetUse]) -> dict[str, str]:
    """Pointer -> the facet that is found there; of several the first by name."""
    ordered = sorted(facets, key=lambda facet: facet.name, reverse=True)
    return {pointer: facet.name for facet in ordered for pointer in facet.locations}


def joined_sets(sets: Iterable[Collection[str]]) -> tuple[tuple[str, ...], ...]:
    """The sets, those that share a member made into one; sorted, so that no order is left."""
    found: list[frozenset[str]] = []
    for each in map(frozenset, sets):
        touching = [other for other in found if not each.isdisjoint(other)]
        found = [other for other in found if other not in touching]
        found.append(each.union(*touching))
    return tuple(sorted(tuple(sorted(each)) for each in found))


class Sources:
    """The names of sources under one rule set, and how many each star asks for."""

    def __init__(self, rules: RuleSet) -> None:
        confidence = rules.confidence
        self._locations = locations_of(rules.facets)
        self._filled = {use.name for use in rules.facets}
        self._derived: dict[str, list[Condition]] = {}
        for each in rules.derivations:
            self._derived.setdefault(each.facet, []).append(each.condition)
        self._same = {facet: _name(facets) for facets in confidence.same for facet in facets}
        stars = [star.id for star in rules.stars if not star.is_default]
        asked = {star: confidence.sources_at(star) for star in stars}
        self.asked = {star: number for star, number in asked.items() if number > 1}
        """The stars that ask for more than one source, and for how many."""

    def of(self, facet: str) -> str:
        """The source that a facet or relation is counted as."""
        source = self.by_itself(facet)
        return self._same.get(source, source)

    def by_itself(self, facet: str) -> str:
        """The source of a facet or relation, whatever `same source` says."""
        return source_of(facet, self._locations)

    def joins(self, facet: str) -> bool:
        """Whether `same source` names a facet: then it is that source, whatever made it."""
        return self.by_itself(facet) in self._same

    def possible(self, rule: Rule) -> frozenset[str]:
        """What a row of `rule` can show at most."""
        seen: set[str] = set()
        waiting = [rule.condition]
        found: set[str] = set()
        while waiting:
            facets = {test.facet for test in walk(waiting.pop(), denied=False)} - seen
            seen |= facets
            for facet in facets:
                made = [] if self.joins(facet) else self._derived.get(facet, [])
                waiting += made
                if not made or facet in self._filled:
                    found.add(self.of(facet))
        return frozenset(found)


def _name(facets: Sequence[str]) -> str:
    """What facets that are one source are called: `path` if it is among them."""
    return PATH if PATH in facets else min(facets)


@frozen
class Observed:
    """The rows for one star that show something, each as the sources that it lists, sorted."""

    rows: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> frozenset[str]:
        """All sources that are listed."""
        return frozenset().union(*self.rows)

    @property
    def count(self) -> int:
        """How many sources have a row of their own: a row over three facets is one observation."""
        row_of: dict[str, int] = {}
        shown_by: dict[int, str] = {}
        return sum(_finds_source(self.rows, row, row_of, shown_by) for row in range(len(self.rows)))

    def grows_with(self, row: Collection[str]) -> bool:
        """Whether one more row that shows `row` adds a source."""
        return observed([*self.rows, row]).count > self.count


def _finds_source(
    rows: Sequence[Sequence[str]], row: int, row_of: dict[str, int], shown_by: dict[int, str]
) -> bool:
    """Finds a source for one more row: rows before it take another one where that helps.

    This is a maximum matching of rows and sources, one augmenting path at a time.
    """
    reached: dict[str, int] = {}
    waiting = [row]
    for each in waiting:
        for source in rows[each]:
            if source in reached:
                continue
            reached[source] = each
            if source in row_of:
                waiting.append(row_of[source])
                continue
            free: str | None = source
            while free is not None:  # all rows on the way take what the next one had
                taker = reached[free]
                before = shown_by.get(taker)
                row_of[free], shown_by[taker] = taker, free
                free = before
            return True
    return False


NOTHING_SHOWN = Observed(())


def observed(rows: Iterable[Collection[str]]) -> Observed:
    """What `rows` show together; each is given as the sources that it lists."""
    return Observed(tuple(sorted(tuple(sorted(set(row))) for row in rows if row)))


# What a condition that holds shows.

Holds = Callable[[Test], bool]


def shown(condition: Condition, holds: Holds) -> Iterator[Test]:
    """The tests for which an explanation lists something, where `condition` holds.

    `holds` tells of each test whether it holds. A part that does not hold shows nothing, and
    neither does what is denied.
    """
    match condition:
        case AllOf(parts=parts):
            for part in parts:
                yield from shown(part, holds)
        case AnyOf(parts=parts):
            for part in parts:
                if _is_true(part, holds):
                    yield from shown(part, holds)
        case Not():
            return
        case Predicate():
            if holds(condition.showing()):
                yield condition
        case _:
            assert_never(condition)


def _is_true(condition: Condition, holds: Holds) -> bool:
    match condition:
        case AllOf(parts=parts):
            return all(_is_true(part, holds) for part in parts)
        case AnyOf(parts=parts):
            return any(_is_true(part, holds) for part in parts)
        case Not(part=part):
            return not _is_true(part, holds)
        case Predicate():
            return holds(condition)
        case _:
            assert_never(condition)
