"""The values and spans that made a condition hold, found on demand.

Recording them while evaluating would cost a factor of four; here the same matcher
looks at the same masked text again, for the modules that somebody reads about.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

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

Search = Callable[[int], Found]
"""What makes a condition hold for the module of a number."""

Spans = Sequence[tuple[int, int]]


class _Look(NamedTuple):
    """A text of a module, and the patterns (numbers) found in it masked, and as it is."""

    sight: Sight
    masked: frozenset[int]
    as_it_is: frozenset[int]


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
        masks = [mask.what for mask in rules.masks]
        tests = Program([rule.condition for rule in rules.rules]).tests
        asked = [test.pattern for test in tests if isinstance(test, Matches)]
        asked += [test.ignoring for test in tests if isinstance(test, Matches) and test.ignoring]
        asked += [mask for mask in masks if isinstance(mask, Pattern)]
        patterns = dict.fromkeys(asked)
        self._numbers: dict[Pattern | Needle, int] = {each: n for n, each in enumerate(patterns)}
        self._masks = [(mask, self._number(mask)) for mask in masks]
        self._patterns = PatternSet(list(map(alternatives, patterns)))
        # The rules of one module look at the same texts, one after the other.
        self._look = lru_cache(maxsize=len(TEXT_FACETS))(self._find_look)
        self._from_stars = cache(self._in_stars)
        self._from_column = cache(self._in_column)

    def find(self, condition: Condition, module: int) -> Found:
        """What makes `condition` hold: every match of every test that has a part in it.

        None where it does not hold. A condition that holds by what is absent has no match.
        """
        return self.search(condition)(module)

    def search(self, condition: Condition) -> Search:  # noqa: PLR0911 -- one a kind
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
            case Events(at_most=True):
                return partial(self._few_events, condition)
            case _ if condition.facet in TEXT_FACETS:
                return partial(self._in_text, condition.facet, self._spans_of(condition))
            case _ if condition.facet == "star":
                return lambda module: self._from_stars(condition, self._graph.stars[module]) or None
            case _ if (column := self._graph.columns.get(condition.facet)) is not None:
                return lambda module: self._from_column(condition, column.codes[module]) or None
            case _:
                return lambda _: None  # no module has the facet

    def _spans_of(self, test: Test) -> Callable[["_Look"], Spans]:
        """The function that finds the spans of `test` in a text that is not empty."""
        match test:
            case Mentions():
                return lambda look: look.sight.mentions(test)
            case Matches(pattern=pattern, ignoring=ignoring):
                number = self._number(pattern)
                ignored = None if ignoring is None else self._number(ignoring)

                def spans(look: _Look) -> Spans:
                    if ignored in look.as_it_is:
                        return look.sight.matches(test)
                    return look.sight.found(pattern) if number in look.masked else ()

                return spans
            case _:

                def whole(look: _Look) -> Spans:
                    text = look.sight.text
                    return [(0, len(text))] if holds(test, (text,)) else ()

                return whole

    def _in_text(self, facet: str, spans_of: Callable[["_Look"], Spans], module: int) -> Found:
        look = self._look(facet, module)
        text = look.sight.text
        spans = spans_of(look) if text else ()
        return tuple([Match(facet, text, start, end) for start, end in spans]) or None

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

    def _find_look(self, facet: str, module: int) -> "_Look":
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
        sight = Sight(text, [mask for mask, number in self._masks if number in found], join)
        masked = sight.masked.text
        return _Look(sight, found if masked is text else self._found_in(masked), found)

    def _found_in(self, text: str) -> frozenset[int]:
        return self._patterns.found_in(text) | {_ASKED}

    def _number(self, what: Pattern | Needle) -> int:
        return self._numbers.get(what, _ASKED)

    def _in_stars(self, test: Test, labels: tuple[str, ...]) -> tuple[Match, ...]:
        return _in_values(test, self._canon.values(labels))

    def _in_column(self, test: Test, code: int) -> tuple[Match, ...]:
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
