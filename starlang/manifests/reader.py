"""The one strict JSON reader.

Stricter than `json.loads` where that would change or hide something: a key that
stands twice, NaN, a number beyond the range of a double, half a surrogate pair, a
byte order mark, another encoding. Numbers keep every digit: `int`, or `Decimal` where
there is a fraction or an exponent.

It is fast because C does the work (see `scanner`); what is wrong, and where, is found
out only when something is.
"""

from json import JSONDecodeError, dumps
from typing import TYPE_CHECKING

from starlang.manifests.scanner import SCANNER

if TYPE_CHECKING:
    from starlang.manifests.refusals import Refusal

MAX_BYTES = 1 << 20
"""Largest JSON text that is read, in bytes."""

MAX_DEPTH = 64
"""How deep objects and arrays may be nested."""

_WHITE = " \t\r\n"
_CONTAINERS = (dict, list)


def read(data: bytes, limit: int = MAX_BYTES) -> "object | Refusal":
    """The JSON value that `data` holds, or why it is refused. Never raises for any bytes."""
    error: Exception | None = None
    if len(data) <= limit:
        try:
            return _value(data.decode())
        except (ValueError, RecursionError) as raised:
            error = raised
    from starlang.manifests.json_faults import why

    return why(data, error, limit, MAX_DEPTH)


def _value(text: str) -> object:
    """The value that `text` holds. ValueError or RecursionError if it is refused."""
    start = 0 if text.startswith("{") else len(text) - len(text.lstrip(_WHITE))
    value, end = SCANNER.raw_decode(text, start)
    if rest := text[end:].strip(_WHITE):
        raise JSONDecodeError("Extra data", text, text.index(rest, end))
    if "\\" in text:  # only an escape makes half a surrogate pair, which has no UTF-8
        dumps(value, ensure_ascii=False, default=str).encode()
    # Fewer brackets than the limit cannot nest deeper than it, and nearly all files have fewer.
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_too_deep(value):
        raise RecursionError
    return value


def _is_too_deep(value: object) -> bool:
    inside = [value]
    for _ in range(MAX_DEPTH):
        inside = [
            member
            for each in inside
            if isinstance(each, _CONTAINERS)
            for member in (each.values() if isinstance(each, dict) else each)
        ]
    return any(isinstance(each, _CONTAINERS) for each in inside)
