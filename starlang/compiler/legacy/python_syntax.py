r"""Old patterns as trees: a parser for the syntax of Python's `re`.

The old tools gave their patterns to `re`, and RE2 reads some of the same characters in
another way (`{,3}`, `\Z`, `[[:alpha:]]`), so a pattern is read as its author tested it
and written anew.
"""

import unicodedata
from typing import NoReturn

from attrs import define, frozen

from starlang.compiler.legacy.nodes import (
    AnyCharacter,
    Choice,
    Class,
    Edge,
    Group,
    Literal,
    Look,
    Node,
    Repeat,
    Sequence,
    Shorthand,
    in_row,
)

MAX_DEPTH = 32
"""How deep groups may be nested."""

_LOOKS = {"(?=": (True, False), "(?!": (True, True), "(?<=": (False, False), "(?<!": (False, True)}
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_HEXADECIMAL = {"x": 2, "u": 4, "U": 8}
_OCTAL_DIGITS = 3
_LAST_OCTAL = 0o377
_NO_OPS = frozenset("iu")
_NAMED = {
    "(?>": "an atomic group",
    "(?(": "a condition on a group",
    "(?P=": "a back-reference",
    "(?#": "a comment",
}


@frozen
class Unreadable:
    """Why a pattern is no tree. `text` is the part that is to blame.

    `invalid`: `re` refuses it too; otherwise it is valid, but nothing here can carry it.
    """

    reason: str
    text: str
    invalid: bool


class _UnreadableError(Exception):
    def __init__(self, why: Unreadable) -> None:
        super().__init__(why.reason)
        self.why = why


def parse(pattern: str) -> Node | Unreadable:
    """The tree of `pattern`, or why there is none."""
    parser = _Parser(pattern)
    try:
        node = parser.choice(0)
        if parser.at < len(pattern):
            parser.invalid("`)` without `(`", parser.at)
    except _UnreadableError as error:
        return error.why
    return node


