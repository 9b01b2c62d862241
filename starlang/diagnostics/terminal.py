"""Diagnostics for people, in the form that Rust's compiler made known.

error[E108]: `wehn` is not a word of the language here
 --> rules/trail.star:3:3
  |
3 |   wehn path mentions memory
  |   ^^^^
  |
  = help: did you mean `when`?

Three parts: how wide text is on a terminal, the lines of a source with marks below them,
and the whole. Widths follow the East Asian Width property of Unicode. What cannot be printed
is escaped, joiners included: next to a caret every character has to be seen.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby

from attrs import frozen

from starlang.diagnostics.model import Diagnostic, Label
from starlang.printable import brackets_in
from starlang.text import Source, Span

_TAB = 4
_WIDE = frozenset({"W", "F"})
_EMOJI_SELECTOR = "\ufe0f"


@frozen
class Cell:
    """One character of a text as it is printed, with the columns that it takes."""

    text: str
    width: int


def cells(line: str, *, unicode: bool) -> tuple[Cell, ...]:
    """The characters of `line`, one cell each; without `unicode` as ASCII."""
    found: list[Cell] = []
    commands = brackets_in(line)
    for number, character in enumerate(line):
        if number in commands:
            found.append(Cell("\\x23", 4))
        else:
            found.append(_cell(character, found[-1] if found else None, unicode=unicode))
    return tuple(found)


def width_of(row: Sequence[Cell]) -> int:
    """The columns that the cells take."""
    return sum(cell.width for cell in row)


def printed(text: str, *, unicode: bool) -> str:
    """`text` on one line, with escapes for what cannot be printed."""
    return "".join(cell.text for cell in cells(text, unicode=unicode))


def _cell(character: str, before: Cell | None, *, unicode: bool) -> Cell:
    if character == "\t":
        return Cell(" " * _TAB, _TAB)
    if not character.isprintable() or not (unicode or character.isascii()):
        escaped = ascii(character)[1:-1]
        return Cell(escaped, len(escaped))
    if character == _EMOJI_SELECTOR:  # shows the character before as a picture, two columns wide
        return Cell(character, 1 if before and before.width == 1 else 0)
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}:
        return Cell(character, 0)
    return Cell(character, 2 if unicodedata.east_asian_width(character) in _WIDE else 1)


_BEFORE = 20
"""Columns shown in front of a mark where a line is too long to be shown whole."""


@frozen
class Mark:
    """A stretch of one line to underline: columns as offsets in the line, from 0."""

    line: int
    start: int
    end: int
    is_primary: bool
    message: str


@frozen
class ExcerptRow:
    """A row of an excerpt: a line of the source with its number, marks below it, or a gap."""

    number: int | None
    text: str
    is_mark: bool = False
    is_primary: bool = False


GAP = ExcerptRow(None, "...")


def excerpt(
    labels: Sequence[tuple[Label, bool]], width: int, *, unicode: bool
) -> Iterator[ExcerptRow]:
    """The lines that the labels are on, each with its marks, in at most `width` columns.

    `labels` are of one source, each with whether it is the primary one.
    """
    marks = [mark for label, is_primary in labels for mark in _marks(label, is_primary=is_primary)]
    previous = None
    for number in sorted({mark.line for mark in marks}):
        if previous is not None and number > previous + 1:
            yield GAP
        previous = number
        line = cells(labels[0][0].source.line(number), unicode=unicode)
        here = [mark for mark in marks if mark.line == number]
        yield from _marked_line(line, here, width, unicode=unicode)


def _marks(label: Label, *, is_primary: bool) -> Iterator[Mark]:
    """The first and the last line of a label; its words stand at the last."""
    source, span = label.source, label.span
    last = source.position(max(span.start, span.end - 1)).line
    first = source.position(span.start).line
    for number in sorted({first, last}):
        start, end = _columns(source, span, number)
        yield Mark(number, start, end, is_primary, label.message if number == last else "")


def _columns(source: Source, span: Span, number: int) -> tuple[int, int]:
    """Where `span` begins and ends on a line that it touches; never nothing."""
    text = source.line(number)
    begin = _line_start(source, span, number)
    indent = len(text) - len(text.lstrip())
    start = span.start - begin if span.start >= begin else indent
    end = min(span.end - begin, len(text))
    return start, max(end, start + 1)


def _line_start(source: Source, span: Span, number: int) -> int:
    """The offset at which a line begins that `span` touches."""
    position = source.position(span.start)
    start = span.start - position.column + 1
    for _ in range(position.line, number):
        start = source.text.index("\n", start) + 1
    return start


def _marked_line(
    line: tuple[Cell, ...], marks: list[Mark], width: int, *, unicode: bool
) -> Iterator[ExcerptRow]:
    """A line and the marks below it; a line that is too long is cut anew for each mark."""
    marks = sorted(marks, key=lambda mark: (not mark.is_primary, mark.start))
    if width_of(line) <= width:
        yield ExcerptRow(marks[0].line, "".join(cell.text for cell in line))
        for mark in marks:
            yield _underline(line, mark)
        return
    dots = Cell("…", 1) if unicode else Cell("...", 3)
    for mark in marks:
        piece, shift = _cut(line, mark, width, dots)
        yield ExcerptRow(mark.line, "".join(cell.text for cell in piece))
        end = min(mark.end - shift, len(piece))
        yield _underline(
            piece, Mark(mark.line, mark.start - shift, end, mark.is_primary, mark.message)
        )


def _cut(
    line: tuple[Cell, ...], mark: Mark, width: int, dots: Cell
) -> tuple[tuple[Cell, ...], int]:
    """What fits of the line around the mark, and how far it is shifted to the left."""
    start = mark.start
    while start > 0 and width_of(line[start - 1 : mark.start]) <= _BEFORE:
        start -= 1
    head = (dots,) if start else ()
    room = width - width_of(head) - dots.width
    end = start
    while end < len(line) and line[end].width <= room:
        room -= line[end].width
        end += 1
    tail = (dots,) if end < len(line) else ()
    return (*head, *line[start:end], *tail), start - len(head)


def _underline(line: tuple[Cell, ...], mark: Mark) -> ExcerptRow:
    blank = width_of(line[: mark.start])
    signs = ("^" if mark.is_primary else "-") * max(1, width_of(line[mark.start : mark.end]))
    words = f" {mark.message}" if mark.message else ""
    return ExcerptRow(
        None, f"{' ' * blank}{signs}{words}", is_mark=True, is_primary=mark.is_primary
    )


_RESET, _BOLD = "\x1b[0m", "\x1b[1m"
_RED, _YELLOW, _BLUE = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m"


def render(
    diagnostic: Diagnostic, *, color: bool = False, unicode: bool = True, width: int = 80
) -> str:
    """The diagnostic as lines of text, without a final line end.

    Lines of the source are cut to `width` columns. Without `unicode` the text is ASCII.
    Whatever the diagnostic holds, nothing in the text can steer a terminal.
    """
    return "\n".join(_Text(diagnostic, color, unicode, width).lines())


@frozen
class _Text:
    diagnostic: Diagnostic
    color: bool
    unicode: bool
    width: int

    def lines(self) -> Iterator[str]:
        yield self._title()
        margin = " " * len(str(self._last_line()))
        groups = self._by_file()
        for number, labels in enumerate(groups):
            arrow = self._paint("-->" if number == 0 else ":::", _BLUE)
            yield f"{margin}{arrow} {self._place(labels)}"
            yield from self._excerpt(labels, margin)
        if not groups and (place := self._place(())):
            yield f"{margin}{self._paint('-->', _BLUE)} {place}"
        if self.diagnostic.hint:
            if groups:
                yield f"{margin} {self._paint('|', _BLUE)}"
            hint = self._printed(self.diagnostic.hint)
            yield f"{margin} {self._paint('=', _BLUE)} {self._paint('help', _BOLD)}: {hint}"

    def _title(self) -> str:
        severity = self._paint(f"{self.diagnostic.severity}[{self.diagnostic.code}]", self._accent)
        return f"{severity}{self._paint(f': {self._printed(self.diagnostic.message)}', _BOLD)}"

    def _by_file(self) -> list[tuple[tuple[Label, bool], ...]]:
        """The labels with whether they are primary, one group a file, the primary's first."""
        labels = [(label, number == 0) for number, label in enumerate(self.diagnostic.labels)]
        first = labels[0][0].source.name if labels else ""
        labels.sort(key=lambda each: (each[0].source.name != first, each[0].source.name))
        return [tuple(group) for _, group in groupby(labels, lambda each: each[0].source.name)]

    def _place(self, labels: Sequence[tuple[Label, bool]]) -> str:
        place = self.diagnostic.file
        if position := self.diagnostic.position:
            place = f"{place}:{position.line}:{position.column}"
        if labels:
            label = labels[0][0]
            place = label.source.place(label.span)
        if self.diagnostic.pointer and (not labels or labels[0][1]):
            place = f"{place} at {self.diagnostic.pointer}" if place else self.diagnostic.pointer
        return self._printed(place)

    def _last_line(self) -> int:
        """The greatest line number that may be printed."""
        ends = [(label.source, label.span.end) for label in self.diagnostic.labels]
        return max((source.position(end).line for source, end in ends), default=0)

    def _excerpt(self, labels: Sequence[tuple[Label, bool]], margin: str) -> Iterator[str]:
        bar = self._paint("|", _BLUE)
        yield f"{margin} {bar}"
        room = max(self.width - len(margin) - 3, 20)
        for row in excerpt(labels, room, unicode=self.unicode):
            if row is GAP:
                yield self._paint(row.text, _BLUE)
            elif row.number is not None:
                number = self._paint(str(row.number).rjust(len(margin)), _BLUE)
                yield f"{number} {bar} {row.text}".rstrip()
            else:
                yield f"{margin} {bar} {self._marks(row)}"

    def _marks(self, row: ExcerptRow) -> str:
        text = row.text.lstrip(" ")
        indent = " " * (len(row.text) - len(text))
        color = self._accent if row.is_primary else _BLUE
        return indent + self._paint(self._printed(text), color)

    @property
    def _accent(self) -> str:
        return _RED if self.diagnostic.is_error else _YELLOW

    def _printed(self, text: str) -> str:
        return printed(text, unicode=self.unicode)

    def _paint(self, text: str, code: str) -> str:
        return f"{code}{text}{_RESET}" if self.color else text
