"""The values and spans that made a condition hold, found on demand.

Recording them while evaluating would cost a factor of four; here the same matcher
looks at the same masked text again, for the modules that somebody reads about.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from starlang.engine.canon import Canon
from starlang.engine.evaluate import joined
from starlang.engine.sight import Sight
from starlang.engine.values import holds, meets, spelling
from starlang.explain.model import Match
from starlang.manifests.graph import ModuleGraph, Scalar
from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern
from starlang.rulesets.conditions import (
    TEXT_FACETS,
    AllOf,
    AnyOf,
    Condition,
    Matches,
    Mentions,
    Not,
    Test,
)
from starlang.rulesets.model import RuleSet

Finder = Callable[[Condition, int], tuple[Match, ...]]


class MatchFinder:
    """Finds matches of conditions in the modules of one graph."""

    def __init__(self, rules: RuleSet, graph: ModuleGraph) -> None:
        self._graph = graph
        self._canon = Canon(rules)
        self._masks: tuple[Pattern | Needle, ...] = tuple(mask.what for mask in rules.masks)
        self._in_values = cache(self._find_in_values)

    def find(self, condition: Condition, module: int) -> tuple[Match, ...]:
        """Every match of every test of `condition` that holds and is not negated."""
        return tuple(self._find(condition, module))

    def _find(self, condition: Condition, module: int) -> Iterator[Match]:
        match condition:
            case AllOf(parts=parts) | AnyOf(parts=parts):
                for part in parts:
                    yield from self._find(part, module)
            case Not():
                return
            case _ if condition.facet in TEXT_FACETS:
                yield from self._find_in_text(condition, module)
            case _:
                yield from self._in_values(condition, self._values(condition.facet, module))

    def _find_in_text(self, test: Test, module: int) -> Iterator[Match]:
        name, path = self._graph.names[module], self._graph.paths[module]
        join = len(name) if name and test.facet == "text" else -1
        text = {"path": path, "name": name, "text": joined(name, path)}[test.facet]
        sight = Sight(text, self._masks, join)
        match test:
            case Mentions():
                spans = sight.mentions(test)
            case Matches():
                spans = sight.matches(test)
            case _:
                spans = [(0, len(text))] if text and holds(test, (text,)) else []
        return (Match(test.facet, text, *span) for span in spans)

    def _values(self, facet: str, module: int) -> tuple[Scalar, ...]:
        if facet == "star":
            return self._canon.values(self._graph.stars[module])
        column = self._graph.columns.get(facet)
        return column.of(module) if column else ()

    @staticmethod
    def _find_in_values(test: Test, values: Sequence[Scalar]) -> tuple[Match, ...]:
        if not holds(test, values):
            return ()
        return tuple(
            Match(test.facet, spelling(value), *span)
            for value in values
            for span in _spans(test, value)
        )


def _spans(test: Test, value: Scalar) -> Sequence[tuple[int, int]]:
    match test:
        case Mentions() if isinstance(value, str):
            return Sight(value).mentions(test)
        case Matches() if isinstance(value, str):
            return Sight(value).matches(test)
        case _:
            return [(0, len(spelling(value)))] if meets(test, value) else []
