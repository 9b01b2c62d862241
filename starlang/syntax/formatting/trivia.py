"""Comments and empty lines, by the token that they belong to.

A comment on a line of its own belongs to the token below it, one at the end of a line to the
token before it. Commas have none: they are part of the layout.
"""

from attrs import define, evolve, field, frozen

from starlang.syntax.formatting.documents import columns
from starlang.syntax.scanner import Token, scan


@frozen
class Comment:
    """A comment on a line of its own.

    `blank`: an empty line is above it. `indented`: it does not start in the first column.
    """

    text: str
    blank: bool
    indented: bool


@frozen
class Trivia:
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
            self.found[self.last] = evolve(last, beside=(*last.beside, text))
            self.left = column
        else:
            self.above.append(Comment(text, blank, column > 0))
        self.lines = 0

    def reach(self, offset: int) -> None:
        """Notes what surrounds the token at `offset`."""
        self.found[offset] = Trivia(self.line, tuple(self.above), self.lines > 1)
        self.above = []
        self.lines, self.last, self.left = 0, offset, -1
