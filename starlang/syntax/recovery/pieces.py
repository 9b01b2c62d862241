"""The pieces of a declaration, each of which can be given up alone: clauses and entries."""

from starlang.syntax.scanner import Token, scan, significant
from starlang.syntax.words import CLAUSES

BLOCKS = frozenset({"ruleset", "weights", "confidence", "table", "ceilings"})
"""Declarations that have entries in braces."""

_HEADS = {
    "star": "star x",
    "mask": "mask mentions x",
    "rule": "rule x -> x",
    "table": "table x",
    "never": 'never promote "x"',
    "assign": 'assign "x"',
    "test": 'test "x"',
    "ruleset": 'ruleset x "1"',
    "weights": "weights",
    "confidence": "confidence",
    "ceilings": "ceilings",
}

_IN_ENTRY = frozenset({",", "->", "against", "weight", "because", "to", "per"})
"""What goes on with an entry rather than beginning one."""


def head(declaration: str) -> tuple[Token, ...]:
    """A right beginning for a declaration; nothing if it has no pieces to go on with."""
    return significant(scan(_HEADS.get(declaration, "")))


def is_clause(declaration: str, token: Token) -> bool:
    """Whether the token is a word that begins a clause of the declaration."""
    return token.text in CLAUSES.get(declaration, ())


def is_entry(declaration: str, token: Token) -> bool:
    """Whether an entry of the declaration may begin with the token."""
    if token.text == "under":  # begins a cell, but goes on with a ceiling
        return declaration != "ceilings"
    return token.text not in _IN_ENTRY
