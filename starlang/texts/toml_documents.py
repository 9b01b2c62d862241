"""Manifests in TOML: read as JSON has values, and changed by single spans.

Dates and times are read as texts, as ISO 8601 writes them. A value is replaced where it is. One
that is missing is put below the header of its table; where there is none, at the end of the file,
below a header of its own. What comes out is read again, and holds the edit and nothing else.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal

from starlang.text import Span
from starlang.texts.json import (
    DIGITS,
    NOT_A_NUMBER,
    Refusal,
    invalid_utf8,
    other_encoding,
    too_large,
)
from starlang.texts.limits import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_PARTS,
    RESOLVE,
    UnreadableError,
    conflict_marker,
    exact_number,
    long_name,
    parsed,
)
from starlang.texts.pointers import Step, parts_of, resolve
from starlang.texts.rewriting import Rewritten, Value, Write, as_read, same, with_value
from starlang.texts.toml import TomlPlaces, syntax_place

_BITS = 14_000
"""Whole numbers of more bits may have more than `MAX_DIGITS` digits."""


class _RefusedError(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.refusal = refusal


def read_toml(data: bytes, limit: int = MAX_BYTES) -> object | Refusal:
    """The table that a file is, or why it is not read. Never raises, whatever the bytes are."""
    if len(data) > limit:
        return too_large(limit)
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in data[:2]:
        return other_encoding()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return invalid_utf8(data, error.start)
    if text.startswith("\ufeff"):
        message = "the file starts with a byte order mark"
        return Refusal("E504", message, "save it as UTF-8 without one (BOM)", Span(0, 1))
    try:
        return _read(text)
    except _RefusedError as error:
        return error.refusal


def _read(text: str) -> object:
    if (marker := conflict_marker(text)) is not None:
        raise _RefusedError(
            Refusal("E576", "a merge conflict is not resolved here", RESOLVE, marker)
        )
    if (name := long_name(text)) is not None:
        message = f"a name with more than {MAX_PARTS} parts is not read"
        raise _RefusedError(Refusal("E576", message, "shorten it, or put a text in quotes", name))
    try:
        table = parsed(lambda: tomllib.loads(text, parse_float=exact_number))
    except UnreadableError as error:
        words, span = syntax_place(text, error.words)
        message = f"this is not valid TOML: {words}"
        raise _RefusedError(Refusal("E576", message, "correct the text here", span)) from None
    return _plain(table, text, (), 0)


def _plain(value: object, text: str, path: tuple[Step, ...], depth: int) -> object:
    """A value as JSON has it."""
    if depth > MAX_DEPTH:
        message = f"the value is nested more than {MAX_DEPTH} deep"
        raise _RefusedError(Refusal("E516", message, "make the document flatter", _at(text, path)))
    match value:
        case dict():
            return {key: _plain(each, text, (*path, key), depth + 1) for key, each in value.items()}
        case list():
            return [_plain(each, text, (*path, at), depth + 1) for at, each in enumerate(value)]
        case date() | time():  # a date with a time is a date, too
            return value.isoformat()
        case Decimal() if not value.is_finite():
            message = f"`{value}` is not a number that JSON has"
            hint = "leave the key out"
            raise _RefusedError(Refusal(NOT_A_NUMBER, message, hint, _at(text, path)))
        case int() if value.bit_length() > _BITS:
            message = f"the number has more than {MAX_DIGITS:,} characters"
            hint = "shorten it, or write it as a text"
            raise _RefusedError(Refusal(DIGITS, message, hint, _at(text, path)))
        case _:
            return value


def _at(text: str, path: tuple[Step, ...]) -> Span:
    return TomlPlaces(text).value(path)


def locate_toml(text: str, steps: Sequence[Step]) -> tuple[Span, Span]:
    """The places of the (key, value) at `steps`, or of the nearest table around them."""
    places = TomlPlaces(text)
    return places.key(tuple(steps)), places.value(tuple(steps))


# Writing.


def rewrite_toml(data: bytes, writes: Sequence[Write]) -> Rewritten | Refusal:
    """`data` with each of `writes` made, or why it is refused."""
    value = read_toml(data)
    for write in writes:
        if isinstance(value, Refusal):
            return value
        wanted = with_value(value, write.pointer, as_read(write.value))
        for text in _candidates(data.decode(), value, write):
            found = read_toml(text.encode())
            if same(_sorted(found), _sorted(wanted)):
                data, value = text.encode(), found
                break
        else:
            return _unwritable(write.pointer)
    return value if isinstance(value, Refusal) else Rewritten(data, value)


def _sorted(value: object) -> object:
    """A value whose objects have their keys in order: where a new key comes does not matter."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _candidates(text: str, document: object, write: Write) -> Iterator[str]:
    """Texts that may hold the edit, the plainest first; only one that does is taken."""
    if write.value is None:  # TOML has no null
        return
    parts = parts_of(write.pointer)
    steps = _steps(document, parts)
    new = _spelt(write.value)
    if steps is not None:
        span = TomlPlaces(text).value(steps)
        yield f"{text[: span.start]}{_alike(new, text[span.start])}{text[span.end :]}"
        return
    line_end = "\r\n" if "\r\n" in text else "\n"
    headers = _headers(text)
    *table, last = parts
    entry = f"{_key(last)} = {new}{line_end}"
    if not table:
        start = _first_entry(text)
        yield f"{text[:start]}{entry}{text[start:]}"
        return
    if tuple(table) in headers:
        yield _below(text, headers[tuple(table)], entry, line_end)
    gap = "" if text.endswith("\n") or not text else line_end
    blank = line_end if text.strip() else ""
    yield f"{text}{gap}{blank}[{'.'.join(map(_key, table))}]{line_end}{entry}"
    for depth in range(len(table) - 1, 0, -1):
        if (above := tuple(table[:depth])) in headers:
            dotted = ".".join(map(_key, parts[depth:-1]))
            yield _below(text, headers[above], f"{dotted}.{entry}", line_end)


