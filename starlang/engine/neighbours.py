"""Tests over neighbours: counted over the edges, for all modules at once.

Which modules count at all is one byte a module. The bytes of all neighbours of all
modules are laid one after the other, in the order of the edges, and those of one module
are counted in one go: one pass over the edges for each relation and each choice of
modules, however many tests ask about them.
"""

from array import array
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import compress, pairwise
from operator import sub

from starlang.engine.classes import Classes, numbered
from starlang.manifests.graph import Column
from starlang.manifests.relations import Adjacency, Relations
from starlang.matching.globs import covers
from starlang.rulesets.surroundings import Neighbours

Flags = bytes
"""For each module 1 or 0."""


class Neighbourhood:
    """The relations of some modules, and which of them count for a test.

    `stars` is what each carried before the run; `reached` says of each star that a test
    reads by `reaching` who reaches it.
    """

    def __init__(
        self,
        relations: Relations,
        paths: Sequence[str],
        stars: Column,
        reached: Mapping[str, Flags],
    ) -> None:
        self._relations = relations
        self._paths = paths
        self._stars = stars
        self._reached = reached
        self._carrying = cache(self._find_carrying)
        self._under = cache(self._find_under)

    def __reduce__(self) -> tuple[type["Neighbourhood"], tuple[object, ...]]:
        """What was found out already is not copied: it is found out again where it is asked."""
        return Neighbourhood, (self._relations, self._paths, self._stars, self._reached)

    def counting(self, test: Neighbours, module: int) -> list[int]:
        """The neighbours of `module` that count for `test`, sorted."""
        flags = self._flags(test)
        near = self._relations.of(test.facet).of(module)
        return [other for other in near if flags is None or flags[other]]

    def classes(self, tests: Sequence[tuple[int, Neighbours]]) -> Classes:
        """The class of each module; `tests` are (number, test) pairs, sorted by number."""
        counted: dict[tuple[str, str, str, tuple[str, ...]], array[int]] = {}
        columns: list[Flags] = []
        for _, test in tests:
            key = (test.facet, test.standing, test.star, test.globs)
            if key not in counted:
                counted[key] = _counts(self._relations.of(test.facet), self._flags(test))
            columns.append(_meeting(test, counted[key]))
        codes, rows = numbered(zip(*columns, strict=True))
        numbers = [number for number, _ in tests]
        return Classes(codes, [tuple(compress(numbers, row)) for row in rows])

    def _flags(self, test: Neighbours) -> Flags | None:
        """Which modules count for `test`, None for all."""
        chosen = [self._under(test.globs)] if test.globs else []
        if test.standing == "currently":
            chosen.append(self._carrying(test.star))
        elif test.standing:
            chosen.append(self._reached[test.star])
        if not chosen:
            return None
        return chosen[0] if len(chosen) == 1 else bytes(map(min, *chosen))

    def _find_carrying(self, star: str) -> Flags:
        carries = [star in values for values in self._stars.values]
        return bytes(map(carries.__getitem__, self._stars.codes))

    def _find_under(self, globs: tuple[str, ...]) -> Flags:
        return bytes(any(covers(glob, path) for glob in globs) for path in self._paths)


def _counts(relation: Adjacency, flags: Flags | None) -> "array[int]":
    """How many neighbours of each module count."""
    starts = relation.starts
    if flags is None:
        return array("I", map(sub, starts[1:], starts))
    counting = bytes(map(flags.__getitem__, relation.targets))
    return array("I", [counting.count(1, start, end) for start, end in pairwise(starts)])


def _meeting(test: Neighbours, counts: "array[int]") -> Flags:
    return bytes(map(test.is_enough, counts))
