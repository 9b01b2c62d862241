"""What JSON text is refused for, and where: one function or code a reason.

Runs only when something is wrong, so it reads the text a second time, now with places.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from json import JSONDecodeError, loads

from starlang.manifests import refusals
from starlang.manifests.json_syntax import syntax
from starlang.manifests.refusals import Refusal
from starlang.manifests.scanner import (
    DIGITS,
    DUPLICATE,
    MAX_DIGITS,
    NOT_A_NUMBER,
    RANGE,
    RefusedError,
    out_of_range,
)
from starlang.manifests.tokens import brackets, keys, tokens
from starlang.manifests.wording import shown
from starlang.text import Span

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_HIGH, _LOW, _END = 0xD800, 0xDC00, 0xE000


def why(data: bytes, error: Exception | None, limit: int, depth: int) -> Refusal:
    """Why `data` is refused; `error` is what reading it raised, if it was tried."""
    if len(data) > limit:
        return refusals.too_large(limit)
    if data.startswith(b"\xef\xbb\xbf"):
        return refusals.byte_order_mark()
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in data[:2]:
        return refusals.other_encoding()
    if isinstance(error, UnicodeDecodeError):
        return refusals.invalid_utf8(data, error.start)
    text = data.decode()
    if not text.strip(" \t\r\n"):
        return refusals.empty()
    return too_deep(text, depth) or _in_text(text, error)


def _in_text(text: str, error: Exception | None) -> Refusal:
    match error:
        case JSONDecodeError():
            return syntax(text, error.pos, complete=error.msg.startswith("Extra data"))
        case UnicodeEncodeError():
            return _lone_surrogate(text)
        case RefusedError():
            return _place(text, error.args[0])
        case _:  # PYTHONINTMAXSTRDIGITS may ask for fewer digits than MAX_DIGITS
            return _place(text, DIGITS)


def _place(text: str, code: str) -> Refusal:
    """Where the scanner met what `code` stands for: the first such place."""
    match code:
        case "E511":
            return _duplicate(text)
        case "E512":
            return _constant(text)
        case "E513":
            return _out_of_range(text)
        case _:
            return _too_long(text)


def _duplicate(text: str) -> Refusal:
    seen: dict[tuple[int, str], Span] = {}
    for number, token in keys(text):
        key, span = loads(token[0]), Span(*token.span())
        if (number, key) in seen:
            return Refusal(
                DUPLICATE,
                f"the key {shown(key)} stands twice in the same object",
                "keep the one that is meant; readers disagree on which one counts",
                span,
                seen[number, key],
            )
        seen[number, key] = span
    raise AssertionError(text)  # the scanner has just seen two


def _constant(text: str) -> Refusal:
    found = next(t for t in tokens(text) if t[0].startswith(("NaN", "Infinity", "-Infinity")))
    return Refusal(
        NOT_A_NUMBER,
        f"`{found[0]}` is no JSON number",
        "write null, or leave the key out",
        Span(*found.span()),
    )


def _out_of_range(text: str) -> Refusal:
    span = next(span for span in _numbers(text) if out_of_range(text[span.start : span.end]))
    return Refusal(
        RANGE,
        f"the number {shown(Decimal(text[span.start : span.end]))} is too large, or too close "
        "to zero, for a double",
        "write a number that other programs can read as well, or a text",
        span,
    )


def _too_long(text: str) -> Refusal:
    return Refusal(
        DIGITS,
        f"the number has more than {MAX_DIGITS:,} characters",
        "shorten it, or write it as a text",
        max(_numbers(text), key=lambda span: span.end - span.start),
    )


def _numbers(text: str) -> Iterator[Span]:
    for token in tokens(text):
        if number := _NUMBER.match(token[0]):
            yield Span(token.start(), token.start() + number.end())


def too_deep(text: str, limit: int) -> Refusal | None:
    """The first bracket that is nested deeper than `limit`, or None where there is none."""
    depth = 0
    for token in brackets(text):
        if token[0] in {"{", "["}:
            depth += 1
            if depth > limit:
                return Refusal(
                    "E516",
                    f"objects and arrays are nested more than {limit} deep here",
                    "flatten the value",
                    Span(*token.span()),
                )
        elif token[0] in {"}", "]"}:
            depth -= 1
    return None


def _lone_surrogate(text: str) -> Refusal:
    r"""A `\ud800` without its other half, in text that is JSON otherwise."""
    open_half: re.Match[str] | None = None
    for escape in _ESCAPE.finditer(text):
        unit = int(escape[1] or "0", 16)
        adjacent = open_half is not None and open_half.end() == escape.start()
        completes = adjacent and _LOW <= unit < _END
        if open_half is not None and not completes:
            break
        if _LOW <= unit < _END and not completes:
            open_half = escape
            break
        open_half = escape if _HIGH <= unit < _LOW else None
    if open_half is None:
        raise AssertionError(text)  # some text in it has just failed to be encoded
    return Refusal(
        "E515",
        f"`{open_half[0]}` is half of a surrogate pair without its other half: no character",
        "write the character itself",
        Span(*open_half.span()),
    )
