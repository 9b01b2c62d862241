"""Words of a text, as `mentions` and masks see them.

A text is cut at every character that is neither letter nor digit, before an
upper-case letter that follows a lower-case letter or a digit, and before the last of
several upper-case letters that a lower-case letter follows; never between letters and
digits. A combining mark belongs to the letter before it, so that a text and its NFC
form have the same words.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from starlang.matching.patterns import escape

# The ASCII case in one pass. The first alternative is a run of capitals that stops
# before a capitalised word (`OCR` in `OCRReader`), the second a word with its capitals.
_ASCII_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]+[a-z0-9]*|[a-z0-9]+")


class Word(NamedTuple):
    """A word at `start` to `end` of the text; `folded` is what is compared."""

    start: int
    end: int
    folded: str


def fold(text: str) -> str:
    """`text` in NFC under simple case folding (one character stays one character)."""
    if text.isascii():
        return text.lower()
    composed = unicodedata.normalize("NFC", text)
    return unicodedata.normalize("NFC", "".join(map(_fold_character, composed)))


def _fold_character(character: str) -> str:
    for folded in (character.casefold(), character.lower()):
        if len(folded) == 1:
            return folded
    return character


def cut(text: str) -> tuple[Word, ...]:
    """The words of `text`, in order."""
    if text.isascii():
        return tuple(
            Word(*match.span(), match.group().lower()) for match in _ASCII_WORD.finditer(text)
        )
    return tuple(Word(start, end, fold(text[start:end])) for start, end in _cut_by_character(text))


def _cut_by_character(text: str) -> list[tuple[int, int]]:
    """The general case: `kind` is the kind of the letter that a mark belongs to."""
    spans: list[tuple[int, int]] = []
    begin = -1  # of the word, or -1 outside
    last_capital = -1  # the capital just before, if another one stands before it
    previous = ""
    for index, character in enumerate(text):
        kind = _kind(character)
        if kind == "mark":
            continue  # inside a word it goes on, outside it is nothing
        if kind == "lower" and last_capital > begin >= 0:
            spans.append((begin, last_capital))
            begin = last_capital
        last_capital = index if kind == previous == "upper" and begin >= 0 else -1
        ends_word = not kind or (kind == "upper" and previous in {"lower", "digit"})
        if ends_word and begin >= 0:
            spans.append((begin, index))
            begin = -1
        if kind and begin < 0:
            begin = index
        previous = kind
    if begin >= 0:
        spans.append((begin, len(text)))
    return spans


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Lu", "Lt"}:
        return "upper"
    if category == "Ll":
        return "lower"
    return {"L": "letter", "M": "mark", "N": "digit"}.get(category[0], "")


# Needles: what `mentions` looks for, and where it is found.


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
