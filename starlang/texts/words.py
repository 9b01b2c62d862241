"""JSON values as words in a message: short, on one line, nothing invisible."""

from decimal import Decimal
from json import dumps

MAX_SHOWN = 60
"""Longest value in characters that a message repeats in full."""


def shown(value: object) -> str:
    """A string, number, true, false or null as JSON; an object or array by its kind."""
    match value:
        case str():
            text = dumps(_printable(value), ensure_ascii=False)
            return text if len(text) <= MAX_SHOWN else f'{text[: MAX_SHOWN - 2]}…"'
        case bool() | None:
            return dumps(value)
        case int() | Decimal():
            text = str(value)
            return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
        case _:
            return kind(value)


def kind(value: object) -> str:
    """What a JSON value is, with its article."""
    match value:
        case str():
            return "a text"
        case bool():
            return "true or false"
        case None:
            return "null"
        case dict():
            return "an object"
        case list():
            return "an array"
        case _:
            return "a number"


def _printable(text: str) -> str:
    """`text` with what a terminal would obey or swallow written as an escape."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:MAX_SHOWN]
    )
