"""TOML files of the project, read into typed values with all mistakes at once.

A `Table` is asked for the keys that it may have. What it was never asked for is an
unknown key, so a reader cannot forget to refuse one.
"""

import re
import tomllib
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from starlang.diagnostics.model import Diagnostic, at
from starlang.text import Source, Span, did_you_mean, shown_value
from starlang.texts.limits import (
    MAX_PARTS,
    RESOLVE,
    UnreadableError,
    conflict_marker,
    exact_number,
    long_name,
    parsed,
)

# Where the keys and values of a TOML document stand; `tomllib` gives values only.
#
# Reads text that `tomllib` has accepted, so it checks nothing. Runs only when a finding
# needs a place.

Path = tuple[str | int, ...]
"""Keys, and indexes into arrays, from the root of the document."""

_TOKEN = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}'''
    r"""|'''(?:[^']|'{1,2}(?!'))*+'{3,5}"""
    r'''|"(?:[^"\\\n]|\\.)*+"'''
    r"""|'[^'\n]*'"""
    r"""|\#[^\n]*|\n|[\[\]{}=,.]|[^\s\[\]{}=,.\#"']+""",
    re.DOTALL,
)


class TomlPlaces:
    """The places of one document."""

    def __init__(self, text: str) -> None:
        self._tokens = [t for t in _TOKEN.finditer(text) if not t[0].startswith("#")]
        self._at = 0
        self._keys: dict[Path, Span] = {}
        self._values: dict[Path, Span] = {}
        self._counts: dict[Path, int] = {}
        self._document()

    def key(self, path: Path) -> Span:
        """The key that introduces the value at `path`, or the nearest one around it."""
        while path and path not in self._keys:
            path = path[:-1]
        return self._keys.get(path, Span(0, 0))

    def value(self, path: Path) -> Span:
        """The value at `path`; where it has no place of its own, what it stands in."""
        while path and path not in self._values and path not in self._keys:
            path = path[:-1]
        return self._values.get(path) or self.key(path)

    def _document(self) -> None:
        table: Path = ()
        while self._at < len(self._tokens):
            match self._word():
                case "\n":
                    self._at += 1
                case "[":
                    table = self._header()
                case _:
                    self._entry(table)

    def _word(self) -> str:
        """The next token, "" at the end."""
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _header(self) -> Path:
        """`[a.b]` or `[[a.b]]`; tables beneath an array of tables belong to its last element."""
        self._at += 1
        is_array = self._word() == "["
        self._at += is_array
        parts, span = self._dotted()
        self._at += 1 + is_array
        path: Path = ()
        for part in parts[:-1]:
            path = self._last((*path, part))
            self._keys.setdefault(path, span)
        path = (*path, parts[-1])
        self._keys.setdefault(path, span)
        if is_array:
            self._counts[path] = self._counts.get(path, -1) + 1
            path = self._last(path)
            self._keys[path] = span
        return path

    def _last(self, path: Path) -> Path:
        return (*path, self._counts[path]) if path in self._counts else path

    def _entry(self, table: Path) -> None:
        """`a.b = value`"""
        parts, span = self._dotted()
        self._at += 1  # the equals sign
        path = table
        for part in parts:
            path = (*path, part)
            self._keys.setdefault(path, span)
        self._value(path)

    def _dotted(self) -> tuple[list[str], Span]:
        start = self._tokens[self._at].start()
        parts = [_decoded(self._word())]
        self._at += 1
        while self._word() == ".":
            parts.append(_decoded(self._tokens[self._at + 1][0]))
            self._at += 2
        return parts, Span(start, self._tokens[self._at - 1].end())

    def _value(self, path: Path) -> None:
        start = self._tokens[self._at].start()
        match self._word():
            case "[":
                self._members(path, "]")
            case "{":
                self._members(path, "}")
            case _:
                while self._word() not in {"", "\n", ",", "]", "}"}:
                    self._at += 1
        self._values[path] = Span(start, self._tokens[self._at - 1].end())

    def _members(self, path: Path, closing: str) -> None:
        """The elements of an array, or the entries of an inline table."""
        self._at += 1
        index = 0
        while (word := self._word()) != closing:
            if word in {"\n", ","}:
                self._at += 1
            elif closing == "]":
                self._value((*path, index))
                index += 1
            else:
                self._entry(path)
        self._at += 1


def _decoded(key: str) -> str:
    if not key.startswith(('"', "'")):
        return key
    return str(tomllib.loads(f"key = {key}")["key"])


_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BITS = 1 << 12
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def syntax_place(text: str, words: str) -> tuple[str, Span]:
    """What tomllib says, without the line and the column at its end, and that place."""
    place = _AT.search(words)
    start = end = len(text)
    if place and place[1]:
        lines = text.split("\n")[: int(place[1]) - 1]
        start = min(sum(len(line) + 1 for line in lines) + int(place[2]) - 1, end)
    return words[: place.start()] if place else words, Span(start, min(start + 1, end))


class TomlFile:
    """One file while it is read; `problems` grows."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Diagnostic] = []
        self._tables: list[TomlTable] = []

    @cached_property
    def places(self) -> "TomlPlaces":
        """The places of keys and values; the text is TOML."""
        return TomlPlaces(self.source.text)

    def root(self) -> "TomlTable | None":
        """The whole document, or None where it is not valid TOML."""
        text = self.source.text
        if (marker := conflict_marker(text)) is not None:
            self.report(marker, "E701", "a merge conflict is not resolved here", RESOLVE)
        elif (name := long_name(text)) is not None:
            message = f"a name with more than {MAX_PARTS} parts is not read"
            self.report(name, "E701", message, "shorten it, or put a text in quotes")
        else:
            try:
                return self.table(parsed(self._parsed), ())
            except UnreadableError as error:
                self._syntax(error.words)
        return None

    def _parsed(self) -> dict[str, object]:
        return tomllib.loads(self.source.text, parse_float=exact_number)

    def table(self, value: dict[str, object], path: "Path") -> "TomlTable":
        """The table at `path`."""
        self._tables.append(TomlTable(self, value, path))
        return self._tables[-1]

    def report(
        self,
        span: Span,
        code: str,
        message: str,
        hint: str = "",
        choices: Iterable[str] = (),
    ) -> None:
        """Adds a finding about `span`; `choices` are the texts that may be written there."""
        quoted = (f'"{each}"' for each in choices)
        self.problems.append(at(self.source, span, code, message, hint=hint, choices=quoted))

    def close(self) -> None:
        """Reports every key that nobody asked for."""
        for table in self._tables:
            table.close()

    def _syntax(self, words: str) -> None:
        """`words` of tomllib end with a line and a column."""
        found, span = syntax_place(self.source.text, words)
        message = f"this is not valid TOML: {found}"
        self.report(span, "E701", message, "correct the text here")


_SUGGESTIONS = 1_000
"""Findings of a file up to which a key that is unknown is compared with those that are known."""


class TomlTable:
    """A table of a TOML file; what is of a wrong type is reported and counts as absent."""

    def __init__(self, file: TomlFile, value: dict[str, object], path: "Path") -> None:
        self.file = file
        self._value = value
        self._path = path
        self._asked: dict[str, None] = {}
        self.mistaken: set[str] = set()
        """Keys whose values are of a wrong type, which is reported already."""

    @property
    def span(self) -> Span:
        """The header or key of the table."""
        return self.file.places.key(self._path)

    def key_span(self, key: str) -> Span:
        """Where `key` stands."""
        return self.file.places.key((*self._path, key))

    def value_span(self, key: str, *below: str | int) -> Span:
        """Where the value of `key`, or one inside it, stands."""
        return self.file.places.value((*self._path, key, *below))

    def keys(self) -> tuple[str, ...]:
        """The keys that are there, in the order of the file."""
        return tuple(self._value)

    def is_table(self, key: str) -> bool:
        """Whether a table is at `key`, for keys that may also have a plain value."""
        return isinstance(self._value.get(key), dict)

    def text(self, key: str) -> str | None:
        """The string at `key`."""
        value = self._ask(key, "a string", lambda value: isinstance(value, str))
        return value if isinstance(value, str) else None

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false at `key`."""
        value = self._ask(key, "true or false", lambda value: isinstance(value, bool))
        return value if isinstance(value, bool) else default

    def number(self, key: str) -> Decimal | None:
        """The number at `key`."""
        value = self._ask(key, "a number", _is_number)
        return Decimal(value) if isinstance(value, int | Decimal) else None

    def day(self, key: str) -> date | None:
        """The day at `key`: a TOML date, or a string `YYYY-MM-DD`."""
        value = self._ask(key, "a day (`2027-03-01`)", lambda value: _day(value) is not None)
        return _day(value)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """The strings at `key`: an array of them, or a single one."""
        value = self._ask(key, "a string or an array of strings", _are_texts)
        if isinstance(value, list):
            return tuple(value)
        return (value,) if isinstance(value, str) else None

    def plain(self, key: str) -> object:
        """Whatever is at `key`."""
        return self._ask(key, "a value", lambda _value: True)

    def table(self, key: str) -> "TomlTable":
        """The table at `key`, an empty one where there is none."""
        value = self._ask(key, "a table", lambda value: isinstance(value, dict))
        return self.file.table(value if isinstance(value, dict) else {}, (*self._path, key))

    def tables(self, key: str) -> tuple["TomlTable", ...]:
        """The array of tables at `key`."""
        value = self._ask(key, "an array of tables (`[[…]]`)", _are_tables)
        listed = value if isinstance(value, list) else []
        return tuple(
            self.file.table(one, (*self._path, key, index)) for index, one in enumerate(listed)
        )

    def close(self) -> None:
        """Reports the keys that were not asked for."""
        for key in self._value:
            if key not in self._asked:
                is_early = len(self.file.problems) < _SUGGESTIONS
                near = did_you_mean(key, self._asked) if is_early else ""
                hint = near or f"known here: {', '.join(self._asked)}"
                message = f"there is no setting {shown_value(key)} here"
                self.file.report(self.key_span(key), "E702", message, hint)

    def _ask(self, key: str, wanted: str, fits: Callable[[object], bool]) -> object:
        self._asked[key] = None
        value = self._value.get(key)
        if value is None or fits(value):
            return value
        self.mistaken.add(key)
        span = self.value_span(key)
        self.file.report(span, "E703", f"`{key}` is not {wanted}", f"write {wanted}")
        return None


def _is_number(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    # `0xfff…` has no limit of digits, and could not be written in decimal ones.
    return isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < _BITS


def _day(value: object) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:  # such as February 30
        return None


def _are_texts(value: object) -> bool:
    listed = value if isinstance(value, list) else [value]
    return all(isinstance(one, str) for one in listed)


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)
