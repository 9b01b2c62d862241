"""Ids and names of the language, cut from texts that were none."""

import unicodedata
from collections.abc import Collection

from starlang.syntax.words import KEYWORDS

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_DIGITS = frozenset("0123456789")


def is_name(text: str) -> bool:
    """Whether `text` is an id as it stands, and no keyword."""
    return text == name_from(text, "") and text != ""


def name_from(text: str, otherwise: str) -> str:
    """The letters, digits, `_` and `-` of `text` as an id; `otherwise` where none are left.

    A keyword, or what starts with a digit, gets a letter more.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    characters = (c if c in _LETTERS or c in _DIGITS else "-" for c in plain)
    name = "-".join(part for part in "".join(characters).split("-") if part)
    if not name:
        return otherwise
    return f"x-{name}" if name in KEYWORDS or name[0] in _DIGITS else name


def unused(name: str, taken: Collection[str]) -> str:
    """`name`, or `name-2` and so on where that is taken; `taken` are case-folded."""
    if name.casefold() not in taken:
        return name
    number = 2
    while f"{name}-{number}".casefold() in taken:
        number += 1
    return f"{name}-{number}"


def word_of(label: str) -> str:
    """The first word of a label after its emoji, "" where there is none."""
    return next((word for word in label.split() if any(c.isalpha() for c in word)), "")


def emoji_of(label: str) -> str:
    """What stands before the first word of a label, if that is no text."""
    word = word_of(label)
    before = label[: label.find(word)].strip() if word else label.strip()
    return "" if any(c.isalnum() for c in before) else before


def domain_of(label: str) -> str:
    """What stands in parentheses at the end of a label."""
    _, opening, rest = label.rstrip().partition("(")
    return rest[:-1].strip() if opening and rest.endswith(")") else ""
