"""Tests over one text, decided exactly whatever the text: the long way of `TextClasses`."""

from collections.abc import Iterator, Sequence

from starlang.engine.sight import Sight, finder
from starlang.matching.masks import blank
from starlang.matching.needles import Needle, find
from starlang.matching.patterns import Pattern, PatternSet
from starlang.matching.words import Word, cut
from starlang.rulesets.conditions import Matches, Mentions, Test


class Exact:
    """Decides all `tests` over one text. `automaton` holds their patterns in order."""

    def __init__(
        self,
        tests: Sequence[tuple[int, Test]],
        masks: Sequence[Pattern | Needle],
        automaton: PatternSet,
    ) -> None:
        self._tests = tests
        self._masks = masks
        self._set = automaton
        self._vocabulary = _Vocabulary(
            (number, needle)
            for number, test in tests
            if isinstance(test, Mentions)
            for needle in test.needles
        )

    def holding(self, text: str, join: int) -> tuple[int, ...]:
        """Numbers of the tests that hold for `text`, sorted."""
        sight = Sight(text, self._masks, join)
        hidden = sight.hidden()
        masked = blank(text, hidden)
        found = self._found(text)
        found_masked = self._found(masked.text) if hidden else found
        masked_join = masked.masked_offset(join) if join >= 0 else -1
        held = set(self._vocabulary.find(cut(masked.text), masked.text, masked_join))
        for at, (number, test) in enumerate(self._tests):
            match test:
                case Mentions():
                    pass  # the vocabulary has answered
                case Matches(ignoring=ignoring) if ignoring and finder(ignoring).found_in(text):
                    if sight.matches(test):
                        held.add(number)
                case Matches():
                    if at in found_masked:
                        held.add(number)
                case _:
                    if at in found:
                        held.add(number)
        return tuple(sorted(held))

    def _found(self, text: str) -> frozenset[int]:
        data = text.encode(errors="replace")
        found = self._set.match(data)
        return frozenset(self._set.match_singly(data) if self._set.is_void(found) else found)


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
