"""The place of a syntax error, and what can be done there to go on."""

from collections.abc import Sequence

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.syntax.recovery.prefix import Prefix
from starlang.syntax.scanner import Kind, Token
from starlang.text import Source, Span

_AHEAD = 48

_SHOWN = 40
"""Characters of a token that a message repeats."""

STAND_INS: dict[Kind, str] = {"word": "_", "string": '"…"', "pattern": "/…/", "number": "1"}
"""What is read in place of an operand that cannot be read."""


@frozen
class Fix:
    """An error, and how to read on: `put` stands for the next `drop` tokens.

    A guess is less than certain: an error right after it may come from the guess. There is no
    `diagnostic` where an earlier one has said it already.
    """

    diagnostic: Diagnostic | None
    drop: int
    put: tuple[Token, ...] = ()
    is_guess: bool = False


@frozen
class Spot:
    """Where a declaration cannot go on.

    `before` are its tokens up to here, `pending` those from here on, the next one last;
    there are none at its end. `behind` is the token that comes after the declaration.
    """

    source: Source
    declaration: str
    prefix: Prefix
    before: Sequence[Token]
    pending: Sequence[Token]
    behind: Token | None

    @property
    def ahead(self) -> tuple[Token, ...]:
        """The next tokens, at most a few dozen."""
        return tuple(reversed(self.pending[-_AHEAD:]))

    @property
    def token(self) -> Token | None:
        """The token that does not fit; None at the end of the declaration."""
        return self.pending[-1] if self.pending else None

    @property
    def accepts(self) -> frozenset[str]:
        """The terminals that would fit."""
        return self.prefix.accepts()

    @property
    def previous(self) -> Token | None:
        return self.before[-1] if self.before else None

    @property
    def span(self) -> Span:
        """The place to underline; empty at the end of the text."""
        found = self.token or self.behind
        end = len(self.source.text)
        return found.span if found else Span(end, end)

    def text(self, index: int) -> str:
        """The text of a token ahead, "" beyond the end."""
        return self.pending[-1 - index].text if index < len(self.pending) else ""

    def kind(self, index: int) -> Kind | None:
        """The kind of a token ahead, None beyond the end."""
        return self.pending[-1 - index].kind if index < len(self.pending) else None

    def fits(self, put: Sequence[Token], drop: int) -> bool:
        """Whether the declaration can go on, or end, if `put` stands for the next `drop` tokens.

        It may end where the line does: the next one may be wrong for reasons of its own.
        """
        prefix = self.prefix.then(*put)
        following = self.pending[-1 - drop] if drop < len(self.pending) else None
        if prefix is None:
            return False
        ends = following is None or following.first
        return (ends and prefix.then(None) is not None) or prefix.then(following) is not None

    def made(self, kind: Kind, text: str, count: int = 1) -> Token:
        """A token that is not in the text, in the place of the next `count`; 0 is before them."""
        if not self.pending:
            end = self.previous.end if self.previous else 0
            return Token(kind, text, end, end)
        first = self.pending[-1]
        if not count:
            return Token(kind, text, first.start, first.start, first.first)
        last = self.pending[-min(count, len(self.pending))]
        return Token(kind, text, first.start, last.end, first.first)

    def stand_in(self, kind: Kind, count: int = 1) -> Token:
        """A token of this kind in the place of the next `count`, which cannot be read."""
        return evolve(self.made(kind, STAND_INS[kind], count), stand_in=True)

    def error(  # noqa: PLR0913 -- the parts of a diagnostic, each by name
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        label: str = "",
        count: int = 1,
        others: tuple[Label, ...] = (),
    ) -> Diagnostic:
        """A diagnostic about the next `count` tokens."""
        span = self.span
        if self.pending:
            span = Span(span.start, self.pending[-min(count, len(self.pending))].end)
        return at(self.source, span, code, message, hint=hint, label=label, others=others)


def shown(token: Token | None) -> str:
    """A token as a message names it."""
    if token is None:
        return "the end of the file"
    text = token.text if len(token.text) <= _SHOWN else token.text[: _SHOWN - 1] + "…"
    return f"`{text}`"
