"""Changing single values in the text of a manifest; every other byte stays as it was.

A value that is there is replaced where it stands. One that is missing is put at the end
of its object, laid out as the file lays out its members. New text is raw UTF-8, unless
the file writes what is not ASCII as escapes.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from json import dumps
from typing import NamedTuple

from starlang.text import Span
from starlang.texts.json import Refusal, read, tokens
from starlang.texts.limits import MAX_BYTES
from starlang.texts.pointers import Step, is_index, locate, locate_entry, parts_of

# What a manifest would say after an edit, to ask the schema about it beforehand.


def value_at(document: object, pointer: str) -> object:
    """The value at `pointer` (without `*`), or None where there is none."""
    value = document
    for part in parts_of(pointer):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and is_index(part) and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def with_value(document: object, pointer: str, value: object) -> object:
    """`document` with `value` at `pointer`; objects that are missing on the way are made.

    The original is not changed; what lies beside the way is shared.
    """
    return _with(document, parts_of(pointer), value)


def _with(document: object, parts: Sequence[str], value: object) -> object:
    if not parts:
        return value
    first, *rest = parts
    if isinstance(document, list) and is_index(first) and int(first) < len(document):
        items = list(document)
        items[int(first)] = _with(items[int(first)], rest, value)
        return items
    members = dict(document) if isinstance(document, dict) else {}
    members[first] = _with(members.get(first), rest, value)
    return members


Meant = Callable[[object], bool]
"""Which document of a file is the manifest."""

Value = str | float | list[str] | None
"""What an edit writes: a label, a confidence, or a list of labels."""


class Write(NamedTuple):
    """One value to be written: where (a JSON pointer), and what."""

    pointer: str
    value: Value


class Rewritten(NamedTuple):
    """A manifest with some values written: its bytes, and the document that they hold."""

    data: bytes
    document: object


def rewrite(data: bytes, writes: Sequence[Write]) -> Rewritten | Refusal:
    """`data` with each of `writes` made, or why it is refused. Equal values change nothing.

    What comes out is read again, and holds what was to be written and nothing else.
    """
    before = read(data)
    if isinstance(before, Refusal):
        return before
    text, wanted = data.decode(), before
    for pointer, value in writes:
        steps = _steps(wanted, pointer)
        wanted = with_value(wanted, pointer, as_read(value))
        text = _written(text, steps, value)
    after = text.encode()
    found = read(after)
    if isinstance(found, Refusal) or not same(found, wanted):
        return spoilt(found)
    return Rewritten(after, found) if len(after) <= MAX_BYTES else spoilt(found)


def without(data: bytes, pointers: Sequence[str]) -> str | None:
    """The text of a manifest with all that the values at `pointers` take up cut out.

    With a value go its key, the comma before or after it and the white space between them;
    an object that holds nothing else goes, too. None if `data` is not a manifest.

    Two manifests that differ only in these values, there or not, have the same rest.
    """
    if isinstance(read(data), Refusal):
        return None
    text = data.decode()
    for pointer in pointers:
        text = _cut(text, parts_of(pointer))
    return _BLANK_OBJECT.sub(r"\1{}\2", text)


_BLANK_OBJECT = re.compile(r"\A([ \t\r\n]*)\{[ \t\r\n]*\}([ \t\r\n]*)\Z")
"""A manifest that says nothing: the blank between its braces goes with the first value."""


def _steps(document: object, pointer: str) -> list[Step]:
    steps: list[Step] = []
    for part in parts_of(pointer):
        is_array = isinstance(document, list) and is_index(part)
        step: Step = int(part) if is_array else part
        steps.append(step)
        if isinstance(document, list) and isinstance(step, int):
            document = document[step] if step < len(document) else None
        else:
            document = document.get(part) if isinstance(document, dict) else None
    return steps


def as_read(value: Value) -> object:
    """A value as reading it gives it back."""
    return Decimal(dumps(value)) if isinstance(value, float) else value


def same(one: object, other: object) -> bool:
    """Equality under which 1, 1.0 and true differ where JSON writes them differently."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def spoilt(found: object) -> Refusal:
    """What came out of an edit is not what was to be written."""
    words = f": {found.message}" if isinstance(found, Refusal) else ""
    return Refusal(
        "E920",
        f"the manifest would not hold what the plan says after the edit{words}",
        "report it with the manifest; nothing was written",
    )


def _written(text: str, steps: Sequence[Step], value: Value) -> str:
    style = _Style(text)
    for depth in range(len(steps), -1, -1):
        span = locate(text, steps[:depth])
        if span is None:
            continue
        old = text[span.start : span.end]
        missing = steps[depth:]
        if missing and old.startswith("{"):
            return style.with_member(span, missing, value)
        new = style.dumped(_nested(missing, value), style.margin(span.start), old)
        return text if old == new else f"{text[: span.start]}{new}{text[span.end :]}"
    return text


def _nested(steps: Sequence[Step], value: Value) -> object:
    nested: object = value
    for step in reversed(steps):
        nested = {str(step): nested}
    return nested


_INDENT = re.compile(r"[{\[](\r?\n)([ \t]+)")
_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\u(?!00[0-7])[0-9a-fA-F]{4}")
_BLANK = re.compile(r"[ \t\r\n]*+")
_WHITE = " \t\r\n"


