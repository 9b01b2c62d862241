"""Texts that look like others without being equal to them.

Values are compared as they are written. What a reader cannot see (a trailing space, a
full-width letter, another Unicode form) is reported instead of being corrected.
"""

from collections.abc import Iterable, Iterator
from unicodedata import category, is_normalized, normalize

from starlang.manifests.columns import Gatherer, Level

_FULL_WIDTH = range(0xFF01, 0xFFEF)
_JOINER = "\u200d"  # part of many emoji


def suspicions(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(text, what an eye would miss about it, in words that follow "it"), where there is some."""
    texts = list(texts)
    # All of them at once, because nearly always there is nothing.
    if _is_plain("|".join(texts)):
        return
    for text in texts:
        if words := _suspicion(text):
            yield text, words


def _is_plain(joined: str) -> bool:
    """Whether texts joined by `|` are printable ASCII without white space at their ends."""
    return (
        joined.isascii()
        and joined.isprintable()
        and " |" not in joined
        and "| " not in joined
        and joined == joined.strip()
    )


def _suspicion(text: str) -> str | None:
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
    known: dict[tuple[str, ...], dict[str, set[str]]] = {}
    for parts, above, level in gatherer.lookups():
        if None not in level:
            continue
        *inside, wanted = parts
        if (place := tuple(inside)) not in known:
            known[place] = _keys_by_skeleton(above)
        if alike := known[place].get(_skeleton(wanted), set()) - {wanted}:
            lacking = (
                value
                for value, found in zip(above, level, strict=True)
                if found is None and isinstance(value, dict)
            )
            for key in {key: None for value in lacking for key in value if key in alike}:
                yield parts, key


def _keys_by_skeleton(level: Level) -> dict[str, set[str]]:
    """Every key that some object of `level` has."""
    alike: dict[str, set[str]] = {}
    for key in set[str]().union(*(value for value in level if isinstance(value, dict))):
        alike.setdefault(_skeleton(key), set()).add(key)
    return alike


def _skeleton(key: str) -> str:
    return normalize("NFKC", key).strip().casefold()
