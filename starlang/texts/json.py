"""What JSON text is refused for, and where: one function or code a reason.

Runs only when something is wrong, so it reads the text a second time, now with places.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from json import JSONDecodeError, JSONDecoder, dumps, loads
from re import Match

from attrs import frozen
from jiter import from_json

from starlang.diagnostics.model import Diagnostic, Label, named_replacement
from starlang.text import Source, Span, shown_value
from starlang.texts.limits import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DIGITS,
    RESOLVE,
    UnreadableError,
    conflict_marker,
    out_of_range,
    parsed,
)

# Why a JSON text is refused, as a value; and the reasons that lie in its bytes.


@frozen
class Refusal:
    """A JSON text that is not read.

    `span` counts code points of the decoded text and is None where the whole file is
    meant. `first` is the other place where two are involved.
    """

    code: str
    message: str
    hint: str
    span: Span | None = None
    first: Span | None = None

    def diagnostic(self, name: str, data: bytes) -> Diagnostic:
        """The finding about the file `name`, whose bytes are `data`."""
        labels: tuple[Label, ...] = ()
        if self.span is not None:
            source = Source(name, data.decode(errors="replace"))
            labels = (Label(source, self.span),)
            if self.first is not None:
                labels += (Label(source, self.first, "the first one"),)
        edit = None
        if labels:
            edit = named_replacement(labels[0].source, labels[0].span, self.hint)
        return Diagnostic(
            code=self.code,
            message=self.message,
            file=name,
            labels=labels,
            hint=self.hint,
            replacement=edit,
        )


def too_large(limit: int) -> Refusal:
    """More bytes than are read."""
    return Refusal(
        "E501",
        f"the file has more than {limit:,} bytes, and no more are read",
        "keep generated data out of it, or split it",
    )


def empty() -> Refusal:
    """Nothing but white space."""
    return Refusal("E502", "the file is empty", "write a JSON object, or delete the file")


def other_encoding() -> Refusal:
    """UTF-16 or UTF-32."""
    return Refusal("E503", "the file is UTF-16 or UTF-32, not UTF-8", "save it as UTF-8")


def byte_order_mark() -> Refusal:
    """UTF-8 with a mark in front that JSON does not allow."""
    return Refusal(
        "E504",
        "the file starts with a byte order mark, which JSON does not allow",
        "save it as UTF-8 without a byte order mark (BOM)",
        Span(0, 1),
    )


def invalid_utf8(data: bytes, offset: int) -> Refusal:
    """A byte that no UTF-8 text has there; `offset` counts bytes from 0."""
    at = len(data[:offset].decode())
    return Refusal(
        "E505",
        f"byte {offset} (0x{data[offset]:02x}) is not UTF-8",
        "save the file as UTF-8",
        Span(at, at + 1),
    )


# The scanner of the standard library, written in C, with the strict checks riding along.

DUPLICATE = "E511"
NOT_A_NUMBER = "E512"
RANGE = "E513"
DIGITS = "E514"


class StrictError(ValueError):
    """Raised inside the scanner, which tells hooks no offsets; `args[0]` is the code."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise StrictError(DUPLICATE)
    return record


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise StrictError(DIGITS)
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if len(digits) > MAX_DIGITS:
        raise StrictError(DIGITS)
    if out_of_range(digits):
        raise StrictError(RANGE)
    return Decimal(digits)


def _refuse_constant(_name: str) -> object:
    raise StrictError(NOT_A_NUMBER)


SCANNER = JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_decimal,
    parse_int=_integer,
    parse_constant=_refuse_constant,
)


# JSON text cut into tokens, for the paths on which places are asked for.
#
# Linear in the text whatever it holds, because every string token matches: one that
# is never closed runs to the end. On text that is not valid JSON, tokens are as good as the
# text before the first error.

# Possessive: once a piece of a string is read it is never given back, so there is no
# backtracking on a string without an end.
_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_CLOSED = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_TOKEN = re.compile(rf"{_STRING}|[{{}}\[\],:]|[^ \t\r\n\"{{}}\[\],:]++", re.DOTALL)
_BRACKET = re.compile(rf"{_STRING}|[{{}}\[\]]", re.DOTALL)


