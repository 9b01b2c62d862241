"""Declarations of all files, sorted by kind."""

from collections.abc import Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from attrs import frozen

from starlang.diagnostics.model import Label
from starlang.syntax.nodes import Declaration, File
from starlang.text import Source, Span

D = TypeVar("D")


class HasSpan(Protocol):
    """A node of the syntax tree."""

    @property
    def span(self) -> Span: ...


@frozen
class Located(Generic[D]):
    """A declaration and the file that it stands in."""

    node: D
    source: Source

    def label(self, node: HasSpan) -> Label:
        """The place of `node`, which is part of this declaration."""
        return Label(self.source, node.span)

    def at(self, node: HasSpan) -> str:
        """`file:line:column` of `node`, which is part of this declaration."""
        return self.source.place(node.span)


def declared(files: Sequence[File], kind: type[D]) -> Iterator[Located[D]]:
    """The declarations of class `kind`, in the order of files and lines."""
    for file in files:
        for declaration in file.declarations:
            node: Declaration = declaration
            if isinstance(node, kind):
                yield Located(node, file.source)
