"""Where the keys and values of a TOML document stand; `tomllib` gives values only.

Reads text that `tomllib` has accepted, so it checks nothing. Runs only when a finding
needs a place.
"""

import re
import tomllib

from starlang.text import Span

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


class Places:
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
