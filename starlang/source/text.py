"""A source text, and places in it as offsets, lines and columns."""

from bisect import bisect_right
from typing import NamedTuple

from attrs import field, frozen


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


@frozen
class Source:
    """The text of one file, already decoded, with the name to show for it.

    `name` is a relative POSIX path where there is one: it is printed, sorted by
    and written into compiled rule sets, so it must not depend on the machine.
    """

    name: str
    text: str = field(repr=False)
    _starts: tuple[int, ...] = field(init=False, repr=False, eq=False)

    @_starts.default
    def _find_line_starts(self) -> tuple[int, ...]:
        starts = [0]
        at = self.text.find("\n")
        while at != -1:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return tuple(starts)

    def position(self, offset: int) -> Position:
        """The line and column of `offset`; the end of the text is a valid offset."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Line `number`, counted from 1, without its line end."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def place(self, span: Span) -> str:
        """`name:line:column` of the start of `span`."""
        position = self.position(span.start)
        return f"{self.name}:{position.line}:{position.column}"
