"""One text as `mentions` and `matches` see it, and where they find something in it.

This is the exact meaning of masks, words and patterns over path, name and text. The
classification of texts takes a shorter way where that gives the same answer; what
explanations show is always found here.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache

from attrs import frozen

from starlang.matching.masks import Masked, blank
from starlang.matching.needles import Needle, find
from starlang.matching.patterns import Finder, Pattern, PatternSet, in_set
from starlang.matching.words import Word, cut
from starlang.rulesets.conditions import Matches, Mentions

finder = lru_cache(maxsize=10_000)(Finder)
"""The `Finder` of a pattern: compiling one costs a thousand times as much as asking it."""


@lru_cache(maxsize=16)
def automaton(patterns: tuple[Pattern, ...]) -> PatternSet:
    """Says which of `patterns` are found in a text at all: mostly none is."""
    return PatternSet([[in_set(pattern)] for pattern in patterns])


Span = tuple[int, int]


@frozen(eq=False, repr=False, slots=False)
class Sight:
    """`text` under `masks`. `join` is where a name and a path were joined, or -1."""

    text: str
    masks: Sequence[Pattern | Needle] = ()
    join: int = -1

    def sees(self, test: Mentions | Matches) -> bool:
        """Whether something in the text meets `test`."""
        if isinstance(test, Mentions):
            return bool(self.mentions(test))
        return finder(test.pattern).found_in(self._ignoring(test.ignoring).text)

    def mentions(self, test: Mentions) -> list[Span]:
        """Spans of the original text in which a needle of `test` is found, sorted."""
        masked, join = self.masked, self.masked_join
        spans = {
            masked.original(*span)
            for needle in test.needles
            for span in find(needle, self.words, masked.text, join)
        }
        return sorted(spans)

    def matches(self, test: Matches) -> list[Span]:
        """Spans of the original text in which the pattern of `test` is found, sorted."""
        masked = self._ignoring(test.ignoring)
        spans = finder(test.pattern).spans(masked.text)
        if masked.text is self.text:
            return spans
        return [masked.original(*span) for span in spans]

    @cached_property
    def masked(self) -> Masked:
        """The text in which all masks are blanked."""
        return blank(self.text, self._hidden)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words of the masked text."""
        return cut(self.masked.text)

    @cached_property
    def masked_join(self) -> int:
        """Where name and path meet in the masked text, or -1."""
        return self.masked.masked_offset(self.join) if self.join >= 0 else -1

    @cached_property
    def _hidden(self) -> list[Span]:
        """Spans of the original text that a mask hides."""
        needles = [mask for mask in self.masks if isinstance(mask, Needle)]
        patterns = tuple(mask for mask in self.masks if isinstance(mask, Pattern))
        words = cut(self.text) if needles else ()
        spans = [span for needle in needles for span in find(needle, words, self.text, self.join)]
        for number in automaton(patterns).found_in(self.text) if patterns else ():
            spans += finder(patterns[number]).spans(self.text)
        return spans

    def _ignoring(self, pattern: Pattern | None) -> Masked:
        """The text in which all masks, and `pattern`, are blanked."""
        ignored = finder(pattern).spans(self.text) if pattern is not None else []
        return blank(self.text, [*self._hidden, *ignored]) if ignored else self.masked