def tokens(text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """Strings, punctuation, and everything else between white space, from `start` on."""
    return _TOKEN.finditer(text, start)


def brackets(text: str) -> Iterator[re.Match[str]]:
    """Brackets and braces that stand outside strings, and the strings."""
    return _BRACKET.finditer(text)


def is_closed(token: str) -> bool:
    """Whether a string token has its closing quote."""
    return _CLOSED.fullmatch(token) is not None


def token_at(text: str, start: int) -> Span:
    """The first token from `start` on; the end of the text where there is none."""
    found = next(tokens(text, start), None)
    return Span(*found.span()) if found else Span(len(text), len(text))


def keys(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """(number of the object, token) of every key, in the order of the text.

    Objects are numbered from 0 in the order in which they open.
    """
    opened = 0
    stack: list[int] = []  # the number of the object, or -1 for an array
    before = ""
    for token in tokens(text):
        word = token[0]
        if word[0] == '"' and before in {"{", ","} and stack and stack[-1] >= 0:
            yield stack[-1], token
        elif word == "{":
            stack.append(opened)
            opened += 1
        elif word == "[":
            stack.append(-1)
        elif word in {"}", "]"} and stack:
            stack.pop()
        before = word


# What is wrong with text that is not valid JSON: the mistake by name, not the parser's state.
#
# The offset is the scanner's; its words are not used, because they differ between
# versions of Python.

_WHITE = " \t\r\n"
_COMMENTS = ("//", "/*", "#")
_LITERALS = ("true", "false", "null")
_OTHER_LANGUAGES = (
    ("'", "JSON strings are written in double quotes"),
    ("True", "write `true`"),
    ("False", "write `false`"),
    ("None", "write `null`"),
    ("undefined", "write `null`, or leave the key out"),
)
_EXPECTED = {
    "": "a JSON value",
    "{": "a key in double quotes",
    "[": "a value",
    ":": "a value",
    ",": "the next value or key",
}


def syntax(text: str, offset: int, *, complete: bool) -> Refusal:
    """Why the scanner stopped at `offset`; `complete` if a whole value stands before it."""
    at = len(text) - len(text[offset:].lstrip(_WHITE))
    around = next((token for token in tokens(text) if token.end() > offset), None)
    if around and around.start() < at and around[0].startswith('"'):
        return _inside_string(around, offset) if is_closed(around[0]) else _cut_off(text)
    if text.startswith(_COMMENTS, at):
        return _comment(text, at)
    if around and around.start() < offset == at:
        return _malformed(around)
    return _more_text(text, at) if complete else _incomplete(text, at)


def _incomplete(text: str, at: int) -> Refusal:
    """Something other than what stands at `at` would have to follow."""
    if (comma := _trailing_comma(text, at)) is not None:
        return _comma(comma)
    rest = text[at:].rstrip(_WHITE)
    span = token_at(text, at)
    is_open = rest.startswith('"') and not is_closed(text[span.start : span.end])
    if is_open or rest == "-" or any(word.startswith(rest) for word in _LITERALS):
        return _cut_off(text)
    return _unexpected(text, span)


def _inside_string(token: Match[str], offset: int) -> Refusal:
    character = token.string[offset]
    if character < " ":
        words = f"the text holds the character U+{ord(character):04X}, which JSON does not allow"
        hint = r"write it as an escape (`\n`, `\t`, `\u001b`), or close the text before it"
    else:
        words = "the text holds an escape that JSON does not know"
        hint = r"write `\\` for a backslash"
    return Refusal("E506", words, hint, Span(offset, offset + 1))


def _comment(text: str, at: int) -> Refusal:
    line = text[at:].splitlines()[0].rstrip(_WHITE)
    return Refusal("E510", "JSON has no comments", "delete it", Span(at, at + len(line)))


def _more_text(text: str, at: int) -> Refusal:
    return Refusal(
        "E508",
        "more text follows after the end of the JSON value",
        "keep one JSON value in the file",
        token_at(text, at),
    )


def _malformed(word: Match[str]) -> Refusal:
    return Refusal(
        "E506",
        f"{shown_value(word[0])} is not a valid JSON value",
        "write a number without leading zeros and with digits on both sides of the point, "
        "or put a text in double quotes",
        Span(*word.span()),
    )


def _trailing_comma(text: str, at: int) -> int | None:
    """The comma before the bracket at `at`; newer scanners stop at the comma itself."""
    comma = at if text.startswith(",", at) else len(text[:at].rstrip(_WHITE)) - 1
    after = text[comma + 1 :].lstrip(_WHITE)
    return comma if text[comma : comma + 1] == "," and after[:1] in {"}", "]"} else None


def _comma(at: int) -> Refusal:
    return Refusal(
        "E509",
        "JSON allows no comma before a closing bracket",
        "delete the comma",
        Span(at, at + 1),
    )


def _cut_off(text: str) -> Refusal:
    end = len(text.rstrip(_WHITE))
    return Refusal(
        "E507",
        "the file ends in the middle of a value",
        "restore the rest of the file, or close what is open",
        Span(end, end),
    )


def _unexpected(text: str, span: Span) -> Refusal:
    word = text[span.start : span.end]
    before = text[: span.start].rstrip(_WHITE)[-1:]
    expected = _EXPECTED.get(before, "`,`, `:` or a closing bracket")
    hints = (hint for start, hint in _OTHER_LANGUAGES if word.startswith(start))
    return Refusal(
        "E506",
        f"this is not valid JSON: {shown_value(word)} appears where {expected} was expected",
        next(hints, "correct the text here"),
        span,
    )


_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_HIGH, _LOW, _END = 0xD800, 0xDC00, 0xE000


def why(data: bytes, error: Exception | None, limit: int, depth: int) -> Refusal:
    """Why `data` is refused; `error` is what reading it raised, if it was tried."""
    if len(data) > limit:
        return too_large(limit)
    if data.startswith(b"\xef\xbb\xbf"):
        return byte_order_mark()
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in data[:2]:
        return other_encoding()
    if isinstance(error, UnicodeDecodeError):
        return invalid_utf8(data, error.start)
    text = data.decode()
    if not text.strip(" \t\r\n"):
        return empty()
    return too_deep(text, depth) or _in_text(text, error)


def _in_text(text: str, error: Exception | None) -> Refusal:
    match error:
        case JSONDecodeError() if (marker := conflict_marker(text)) is not None:
            return Refusal("E506", "a merge conflict is not resolved here", RESOLVE, marker)
        case JSONDecodeError():
            return syntax(text, error.pos, complete=error.msg.startswith("Extra data"))
        case UnicodeEncodeError():
            return _lone_surrogate(text)
        case StrictError():
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
                f"the key {shown_value(key)} appears twice in the same object",
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
        f"`{found[0]}` is not a valid JSON number",
        "write null, or leave the key out",
        Span(*found.span()),
    )


def _out_of_range(text: str) -> Refusal:
    written = ((span, text[span.start : span.end]) for span in _numbers(text))
    span = next(span for span, digits in written if _is_real(digits) and out_of_range(digits))
    return Refusal(
        RANGE,
        f"the number `{text[span.start : span.end][:_SHOWN]}` is too large, or too close to zero, "
        "for a double",
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


_SHOWN = 40


def _is_real(digits: str) -> bool:
    """Whether the scanner makes a `Decimal` of it, not an integer, whose range has no end."""
    return not digits.lstrip("-").isdigit() and len(digits) <= MAX_DIGITS


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


# JSON text that is not plain, or wrong: read by the standard library, with every check.
#
# `starlang.texts.json` says what is checked. C does the work here, too (see `scanner`).

_BLANKS = " \t\r\n"
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

    return why(data, error, limit, depth)


def _value(text: str, depth: int) -> object:
    """The value that `text` holds. ValueError or RecursionError if it is refused."""
    start = len(text) - len(text.lstrip(_BLANKS))
    value, end = SCANNER.raw_decode(text, start)
    if rest := text[end:].strip(_BLANKS):
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


# The one strict JSON reader.
#
# Stricter than `json.loads` where that would change or hide something: a key that
# stands twice, NaN, a number beyond the range of a double, half a surrogate pair, a
# byte order mark, another encoding. Numbers keep every digit: `int`, or `Decimal` where
# there is a fraction or an exponent.
#
# `jiter` reads what is plain, which nearly every file is. It refuses all of the above but
# numbers beyond the range, and nests deeper: a file that may hold such a thing, and any that
# jiter refuses, is read again by the scanner of the standard library, which decides. What is
# wrong, and where, is found out only when something is.

_FOLDED = bytes.maketrans(b"123456789+-E[", b"00000000000e{")
"""Makes all digits and signs one byte, all brackets that open one, and all exponents one."""

_LONG_EXPONENT = b"0e000"
_LONG_NUMBER = b"0" * 200
"""Without these, no number is more than 199 digits times 10^99."""


def read(data: bytes, limit: int = MAX_BYTES) -> "object | Refusal":
    """The JSON value that `data` holds, or why it is refused. Never raises for any bytes."""
    try:
        return parsed(lambda: _read(data, limit))
    except UnreadableError as error:
        return Refusal("E506", f"this JSON cannot be read: {error}", "simplify it, or report this")


def _read(data: bytes, limit: int) -> "object | Refusal":
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
