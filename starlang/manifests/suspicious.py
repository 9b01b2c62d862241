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


def lookalike_keys(gatherer: Gatherer) -> Iterator[tuple[tuple[str, ...], str]]:
    """(the parts that were read, the key that is there instead), where the first are absent."""
    for parts, above, level in gatherer.lookups():
        if None in level:
            lacking = [
                inside
                for inside, value in zip(above, level, strict=True)
                if value is None and type(inside) is dict
            ]
            skeleton = _skeleton(parts[-1])
            keys = {key: None for shape in dict.fromkeys(map(tuple, lacking)) for key in shape}
            for key in keys:
                if key != parts[-1] and _skeleton(key) == skeleton:
                    yield parts, key


def _skeleton(key: str) -> str:
    return normalize("NFKC", key).strip().casefold()
