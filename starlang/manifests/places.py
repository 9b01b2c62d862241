"""Findings about values inside manifests, with the place of the value."""

from collections.abc import Callable, Sequence

from starlang.diagnostics.model import Diagnostic, Label
from starlang.manifests.pointers import pointer_to
from starlang.manifests.positions import Step, locate_entry
from starlang.text import Source, Span


class Places:
    """The manifests that findings are about, by number.

    `names` are their files as people know them; `text` gives the text of one, or None
    where it is not at hand: then a finding has a pointer and no label.
    """

    def __init__(self, names: Sequence[str], text: Callable[[int], str | None]) -> None:
        self.names = names
        self._text = text
        self._sources: dict[int, Source | None] = {}

    def _source(self, number: int) -> Source | None:
        if number not in self._sources:
            text = self._text(number)
            self._sources[number] = None if text is None else Source(self.names[number], text)
        return self._sources[number]

    def finding(  # noqa: PLR0913 -- the parts of a diagnostic, each by name
        self,
        number: int,
        steps: Sequence[Step],
        code: str,
        message: str,
        *,
        hint: str = "",
        at_key: bool = False,
        also: Sequence[tuple[Sequence[Step], str]] = (),
    ) -> Diagnostic:
        """A finding about the value (or its key) at `steps` of manifest `number`."""
        labels: list[Label] = []
        if (source := self._source(number)) is not None:
            labels.append(Label(source, _place(source.text, steps, at_key=at_key)))
            labels += [Label(source, _place(source.text, to), words) for to, words in also]
        return Diagnostic(
            code=code,
            message=message,
            file=self.names[number],
            labels=tuple(labels),
            hint=hint,
            pointer=pointer_to(steps),
        )


def _place(text: str, steps: Sequence[Step], *, at_key: bool = False) -> Span:
    """The value at `steps`; its key if that is meant or the value goes over several lines."""
    key, value = locate_entry(text, steps) or (Span(0, 0), Span(0, 0))
    if not at_key and "\n" not in text[value.start : value.end]:
        return value
    return Span(key.start, key.start + 1) if key == value else key
