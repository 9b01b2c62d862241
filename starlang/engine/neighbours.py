"""Tests over neighbours: what is asked of the modules around a module, and the answers.

A test such as `used by at least 3 modules reaching Flow` has two halves. Which modules *count* is
a question about each module alone: whether it reaches Flow, carries a star, lies under a glob,
meets what follows `where`. How many of those that count are around a module is a question about
edges. An evaluation (`engine.evaluate`) answers the first half itself, whenever it knows enough,
and asks for the second: `Question` has tests, and of each the modules that count for it. The
answer to a test says of each module whether it meets it.

So an evaluation never sees an edge. `Neighbourhood` answers it from the relations of a graph in
memory; an engine for tables answers it by joining edges and adding up (`starlang.spark`).

In memory all modules are counted at once. Which modules count is one byte a module. The bytes of
all neighbours of all modules are laid one after the other, in the order of the edges, and those
of one module are counted in one go: one pass over the edges for each relation and each choice of
modules, however many tests ask about them.
"""

from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Generator, Sequence
from functools import cache, cached_property
from itertools import pairwise
from operator import sub
from typing import TypeVar

from attrs import evolve, frozen

from starlang.engine.reach import Components, Nearest
from starlang.manifests.graph import (
    Adjacency,
    FacetColumn,
    ModuleGraph,
    Relations,
    without_edges,
)
from starlang.matching.globs import covers
from starlang.rules.conditions import Condition, where_of
from starlang.rules.model import REACHING
from starlang.rules.relations import InCycle, Neighbours
from starlang.rules.spelling import GRAPH_PREFIX, OVER_STEPS

_T = TypeVar("_T")

Flags = bytes
"""For each module 1 or 0."""

Surrounding = Neighbours | InCycle
"""Tests that are decided over the edges."""

Answers = Sequence[Flags]
"""For each test of a question, which modules meet it."""


class Chosen:
    """Which of some modules count for tests over neighbours, wherever the neighbours are.

    `stars` is what each carried before the run; `reached` says of each star that a test
    reads by `reaching` who reaches it, `meeting` of each condition after `where` who meets it.
    Both are filled as an evaluation finds them out.
    """

    def __init__(
        self,
        paths: Sequence[str],
        stars: FacetColumn,
        reached: dict[str, Flags] | None = None,
        meeting: dict[Condition, Flags] | None = None,
    ) -> None:
        self.paths = paths
        self._stars = stars
        self.reached = {} if reached is None else reached
        self.meeting = {} if meeting is None else meeting
        # Explanations ask module by module, and each answer is about all modules.
        self._all_of = cache(lambda *flags: bytes(map(min, *flags)))
        self._carrying = cache(self._find_carrying)
        self._under = cache(self._find_under)

    def __reduce__(self) -> tuple[type["Chosen"], tuple[object, ...]]:
        """What was found out already is not copied: it is found out again where it is asked."""
        return Chosen, (self.paths, self._stars, self.reached, self.meeting)

    def __len__(self) -> int:
        return len(self.paths)

    def flags(self, test: Neighbours) -> Flags | None:
        """Which modules count for `test`, None for all."""
        chosen = [self._under(test.globs)] if test.globs else []
        if test.standing == "currently":
            chosen.append(self._carrying(test.star))
        elif test.standing:
            chosen.append(self.reached[test.star])
        if (where := where_of(test)) is not None:
            chosen.append(self.meeting[where])
        if not chosen:
            return None
        return chosen[0] if len(chosen) == 1 else self._all_of(*chosen)

    def _find_carrying(self, star: str) -> Flags:
        carries = [star in values for values in self._stars.values]
        return bytes(map(carries.__getitem__, self._stars.codes))

    def _find_under(self, globs: tuple[str, ...]) -> Flags:
        return bytes(any(covers(glob, path) for glob in globs) for path in self.paths)


@frozen(eq=False)
class Question:
    """Tests that an evaluation asks together; `chosen` knows which modules count for each."""

    tests: tuple[Surrounding, ...]
    chosen: Chosen


def answered(steps: Generator[Question, Answers, _T], answer: Callable[[Question], Answers]) -> _T:
    """What `steps` end with, if each of their questions is answered by `answer`."""
    try:
        question = next(steps)
        while True:
            question = steps.send(answer(question))
    except StopIteration as end:
        found: _T = end.value
        return found


