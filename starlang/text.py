"""Texts: places in them, how two differ, and what a message makes of names and numbers.

Offsets are code points. Nothing here reads a file or decides what an error is.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""What JSON can say."""

_WIDTH = 100
"""What `repr` of a value is wide at most."""


class Span(NamedTuple):
    """A half-open range of code points, `start <= end`, counted from 0."""

    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """The span from the start of this one to the end of `other`."""
        return Span(self.start, other.end)


class Position(NamedTuple):
    """A line and a column, both counted from 1; the column counts code points."""

    line: int
    column: int


class Source(NamedTuple):  # and not a class of attrs, which `starlang --version` need not import
    """The text of one file, already decoded, with the name to show for it.

    `name` is a relative POSIX path where there is one: it is printed, sorted by
    and written into compiled rule sets, so it must not depend on the machine.
    """

    name: str
    text: str

    def __repr__(self) -> str:
        return f"Source(name={self.name!r})"

    def position(self, offset: int) -> Position:
        """The line and column of `offset`; the end of the text is a valid offset."""
        line = bisect_right(_line_starts(self.text), offset)
        return Position(line, offset - _line_starts(self.text)[line - 1] + 1)

    def line(self, number: int) -> str:
        """Line `number`, counted from 1, without its line end."""
        starts = _line_starts(self.text)
        start = starts[number - 1]
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def place(self, span: Span) -> str:
        """`name:line:column` of the start of `span`."""
        position = self.position(span.start)
        return f"{self.name}:{position.line}:{position.column}"


@lru_cache(maxsize=16)  # most questions in a row are about one file
def _line_starts(text: str) -> tuple[int, ...]:
    """The offset at which each line begins."""
    starts = [0]
    at = text.find("\n")
    while at != -1:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return tuple(starts)


_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""What Unicode calls printable, and nobody sees."""

_JOINER, _SELECTORS = "\u200d", "\ufe0e\ufe0f"


def shown(text: str) -> str:
    """`text` with every character that nobody sees escaped, as `ascii()` writes it.

    Joiners and selectors stay inside of an emoji, where they choose its shape.
    """
    if text.isprintable() and (text.isascii() or not _BLANK.search(text)):
        return text
    return "".join(
        ascii(character)[1:-1] if is_unseen(text, number) else character
        for number, character in enumerate(text)
    )


def one_line(text: str) -> str:
    """`text` on one line of at most 100 characters, as `repr` of a value shows it."""
    line = shown(text)
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 2]}…{line[-1]}"


def is_unseen(text: str, number: int) -> bool:
    """Whether nobody sees the character of that number: it prints nothing, or steers others."""
    character = text[number]
    before, after = text[max(0, number - 1) : number], text[number + 1 : number + 2]
    if character in _SELECTORS:
        return not (_is_symbol(before) or (before in {*"0123456789#*"} and after == "\u20e3"))
    if character == _JOINER:
        return not ((_is_symbol(before) or before in {*_SELECTORS}) and _is_symbol(after))
    return not character.isprintable() or _BLANK.match(character) is not None


def _is_symbol(character: str) -> bool:
    """Whether it is a picture, or the colour of one."""
    return unicodedata.category(character or "a") in {"So", "Sk", "Sm"}


def counted(number: int, one: str, many: str = "") -> str:
    """`1 file`, `1,421 modules`; `many` where that is not `one` and an `s`: `2 modules are`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def ignored_words(count: int) -> str:
    """How many manifests a setting hides, for those who see what was read."""
    are = "manifest is" if count == 1 else "manifests are"
    return f"{count:,} more {are} in directories that `ignore` leaves out"


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `name`, ignoring case, or None where none is close."""
    return _nearest(name, tuple(candidates))


@lru_cache  # hundreds of manifests may have the same slip
def _nearest(name: str, candidates: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 -- start-up counts, and few names are wrong

    if len(name) > _LONG_NAME:
        return None
    by_folded = {candidate.casefold(): candidate for candidate in sorted(candidates)}
    listed = _alike(name.casefold(), by_folded)
    close = get_close_matches(name.casefold(), listed, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


_LONG_NAME = 1_000
_COMPARED = 300
"""Names that are compared in full: each costs 20 µs, and a repository has tens of thousands."""


def _alike(name: str, known: Collection[str]) -> Collection[str]:
    """Those of `known` that `name` may be a slip of: where there are many, by start and end."""
    if len(known) <= _COMPARED:
        return known

    def shared(other: str) -> int:
        short = min(len(name), len(other))
        start = next((n for n in range(short) if name[n] != other[n]), short)
        rest = range(1, short - start + 1)
        end = next((n - 1 for n in rest if name[-n] != other[-n]), short - start)
        return start + end - abs(len(name) - len(other))

    return sorted(known, key=shared, reverse=True)[:_COMPARED]


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """A hint that names the nearest candidate, or "" where none is close."""
    match = nearest(name, candidates)
    return f"did you mean `{match}`?" if match else ""


_NO_END = "\n\\ No newline at end of file\n"


def patch(name: str, before: str, after: str) -> Iterator[str]:
    """How a file differs from what it was, as a patch that `patch` and `git apply` read.

    The lines of the patch with which the file `name` goes from one text to the other.
    """
    from difflib import unified_diff  # noqa: PLC0415 -- start-up counts, and few runs show patches

    old, new = _lines(before), _lines(after)
    for line in unified_diff(old, new, fromfile=f"a/{name}", tofile=f"b/{name}"):
        yield line if line.endswith("\n") else line + _NO_END


def _lines(text: str) -> list[str]:
    r"""The lines with their ends. Only `\n` ends one: `splitlines` knows ten other ways."""
    *lines, last = text.split("\n")
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]


# JSON values as words in a message: short, on one line, nothing invisible.

MAX_SHOWN = 60
"""Longest value in characters that a message repeats in full."""


def shown_value(value: object) -> str:
    """A string, number, true, false or null as JSON; an object or array by its kind."""
    # Saying the version imports this file, and neither of these.
    from decimal import Decimal  # noqa: PLC0415 -- as above
    from json import dumps  # noqa: PLC0415 -- as above

    match value:
        case str():
            text = dumps(value[:MAX_SHOWN], ensure_ascii=False)
            return text if len(text) <= MAX_SHOWN else f'{text[: MAX_SHOWN - 2]}…"'
        case bool() | None:
            return dumps(value)
        case int() | Decimal():
            text = str(value)
            return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
        case _:
            return kind_of(value)


def kind_of(value: object) -> str:
    """What a JSON value is, with its article."""
    match value:
        case str():
            return "a text"
        case bool():
            return "true or false"
        case None:
            return "null"
        case dict():
            return "an object"
        case list():
            return "an array"
        case _:
            return "a number"
