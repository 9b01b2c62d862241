"""JSON values of a known shape: each function returns it, or raises `MalformedError`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import TypeVar

from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern

T = TypeVar("T")

_MOST_DIGITS = 100

Members = Mapping[str, object]


class MalformedError(ValueError):
    """A value of the wrong shape; its words say what was expected."""


def names_of(words: str) -> frozenset[str]:
    """The names of members, written side by side."""
    return frozenset(words.split())


def an_object(value: object) -> Members:
    """`value` as a JSON object."""
    if not isinstance(value, dict):
        raise MalformedError("an object was expected")
    return value


def record(value: object, members: AbstractSet[str]) -> Members:
    """`value` as an object with exactly these members: what is not read would be lost."""
    found = an_object(value)
    if found.keys() != members:
        for name in sorted(members ^ found.keys()):
            raise MalformedError(f"`{name}` is {'missing' if name in members else 'not known'}")
    return found


def asked_by(key: str, test: Members) -> tuple[str, object]:
    """The facet of a test and what it asks: an object with these two members alone."""
    found = record(test, {"facet", key})
    return a_text(found["facet"]), found[key]


def named(value: object, names: Sequence[str]) -> Sequence[object]:
    """The members of the object `value` that go by `names`, which are all that it has."""
    members = record(value, set(names))
    return [members[name] for name in names]


def a_text(value: object) -> str:
    """`value` as a string."""
    if not isinstance(value, str):
        raise MalformedError("a string was expected")
    return value


def a_flag(value: object) -> bool:
    """`value` as a boolean."""
    if not isinstance(value, bool):
        raise MalformedError("true or false was expected")
    return value


def a_count(value: object) -> int:
    """`value` as an integer."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedError("an integer was expected")
    return value


def a_list(value: object) -> Sequence[object]:
    """`value` as a list."""
    if not isinstance(value, list):
        raise MalformedError("a list was expected")
    return value


def texts_of(value: object) -> tuple[str, ...]:
    """`value` as a list of strings."""
    return tuple(map(a_text, a_list(value)))


def each(read: Callable[[object], T], value: object) -> tuple[T, ...]:
    """Every element of the list `value`, read by `read`."""
    return tuple(map(read, a_list(value)))


def beside(*lists: object) -> Iterable[Sequence[object]]:
    """Lists that go by position, row by row."""
    columns = [a_list(column) for column in lists]
    if len({len(column) for column in columns}) > 1:
        raise MalformedError("lists that belong together have different lengths")
    return zip(*columns, strict=True)


def a_number(value: object) -> Decimal:
    """`value` as a decimal number in plain digits, which is a string."""
    text = a_text(value)
    digits = text.removeprefix("-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
        raise MalformedError("a decimal number was expected")
    return Decimal(text)


def a_needle(value: object) -> Needle:
    """`value` as the words of a needle, the last one with `*` where it may go on."""
    words = texts_of(value)
    if not words:
        raise MalformedError("a needle without words")
    *firsts, last = words
    return Needle((*firsts, last.removesuffix("*")), last.endswith("*"))


def a_pattern(value: object) -> Pattern:
    """`value` as a pattern by its text and flags."""
    flags = an_object(value)
    if "ignore_case" not in flags:
        return Pattern(a_text(record(flags, {"regex"})["regex"]))
    both = record(flags, {"regex", "ignore_case"})
    return Pattern(a_text(both["regex"]), a_flag(both["ignore_case"]))
