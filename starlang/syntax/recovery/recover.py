"""All syntax errors of a file, and the declarations that are right in spite of them."""

from collections.abc import Callable

from attrs import define, evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, Replacement
from starlang.syntax.automaton import Leaf, Tree, tree_of
from starlang.syntax.build import branches
from starlang.syntax.recovery.borrowed import foreign, one_of
from starlang.syntax.recovery.dates import dated, is_dated
from starlang.syntax.recovery.habits import (
    borrowed,
    equals_set,
    guess,
    in_list,
    last_facet,
    operand,
    related,
    reserved,
    unexpected,
)
from starlang.syntax.recovery.neighbours import of_neighbours
from starlang.syntax.recovery.prefix import Prefix, start
from starlang.syntax.recovery.spot import (
    BLOCKS,
    Fix,
    Spot,
    head,
    is_clause,
    is_entry,
    segments,
    shown,
)
from starlang.syntax.recovery.words import (
    begins_misspelt,
    closing,
    mended,
    misspelt,
    misspelt_outcome,
    unknown_declaration,
)
from starlang.syntax.scanner import MAX_FINDINGS, Token, scan, significant
from starlang.syntax.words import DECLARATIONS, END, KEYWORDS, OUTCOMES, RESERVED, TESTS
from starlang.text import Source, Span

# Errors that show before the parser meets them: a token fits, but what follows it never will.

_SOFT_TESTS = {"starts": "with", "ends": "with", "has": "at", "only": "in"}
"""Tests that a facet may be called like, with the word that then shows that it is none."""

LOOKED_AT = frozenset({",", "and", "or", "is", "in", "expect", "before", *_SOFT_TESTS})
"""The tokens at which `looking_ahead` may find something."""

_NO_VALUES = RESERVED | {"path", "name", "text", "star", "field", "publishes", "subscribes"}
_CLAUSE_WORDS = KEYWORDS - DECLARATIONS
_EDGES = {"prefix": "starts", "suffix": "ends"}
_SECOND_TESTS = frozenset({"in", "under", "at", "mentions", "matches"})


def looking_ahead(spot: Spot) -> Fix | None:
    """The error that lies ahead, if any."""
    return (
        _trailing_comma(spot)
        or _joined_value(spot)
        or equals_set(spot)
        or _is_cycle(spot)
        or is_dated(spot)
        or _two_tests(spot)
        or _soft_test(spot)
        or _in_without_facet(spot)
        or _has_edge(spot)
        or misspelt_outcome(spot)
    )


def _trailing_comma(spot: Spot) -> Fix | None:
    """`mentions a, b,` before a clause or the end."""
    if spot.text(0) != "," or spot.kind(1) not in {None, "word", "sign"}:
        return None
    if spot.kind(1) == "word" and spot.text(1) not in _CLAUSE_WORDS:
        return None  # the keyword of a declaration begins none here, else it would not be ahead
    if "COMMA" not in spot.accepts or spot.fits(spot.ahead[:1], 1) or not spot.fits((), 1):
        return None
    hint = "remove it; only inside braces may a comma end a list"
    return Fix(spot.error("E114", "no element follows this comma", hint=hint), drop=1)


def _joined_value(spot: Spot) -> Fix | None:
    """`mentions a, b and c`, `is a or b`, `mentions a and not b`: the last word tests nothing."""
    join = spot.text(0)
    if join not in {"and", "or"}:
        return None
    size = 3 if spot.text(1) == "not" else 2
    value = spot.pending[-size] if size <= len(spot.pending) else None
    if value is None or value.kind not in {"word", "string"} or value.text in _NO_VALUES:
        return None
    if not spot.ends_condition(size) or join.upper() not in spot.accepts:
        return None
    if (whole := _whole(spot, size)) is not None:
        return whole
    as_list = "COMMA" in spot.accepts and size == 2  # noqa: PLR2004 -- the join and the word
    put = (spot.made("sign", ","), value) if as_list else ()
    if not spot.fits(put, size):
        return None
    message = f"{shown(value)} after `{join}` is not a condition"
    hint = f"commas separate a list: `, {value.text}`" if as_list else _whole_test(spot, value)
    return Fix(spot.error("E115", message, hint=hint, count=size), drop=size, put=put)


_WHOLE = {("is", "and"), ("is", "or"), ("mentions", "and")}
"""Tests that are said again about a second value, or become a set; `mentions` has lists."""


