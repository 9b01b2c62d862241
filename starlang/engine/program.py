"""The conditions of a rule set, made ready to be asked about many modules.

A test that several conditions share is decided once. A condition is looked at only
where it can hold: it has *triggers*, tests of which at least one holds whenever the
condition does, and is asked only in cases where a trigger holds. Conditions that can
hold without any test (`owner is missing` alone) have no triggers and are always asked.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar, assert_never

from starlang.manifests.graph import FacetColumn
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not, walk, where_of
from starlang.rules.predicate import Predicate
from starlang.rules.predicates import Test

# Classes: modules that no test over one facet tells apart.

Key = TypeVar("Key")


class Numbering(dict[Key, int], Generic[Key]):
    """Numbers keys from 0 in the order in which they are first asked for."""

    def __missing__(self, key: Key) -> int:
        number = self[key] = len(self)
        return number


class Classes(NamedTuple):
    """`codes[i]` is the class of module `i`.

    `tests[c]` are the numbers of the tests that hold in class `c`, sorted.
    """

    codes: Sequence[int]
    tests: Sequence[tuple[int, ...]]


def numbered(keys: Iterable[Key]) -> tuple[Sequence[int], list[Key]]:
    """The number of each key, and the keys in the order of their numbers."""
    numbering: Numbering[Key] = Numbering()
    codes = array("I", map(numbering.__getitem__, keys))
    return codes, list(numbering)


# Classes of facets whose values come from a list in the manifest.


def classify(tests: Sequence[tuple[int, Test]], column: FacetColumn) -> Classes:
    """The class of each module; `tests` are (number, test) pairs, sorted by number."""
    of_values, held = numbered(
        tuple(number for number, test in tests if test.holds(values)) for values in column.values
    )
    return Classes(array("i", map(of_values.__getitem__, column.codes)), held)


Holding = frozenset[int]
"""Numbers of the tests that hold."""

Asked = Callable[[Holding], bool]


class Program:
    """Conditions compiled to functions over test numbers.

    `tests[n]` is the test with number `n`, which `numbers` tells; `facets` are the facets
    read, sorted. What tests over neighbours ask of them by `where` is among the tests. Those of
    `also` are numbered too, and no condition depends on them.
    """

    def __init__(self, conditions: Sequence[Condition], also: Iterable[Test] = ()) -> None:
        self._conditions = tuple(conditions)
        self._also = tuple(also)
        self.numbers: dict[Test, int] = {}
        self.wheres: dict[Condition, Asked] = {}
        self._asked = [self._compile(condition) for condition in conditions]
        for test in self._also:
            self.numbers.setdefault(test, len(self.numbers))
        self._always: list[int] = []
        self._surely: list[list[int]] = [[] for _ in self.numbers]
        self._maybe: list[list[int]] = [[] for _ in self.numbers]
        for index, condition in enumerate(conditions):
            self._register(index, condition)
        self._has_doubtful = bool(self._always) or any(self._maybe)
        self.tests: tuple[Test, ...] = tuple(self.numbers)
        self._tests_of: dict[str, list[tuple[int, Test]]] = {}
        for test, number in self.numbers.items():
            self._tests_of.setdefault(test.facet, []).append((number, test))
        self.facets: tuple[str, ...] = tuple(sorted({test.facet for test in self.tests}))

    def __reduce__(self) -> tuple[type["Program"], tuple[Sequence[Condition], Sequence[Test]]]:
        """Functions cannot be pickled, so a copy is compiled from the same conditions."""
        return Program, (self._conditions, self._also)

    def tests_of(self, facet: str) -> list[tuple[int, Test]]:
        """The tests over `facet`, with their numbers."""
        return self._tests_of.get(facet, [])

    def holding(self, tests: Sequence[int]) -> tuple[int, ...]:
        """Indexes of the conditions that hold where exactly `tests` hold, sorted."""
        surely = self._surely
        if len(tests) == 1 and not self._has_doubtful:
            return tuple(surely[tests[0]])
        held = {index for test in tests for index in surely[test]}
        if self._has_doubtful:
            asked = set(self._always).union(*map(self._maybe.__getitem__, tests))
            true = frozenset(tests)
            held.update(index for index in asked if self._asked[index](true))
        return tuple(sorted(held))

    def holds(self, index: int, tests: Holding) -> bool:
        """Whether the condition with this index holds where exactly `tests` hold."""
        return self._asked[index](tests)

    def read_by(self, indexes: Iterable[int]) -> frozenset[int]:
        """Numbers of the tests that the conditions with these indexes are made of."""
        conditions = map(self._conditions.__getitem__, indexes)
        return frozenset(self.numbers[test] for each in conditions for test in walk(each))

    def _register(self, index: int, condition: Condition) -> None:
        triggers = self._triggers(condition)
        if triggers is None:
            self._always.append(index)
            return
        # An alternative of tests holds as soon as one of them does.
        table = self._surely if _is_alternative(condition) else self._maybe
        for trigger in triggers:
            table[trigger].append(index)

    def _compile(self, condition: Condition) -> Asked:
        match condition:
            case AllOf(parts=parts):
                return _all([self._compile(part) for part in parts])
            case AnyOf(parts=parts):
                return _any([self._compile(part) for part in parts])
            case Not(part=part):
                return _not(self._compile(part))
            case Predicate():
                where = where_of(condition)
                if where is not None and where not in self.wheres:
                    self.wheres[where] = self._compile(where)
                return _has(self.numbers.setdefault(condition, len(self.numbers)))
            case _:
                assert_never(condition)

    def _triggers(self, condition: Condition) -> set[int] | None:
        match condition:
            case AllOf(parts=parts):
                found = [
                    triggers for part in parts if (triggers := self._triggers(part)) is not None
                ]
                return min(found, key=len) if found else None
            case AnyOf(parts=parts):
                every = [self._triggers(part) for part in parts]
                known = [triggers for triggers in every if triggers is not None]
                return set().union(*known) if len(known) == len(every) else None
            case Not():
                return None
            case Predicate():
                return {self.numbers[condition]}
            case _:
                assert_never(condition)


def _is_alternative(condition: Condition) -> bool:
    match condition:
        case AnyOf(parts=parts):
            return all(map(_is_alternative, parts))
        case AllOf() | Not():
            return False
        case Predicate():
            return True
        case _:
            assert_never(condition)


def _all(parts: list[Asked]) -> Asked:
    return lambda true: all(part(true) for part in parts)


def _any(parts: list[Asked]) -> Asked:
    return lambda true: any(part(true) for part in parts)


def _not(part: Asked) -> Asked:
    return lambda true: not part(true)


def _has(number: int) -> Asked:
    return lambda true: number in true
