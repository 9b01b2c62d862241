"""JSON in one form: the same value always gives the same bytes.

ASCII only, keys sorted. Not the letters of a label but their code points are written,
so no editor, locale or normalisation of Unicode can change a compiled file unseen.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern

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


def needle_json(needle: Needle) -> Json:
    """A needle as a list of its words, the last one with `*` where it may go on."""
    *firsts, last = needle.words
    return [*firsts, f"{last}*"] if needle.open else list(needle.words)


def pattern_json(pattern: Pattern) -> Json:
    """A pattern by its text and flags."""
    flags: dict[str, Json] = {"ignore_case": True} if pattern.ignore_case else {}
    return {"regex": pattern.regex, **flags}
