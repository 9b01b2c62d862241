"""One text as `mentions` and `matches` see it, and where they find something in it.

This is the exact meaning of masks, words and patterns over path, name and text. The
classification of texts takes a shorter way where that gives the same answer; what
explanations show is always found here.
"""

from collections.abc import Sequence
from functools import cache

from attrs import frozen

from starlang.matching.masks import Masked, blank
from starlang.matching.needles import Needle, find
from starlang.matching.patterns import Finder, Pattern
from starlang.matching.words import Word, cut
from starlang.rulesets.conditions import Matches, Mentions

finder = cache(Finder)

Span = tuple[int, int]


@frozen
class Sight:
    """`text` under `masks`. `join` is where a name and a path were joined, or -1."""

    text: str
    masks: Sequence[Pattern | Needle] = ()
    join: int = -1

    def mentions(self, test: Mentions) -> list[Span]:
        """Spans of the original text in which a needle of `test` is found, sorted."""
        masked, words = self._masked_words()
        join = masked.masked_offset(self.join) if self.join >= 0 else -1
        spans = {
            masked.original(*span)
            for needle in test.needles
            for span in find(needle, words, masked.text, join)
        }
        return sorted(spans)

    def matches(self, test: Matches) -> list[Span]:
        """Spans of the original text in which the pattern of `test` is found, sorted."""
        masked = self._masked(test.ignoring)
        return [masked.original(*span) for span in finder(test.pattern).spans(masked.text)]

    def _masked_words(self) -> tuple[Masked, tuple[Word, ...]]:
        masked = self._masked(None)
        return masked, cut(masked.text)

    def _masked(self, ignoring: Pattern | None) -> Masked:
        hidden = self.hidden()
        if ignoring is not None:
            hidden = [*hidden, *finder(ignoring).spans(self.text)]
        return blank(self.text, hidden)

    def hidden(self) -> list[Span]:
        """Spans of the original text that a mask of the rule set hides."""
        words = cut(self.text)
        spans: list[Span] = []
        for mask in self.masks:
            if isinstance(mask, Needle):
                spans += find(mask, words, self.text, self.join)
            else:
                spans += finder(mask).spans(self.text)
        return spans
