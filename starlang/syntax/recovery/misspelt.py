"""Misspelt keywords."""

from collections.abc import Iterable

from attrs import evolve

from starlang.diagnostics.model import at
from starlang.syntax.recovery.prefix import start
from starlang.syntax.recovery.spot import Fix, Spot, shown
from starlang.syntax.scanner import Token
from starlang.syntax.words import DECLARATIONS, FORMS, KEYWORDS, OUTCOMES, RESERVED
from starlang.text import nearest

_SHORTEST = 3
"""Letters of a word that is taken for a misspelt one: `a` is near to `at`, but means nothing."""


def misspelt(spot: Spot) -> Fix | None:
    """A word that is near to a keyword which may stand here."""
    token = spot.token
    if token is None or token.kind != "word":
        return None
    keywords = {name.lower() for name in spot.accepts} & KEYWORDS
    is_next_too = spot.kind(1) == "word" and near(spot.pending[-2], KEYWORDS) is not None
    fitting = (word for word in keywords if spot.fits((spot.made("word", word),), 1))
    meant = near(token, fitting) or (near(token, keywords) if is_next_too else None)
    if meant is None:
        return None
    message = f"{shown(token)} is no word of the language here"
    diagnostic = spot.error("E108", message, hint=f"did you mean `{meant}`?")
    return Fix(diagnostic, drop=1, put=(spot.made("word", meant),))


def misspelt_outcome(spot: Spot) -> Fix | None:
    """`expect suggestd STAR`, where the outcome would be read as the name of the star."""
    outcome = spot.pending[-2] if spot.kind(1) == "word" == spot.kind(2) else None
    if spot.text(0) != "expect" or outcome is None or outcome.text in OUTCOMES:
        return None
    meant = near(outcome, OUTCOMES)
    if meant is None or spot.text(2) in RESERVED or spot.pending[-3].first:
        return None
    message = f"{shown(outcome)} is no outcome"
    diagnostic = at(spot.source, outcome.span, "E108", message, hint=f"did you mean `{meant}`?")
    return Fix(diagnostic, drop=2, put=(spot.pending[-1], evolve(outcome, text=meant)))


def unknown_declaration(spot: Spot) -> Fix | None:
    """A word where a declaration begins, and that begins none; None for what is no word."""
    token = spot.token
    if token is None or token.kind != "word" or token.text in DECLARATIONS:
        return None
    message = f"{shown(token)} begins no declaration"
    meant = near(token, DECLARATIONS)
    if meant is None:
        hint = "did you mean `never promote`?" if token.text == "promote" else _all_words()
        return Fix(spot.error("E108", message, hint=hint), drop=len(spot.ahead))
    hint = f"did you mean `{meant}`?"
    return Fix(spot.error("E108", message, hint=hint), 1, (spot.made("word", meant),))


def begins_misspelt(spot: Spot) -> bool:
    """Whether the next token is a misspelt keyword, and a declaration goes on from it."""
    token, following = spot.pending[-1], spot.pending[-2:-5:-1]
    accepted = {name.lower() for name in spot.accepts} & KEYWORDS
    meant = near(token, accepted | DECLARATIONS)
    if meant not in DECLARATIONS or not following:
        return False
    return start().then(spot.made("word", meant), *following) is not None


def near(token: Token, keywords: Iterable[str]) -> str | None:
    """The keyword that the word `token` was meant to be, or None."""
    if len(token.text) < _SHORTEST or token.text in RESERVED:
        return None
    return nearest(token.text, keywords)


def _all_words() -> str:
    *most, last = (f"`{word}`" for word in FORMS)
    return f"declarations begin with {', '.join(most)} or {last}"
