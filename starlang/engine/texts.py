"""Classes of texts: one pass of an automaton a text decides all tests over it.

The short way is open to plain texts, ASCII in lower case, in which nothing was found that
masks or is ignored: there a needle is a pattern like any other. What the automaton found
in a text is looked up in a table of answers, and is thought about only when it was never
found before. Texts are taken in blocks: where a whole block is plain, no line of Python
runs for each text. The other texts are decided one by one.
"""

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import assert_never

from starlang.engine.program import Classes, Numbering
from starlang.matching.patterns import (
    SET_MEMORY,
    Pattern,
    PatternSet,
    alternatives,
    lower_alternatives,
)
from starlang.matching.sight import Sight
from starlang.matching.words import Needle, Word, find, regexes
from starlang.rules.predicate import Predicate
from starlang.rules.predicates import Test
from starlang.rules.text_predicates import Matches, Mentions, Seeing

# What the tests over one text facet look for in a text, as patterns of one automaton.
#
# First the patterns of the tests, then of the masks, then of what tests are `ignoring`; each
# in order. `at` is the place of a pattern in that row.

What = Test | Pattern | Needle


class LookedFor:
    """The patterns of `tests`, (number, test) pairs over one facet, and of `masks`.

    `masks` are those by place; `ignoring` the tests that ignore what stands there;
    `phrases` the tests with a needle of several words, if texts are `joined`. `touched`
    are the places of tests that masks touch, `needles` those of all needles. `without_text`
    are the tests that hold where there is no text at all.
    """

    def __init__(
        self,
        tests: Sequence[tuple[int, Test]],
        masks: Sequence[Pattern | Needle],
        *,
        joined: bool,
    ) -> None:
        touched = {at: test for at, (_, test) in enumerate(tests) if isinstance(test, Seeing)}
        shown = masks if touched else ()  # they touch nothing here
        ignoring = [
            (number, test)
            for number, test in tests
            if isinstance(test, Matches) and test.ignoring is not None
        ]
        hidden = [test.ignoring for _, test in ignoring if test.ignoring is not None]
        whats: list[What] = [*(test for _, test in tests), *shown, *hidden]
        self._whats = whats
        self.numbers = [number for number, _ in tests]
        self.masks = dict(enumerate(shown, len(tests)))
        self.ignoring: dict[int, tuple[int, Seeing]] = dict(
            enumerate(ignoring, len(tests) + len(shown))
        )
        self.phrases: dict[int, tuple[int, Seeing]] = {
            at: (self.numbers[at], test)
            for at, test in touched.items()
            if joined and isinstance(test, Mentions) and _has_phrase(test)
        }
        self.touched = frozenset(touched)
        self.without_text = tuple(number for number, test in tests if test.holds(()))
        self.needles = frozenset(
            at for at, what in enumerate(whats) if isinstance(what, Mentions | Needle)
        )

    def mentions(self) -> list[tuple[int, Needle]]:
        """Every needle of the tests, with the number of its test."""
        return [
            (self.numbers[at], needle)
            for at, what in enumerate(self._whats)
            if isinstance(what, Mentions)
            for needle in what.needles
        ]

    def plain(self) -> list[Sequence[str]]:
        """RE2 patterns, of which one is found in exactly the plain texts that meet a test.

        Plain is an ASCII text in lower case that is not masked nor joined.
        """
        return [_regexes(what, lower=True) for what in self._whats]

    def cased(self) -> list[Sequence[str]]:
        """The same for all texts that are not masked nor joined, but none for needles."""
        return [_regexes(what, lower=False) for what in self._whats]


def _has_phrase(test: Mentions) -> bool:
    return any(len(needle.words) > 1 for needle in test.needles)


def _regexes(what: What, *, lower: bool) -> Sequence[str]:
    match what:
        case Predicate():
            return what.regexes(lower=lower)
        case Pattern():
            return lower_alternatives(what) if lower else alternatives(what)
        case Needle():
            return regexes(what) if lower else ()
        case _:
            assert_never(what)


# All needles at once over the words of one text.


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


# One text at a time, decided exactly: masked, joined, with capitals, or not ASCII at all.

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BREAK = "\x1f"


