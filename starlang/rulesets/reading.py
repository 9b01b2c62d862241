"""Conditions, masks and amounts of a compiled file, read back, or `MalformedError`."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern
from starlang.rulesets.conditions import AllOf, AnyOf, Condition, Not
from starlang.rulesets.model import Amount
from starlang.rulesets.predicates import PREDICATES, Test
from starlang.rulesets.shapes import (
    MalformedError,
    Members,
    a_needle,
    a_number,
    a_pattern,
    a_text,
    an_object,
    each,
    record,
)

_PLACES = 6

_DEEPEST = 256
"""Deepest nesting of a condition; the parser allows less, so only a forged file has more."""

_TESTS: Mapping[str, Callable[[Members], Test]] = {test.key: test.from_json for test in PREDICATES}


def micro(value: object) -> int:
    """A decimal with at most six places as an amount of 10^-6."""
    scaled = a_number(value).scaleb(_PLACES)
    if scaled != int(scaled):
        raise MalformedError("a decimal number of at most six places was expected")
    return int(scaled)


def amount(value: object) -> Amount:
    """`800`, `12.5%` or `1/3%`."""
    text = a_text(value)
    whole, slash, divisor = text.removesuffix("%").partition("/")
    parts = Fraction(a_number(whole))
    if slash:
        if not a_number(divisor):
            raise MalformedError("a count or a percentage was expected")
        parts /= Fraction(a_number(divisor))
    return Amount(parts, text.endswith("%"))


def what(value: object) -> Pattern | Needle:
    """What a mask hides."""
    if "mentions" in an_object(value):
        return a_needle(record(value, {"mentions"})["mentions"])
    return a_pattern(record(value, {"matches"})["matches"])


def condition(value: object, depth: int = 0) -> Condition:
    """A condition, of at most 256 levels; or `MalformedError`."""
    if depth > _DEEPEST:
        raise MalformedError("a condition is nested too deeply")

    def inner(part: object) -> Condition:
        return condition(part, depth + 1)

    members = an_object(value)
    name = next((name for name in members if name in _TESTS), None)
    if name is not None:
        return _TESTS[name](members)
    if len(members) != 1:
        raise MalformedError("a condition was expected")
    ((joint, parts),) = members.items()
    match joint:
        case "all":
            return AllOf(each(inner, parts))
        case "any":
            return AnyOf(each(inner, parts))
        case "not":
            return Not(inner(parts))
        case _:  # any other name: the file is newer, or forged
            raise MalformedError("a condition was expected")
