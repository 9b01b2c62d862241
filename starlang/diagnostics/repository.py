"""What machines in CI need to know of findings beside what the findings say."""

from collections.abc import Mapping

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic, Label
from starlang.source.text import Position


@frozen
class Repository:
    """Where a project lies, and what its findings are called.

    `prefix` is the project relative to the root of the repository, "" or ending in `/`:
    code hosts name files from there. `fallback` is the file, relative to the project, that
    findings about no file are shown at. `pages` are the pages about codes, in Markdown.
    """

    prefix: str = ""
    fallback: str = ""
    pages: Mapping[str, str] = field(factory=dict)

    def path(self, file: str) -> str:
        """A file of the project, from the root of the repository."""
        return f"{self.prefix}{file or self.fallback}"


def region(diagnostic: Diagnostic) -> tuple[Position, Position] | None:
    """Where a finding begins and ends; None where it is about a whole file."""
    if diagnostic.labels:
        return label_region(diagnostic.labels[0])
    if diagnostic.position is not None:
        return diagnostic.position, diagnostic.position
    return None


def label_region(label: Label) -> tuple[Position, Position]:
    """Where a label begins and ends."""
    return label.source.position(label.span.start), label.source.position(label.span.end)


def plain(text: str) -> str:
    """`text` with escapes for lone surrogates, which no UTF-8 stream can carry."""
    return text.encode(errors="backslashreplace").decode()


def with_hint(diagnostic: Diagnostic) -> str:
    """The message and the way out."""
    hint = f"\nhelp: {diagnostic.hint}" if diagnostic.hint else ""
    return plain(f"{diagnostic.message}{hint}")