def _steps(document: object, parts: Sequence[str]) -> tuple[Step, ...] | None:
    return next((steps for steps, _ in resolve(document, parts)), None)


_HEADER = re.compile(r"^[ \t]*(\[[^\[\]\n]+\])[ \t]*(?:#[^\n]*)?\r?$", re.MULTILINE)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BEFORE_ENTRIES = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*")


def _headers(text: str) -> dict[tuple[str, ...], Span]:
    """Each `[a.b]` on a line of its own; what only looks like one gives no valid edit."""
    found = {}
    for header in _HEADER.finditer(text):
        try:
            table: object = tomllib.loads(header[1])
        except tomllib.TOMLDecodeError:
            continue
        path: list[str] = []
        while isinstance(table, dict) and table:
            ((name, table),) = table.items()
            path.append(name)
        found[tuple(path)] = Span(*header.span())
    return found


def _first_entry(text: str) -> int:
    """Where the first line is that is neither blank nor a comment."""
    found = _BEFORE_ENTRIES.match(text)
    return found.end() if found else 0


def _below(text: str, header: Span, entry: str, line_end: str) -> str:
    at = text.find("\n", header.start) + 1
    if at:
        return f"{text[:at]}{entry}{text[at:]}"
    return f"{text}{line_end}{entry}"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _spelt(name)


def _spelt(value: Value) -> str:
    return _dumped(value)


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f")


def _alike(new: str, quote: str) -> str:
    """A new text in the quotes of the old one, if it can be."""
    is_plain = new.startswith('"') and "\\" not in new and "'" not in new
    return f"'{new[1:-1]}'" if quote == "'" and is_plain else new


def without_toml(data: bytes, pointers: Sequence[str]) -> str | None:
    """The text without the values at `pointers`, their keys, and headers of nothing else.

    White space at the end does not count.
    """
    text = data.decode(errors="replace")
    for pointer in pointers:
        document = read_toml(text.encode())
        if isinstance(document, Refusal):
            return None
        steps = _steps(document, parts_of(pointer))
        if steps is not None:
            key, value = locate_toml(text, steps)
            text = _cut(text, key.start, value.end)
        text = _without_empty(text, tuple(parts_of(pointer)[:-1]))
    return text.rstrip()


def _cut(text: str, start: int, end: int) -> str:
    """The text without a span, and without its line if nothing else is there."""
    line, rest = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    rest = len(text) if rest == -1 else rest + 1
    if not text[line:start].strip() and not text[end:rest].strip():
        return text[:line] + text[rest:]
    return text[:start] + text[end:]


_NEXT_HEADER = re.compile(r"\s*(?:\[|\Z)")


def _without_empty(text: str, table: tuple[str, ...]) -> str:
    """The text without the header of `table`, if nothing is below it, and blank lines before it."""
    header = _headers(text).get(table)
    if header is None or not _NEXT_HEADER.match(text, header.end):
        return text
    rest = text[header.end :].lstrip()
    before = text[: header.start].rstrip()
    return f"{before}\n\n{rest}" if rest else before


def _unwritable(pointer: str) -> Refusal:
    return Refusal(
        "E575",
        f"a run cannot write `{pointer}` in this TOML without changing more than the star",
        "write the value by hand once, on a line of its own below the header of its table; "
        "a `sidecar` in `[stars]` of the profile keeps stars out of manifests",
    )


# New documents.

_ONE_LINE = 80
"""Characters of the longest array on one line."""


def new_toml(document: Mapping[str, object]) -> str:
    """A document in tables, the values of each before the tables below it."""
    return "\n".join(_table(document, ())).lstrip("\n") + "\n"


def _table(value: Mapping[str, object], path: tuple[str, ...]) -> Iterator[str]:
    for key, each in value.items():
        if not isinstance(each, dict):
            yield f"{_key(key)} = {_inline(each)}"
    for key, each in value.items():
        if isinstance(each, dict):
            below = (*path, key)
            yield f"\n[{'.'.join(map(_key, below))}]"
            yield from _table(each, below)


def _inline(value: object) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(key)} = {_inline(each)}" for key, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if not isinstance(value, list):
        return _dumped(value)
    items = list(map(_inline, value))
    line = f"[{', '.join(items)}]"
    return line if len(line) <= _ONE_LINE else "".join(["[\n", *(f"  {i},\n" for i in items), "]"])
