"""All needles at once over the words of one text."""

from collections.abc import Iterable, Iterator, Sequence

from starlang.matching.needles import Needle, find
from starlang.matching.words import Word


class Vocabulary:
    """Needles by their first word, so that a text costs its words and not all needles.

    `needles` are (number, needle) pairs; several may have one number.
    """

    def __init__(self, needles: Iterable[tuple[int, Needle]]) -> None:
        self._by_word: dict[str, list[tuple[int, Needle]]] = {}
        self._by_start: dict[int, dict[str, list[tuple[int, Needle]]]] = {}
        for number, needle in needles:
            first = needle.words[0]
            by_word = self._by_word
            if needle.open and len(needle.words) == 1:
                by_word = self._by_start.setdefault(len(first), {})
            by_word.setdefault(first, []).append((number, needle))

    def find(self, words: Sequence[Word], text: str, join: int) -> Iterator[int]:
        """Numbers of the needles that are found in `text`, some of them repeatedly."""
        for word in {word.folded for word in words}:
            for number, needle in self._starting(word):
                if find(needle, words, text, join):
                    yield number

    def _starting(self, word: str) -> Iterator[tuple[int, Needle]]:
        yield from self._by_word.get(word, ())
        for length, by_start in self._by_start.items():
            yield from by_start.get(word[:length], ())
