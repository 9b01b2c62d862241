"""Reading on after an error: one declaration, made fit token by token.

The tokens of a declaration are followed through the parser's automaton. Where one does
not fit, a fix is looked for: first among the mistakes that people are known to make, then
by trying whether the rest fits with a token more or less. If nothing helps, the clause or
the entry is given up, the state in front of it is restored, and reading goes on with the
next one. So every clause is looked at, and no error is reported because of another.
"""

from collections.abc import Callable

from attrs import define, evolve, field

from starlang.diagnostics.model import Diagnostic
from starlang.syntax.recovery.borrowed import borrowed
from starlang.syntax.recovery.closings import closing
from starlang.syntax.recovery.generic import guess, unexpected
from starlang.syntax.recovery.lists import in_list
from starlang.syntax.recovery.lookahead import LOOKED_AT, looking_ahead
from starlang.syntax.recovery.misspelt import begins_misspelt, misspelt, unknown_declaration
from starlang.syntax.recovery.operands import operand, reserved
from starlang.syntax.recovery.pieces import BLOCKS, head, is_clause, is_entry
from starlang.syntax.recovery.prefix import Prefix, start
from starlang.syntax.recovery.related import related
from starlang.syntax.recovery.spot import Fix, Spot
from starlang.syntax.scanner import Token
from starlang.syntax.words import DECLARATIONS, END, OUTCOMES, RESERVED
from starlang.text import Source

_TRUSTED = 2
"""Tokens after a guess from which on an error is one of its own."""

_FIXES: tuple[Callable[[Spot], Fix | None], ...] = (
    related,
    borrowed,
    misspelt,
    reserved,
    closing,
    in_list,
    operand,
    guess,
)


