"""JSON in one form: the same value always gives the same bytes.

ASCII only, keys sorted. Not the letters of a label but their code points are written,
so no editor, locale or normalisation of Unicode can change a compiled file unseen.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, assert_never

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
    Test,
    Under,
)

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json]"
"""What canonical files are made of: amounts are strings, so there are no floats."""

_MICRO_DIGITS = 6


def compact(value: object) -> str:
    """A JSON value on one line without spaces: what digests cover and lists are sorted by."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def laid_out(value: Json, depth: int) -> str:
    """`value` for people: `depth` levels are broken into lines, deeper ones stay on one line.

    Ends in a newline. Read back, it is the same value as `compact` writes.
    """
    return f"{_laid_out(value, depth, 0)}\n"


def _laid_out(value: Json, depth: int, level: int) -> str:
    inner = " " * (level + 1)
    if depth == 0 or not value or isinstance(value, str | int):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, Mapping):
        items = [
            f"{inner}{json.dumps(key)}: {_laid_out(value[key], depth - 1, level + 1)}"
            for key in sorted(value)
        ]
        return "{\n" + ",\n".join(items) + "\n" + " " * level + "}"
    items = [f"{inner}{_laid_out(each, depth - 1, level + 1)}" for each in value]
    return "[\n" + ",\n".join(items) + "\n" + " " * level + "]"


def amount_text(micro: int) -> str:
    """An amount of 10^-6 as a decimal with six places: 400000 is `0.400000`."""
    sign = "-" if micro < 0 else ""
    whole, rest = divmod(abs(micro), 10**_MICRO_DIGITS)
    return f"{sign}{whole}.{rest:0{_MICRO_DIGITS}d}"


def decimal_text(number: Decimal) -> str:
    """The shortest way to write `number` without an exponent: equal numbers, equal texts."""
    # Not `normalize`: it rounds to the precision of the context.
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def fraction_text(fraction: Fraction) -> str:
    """`fraction` as a decimal where it is a finite one, else as `n/d`."""
    rest = fraction.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1:
        return str(fraction)
    places = fraction.denominator.bit_length()  # enough: each place takes a 2 and a 5
    scaled = fraction.numerator * 10**places // fraction.denominator
    return decimal_text(Decimal(f"{scaled}E-{places}"))


def condition_key(condition: Condition) -> str:
    """What the parts of a condition are sorted by."""
    return compact(condition_json(condition))


def condition_json(condition: Condition) -> Json:
    """`condition` as JSON: one key that names the test, and what it asks."""
    match condition:
        case AllOf(parts=parts):
            return {"all": [condition_json(part) for part in parts]}
        case AnyOf(parts=parts):
            return {"any": [condition_json(part) for part in parts]}
        case Not(part=part):
            return {"not": condition_json(part)}
        case _:
            return _test_json(condition)


def _test_json(test: Test) -> Json:  # noqa: C901, PLR0911, PLR0912 -- a table, a line a kind of test
    match test:
        case OneOf(facet=facet, values=values):
            return {"facet": facet, "in": list(values)}
        case OnlyIn(facet=facet, values=values):
            return {"facet": facet, "only_in": list(values)}
        case Mentions(facet=facet, needles=needles):
            return {"facet": facet, "mentions": [needle_json(needle) for needle in needles]}
        case Matches(facet=facet, pattern=pattern, ignoring=ignoring):
            hidden: dict[str, Json] = {"ignoring": pattern_json(ignoring)} if ignoring else {}
            return {"facet": facet, "matches": pattern_json(pattern), **hidden}
        case Under(facet=facet, globs=globs):
            return {"facet": facet, "under": list(globs)}
        case AtLeast(facet=facet, number=number):
            return {"facet": facet, "at_least": decimal_text(number)}
        case AtMost(facet=facet, number=number):
            return {"facet": facet, "at_most": decimal_text(number)}
        case HasAtLeast(facet=facet, count=count):
            return {"facet": facet, "has_at_least": count}
        case Present(facet=facet):
            return {"facet": facet, "present": True}
        case Flag(facet=facet, value=value):
            return {"facet": facet, "is": value}
        case Events(facet=facet, names=names):
            return {"facet": facet, "events": {**_bound_json(test), "names": list(names)}}
        case Neighbours(facet=facet, globs=globs):
            star = {test.standing: test.star} if test.standing else {}
            return {"facet": facet, "modules": {**_bound_json(test), **star, "under": list(globs)}}
        case _:
            assert_never(test)


def _bound_json(test: Events | Neighbours) -> dict[str, Json]:
    return {"at_most" if test.at_most else "at_least": test.count}


def needle_json(needle: Needle) -> Json:
    """A needle as a list of its words, the last one with `*` where it may go on."""
    *firsts, last = needle.words
    return [*firsts, f"{last}*"] if needle.open else list(needle.words)


def pattern_json(pattern: Pattern) -> Json:
    """A pattern by its text and flags."""
    flags: dict[str, Json] = {"ignore_case": True} if pattern.ignore_case else {}
    return {"regex": pattern.regex, **flags}
