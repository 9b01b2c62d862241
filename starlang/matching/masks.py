"""Masks: text that is blanked before words and patterns are looked for.

All spans are found in the original text, so the order of masks cannot matter. The
union of the spans is blanked, each maximal run becoming one space.
"""

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple


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
