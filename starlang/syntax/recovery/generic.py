"""Errors that no known habit explains."""

from starlang.diagnostics.model import Diagnostic, Label
from starlang.syntax.recovery.related import other_relation
from starlang.syntax.recovery.spot import Fix, Spot, shown
from starlang.syntax.words import FORMS, RESERVED, expected

_SHORT = 40
"""Characters of what was expected that are worth to be said twice."""


def guess(spot: Spot) -> Fix | None:
    """A sign that is missing, or a token too many, if the declaration goes on well then."""
    if spot.token is None:
        return None
    for sign in ("->", "{"):
        put = (spot.made("sign", sign, 0),)
        if spot.fits((*put, spot.token), 1):
            return Fix(unexpected(spot), drop=0, put=put)
    if spot.text(0) not in RESERVED and spot.fits((), 1):
        return Fix(unexpected(spot), drop=1, is_guess=True)
    return None


def unexpected(spot: Spot) -> Diagnostic:
    """What was expected, and what is there instead."""
    wanted = expected(spot.accepts) if spot.declaration else "a declaration"
    found = shown(spot.token or spot.behind)
    after = f" after {shown(spot.previous)}" if spot.previous else ""
    form = FORMS.get(spot.declaration)
    hint = f"it reads: `{form}`" if form else f"declarations begin with {', '.join(FORMS)}"
    if relation := other_relation(spot):
        hint = f"the relation between modules is called `{relation}`: write `{relation} modules`"
    others: tuple[Label, ...] = ()
    if spot.previous and (spot.token is None or spot.token.first):
        others = (Label(spot.source, spot.previous.span, "after this"),)
    message = f"expected {wanted}{after}, found {found}"
    label = f"expected {wanted}" if len(wanted) < _SHORT else ""
    return spot.error("E101", message, hint=hint, label=label, others=others)
