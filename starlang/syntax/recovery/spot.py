"""The place of a syntax error, and what can be done there to go on."""

import re
from collections.abc import Sequence

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic, Label, Replacement, at
from starlang.syntax.recovery.prefix import Prefix
from starlang.syntax.scanner import Kind, Token, scan, significant
from starlang.syntax.words import CLAUSES, DECLARATIONS, ENTRIES, RESERVED, TESTS
from starlang.text import Source, Span

# The pieces of a declaration, each of which can be given up alone: clauses and entries.

BLOCKS = frozenset(ENTRIES)
"""Declarations that have entries in braces."""

_HEADS = {
    "star": "star x",
    "mask": "mask mentions x",
    "derive": "derive x x",
    "rule": "rule x -> x",
    "table": "table x",
    "never": 'never promote "x"',
    "forbid": 'forbid "x"',
    "assign": 'assign "x"',
    "test": 'test "x"',
    "ruleset": 'ruleset x "1"',
    "weights": "weights",
    "confidence": "confidence",
    "ceilings": "ceilings",
}

_IN_ENTRY = frozenset({",", "->", "against", "weight", "because", "to", "per"})
"""What goes on with an entry rather than beginning one."""


def head(declaration: str) -> tuple[Token, ...]:
    """A right beginning for a declaration; nothing if it has no pieces to go on with."""
    return significant(scan(_HEADS.get(declaration, "")))


def is_clause(declaration: str, token: Token) -> bool:
    """Whether the token is a word that begins a clause of the declaration."""
    return token.text in CLAUSES.get(declaration, ())


def is_entry(declaration: str, token: Token) -> bool:
    """Whether an entry of the declaration may begin with the token."""
    if token.text == "under":  # begins a cell, but goes on with a ceiling
        return declaration != "ceilings"
    return token.text not in _IN_ENTRY


# Where declarations begin in a text that has errors.
#
# Layout means nothing to the language, but it tells what the author meant: a keyword that is
# the first word of its line begins a declaration unless what follows says otherwise; elsewhere
# it does so only if the whole beginning of a declaration is there.

_NO_BEGINNING = (TESTS & RESERVED) | {"->", ",", "}", ")", "and", "or", "against", "to", "=", "=="}
"""What cannot follow the keyword of a declaration: before these it is a misplaced name."""

_MASKING = {"mentions", "matches"}

_CLAUSES = {"because", "when", "unless", "until", "except"}
"""What cannot be the facet of a `derive`: before these it is a name."""

_FAR = 100
"""Tokens among which a test says what it expects."""

_BEFORE_FACET = {
    *("default", "table", "per", "given", "when", "unless", "and", "or", "not", "(", "source")
}
"""Where `star` is the second word of a declaration, or a facet."""


