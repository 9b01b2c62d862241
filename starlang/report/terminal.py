"""What a word looks like on a terminal: the colour adds to it, it never replaces it.

A colour is written as a mark until the line is printed. What the line quotes is escaped then, its
own codes of colours included, and only afterwards codes take the place of the marks.
"""

import os
import re
from collections.abc import Sequence
from typing import TypeVar

from starlang.engine.decisions import Outcome
from starlang.plan.model import MISSED
from starlang.printable import COLOUR_MARK

COLOURS = {
    Outcome.PROMOTED: "green",
    Outcome.ASSIGNED: "green",
    Outcome.SUGGESTED: "cyan",
    Outcome.CONTESTED: "yellow",
    Outcome.DEFERRED: "yellow",
    Outcome.BARRED: "red",
    Outcome.UNRECOGNISED: "red",
}
"""Outcome -> a colour of the eight that every terminal has."""

T = TypeVar("T")

_MARK = f"{COLOUR_MARK}{os.urandom(8).hex()}:"
"""What the marks of this process begin with; nobody who writes a label can know it."""

_ANY_MARK = re.compile(rf"{_MARK}([0-9;]+)>")

_CODES = {"green": "32", "cyan": "36", "yellow": "33", "red": "31"}
_STYLES = {
    "title": "1",
    "quiet": "2",
    "for": "32",
    "against": "31",
    **{outcome.value: _CODES[colour] for outcome, colour in COLOURS.items()},
    # The steps of a run, and what came of its checks.
    "done": "32",
    "open": "1;33",
    "waiting": "2",
    "holds": "32",
    "fails": "1;31",
    MISSED: "33",
    "not checked": "33",
    "n/a": "2",
}


def paint(what: str, text: str) -> str:
    """`text` in a colour, which `put` writes.

    `what`: as in `starlang.printable.Paint`, the state of a step, or the verdict of a check.
    """
    code = _STYLES.get(what)
    return text if code is None else f"{_MARK}{code}>{text}{_MARK}0>"


ROWS = 20
"""Rows that a list has at least where `--limit` is about what is in a row."""


def first_rows(rows: Sequence[T], limit: int) -> tuple[Sequence[T], str]:
    """The rows that are listed, and how many more there are, in words; `limit` 0 for all."""
    listed = rows[: max(limit, ROWS) if limit else None]
    left = len(rows) - len(listed)
    return listed, f"… and {left:,} more (--limit 0 lists all)" if left else ""


def with_colours(line: str) -> str:
    """`line` with the codes of ANSI in the place of marks."""
    return _ANY_MARK.sub("\x1b[\\1m", line)
