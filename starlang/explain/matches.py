"""The values and spans that made a condition hold, found on demand.

Recording them while evaluating would cost a factor of four; here the same matcher
looks at the same masked text again, for the modules that somebody reads about.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from starlang.engine.canon import Canon
from starlang.engine.evaluate import joined
from starlang.engine.program import Program
from starlang.engine.sight import Sight
from starlang.engine.values import holds, meets, spelling
from starlang.explain.model import Match
from starlang.manifests.graph import ModuleGraph, Scalar
from starlang.matching.alternatives import alternatives
from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern, PatternSet
from starlang.rulesets.conditions import (
    GRAPH_PREFIX,
    TEXT_FACETS,
    AllOf,
    AnyOf,
    Condition,
    Events,
    Matches,
    Mentions,
    Neighbours,
    Not,
    Test,
)
from starlang.rulesets.model import RuleSet

if TYPE_CHECKING:
    from starlang.engine.neighbours import Neighbourhood

NEIGHBOURS_LISTED = 3
"""Neighbours that an explanation names before it counts the others."""

_ASKED = -1
"""Stands for what the automaton does not know, and is always asked: needles, other patterns."""

Found = tuple[Match, ...] | None


class MatchFinder:
    """Finds matches of conditions in the modules of one graph.

    One pass of an automaton tells which patterns are found in a text at all; only those
    are asked for their spans.
    """

    def __init__(
        self, rules: RuleSet, graph: ModuleGraph, near: "Neighbourhood | None" = None
    ) -> None:
        self._graph = graph
        self._near = near
        self._canon = Canon(rules)
        self._masks: tuple[Pattern | Needle, ...] = tuple(mask.what for mask in rules.masks)
        tests = Program([rule.condition for rule in rules.rules]).tests
        asked = [test.pattern for test in tests if isinstance(test, Matches)]
        asked += [test.ignoring for test in tests if isinstance(test, Matches) and test.ignoring]
        asked += [mask for mask in self._masks if isinstance(mask, Pattern)]
        patterns = dict.fromkeys(asked)
        self._numbers: dict[Pattern | Needle, int] = {each: n for n, each in enumerate(patterns)}
        self._patterns = PatternSet(list(map(alternatives, patterns)))
        # The rules of one module look at the same texts, one after the other.
        self._sight = lru_cache(maxsize=len(TEXT_FACETS))(self._look)
        self._from_stars = cache(self._in_stars)
        self._from_column = cache(self._in_column)

    def find(self, condition: Condition, module: int) -> Found:  # noqa: PLR0911 -- one a kind
        """What makes `condition` hold: every match of every test that has a part in it.

        None where it does not hold. A condition that holds by what is absent has no match.
        """
        match condition:
            case AllOf(parts=parts):
                return self._all([self.find(part, module) for part in parts])
            case AnyOf(parts=parts):
                return self._any([self.find(part, module) for part in parts])
            case Not(part=part):
                return () if self.find(part, module) is None else None
            case Neighbours():
                return self._among_neighbours(condition, module)
            case Events(at_most=True):
                return self._few_events(condition, module)
            case _ if condition.facet in TEXT_FACETS:
                return self._find_in_text(condition, module) or None
            case _ if condition.facet == "star":
                return self._from_stars(condition, self._graph.stars[module]) or None
            case _ if (column := self._graph.columns.get(condition.facet)) is not None:
                return self._from_column(condition, column.codes[module]) or None
            case _:
                return None  # no module has the facet

    @staticmethod
    def _all(parts: Sequence[Found]) -> Found:
        held = [part for part in parts if part is not None]
        return tuple(chain(*held)) if len(held) == len(parts) else None

    @staticmethod
    def _any(parts: Sequence[Found]) -> Found:
        held = [part for part in parts if part is not None]
        return tuple(chain(*held)) if held else None

    def _find_in_text(self, test: Test, module: int) -> tuple[Match, ...]:
        sight, found, before = self._sight(test.facet, module)
        text = sight.text
        if not text:
            return ()
        match test:
            case Mentions():
                spans = sight.mentions(test)
            case Matches(ignoring=Pattern() as ignoring) if self._number(ignoring) in before:
                spans = sight.matches(test)
            case Matches():  # there is nothing to ignore
                spans = sight.found(test.pattern) if self._number(test.pattern) in found else []
            case _:
                spans = [(0, len(text))] if holds(test, (text,)) else []
        return tuple([Match(test.facet, text, start, end) for start, end in spans])

    def _among_neighbours(self, test: Neighbours, module: int) -> Found:
        """The neighbours that counted: the first few by path, and how many more."""
        if self._near is None:
            return None
        counted = self._near.counting(test, module)
        if len(counted) > test.count if test.at_most else len(counted) < test.count:
            return None
        relation = test.facet.removeprefix(GRAPH_PREFIX)
        listed = [self._graph.paths[other] for other in counted[:NEIGHBOURS_LISTED]]
        more = [*[0] * (len(listed) - 1), len(counted) - len(listed)]
        return tuple(
            Match(relation, path, 0, len(path), further)
            for path, further in zip(listed, more, strict=False)
        )

    def _few_events(self, test: Events, module: int) -> Found:
        """The events that counted, which may be none."""
        column = self._graph.columns.get(test.facet)
        values = () if column is None else column.of(module)
        return _in_values(test, values) if holds(test, values) else None

    def _look(self, facet: str, module: int) -> tuple[Sight, frozenset[int], frozenset[int]]:
        """A text of the module, and the patterns (numbers) found in it masked, and as it is."""
        name, path = self._graph.names[module], self._graph.paths[module]
        join = -1
        match facet:
            case "path":
                text = path
            case "name":
                text = name
            case _:
                text, join = joined(name, path), len(name) or -1
        found = self._found_in(text)
        sight = Sight(text, [mask for mask in self._masks if self._number(mask) in found], join)
        masked = sight.masked.text
        return sight, found if masked is text else self._found_in(masked), found

    def _found_in(self, text: str) -> frozenset[int]:
        return self._patterns.found_in(text) | {_ASKED}

    def _number(self, what: Pattern | Needle) -> int:
        return self._numbers.get(what, _ASKED)

    def _in_stars(self, test: Test, labels: tuple[str, ...]) -> tuple[Match, ...]:
        return _in_values(test, self._canon.values(labels))

    def _in_column(self, test: Test, code: int) -> tuple[Match, ...]:
        """In the values with the number `code`: they themselves are no key, since True is 1."""
        return _in_values(test, self._graph.columns[test.facet].values[code])


def _in_values(test: Test, values: Sequence[Scalar]) -> tuple[Match, ...]:
    if not holds(test, values):
        return ()
    return tuple(
        Match(test.facet.removeprefix(GRAPH_PREFIX), spelling(value), *span)
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
