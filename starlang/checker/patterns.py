"""Patterns and needles of rule files: what is wrong with them, and where."""

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import NamedTuple

from starlang.checker.context import Written
from starlang.checker.names import Scope
from starlang.diagnostics.model import Label, Replacement
from starlang.matching import globs
from starlang.matching.patterns import Pattern, matches_empty, pattern_problem
from starlang.matching.words import Needle, needle
from starlang.rules.spelling import quoted
from starlang.syntax.nodes import Mentions, Regex, Text
from starlang.text import Span

# Patterns cut into tokens, to say where in a pattern something is.
#
# RE2 alone decides whether a pattern is valid; this only finds places and shapes.


class TokenKind(Enum):
    """What a token of a pattern is."""

    LITERAL = auto()  # one character that stands for itself; `text` is that character
    ANY = auto()  # `.`
    CLASS = auto()  # `[…]`, `\d`, `\pL`
    ANCHOR = auto()  # `^`, `$`, `\b`, `\A`, `\z`
    OPEN = auto()  # `(`, `(?:`, `(?i:`, `(?P<name>`
    FLAGS = auto()  # `(?i)`
    CLOSE = auto()
    BAR = auto()
    REPEAT = auto()  # `*`, `+?`, `{2,3}`
    LOOK = auto()  # `(?=`, `(?!`, `(?<=`, `(?<!`
    REFERENCE = auto()  # `\1`, `(?P=name)`
    OTHER = auto()


class PatternToken(NamedTuple):
    """A token at `start` to `end` of the pattern."""

    kind: TokenKind
    start: int
    end: int
    text: str


_LOOKS = ("(?=", "(?!", "(?<=", "(?<!")
_ESCAPED: Mapping[str, TokenKind] = {
    **dict.fromkeys("bBAz", TokenKind.ANCHOR),
    **dict.fromkeys("dDwWsSCpP", TokenKind.CLASS),
    "": TokenKind.OTHER,
    "E": TokenKind.OTHER,
}
"""What a backslash and this character are, where it is not the character itself."""

_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}


def tokens(pattern: str) -> tuple[PatternToken, ...]:
    """The tokens of `pattern`, without gaps; never fails, whatever the pattern."""
    found: list[PatternToken] = []
    at = 0
    while at < len(pattern):
        token = _token(pattern, at)
        found.append(token)
        at = token.end
    return tuple(found)


def _token(pattern: str, at: int) -> PatternToken:  # noqa: PLR0911 -- a table, one return a character
    character = pattern[at]
    match character:
        case "\\":
            return _escape(pattern, at)
        case "[":
            return _made(TokenKind.CLASS, pattern, at, _class_end(pattern, at))
        case "(":
            return _group(pattern, at)
        case ")":
            return _made(TokenKind.CLOSE, pattern, at, at + 1)
        case "|":
            return _made(TokenKind.BAR, pattern, at, at + 1)
        case "^" | "$":
            return _made(TokenKind.ANCHOR, pattern, at, at + 1)
        case ".":
            return _made(TokenKind.ANY, pattern, at, at + 1)
        case "*" | "+" | "?" | "{":
            return _repeat(pattern, at)
        case _:
            return _made(TokenKind.LITERAL, pattern, at, at + 1)


def _made(kind: TokenKind, pattern: str, start: int, end: int) -> PatternToken:
    return PatternToken(kind, start, end, pattern[start:end])


def _escape(pattern: str, at: int) -> PatternToken:
    following = pattern[at + 1 : at + 2]
    end = at + 1 + len(following)
    kind = _ESCAPED.get(following)
    if kind is TokenKind.CLASS and following in "pP":
        return _made(kind, pattern, at, _braced_end(pattern, end) or min(end + 1, len(pattern)))
    if kind is not None:
        return _made(kind, pattern, at, end)
    if following == "Q":
        return _made(TokenKind.OTHER, pattern, at, _quote_end(pattern, end))
    if following == "x":
        return _made(
            TokenKind.OTHER, pattern, at, _braced_end(pattern, end) or min(end + 2, len(pattern))
        )
    if following.isdigit():
        octal = pattern[end : end + 2]
        digits = len(octal) - len(octal.lstrip("01234567"))
        is_octal = following == "0" or digits > 0
        kind = TokenKind.OTHER if is_octal else TokenKind.REFERENCE
        return _made(kind, pattern, at, end + digits)
    return PatternToken(TokenKind.LITERAL, at, end, _CONTROLS.get(following, following))


def _quote_end(pattern: str, at: int) -> int:
    closed = pattern.find("\\E", at)
    return closed + 2 if closed >= 0 else len(pattern)


