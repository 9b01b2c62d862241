"""The gate for input: how large, how deep and how long what somebody else wrote may be.

Whatever a file is for, its author is a stranger: a manifest arrives in a pull request, a schema is
copied from the web, a compiled file may be forged. So no reader trusts its parser to come back.
Before a text is parsed, this file measures what the parser is known to take badly:

- bytes (`MAX_BYTES`): everything else is bounded by them, if the work is linear;
- nesting (`MAX_DEPTH`): parsers, `repr` and comparison recurse;
- digits and exponents of numbers (`MAX_DIGITS`, `out_of_range`): `int` takes quadratic time, exact
  arithmetic with an exponent of a few digits takes all memory, and `Decimal` raises an error of its
  own for exponents of nineteen digits;
- parts of dotted names (`MAX_PARTS`): `tomllib` and everything that asks for each prefix of
  `a.b.c…` take quadratic time and memory: 40,000 dots in a key are 6 GB.

What a parser raises in spite of that becomes a finding about the file, too (`parsed`): one odd
file neither ends the command nor hides the other files.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from math import isinf
from typing import TypeVar

from starlang.text import Span

MAX_BYTES = 1 << 20
"""Largest manifest, config, profile or schema, in bytes."""

MAX_DEPTH = 64
"""How deep objects and arrays may be nested."""

MAX_DIGITS = 4_300
"""Longest number in characters, its sign included: CPython's own limit for integers."""

MAX_PARTS = 64
"""Most parts of a dotted name."""

MAX_EXPONENT = 5
"""Longest exponent of a number in characters, its sign included."""


def out_of_range(digits: str) -> bool:
    """Whether a double would make infinity of the number, or zero of one that is not zero.

    A zero with an exponent that no number needs, such as `0e99999999`, is one of these as well.
    """
    if len(digits.lower().partition("e")[2]) > MAX_EXPONENT:
        return True
    double = float(digits)
    return isinf(double) or (double == 0 and bool(Decimal(digits)))


class UnreadableError(ValueError):
    """A text that is not parsed. `at` is the place in it, None if the whole text is meant."""

    def __init__(self, words: str, at: Span | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.at = at


def exact_number(digits: str) -> Decimal:
    """The number; UnreadableError if it is too long or beyond the range of a double."""
    if len(digits) > MAX_DIGITS:
        raise UnreadableError(f"a number has more than {MAX_DIGITS:,} characters")
    plain = digits.replace("_", "")
    if not plain.lstrip("+-").isalpha() and out_of_range(plain):  # else `inf` or `nan`
        raise UnreadableError(
            f"the number `{digits[:40]}` is too large, or too close to zero, for a double"
        )
    return Decimal(plain)


T = TypeVar("T")


def parsed(parse: Callable[[], T]) -> T:
    """What `parse` makes; whatever it fails with is an UnreadableError.

    A parser that is given anything may fail in any way, and each way is an answer about the text:
    so everything is caught here, and nowhere else.
    """
    try:
        return parse()
    except RecursionError:
        raise UnreadableError("it is nested too deeply") from None
    except MemoryError:
        raise UnreadableError("there is not enough memory to read it") from None
    except Exception as error:
        raise UnreadableError(str(error) or type(error).__name__) from error


# Names with too many parts, in text of a language whose strings are quoted as in TOML or Python.
#
# Every alternative is possessive, and a quote that is never closed counts as closed at the end of
# its line: the time is linear in the text whatever it holds.

_QUOTED = re.compile(r""""(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?""")
_DOTTED = re.compile(r"[^\s.,;=()\[\]{}:#]++(?:[ \t]*+\.[ \t]*+[^\s.,;=()\[\]{}:#]++)*+")


def long_name(text: str) -> Span | None:
    """The first dotted name of more than `MAX_PARTS` parts; strings count as one part."""
    # No name goes over the end of a line, and few files have a line that is so long, with so many
    # dots: each of them has something before it and after it.
    long = (line for line in text.split("\n") if len(line) > 2 * MAX_PARTS)
    if max((line.count(".") for line in long), default=0) < MAX_PARTS:
        return None
    blank = _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), text)
    names = (each for each in _DOTTED.finditer(blank) if each[0].count(".") >= MAX_PARTS)
    found = next(names, None)
    return Span(*found.span()) if found else None


# Texts that are not what they seem: another encoding, or what a merge has left behind.

RESOLVE = "keep what is meant of the two sides, and delete the three lines of the markers"

_MARKER = re.compile(r"^(<{7}|={7}|>{7})(?![<=>])[^\n]*", re.MULTILINE)
_SIDES = ["<", "=", ">"]


def conflict_marker(text: str) -> Span | None:
    """The first marker of a merge conflict; all three of them must be there, in their order."""
    if "<<<<<<<" not in text:
        return None
    markers = [each for each in _MARKER.finditer(text) if each[1]]
    wanted = iter(_SIDES)
    following = next(wanted)
    first: Span | None = None
    for each in markers:
        if each[1][0] == following:
            first = first or Span(*each.span())
            following = next(wanted, "")
    return first if first and not following else None


def encoding_problem(data: bytes) -> str | None:
    """Which encoding other than UTF-8 without a byte order mark `data` has, in words."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "it starts with a byte order mark"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or _has_nulls(data[:64]):
        return "it is UTF-16 or UTF-32, not UTF-8"
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8"
    return None


def _has_nulls(head: bytes) -> bool:
    """Whether every other byte is null, as in UTF-16 of Latin letters."""
    return len(head) > 1 and any(head) and not (any(head[0::2]) and any(head[1::2]))
