"""From a source to its canonical layout."""

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.source.text import Source
from starlang.syntax.formatting.files import laid_out
from starlang.syntax.grammar import parse_text
from starlang.syntax.parse import parse


@frozen
class Formatted:
    """The text in its canonical layout, or None if syntax errors stand in the way.

    `diagnostics` are those errors, sorted; warnings are left to the checker.
    """

    text: str | None
    diagnostics: tuple[Diagnostic, ...] = ()


def format_source(source: Source) -> Formatted:
    """The file `source` in its canonical layout.

    A file with errors is not laid out, for its author may have meant anything.
    """
    parsed = parse(source)
    errors = tuple(each for each in parsed.diagnostics if each.is_error)
    tree = parse_text(source.text)
    if errors or tree is None:
        return Formatted(None, errors)
    text = laid_out(source.text, tree)
    if text != source.text and parse(Source(source.name, text)).file != parsed.file:
        # No input is known for which this holds. A rule that changes is worse than no layout.
        raise RuntimeError(f"the layout of {source.name} would change what it means")
    return Formatted(text)
