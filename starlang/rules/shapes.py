"""JSON values of a known shape: each function returns it, or raises `MalformedError`."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, TypeVar

from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules.spelling import Scalar

# JSON in one form: the same value always gives the same bytes.
#
# ASCII only, keys sorted. Not the letters of a label but their code points are written,
# so no editor, locale or normalisation of Unicode can change a compiled file unseen.

CanonicalJson: TypeAlias = (
    "bool | int | str | Sequence[CanonicalJson] | Mapping[str, CanonicalJson]"
)
"""What canonical files are made of: amounts are strings, so there are no floats."""

_MICRO_DIGITS = 6


def compact(value: object) -> str:
    """A JSON value on one line without spaces: what digests cover and lists are sorted by."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def laid_out(value: CanonicalJson, depth: int) -> str:
    """`value` for people: `depth` levels are broken into lines, deeper ones stay on one line.

    Ends in a newline. Read back, it is the same value as `compact` writes.
    """
    return f"{_laid_out(value, depth, 0)}\n"


def _laid_out(value: CanonicalJson, depth: int, level: int) -> str:
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


def scalar_json(value: Scalar) -> CanonicalJson:
    """A value as JSON, numbers as an object since texts are strings."""
    return {"number": decimal_text(value)} if isinstance(value, Decimal) else value


def needle_json(needle: Needle) -> CanonicalJson:
    """A needle as a list of its words, the last one with `*` where it may go on."""
    *firsts, last = needle.words
    return [*firsts, f"{last}*"] if needle.open else list(needle.words)


def pattern_json(pattern: Pattern) -> CanonicalJson:
    """A pattern by its text and flags."""
    flags: dict[str, CanonicalJson] = {"ignore_case": True} if pattern.ignore_case else {}
    return {"regex": pattern.regex, **flags}


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


def record_with(value: object, members: AbstractSet[str], maybe: AbstractSet[str]) -> Members:
    """`value` as an object with `members`, and with those of `maybe` that it has."""
    return record(value, members | (maybe & an_object(value).keys()))


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


def a_scalar(value: object) -> Scalar:
    """`value` as a text, a flag or, in an object, a number."""
    if isinstance(value, dict):
        return a_number(record(value, {"number"})["number"])
    return value if isinstance(value, bool) else a_text(value)


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
