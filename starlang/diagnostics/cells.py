"""How wide text is on a terminal, and what is printed of it.

Widths follow the East Asian Width property of Unicode. What cannot be printed is escaped,
joiners included: next to a caret every character has to be seen.
"""

import unicodedata
from collections.abc import Sequence

from attrs import frozen

_TAB = 4
_WIDE = frozenset({"W", "F"})
_EMOJI_SELECTOR = "\ufe0f"


@frozen
class Cell:
    """One character of a text as it is printed, with the columns that it takes."""

    text: str
    width: int


def cells(line: str, *, unicode: bool) -> tuple[Cell, ...]:
    """The characters of `line`, one cell each; without `unicode` as ASCII."""
    found: list[Cell] = []
    for character in line:
        found.append(_cell(character, found[-1] if found else None, unicode=unicode))
    return tuple(found)


def width_of(row: Sequence[Cell]) -> int:
    """The columns that the cells take."""
    return sum(cell.width for cell in row)


def printed(text: str, *, unicode: bool) -> str:
    """`text` on one line, with escapes for what cannot be printed."""
    return "".join(cell.text for cell in cells(text, unicode=unicode))


def _cell(character: str, before: Cell | None, *, unicode: bool) -> Cell:
    if character == "\t":
        return Cell(" " * _TAB, _TAB)
    if not character.isprintable() or not (unicode or character.isascii()):
        escaped = ascii(character)[1:-1]
        return Cell(escaped, len(escaped))
    if character == _EMOJI_SELECTOR:  # shows the character before as a picture, two columns wide
        return Cell(character, 1 if before and before.width == 1 else 0)
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}:
        return Cell(character, 0)
    return Cell(character, 2 if unicodedata.east_asian_width(character) in _WIDE else 1)
