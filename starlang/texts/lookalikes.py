"""Texts that an eye takes for others: characters that nobody sees, and letters that look alike.

A reviewer compares names by eye. Of two names that differ in bytes and not to the eye, one is an
attempt to pass for the other, or a slip that will be taken for one.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from starlang.text import is_unseen


def unseen(text: str) -> tuple[str, ...]:
    """The characters of `text` that nobody sees, each once: `U+202E RIGHT-TO-LEFT OVERRIDE`."""
    if text.isascii() and text.isprintable():
        return ()
    found = dict.fromkeys(each for number, each in enumerate(text) if is_unseen(text, number))
    return tuple(map(called, found))


def called(character: str) -> str:
    """A character by number and name: `U+0430 CYRILLIC SMALL LETTER A`."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def skeleton(text: str) -> str:
    """What an eye sees of `text` that tells neither case nor script: equal for look-alikes."""
    if text.isascii():
        return text.casefold().strip()
    seen = "".join(each for number, each in enumerate(text) if not is_unseen(text, number))
    plain = unicodedata.normalize("NFKC", seen).casefold().strip()
    return "".join(map(_prototype, plain))


def lookalikes(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of different texts that an eye takes for each other: the plainer one, and another.

    Texts of ASCII alone are told apart.
    """
    known: dict[str, str] = {}
    for text in sorted(set(texts), key=lambda each: (not each.isascii(), each)):
        if text.isascii():
            known.setdefault(skeleton(text), text)
            continue
        first = known.setdefault(skeleton(text), text)
        if first != text:
            yield first, text


@lru_cache(maxsize=1024)
def _prototype(character: str) -> str:
    """The character that stands for all that look like it; Unicode's list of confusables."""
    if character.isascii():
        return character
    # A tenth of a second, for the few names that are not ASCII.
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415 -- see above

    found = [str(each["c"]) for each in confusables_data.get(character, ())]
    plain = [each for each in found if each.isascii()]
    if plain:
        return min(plain).casefold()
    return min(character, found[0]) if len(found) == 1 else character
