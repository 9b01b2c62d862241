"""JSON with comments: read and changed as JSON, with every comment in its place.

What JSON does not have becomes white space of the same length, so that every place stays. What
an edit changes there is then changed in the text with its comments.
"""

import re
from collections.abc import Sequence

from starlang.texts.json import Refusal, read
from starlang.texts.limits import MAX_BYTES
from starlang.texts.rewriting import Rewritten, Write, rewrite, spoilt, without

_OUTSIDE = re.compile(r'"(?:[^"\\]++|\\.)*+"?|//[^\r\n]*+|/\*(?:(?!\*/).)*+(?:\*/)?', re.DOTALL)
_LAST_COMMA = re.compile(r'"(?:[^"\\]++|\\.)*+"?|,(?=[ \t\r\n]*[\]}])', re.DOTALL)
_NOT_WHITE = re.compile(r"[^\r\n]")


def uncommented(text: str) -> str:
    """JSON with comments and commas after the last element as JSON of the same length.

    A comment that is never closed stays, and is then refused.
    """
    return _LAST_COMMA.sub(_blank, _OUTSIDE.sub(_blank, text))


def _blank(found: "re.Match[str]") -> str:
    text = found[0]
    if text.startswith('"') or (text.startswith("/*") and not text.endswith("*/")):
        return text
    return _NOT_WHITE.sub(" ", text)


def read_jsonc(data: bytes) -> object | Refusal:
    """The value of a file, or why it is not read. Never raises, whatever the bytes are."""
    return read(_plain(data))


def _plain(data: bytes) -> bytes:
    try:
        return uncommented(data.decode()).encode()
    except UnicodeDecodeError:  # in a comment as well: who reads the file will say where
        return data


def rewrite_jsonc(data: bytes, writes: Sequence[Write]) -> Rewritten | Refusal:
    """`data` with each of `writes` made, or why it is refused."""
    for write in writes:
        found = rewrite(_plain(data), [write])
        if isinstance(found, Refusal):
            return found
        text = _spliced(data.decode(), found.data.decode())
        if text is None:
            return _unwritable(write.pointer)
        if read_jsonc(text.encode()) != found.document:
            return spoilt(None)
        data = text.encode()
    value = read_jsonc(data)
    if isinstance(value, Refusal):
        return value
    return Rewritten(data, value) if len(data) <= MAX_BYTES else spoilt(None)


_COMMENT = r"(?://[^\r\n]*|/\*(?:(?!\*/)[^\r\n])*\*/)"
_NEW_LINE = re.compile(r",\r?\n")
_END_OF_LINE = re.compile(rf"[ \t]*(,?)[ \t]*{_COMMENT}[ \t]*(?=\r?\n)")


def _spliced(text: str, after: str) -> str | None:
    """`text` with what `after` changes in it without its comments; None if one would go.

    A comment at the end of the line stays with what it is about: a new member follows it.
    """
    plain = uncommented(text)
    start = _shared(plain, after)
    end = _shared(plain[start:][::-1], after[start:][::-1])
    new = after[start : len(after) - end]
    rest = len(text) - end
    if text[start:rest] != plain[start:rest]:
        return None
    comment = _END_OF_LINE.match(text, start)
    if comment is None or start != rest or not _NEW_LINE.match(new):
        return f"{text[:start]}{new}{text[rest:]}"
    first, last = (text[start : comment.end()], ",") if comment[1] else (None, "")
    first = first or f",{text[start : comment.end()]}"
    return f"{text[:start]}{first}{new[1:]}{last}{text[comment.end() :]}"


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


_BLANKS = re.compile(r"[ \t]+(?=\r?\n|\Z)")


def without_jsonc(data: bytes, pointers: Sequence[str]) -> str | None:
    """What a manifest says without the values at `pointers`, and after it all its comments."""
    rest = without(_plain(data), pointers)
    if rest is None:
        return None
    found = (each[0] for each in _OUTSIDE.finditer(data.decode()))
    comments = "\n".join(each for each in found if not each.startswith('"'))
    return f"{_BLANKS.sub('', rest)}\0{comments}"


def _unwritable(pointer: str) -> Refusal:
    return Refusal(
        "E575",
        f"a run cannot write `{pointer}` without losing a comment",
        "write the value by hand once, or move the comment out of the value; a `sidecar` in "
        "`[stars]` of the profile keeps stars out of manifests",
    )
