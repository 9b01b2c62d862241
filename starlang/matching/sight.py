"""One text as `mentions` and `matches` see it, and where they find something in it.

This is the exact meaning of masks, words and patterns over path, name and text. The
classification of texts takes a shorter way where that gives the same answer; what
explanations show is always found here.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache

from starlang.matching.masks import Masked, blank
from starlang.matching.needles import Needle, find
from starlang.matching.patterns import Finder, Pattern
from starlang.matching.words import Word, cut

finder = lru_cache(maxsize=10_000)(Finder)
"""The `Finder` of a pattern: compiling one costs a thousand times as much as asking it."""


Span = tuple[int, int]


class Sight:
    """`text` under `masks`. `join` is where a name and a path were joined, or -1.

    Every pattern among `masks` is asked; who has many texts leaves out those that an
    automaton does not find.
    """

    def __init__(self, text: str, masks: Sequence[Pattern | Needle] = (), join: int = -1) -> None:
        self.text = text
        self._join = join
        self._hidden = _hidden(text, masks, join) if masks else []
        self.masked = blank(text, self._hidden)
        """The text in which all masks are blanked."""

    def mentions(self, needles: Sequence[Needle]) -> list[Span]:
        """Spans of the original text in which one of `needles` is found, sorted."""
        masked, join = self.masked, self.masked_join
        spans = {
            masked.original(*span)
            for needle in needles
            for span in find(needle, self.words, masked.text, join)
        }
        return sorted(spans)

    def has_match(self, pattern: Pattern, ignoring: Pattern | None = None) -> bool:
        """Whether `pattern` is found in the text without what is `ignoring`."""
        return finder(pattern).found_in(self._ignoring(ignoring).text)

    def matches(self, pattern: Pattern, ignoring: Pattern | None = None) -> list[Span]:
        """Spans of the original text in which `pattern` is found, sorted."""
        masked = self._ignoring(ignoring)
        spans = finder(pattern).spans(masked.text)
        if masked.text is self.text:
            return spans
        return [masked.original(*span) for span in spans]

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words of the masked text."""
        return cut(self.masked.text)

    @cached_property
    def masked_join(self) -> int:
        """Where name and path meet in the masked text, or -1."""
        return self.masked.masked_offset(self._join) if self._join >= 0 else -1

    def _ignoring(self, pattern: Pattern | None) -> Masked:
        """The text in which all masks, and `pattern`, are blanked."""
        ignored = finder(pattern).spans(self.text) if pattern is not None else []
        return blank(self.text, [*self._hidden, *ignored]) if ignored else self.masked


def _hidden(text: str, masks: Sequence[Pattern | Needle], join: int) -> list[Span]:
    """Spans of the original text that a mask hides."""
    needles = [mask for mask in masks if isinstance(mask, Needle)]
    words = cut(text) if needles else ()
    spans = [span for needle in needles for span in find(needle, words, text, join)]
    for mask in masks:
        if isinstance(mask, Pattern):
            spans += finder(mask).spans(text)
    return spans
