"""Declarations without braces: on one line, or with a line for each clause.

Who writes a declaration on one line gets one line, as long as it fits there. Who ends a line
before a clause gets a line for each. The same holds for entries, blocks and chains of `and`.
"""

from collections.abc import Sequence

from lark import Token

from starlang.syntax.building.builder import Branch, branches, token, tokens
from starlang.syntax.formatting.conditions import condition_clause
from starlang.syntax.formatting.documents import Doc, Group, Indent, Line
from starlang.syntax.formatting.leaves import Leaves

HEAD_INDENT = 4
"""How far a list goes in that is too long for the line on which its declaration begins."""


def plain(lay: Leaves, tree: Branch) -> Doc:
    """`use "FILE"`, `order STAR, …` and all that has no clauses."""
    return lay.flow(tree.children, indent=HEAD_INDENT)


def with_clauses(lay: Leaves, tree: Branch) -> Doc:
    """A star or a mask."""
    head, clauses = tokens(tree), branches(tree)
    return _divided(lay, lay.flow(head, indent=HEAD_INDENT), head[-1], clauses)


def rule(lay: Leaves, tree: Branch) -> Doc:
    """`rule NAME -> STAR weight N`, and below it the condition and the reason."""
    head, clauses = tokens(tree), branches(tree)
    weight = [each for each in clauses if each.data == "weight"]
    doc = lay.flow(head[:2], head[2:], weight, indent=HEAD_INDENT)
    return _divided(lay, doc, head[-1], clauses, told=len(weight))


def never(lay: Leaves, tree: Branch) -> Doc:
    """`never promote to STAR, … "GLOB", …`, or with the condition where that fits."""
    head, clauses = tokens(tree), branches(tree)
    scope = [each for each in clauses if each.data in {"to", "globs"}]
    doc: Doc = lay.flow(head, *([each] for each in scope), indent=HEAD_INDENT)
    told = len(scope)
    if clauses[told].data == "when":
        doc = Group((doc, Indent(2, (Line(), clause(lay, clauses[told])))))
        told += 1
    return _divided(lay, doc, head[-1], clauses, told=told)


def assign(lay: Leaves, tree: Branch) -> Doc:
    """`assign "PATH", … to STAR`, and below it the reason."""
    head, clauses = tokens(tree), branches(tree)
    doc = lay.flow(head, clauses[:1], indent=HEAD_INDENT)
    return _divided(lay, doc, head[-1], clauses, told=1)


def test(lay: Leaves, tree: Branch) -> Doc:
    """`test "NAME"`, what is given, and what is expected."""
    head, parts = tokens(tree), branches(tree)
    clauses = [clause(lay, parts[-1])]
    if given := token(tree, "GIVEN"):
        clauses.insert(0, _given(lay, given, parts[:-1]))
    broken = lay.has_break((*head[1:], *parts))
    return _declared(lay.flow(head[:2], indent=HEAD_INDENT), clauses, broken=broken)


def _given(lay: Leaves, word: Token, facets: Sequence[Branch]) -> Doc:
    first, *others = (_given_part(lay, each) for each in facets)
    inside = (first, *((Line(), other) for other in others))
    inner = (" ", Group(inside, lay.has_break(facets)))
    return (lay.word(word), Indent(len(word) + 1, inner))


def _given_part(lay: Leaves, tree: Branch) -> Doc:
    """A facet, or a relation of one or two words, and what is given for it."""
    size = 2 if token(tree, "USED") else 1
    return lay.flow(tree.children[:size], tree.children[size:])


def clause(lay: Leaves, tree: Branch) -> Doc:
    """A clause of any kind."""
    if tree.data in {"when", "unless"}:
        return condition_clause(lay, tree)
    return lay.flow(tree.children)


def _divided(
    lay: Leaves, head: Doc, last: Token, clauses: Sequence[Branch], *, told: int = 0
) -> Doc:
    """`head`, which ends with the token `last` and the first `told` clauses, and the others."""
    docs = [clause(lay, each) for each in clauses[told:]]
    return _declared(head, docs, broken=lay.has_break((last, *clauses)))


def _declared(head: Doc, clauses: Sequence[Doc], *, broken: bool) -> Doc:
    return Group((head, Indent(2, tuple((Line(), each) for each in clauses))), broken)
