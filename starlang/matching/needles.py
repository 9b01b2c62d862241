"""Needles: what `mentions` looks for, and where it is found."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from starlang.matching.patterns import escape
from starlang.matching.words import Word, cut


class Needle(NamedTuple):
    """Words that must follow each other; with `open` the last one may go on (`retriev*`)."""

    words: tuple[str, ...]
    open: bool = False

    def __str__(self) -> str:
        return " ".join(self.words) + ("*" if self.open else "")


def needle(text: str) -> Needle | None:
    """The needle that `text` stands for, or None if there is no word in it."""
    is_open = text.endswith("*")
    words = tuple(word.folded for word in cut(text[:-1] if is_open else text))
    return Needle(words, is_open) if words else None


def regexes(needle: Needle) -> tuple[str, str]:
    """RE2 patterns, of which one is found in exactly the texts that mention `needle`.

    That is so for texts in lower-case ASCII that are no name and path in one. There are two,
    because RE2 does not merge patterns that begin with `(?:^|[^a-z0-9])`.
    """
    words = r"[^a-z0-9/]+".join(map(escape, needle.words))
    end = "" if needle.open else r"(?:[^a-z0-9]|\z)"
    return rf"^{words}{end}", rf"[^a-z0-9]{words}{end}"


def find(needle: Needle, words: Sequence[Word], text: str, join: int = -1) -> list[tuple[int, int]]:
    """Spans of `needle` in `text`, whose words are `words`: leftmost, not overlapping.

    A phrase never crosses a `/`, nor offset `join` (where a name and a path were joined).
    """
    length = len(needle.words)
    if length == 1:
        return [(word.start, word.end) for word in words if _ends(needle, word)]
    spans: list[tuple[int, int]] = []
    after = 0
    for at, word in enumerate(words):
        if at < after or word.folded != needle.words[0]:
            continue
        found = words[at : at + length]
        if _equal(needle, found) and _together(found, text, join):
            spans.append((word.start, found[-1].end))
            after = at + length
    return spans


def _equal(needle: Needle, found: Sequence[Word]) -> bool:
    firsts = tuple(word.folded for word in found[:-1])
    return firsts == needle.words[:-1] and _ends(needle, found[-1])


def _ends(needle: Needle, word: Word) -> bool:
    """Whether `needle` can end with `word`."""
    last = needle.words[-1]
    return word.folded.startswith(last) if needle.open else word.folded == last


def _together(found: Sequence[Word], text: str, join: int) -> bool:
    return all(
        "/" not in text[left.end : right.start] and not left.end <= join < right.start
        for left, right in pairwise(found)
    )
