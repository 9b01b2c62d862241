"""The values and spans that made a condition hold, found on demand.

Recording them while evaluating would cost a factor of four; here the exact matcher looks
at the same masked text again, for the modules that somebody reads about.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import chain
from typing import assert_never

from starlang.engine.canon import Canon
from starlang.engine.evaluate import joined
from starlang.engine.evaluation import Evaluation
from starlang.explain.model import Match
from starlang.matching.alternatives import alternatives
from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern, PatternSet
from starlang.matching.sight import Sight
from starlang.rulesets.conditions import AllOf, AnyOf, Condition, Not
from starlang.rulesets.predicate import Predicate
from starlang.rulesets.predicates import Test
from starlang.rulesets.spelling import GRAPH_PREFIX, TEXT_FACETS, Scalar, spelling
from starlang.rulesets.surroundings import Neighbours
from starlang.rulesets.text_predicates import Seeing

NEIGHBOURS_LISTED = 3
"""Neighbours that an explanation names before it counts the others."""

Found = tuple[Match, ...] | None

Search = Callable[[int], Found]
"""What makes a condition hold for the module of a number."""


class MatchFinder:
    """Finds matches of conditions in the modules of one evaluation.

    It knows which tests over texts hold where, so a text is only looked at for those that do.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        rules = evaluation.rules
        self._evaluation = evaluation
        self._graph = evaluation.graph
        self._near = evaluation.near
        self._canon = Canon(rules)
        masks = [mask.what for mask in rules.masks]
        self._needles = [mask for mask in masks if isinstance(mask, Needle)]
        self._patterns = [mask for mask in masks if isinstance(mask, Pattern)]
        self._set = PatternSet(list(map(alternatives, self._patterns)))
        # The rules of one module look at the same texts, one after the other.
        self._sight = lru_cache(maxsize=len(TEXT_FACETS))(self._look)
        self._holding = cache(self._find_holding)
        self._from_stars = cache(self._in_stars)
        self._from_column = cache(self._in_column)

    def find(self, condition: Condition, module: int) -> Found:
        """What makes `condition` hold: every match of every test that has a part in it.

        None where it does not hold. A condition that holds by what is absent has no match.
        """
        return self.search(condition)(module)

    def search(self, condition: Condition) -> Search:
        """The function that finds what makes `condition` hold, to be asked for many modules."""
        match condition:
            case AllOf(parts=parts):
                return _all(list(map(self.search, parts)))
            case AnyOf(parts=parts):
                return _any(list(map(self.search, parts)))
            case Not(part=part):
                negated = self.search(part)
                return lambda module: () if negated(module) is None else None
            case Neighbours():
                return partial(self._among_neighbours, condition)
            case Predicate():
                return self._over_values(condition)
            case _:
                assert_never(condition)

    def _over_values(self, test: Test) -> Search:
        if test.facet in TEXT_FACETS:
            return self._in_text(test)
        if test.facet == "star":
            return lambda module: self._from_stars(test, self._graph.stars[module])
        column = self._graph.columns.get(test.facet)
        if column is None:  # no module has the facet
            found = _in_values(test, ())
            return lambda _: found
        return lambda module: self._from_column(test, column.codes[module])

    def _in_text(self, test: Test) -> Search:
        facet = test.facet

        def look(module: int) -> Found:
            sight = self._sight(facet, module)
            text = sight.text
            if not isinstance(test, Seeing):
                return _in_values(test, (text,) if text else ())
            return tuple([Match(facet, text, *span) for span in test.seen(sight)]) or None

        number = self._evaluation.program.numbers.get(test)
        if number is None:  # no rule has it
            return look
        codes, holding = self._evaluation.texts[facet].codes, self._holding(facet)[number]
        return lambda module: look(module) if codes[module] in holding else None

    def _find_holding(self, facet: str) -> Mapping[int, set[int]]:
        """Test -> the classes of texts in which it holds."""
        holding: defaultdict[int, set[int]] = defaultdict(set)
        for code, tests in enumerate(self._evaluation.texts[facet].tests):
            for test in tests:
                holding[test].add(code)
        return holding

    def _among_neighbours(self, test: Neighbours, module: int) -> Found:
        """The neighbours that counted: the first few by path, and how many more."""
        if self._near is None:
            return None
        counted = self._near.counting(test, module)
        if not test.is_enough(len(counted)):
            return None
        relation = test.facet.removeprefix(GRAPH_PREFIX)
        listed = [self._graph.paths[other] for other in counted[:NEIGHBOURS_LISTED]]
        more = [*[0] * (len(listed) - 1), len(counted) - len(listed)]
        return tuple(
            Match(relation, path, 0, len(path), further)
            for path, further in zip(listed, more, strict=False)
        )

    def _look(self, facet: str, module: int) -> Sight:
        name, path = self._graph.names[module], self._graph.paths[module]
        join = -1
        match facet:
            case "path":
                text = path
            case "name":
                text = name
            case _:
                text, join = joined(name, path), len(name) or -1
        # One pass of an automaton tells which patterns are to be asked where they are.
        found = sorted(self._set.found_in(text)) if self._patterns else ()
        return Sight(text, [*self._needles, *map(self._patterns.__getitem__, found)], join)

    def _in_stars(self, test: Test, labels: tuple[str, ...]) -> Found:
        return _in_values(test, self._canon.values(labels))

    def _in_column(self, test: Test, code: int) -> Found:
        """In the values with the number `code`: they themselves are no key, since True is 1."""
        return _in_values(test, self._graph.columns[test.facet].values[code])


def _all(searches: Sequence[Search]) -> Search:
    def search(module: int) -> Found:
        found: list[Match] = []
        for each in searches:
            part = each(module)
            if part is None:
                return None
            found += part
        return tuple(found)

    return search


def _any(searches: Sequence[Search]) -> Search:
    def search(module: int) -> Found:
        held = [part for each in searches if (part := each(module)) is not None]
        return tuple(chain.from_iterable(held)) if held else None

    return search


def _in_values(test: Test, values: Sequence[Scalar]) -> Found:
    if not test.holds(values):
        return None
    facet = test.facet.removeprefix(GRAPH_PREFIX)
    return tuple(
        Match(facet, spelling(value), *span) for value in values for span in test.spans(value)
    )