def _braced_end(pattern: str, at: int) -> int | None:
    """Just past `{…}` at `at`, or None where there is none."""
    if not pattern.startswith("{", at):
        return None
    return pattern.find("}", at) + 1 or None


def _class_end(pattern: str, at: int) -> int:
    """Just past the `]` that closes the class at `at`; the end of the pattern if none does."""
    index = at + 1
    if pattern.startswith("^", index):
        index += 1
    if pattern.startswith("]", index):
        index += 1
    while index < len(pattern):
        if pattern[index] == "]":
            return index + 1
        if pattern.startswith("[:", index) and (closed := pattern.find(":]", index)) >= 0:
            index = closed + 2
        else:
            index += 2 if pattern[index] == "\\" else 1
    return len(pattern)


def _group(pattern: str, at: int) -> PatternToken:
    look = next((look for look in _LOOKS if pattern.startswith(look, at)), None)
    if look is not None:
        return _made(TokenKind.LOOK, pattern, at, at + len(look))
    if pattern.startswith("(?P=", at):
        return _made(TokenKind.REFERENCE, pattern, at, pattern.find(")", at) + 1 or len(pattern))
    if not pattern.startswith("(?", at):
        return _made(TokenKind.OPEN, pattern, at, at + 1)
    end = at + 2
    while end < len(pattern) and pattern[end] not in ":)>":
        end += 1
    end = min(end + 1, len(pattern))
    is_flags = pattern[end - 1] == ")"
    return _made(TokenKind.FLAGS if is_flags else TokenKind.OPEN, pattern, at, end)


def _repeat(pattern: str, at: int) -> PatternToken:
    end = at + 1
    if pattern[at] == "{":
        closed = pattern.find("}", at)
        inside = pattern[at + 1 : closed] if closed >= 0 else ""
        if not inside[:1].isdigit() or inside.strip("0123456789,"):
            return _made(TokenKind.LITERAL, pattern, at, end)
        end = closed + 1
    if pattern.startswith("?", end):
        end += 1
    return _made(TokenKind.REPEAT, pattern, at, end)


def unbalanced(pattern_tokens: Sequence[PatternToken]) -> PatternToken | None:
    """A parenthesis without its partner, or None."""
    opened: list[PatternToken] = []
    for token in pattern_tokens:
        if token.kind in {TokenKind.OPEN, TokenKind.LOOK}:
            opened.append(token)
        elif token.kind is TokenKind.CLOSE:
            if not opened:
                return token
            opened.pop()
    return opened[0] if opened else None


def alternatives(pattern_tokens: Sequence[PatternToken]) -> list[list[PatternToken]]:
    """What stands between the `|` of the outermost level."""
    found: list[list[PatternToken]] = [[]]
    depth = 0
    for token in pattern_tokens:
        depth += token.kind in {TokenKind.OPEN, TokenKind.LOOK}
        depth -= token.kind is TokenKind.CLOSE
        if token.kind is TokenKind.BAR and depth == 0:
            found.append([])
        else:
            found[-1].append(token)
    return found


_WAYS_OUT = {
    TokenKind.LOOK: (
        "look-around is not supported, since it has no bound on its running time",
        "exclude what must not count with `ignoring /…/`, or use `mentions` for whole words",
    ),
    TokenKind.REFERENCE: (
        "back-references are not supported, since they have no bound on their running time",
        "write the alternatives out, or use two tests joined by `and`",
    ),
}


class _Problem(NamedTuple):
    """What is wrong with a pattern, at `start` to `end` of its text."""

    message: str
    hint: str
    start: int
    end: int


def check_pattern(scope: Scope, regex: Regex, *, hides: bool = False) -> Pattern | None:
    """The pattern that `regex` writes, or None after E305 or E306.

    `hides` tells that it takes text out of sight instead of looking for it.
    """
    text, offsets = _unescaped(regex)
    pattern = Pattern(text, regex.ignore_case)
    place = Label(scope.source, regex.span)
    problem = _problem(pattern)
    if problem is not None:
        span = Span(offsets[problem.start], offsets[problem.end])
        where = Label(scope.source, span if span.start < span.end else regex.span)
        scope.findings.report("E305", where, problem.message, hint=problem.hint)
        return None
    if matches_empty(pattern):
        scope.findings.report(
            "E306",
            place,
            "this pattern matches the empty text, so it says nothing about a value",
            hint="require at least one character, for example by `+` in place of `*`",
        )
        return None
    scope.written.append(Written(place, pattern, offsets, hides=hides))
    return pattern


