"""The one strict JSON reader.

Stricter than `json.loads` where that would change or hide something: a key that
stands twice, NaN, a number beyond the range of a double, half a surrogate pair, a
byte order mark, another encoding. Numbers keep every digit: `int`, or `Decimal` where
there is a fraction or an exponent.

It is fast because the scanner of the standard library, written in C, does the work and
the checks ride along; where something is wrong is found out only when something is.
"""

from decimal import Decimal
from json import JSONDecodeError, JSONDecoder

from starlang.manifests import json_faults, refusals
from starlang.manifests.json_faults import MAX_DIGITS, out_of_range
from starlang.manifests.json_syntax import syntax
from starlang.manifests.refusals import Refusal

MAX_BYTES = 1 << 20
"""Largest JSON text that is read, in bytes."""

MAX_DEPTH = 64
"""How deep objects and arrays may be nested."""


class _RefusedError(Exception):
    """Raised inside the C scanner, which knows no offsets; `args[0]` is the code."""


def read(data: bytes, limit: int = MAX_BYTES) -> object | Refusal:
    """The JSON value that `data` holds, or why it is refused. Never raises for any bytes."""
    text = text_of(data, limit)
    if isinstance(text, Refusal):
        return text
    # Fewer brackets than the limit cannot nest deeper than it, and nearly all files have fewer.
    if text.count("{") + text.count("[") > MAX_DEPTH and (
        refusal := json_faults.too_deep(text, MAX_DEPTH)
    ):
        return refusal
    try:
        value: object = _DECODER.decode(text)
    except JSONDecodeError as error:
        return syntax(text, error.pos, complete=error.msg.startswith("Extra data"))
    except _RefusedError as error:
        return json_faults.place(text, error.args[0])
    except ValueError:  # PYTHONINTMAXSTRDIGITS may ask for fewer digits than MAX_DIGITS
        return json_faults.place(text, json_faults.DIGITS)
    return json_faults.lone_surrogate(text) or value if "\\u" in text else value


def text_of(data: bytes, limit: int = MAX_BYTES) -> str | Refusal:
    """The text of `data`, or why it is none."""
    if len(data) > limit:
        return refusals.too_large(limit)
    if data.startswith(b"\xef\xbb\xbf"):
        return refusals.byte_order_mark()
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in data[:2]:
        return refusals.other_encoding()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return refusals.invalid_utf8(data, error.start)
    return text if text.strip(" \t\r\n") else refusals.empty()


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise _RefusedError(json_faults.DUPLICATE)
    return record


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _RefusedError(json_faults.DIGITS)
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if len(digits) > MAX_DIGITS:
        raise _RefusedError(json_faults.DIGITS)
    if out_of_range(digits):
        raise _RefusedError(json_faults.RANGE)
    return Decimal(digits)


def _constant(_name: str) -> object:
    raise _RefusedError(json_faults.NOT_A_NUMBER)


_DECODER = JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_decimal,
    parse_int=_integer,
    parse_constant=_constant,
)