def _whole(spot: Spot, size: int) -> Fix | None:
    """`is not a or b` as a set, `is not a and b` and `mentions a and b` as two tests.

    Neither changes what was meant: `or` after a denial means that none holds.
    """
    before = list(spot.before[-4:])
    if spot.text(1) == "not" or len(before) < 3 or spot.text(size) in {"and", "or"}:  # noqa: PLR2004 -- facet, test, value
        return None
    join, first, second = spot.text(0), before[-1], spot.pending[-size]
    denied = before[-2].text == "not"
    test = before[-3] if denied else before[-2]
    facet = before[-4] if denied and len(before) > 3 else before[-3]  # noqa: PLR2004 -- a `not` among them
    is_facet = facet.kind == "word" and facet.text not in RESERVED - {"star"}
    if (test.text, join) not in _WHOLE or not is_facet:
        return None
    not_ = (spot.made("word", "not"),) if denied else ()
    if test.text == "is" and join == "or":
        words = f"{'not ' if denied else ''}in {{{first.text}, {second.text}}}"
        put: tuple[Token, ...] = ()
        edit = Replacement(Span(test.start, second.end), words)
    else:
        again = (spot.made("word", facet.text), spot.made("word", test.text), *not_)
        put = (spot.made("word", "and"), *again, second)
        words = f"and {' '.join(token.text for token in (*again, second))}"
        edit = Replacement(Span(spot.pending[-1].start, second.end), words)
    if not spot.fits(put, size):
        return None
    message = f"{shown(second)} after `{join}` is not a condition"
    found = spot.error("E115", message, hint=f"write `{words}`", count=size)
    return Fix(evolve(found, replacement=edit), drop=size, put=put)


def _whole_test(spot: Spot, value: Token) -> str:
    """How to say the test before about `value` too."""
    join, facet = spot.text(0), last_facet(spot)
    test = next((each.text for each in reversed(spot.before) if each.text in TESTS - {"not"}), "is")
    if facet is None:
        return "say what is tested, and how"
    if test == "is" and join == "or" and spot.text(1) != "not":
        return f"write `in {{{spot.before[-1].text}, {value.text}}}`"
    negated = {"is": "is not"}.get(test, f"not {test}") if spot.text(1) == "not" else test
    return f"write `{join} {facet.text} {negated} {value.text}`"


def _is_cycle(spot: Spot) -> Fix | None:
    """`is in a cycle`: the module is, and no facet of it."""
    if spot.text(0) != "is" or spot.text(1) != "in" or "FACET_NAME" not in spot.accepts:
        return None
    hint = "write `in a cycle`, which is about no facet"
    return Fix(spot.error("E101", "`is` does not say what it tests", hint=hint), drop=1)


def _two_tests(spot: Spot) -> Fix | None:
    """`is in {…}`, `is not under "…"`: one word too many."""
    if spot.text(0) != "is":
        return None
    put = spot.ahead[1:2] if spot.text(1) == "not" else ()
    words = spot.text(len(put) + 1), spot.text(len(put) + 2)
    if words[0] in {"one", "any", "either"} and words[1] == "of" and "IS" in spot.accepts:
        return one_of(spot, len(put) + 1, *put)
    second, third = spot.text(len(put) + 1), spot.text(len(put) + 2)
    if second not in _SECOND_TESTS and (second, third) not in _SOFT_TESTS.items():
        return None
    if "IS" not in spot.accepts:
        return None
    message = f"`is` and `{second}` are two tests"
    return Fix(spot.error("E101", message, hint="leave out `is`"), drop=1 + len(put), put=put)


def _soft_test(spot: Spot) -> Fix | None:
    """`path starts with "a" and ends with "b"`: what would be read as a facet is a test."""
    word = spot.text(0)
    following = _SOFT_TESTS.get(word)
    if word == "before" and spot.kind(1) == "string":
        following = spot.text(1)
    if following is None or spot.text(1) != following or "FACET_NAME" not in spot.accepts:
        return None
    if word == "has" and not spot.text(4).startswith("value"):
        return None  # a facet of that name: `has at least 3`
    message = f"`{word} {following}` does not say what it tests"
    facet = last_facet(spot)
    if facet is None:
        facet = spot.made("word", "reviewed" if word == "before" else "path", 0)
        hint = f"name a facet first: `{facet.text} {word} {following} …`"
    else:
        hint = f"repeat the facet: `{facet.text} {word} {following} …`"
    return Fix(spot.error("E115", message, hint=hint, count=2), drop=0, put=(facet,))


