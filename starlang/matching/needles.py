"""Needles: what `mentions` looks for, and where it is found."""

from collections.abc import Sequence
from itertools import pairwise

from attrs import frozen

from starlang.matching.words import Word, cut


@frozen(order=True)
class Needle:
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


def find(needle: Needle, words: Sequence[Word], text: str, join: int = -1) -> list[tuple[int, int]]:
    """Spans of `needle` in `text`, whose words are `words`: leftmost, not overlapping.

    A phrase never crosses a `/`, nor offset `join` (where a name and a path were joined).
    """
    spans: list[tuple[int, int]] = []
    length = len(needle.words)
    at = 0
    while at + length <= len(words):
        found = words[at : at + length]
        if _equal(needle, found) and _together(found, text, join):
            spans.append((found[0].start, found[-1].end))
            at += length
        else:
            at += 1
    return spans


def _equal(needle: Needle, found: Sequence[Word]) -> bool:
    *firsts, last = needle.words
    if any(word.folded != first for word, first in zip(found, firsts, strict=False)):
        return False
    if needle.open:
        return found[-1].folded.startswith(last)
    return found[-1].folded == last


def _together(found: Sequence[Word], text: str, join: int) -> bool:
    return all(
        "/" not in text[left.end : right.start] and not left.end <= join < right.start
        for left, right in pairwise(found)
    )
