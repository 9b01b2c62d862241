"""How many sources the evidence of a case has.

That depends on which tests hold, not on which rules do: of an `or`, what held counts. Where a
test is over a derived facet, it also depends on where the values come from: a value that a
derivation gives, or would give, counts as what made that derivation hold, and any other value
of a manifest is its own. Tests do not tell these apart. So classes of derived facets have
further numbers, *marks*, after those of the tests: that a module has the value of a derivation
that holds for it, and that a test is met by some other value. Rule sets that ask for no sources
have none.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

from starlang.engine.facts import DerivedColumn, derived_values
from starlang.engine.program import Classes, Program, numbered
from starlang.rules.conditions import Condition, walk
from starlang.rules.model import RuleSet
from starlang.rules.predicates import Test
from starlang.rules.sources import Observed, Sources, observed, shown
from starlang.rules.spelling import Scalar


def source_tests(rules: RuleSet) -> Iterator[Test]:
    """The tests that counting sources takes, beside those of the rules."""
    asked = Sources(rules).asked
    if not asked:
        return
    conditions = [rule.condition for rule in rules.rules if rule.star in asked]
    conditions += [each.condition for each in rules.derivations]
    for condition in conditions:
        yield from (test.showing() for test in walk(condition, denied=False))


Values = tuple[Scalar, ...]


class SourceCounter:
    """Finds the stars whose evidence rests on fewer sources than a promotion takes."""

    def __init__(self, rules: RuleSet, program: Program) -> None:
        self._rules = rules
        self._program = program
        self._sources = Sources(rules)
        self._of_facet: dict[str, list[int]] = {}
        for number, each in enumerate(rules.derivations if self._sources.asked else ()):
            self._of_facet.setdefault(each.facet, []).append(number)
        self._given = len(program.tests)
        others = [test for test in program.tests if test.facet in self._of_facet]
        first = self._given + len(rules.derivations)
        self._other = {test: first + place for place, test in enumerate(others)}

    @property
    def facets(self) -> Collection[str]:
        """The derived facets whose classes need marks."""
        return self._of_facet.keys()

    def lacking(self, held: Sequence[int], tests: Collection[int]) -> frozenset[str]:
        """The stars that lack sources where rules `held` hold, and tests and marks `tests`.

        A star that no rule in `held` is for is not among them: it has no score either.
        """
        asked = self._sources.asked
        if not asked:
            return frozenset()
        found = self.found(held, tests)
        return frozenset(star for star in found if found[star].count < asked[star])

    def found(self, held: Sequence[int], tests: Collection[int]) -> dict[str, Observed]:
        """Star -> its sources, for the stars that ask for more than one and have evidence."""
        rows: dict[str, list[set[str]]] = {}
        true = frozenset(tests)
        for rule in map(self._rules.rules.__getitem__, held):
            if rule.sign > 0 and rule.star in self._sources.asked:
                rows.setdefault(rule.star, []).append(self._row(rule.condition, true))
        return {star: observed(rows[star]) for star in rows}

    def _row(self, condition: Condition, true: frozenset[int]) -> set[str]:
        numbers = self._program.numbers
        found = shown(condition, lambda test: numbers[test] in true)
        return {source for test in found for source in self._of_test(test, true)}

    def _of_test(self, test: Test, true: frozenset[int]) -> Iterator[str]:
        derivations = self._of_facet.get(test.facet)
        if derivations is None or self._sources.joins(test.facet):
            yield self._sources.of(test.facet)
            return
        if self._other[test] in true:
            yield self._sources.of(test.facet)
        for number in derivations:
            each = self._rules.derivations[number]
            if self._given + number in true and test.meets(each.value):
                yield from self._row(each.condition, true)

    # Marks.

    def classes(self, derived: DerivedColumn, facet: str) -> Classes:
        """The marks of each module for a derived facet."""
        codes, pairs = numbered(zip(derived.column.codes, derived.codes, strict=True))
        values = derived.column.values
        marks = [self._marks(facet, values[at], derived.held[held]) for at, held in pairs]
        return Classes(codes, marks)

    def marks_of(
        self, own: Callable[[str], Values], tests: frozenset[int], single: Collection[str]
    ) -> Iterator[int]:
        """The marks of one module: what its manifest says, and which tests hold for it.

        `single` are the facets of which a module has one value at most.
        """
        first = len(self._rules.rules) + len(self._rules.nevers)
        for facet, numbers in self._of_facet.items():
            held = [at for at in numbers if self._program.holds(first + at, tests)]
            holding = [self._rules.derivations[at] for at in held]
            values = own(facet) or derived_values(holding, is_single=facet in single)
            yield from self._marks(facet, values, held)

    def _marks(self, facet: str, values: Values, held: Sequence[int]) -> tuple[int, ...]:
        there = {(type(value), value) for value in values}
        said = {at: self._rules.derivations[at].value for at in held}
        given = [at for at, value in said.items() if (type(value), value) in there]
        told = {(type(said[at]), said[at]) for at in given}
        others = [value for value in values if (type(value), value) not in told]
        tests = (test for _, test in self._program.tests_of(facet))
        met = [self._other[test] for test in tests if any(map(test.meets, others))]
        return (*(self._given + at for at in given), *met)
