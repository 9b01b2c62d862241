"""Amounts in words: scores and weights are integers of 10^-6."""

from functools import cache

from starlang.rulesets.model import MICRO


@cache
def exact(micro: int) -> str:
    """All six places, for programs: `0.400000`."""
    sign = "-" if micro < 0 else ""
    return f"{sign}{abs(micro) // MICRO}.{abs(micro) % MICRO:06d}"


def short(micro: int) -> str:
    """As few places as say it, at least two, for people: `0.40`, `0.125`."""
    whole, places = exact(micro).split(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"
