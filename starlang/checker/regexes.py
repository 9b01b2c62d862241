"""Patterns cut into tokens, to say where in a pattern something is.

RE2 alone decides whether a pattern is valid; this only finds places and shapes.
"""

from collections.abc import Mapping, Sequence
from enum import Enum, auto

from attrs import frozen


class Kind(Enum):
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


@frozen
class Token:
    """A token at `start` to `end` of the pattern."""

    kind: Kind
    start: int
    end: int
    text: str


_LOOKS = ("(?=", "(?!", "(?<=", "(?<!")
_ESCAPED: Mapping[str, Kind] = {
    **dict.fromkeys("bBAz", Kind.ANCHOR),
    **dict.fromkeys("dDwWsSCpP", Kind.CLASS),
    "": Kind.OTHER,
    "E": Kind.OTHER,
}
"""What a backslash and this character are, where it is not the character itself."""

_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}


def tokens(pattern: str) -> tuple[Token, ...]:
    """The tokens of `pattern`, without gaps; never fails, whatever the pattern."""
    found: list[Token] = []
    at = 0
    while at < len(pattern):
        token = _token(pattern, at)
        found.append(token)
        at = token.end
    return tuple(found)


def _token(pattern: str, at: int) -> Token:  # noqa: PLR0911 -- a table, one return a character
    character = pattern[at]
    match character:
        case "\\":
            return _escape(pattern, at)
        case "[":
            return _made(Kind.CLASS, pattern, at, _class_end(pattern, at))
        case "(":
            return _group(pattern, at)
        case ")":
            return _made(Kind.CLOSE, pattern, at, at + 1)
        case "|":
            return _made(Kind.BAR, pattern, at, at + 1)
        case "^" | "$":
            return _made(Kind.ANCHOR, pattern, at, at + 1)
        case ".":
            return _made(Kind.ANY, pattern, at, at + 1)
        case "*" | "+" | "?" | "{":
            return _repeat(pattern, at)
        case _:
            return _made(Kind.LITERAL, pattern, at, at + 1)


def _made(kind: Kind, pattern: str, start: int, end: int) -> Token:
    return Token(kind, start, end, pattern[start:end])


def _escape(pattern: str, at: int) -> Token:
    following = pattern[at + 1 : at + 2]
    end = at + 1 + len(following)
    kind = _ESCAPED.get(following)
    if kind is Kind.CLASS and following in "pP":
        return _made(kind, pattern, at, _braced_end(pattern, end) or min(end + 1, len(pattern)))
    if kind is not None:
        return _made(kind, pattern, at, end)
    if following == "Q":
        return _made(Kind.OTHER, pattern, at, _quote_end(pattern, end))
    if following == "x":
        return _made(
            Kind.OTHER, pattern, at, _braced_end(pattern, end) or min(end + 2, len(pattern))
        )
    if following.isdigit():
        octal = pattern[end : end + 2]
        digits = len(octal) - len(octal.lstrip("01234567"))
        is_octal = following == "0" or digits > 0
        kind = Kind.OTHER if is_octal else Kind.REFERENCE
        return _made(kind, pattern, at, end + digits)
    return Token(Kind.LITERAL, at, end, _CONTROLS.get(following, following))


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


def _group(pattern: str, at: int) -> Token:
    look = next((look for look in _LOOKS if pattern.startswith(look, at)), None)
    if look is not None:
        return _made(Kind.LOOK, pattern, at, at + len(look))
    if pattern.startswith("(?P=", at):
        return _made(Kind.REFERENCE, pattern, at, pattern.find(")", at) + 1 or len(pattern))
    if not pattern.startswith("(?", at):
        return _made(Kind.OPEN, pattern, at, at + 1)
    end = at + 2
    while end < len(pattern) and pattern[end] not in ":)>":
        end += 1
    end = min(end + 1, len(pattern))
    is_flags = pattern[end - 1] == ")"
    return _made(Kind.FLAGS if is_flags else Kind.OPEN, pattern, at, end)


def _repeat(pattern: str, at: int) -> Token:
    end = at + 1
    if pattern[at] == "{":
        closed = pattern.find("}", at)
        inside = pattern[at + 1 : closed] if closed >= 0 else ""
        if not inside[:1].isdigit() or inside.strip("0123456789,"):
            return _made(Kind.LITERAL, pattern, at, end)
        end = closed + 1
    if pattern.startswith("?", end):
        end += 1
    return _made(Kind.REPEAT, pattern, at, end)


def unbalanced(pattern_tokens: Sequence[Token]) -> Token | None:
    """A parenthesis without its partner, or None."""
    opened: list[Token] = []
    for token in pattern_tokens:
        if token.kind in {Kind.OPEN, Kind.LOOK}:
            opened.append(token)
        elif token.kind is Kind.CLOSE:
            if not opened:
                return token
            opened.pop()
    return opened[0] if opened else None


def alternatives(pattern_tokens: Sequence[Token]) -> list[list[Token]]:
    """What stands between the `|` of the outermost level."""
    found: list[list[Token]] = [[]]
    depth = 0
    for token in pattern_tokens:
        depth += token.kind in {Kind.OPEN, Kind.LOOK}
        depth -= token.kind is Kind.CLOSE
        if token.kind is Kind.BAR and depth == 0:
            found.append([])
        else:
            found[-1].append(token)
    return found
