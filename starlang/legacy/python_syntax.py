r"""Old patterns as trees: a parser for the syntax of Python's `re`.

The old tools gave their patterns to `re`, and RE2 reads some of the same characters in
another way (`{,3}`, `\Z`, `[[:alpha:]]`), so a pattern is read as its author tested it
and written anew.
"""

from starlang.legacy.cursor import Cursor, Unreadable, UnreadableError
from starlang.legacy.escapes import escape, members
from starlang.legacy.nodes import (
    AnyCharacter,
    Choice,
    Edge,
    Group,
    Literal,
    Look,
    Node,
    Repeat,
    in_row,
)

MAX_DEPTH = 32
"""How deep groups may be nested."""

_LOOKS = {"(?=": (True, False), "(?!": (True, True), "(?<=": (False, False), "(?<!": (False, True)}
_NAMED = {
    "(?>": "an atomic group",
    "(?(": "a condition on a group",
    "(?P=": "a back-reference",
    "(?#": "a comment",
}
_QUANTIFIERS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_NO_OPS = frozenset("iu")
"""Flags that change nothing: case was ignored anyway, and texts were Unicode."""
_FLAGS = "aiLmsux-"


def parse(pattern: str) -> Node | Unreadable:
    """The tree of `pattern`, or why there is none."""
    cursor = Cursor(pattern)
    try:
        node = _choice(cursor, 0)
        if not cursor.at_end:
            cursor.invalid("`)` without `(`", cursor.at)
    except UnreadableError as error:
        return error.why
    return node


def _choice(cursor: Cursor, depth: int) -> Node:
    if depth > MAX_DEPTH:
        cursor.unknown(f"a group that is nested more than {MAX_DEPTH} deep", "(")
    options = [_sequence(cursor, depth)]
    while cursor.take("|"):
        options.append(_sequence(cursor, depth))
    return options[0] if len(options) == 1 else Choice(tuple(options))


def _sequence(cursor: Cursor, depth: int) -> Node:
    parts: list[Node] = []
    while not cursor.at_end and not cursor.starts("|") and not cursor.starts(")"):
        part = _item(cursor, depth)
        if part is not None:
            parts.append(_repeated(cursor, part))
    return in_row(tuple(parts))


def _item(cursor: Cursor, depth: int) -> Node | None:
    """One element without its quantifier; None for what means nothing, like `(?i)`."""
    start = cursor.at
    if _bounds(cursor) is not None:
        cursor.invalid("there is nothing to repeat", start)
    match character := cursor.next("it", start):
        case "(":
            return _group(cursor, start, depth)
        case "[":
            return members(cursor, start)
        case "\\":
            return escape(cursor, start)
        case ".":
            return AnyCharacter()
        case "^" | "$":
            return Edge(character)
        case _:
            return Literal(character)


def _group(cursor: Cursor, start: int, depth: int) -> Node | None:
    """What begins with the `(` at `start`, which has been passed."""
    cursor.at = start
    for opening, (ahead, negative) in _LOOKS.items():
        if cursor.take(opening):
            part = _closed(cursor, start, depth)
            return Look(part, ahead, negative, cursor.pattern[start : cursor.at])
    for opening, what in _NAMED.items():
        if cursor.starts(opening):
            cursor.unknown(what, opening)
    if cursor.take("(?P<"):
        _pass_name(cursor, start)
        return Group(_closed(cursor, start, depth), captures=True)
    if cursor.take("(?"):
        return _flagged(cursor, start, depth)
    cursor.take("(")
    return Group(_closed(cursor, start, depth), captures=True)


def _pass_name(cursor: Cursor, start: int) -> None:
    end = max(cursor.pattern.find(">", cursor.at), cursor.at)
    name = cursor.pattern[cursor.at : end]
    if not name.isidentifier() or name in cursor.names:
        cursor.invalid("a group without a proper name of its own", start)
    cursor.names.add(name)
    cursor.at = end + 1


def _flagged(cursor: Cursor, start: int, depth: int) -> Node | None:
    """`(?:…)`, `(?i:…)` or, at the start of the pattern, `(?i)`."""
    flags = cursor.at
    while not cursor.at_end and cursor.pattern[cursor.at] not in ":)":
        cursor.at += 1
    written = cursor.pattern[flags : cursor.at]
    if written.strip(_FLAGS):
        cursor.invalid("an unknown group", start)
    if not _NO_OPS.issuperset(written):
        cursor.unknown(f"the flags `{written}`", cursor.pattern[start : cursor.at])
    if cursor.take(":"):
        return Group(_closed(cursor, start, depth), captures=False)
    if not written or start > 0 or not cursor.take(")"):
        cursor.invalid("flags in the wrong place", start)
    return None


def _closed(cursor: Cursor, start: int, depth: int) -> Node:
    node = _choice(cursor, depth + 1)
    if not cursor.take(")"):
        cursor.invalid("`(` without `)`", start)
    return node


def _repeated(cursor: Cursor, part: Node) -> Node:
    """`part` with the quantifier that follows it, if any."""
    start = cursor.at
    bounds = _bounds(cursor)
    if bounds is None:
        return part
    low, high = bounds
    if isinstance(part, Edge):
        cursor.invalid("there is nothing to repeat", start)
    if high is not None and low > high:
        cursor.invalid("bounds in the wrong order", start)
    lazy = cursor.take("?")
    if not lazy and cursor.take("+"):
        cursor.unknown("a possessive quantifier", cursor.pattern[start : cursor.at])
    if _bounds(cursor) is not None:
        cursor.invalid("a quantifier after a quantifier", start)
    return Repeat(part, low, high, lazy)


def _bounds(cursor: Cursor) -> tuple[int, int | None] | None:
    """The quantifier that comes next, which is passed; `{` may also be a plain character."""
    for sign, bounds in _QUANTIFIERS.items():
        if cursor.take(sign):
            return bounds
    end = cursor.pattern.find("}", cursor.at)
    if not cursor.starts("{") or end < 0:
        return None
    low, comma, high = cursor.pattern[cursor.at + 1 : end].partition(",")
    numbers = [text for text in (low, high) if text]
    if not (low or comma) or not all(each.isascii() and each.isdigit() for each in numbers):
        return None
    cursor.at = end + 1
    most = high if comma else low
    return int(low or 0), int(most) if most else None
