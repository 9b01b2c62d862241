"""JSON pointers, with `*` for all elements of an array and all values of an object.

`/capabilities/*/name` is the `name` of every element of `capabilities`. `~1` stands for
`/` and `~0` for `~` (RFC 6901). An index is written in digits. A null counts as absent.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from json import JSONDecoder

from starlang.text import Span

# Where a value lies in JSON text: for labels now, for edits of single values later.
#
# In: text that the strict reader has accepted, and the keys and indexes that lead to the
# value. What lies before it is skipped by the scanner of the standard library.

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


EACH = "*"
"""The part of a pointer that stands for all elements of an array."""

_MAX_INDEX = 9  # digits; a file of the size that is read has no more elements


def pointer_problem(text: str) -> tuple[int, str] | None:
    """Where a pointer is wrong (an offset into `text`) and why, or None."""
    if not text:
        return 0, "it is empty"
    if not text.startswith("/"):
        return 0, "it does not start with `/`"
    at = text.find("~")
    while at != -1:
        if text[at + 1 : at + 2] not in {"0", "1"}:
            return at, "a `~` is written `~0`, and a `/` inside a key `~1`"
        at = text.find("~", at + 2)
    return None


@lru_cache(maxsize=1024)  # those of profiles are looked at for every manifest
def parts_of(text: str) -> tuple[str, ...]:
    """The unescaped parts of a pointer that has no problem."""
    return tuple(_unescape(part) for part in text.split("/")[1:])


def pointer_to(steps: Sequence[Step]) -> str:
    """The pointer that leads along `steps`, "" for the root."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def is_index(part: str) -> bool:
    """Whether `part` can name an element of an array."""
    return part.isascii() and part.isdecimal() and len(part) <= _MAX_INDEX


def element(array: list[object], part: str) -> object:
    """The element that the index `part` names, or None where the array is shorter."""
    return array[int(part)] if int(part) < len(array) else None


def resolve(document: object, parts: Sequence[str]) -> Iterator[tuple[tuple[Step, ...], object]]:
    """(steps, value) of everything that `parts` lead to; null and absent values are left out."""
    found: list[tuple[tuple[Step, ...], object]] = [((), document)]
    for part in parts:
        found = [entry for steps, value in found for entry in below(steps, value, part)]
    return ((steps, value) for steps, value in found if value is not None)


def leads_into(value: object, part: str) -> bool:
    """Whether `part` can lead into `value`."""
    if isinstance(value, list):
        return part == EACH or is_index(part)
    return isinstance(value, dict)


def below(
    steps: tuple[Step, ...], value: object, part: str
) -> list[tuple[tuple[Step, ...], object]]:
    """(steps, value) of what `part` leads to in the value at `steps`."""
    match value:
        case list() if part == EACH:
            return [((*steps, index), member) for index, member in enumerate(value)]
        case list() if is_index(part):
            return [((*steps, int(part)), element(value, part))]
        case dict() if part == EACH:
            return [((*steps, key), member) for key, member in value.items()]
        case dict() if part in value:
            return [((*steps, part), value[part])]
        case _:
            return []


def _unescape(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
