"""What a word looks like on a terminal: the colour adds to it, it never replaces it."""

from starlang.engine.decisions import Outcome
from starlang.plan.model import MISSED

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
    """`text` in ANSI colours.

    `what`: as in `starlang.explain.words.Paint`, the state of a step, or the verdict of a check.
    """
    code = _STYLES.get(what)
    return text if code is None else f"\x1b[{code}m{text}\x1b[0m"
