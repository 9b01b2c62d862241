"""From a source to its canonical layout."""

from collections.abc import Callable, Sequence
from itertools import takewhile

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.format import layout as blocks
from starlang.format import layout as declarations
from starlang.format.comments import Comment, trivia_of, with_remarks
from starlang.format.layout import Leaves, first_token, ordered, start
from starlang.format.printer import Doc, PrintedLine, printed
from starlang.syntax.automaton import Tree, parse_text
from starlang.syntax.build import branches
from starlang.syntax.parse import parse
from starlang.syntax.scanner import over_limit
from starlang.syntax.words import ENTRIES
from starlang.text import Source

# A whole file: its declarations one below the other, with the empty lines between them.

_LAYOUTS: dict[str, Callable[[Leaves, Tree], Doc]] = {
    "header": declarations.plain,
    "ruleset": blocks.ruleset,
    "use": declarations.plain,
    "order": declarations.plain,
    "star": declarations.with_clauses,
    "weights": blocks.settings,
    "confidence": blocks.settings,
    "mask": declarations.with_clauses,
    "derive": declarations.derive,
    "rule": declarations.rule,
    "table": blocks.table,
    "never": declarations.never,
    "forbid": declarations.forbid,
    "assign": declarations.assign,
    "ceilings": blocks.ceilings,
    "test": declarations.test,
}

_KINDS = {"assign": "never"}
"""Kinds of declarations that count as another one: these are exceptions."""

_EMPTY = PrintedLine("")


@frozen
class _Part:
    """A declaration and what is above it; that at the end of the file has no kind and no lines."""

    kind: str
    above: tuple[Comment, ...]
    blank: bool
    lines: tuple[PrintedLine, ...]


def laid_out(text: str, tree: Tree) -> str:
    """The file `text`, whose tree is `tree`, in the canonical layout."""
    trivia = trivia_of(text)
    tree = ordered(tree, trivia)
    lay = Leaves(trivia, _heads(tree))
    parts: list[_Part] = []
    for declaration in branches(tree):
        _append(parts, _part(lay, declaration))
    end = trivia[len(text)]
    _append(parts, _Part("", end.above, end.blank, ()))
    return "".join(f"{line}\n" for line in with_remarks(_joined(parts)))


def _heads(tree: Tree) -> frozenset[int]:
    """Where declarations and their entries begin."""
    entries = frozenset[str]().union(*ENTRIES.values())
    inner = (each for outer in branches(tree) for each in branches(outer) if each.data in entries)
    return frozenset(map(start, (*branches(tree), *inner)))


def _part(lay: Leaves, tree: Tree) -> _Part:
    around = lay.around(first_token(tree))
    kind = str(tree.data)
    lines = printed(_LAYOUTS[kind](lay, tree))
    return _Part(_KINDS.get(kind, kind), around.above, around.blank, lines)


def _append(parts: list[_Part], part: _Part) -> None:
    """Adds `part`. Indented comments that stand close to the declaration before stay with it."""
    if parts:
        own = list(takewhile(lambda each: each.indented and not each.blank, part.above))
        if own:
            lines = tuple(PrintedLine(f"  {each.text}") for each in own)
            parts[-1] = evolve(parts[-1], lines=parts[-1].lines + lines)
            part = evolve(part, above=part.above[len(own) :])
    parts.append(part)


def _joined(parts: Sequence[_Part]) -> list[PrintedLine]:
    """All lines, with the empty ones between them: those of the author, and those that must be."""
    lines: list[PrintedLine] = []
    for number, part in enumerate(parts):
        is_apart = number > 0 and _stand_apart(parts[number - 1], part)
        rows = [(each.blank, (PrintedLine(each.text),)) for each in part.above]
        for blank, row in (*rows, (part.blank, part.lines)):
            if row and lines and (blank or is_apart):
                lines.append(_EMPTY)
            lines += row
            is_apart = False
    return lines


def _stand_apart(first: _Part, second: _Part) -> bool:
    """Neighbours of two kinds are to stand apart if one takes several lines, and do not yet."""
    is_long = len(first.lines) > 1 or len(second.lines) > 1
    apart = second.blank or any(each.blank for each in second.above)
    return is_long and first.kind != second.kind and bool(second.lines) and not apart


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