class Near(ABC):
    """What is around the modules of an evaluation, as far as explanations show it."""

    @abstractmethod
    def shown(self, test: Neighbours, module: int, most: int) -> tuple[Sequence[str], int]:
        """The first neighbours of `module` that count for `test`, by path, and how many do."""

    @abstractmethod
    def way(self, test: Neighbours, module: int) -> tuple[tuple[int, ...], int]:
        """The shortest way from `module` to one that counts for `test`, a test over steps.

        () where none does. And how many further ones count, as far as the test asks for it.
        """

    @abstractmethod
    def cycle(self, module: int) -> tuple[tuple[int, ...], int]:
        """The shortest cycle through `module`, which is its last.

        () if there is none. If it is too long to be shown, `module` alone, and how many others
        are in a cycle with it.
        """


class Surroundings:
    """Answers the questions of one evaluation of `graph`."""

    def __init__(self, graph: ModuleGraph) -> None:
        self._graph = graph
        self.near: Neighbourhood | None = None
        """What was asked about, None if nothing was."""

    def answer(self, question: Question) -> Answers:
        if self.near is None:
            relations = self._graph.relations or without_edges(self._graph.paths)
            self.near = Neighbourhood(relations, question.chosen)
        return list(map(self.near.meeting, question.tests))


class Neighbourhood(Near):
    """The relations of some modules, and which of them count for a test."""

    def __init__(self, relations: Relations, chosen: Chosen) -> None:
        self._relations = relations
        self._chosen = chosen
        self._counted = cache(self._find_counted)
        self._nearest = cache(self._find_nearest)

    def __reduce__(self) -> tuple[type["Neighbourhood"], tuple[object, ...]]:
        return Neighbourhood, (self._relations, self._chosen)

    def shown(self, test: Neighbours, module: int, most: int) -> tuple[Sequence[str], int]:
        flags = self._chosen.flags(test)
        near = self._relations.of(test.facet).of(module)
        counting = [other for other in near if flags is None or flags[other]]
        return [self._chosen.paths[other] for other in counting[:most]], len(counting)

    def way(self, test: Neighbours, module: int) -> tuple[tuple[int, ...], int]:
        way = self._nearest(choice(test)).way(module)
        is_asked = way and not _is_about_one(test)
        return way, self._counted(choice(test))[module] - 1 if is_asked else 0

    def cycle(self, module: int) -> tuple[tuple[int, ...], int]:
        cycle = self._components.cycle(module, self._relations.used_by)
        is_left_out = cycle == (module,)
        return cycle, self._components.size(module) - 1 if is_left_out else 0

    def meeting(self, test: Surrounding) -> Flags:
        """Which modules meet `test`."""
        modules = range(len(self._chosen))
        if isinstance(test, InCycle):
            return bytes(map(self._components.in_cycle, modules))
        asked = choice(test)
        if is_over_steps(test) and _is_about_one(test):
            return bytes(map(test.is_enough, map(self._nearest(asked).reaches, modules)))
        return bytes(map(test.is_enough, self._counted(asked)))

    @cached_property
    def _components(self) -> Components:
        return Components(self._relations.uses)

    def _find_nearest(self, asked: Neighbours) -> Nearest:
        relations = self._relations
        edges, back = relations.uses, relations.used_by
        if relations.of(asked.facet) is not edges:
            edges, back = back, edges
        return Nearest(edges, back, self._chosen.flags(asked) or self._everyone)

    def _find_counted(self, asked: Neighbours) -> Sequence[int]:
        """How many neighbours of each module count."""
        edges, flags = self._relations.of(asked.facet), self._chosen.flags(asked)
        if not is_over_steps(asked):
            return _counts(edges, flags)
        is_forward = edges is self._relations.uses
        components = self._components if is_forward else Components(edges)
        return components.counts(flags or self._everyone)

    @property
    def _everyone(self) -> Flags:
        return bytes([1]) * len(self._chosen)


def _counts(relation: Adjacency, flags: Flags | None) -> "array[int]":
    """How many neighbours of each module count."""
    starts = relation.starts
    if flags is None:
        return array("I", map(sub, starts[1:], starts))
    counting = bytes(map(flags.__getitem__, relation.targets))
    return array("I", [counting.count(1, start, end) for start, end in pairwise(starts)])


def choice(test: Neighbours) -> Neighbours:
    """Which neighbours `test` looks at, whatever number of them it asks for."""
    return evolve(test, count=1, at_most=False)


def read_star(test: Surrounding) -> str:
    """The star of which `test` must know who reaches it, "" where it is decided by facts."""
    if isinstance(test, Neighbours) and test.standing == REACHING:
        return test.star
    return ""


def is_over_steps(test: Neighbours) -> bool:
    """Whether `test` is over a relation of one or more steps."""
    return test.facet.removeprefix(GRAPH_PREFIX) in OVER_STEPS


def _is_about_one(test: Neighbours) -> bool:
    """Whether it matters only that there is one, and not how many there are."""
    return test.count == (0 if test.at_most else 1)