def segments(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens cut before each declaration; the first part may begin with anything."""
    parts: list[list[Token]] = [[]]
    for index, token in enumerate(tokens):
        if token.text in DECLARATIONS and _begins(tokens, index, parts[-1]):
            parts.append([])
        parts[-1].append(token)
    return [part for part in parts if part]


def _begins(tokens: Sequence[Token], index: int, part: Sequence[Token]) -> bool:
    """Whether the keyword at `index` begins a declaration; `part` is the one before it."""
    token = tokens[index]
    ahead = [each.text for each in tokens[index + 1 : index + 4]] + ["", "", ""]
    if ahead[0] in _NO_BEGINNING and not (token.text == "mask" and ahead[0] in _MASKING):
        return False
    if token.text == "forbid" and index and tokens[index - 1].text in {"expect", "not"}:
        return False
    if token.text == "star" and (_is_second(tokens, index) or _is_given(tokens, index, part)):
        return False
    if token.text == "derive" and not _is_said(tokens, index, part):
        return False
    return token.first or _has_form(token.text, ahead, tokens[index + 1 : index + 2])


def _is_second(tokens: Sequence[Token], index: int) -> bool:
    """`star` is the second word of a declaration, or the facet of a condition or weight."""
    before = tokens[index - 1] if index else None
    if before and (before.text in _BEFORE_FACET or _may_be_default(before)):
        return True
    following = tokens[index + 1 : index + 2]
    return bool(following) and following[0].kind in {"number", "percent"}


def _is_said(tokens: Sequence[Token], index: int, part: Sequence[Token]) -> bool:
    """Whether `derive`, which is free elsewhere, goes on as a declaration, and not as a name."""
    facet, _, keyword = [*tokens[index + 1 : index + 4], *[None] * 3][:3]
    if facet is None or facet.kind != "word":
        return False
    # `derive has memory when …` gives a value to a facet of that name; a test goes on differently.
    is_whole = tokens[index].first and keyword is not None and keyword.text == "when"
    taken = RESERVED - {"star"} if is_whole else TESTS | DECLARATIONS | _CLAUSES
    return facet.text not in taken and not _is_given(tokens, index, part)


def _is_given(tokens: Sequence[Token], index: int, part: Sequence[Token]) -> bool:
    """The word is a facet in a test: what the test expects is still to come."""
    if not part or part[0].text != "test" or any(each.text == "expect" for each in part):
        return False
    for token in tokens[index + 1 : index + _FAR]:
        if token.text == "expect":
            return True
        if token.text in DECLARATIONS - {"star"} and token.first:
            return False
    return False


def _may_be_default(token: Token) -> bool:
    """Whether a word in front of `star` is a misspelt `default`."""
    return token.first and token.kind == "word" and token.text not in RESERVED


def _has_form(  # noqa: C901, PLR0911, PLR0912 -- a table, one return a declaration
    word: str, ahead: list[str], following: Sequence[Token]
) -> bool:
    """Whether a declaration goes on after `word` as it must."""
    if not following:
        return False
    kind = following[0].kind
    is_name = kind == "word" and ahead[0] not in RESERVED
    match word:
        case "use" | "assign" | "test" | "forbid":
            return kind == "string"
        case "weights" | "confidence" | "ceilings":
            return ahead[0] == "{"
        case "mask":
            return ahead[0] in _MASKING
        case "never":
            return ahead[0] == "promote"
        case "default":
            return ahead[0] == "star"
        case "starlang":
            return kind == "number"
        case "rule":
            return is_name and ahead[1] in {"->", "against"}
        case "order":
            return is_name
        case "derive":
            return is_name and ahead[2] in CLAUSES[word]
        case "table":
            return ahead[1] in {"{", "weight", "because"} or ahead[2] == "{"
        case "ruleset":
            return is_name and ahead[1].startswith('"')
        case _:
            return is_name and ahead[1] not in {",", "->", "and", "or", *TESTS}


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

    def ends_condition(self, index: int) -> bool:
        """Whether a condition cannot go on with the token at `index`, as it would with a test."""
        text = self.text(index)
        if self.kind(index) is None or text in {",", ")", "}", "and", "or"}:
            return True
        clauses = CLAUSES.get(self.declaration, frozenset())
        return (text in RESERVED and text not in TESTS) or text in clauses

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
        return self.made(kind, STAND_INS[kind], count)._replace(stand_in=True)

    def replacement(self, fix: Fix) -> Replacement | None:
        """`fix` as an edit; None where something of it is only known to the author."""
        said = fix.diagnostic.hint if fix.diagnostic else ""
        if fix.is_guess or any(token.stand_in for token in fix.put) or not _says(fix.put, said):
            return None
        if not self.pending:
            start = end = self.previous.end if self.previous else 0
        else:
            start = self.pending[-1].start
            end = self.pending[-fix.drop].end if fix.drop else start
        text = _joined(fix.put)
        if fix.drop and not fix.put:  # with the blanks that were before it
            start -= len(self.source.text[:start]) - len(self.source.text[:start].rstrip(" \t"))
        elif not fix.drop:
            text = f" {text}" if not self.pending else f"{text} "
            if fix.put and fix.put[0].text == ",":
                start = end = self.previous.end if self.previous else start
                text = text.rstrip(" ")
        return Replacement(Span(start, end), text)

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
        found = at(self.source, span, code, message, hint=hint, label=label, others=others)
        return evolve(found, replacement=None)  # the fix knows what it puts where


def _joined(tokens: Sequence[Token]) -> str:
    text, before = "", ""
    for token in tokens:
        is_tight = not text or before in {"(", "{"} or token.text in {",", ")", "}"}
        text += token.text if is_tight else f" {token.text}"
        before = token.text
    return text


_CHOICE = re.compile(r"\bor\b")
_QUOTED = re.compile(r"`[^`]*`")


def _says(put: Sequence[Token], hint: str) -> bool:
    """Whether a hint says, and leaves no choice, that `put` is to be written."""
    if _CHOICE.search(_QUOTED.sub("", hint)):
        return False
    text = _joined(put)
    if not text:
        return hint.startswith(("remove", "leave"))
    is_comma = text == "," and "comma" in hint
    is_set = any(f"`{head}…}}`" in hint and text.startswith(head) for head in ("{", "in {"))
    return is_comma or is_set or text in hint


def shown(token: Token | None) -> str:
    """A token as a message names it."""
    if token is None:
        return "the end of the file"
    text = token.text if len(token.text) <= _SHOWN else token.text[: _SHOWN - 1] + "…"
    return f"`{text}`"
