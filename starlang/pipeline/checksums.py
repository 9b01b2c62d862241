r"""Lists of SHA-256 in the format of coreutils, which `sha256sum --check` reads.

A name with a backslash or a line end is escaped, and its line begins with a backslash.
"""

import re
from collections.abc import Mapping

from starlang.rulesets.shapes import MalformedError

_LINE = re.compile(r"(\\?)([0-9a-f]{64})  (.+)")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_MEANT = {"\\": "\\", "n": "\n", "r": "\r"}


def dumps(digests: Mapping[str, str]) -> bytes:
    """Name -> 64 hex digits as a list, sorted by name."""
    return "".join(_line(digests[name], name) for name in sorted(digests)).encode()


def loads(data: bytes) -> dict[str, str]:
    """The digests of a list; MalformedError where it is none."""
    try:
        *lines, last = data.decode().split("\n")
    except UnicodeDecodeError:
        raise MalformedError("it is not UTF-8") from None
    if last:
        raise MalformedError("its last line is cut off")
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line)
        name = match and (_unescaped(match[3]) if match[1] else match[3])
        if match is None or name is None or name in found:
            raise MalformedError(f"line {number} is no digest and name of a file of its own")
        found[name] = match[2]
    return found


def _line(digest: str, name: str) -> str:
    escaped = "".join(_ESCAPES.get(character, character) for character in name)
    return f"{'' if escaped == name else chr(92)}{digest}  {escaped}\n"


def _unescaped(text: str) -> str | None:
    if any(character not in _MEANT for character in _ESCAPED.findall(text)):
        return None
    return _ESCAPED.sub(lambda match: _MEANT[match[1]], text)
