"""Tests over one text, decided exactly whatever the text: the long way of `TextClasses`."""

from collections.abc import Iterator, Sequence

from starlang.engine.sight import Sight
from starlang.matching.needles import Needle, find
from starlang.matching.patterns import Pattern, PatternSet
from starlang.matching.words import Word
from starlang.rulesets.conditions import Matches, Mentions, Test


class Exact:
    """Decides all `tests` over one text.

    `automaton` holds the patterns of the tests, then of the masks, then of what the tests
    are `ignoring`, each in order; nothing stands for those that are needles.
    """

    def __init__(
        self,
        tests: Sequence[tuple[int, Test]],
        masks: Sequence[Pattern | Needle],
        automaton: PatternSet,
    ) -> None:
        self._tests = tests
        self._masks = masks
        self._set = automaton
        self._ignoring = dict(enumerate(ignoring(tests), len(tests) + len(masks)))
        self._vocabulary = _Vocabulary(
            (number, needle)
            for number, test in tests
            if isinstance(test, Mentions)
            for needle in test.needles
        )

    def holding(self, text: str, join: int) -> tuple[int, ...]:
        """Numbers of the tests that hold for `text`, sorted."""
        found = self._set.found_in(text)
        sight = Sight(text, self._masks_in(found), join)
        masked = sight.masked.text
        seen = found if masked == text else self._set.found_in(masked)
        held = set(self._vocabulary.find(sight.words, masked, sight.masked_join))
        held.update(self._holding(found, masked=False))
        held.update(self._holding(seen, masked=True))
        for number, test in (self._ignoring[at] for at in found if at in self._ignoring):
            if sight.sees(test):
                held.add(number)
            else:
                held.discard(number)
        return tuple(sorted(held))

    def _masks_in(self, found: frozenset[int]) -> list[Pattern | Needle]:
        """The masks that may hide something: of the patterns, those that were found."""
        return [
            mask
            for at, mask in enumerate(self._masks, len(self._tests))
            if isinstance(mask, Needle) or at in found
        ]

    def _holding(self, found: frozenset[int], *, masked: bool) -> Iterator[int]:
        """Numbers of the tests whose patterns were found, of those that masks touch or not."""
        for at in found:
            if at < len(self._tests):
                number, test = self._tests[at]
                if not isinstance(test, Mentions) and isinstance(test, Matches) is masked:
                    yield number


def ignoring(tests: Sequence[tuple[int, Test]]) -> list[tuple[int, Matches]]:
    """The tests that are `ignoring` something, with their numbers."""
    return [
        (number, test)
        for number, test in tests
        if isinstance(test, Matches) and test.ignoring is not None
    ]


class _Vocabulary:
    """Needles by their first word, so that a text costs its words and not all needles."""

    def __init__(self, needles: Iterator[tuple[int, Needle]]) -> None:
        self._by_word: dict[str, list[tuple[int, Needle]]] = {}
        self._by_start: dict[int, dict[str, list[tuple[int, Needle]]]] = {}
        for number, needle in needles:
            first = needle.words[0]
            by_word = self._by_word
            if needle.open and len(needle.words) == 1:
                by_word = self._by_start.setdefault(len(first), {})
            by_word.setdefault(first, []).append((number, needle))

    def find(self, words: Sequence[Word], text: str, join: int) -> Iterator[int]:
        """Numbers of the tests with a needle among `words`, some of them repeatedly."""
        for word in {word.folded for word in words}:
            for number, needle in self._starting(word):
                if find(needle, words, text, join):
                    yield number

    def _starting(self, word: str) -> Iterator[tuple[int, Needle]]:
        yield from self._by_word.get(word, ())
        for length, by_start in self._by_start.items():
            yield from by_start.get(word[:length], ())
