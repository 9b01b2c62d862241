"""Diagnostics for people, in the form that Rust's compiler made known.

error[E108]: `wehn` is no word of the language here
 --> rules/trail.star:3:3
  |
3 |   wehn path mentions memory
  |   ^^^^
  |
  = help: did you mean `when`?
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from attrs import frozen

from starlang.diagnostics.cells import printed
from starlang.diagnostics.excerpt import GAP, Row, excerpt
from starlang.diagnostics.model import Diagnostic, Label

_RESET, _BOLD = "\x1b[0m", "\x1b[1m"
_RED, _YELLOW, _BLUE = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m"


def render(
    diagnostic: Diagnostic, *, color: bool = False, unicode: bool = True, width: int = 80
) -> str:
    """The diagnostic as lines of text, without a final line end.

    Lines of the source are cut to `width` columns. Without `unicode` the text is ASCII.
    Whatever the diagnostic holds, nothing in the text can steer a terminal.
    """
    return "\n".join(_Text(diagnostic, color, unicode, width).lines())


@frozen
class _Text:
    diagnostic: Diagnostic
    color: bool
    unicode: bool
    width: int

    def lines(self) -> Iterator[str]:
        yield self._title()
        margin = " " * len(str(self._last_line()))
        groups = self._by_file()
        for number, labels in enumerate(groups):
            arrow = self._paint("-->" if number == 0 else ":::", _BLUE)
            yield f"{margin}{arrow} {self._place(labels)}"
            yield from self._excerpt(labels, margin)
        if not groups and (place := self._place(())):
            yield f"{margin}{self._paint('-->', _BLUE)} {place}"
        if self.diagnostic.hint:
            if groups:
                yield f"{margin} {self._paint('|', _BLUE)}"
            hint = self._printed(self.diagnostic.hint)
            yield f"{margin} {self._paint('=', _BLUE)} {self._paint('help', _BOLD)}: {hint}"

    def _title(self) -> str:
        severity = self._paint(f"{self.diagnostic.severity}[{self.diagnostic.code}]", self._accent)
        return f"{severity}{self._paint(f': {self._printed(self.diagnostic.message)}', _BOLD)}"

    def _by_file(self) -> list[tuple[tuple[Label, bool], ...]]:
        """The labels with whether they are primary, one group a file, the primary's first."""
        labels = [(label, number == 0) for number, label in enumerate(self.diagnostic.labels)]
        first = labels[0][0].source.name if labels else ""
        labels.sort(key=lambda each: (each[0].source.name != first, each[0].source.name))
        return [tuple(group) for _, group in groupby(labels, lambda each: each[0].source.name)]

    def _place(self, labels: Sequence[tuple[Label, bool]]) -> str:
        place = self.diagnostic.file
        if position := self.diagnostic.position:
            place = f"{place}:{position.line}:{position.column}"
        if labels:
            label = labels[0][0]
            place = label.source.place(label.span)
        if self.diagnostic.pointer and (not labels or labels[0][1]):
            place = f"{place} at {self.diagnostic.pointer}" if place else self.diagnostic.pointer
        return self._printed(place)

    def _last_line(self) -> int:
        """The greatest line number that may be printed."""
        ends = [(label.source, label.span.end) for label in self.diagnostic.labels]
        return max((source.position(end).line for source, end in ends), default=0)

    def _excerpt(self, labels: Sequence[tuple[Label, bool]], margin: str) -> Iterator[str]:
        bar = self._paint("|", _BLUE)
        yield f"{margin} {bar}"
        room = max(self.width - len(margin) - 3, 20)
        for row in excerpt(labels, room, unicode=self.unicode):
            if row is GAP:
                yield self._paint(row.text, _BLUE)
            elif row.number is not None:
                number = self._paint(str(row.number).rjust(len(margin)), _BLUE)
                yield f"{number} {bar} {row.text}".rstrip()
            else:
                yield f"{margin} {bar} {self._marks(row)}"

    def _marks(self, row: Row) -> str:
        text = row.text.lstrip(" ")
        indent = " " * (len(row.text) - len(text))
        color = self._accent if row.is_primary else _BLUE
        return indent + self._paint(self._printed(text), color)

    @property
    def _accent(self) -> str:
        return _RED if self.diagnostic.is_error else _YELLOW

    def _printed(self, text: str) -> str:
        return printed(text, unicode=self.unicode)

    def _paint(self, text: str, code: str) -> str:
        return f"{code}{text}{_RESET}" if self.color else text
