"""The one strict JSON reader.

Stricter than `json.loads` where that would change or hide something: a key that
stands twice, NaN, a number beyond the range of a double, half a surrogate pair, a
byte order mark, another encoding. Numbers keep every digit: `int`, or `Decimal` where
there is a fraction or an exponent.

`jiter` reads what is plain, which nearly every file is. It refuses all of the above but
numbers beyond the range, and nests deeper: a file that may hold such a thing, and any that
jiter refuses, is read again by the scanner of the standard library, which decides. What is
wrong, and where, is found out only when something is.
"""

from typing import TYPE_CHECKING

from jiter import from_json

if TYPE_CHECKING:
    from starlang.manifests.refusals import Refusal

MAX_BYTES = 1 << 20
"""Largest JSON text that is read, in bytes."""

MAX_DEPTH = 64
"""How deep objects and arrays may be nested."""

_FOLDED = bytes.maketrans(b"123456789+-E[", b"00000000000e{")
"""Makes all digits and signs one byte, all brackets that open one, and all exponents one."""

_LONG_EXPONENT = b"0e000"
_LONG_NUMBER = b"0" * 200
"""Without these, no number is more than 199 digits times 10^99."""


def read(data: bytes, limit: int = MAX_BYTES) -> "object | Refusal":
    """The JSON value that `data` holds, or why it is refused. Never raises for any bytes."""
    if len(data) <= limit and _is_plain(data):
        try:
            value: object = from_json(
                data,
                allow_inf_nan=False,
                cache_mode="all",
                catch_duplicate_keys=True,
                float_mode="decimal",
            )
        except ValueError:
            pass
        else:
            return value
    from starlang.manifests.careful import read_carefully

    return read_carefully(data, limit, MAX_DEPTH)


def _is_plain(data: bytes) -> bool:
    """Whether nothing in `data` can nest too deep, or be a number beyond the range of a double.

    Text in quotes may look like it; then it is not plain.
    """
    folded = data.translate(_FOLDED)
    # Fewer brackets than the limit cannot nest deeper than it.
    return (
        folded.count(b"{") <= MAX_DEPTH
        and _LONG_EXPONENT not in folded
        and _LONG_NUMBER not in folded
    )
