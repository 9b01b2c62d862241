"""Lists, and what is taken for one: facets and values joined by words, and lost commas."""

from starlang.syntax.recovery.misspelt import near
from starlang.syntax.recovery.spot import Fix, Spot, shown
from starlang.syntax.scanner import Token
from starlang.syntax.words import RESERVED, TESTS

_ELEMENTS = frozenset({"word", "string", "number", "percent", "pattern", "clump"})


def in_list(spot: Spot) -> Fix | None:
    """The error explained as one of a list."""
    return (
        _joined_facets(spot)
        or _test_without_facet(spot)
        or _comma_between_entries(spot)
        or _lost_comma(spot)
    )


def _joined_facets(spot: Spot) -> Fix | None:
    """`path or name mentions x`: every test has one facet."""
    if "IS" not in spot.accepts or spot.previous is None:
        return None
    size = 0
    while spot.text(size) in {"or", "and", ","} and spot.kind(size + 1) == "word":
        size += 2
    if not size or not _is_test(spot, size):
        return None
    join = spot.text(0) if spot.text(0) != "," else "or"
    facets = [spot.previous.text, *(each.text for each in spot.ahead[1:size:2])]
    length = 3 if spot.ahead[size].text in {"starts", "ends"} else 2
    test = " ".join(each.text for each in spot.ahead[size : size + length])
    hint = f"write `{f' {join} '.join(f'{facet} {test}' for facet in facets)}`"
    if set(facets) == {"path", "name"}:
        hint += f", or `text {test}`"
    message = f"`{spot.text(0)}` joins conditions, not facets"
    return Fix(spot.error("E115", message, hint=hint, count=size), drop=size)


def _is_test(spot: Spot, index: int) -> bool:
    """Whether a test stands ahead at `index`, maybe misspelt."""
    if index >= len(spot.ahead):
        return False
    token = spot.ahead[index]
    return token.text in TESTS or near(token, TESTS) is not None or token.kind == "operator"


def _test_without_facet(spot: Spot) -> Fix | None:
    """`path mentions a and mentions b`: the facet is said again."""
    if "FACET_NAME" not in spot.accepts or spot.text(0) not in TESTS:
        return None
    facet = last_facet(spot)
    if facet is None or not spot.fits((facet,), 0):
        return None
    message = f"`{spot.text(0)}` does not say what it tests"
    hint = f"repeat the facet: `{facet.text} {spot.text(0)} …`"
    return Fix(spot.error("E115", message, hint=hint), drop=0, put=(facet,))


def last_facet(spot: Spot) -> Token | None:
    """The facet of the test before, in the place of the next token."""
    for token, following in zip(reversed(spot.before[:-1]), reversed(spot.before), strict=False):
        is_facet = token.kind == "word" and token.text not in RESERVED - {"star"}
        if following.text in TESTS and is_facet:
            return spot.made("word", token.text, 0)
    return None


def _comma_between_entries(spot: Spot) -> Fix | None:
    """A comma between entries of a block, as other languages want it."""
    if spot.text(0) != "," or "RBRACE" not in spot.accepts:
        return None
    hint = "remove it: blanks and lines separate entries"
    return Fix(spot.error("E114", "no comma stands between entries", hint=hint), drop=1)


def _lost_comma(spot: Spot) -> Fix | None:
    """`mentions a b`, `{a b}`."""
    token, previous = spot.token, spot.previous
    if token is None or previous is None or "COMMA" not in spot.accepts or token.first:
        return None
    if token.kind not in {"word", "string"} or previous.kind not in _ELEMENTS:
        return None
    comma = spot.made("sign", ",", 0)
    if token.text in RESERVED or not spot.fits((comma, token), 1):
        return None
    hint = "put a comma between them"
    if "string" not in {token.kind, previous.kind}:
        hint += f', or quote a phrase: `"{previous.text} {token.text}"`'
    message = f"{shown(previous)} and {shown(token)} are two elements of a list"
    return Fix(spot.error("E101", message, hint=hint), drop=0, put=(comma,))
