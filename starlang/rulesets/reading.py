"""Conditions and amounts of a compiled file, read back; every other shape is `MalformedError`."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern
from starlang.rulesets.conditions import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Condition,
    Flag,
    HasAtLeast,
    Matches,
    Mentions,
    Not,
    OneOf,
    OnlyIn,
    Present,
    Under,
)
from starlang.rulesets.model import MICRO, Amount
from starlang.rulesets.shapes import (
    MalformedError,
    a_count,
    a_flag,
    a_text,
    an_object,
    each,
    member,
    texts_of,
)

_DEEPEST = 256
"""Deepest nesting of a condition; the parser allows less, so only a forged file has more."""


def micro(value: object) -> int:
    """A decimal with six places as an amount of 10^-6."""
    try:
        scaled = Decimal(a_text(value)) * MICRO
        if scaled == int(scaled):
            return int(scaled)
    except (InvalidOperation, OverflowError) as error:
        raise MalformedError("a decimal number was expected") from error
    raise MalformedError("a decimal number of at most six places was expected")


def amount(value: object) -> Amount:
    """`800` or `10%`."""
    text = a_text(value)
    try:
        return Amount(Fraction(text.removesuffix("%")), text.endswith("%"))
    except (ValueError, ZeroDivisionError) as error:
        raise MalformedError("a count or a percentage was expected") from error


def what(value: object) -> Pattern | Needle:
    """What a mask hides."""
    if "mentions" in an_object(value):
        return _needle(member(value, "mentions"))
    return _pattern(member(value, "matches"))


def condition(value: object, depth: int = 0) -> Condition:
    """A condition, of at most 256 levels."""
    if depth > _DEEPEST:
        raise MalformedError("a condition is nested too deeply")

    def inner(part: object) -> Condition:
        return condition(part, depth + 1)

    members = an_object(value)
    if "all" in members:
        return AllOf(each(inner, members["all"]))
    if "any" in members:
        return AnyOf(each(inner, members["any"]))
    if "not" in members:
        return Not(inner(members["not"]))
    name = next((name for name in _TESTS if name in members), None)
    if name is None:
        raise MalformedError("a condition was expected")
    return _TESTS[name](a_text(member(value, "facet")), members)


_Members = Mapping[str, object]


def _matches(facet: str, members: _Members) -> Condition:
    ignoring = _pattern(members["ignoring"]) if "ignoring" in members else None
    return Matches(facet, _pattern(members["matches"]), ignoring)


def _number(value: object) -> Decimal:
    try:
        return Decimal(a_text(value))
    except InvalidOperation as error:
        raise MalformedError("a decimal number was expected") from error


_TESTS: Mapping[str, Callable[[str, _Members], Condition]] = {
    "in": lambda facet, members: OneOf(facet, texts_of(members["in"])),
    "only_in": lambda facet, members: OnlyIn(facet, texts_of(members["only_in"])),
    "mentions": lambda facet, members: Mentions(facet, each(_needle, members["mentions"])),
    "matches": _matches,
    "under": lambda facet, members: Under(facet, texts_of(members["under"])),
    "at_least": lambda facet, members: AtLeast(facet, _number(members["at_least"])),
    "at_most": lambda facet, members: AtMost(facet, _number(members["at_most"])),
    "has_at_least": lambda facet, members: HasAtLeast(facet, a_count(members["has_at_least"])),
    "present": lambda facet, _: Present(facet),
    "is": lambda facet, members: Flag(facet, a_flag(members["is"])),
}


def _needle(value: object) -> Needle:
    words = texts_of(value)
    if not words:
        raise MalformedError("a needle without words")
    *firsts, last = words
    return Needle((*firsts, last.removesuffix("*")), last.endswith("*"))


def _pattern(value: object) -> Pattern:
    flags = an_object(value)
    ignore_case = a_flag(flags["ignore_case"]) if "ignore_case" in flags else False
    return Pattern(a_text(member(value, "regex")), ignore_case)
