"""Printing: a document as lines, none longer than `WIDTH` if that can be had.

Whether a group fits is found by looking ahead, never further than the line goes on. So the
time is that of writing the text, times the width at most.
"""

from collections.abc import Sequence
from typing import NamedTuple, assert_never

from attrs import define, field, frozen

from starlang.diagnostics.terminal import cells, width_of

# Documents: texts and the places where a line may end.
#
# After Wadler, "A prettier printer" (2003): a `Group` is printed on one line if it fits there;
# if not, every `Line` that stands directly in it ends the line. A tuple is its parts in a row.


@frozen
class Line:
    """The end of a line, or the text `flat` where the group around it is on one line."""

    flat: str = " "


@frozen
class Hard:
    """The end of a line, always; with `blank` an empty line follows."""

    blank: bool = False


@frozen
class Fresh:
    """The end of a line, unless nothing stands on it yet."""


@frozen
class Remark:
    """Comments at the end of the line, one below the other. Nothing may follow on that line."""

    texts: tuple[str, ...]


@frozen
class ToColumn:
    """Blanks up to `column`, at least one; one only where the group around it is on one line."""

    column: int


@frozen
class Indent:
    """`inside`, whose lines begin `by` columns further to the right."""

    by: int
    inside: "Doc"


@frozen
class Group:
    """`inside` on one line if it fits and is not `broken`."""

    inside: "Doc"
    broken: bool = False


@frozen
class Fill:
    """The parts with blanks between, as many on a line as fit; further lines are indented."""

    parts: tuple["Doc", ...]
    indent: int = 2


Doc = str | Line | Hard | Fresh | Remark | ToColumn | Indent | Group | Fill | tuple["Doc", ...]


def own_line(comment: str) -> Doc:
    """A comment on a line of its own."""
    return (Fresh(), comment, Hard())


def spaced(*parts: Doc) -> Doc:
    """The parts with blanks between, never divided."""
    first, *others = parts
    return row(first, *(each for other in others for each in (" ", other)))


def row(*parts: Doc) -> Doc:
    """The parts one after the other; neighbouring texts are one, since most words have no more."""
    found: list[Doc] = []
    for part in parts:
        if found and isinstance(part, str) and isinstance(before := found[-1], str):
            found[-1] = before + part
        else:
            found.append(part)
    return found[0] if len(found) == 1 else tuple(found)


def columns(text: str) -> int:
    """How many columns a line of text takes."""
    return len(text) if text.isascii() else width_of(cells(text, unicode=True))


WIDTH = 100
"""Columns of a line. A text that cannot be divided may be longer, and remarks do not count."""


@frozen
class PrintedLine:
    """A line of code, or a comment on its own, and the comments that stand at its end."""

    text: str
    remarks: tuple[str, ...] = ()


@frozen
class _Tail:
    """What is left of a `Fill` over several lines: the parts from number `start` on."""

    parts: tuple[Doc, ...]
    start: int


class _Piece(NamedTuple):
    """What is still to be printed: how far its lines are indented, and if it is on one line."""

    indent: int
    flat: bool
    doc: Doc | _Tail


@define
class _Page:
    """The lines that are printed, and the one that is being printed."""

    lines: list[PrintedLine] = field(factory=list)
    text: str = ""
    column: int = 0
    remarks: tuple[str, ...] = ()

    def write(self, text: str, indent: int) -> None:
        if self.remarks:
            self.end(indent)
            text = text.lstrip(" ")
        self.text = (self.text or " " * self.column) + text
        self.column += columns(text)

    def end(self, indent: int) -> None:
        self.lines.append(PrintedLine(self.text.rstrip(" "), self.remarks))
        self.text, self.column, self.remarks = "", indent, ()

    def freshen(self, indent: int) -> None:
        if self.text.strip(" ") or self.remarks:
            self.end(indent)
        self.text, self.column = "", indent


def printed(doc: Doc) -> tuple[PrintedLine, ...]:
    """The lines of `doc`."""
    page = _Page()
    waiting = [_Piece(0, flat=False, doc=doc)]
    while waiting:
        piece = waiting.pop()
        if isinstance(piece.doc, str):  # most are
            page.write(piece.doc, piece.indent)
        else:
            _print(page, piece, waiting)
    page.end(0)
    return tuple(page.lines)


