r"""Old patterns as trees: a parser for the syntax of Python's `re`.

The old tools gave their patterns to `re`, and RE2 reads some of the same characters in
another way (`{,3}`, `\Z`, `[[:alpha:]]`), so a pattern is read as its author tested it
and written anew.
"""

import unicodedata
from collections.abc import Iterator
from typing import NoReturn, assert_never

from attrs import define, field, frozen

# A place in an old pattern while it is read, and the two ways in which reading ends early.


@frozen
class Unreadable:
    """Why a pattern is not a tree. `text` is the part that is to blame.

    `invalid`: `re` refuses it too; otherwise it is valid, but nothing here can carry it.
    """

    reason: str
    text: str
    invalid: bool


class UnreadableError(Exception):
    """Ends the reading of a pattern; it never leaves the parser."""

    def __init__(self, why: Unreadable) -> None:
        super().__init__(why.reason)
        self.why = why


@define
class Cursor:
    """The pattern, and the offset of what comes next. `names` are those of its groups so far."""

    pattern: str
    at: int = 0
    names: set[str] = field(factory=set)

    @property
    def at_end(self) -> bool:
        return self.at >= len(self.pattern)

    def invalid(self, reason: str, start: int) -> NoReturn:
        """Ends with a pattern that `re` refuses as well; `start` is where the fault begins."""
        text = self.pattern[start : max(self.at, start + 1)]
        raise UnreadableError(Unreadable(reason, text, invalid=True))

    def unknown(self, what: str, text: str) -> NoReturn:
        """Ends with a construct that has no counterpart."""
        raise UnreadableError(Unreadable(what, text, invalid=False))

    def starts(self, text: str) -> bool:
        """Whether `text` comes next."""
        return self.pattern.startswith(text, self.at)

    def take(self, text: str) -> bool:
        """Whether `text` comes next; then it is passed."""
        if self.starts(text):
            self.at += len(text)
            return True
        return False

    def next(self, what: str, start: int) -> str:
        """The next character, which is passed; a pattern that ends here is invalid."""
        if self.at_end:
            self.invalid(f"the pattern ends inside {what}", start)
        self.at += 1
        return self.pattern[self.at - 1]

    def digits(self, allowed: str, most: int) -> str:
        """Up to `most` characters out of `allowed`, which are passed."""
        start = self.at
        while self.at < start + most and not self.at_end and self.pattern[self.at] in allowed:
            self.at += 1
        return self.pattern[start : self.at]


# The tree of an old pattern, which has the syntax of Python's `re`.


@frozen
class Literal:
    """One character that stands for itself."""

    character: str


@frozen
class AnyCharacter:
    """`.`"""


@frozen
class Shorthand:
    r"""`\d`, `\w`, `\s` or one of their opposites, by its letter."""

    letter: str


@frozen
class Class:
    """`[…]`: ranges of characters (both ends included) and shorthands."""

    members: tuple[tuple[str, str] | Shorthand, ...]
    negated: bool


@frozen
class Assertion:
    r"""An assertion of no width: `^`, `$`, `\b`, `\B`, `\A` or `\Z`."""

    text: str


@frozen
class Look:
    """`(?=…)`, `(?!…)`, `(?<=…)` or `(?<!…)`; `text` is how it was written."""

    part: "Node"
    ahead: bool
    negative: bool
    text: str


@frozen
class Parentheses:
    """Parentheses, whether they capture or not: nothing refers to what they captured."""

    part: "Node"
    captures: bool


@frozen
class Repeat:
    """`part` at least `low` and at most `high` times (None: without end)."""

    part: "Node"
    low: int
    high: int | None
    lazy: bool


@frozen
class InTurn:
    """Parts that follow each other; the empty sequence matches the empty text."""

    parts: tuple["Node", ...]


@frozen
class Alternatives:
    """Alternatives, the preferred one first; at least two."""

    options: tuple["Node", ...]