class _Style:
    """How a file is laid out: its line ends, its indentation, its separators, its escapes."""

    def __init__(self, text: str) -> None:
        self._text = text
        first = _INDENT.search(text)
        self._line_end, self._unit = (first[1], first[2]) if first else ("", "")
        self._is_ascii = _ESCAPE.search(text) is not None
        self._comma, self._colon = ", ", ": "
        self._lists_are_broken = bool(self._line_end)
        self._look(text)

    def _look(self, text: str) -> None:
        """The first colon, the first comma inside a line, and the first list with an item."""
        awaited = {":", ",", "["}
        for token in tokens(text):
            word = token[0]
            if word not in awaited:
                continue
            gap = _gap(text, token.end())
            if word == ":":
                before = text[: token.start()]
                self._colon = f"{before[len(before.rstrip(_WHITE)) :]}:{gap}"
            elif word == "," and "\n" not in gap:
                self._comma = f",{gap}"
            elif word == "[" and text[token.end() + len(gap)] != "]":
                self._lists_are_broken = "\n" in gap
            else:
                continue
            awaited.remove(word)
            if not awaited:
                return

    def dumped(self, value: object, margin: str, old: str = "") -> str:
        """`value` as JSON; `margin` is the white space that its own line begins with.

        A list that replaces one stands on as many lines as that did: on one, or one an item.
        """
        match value:
            case dict():
                members = [f"{self._word(k)}{self._colon}" for k in value]
                inner = margin + self._unit
                texts = [self.dumped(each, inner) for each in value.values()]
                pairs = [f"{key}{text}" for key, text in zip(members, texts, strict=True)]
                return self._bracketed("{}", pairs, margin, broken=bool(self._line_end))
            case list():
                items = [self.dumped(each, margin) for each in value]
                return self._bracketed("[]", items, margin, broken=self._is_broken(old))
            case _:
                return self._word(value)

    def with_member(self, span: Span, steps: Sequence[Step], value: Value) -> str:
        """The text with one more member, at the end of the object at `span`."""
        text, (start, end) = self._text, (span.start, span.end)
        margin = self.margin(start)
        gap = _gap(text, start + 1)
        if start + 1 + len(gap) == end - 1:
            return f"{text[:start]}{self.dumped(_nested(steps, value), margin)}{text[end:]}"
        is_broken = "\n" in gap
        body = text[: end - 1].rstrip(_WHITE)
        own_margin = gap.rpartition("\n")[2] if is_broken else margin
        dumped = self.dumped(_nested(steps[1:], value), own_margin)
        separator = f",{_last_line(gap)}" if is_broken else self._comma
        member = f"{separator}{self._word(str(steps[0]))}{self._colon}{dumped}"
        return f"{body}{member}{text[len(body) :]}"

    def margin(self, at: int) -> str:
        """The white space at the start of the line of `at`."""
        return _gap(self._text, self._text.rfind("\n", 0, at) + 1)

    def _word(self, value: object) -> str:
        return dumps(value, ensure_ascii=self._is_ascii)

    def _is_broken(self, old: str) -> bool:
        """Whether a list has a line an item: as `old`, or else as the first list with an item."""
        is_list = old.startswith("[") and len(old) > len(_gap(old, 1)) + len("[]")
        return "\n" in old if is_list else self._lists_are_broken

    def _bracketed(self, pair: str, items: Sequence[str], margin: str, *, broken: bool) -> str:
        if not items or not broken:
            return f"{pair[0]}{self._comma.join(items)}{pair[1]}"
        inner = f"{self._line_end}{margin}{self._unit}"
        return f"{pair[0]}{inner}{f',{inner}'.join(items)}{self._line_end}{margin}{pair[1]}"


def _gap(text: str, at: int) -> str:
    """The white space that starts at `at`."""
    found = _BLANK.match(text, at)
    return found[0] if found else ""


def _last_line(gap: str) -> str:
    """The last line end of some white space, and what follows it."""
    at = gap.rindex("\n")
    return gap[at - gap[:at].endswith("\r") :]


def _cut(text: str, parts: Sequence[str]) -> str:
    """The text without the member that `parts` lead to, and objects that held only it."""
    entry = locate_entry(text, list(parts))
    if entry is None:
        return _cut_empty(text, parts[:-1])
    start, end = entry[0].start, entry[1].end
    before, after = text[:start].rstrip(_WHITE), text[end:].lstrip(_WHITE)
    if before.endswith("{") and after.startswith("}"):
        rest = f"{before}{after}"
        return _cut(rest, parts[:-1]) if len(parts) > 1 else rest
    if before.endswith(","):
        return f"{before[:-1]}{text[end:]}"
    return f"{text[:start]}{after[1:].lstrip(_WHITE)}"


def _cut_empty(text: str, parts: Sequence[str]) -> str:
    """The text without the nearest of `parts` that is there, if it is null or `{}`."""
    while parts:
        value = locate(text, list(parts))
        if value is not None:
            old = "".join(text[value.start : value.end].split())
            return _cut(text, parts) if old in {"null", "{}"} else text
        parts = parts[:-1]
    return text