def _print(page: _Page, piece: _Piece, waiting: list[_Piece]) -> None:  # noqa: C901, PLR0912 -- a dispatcher
    """Prints `piece`, or puts its parts on top of what is waiting."""
    indent, flat = piece.indent, piece.flat
    match piece.doc:
        case str(text):
            page.write(text, indent)
        case tuple(parts):
            waiting.extend(_Piece(indent, flat, part) for part in reversed(parts))
        case Line(blank):
            if flat:
                page.write(blank, indent)
            else:
                page.end(indent)
        case Hard(blank):
            page.end(indent)
            if blank:
                page.end(indent)
        case Fresh():
            page.freshen(indent)
        case Remark(texts):
            page.remarks += texts
        case ToColumn(column):
            page.write(" " * max(1, 0 if flat else column - page.column), indent)
        case Indent(by, inside):
            waiting.append(_Piece(indent + by, flat, inside))
        case Group(inside, broken):
            whole = _Piece(indent, flat=True, doc=inside)
            fits = flat or (not broken and _fits(page.column, [whole], waiting))
            waiting.append(whole if fits else _Piece(indent, flat=False, doc=inside))
        case Fill(parts, by):
            waiting += _filled(parts, indent + by, flat=flat)
        case _Tail(parts, start):
            _go_on(page, parts, start, indent, waiting)
        case _:
            assert_never(piece.doc)


def _filled(parts: tuple[Doc, ...], indent: int, *, flat: bool) -> tuple[_Piece, ...]:
    """The pieces of a `Fill`, the last one first."""
    if flat or len(parts) == 1:
        return (_Piece(indent, flat, spaced(*parts)),)
    return (_Piece(indent, flat, _Tail(parts, 1)), _Piece(indent, flat, parts[0]))


def _go_on(
    page: _Page, parts: tuple[Doc, ...], start: int, indent: int, waiting: list[_Piece]
) -> None:
    """Prints part `start` of a `Fill`, on this line if it fits there."""
    next_part = _Piece(indent, flat=True, doc=(" ", parts[start]))
    is_last = start + 1 == len(parts)
    fits = not page.remarks and _fits(page.column, [next_part], waiting if is_last else ())
    if not is_last:
        waiting.append(_Piece(indent, flat=False, doc=_Tail(parts, start + 1)))
    if fits:
        waiting.append(next_part)
    else:
        page.end(indent)
        waiting.append(_Piece(indent, flat=False, doc=parts[start]))


def _fits(column: int, ahead: list[_Piece], rest: Sequence[_Piece]) -> bool:
    """Whether `ahead`, its last piece first, fits on the line that has got to `column`.

    Whatever of `rest` must stand on the same line counts too.
    """
    left = len(rest)
    remarked = False
    while column <= WIDTH:
        if not ahead:
            if left == 0:
                return True
            left -= 1
            ahead.append(rest[left])
        piece = ahead.pop()
        ends = _may_end(piece)
        if ends is not None:
            return ends
        remarked = remarked or isinstance(piece.doc, Remark)
        taken = _take(column, piece, ahead)
        if taken and remarked:
            return False
        column += taken
    return False


def _may_end(piece: _Piece) -> bool | None:
    """Whether the line may end at `piece`; False if it must not and yet does, None for others."""
    match piece.doc:
        case Line() | _Tail():
            return None if piece.flat else True
        case Hard() | Fresh():
            return not piece.flat
        case Group(_, broken):
            return False if piece.flat and broken else None
        case _:
            return None


def _take(column: int, piece: _Piece, ahead: list[_Piece]) -> int:
    """The columns that `piece` takes; its parts are put on top of what is ahead."""
    indent, flat = piece.indent, piece.flat
    match piece.doc:
        case str(text) | Line(text):
            return columns(text)
        case tuple(parts):
            ahead.extend(_Piece(indent, flat, part) for part in reversed(parts))
        case ToColumn(wanted):
            return max(1, 0 if flat else wanted - column)
        case Indent(_, inside) | Group(inside, _):
            ahead.append(_Piece(indent, flat, inside))
        case Fill(parts, _):
            ahead += _filled(parts, indent, flat=flat)
        case _:
            pass
    return 0