def _in_without_facet(spot: Spot) -> Fix | None:
    """`node in {a} or in {b}`: only `in a cycle` is about no facet."""
    facet = last_facet(spot)
    if spot.text(0) != "in" or spot.text(1) != "{" or "FACET_NAME" not in spot.accepts:
        return None
    hint = f"repeat the facet: `{facet.text} in …`" if facet else "name a facet: `FACET in {…}`"
    put = (facet or spot.stand_in("word"),)
    return Fix(spot.error("E115", "`in` does not say what it tests", hint=hint), drop=0, put=put)


def _has_edge(spot: Spot) -> Fix | None:
    """`has prefix "x"`, `has suffix "x"`."""
    edge = _EDGES.get(spot.text(1))
    if spot.text(0) != "has" or edge is None or "HAS" not in spot.accepts:
        return None
    message = f"`has {spot.text(1)}` is not a test of the language"
    diagnostic = spot.error("E107", message, hint=f"write `{edge} with`", count=2)
    return Fix(diagnostic, 2, (spot.made("word", edge), spot.made("word", "with")))


# Reading on after an error: one declaration, made fit token by token.
#
# The tokens of a declaration are followed through the parser's automaton. Where one does
# not fit, a fix is looked for: first among the mistakes that people are known to make, then
# by trying whether the rest fits with a token more or less. If nothing helps, the clause or
# the entry is given up, the state in front of it is restored, and reading goes on with the
# next one. So every clause is looked at, and no error is reported because of another.

_TRUSTED = 2
"""Tokens after a guess from which on an error is one of its own."""


_FIXES: tuple[Callable[[Spot], Fix | None], ...] = (
    of_neighbours,
    foreign,
    related,
    dated,
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
            edit = fix.diagnostic.replacement or self._spot().replacement(fix)
            self.diagnostics.append(evolve(fix.diagnostic, replacement=edit))
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
            self.kept.append((terminal, token._replace(start=first, end=first)))
        self._restart = (self._prefix, len(self.kept))
        if not self.kept:
            self.pending.clear()

    def _resumes(self, token: Token) -> bool:
        """Whether a clause or an entry begins here, or the block begins or ends."""
        if self._in_block and token.first and is_entry(self.declaration, token):
            return True
        is_mark = is_clause(self.declaration, token) or token.text in {"{", "}"}
        return is_mark and self._prefix.then(token) is not None


@frozen
class Recovered:
    """What was read of a file with errors.

    `trees` are declarations; in the `damaged` spans something was left out of them. `others`
    are only good for being checked: something in them stands in for what could not be read.
    """

    trees: list[Tree]
    others: list[Tree]
    diagnostics: list[Diagnostic]
    damaged: list[Span]

    def follows(self, diagnostic: Diagnostic) -> bool:
        """Whether it says that a clause is missing where one was given up."""
        span = diagnostic.labels[0].span
        inside = any(each.start <= span.start < each.end for each in self.damaged)
        return inside and diagnostic.code == "E110"


def recover(source: Source, text: str) -> Recovered:
    """Reads `text`, the text of `source` without what cannot be seen, which has a syntax error."""
    tokens, diagnostics = mended(source, significant(scan(text)))
    found = Recovered([], [], diagnostics, [])
    waiting = segments(tokens)[::-1]
    while waiting and len(diagnostics) <= MAX_FINDINGS:
        part = waiting.pop()
        mending = _mended(source, part, waiting[-1][0] if waiting else None, found)
        if mending.rest:
            waiting.append(mending.rest)
    return found


def _mended(source: Source, part: list[Token], behind: Token | None, found: Recovered) -> Mending:
    """Reads one declaration, and adds it to what was found."""
    mending = Mending(source, behind, part[::-1])
    mending.run(MAX_FINDINGS + 1 - len(found.diagnostics))
    found.diagnostics.extend(mending.diagnostics)
    if mending.is_damaged:
        found.damaged.append(Span(part[0].start, part[-1].end))
        found.others.extend(_trees(mending.kept))
    if not mending.is_lost:
        found.trees.extend(_trees(mending.sound()))
    return mending


def _trees(tokens: list[tuple[str, Token]]) -> list[Tree]:
    """The tokens as declarations; none where a clause that must be there was given up."""
    tree = tree_of(Leaf(terminal, token) for terminal, token in tokens)
    return branches(tree) if tree is not None else []