@define
class _Parser:
    pattern: str
    at: int = 0

    def invalid(self, reason: str, start: int) -> NoReturn:
        """Stops with a pattern that `re` refuses as well."""
        raise _UnreadableError(Unreadable(reason, self.pattern[start : self.at + 1], invalid=True))

    def unknown(self, what: str, text: str) -> NoReturn:
        """Stops with a construct that has no counterpart."""
        raise _UnreadableError(Unreadable(what, text, invalid=False))

    def starts(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def take(self, text: str) -> bool:
        """Whether `text` comes next; then it is passed."""
        if self.starts(text):
            self.at += len(text)
            return True
        return False

    def next(self, what: str, start: int) -> str:
        """The next character, which is passed; the pattern must not end here."""
        if self.at >= len(self.pattern):
            self.invalid(f"the pattern ends inside {what}", start)
        self.at += 1
        return self.pattern[self.at - 1]

    def choice(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self.unknown(f"groups that are nested more than {MAX_DEPTH} deep", "(")
        options = [self.sequence(depth)]
        while self.take("|"):
            options.append(self.sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            part = self.item(depth)
            if part is not None:
                parts.append(self.repeated(part))
        return in_row(tuple(parts))

    def item(self, depth: int) -> Node | None:
        """One element without its quantifier; None for what means nothing, like `(?i)`."""
        start = self.at
        match character := self.next("it", start):
            case "(":
                return self.group(start, depth)
            case "[":
                return self.members(start)
            case "\\":
                return self.escape(start)
            case ".":
                return AnyCharacter()
            case "^" | "$":
                return Edge(character)
            case "*" | "+" | "?":
                self.at -= 1
                self.invalid("nothing before it to repeat", start)
            case "{":
                self.at -= 1
                if self.bounds() is not None:
                    self.at -= 1
                    self.invalid("nothing before it to repeat", start)
                self.at += 1
        return Literal(character)

    def group(self, start: int, depth: int) -> Node | None:
        self.at = start
        for opening, (ahead, negative) in _LOOKS.items():
            if self.take(opening):
                part = self.closed(start, depth)
                return Look(part, ahead, negative, self.pattern[start : self.at])
        for opening, what in _NAMED.items():
            if self.starts(opening):
                self.unknown(what, opening)
        self.at = start + 1
        if self.take("?P<"):
            self.group_name(start)
            return Group(self.closed(start, depth), captures=True)
        if self.take("?"):
            return self.flags(start, depth)
        return Group(self.closed(start, depth), captures=True)

    def group_name(self, start: int) -> None:
        end = self.pattern.find(">", self.at)
        name = self.pattern[self.at : max(end, self.at)]
        if not name.isidentifier():
            self.invalid("a group without a proper name", start)
        self.at = end + 1

    def flags(self, start: int, depth: int) -> Node | None:
        """`(?:…)`, `(?i:…)` or, at the start of the pattern, `(?i)`."""
        flags = self.at
        while self.at < len(self.pattern) and self.pattern[self.at] not in ":)":
            self.at += 1
        written = self.pattern[flags : self.at]
        if not _NO_OPS.issuperset(written):
            known = written.strip("aiLmsux-") == ""
            text = self.pattern[start : self.at]
            if known:
                self.unknown(f"the flags `{written}`", text)
            self.invalid("an unknown group", start)
        if self.take(":"):
            return Group(self.closed(start, depth), captures=False)
        if not written or start > 0 or not self.take(")"):
            self.invalid("flags in the wrong place", start)
        return None

    def closed(self, start: int, depth: int) -> Node:
        node = self.choice(depth + 1)
        if not self.take(")"):
            self.invalid("`(` without `)`", start)
        return node

    def repeated(self, part: Node) -> Node:
        """`part` with the quantifier that follows it, if any."""
        start = self.at
        bounds = self.bounds()
        if bounds is None:
            return part
        if isinstance(part, Edge):
            self.invalid("nothing before it to repeat", start)
        low, high = bounds
        if high is not None and low > high:
            self.invalid("bounds in the wrong order", start)
        lazy = self.take("?")
        if not lazy and self.starts("+"):
            self.at += 1
            self.unknown("a possessive quantifier", self.pattern[start : self.at])
        if self.bounds() is not None:
            self.invalid("a quantifier after a quantifier", start)
        return Repeat(part, low, high, lazy)

    def bounds(self) -> tuple[int, int | None] | None:
        """The quantifier that comes next, which is passed, or None."""
        for sign, bounds in {"*": (0, None), "+": (1, None), "?": (0, 1)}.items():
            if self.take(sign):
                return bounds
        end = self.pattern.find("}", self.at)
        inside = self.pattern[self.at + 1 : end]
        if not self.starts("{") or end < 0 or not inside:
            return None
        low, comma, high = inside.partition(",")
        if not all(digits.isascii() and (not digits or digits.isdigit()) for digits in (low, high)):
            return None
        if not comma and not low:
            return None
        self.at = end + 1
        most = high if comma else low
        return int(low or 0), int(most) if most else None

    def escape(self, start: int) -> Node:
        letter = self.next("an escape", start)
        if letter in "bBAZ":
            return Edge(f"\\{letter}")
        if letter in "dDwWsS":
            return Shorthand(letter)
        if letter.isascii() and letter.isdigit() and not self.is_octal(letter):
            self.unknown("a back-reference", self.pattern[start : self.at])
        return Literal(self.escaped(letter, start))

    def is_octal(self, first: str) -> bool:
        digits = first + self.pattern[self.at : self.at + 2]
        return first == "0" or (len(digits) == _OCTAL_DIGITS and not digits.strip("01234567"))

    def escaped(self, letter: str, start: int) -> str:
        r"""The character that `\letter…` stands for, outside or inside a class."""
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter in _HEXADECIMAL:
            return self.code_point(_HEXADECIMAL[letter], start)
        if letter.isascii() and letter.isdigit():
            return self.octal(letter, start)
        if letter == "N":
            return self.named(start)
        if letter.isascii() and letter.isalpha():
            self.at -= 1
            self.invalid("an unknown escape", start)
        return letter

    def code_point(self, length: int, start: int) -> str:
        digits = self.pattern[self.at : self.at + length]
        self.at += length
        if len(digits) < length or digits.strip("0123456789abcdefABCDEF"):
            self.invalid("an incomplete escape", start)
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            self.invalid("an escape that is no character", start)

    def octal(self, first: str, start: int) -> str:
        digits = first
        while len(digits) < _OCTAL_DIGITS and self.pattern[self.at : self.at + 1] in set(
            "01234567"
        ):
            digits += self.pattern[self.at]
            self.at += 1
        if digits.strip("01234567") or int(digits, 8) > _LAST_OCTAL:
            self.invalid("an unknown escape", start)
        return chr(int(digits, 8))

    def named(self, start: int) -> str:
        end = self.pattern.find("}", self.at)
        try:
            character = unicodedata.lookup(self.pattern[self.at + 1 : end])
        except KeyError:
            self.invalid("an unknown name of a character", start)
        self.at = end + 1
        return character

    def members(self, start: int) -> Node:
        """The rest of `[…]`."""
        negated = self.take("^")
        members: list[tuple[str, str] | Shorthand] = []
        first = True
        while first or not self.starts("]"):
            low = self.member(start)
            first = False
            if self.starts("-") and not self.starts("-]"):
                self.at += 1
                members.append(self.range(low, self.member(start), start))
            else:
                members.append((low, low) if isinstance(low, str) else low)
        self.at += 1
        return Class(tuple(members), negated)

    def member(self, start: int) -> str | Shorthand:
        character = self.next("a class", start)
        if character != "\\":
            return character
        escape = self.at - 1
        letter = self.next("a class", start)
        if letter == "b":
            return "\b"
        return Shorthand(letter) if letter in "dDwWsS" else self.escaped(letter, escape)

    def range(self, low: str | Shorthand, high: str | Shorthand, start: int) -> tuple[str, str]:
        if isinstance(low, Shorthand) or isinstance(high, Shorthand) or low > high:
            self.at -= 1
            self.invalid("a range in the wrong order", start)
        return low, high
