"""A whole file: its declarations one below the other, with the empty lines between them."""

from collections.abc import Callable, Iterator, Sequence

from attrs import frozen
from lark import Token, Tree

from starlang.syntax.building.builder import Branch, branches
from starlang.syntax.formatting import blocks, declarations
from starlang.syntax.formatting.documents import Doc
from starlang.syntax.formatting.leaves import Leaves
from starlang.syntax.formatting.order import first_token, ordered, start
from starlang.syntax.formatting.printing import PrintedLine, printed
from starlang.syntax.formatting.remarks import with_remarks
from starlang.syntax.formatting.trivia import Comment, Trivia, trivia_of

_LAYOUTS: dict[str, Callable[[Leaves, Branch], Doc]] = {
    "header": declarations.plain,
    "ruleset": blocks.ruleset,
    "use": declarations.plain,
    "order": declarations.plain,
    "star": declarations.with_clauses,
    "weights": blocks.settings,
    "confidence": blocks.settings,
    "mask": declarations.with_clauses,
    "rule": declarations.rule,
    "table": blocks.table,
    "never": declarations.never,
    "assign": declarations.assign,
    "ceilings": blocks.ceilings,
    "test": declarations.test,
}

_ALIKE = {"assign": "never"}
"""Kinds of declarations that count as another kind: both are exceptions."""

_EMPTY = PrintedLine("")


@frozen
class _Paragraph:
    """A declaration, or comments, as lines; `blank` tells of an empty line above it.

    `kind` is "" for comments.
    """

    kind: str
    lines: tuple[PrintedLine, ...]
    blank: bool


def laid_out(text: str, tree: Branch) -> str:
    """The file `text`, whose tree is `tree`, in the canonical layout."""
    trivia = trivia_of(text)
    tree = ordered(tree, trivia)
    lay = Leaves(trivia, _heads(tree))
    lines: list[PrintedLine] = []
