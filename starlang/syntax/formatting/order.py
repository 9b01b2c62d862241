"""Clauses in their order: what a declaration is about first, then when, then why."""

from attrs import evolve
from lark import Token, Tree

from starlang.syntax.building.builder import Branch
from starlang.syntax.formatting.trivia import Trivia

_ORDER = {
    "star": ("label", "emoji", "domain", "aka"),
    "rule": ("weight", "when", "unless", "because"),
    "table": ("weight", "because"),
    "row": ("weight", "because"),
    "never": ("to", "globs", "when", "unless", "except", "because", "until"),
    "assign": ("to_star", "because", "until"),
    "promoted": ("to_star", "scope", "per"),
}
"""The clauses of each declaration or entry that has several."""


def first_token(part: Branch | Token) -> Token:
    """The token that `part` begins with."""
    while isinstance(part, Tree):
        part = part.children[0]
    return part


def last_token(part: Branch | Token) -> Token:
    """The token that `part` ends with, a closing comma apart."""
    while isinstance(part, Tree):
        *others, part = part.children
        part = others[-1] if part == "," else part
    return part


def start(part: Branch | Token) -> int:
    """The offset at which `part` begins."""
    return first_token(part).start_pos or 0


def ordered(tree: Branch, trivia: dict[int, Trivia]) -> Branch:
    """The tree with all clauses in order, and `is not` for `not is`.

    Comments go with their clauses. But what is said at the end of a declaration or an entry
    on one line is said of all of it, and stays at the end.
    """
    children = [ordered(c, trivia) if isinstance(c, Tree) else c for c in tree.children]
    if tree.data == "is":
        children[1:-1] = sorted(children[1:-1], key=lambda word: word != "is")
    order = _ORDER.get(str(tree.data), ())
    places = [i for i, c in enumerate(children) if _kind(c) in order]
    clauses = sorted((children[i] for i in places), key=lambda c: order.index(_kind(c)))
    for place, clause in zip(places, clauses, strict=True):
        children[place] = clause
    made = Tree(tree.data, children)
    if order:
        _keep_at_end(tree, made, trivia)
    return made


def _kind(part: Branch | Token) -> str:
    return str(part.data) if isinstance(part, Tree) else ""


def _keep_at_end(before: Branch, after: Branch, trivia: dict[int, Trivia]) -> None:
    begin, old, new = start(before), start(last_token(before)), start(last_token(after))
    if old != new and trivia[begin].line == trivia[old].line:
        trivia[new] = evolve(trivia[new], beside=trivia[old].beside)
        trivia[old] = evolve(trivia[old], beside=())
