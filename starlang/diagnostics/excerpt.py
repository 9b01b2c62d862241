"""The lines of a source that a diagnostic is about, with marks below them."""

from collections.abc import Iterator, Sequence

from attrs import frozen

from starlang.diagnostics.cells import Cell, cells, width_of
from starlang.diagnostics.model import Label
from starlang.text import Source, Span

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
class Row:
    """A row of an excerpt: a line of the source with its number, marks below it, or a gap."""

    number: int | None
    text: str
    is_mark: bool = False
    is_primary: bool = False


GAP = Row(None, "...")


def excerpt(labels: Sequence[tuple[Label, bool]], width: int, *, unicode: bool) -> Iterator[Row]:
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
        yield from _line(line, here, width, unicode=unicode)


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


def _line(line: tuple[Cell, ...], marks: list[Mark], width: int, *, unicode: bool) -> Iterator[Row]:
    """A line and the marks below it; a line that is too long is cut anew for each mark."""
    marks = sorted(marks, key=lambda mark: (not mark.is_primary, mark.start))
    if width_of(line) <= width:
        yield Row(marks[0].line, "".join(cell.text for cell in line))
        for mark in marks:
            yield _underline(line, mark)
        return
    dots = Cell("…", 1) if unicode else Cell("...", 3)
    for mark in marks:
        piece, shift = _cut(line, mark, width, dots)
        yield Row(mark.line, "".join(cell.text for cell in piece))
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


def _underline(line: tuple[Cell, ...], mark: Mark) -> Row:
    blank = width_of(line[: mark.start])
    signs = ("^" if mark.is_primary else "-") * max(1, width_of(line[mark.start : mark.end]))
    words = f" {mark.message}" if mark.message else ""
    return Row(None, f"{' ' * blank}{signs}{words}", is_mark=True, is_primary=mark.is_primary)
