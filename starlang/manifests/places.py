"""Findings about values inside manifests, with the place of the value."""

from collections.abc import Callable, Sequence

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic, Label
from starlang.manifests.pointers import pointer_to
from starlang.manifests.positions import Step, locate, locate_key
from starlang.source.text import Source, Span


@frozen
class Places:
    """The manifests that findings are about, by number.

    `names` are their files as people know them; `text` gives the text of one, or None
    where it is not at hand: then a finding has a pointer and no label.
    """

    names: Sequence[str] = field(repr=False)
    text: Callable[[int], str | None] = field(repr=False)

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
        if (text := self.text(number)) is not None:
            source = Source(self.names[number], text)
            find = locate_key if at_key else locate
            labels.append(Label(source, find(text, steps) or Span(0, 0)))
            for others, words in also:
                labels.append(Label(source, locate(text, others) or Span(0, 0), words))
        return Diagnostic(
            code=code,
            message=message,
            file=self.names[number],
            labels=tuple(labels),
            hint=hint,
            pointer=pointer_to(steps),
        )
