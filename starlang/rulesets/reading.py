"""Conditions and amounts of a compiled file, read back; every other shape is `MalformedError`."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern
from starlang.rulesets.conditions import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Condition,
    Events,
    Flag,
    HasAtLeast,
    Matches,
    Mentions,
    Neighbours,
    Not,
    OneOf,
    OnlyIn,
    Present,
    Under,
)
from starlang.rulesets.model import Amount
from starlang.rulesets.shapes import (
    MalformedError,
    Members,
    a_count,
    a_flag,
    a_text,
    an_object,
    each,
    record,
    texts_of,
)

_PLACES = 6
_MOST_DIGITS = 100

_DEEPEST = 256
"""Deepest nesting of a condition; the parser allows less, so only a forged file has more."""


def micro(value: object) -> int:
    """A decimal with at most six places as an amount of 10^-6."""
    scaled = number(value).scaleb(_PLACES)
    if scaled != int(scaled):
        raise MalformedError("a decimal number of at most six places was expected")
    return int(scaled)


def number(value: object) -> Decimal:
    """A decimal number in plain digits."""
    text = a_text(value)
    digits = text.removeprefix("-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
        raise MalformedError("a decimal number was expected")
    return Decimal(text)


def amount(value: object) -> Amount:
    """`800`, `12.5%` or `1/3%`."""
    text = a_text(value)
    whole, slash, divisor = text.removesuffix("%").partition("/")
    parts = Fraction(number(whole))
    if slash:
        if not number(divisor):
            raise MalformedError("a count or a percentage was expected")
        parts /= Fraction(number(divisor))
    return Amount(parts, text.endswith("%"))


def what(value: object) -> Pattern | Needle:
    """What a mask hides."""
    if "mentions" in an_object(value):
        return _needle(record(value, {"mentions"})["mentions"])
    return _pattern(record(value, {"matches"})["matches"])


def condition(value: object, depth: int = 0) -> Condition:
    """A condition, of at most 256 levels."""
    if depth > _DEEPEST:
        raise MalformedError("a condition is nested too deeply")

    def inner(part: object) -> Condition:
        return condition(part, depth + 1)

    members = an_object(value)
    name = next((name for name in members if name in _TESTS), None)
    if name is not None:
        return _test(name, members)
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
        case _:
            raise MalformedError("a condition was expected")


def _test(name: str, members: Mapping[str, object]) -> Condition:
    if name == "matches" and "ignoring" in members:
        both = record(members, {"facet", "matches", "ignoring"})
        ignoring = _pattern(both["ignoring"])
        return Matches(a_text(both["facet"]), _pattern(both["matches"]), ignoring)
    test = record(members, {"facet", name})
    return _TESTS[name](a_text(test["facet"]), test[name])


_TESTS: Mapping[str, Callable[[str, object], Condition]] = {
    "in": lambda facet, value: OneOf(facet, texts_of(value)),
    "only_in": lambda facet, value: OnlyIn(facet, texts_of(value)),
    "mentions": lambda facet, value: Mentions(facet, each(_needle, value)),
    "matches": lambda facet, value: Matches(facet, _pattern(value)),
    "under": lambda facet, value: Under(facet, texts_of(value)),
    "at_least": lambda facet, value: AtLeast(facet, number(value)),
    "at_most": lambda facet, value: AtMost(facet, number(value)),
    "has_at_least": lambda facet, value: HasAtLeast(facet, a_count(value)),
    "present": lambda facet, value: _present(facet, holds=a_flag(value)),
    "is": lambda facet, value: Flag(facet, a_flag(value)),
    "events": lambda facet, value: _events(facet, an_object(value)),
    "modules": lambda facet, value: _neighbours(facet, an_object(value)),
}


def _present(facet: str, *, holds: bool) -> Condition:
    if not holds:
        raise MalformedError("`present` is always true")
    return Present(facet)


_BOUNDS = ("at_least", "at_most")
_STANDINGS = ("currently", "reaching")


def _events(facet: str, members: Members) -> Condition:
    bound = _one_of(_BOUNDS, members)
    record(members, {bound, "names"})
    names = texts_of(members["names"])
    return Events(facet, a_count(members[bound]), bound == "at_most", names)


def _neighbours(facet: str, members: Members) -> Condition:
    bound, standing = _one_of(_BOUNDS, members), _one_of(_STANDINGS, members)
    record(members, {bound, "under", *([standing] if standing else [])})
    star = a_text(members[standing]) if standing else ""
    globs = texts_of(members["under"])
    return Neighbours(facet, a_count(members[bound]), bound == "at_most", standing, star, globs)


def _one_of(names: tuple[str, ...], members: Members) -> str:
    """The first of `names` that is a member; `record` refuses what else there is."""
    return next((name for name in names if name in members), "")


def _needle(value: object) -> Needle:
    words = texts_of(value)
    if not words:
        raise MalformedError("a needle without words")
    *firsts, last = words
    return Needle((*firsts, last.removesuffix("*")), last.endswith("*"))


def _pattern(value: object) -> Pattern:
    flags = an_object(value)
    if "ignore_case" not in flags:
        return Pattern(a_text(record(flags, {"regex"})["regex"]))
    both = record(flags, {"regex", "ignore_case"})
    return Pattern(a_text(both["regex"]), a_flag(both["ignore_case"]))
