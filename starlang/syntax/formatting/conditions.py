"""Conditions: what stands after `when` and `unless`.

Where a chain of `and` or `or` is too long for a line, its parts stand one below the other:

    when capability in {api_gateway, authentication}
     and not (tier is T4 or path under "labs")
"""

from collections.abc import Sequence

from lark import Token

from starlang.syntax.building.builder import Branch, branches, token, tokens
from starlang.syntax.formatting.documents import Doc, Group, Hard, Indent, Line
from starlang.syntax.formatting.leaves import Leaves

_CHAINS = frozenset({"and", "or"})


def condition_clause(lay: Leaves, tree: Branch) -> Doc:
    """`when CONDITION` or `unless CONDITION`"""
    keyword, inside = tokens(tree)[0], branches(tree)[0]
    left = len(keyword) + 1
    return (lay.word(keyword), Indent(left, " "), _condition(lay, inside, left))


def _condition(lay: Leaves, tree: Branch, left: int) -> Doc:
    """`tree`, which begins `left` columns to the right of where its further lines do."""
    if tree.data in _CHAINS:
        return _chain(lay, tree, left)
    return _operand(lay, tree)


def _chain(lay: Leaves, tree: Branch, left: int) -> Doc:
    """Parts that one word joins. On lines of their own they are flush, the word before each."""
    first, *others = branches(tree)
    words = tokens(tree)
    reach = len(words[0]) + 1
    left = max(left, reach)
    parts: list[Doc] = [Indent(left, _operand(lay, first))]
    for word, part in zip(words, others, strict=True):
        parts += [Indent(left - reach, Line()), lay.word(word)]
        parts.append(Indent(left, (" ", _operand(lay, part))))
    return Group(tuple(parts), broken=lay.has_break(tree.children))


def _operand(lay: Leaves, tree: Branch) -> Doc:
    match str(tree.data):
        case "and" | "or":
            return _chain(lay, tree, 0)
        case "not":
            inside = _operand(lay, branches(tree)[0])
            return (lay.word(tokens(tree)[0]), Indent(len("not "), " "), inside)
        case "group":
            opening, closing = tokens(tree)
            between = Indent(2, (Line(""), _condition(lay, branches(tree)[0], 0)))
            return Group((lay.word(opening), between, Line(""), lay.word(closing)))
        case _:
            return _predicate(lay, tree)


def _predicate(lay: Leaves, tree: Branch) -> Doc:
    facet, *others = tree.children
    if token(tree, "LBRACE") and _has_comments(lay, tokens(tree)):
        return _spread(lay, facet, tokens(tree))
    ignoring = token(tree, "IGNORING")
    cut = others.index(ignoring) if ignoring else len(others)
    return lay.flow([facet], others[:cut], others[cut:])


def _has_comments(lay: Leaves, inside: Sequence[Token]) -> bool:
    """Whether there are comments between the braces."""
    after = [each for each in inside if each.type != "COMMA"]
    opening = next(i for i, each in enumerate(after) if each.type == "LBRACE")
    before_last = any(lay.around(each).beside for each in after[opening:-1])
    return before_last or any(lay.around(each).above for each in after[opening + 1 :])


def _spread(lay: Leaves, facet: Branch | Token, inside: Sequence[Token]) -> Doc:
    """`FACET in { … }` with a value a line, so that each comment stays with its value."""
    opening = next(i for i, each in enumerate(inside) if each.type == "LBRACE")
    *values, closing = (each for each in inside[opening + 1 :] if each.type != "COMMA")
    lines: list[Doc] = [(Hard(), lay.word(value, ",")) for value in values]
    lines += [(Hard(), comment.text) for comment in lay.around(closing).above]
    head = lay.flow([facet], inside[: opening + 1])
    return (head, Indent(2, tuple(lines)), Hard(), lay.bare(closing))
