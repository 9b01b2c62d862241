"""The diagnostics that the passes of the checker collect."""

from collections.abc import Iterable

from attrs import define, evolve, field

from starlang.diagnostics.model import Diagnostic, Label, in_order
from starlang.text import Source, Span


@define
class Findings:
    """Collects diagnostics, so that a pass can go on after a mistake."""

    _found: list[Diagnostic] = field(factory=list)

    def report(  # noqa: PLR0913 -- the parts of a diagnostic, each by name
        self,
        code: str,
        place: Label,
        message: str,
        *,
        hint: str = "",
        label: str = "",
        others: Iterable[Label] = (),
    ) -> None:
        """Adds a diagnostic about `place`; `others` are further places, each with its words."""
        first = evolve(place, message=label) if label else place
        self._found.append(
            Diagnostic(
                code=code,
                message=message,
                file=place.source.name,
                labels=(first, *others),
                hint=hint,
            )
        )

    def in_order(self) -> tuple[Diagnostic, ...]:
        """What was reported, sorted, each once."""
        return in_order(self._found)


def first_line(source: Source, span: Span) -> Label:
    """A place for a declaration of several lines: its first line."""
    position = source.position(span.start)
    rest = len(source.line(position.line)) - position.column + 1
    return Label(source, Span(span.start, min(span.end, span.start + rest)))