Node = (
    Literal
    | AnyCharacter
    | Shorthand
    | Class
    | Assertion
    | Look
    | Parentheses
    | Repeat
    | InTurn
    | Alternatives
)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`."""
    match node:
        case Look(part=part) | Parentheses(part=part) | Repeat(part=part):
            return (part,)
        case InTurn(parts=parts):
            return parts
        case Alternatives(options=options):
            return options
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """`node` and all nodes below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def looks(node: Node) -> bool:
    """Whether there is a look-around in `node`."""
    return any(isinstance(each, Look) for each in walk(node))


def in_row(parts: tuple[Node, ...]) -> Node:
    """The parts as one node."""
    return parts[0] if len(parts) == 1 else InTurn(parts)


def least_width(node: Node) -> int:
    """The length of the shortest text that `node` matches."""
    match node:
        case Assertion() | Look():
            return 0
        case InTurn(parts=parts):
            return sum(map(least_width, parts))
        case Alternatives(options=options):
            return min(map(least_width, options))
        case Parentheses(part=part):
            return least_width(part)
        case Repeat(part=part, low=low):
            return low * least_width(part)
        case _:
            return 1


# Escapes and classes of old patterns: `\d`, `\x2f`, `[a-z_-]`.

_EDGES, _SHORTHANDS = "bBAZ", "dDwWsS"
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CODE_POINTS = {"x": 2, "u": 4, "U": 8}
_DIGITS, _OCTAL, _HEXADECIMAL = "0123456789", "01234567", "0123456789abcdefABCDEF"
_OCTAL_LENGTH = 3
_LAST_OCTAL = 0o377


def escape(cursor: Cursor, start: int) -> Node:
    """What a backslash at `start`, which has been passed, and the characters after it mean."""
    letter = cursor.next("an escape", start)
    if letter in _EDGES:
        return Assertion(f"\\{letter}")
    if letter in _SHORTHANDS:
        return Shorthand(letter)
    if letter in _DIGITS and letter != "0":
        octal = letter + cursor.pattern[cursor.at : cursor.at + _OCTAL_LENGTH - 1]
        if len(octal) < _OCTAL_LENGTH or octal.strip(_OCTAL):
            cursor.unknown("a back-reference", cursor.pattern[start : cursor.at])
    return Literal(_character(cursor, letter, start))


def members(cursor: Cursor, start: int) -> Class:
    """The class whose `[`, at `start`, has been passed."""
    negated = cursor.take("^")
    found: list[tuple[str, str] | Shorthand] = []
    while not (found and cursor.take("]")):
        low = _member(cursor, start)
        if cursor.starts("-") and not cursor.starts("-]"):
            cursor.at += 1
            found.append(_range(cursor, low, _member(cursor, start), start))
        else:
            found.append(low if isinstance(low, Shorthand) else (low, low))
    return Class(tuple(found), negated)


def _member(cursor: Cursor, start: int) -> str | Shorthand:
    character = cursor.next("a class", start)
    if character != "\\":
        return character
    begin = cursor.at - 1
    letter = cursor.next("a class", start)
    if letter in _SHORTHANDS:
        return Shorthand(letter)
    return "\b" if letter == "b" else _character(cursor, letter, begin)


def _range(
    cursor: Cursor, low: str | Shorthand, high: str | Shorthand, start: int
) -> tuple[str, str]:
    if isinstance(low, Shorthand) or isinstance(high, Shorthand) or low > high:
        cursor.invalid("a range in the wrong order", start)
    return low, high


def _character(cursor: Cursor, letter: str, start: int) -> str:
    r"""The character that `\letter…` stands for, outside or inside a class."""
    if letter in _CONTROLS:
        return _CONTROLS[letter]
    if letter in _CODE_POINTS:
        return _code_point(cursor, _CODE_POINTS[letter], start)
    if letter in _DIGITS:
        return _octal(cursor, letter, start)
    if letter == "N":
        return _named(cursor, start)
    if letter.isascii() and letter.isalpha():
        cursor.invalid("an unknown escape", start)
    return letter


def _code_point(cursor: Cursor, length: int, start: int) -> str:
    digits = cursor.digits(_HEXADECIMAL, length)
    if len(digits) < length:
        cursor.invalid("an incomplete escape", start)
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        cursor.invalid("an escape that is not a character", start)


def _octal(cursor: Cursor, first: str, start: int) -> str:
    digits = first + cursor.digits(_OCTAL, _OCTAL_LENGTH - 1)
    if digits.strip(_OCTAL) or int(digits, 8) > _LAST_OCTAL:
        cursor.invalid("an unknown escape", start)
    return chr(int(digits, 8))


def _named(cursor: Cursor, start: int) -> str:
    end = cursor.pattern.find("}", cursor.at)
    name = cursor.pattern[cursor.at + 1 : end]
    try:
        character = unicodedata.lookup(name) if cursor.starts("{") and end > 0 else ""
    except KeyError:
        character = ""
    if not character:
        cursor.invalid("an unknown name of a character", start)
    cursor.at = end + 1
    return character


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
    return options[0] if len(options) == 1 else Alternatives(tuple(options))


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
            return Assertion(character)
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
        return Parentheses(_closed(cursor, start, depth), captures=True)
    if cursor.take("(?"):
        return _flagged(cursor, start, depth)
    cursor.take("(")
    return Parentheses(_closed(cursor, start, depth), captures=True)


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
        return Parentheses(_closed(cursor, start, depth), captures=False)
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
    if isinstance(part, Assertion):
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


# Trees of old patterns as RE2 patterns, in the shortest plain spelling.
#
# A `/` comes out escaped, since the pattern will stand between slashes. A look-around comes
# out as it went in: for people to read, since RE2 refuses it.

_SPECIAL = frozenset("\\.+*?()|[]{}^$/")
_SPECIAL_IN_CLASS = frozenset("\\]^[-/")
_CONTROL_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\f": "\\f", "\v": "\\v"}
_SIGNS = {(0, None): "*", (1, None): "+", (0, 1): "?"}


def written(node: Node) -> str:  # noqa: C901, PLR0911 -- a table, a line a kind of node
    """`node` as RE2 reads it, to stand between slashes."""
    match node:
        case Literal(character=character):
            return _written_character(character, _SPECIAL)
        case AnyCharacter():
            return "."
        case Shorthand(letter=letter):
            return f"\\{letter}"
        case Class():
            return _class(node)
        case Assertion(text=text):
            return r"\z" if text == r"\Z" else text
        case Parentheses(part=part, captures=captures):
            return f"({'' if captures else '?:'}{written(part)})"
        case Repeat():
            return f"{_repeatable(node.part)}{_quantifier(node)}"
        case InTurn(parts=parts):
            return "".join(_within(part) for part in parts)
        case Alternatives(options=options):
            return "|".join(map(written, options))
        case Look():
            return node.text
        case _:
            assert_never(node)


def _within(part: Node) -> str:
    """A part of a sequence."""
    return f"(?:{written(part)})" if isinstance(part, Alternatives) else written(part)


def _repeatable(part: Node) -> str:
    text = written(part)
    is_one = not isinstance(part, Alternatives | InTurn | Repeat)
    return text if is_one else f"(?:{text})"


def _quantifier(node: Repeat) -> str:
    sign = _SIGNS.get((node.low, node.high))
    if sign is None:
        high = "" if node.high is None else str(node.high)
        bounds = str(node.low) if node.low == node.high else f"{node.low},{high}"
        sign = f"{{{bounds}}}"
    return f"{sign}?" if node.lazy else sign


def _class(node: Class) -> str:
    # A `-` needs no escape at the end, where most people write it.
    dash = ("-", "-")
    members = [member for member in node.members if member != dash]
    ending = "-" if len(members) < len(node.members) else ""
    inside = "".join(map(_written_member, members))
    return f"[{'^' if node.negated else ''}{inside}{ending}]"


def _written_member(member: tuple[str, str] | Shorthand) -> str:
    if isinstance(member, Shorthand):
        return f"\\{member.letter}"
    low, high = (_written_character(each, _SPECIAL_IN_CLASS) for each in member)
    return low if low == high else f"{low}-{high}"


def _written_character(character: str, special: frozenset[str]) -> str:
    if character in special:
        return f"\\{character}"
    if character.isprintable():
        return character
    return _CONTROL_ESCAPES.get(character, f"\\x{{{ord(character):X}}}")
