"""Documents: texts and the places where a line may end.

After Wadler, "A prettier printer" (2003): a `Group` is printed on one line if it fits there;
if not, every `Line` that stands directly in it ends the line. A tuple is its parts in a row.
"""

from attrs import frozen

from starlang.diagnostics.terminal import cells, width_of


@frozen
class Line:
    """The end of a line, or the text `flat` where the group around it is on one line."""

    flat: str = " "


@frozen
class Hard:
    """The end of a line, always; with `blank` an empty line follows."""

    blank: bool = False


@frozen
class Fresh:
    """The end of a line, unless nothing stands on it yet."""


@frozen
class Remark:
    """Comments at the end of the line, one below the other. Nothing may follow on that line."""

    texts: tuple[str, ...]


@frozen
class Column:
    """Blanks up to `column`, at least one; one only where the group around it is on one line."""

    column: int


@frozen
class Indent:
    """`inside`, whose lines begin `by` columns further to the right."""

    by: int
    inside: "Doc"


@frozen
class Group:
    """`inside` on one line if it fits and is not `broken`."""

    inside: "Doc"
    broken: bool = False


@frozen
class Fill:
    """The parts with blanks between, as many on a line as fit; further lines are indented."""

    parts: tuple["Doc", ...]
    indent: int = 2


Doc = str | Line | Hard | Fresh | Remark | Column | Indent | Group | Fill | tuple["Doc", ...]


def own_line(comment: str) -> Doc:
    """A comment on a line of its own."""
    return (Fresh(), comment, Hard())


def spaced(*parts: Doc) -> Doc:
    """The parts with blanks between, never divided."""
    first, *others = parts
    return (first, *((" ", other) for other in others))


def columns(text: str) -> int:
    """How many columns a line of text takes."""
    return len(text) if text.isascii() else width_of(cells(text, unicode=True))
