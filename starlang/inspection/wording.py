"""Figures in words."""

from fractions import Fraction

from starlang.explain.amounts import short
from starlang.text import counted


def amount(micro: int) -> str:
    """An amount of 10^-6 as people write it: `0.50`."""
    return short(micro)


def modules(count: int) -> str:
    """`1 module`, `24 modules`."""
    return counted(count, "module")


def percent(share: Fraction | None) -> str:
    """A share with one decimal, rounded half up; "" for none."""
    if share is None:
        return ""
    tenths = (share * 1000 + Fraction(1, 2)).__floor__()
    return f"{tenths // 10}.{tenths % 10}%"