def _unescaped(regex: Regex) -> tuple[str, tuple[int, ...]]:
    r"""The pattern with `\/` turned into `/`, and the offset of each character in the source.

    There is one offset more than characters: that of the end.
    """
    characters: list[str] = []
    offsets: list[int] = []
    at = 0
    while at < len(regex.text):
        is_escape = regex.text[at] == "\\" and at + 1 < len(regex.text)
        taken = regex.text[at : at + 2] if is_escape else regex.text[at]
        shown = "/" if taken == "\\/" else taken
        characters += shown
        offsets += [regex.span.start + 1 + at + index for index in range(len(shown))]
        at += len(taken)
    offsets.append(regex.span.start + 1 + at)
    return "".join(characters), tuple(offsets)


def _problem(pattern: Pattern) -> _Problem | None:
    found = tokens(pattern.regex)
    for token in found:
        if token.kind in _WAYS_OUT:
            message, hint = _WAYS_OUT[token.kind]
            return _Problem(message, hint, token.start, token.end)
    if token_alone := unbalanced(found):
        return _alone(token_alone)
    refusal = pattern_problem(pattern)
    if refusal is None:
        return None
    start, end = _blamed(pattern.regex, refusal)
    hint = "patterns are those of RE2: https://github.com/google/re2/wiki/Syntax"
    return _Problem(f"this pattern is refused: {refusal}", hint, start, end)


def _alone(token: PatternToken) -> _Problem:
    missing = "(" if token.kind is TokenKind.CLOSE else ")"
    message = f"`{token.text}` has no `{missing}` that belongs to it"
    hint = f"add `{missing}`, or write `\\{token.text[0]}` for the character itself"
    return _Problem(message, hint, token.start, token.end)


def _blamed(regex: str, refusal: str) -> tuple[int, int]:
    """The part of `regex` that RE2 names at the end of its refusal, or all of it."""
    _, _, part = refusal.partition(": ")
    while part:
        start = regex.find(part)
        if start >= 0:
            return start, start + len(part)
        part = part[:-1] if part.endswith(")") else ""
    return 0, len(regex)


def check_needles(
    scope: Scope, texts: tuple[Text, ...], test: Mentions | None = None, *, hides: bool = False
) -> tuple[tuple[Needle, Label], ...] | None:
    """The needles that `texts` write and their places, each once, or None after E308 or E309.

    `test` is what they are written in, None for a mask.
    """
    found: dict[Needle, Label] = {}
    wrong = False
    for text in texts:
        made = _checked_needle(scope, text, test)
        place = Label(scope.source, text.span)
        if made is None:
            wrong = True
        elif made in found:
            message = f"`{text.text}` says the same as one before it"
            scope.findings.report_repeated(place, message)
        else:
            found[made] = place
    if wrong:
        return None
    label = Label(scope.source, texts[0].span.to(texts[-1].span))
    needles, places = tuple(found), tuple(found.values())
    scope.written.append(Written(label, needles=needles, places=places, hides=hides))
    return tuple(found.items())


def _checked_needle(scope: Scope, text: Text, test: Mentions | None) -> Needle | None:
    place = Label(scope.source, text.span)
    if "*" in text.text[:-1]:
        hint = "`*` may only end a needle, as in `retriev*`; elsewhere use `matches /…/`"
        scope.findings.report("E309", place, f"`*` inside of `{text.text}`", hint=hint)
        return None
    if "/" in text.text:
        hint = f'to name a directory, write `path under "{text.text.strip("/")}"`'
        message = f"`{text.text}` can never be found: a phrase does not cross `/`"
        choices = _as_directories(test, scope.written_facet(test)) if test else []
        scope.findings.report("E308", place, message, hint=hint, choices=choices)
        return None
    made = needle(text.text)
    if made is None:
        hint = "a needle needs a letter or a digit; for other characters use `matches /…/`"
        scope.findings.report("E308", place, f"there is no word in `{text.text}`", hint=hint)
    return made


def _as_directories(test: Mentions, facet: str) -> list[Replacement]:
    """`test` of `facet` with its needles that have a `/` as directories."""
    directories = [quoted(each.text.strip("/")) for each in test.needles if "/" in each.text]
    others = [
        quoted(each.text) if each.quoted else each.text
        for each in test.needles
        if "/" not in each.text
    ]
    if not facet or any(globs.problem(each[1:-1]) for each in directories):
        return []
    not_ = "not " if test.negated else ""
    under = f"path {not_}under {', '.join(directories)}"
    if not others:
        return [Replacement(test.span, under)]
    join = "and" if test.negated else "or"
    mentions = f"{facet} {not_}mentions {', '.join(others)}"
    return [Replacement(test.span, f"({mentions} {join} {under})")]
