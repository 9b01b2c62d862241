"""Texts that an eye takes for others: characters that nobody sees, and letters that look alike.

A reviewer compares names by eye. Of two names that differ in bytes and not to the eye, one is an
attempt to pass for the other, or a slip that will be taken for one. What a reviewer reads is
therefore written with escapes in the place of such characters.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import zip_longest

from starlang.text import is_unseen, shown

_SUSPECT = re.compile(r"[^\x20-\x7e\t\n\r]")
_WORD = re.compile(r"[^\W\d_]*[^\W\d_\x00-\x7f][^\W\d_]*")
"""Letters without a gap, one of which is not ASCII."""


def readable(text: str) -> str:
    """`text` as a reviewer is shown it: what nobody sees or takes for another is escaped."""
    return escaped_words(shown(text))


def escaped_words(text: str, escape: Callable[[str], str] = lambda each: ascii(each)[1:-1]) -> str:
    """`text` with the letters escaped of words that could be read as words of ASCII letters.

    A Cyrillic `c` in `core` is, and so is a word of Cyrillic letters that all look like Latin
    ones; the `é` of `café` is not, nor is a word that no Latin letters could spell.
    """
    if text.isascii():
        return text

    def replaced(match: re.Match[str]) -> str:
        if not _prototype_of(match[0]).isascii():
            return match[0]
        return "".join(each if each.isascii() else escape(each) for each in match[0])

    return _WORD.sub(replaced, text)


def escaped_unseen(text: str, escape: Callable[[str], str]) -> str:
    """`text` with what nobody sees escaped; tabs and ends of lines stay."""

    def replaced(match: re.Match[str]) -> str:
        return escape(match[0]) if is_unseen(text, match.start()) else match[0]

    return _SUSPECT.sub(replaced, text)


def unseen(text: str) -> tuple[str, ...]:
    """The characters of `text` that nobody sees, each once: `U+202E RIGHT-TO-LEFT OVERRIDE`."""
    found = (match for match in _SUSPECT.finditer(text) if is_unseen(text, match.start()))
    return tuple(dict.fromkeys(called(match[0]) for match in found))


def called(character: str) -> str:
    """A character by number and name: `U+0430 CYRILLIC SMALL LETTER A`."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def letters(text: str) -> tuple[str, ...]:
    """The letters of `text` that pass for others, by number and name."""
    found = (
        each
        for match in _WORD.finditer(text)
        if _prototype_of(match[0]).isascii()
        for each in match[0]
        if not each.isascii()
    )
    return tuple(dict.fromkeys(map(called, found)))


def skeleton(text: str) -> str:
    """What an eye sees of `text` that tells neither case nor script: equal for look-alikes."""
    if text.isascii():
        return text.casefold().strip()
    seen = "".join(each for number, each in enumerate(text) if not is_unseen(text, number))
    return _prototype_of(seen).casefold().strip()


def told_apart(one: str, other: str) -> str:
    """Where two texts differ that an eye takes for each other, to follow both; "" for others."""
    if (one.isascii() and other.isascii()) or one == other or skeleton(one) != skeleton(other):
        return ""
    first = next((a, b) for a, b in zip_longest(one, other, fillvalue="") if a != b)
    said = " and ".join(called(each) if each else "nothing" for each in first)
    return f": they look alike, and differ in {said}"


def lookalikes(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of different texts that an eye takes for each other: the plainer one, and another.

    Texts of ASCII alone are told apart.
    """
    known: dict[str, str] = {}
    for text in sorted(set(texts), key=lambda each: (not each.isascii(), each)):
        first = known.setdefault(skeleton(text), text)
        if first != text and not text.isascii():
            yield first, text


def _prototype_of(text: str) -> str:
    return "".join(map(_prototype, unicodedata.normalize("NFKC", text)))


@lru_cache(maxsize=4096)
def _prototype(character: str) -> str:
    """The character that stands for all that look like it; Unicode's list of confusables."""
    if character.isascii():
        return character
    # A tenth of a second, for the few texts that are not ASCII.
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415 -- see above

    found = [str(each["c"]) for each in confusables_data.get(character, ())]
    plain = [each for each in found if each.isascii()]
    if plain:
        return min(plain)
    return min(character, found[0]) if len(found) == 1 else character
