"""The scanner of the standard library, written in C, with the strict checks riding along."""

from decimal import Decimal
from json import JSONDecoder
from math import isinf

MAX_DIGITS = 4_300
"""Longest number in characters, its sign included: CPython's own limit for integers."""

DUPLICATE = "E511"
NOT_A_NUMBER = "E512"
RANGE = "E513"
DIGITS = "E514"


class RefusedError(ValueError):
    """Raised inside the scanner, which tells hooks no offsets; `args[0]` is the code."""


def out_of_range(digits: str) -> bool:
    """Whether a double would make infinity of the number, or zero of one that is not zero.

    Exact arithmetic with such an exponent takes memory without bound.
    """
    double = float(digits)
    return isinf(double) or (double == 0 and bool(Decimal(digits)))


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise RefusedError(DUPLICATE)
    return record


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise RefusedError(DIGITS)
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if len(digits) > MAX_DIGITS:
        raise RefusedError(DIGITS)
    if out_of_range(digits):
        raise RefusedError(RANGE)
    return Decimal(digits)


def _constant(_name: str) -> object:
    raise RefusedError(NOT_A_NUMBER)


SCANNER = JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_decimal,
    parse_int=_integer,
    parse_constant=_constant,
)
