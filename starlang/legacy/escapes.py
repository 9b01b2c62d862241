r"""Escapes and classes of old patterns: `\d`, `\x2f`, `[a-z_-]`."""

import unicodedata

from starlang.legacy.cursor import Cursor
from starlang.legacy.nodes import Class, Edge, Literal, Node, Shorthand

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
        return Edge(f"\\{letter}")
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
        cursor.invalid("an escape that is no character", start)


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
