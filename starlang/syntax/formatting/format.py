"""From a source to its canonical layout."""

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.syntax.formatting.files import laid_out
from starlang.syntax.grammar import parse_text
from starlang.syntax.limits import over_limit
from starlang.syntax.parse import parse
from starlang.text import Source


@frozen
class Formatted:
    """The text in its canonical layout, or None where errors stand in the way.

    `diagnostics` are those errors, sorted; warnings are left to the checker.
    """

    text: str | None
    diagnostics: tuple[Diagnostic, ...] = ()


def format_source(source: Source) -> Formatted:
    """The file `source` in its canonical layout.

    A file with syntax errors is not laid out: its author may have meant anything. RuntimeError
    if the layout would change what the file means, of which no case is known.
    """
    parsed = parse(source)
    errors = tuple(each for each in parsed.diagnostics if each.is_error)
    tree = None if errors else parse_text(source.text)
    if tree is None:
        return Formatted(None, errors)
    made = Source(source.name, laid_out(source.text, tree))
    if refusal := over_limit(made):
        return Formatted(None, (evolve(refusal, message=f"laid out, {refusal.message}"),))
    if made.text != source.text and parse(made).file != parsed.file:
        raise RuntimeError(f"the layout of {source.name} would change what it means")
    return Formatted(made.text)