@define
class Mending:
    """A declaration on its way through the automaton.

    In: `pending`, its tokens from the last to the first, and `behind`, the token after
    them. Out: `kept`, the terminals and tokens that fit, stand-ins among them; `is_damaged`,
    whether something was given up, and `is_lost`, whether that leaves no declaration; `rest`,
    the tokens of a further declaration that does not begin with a keyword.
    """

    source: Source
    behind: Token | None
    pending: list[Token]
    declaration: str = ""
    kept: list[tuple[str, Token]] = field(factory=list)
    diagnostics: list[Diagnostic] = field(factory=list)
    is_damaged: bool = False
    is_lost: bool = False
    rest: list[Token] = field(factory=list)
    _before: list[Token] = field(factory=list)
    _prefix: Prefix = field(factory=start)
    _restart: tuple[Prefix, int] | None = None
    _in_block: bool = False
    _has_given_up: bool = False  # and nothing was read since
    _is_spoilt: bool = False
    _spoilt: list[range] = field(factory=list)
    _since_guess: int = _TRUSTED

    def run(self, most: int) -> None:
        """Reads the declaration to its end, or until there are `most` errors."""
        self._read(most)
        self._settle()

    def sound(self) -> list[tuple[str, Token]]:
        """What was kept, without the clauses and entries that hold a stand-in."""
        spoilt = {index for part in self._spoilt for index in part}
        return [each for index, each in enumerate(self.kept) if index not in spoilt]

    def _read(self, most: int) -> None:
        column = self.source.position(self.pending[-1].start).column
        self._begin()
        while len(self.diagnostics) < most:
            if self.pending:
                if not self._is_no_outcome() and self._take():
                    continue
                if self._begins_another(column):
                    self.rest = self.pending[::-1]
                    return
            elif self._prefix.after(END) or self._ends_in_consequence():
                return
            self._recover()
        self.is_lost = True

    def _begin(self) -> None:
        """Finds out which declaration it is; its first word may be misspelt."""
        if self.pending[-1].text not in DECLARATIONS:
            fix = unknown_declaration(self._spot())
            if fix is None or not fix.put:
                said = fix.diagnostic if fix else None
                self.diagnostics.append(said or unexpected(self._spot()))
                self.pending.clear()
                self.is_lost = True
                return
            self._apply(fix)
        word = self.pending[-1].text
        self.declaration = "star" if word == "default" else word

    def _spot(self) -> Spot:
        return Spot(
            self.source, self.declaration, self._prefix, self._before, self.pending, self.behind
        )

    def _take(self) -> bool:
        """Follows the automaton with the next token; False if it does not fit."""
        token = self.pending[-1]
        if token.text in LOOKED_AT and (fix := looking_ahead(self._spot())):
            self._apply(fix)
            return True
        terminal = self._prefix.terminal(token)
        following = self._prefix.after(terminal)
        if terminal is None or following is None:
            return False
        if self._is_beginning(token, terminal):
            self._settle()
            self._restart = (self._prefix, len(self.kept))
        self._is_spoilt |= token.stand_in
        self._in_block |= token.text == "{" and self.declaration in BLOCKS
        self._has_given_up = False
        self._prefix = following
        self.kept.append((terminal, token))
        self._before.append(self.pending.pop())
        self._since_guess += 1
        return True

    def _is_beginning(self, token: Token, terminal: str) -> bool:
        """Whether a clause or an entry begins with the token, so that it can be given up alone."""
        if is_clause(self.declaration, token):
            return terminal == token.text.upper()
        is_free = self._in_block and self._prefix.after("RBRACE") is not None
        return is_free and is_entry(self.declaration, token)

    def _ends_in_consequence(self) -> bool:
        """Whether the declaration cannot end here because its last piece was given up.

        What a test expects cannot be missing from it, so that may lie further back.
        """
        given_up = self._has_given_up or (self.is_damaged and self.declaration == "test")
        return given_up and closing(self._spot()) is None

    def _begins_another(self, column: int) -> bool:
        """Whether a declaration begins here that no keyword announces."""
        token = self.pending[-1]
        if self._prefix.after(END) is None:
            return False
        if token.kind != "word":
            return self.declaration == "starlang"
        if token.first and self.source.position(token.start).column <= column:
            return token.text not in RESERVED or token.text == "promote"
        return begins_misspelt(self._spot())

    def _is_no_outcome(self) -> bool:
        """Whether what would be read as the star that a test expects begins a declaration."""
        after_outcome = bool(self._before) and self._before[-1].text in OUTCOMES
        return after_outcome and self.pending[-1].first and begins_misspelt(self._spot())

    def _recover(self) -> None:
        """Reports why the next token does not fit, and gets past it."""
        spot = self._spot()
        fix = next((found for find in _FIXES if (found := find(spot))), None)
        is_follow_up = self._since_guess < _TRUSTED
        if fix is not None and not (fix.is_guess and is_follow_up):
            self._apply(fix)
            return
        if not is_follow_up:
            self.diagnostics.append(unexpected(spot))
        self._give_up()

    def _apply(self, fix: Fix) -> None:
        if fix.diagnostic is not None:
            self.diagnostics.append(fix.diagnostic)
        del self.pending[len(self.pending) - fix.drop :]
        self.pending += reversed(fix.put)
        self._is_spoilt |= fix.is_guess
        self._since_guess = 0 if fix.is_guess else _TRUSTED

    def _settle(self) -> None:
        """Marks the clause or entry that ends here if something in it could not be read."""
        if not self._is_spoilt:
            return
        self._is_spoilt = False
        self.is_damaged = True
        if self._restart is None:
            self.is_lost = True
        else:
            self._spoilt.append(range(self._restart[1], len(self.kept)))

    def _give_up(self) -> None:
        """Goes back to the beginning of the clause or entry, and on to the next one."""
        self.is_damaged = self._has_given_up = True
        self._is_spoilt = False
        if self._restart is None:
            self._give_up_head()
        else:
            self._prefix, size = self._restart
            if size == len(self.kept) and self.pending:
                self.pending.pop()
            del self._before[len(self._before) - len(self.kept) + size :]
            del self.kept[size:]
        while self.pending and not self._resumes(self.pending[-1]):
            self.pending.pop()
        self.is_lost |= not self.pending and self._prefix.after(END) is None

    def _give_up_head(self) -> None:
        """Puts another beginning in the place of this one, so that the rest can be looked at."""
        self.is_lost = True
        first = self._before[0].start if self._before else 0
        self._before.clear()
        self.kept.clear()
        self._prefix = start()
        for token in head(self.declaration):
            terminal = self._prefix.terminal(token) or ""
            self._prefix = self._prefix.after(terminal) or self._prefix
            self.kept.append((terminal, evolve(token, start=first, end=first)))
        self._restart = (self._prefix, len(self.kept))
        if not self.kept:
            self.pending.clear()

    def _resumes(self, token: Token) -> bool:
        """Whether a clause or an entry begins here, or the block begins or ends."""
        if self._in_block and token.first and is_entry(self.declaration, token):
            return True
        is_mark = is_clause(self.declaration, token) or token.text in {"{", "}"}
        return is_mark and self._prefix.then(token) is not None