class SingleTexts:
    """Decides all tests over one text. `plain` is the automaton for plain texts."""

    def __init__(self, looked_for: LookedFor, plain: PatternSet, memory: int) -> None:
        self._looked_for = looked_for
        self._plain = plain
        self._memory = memory

    def holding(self, text: str, join: int) -> tuple[int, ...]:
        """Numbers of the tests that hold for `text`, sorted; `join` as in `Sight`."""
        known = self._looked_for
        if not text:
            return known.without_text
        seen = self._patterns(text)
        unknown = frozenset() if text.isascii() else known.needles
        masks = [mask for at, mask in known.masks.items() if at in seen or at in unknown]
        sight = Sight(text, masks, join)
        masked = sight.masked.text
        unmasked = seen if masked == text else self._patterns(masked)
        held = {known.numbers[at] for at in seen - known.touched if at < len(known.numbers)}
        held |= {known.numbers[at] for at in unmasked & known.touched}
        if unknown:
            held.update(self._vocabulary.find(sight.words, masked, sight.masked_join))
        doubts = [known.ignoring[at] for at in seen if at in known.ignoring]
        doubts += [known.phrases[at] for at in unmasked if at in known.phrases]
        for number, test in doubts:
            held.discard(number)
            if test.sees(sight):
                held.add(number)
        return tuple(sorted(held))

    def _patterns(self, text: str) -> frozenset[int]:
        """Places of the patterns found in `text`; of needles only if it is ASCII.

        Their words are set apart first, for a needle is a pattern for lower case.
        """
        if not text.isascii():
            return self._cased.found_in(text)
        if text == text.lower():
            return self._plain.found_in(text)
        apart = _CAPITAL.sub(_BREAK, text).lower()
        needles = self._plain.found_in(apart) & self._looked_for.needles
        return self._cased.found_in(text) | needles

    @cached_property
    def _cased(self) -> PatternSet:
        return PatternSet(self._looked_for.cased(), self._memory)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self._looked_for.mentions())


_BLOCK = 512
"""Texts a block: large enough to make a block's own cost small, and small enough that
one text in another case spoils little."""

_ANSWERS = 1 << 17
"""Most answers remembered: more would take memory without end."""

_UNSURE = -1
"""The answer for texts that must be looked at one by one."""

_ALWAYS = -1
"""Stands for what is found in every text, before all tests."""


class _Answers(dict[tuple[int, ...], int]):
    """What the automaton found in a text -> its class, or `_UNSURE`."""

    def __init__(self, read: Callable[[tuple[int, ...]], int]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, found: tuple[int, ...]) -> int:
        answer = self[found] = self._read(found)
        return answer


class TextClasses:
    """Classifies the texts of one text facet.

    `tests` are (number, test) pairs over that facet; `joined` tells that a text is a
    name and a path, which no phrase may cross. `memory` bounds the automaton, in bytes.
    """

    def __init__(
        self,
        tests: Sequence[tuple[int, Test]],
        masks: Sequence[Pattern | Needle],
        *,
        joined: bool,
        memory: int = SET_MEMORY,
    ) -> None:
        known = LookedFor(tests, masks, joined=joined)
        self._set = PatternSet(known.plain(), memory)
        self._single = SingleTexts(known, self._set, memory)
        doubtful = {*known.masks, *known.ignoring, *known.phrases}
        places = self._set.numbers
        self._doubtful = frozenset(n for n, at in enumerate(places) if at in doubtful)
        self._tests = [known.numbers[at] if at < len(tests) else _ALWAYS for at in places]
        self._classes: Numbering[tuple[int, ...]] = Numbering()
        self._answers = _Answers(self._read)

    def classify(self, texts: Iterable[str], join: Callable[[int], int]) -> Classes:
        """The class of each text. `join(i)` is where name and path meet in text `i`, or -1."""
        codes = array("i")
        remaining = iter(texts)
        while block := list(islice(remaining, _BLOCK)):
            answers = self._answer_block(block)
            if min(answers) < 0:
                start = len(codes)
                for at, answer in enumerate(answers):
                    if answer < 0:
                        held = self._single.holding(block[at], join(start + at))
                        answers[at] = self._classes[held]
            codes.extend(answers)
            if len(self._answers) > _ANSWERS:
                self._answers.clear()
        return Classes(codes, list(self._classes))

    def _answer_block(self, block: list[str]) -> list[int]:
        lines = "\n".join(block)
        if lines.isascii() and all(block):
            data = lines.encode()
            texts = data.split(b"\n")
            if data == data.lower() and len(texts) == len(block):
                found = map(tuple, map(self._set.match, texts))
                return list(map(self._answers.__getitem__, found))
        return list(map(self._answer, block))

    def _answer(self, text: str) -> int:
        if text.isascii() and text and text == text.lower():
            return self._answers[tuple(self._set.match(text.encode()))]
        return _UNSURE

    def _read(self, found: tuple[int, ...]) -> int:
        """The class of a plain text in which `found` was found, if that is all there is to it."""
        tests = self._tests
        held = sorted({tests[at] for at in found})
        if not held or held[0] != _ALWAYS or not self._doubtful.isdisjoint(found):
            return _UNSURE
        return self._classes[tuple(held[1:])]
