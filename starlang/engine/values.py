"""Classes of facets whose values come from a list in the manifest."""

from array import array
from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

from starlang.engine.classes import Classes, numbered
from starlang.engine.sight import Sight
from starlang.manifests.graph import Column, Scalar
from starlang.matching.globs import covers
from starlang.rulesets.conditions import (
    AtLeast,
    AtMost,
    Events,
    Flag,
    HasAtLeast,
    Matches,
    Mentions,
    Neighbours,
    OneOf,
    OnlyIn,
    Present,
    Test,
    Under,
)


def classify(tests: Sequence[tuple[int, Test]], column: Column) -> Classes:
    """The class of each module; `tests` are (number, test) pairs, sorted by number."""
    of_values, held = numbered(
        tuple(number for number, test in tests if holds(test, values)) for values in column.values
    )
    return Classes(array("i", map(of_values.__getitem__, column.codes)), held)


def holds(test: Test, values: Sequence[Scalar]) -> bool:
    """Whether `values` meet `test`: some of them, or for tests that count all together."""
    if isinstance(test, OnlyIn):
        return bool(values) and all(spelling(value) in test.values for value in values)
    if isinstance(test, HasAtLeast):
        return len(values) >= test.count
    if isinstance(test, Events):
        found = sum(meets(test, value) for value in values)
        return found <= test.count if test.at_most else found >= test.count
    return any(meets(test, value) for value in values)


def meets(test: Test, value: Scalar) -> bool:  # noqa: PLR0911 -- one return a kind of test
    """Whether this one value meets `test`."""
    match test:
        case OneOf(values=wanted) | OnlyIn(values=wanted):
            return spelling(value) in wanted
        case Mentions() | Matches():
            return isinstance(value, str) and Sight(value).sees(test)
        case Under(globs=globs):
            return isinstance(value, str) and any(covers(glob, value) for glob in globs)
        case AtLeast(number=number):
            return isinstance(value, Decimal) and value >= number
        case AtMost(number=number):
            return isinstance(value, Decimal) and value <= number
        case Flag(value=flag):
            return value is flag
        case Present() | HasAtLeast():
            return True
        case Events(names=names):
            return isinstance(value, str) and (not names or any(_names(n, value) for n in names))
        case Neighbours():
            return False  # it looks at other modules, not at a value
        case _:
            assert_never(test)


def _names(name: str, event: str) -> bool:
    return event.startswith(name[:-1]) if name.endswith("*") else event == name


def spelling(value: Scalar) -> str:
    """What `is` and `in` compare: a text as it is, a number in its shortest form, or the flag."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    digits = f"{value:f}" if value else "0"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
