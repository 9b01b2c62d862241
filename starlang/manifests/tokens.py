"""JSON text cut into tokens, for the paths on which places are asked for.

Linear in the text whatever it holds, because every string token matches: one that
is never closed runs to the end. On text that is no JSON, tokens are as good as the
text before the first error.
"""

import re
from collections.abc import Iterator

from starlang.text import Span

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
