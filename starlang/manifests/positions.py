"""Where a value lies in JSON text: for labels now, for edits of single values later.

In: text that the strict reader has accepted, and the keys and indexes that lead to the
value. What lies before it is skipped by the scanner of the standard library.
"""

import re
from collections.abc import Sequence
from json import JSONDecoder

from starlang.text import Span

Step = str | int
"""A key of an object, or an index of an array."""

# What stands between values; which of it is where has been checked already.
_BETWEEN = re.compile(r"[ \t\r\n,:]*+")
_SCANNER = JSONDecoder(parse_int=str, parse_float=str)


def locate(text: str, steps: Sequence[Step]) -> Span | None:
    """The span of the value at `steps`, without white space around it; None if it has none."""
    found = locate_entry(text, steps)
    return found[1] if found else None


def locate_key(text: str, steps: Sequence[Step]) -> Span | None:
    """The span of the last key of `steps`, quotes included, or of the value in an array."""
    found = locate_entry(text, steps)
    return found[0] if found else None


def locate_entry(text: str, steps: Sequence[Step]) -> tuple[Span, Span] | None:
    """Both: (key, value), which are the same in an array and at the root."""
    key, start = None, _next(text, 0)
    for step in steps:
        match step, text[start]:
            case str(), "{":
                entry = _member(text, start + 1, step)
            case int(), "[":
                entry = _element(text, start + 1, step)
            case _:
                entry = None
        if entry is None:
            return None
        key, start = entry
    value = Span(start, _end(text, start))
    return key or value, value


def _member(text: str, at: int, key: str) -> tuple[Span | None, int] | None:
    """The place of `key` and the start of its value, in the object that opens before `at`."""
    at = _next(text, at)
    while text[at] != "}":
        name, end = _SCANNER.raw_decode(text, at)
        value = _next(text, end)
        if name == key:
            return Span(at, end), value
        at = _next(text, _end(text, value))
    return None


def _element(text: str, at: int, index: int) -> tuple[Span | None, int] | None:
    """The start of element `index` of the array that opens before `at`."""
    at = _next(text, at)
    while text[at] != "]":
        if index == 0:
            return None, at
        index -= 1
        at = _next(text, _end(text, at))
    return None


def _end(text: str, start: int) -> int:
    """The end of the value that starts at `start`."""
    return _SCANNER.raw_decode(text, start)[1]


def _next(text: str, at: int) -> int:
    """The start of the next value, key or closing bracket."""
    found = _BETWEEN.match(text, at)
    return found.end() if found else at
