"""Facets that rules make, level by level, before any star is scored.

The tests of derivations are tests of the program like any others, so which derivations hold is
looked up for each combination of classes that occurs, and a derived facet is one pass over the
numbers of these combinations. Tests over a derived facet are then classes like those of a facet
that manifests have.

A derived facet keeps both: the values that rules see, and which derivations hold. So it can be
said of every value where it comes from: a manifest may say what a derivation would give, and
a derivation may hold where the manifest says something else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import NamedTuple

from starlang.engine.program import Classes, Numbering, Program, numbered
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.rules.derivations import levels
from starlang.rules.model import Derivation, RuleSet
from starlang.rules.spelling import Scalar, spelling


class DerivedColumn(NamedTuple):
    """A derived facet over all modules.

    `column` holds the values that rules see. `held[codes[i]]` are the numbers of the derivations
    of this facet that hold for module `i`. `is_single` tells that a module has one value at most.
    """

    column: FacetColumn
    codes: Sequence[int]
    held: Sequence[tuple[int, ...]]
    is_single: bool

    def holding(self, module: int) -> tuple[int, ...]:
        """The numbers of the derivations that hold for `module`."""
        return self.held[self.codes[module]]

    def without_value(self) -> dict[tuple[int, ...], list[int]]:
        """Derivations that hold together -> modules that still have no value.

        That is so where there is room for one value, and they give different ones.
        """
        found: dict[tuple[int, ...], list[int]] = {}
        for module, (at, code) in enumerate(zip(self.codes, self.column.codes, strict=True)):
            if self.held[at] and not self.column.values[code]:
                found.setdefault(self.held[at], []).append(module)
        return found


def held_tests(
    classes: Sequence[Classes], tests: frozenset[int], count: int
) -> tuple[Sequence[int], list[frozenset[int]]]:
    """A number for each of `count` modules, and by number which tests hold there.

    Only classes that know one of `tests` are looked at.
    """
    known = [each for each in classes if not tests.isdisjoint(chain(*each.tests))]
    rows: Iterable[tuple[int, ...]] = zip(*(each.codes for each in known), strict=True)
    codes, combinations = numbered(rows if known else repeat((), count))
    return codes, [
        frozenset(chain(*(each.tests[at] for each, at in zip(known, row, strict=True))))
        for row in combinations
    ]


class Deriver:
    """The derivations of a rule set, made ready to fill the columns of any graph.

    `program` has their conditions after those of rules and exceptions.
    """

    def __init__(self, rules: RuleSet, program: Program) -> None:
        self._derivations = rules.derivations
        self._program = program
        self._first = len(rules.rules) + len(rules.nevers)
        self.levels: Mapping[str, int] = levels(rules.derivations)
        self._numbers: dict[str, list[int]] = {}
        for number, each in enumerate(rules.derivations):
            self._numbers.setdefault(each.facet, []).append(number)

    def derived(
        self, level: int, graph: ModuleGraph, classes: Sequence[Classes]
    ) -> Iterator[tuple[str, DerivedColumn]]:
        """The facets of one level, where `classes` know all tests that their derivations read."""
        for facet in sorted(self.levels):
            if self.levels[facet] == level:
                yield facet, self._column(facet, graph, classes)

    def holding(self, facet: str, tests: frozenset[int]) -> tuple[int, ...]:
        """The numbers of the derivations of `facet` that hold where exactly `tests` do."""
        return tuple(
            number
            for number in self._numbers[facet]
            if self._program.holds(self._first + number, tests)
        )

    def values(
        self, held: Sequence[int], own: tuple[Scalar, ...], *, is_single: bool
    ) -> tuple[Scalar, ...]:
        """What a module has where the derivations `held` hold and its manifest says `own`."""
        return own or derived_values([self._derivations[at] for at in held], is_single=is_single)

    def _column(self, facet: str, graph: ModuleGraph, classes: Sequence[Classes]) -> DerivedColumn:
        source = graph.profile.facet(facet)
        is_single = source is not None and not source.is_list
        own = graph.columns.get(facet) if source is not None else None
        read = self._program.read_by(self._first + at for at in self._numbers[facet])
        codes, combinations = held_tests(classes, read, len(graph))
        held: Numbering[tuple[int, ...]] = Numbering()
        by_combination = [held[self.holding(facet, tests)] for tests in combinations]
        held_codes = list(map(by_combination.__getitem__, codes))
        all_held = list(held)
        if own is None:
            values = [self.values(each, (), is_single=is_single) for each in all_held]
            return DerivedColumn(
                FacetColumn(tuple(values), held_codes), held_codes, all_held, is_single
            )
        both, pairs = numbered(zip(own.codes, held_codes, strict=True))
        values = [
            self.values(all_held[at], own.values[code], is_single=is_single) for code, at in pairs
        ]
        return DerivedColumn(FacetColumn(tuple(values), both), held_codes, all_held, is_single)


def derived_values(holding: Sequence[Derivation], *, is_single: bool) -> tuple[Scalar, ...]:
    """The values that derivations give together: none where there is room for one of several.

    No order of declarations decides which it would be.
    """
    found = {(type(each.value), each.value): each.value for each in holding}
    if is_single and len(found) > 1:
        return ()
    return tuple(sorted(found.values(), key=lambda value: (spelling(value), str(type(value)))))
