"""Comments and empty lines, by the token that they belong to.

A comment on a line of its own belongs to the token below it, one at the end of a line to the
token before it. Commas have none: they are part of the layout.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from attrs import define, field, frozen

from starlang.format.printer import WIDTH, PrintedLine, columns
from starlang.syntax.scanner import Token, scan


@frozen
class Comment:
    """A comment on a line of its own.

    `blank`: an empty line is above it. `indented`: it does not start in the first column.
    """

    text: str
    blank: bool
    indented: bool


class Trivia(NamedTuple):
    """The line on which a token stands, and what surrounds it there.

    `above` are the comments above it, `blank` tells of an empty line directly above it.
    `beside` are the comment at the end of its line and those that go on below that.
    """

    line: int
    above: tuple[Comment, ...] = ()
    blank: bool = False
    beside: tuple[str, ...] = ()


def trivia_of(text: str) -> dict[int, Trivia]:
    """The trivia of each token by its offset; those of the end by the length of the text."""
    reader = _Reader(text)
    for token in scan(text):
        reader.read(token)
    reader.reach(len(text))
    return reader.found


@define
class _Reader:
    """How far the text has been read.

    `lines` counts the ends of lines since the last token or comment, and `left` is the column
    of the comment beside token `last`, or -1.
    """

    text: str
    found: dict[int, Trivia] = field(factory=dict)
    above: list[Comment] = field(factory=list)
    line: int = 1
    line_start: int = 0
    lines: int = 0
    last: int = -1
    left: int = -1

    def read(self, token: Token) -> None:
        if token.kind == "blank":
            self.end_lines(token)
        elif token.kind == "comment":
            self.comment(token)
        elif token.text == ",":
            self.lines = 0
        else:
            self.reach(token.start)

    def end_lines(self, token: Token) -> None:
        if ends := token.text.count("\n"):
            self.lines += ends
            self.line += ends
            self.line_start = token.start + token.text.rindex("\n") + 1

    def comment(self, token: Token) -> None:
        column, blank = columns(self.text[self.line_start : token.start]), self.lines > 1
        text = token.text.rstrip(" \t")
        goes_on = column == self.left and not blank
        if not self.above and (goes_on if token.first else self.left < 0):
            last = self.found[self.last]
            self.found[self.last] = last._replace(beside=(*last.beside, text))
            self.left = column
        else:
            self.above.append(Comment(text, blank, column > 0))
        self.lines = 0

    def reach(self, offset: int) -> None:
        """Notes what surrounds the token at `offset`."""
        self.found[offset] = Trivia(self.line, tuple(self.above), self.lines > 1)
        self.above = []
        self.lines, self.last, self.left = 0, offset, -1


# Comments at the ends of lines, one below the other where lines follow each other.

_GAP = "  "
_REACH = 20
"""How far a remark may stand from where it would stand without the others, in columns."""


def with_remarks(lines: Sequence[PrintedLine]) -> Iterator[str]:
    """The lines with their remarks, which stand in one column within each paragraph.

    An empty line or a comment on its own line ends a paragraph. Where a remark would go far
    or leave the page for the sake of others, each follows its own line of code.
    """
    blocks = [list(block) for _, block in groupby(lines, _is_code)]
    for block, following in zip(blocks, [*blocks[1:], []], strict=True):
        if not any(line.remarks for line in block):
            yield from (line.text for line in block)
            continue
        comment = following[0].text if following else ""
        for line, column in zip(block, _columns_of(block, comment), strict=True):
            yield from _with_remarks(line, column)


def _is_code(line: PrintedLine) -> bool:
    return line.text.strip(" ") != "" and not line.text.lstrip(" ").startswith("#")


def _with_remarks(line: PrintedLine, column: int) -> Iterator[str]:
    if not line.remarks:
        yield line.text
        return
    first, *others = line.remarks
    yield f"{line.text}{' ' * (column - columns(line.text))}{first}"
    yield from (f"{' ' * column}{other}" for other in others)


def _columns_of(lines: Sequence[PrintedLine], comment: str) -> list[int]:
    """Where the remarks of each line begin; `comment` is what stands below the lines."""
    own = [columns(line.text) + len(_GAP) for line in lines]
    told = [column for column, line in zip(own, lines, strict=True) if line.remarks] or [0]
    longest = max((columns(each) for line in lines for each in line.remarks), default=0)
    is_near = max(told) - min(told) <= _REACH and max(told) + longest <= WIDTH
    found = [max(told) if is_near else column for column in own]
    # A comment right below a remark, in its column, would be read as going on with it.
    if comment and lines[-1].remarks and found[-1] == len(comment) - len(comment.lstrip(" ")):
        found = [column + 1 for column in found]
    return found
