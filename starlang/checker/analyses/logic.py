"""Which conditions can hold, must hold, or follow from others.

A condition is a formula over its tests. All rows of its truth table are computed at
once, a bit a row, and rows that contradict what is known of the tests are left out:
`path under "labs"` without `path under "labs", "tools"` is no row. What holds in no
row holds for no module. Conditions of more than 12 different tests are not decided.
"""

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import assert_never

from starlang.checker.analyses.facts import excludes, implies
from starlang.rulesets.conditions import AllOf, AnyOf, Condition, Not, walk
from starlang.rulesets.predicate import Predicate
from starlang.rulesets.predicates import Test

_MOST_TESTS = 12


def can_hold(*conditions: Condition) -> bool:
    """Whether some module may meet all `conditions` at once; yes where it is not decided."""
    tests = tuple(dict.fromkeys(test for each in conditions for test in walk(each)))
    if len(tests) > _MOST_TESTS:
        return True
    columns = _columns(tests)
    rows = _possible_rows(tests, columns)
    for condition in conditions:
        rows &= _rows(condition, columns, _all_rows(tests))
    return rows != 0


def must_hold(condition: Condition) -> bool:
    """Whether every module meets `condition`; no where it is not decided."""
    return not can_hold(Not(condition))


def follows(condition: Condition, other: Condition) -> bool:
    """Whether every module that meets `condition` meets `other`; no where it is not decided."""
    return not can_hold(condition, Not(other))


def _all_rows(tests: Sequence[Test]) -> int:
    return (1 << (1 << len(tests))) - 1


def _columns(tests: Sequence[Test]) -> dict[Test, int]:
    """For each test the rows in which it holds: row r where bit i of r is set."""
    every = _all_rows(tests)
    return {
        test: every // ((1 << (1 << number)) + 1) << (1 << number)
        for number, test in enumerate(tests)
    }


def _possible_rows(tests: Sequence[Test], columns: Mapping[Test, int]) -> int:
    rows = _all_rows(tests)
    for test in tests:
        if test.is_certain():
            rows &= columns[test]
    for test, other in permutations(tests, 2):
        if implies(test, other):
            rows &= ~(columns[test] & ~columns[other])
        if excludes(test, other):
            rows &= ~(columns[test] & columns[other])
    return rows


def _rows(condition: Condition, columns: Mapping[Test, int], every: int) -> int:
    """The rows in which `condition` holds."""
    match condition:
        case AllOf(parts=parts):
            rows = every
            for part in parts:
                rows &= _rows(part, columns, every)
            return rows
        case AnyOf(parts=parts):
            rows = 0
            for part in parts:
                rows |= _rows(part, columns, every)
            return rows
        case Not(part=part):
            return every & ~_rows(part, columns, every)
        case Predicate():
            return columns[condition]
        case _:
            assert_never(condition)
