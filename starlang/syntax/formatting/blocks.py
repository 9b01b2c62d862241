"""Declarations with entries between braces, in columns where that helps to read them.

Columns are those of a paragraph: an empty line between two entries parts them.
"""

from collections.abc import Iterator, Sequence

from attrs import frozen
from lark import Token

from starlang.syntax.building.builder import Branch, branches, tokens
from starlang.syntax.formatting.declarations import HEAD_INDENT, clause
from starlang.syntax.formatting.documents import Column, Doc, Group, Hard, Indent, Line, columns
from starlang.syntax.formatting.leaves import Leaves
from starlang.syntax.formatting.order import first_token
from starlang.syntax.formatting.printing import WIDTH, printed

_INDENT = 2


@frozen
class _Entry:
    """An entry in two columns: `first`, the `middle` that begins the second one, and the rest."""

    first: Doc
    middle: Doc
    rest: Doc = ()


def ruleset(lay: Leaves, tree: Branch) -> Doc:
    """`ruleset NAME "VERSION" { NAME "text", … }`"""
    head, entries = tokens(tree), branches(tree)
    doc = lay.flow(head[:2], head[2:3], indent=HEAD_INDENT)
    if len(head) == 3:  # noqa: PLR2004 -- the keyword, the name and the version; no braces
        return doc
    return (doc, " ", _braces(lay, head[3:], entries, [lay.flow(e.children) for e in entries]))


def settings(lay: Leaves, tree: Branch) -> Doc:
    """`weights { FACET N … }` and `confidence { SETTING … }`: first words and the rest."""
    word, *signs = tokens(tree)
    entries = branches(tree)
    split = [_Entry(lay.word(first), lay.flow(rest)) for first, *rest in map(tokens, entries)]
    return (lay.word(word), " ", _braces(lay, signs, entries, _in_columns(lay, entries, split)))


def table(lay: Leaves, tree: Branch) -> Doc:
    """`table FACET weight N because "…" { VALUE, … -> STAR … }`, its verdicts in one column."""
    word, *signs = tokens(tree)
    rows = [each for each in branches(tree) if each.data == "row"]
    facet, *clauses = (each for each in branches(tree) if each.data != "row")
    head = lay.flow([word, facet], *([each] for each in clauses), indent=HEAD_INDENT)
    docs = _in_columns(lay, rows, [_row(lay, row) for row in rows])
    return (head, " ", _braces(lay, signs, rows, docs))


def _row(lay: Leaves, tree: Branch) -> _Entry:
    *_, sign, star = tokens(tree)
    verdict = [sign, star]
    cells = tree.children[: tree.children.index(sign)]
    clauses = [each for each in branches(tree) if each.data != "cell"]
    below = tuple((Line(), clause(lay, each)) for each in clauses)
    rest = Group(Indent(2, below), broken=lay.has_break((star, *clauses)))
    return _Entry(lay.flow(cells), lay.flow(verdict), rest)


def ceilings(lay: Leaves, tree: Branch) -> Doc:
    """`ceilings { LIMIT … }`"""
    word, *signs = tokens(tree)
    entries = branches(tree)
    docs = [lay.flow(tokens(e), *([each] for each in branches(e))) for e in entries]
    return (lay.word(word), " ", _braces(lay, signs, entries, docs))


def _in_columns(lay: Leaves, trees: Sequence[Branch], entries: Sequence[_Entry]) -> list[Doc]:
    """The entries, the second column of each paragraph as far to the left as may be."""
    docs: list[Doc] = []
    for paragraph in _paragraphs(lay, trees, entries):
        column = _second_column(paragraph)
        docs += [(each.first, Column(column), each.middle, each.rest) for each in paragraph]
    return docs


def _paragraphs(
    lay: Leaves, trees: Sequence[Branch], entries: Sequence[_Entry]
) -> Iterator[list[_Entry]]:
    paragraph: list[_Entry] = []
    for tree, entry in zip(trees, entries, strict=True):
        around = lay.around(first_token(tree))
        if paragraph and (around.blank or any(each.blank for each in around.above)):
            yield paragraph
            paragraph = []
        paragraph.append(entry)
    if paragraph:
        yield paragraph


def _second_column(entries: Sequence[_Entry]) -> int:
    """Right of all first columns that leave room for the second one; others are divided."""
    room = WIDTH - _INDENT - 1 - max(_width(each.middle) for each in entries)
    widths = [width for each in entries if (width := _width(each.first)) <= room]
    return _INDENT + max(widths, default=0) + 1


def _width(doc: Doc) -> int:
    """The columns of `doc` on one line; more than a line has if it takes several."""
    lines = printed(doc)
    return columns(lines[0].text) if len(lines) == 1 else WIDTH


def _braces(
    lay: Leaves, signs: Sequence[Token], trees: Sequence[Branch], docs: Sequence[Doc]
) -> Doc:
    """The entries between braces, on one line only where the author wrote them on one."""
    opening, closing = signs
    inside: list[Doc] = []
    for tree, doc in zip(trees, docs, strict=True):
        around = lay.around(first_token(tree))
        for comment in around.above:
            inside += [_end(inside, blank=comment.blank), comment.text]
        inside += [_end(inside, blank=around.blank), doc]
    for comment in lay.around(closing).above:
        inside += [_end(inside, blank=comment.blank), comment.text]
    last = Line() if inside else ""
    broken = lay.has_break((opening, *trees, closing)) and bool(inside)
    between = Indent(_INDENT, tuple(inside))
    return Group((lay.word(opening), between, last, lay.bare(closing)), broken)


def _end(inside: Sequence[Doc], *, blank: bool) -> Doc:
    """The end of the line before an entry: the first one has no empty line above it."""
    if not inside:
        return Line()
    return Hard(blank=True) if blank else Line("  ")
