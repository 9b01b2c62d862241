"""Classes of texts: one pass of an automaton a text decides all tests over it.

The short way is open to ASCII texts: there a needle is a pattern like any other, if the
text is in lower case or its words are set apart first. Other texts are decided word by
word, by `Exact`.

What the automaton found in a text is looked up in a table of answers, and is thought
about only when it was never found before. Texts are taken in blocks: where a whole
block is in lower case, no line of Python runs for each text.
"""

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import islice

from starlang.engine.classes import Classes, Numbering
from starlang.engine.exact import Exact, ignoring
from starlang.engine.sight import Sight
from starlang.matching.alternatives import alternatives, lower_alternatives
from starlang.matching.globs import regex as glob_regex
from starlang.matching.needles import Needle
from starlang.matching.patterns import SET_MEMORY, Pattern, PatternSet, escape
from starlang.rulesets.conditions import (
    HasAtLeast,
    Matches,
    Mentions,
    OneOf,
    OnlyIn,
    Present,
    Test,
    Under,
)

_BLOCK = 512
"""Texts a block: large enough to make a block's own cost small, and small enough that
one text in another case spoils little."""

_ANSWERS = 1 << 17
"""Most answers remembered: more would take memory without end."""

_ALWAYS = -1
_UNSURE = -1
"""The answer for texts that must be looked at one by one."""

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BREAK = "\x1f"

_What = Test | Pattern | Needle


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
        if not any(isinstance(test, Mentions | Matches) for _, test in tests):
            masks = ()  # they touch nothing here
        whats = [*(test for _, test in tests), *masks]
        asked = ignoring(tests)
        self._tests, self._given_masks, self._memory = tests, masks, memory
        self._whats = [*whats, *(test.ignoring for _, test in asked if test.ignoring is not None)]
        self._numbers = [number for number, _ in tests]
        self._masks = dict(enumerate(masks, len(tests)))
        self._masked = _where(lambda what: isinstance(what, Mentions | Matches), whats)
        self._ignoring = dict(enumerate(asked, len(whats)))
        self._phrases = _phrases(tests) if joined else {}
        self._plain = PatternSet(list(map(_plain_regexes, self._whats)), memory)
        numbers = self._plain.numbers
        doubtful = {*self._masks, *self._ignoring, *self._phrases}
        self._doubtful = frozenset(at for at, number in enumerate(numbers) if number in doubtful)
        # The number of the test for each entry of the set, or `_ALWAYS`; nothing else is read.
        self._entries = [self._numbers[n] if n < len(tests) else _ALWAYS for n in numbers]
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
                        answers[at] = self._classes[self._holding(block[at], join(start + at))]
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
                found = map(tuple, map(self._plain.match, texts))
                return list(map(self._answers.__getitem__, found))
        return list(map(self._answer, block))

    def _answer(self, text: str) -> int:
        if text.isascii() and text and text == text.lower():
            return self._answers[tuple(self._plain.match(text.encode()))]
        return _UNSURE

    def _read(self, found: tuple[int, ...]) -> int:
        """The class of a plain text in which `found` was found, if that is all there is to it."""
        held = sorted(set(map(self._entries.__getitem__, found)))
        if not held or held[0] != _ALWAYS or not self._doubtful.isdisjoint(found):
            return _UNSURE
        return self._classes[tuple(held[1:])]

    def _holding(self, text: str, join: int) -> tuple[int, ...]:
        """Numbers of the tests that hold for `text`, sorted, whatever the text."""
        if not text:
            return ()  # nothing is true of a text that is missing
        seen = self._patterns(text)
        if seen is None:
            return self._exact.holding(text, join)
        masks = [mask for at, mask in self._masks.items() if at in seen]
        sight = Sight(text, masks, join)
        unmasked = self._patterns(sight.masked.text) if masks else seen
        if unmasked is None:
            return self._exact.holding(text, join)
        found = (seen - self._masked) | (unmasked & self._masked)
        held = {self._numbers[at] for at in found if at < len(self._numbers)}
        doubts: list[tuple[int, Mentions | Matches]] = [
            *(self._ignoring[at] for at in seen if at in self._ignoring),
            *(self._phrases[at] for at in unmasked if at in self._phrases),
        ]
        for number, test in doubts:
            held.discard(number)
            if sight.sees(test):
                held.add(number)
        return tuple(sorted(held))

    def _patterns(self, text: str) -> frozenset[int] | None:
        """Numbers of the patterns found in an ASCII text; None for others, and if a set gave up."""
        if not text.isascii():
            return None
        lower = text == text.lower()
        apart = text if lower else _CAPITAL.sub(_BREAK, text).lower()
        plain = self._plain.patterns(self._plain.match(apart.encode()))
        if plain is None or lower:
            return plain
        needles = {at for at in plain if isinstance(self._whats[at], Mentions | Needle)}
        return self._cased.found_in(text) | needles

    @cached_property
    def _cased(self) -> PatternSet:
        """The patterns for texts as they are. There is none for needles."""
        return PatternSet(list(map(_regexes, self._whats)), self._memory)

    @cached_property
    def _exact(self) -> Exact:
        return Exact(self._tests, self._given_masks, self._cased)


def _where(is_so: Callable[[_What], bool], whats: Sequence[_What]) -> frozenset[int]:
    return frozenset(at for at, what in enumerate(whats) if is_so(what))


def _phrases(tests: Sequence[tuple[int, Test]]) -> dict[int, tuple[int, Mentions]]:
    """The tests with a needle of several words, by their place in `tests`."""
    return {
        at: (number, test)
        for at, (number, test) in enumerate(tests)
        if isinstance(test, Mentions) and any(len(needle.words) > 1 for needle in test.needles)
    }


def _plain_regexes(what: _What) -> tuple[str, ...]:
    """RE2 patterns of which one is found in exactly the plain texts that meet `what`.

    Plain is an ASCII text in lower case that is not masked nor joined.
    """
    match what:
        case Mentions(needles=needles):
            return tuple(regex for needle in needles for regex in _needle_regexes(needle))
        case Needle():
            return _needle_regexes(what)
        case Matches(pattern=pattern) | (Pattern() as pattern):
            return lower_alternatives(pattern)
        case _:
            return _regexes(what)


def _regexes(what: _What) -> tuple[str, ...]:
    """The same for any text that is not masked nor joined, but none for needles."""
    match what:
        case OneOf(values=values) | OnlyIn(values=values):
            return tuple(rf"^{escape(value)}\z" for value in values)
        case Matches(pattern=pattern) | (Pattern() as pattern):
            return alternatives(pattern)
        case Under(globs=globs):
            return tuple(map(glob_regex, globs))
        case Present() | HasAtLeast(count=1):
            return (r"(?s:.)",)
        case _:
            return ()  # a text is no number and no flag, and there is but one


def _needle_regexes(needle: Needle) -> tuple[str, ...]:
    """Two, because RE2 does not merge patterns that begin with `(?:^|[^a-z0-9])`."""
    words = r"[^a-z0-9/]+".join(map(escape, needle.words))
    end = "" if needle.open else r"(?:[^a-z0-9]|\z)"
    return rf"^{words}{end}", rf"[^a-z0-9]{words}{end}"
