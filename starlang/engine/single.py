"""One text at a time, decided exactly: masked, joined, with capitals, or not ASCII at all."""

import re
from functools import cached_property

from starlang.engine.looked_for import LookedFor
from starlang.engine.vocabulary import Vocabulary
from starlang.matching.patterns import PatternSet
from starlang.matching.sight import Sight

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
