"""Parentheses and braces without their other half."""

from collections.abc import Sequence

from starlang.diagnostics.model import Label, at
from starlang.syntax.recovery.spot import Fix, Spot
from starlang.syntax.scanner import Token

_OPENERS = {")": "(", "}": "{"}
_NAMES = {")": "parenthesis", "}": "brace", "]": "bracket"}


def closing(spot: Spot) -> Fix | None:
    """A closing sign that is missing, or one that closes nothing."""
    for sign in (")", "}"):
        opener = last_open(spot.before, _OPENERS[sign], sign)
        if opener is not None and _is_missing(spot, sign):
            return _missing(spot, opener, sign)
    found = spot.text(0)
    if found in _NAMES and last_open(spot.before, _OPENERS.get(found, ""), found) is None:
        hint = f"remove the {_NAMES[found]}"
        return Fix(spot.error("E102", f"`{found}` closes nothing", hint=hint), drop=1)
    return None


def last_open(tokens: Sequence[Token], opener: str, closer: str) -> Token | None:
    """The last `opener` among `tokens` that no `closer` follows."""
    waiting: list[Token] = []
    for token in tokens:
        if token.text == opener:
            waiting.append(token)
        elif token.text == closer and waiting:
            waiting.pop()
    return waiting[-1] if waiting else None


def _is_missing(spot: Spot, sign: str) -> bool:
    closed = spot.prefix.then(spot.made("sign", sign, 0))
    if closed is None:
        return False
    if spot.token is None:
        return True
    return spot.text(0) != sign and closed.then(spot.token) is not None


def _missing(spot: Spot, opener: Token, sign: str) -> Fix:
    put = (spot.made("sign", sign, 0),)
    if opener.start == opener.end:  # it was put there, because it was missing, too
        return Fix(None, drop=0, put=put)
    expected = Label(spot.source, spot.span, f"`{sign}` was expected before this")
    diagnostic = at(
        spot.source,
        opener.span,
        "E102",
        f"this {_NAMES[sign]} is never closed",
        hint=f"add `{sign}`",
        others=(expected,),
    )
    return Fix(diagnostic, drop=0, put=put)
