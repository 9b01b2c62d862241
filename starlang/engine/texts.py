"""Classes of texts: one pass of an automaton a text decides all tests over it.

The short way is open to plain texts, ASCII in lower case, in which nothing was found that
masks or is ignored: there a needle is a pattern like any other. What the automaton found
in a text is looked up in a table of answers, and is thought about only when it was never
found before. Texts are taken in blocks: where a whole block is plain, no line of Python
runs for each text. The other texts are decided one by one.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from starlang.engine.classes import Classes, Numbering
from starlang.engine.looked_for import LookedFor
from starlang.engine.single import SingleTexts
from starlang.matching.needles import Needle
from starlang.matching.patterns import SET_MEMORY, Pattern, PatternSet
from starlang.rulesets.predicates import Test

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
