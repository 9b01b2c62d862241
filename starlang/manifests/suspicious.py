"""Texts that look like others without being equal to them.

Values are compared as they are written. What a reader cannot see (a trailing space, a
full-width letter, another Unicode form) is reported instead of being corrected.
"""

from collections.abc import Iterator
from unicodedata import category, is_normalized, normalize

from starlang.manifests.columns import Gatherer

_FULL_WIDTH = range(0xFF01, 0xFFEF)
_JOINER = "\u200d"  # part of many emoji


def suspicion(text: str) -> str | None:
    """What an eye would miss about `text`, in words that follow "it"; or None."""
    if text != text.strip():
        return "starts or ends with white space"
    if text.isascii() and text.isprintable():
        return None
    if any(category(c) in {"Cc", "Cf", "Zl", "Zp"} and c != _JOINER for c in text):
        return "holds an invisible character"
    if any(ord(c) in _FULL_WIDTH for c in text):
        return "holds full-width characters"
    if not is_normalized("NFC", text):
        return "is not in the Unicode form NFC, so it differs from the same text in that form"
    return None


def lookalike_keys(gatherer: Gatherer) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """(the parts that were read, the key that is there instead, first document with it)."""
    for parts, above, level in gatherer.lookups():
        if None not in level:
            continue
        shapes: dict[tuple[str, ...], int] = {}
        for number, (inside, value) in enumerate(zip(above, level, strict=True)):
            if value is None and isinstance(inside, dict):
                shapes.setdefault(tuple(inside), number)
        for key, number in _lookalikes(parts[-1], shapes).items():
            yield parts, key, number


def _lookalikes(wanted: str, shapes: dict[tuple[str, ...], int]) -> dict[str, int]:
    first: dict[str, int] = {}
    for keys, number in shapes.items():
        for key in keys:
            if key != wanted:
                first.setdefault(key, number)
    skeleton = _skeleton(wanted)
    return {key: number for key, number in first.items() if _skeleton(key) == skeleton}


def _skeleton(key: str) -> str:
    return normalize("NFKC", key).strip().casefold()
