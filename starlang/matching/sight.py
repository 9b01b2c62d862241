"""One text as `mentions` and `matches` see it, and where they find something in it.

This is the exact meaning of masks, words and patterns over path, name and text. The
classification of texts takes a shorter way where that gives the same answer; what
explanations show is always found here.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from starlang.matching.patterns import Finder, Pattern
from starlang.matching.words import Needle, Word, cut, find

# Masks: text that is blanked before words and patterns are looked for.
#
# All spans are found in the original text, so the order of masks cannot matter. The
# union of the spans is blanked, each maximal run becoming one space.


class Masked(NamedTuple):
    """A text after masking. `pieces` are (start in the masked text, start in the original)."""

    text: str
    pieces: tuple[tuple[int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that became `start` to `end` of the masked one."""
        return self._offset(start), self._end(end)

    def _offset(self, offset: int) -> int:
        masked_start, original_start = self.pieces[self._piece(offset)]
        return original_start + offset - masked_start

    def _end(self, end: int) -> int:
        # Past a blank the end is that of the whole run, which is where the next piece starts.
        masked_start, original_start = self.pieces[self._piece(end)]
        return original_start if masked_start == end else self._offset(end - 1) + 1

    def _piece(self, offset: int) -> int:
        return bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1

    def masked_offset(self, offset: int) -> int:
        """Where the character at `offset` of the original stands now, or the blank it is in."""
        index = bisect_right(self.pieces, offset, key=lambda piece: piece[1]) - 1
        masked_start, original_start = self.pieces[index]
        is_blank = index % 2 == 1  # kept and blanked pieces take turns, a kept one first
        return masked_start if is_blank else masked_start + offset - original_start


_WHOLE = ((0, 0),)


def blank(text: str, spans: Iterable[tuple[int, int]]) -> Masked:
    """`text` with the union of `spans` blanked; the very same text where there are none."""
    runs = _runs(spans)
    if not runs:
        return Masked(text, _WHOLE)
    pieces = [(0, 0)]
    parts: list[str] = []
    kept = length = 0
    for start, end in runs:
        parts += [text[kept:start], " "]
        length += start - kept + 1
        kept = end
        pieces += [(length - 1, start), (length, end)]
    parts.append(text[kept:])
    return Masked("".join(parts), tuple(pieces))


def _runs(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs


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
