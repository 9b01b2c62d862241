"""Where a value lies in JSON text: for labels now, for edits of single values later.

In: text that the strict reader has accepted, and the keys and indexes that lead to the
value. Iterative, so depth costs no stack; linear in the text before the value's end.
"""

from collections.abc import Iterator, Sequence
from json import loads
from re import Match

from starlang.manifests.tokens import tokens
from starlang.source.text import Span

Step = str | int
"""A key of an object, or an index of an array."""

_Tokens = Iterator[Match[str]]


def locate(text: str, steps: Sequence[Step]) -> Span | None:
    """The span of the value at `steps`, without white space around it; None if it has none."""
    found = _find(text, steps)
    return found[1] if found else None


def locate_key(text: str, steps: Sequence[Step]) -> Span | None:
    """The span of the last key of `steps`, quotes included, or of the value in an array."""
    found = _find(text, steps)
    return (found[0] or found[1]) if found else None


def _find(text: str, steps: Sequence[Step]) -> tuple[Span | None, Span] | None:
    """(key, value): the key is None in an array and at the root."""
    stream = tokens(text)
    token = next(stream)
    key: Span | None = None
    for step in steps:
        match step, token[0]:
            case str(), "{":
                entry = _member(stream, step)
            case int(), "[":
                entry = _element(stream, step)
            case _:
                entry = None
        if entry is None:
            return None
        key, token = entry
    return key, Span(token.start(), _end(stream, token))


def _member(stream: _Tokens, key: str) -> tuple[Span | None, Match[str]] | None:
    """The value of `key` in the object that has just opened, with the place of the key."""
    for token in stream:
        if token[0] == "}":
            return None
        next(stream)  # the colon
        value = next(stream)
        if loads(token[0]) == key:
            return Span(*token.span()), value
        _end(stream, value)
        if next(stream)[0] == "}":
            return None
    return None


def _element(stream: _Tokens, index: int) -> tuple[Span | None, Match[str]] | None:
    """Element `index` of the array that has just opened."""
    for token in stream:
        if token[0] == "]":
            return None
        if index == 0:
            return None, token
        index -= 1
        _end(stream, token)
        if next(stream)[0] == "]":
            return None
    return None


def _end(stream: _Tokens, first: Match[str]) -> int:
    """The end of the value that starts with `first`; leaves the stream behind it."""
    depth = 0
    token = first
    while True:
        if token[0] in {"{", "["}:
            depth += 1
        elif token[0] in {"}", "]"}:
            depth -= 1
        if depth == 0:
            return token.end()
        token = next(stream)
