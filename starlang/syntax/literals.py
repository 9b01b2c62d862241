"""Strings and what stands between their quotes."""

import re
from collections.abc import Iterator

from attrs import frozen

_PLAIN = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t"}
_ESCAPE = re.compile(r"\\(?:u\{[^}\"]*\}?|.)", re.DOTALL)
_CODE_POINT = re.compile(r"\\u\{([0-9A-Fa-f]{1,6})\}")
_SURROGATES = range(0xD800, 0xE000)
_LAST = 0x10FFFF


@frozen
class WrongEscape:
    """An escape that the language does not know, with where it starts in the literal."""

    text: str
    start: int


def decoded(literal: str) -> str:
    """The text that a string with its quotes stands for; unknown escapes stay as they are."""
    inner = literal[1:-1]
    if "\\" not in inner:
        return inner
    return _ESCAPE.sub(lambda match: _meaning(match.group()) or match.group(), inner)


def wrong_escapes(literal: str) -> Iterator[WrongEscape]:
    """The escapes of a string that mean nothing."""
    for match in _ESCAPE.finditer(literal, 1, len(literal) - 1):
        if _meaning(match.group()) is None:
            yield WrongEscape(match.group(), match.start())


def quoted(text: str) -> str:
    """A string that stands for `text`."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'


def _meaning(escape: str) -> str | None:
    if escape in _PLAIN:
        return _PLAIN[escape]
    if match := _CODE_POINT.fullmatch(escape):
        number = int(match[1], 16)
        return chr(number) if number <= _LAST and number not in _SURROGATES else None
    return None
