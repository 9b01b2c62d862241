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


def condition_clause(lay: Leaves, tree: Branch) -> Doc:
    """`when CONDITION` or `unless CONDITION`"""
    keyword, inside = tokens(tree)[0], branches(tree)[0]
    left = len(keyword) + 1
    return (lay.word(keyword), Indent(left, " "), _condition(lay, inside, left))


def _condition(lay: Leaves, tree: Branch, left: int = 0) -> Doc:
    """`tree`, which begins `left` columns to the right of where its further lines do."""
    match str(tree.data):
        case "and" | "or":
            return _chain(lay, tree, left)
        case "not":
            inside = _condition(lay, branches(tree)[0])
            return (lay.word(tokens(tree)[0]), Indent(len("not "), " "), inside)
        case "group":
            opening, closing = tokens(tree)
            between = Indent(2, (Line(""), _condition(lay, branches(tree)[0])))
            return Group((lay.word(opening), between, Line(""), lay.word(closing)))
        case _:
            return _predicate(lay, tree)


def _chain(lay: Leaves, tree: Branch, left: int) -> Doc:
    """Parts that one word joins. On lines of their own they are flush, the word before each."""
    first, *others = branches(tree)
    words = tokens(tree)
    reach = len(words[0]) + 1
    left = max(left, reach)
    parts: list[Doc] = [Indent(left, _condition(lay, first))]
    for word, part in zip(words, others, strict=True):
        parts += [Indent(left - reach, Line()), lay.word(word)]
        parts.append(Indent(left, (" ", _condition(lay, part))))
    return Group(tuple(parts), broken=lay.has_break(tree.children))


def _predicate(lay: Leaves, tree: Branch) -> Doc:
    if tree.data in {"neighbours", "events"}:
        return _relation(lay, tree)
    facet, *others = tree.children
    if token(tree, "LBRACE") and _is_spread(lay, tokens(tree)):
        return _spread(lay, facet, tokens(tree))
    ignoring = token(tree, "IGNORING")
    cut = others.index(ignoring) if ignoring else len(others)
    return lay.flow([facet], others[:cut], others[cut:])


def _relation(lay: Leaves, tree: Branch) -> Doc:
    """A line may end before the star that neighbours have, and before where they lie."""
    words = tokens(tree)
    cuts = [n for n, word in enumerate(words) if word.type in {"CURRENTLY", "REACHING", "UNDER"}]
    runs = zip([0, *cuts], [*cuts, len(words)], strict=True)
    return lay.flow(*(words[start:end] for start, end in runs))


def _is_spread(lay: Leaves, inside: Sequence[Token]) -> bool:
    """Whether the author begins a line after the opening brace, or comments on a value."""
    opening, *values, closing = _braced(inside)
    marked = lay.around(opening).beside or lay.around(closing).above
    commented = any(lay.around(each).above or lay.around(each).beside for each in values)
    return bool(marked) or commented or lay.has_break((opening, values[0]))


def _spread(lay: Leaves, facet: Branch | Token, inside: Sequence[Token]) -> Doc:
    """`FACET in { … }` with a line for each value, so that a comment stays with its value."""
    opening, *values, closing = _braced(inside)
    lines: list[Doc] = [(Hard(), lay.word(value, ",")) for value in values]
    lines += [(Hard(), comment.text) for comment in lay.around(closing).above]
    head = lay.flow([facet], inside[: inside.index(opening) + 1])
    return (head, Indent(2, tuple(lines)), Hard(), lay.bare(closing))


def _braced(inside: Sequence[Token]) -> list[Token]:
    """The braces and the values between them."""
    words = [each for each in inside if each.type != "COMMA"]
    return words[next(i for i, each in enumerate(words) if each.type == "LBRACE") :]
