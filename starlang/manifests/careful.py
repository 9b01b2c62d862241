"""JSON text that is not plain, or wrong: read by the standard library, with every check.

`starlang.manifests.reader` says what is checked. C does the work here, too (see `scanner`).
"""

from json import JSONDecodeError, dumps
from typing import TYPE_CHECKING

from starlang.manifests.scanner import SCANNER

if TYPE_CHECKING:
    from starlang.manifests.refusals import Refusal

_WHITE = " \t\r\n"
_CONTAINERS = (dict, list)


def read_carefully(data: bytes, limit: int, depth: int) -> "object | Refusal":
    """The value that `data` holds, or why it is refused.

    `limit` is in bytes; `depth` is how deep objects and arrays may be nested.
    """
    error: Exception | None = None
    if len(data) <= limit:
        try:
            return _value(data.decode(), depth)
        except (ValueError, RecursionError) as raised:
            error = raised
    from starlang.manifests.json_faults import why

    return why(data, error, limit, depth)


def _value(text: str, depth: int) -> object:
    """The value that `text` holds. ValueError or RecursionError if it is refused."""
    start = len(text) - len(text.lstrip(_WHITE))
    value, end = SCANNER.raw_decode(text, start)
    if rest := text[end:].strip(_WHITE):
        raise JSONDecodeError("Extra data", text, text.index(rest, end))
    if "\\" in text:  # only an escape makes half a surrogate pair, which has no UTF-8
        dumps(value, ensure_ascii=False, default=str).encode()
    if _is_deeper(value, depth):
        raise RecursionError
    return value


def _is_deeper(value: object, depth: int) -> bool:
    inside = [value]
    for _ in range(depth):
        inside = [
            member
            for each in inside
            if isinstance(each, _CONTAINERS)
            for member in (each.values() if isinstance(each, dict) else each)
        ]
    return any(isinstance(each, _CONTAINERS) for each in inside)
