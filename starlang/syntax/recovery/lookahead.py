"""Errors that show before the parser meets them: a token fits, but what follows it never will."""

from starlang.syntax.recovery.borrowed import equals_set
from starlang.syntax.recovery.lists import last_facet
from starlang.syntax.recovery.misspelt import misspelt_outcome
from starlang.syntax.recovery.spot import Fix, Spot, shown
from starlang.syntax.scanner import Token
from starlang.syntax.words import CLAUSES, DECLARATIONS, KEYWORDS, RESERVED, TESTS

_SOFT_TESTS = {"starts": "with", "ends": "with", "has": "at", "only": "in"}
"""Tests that a facet may be called like, with the word that then shows that it is none."""

LOOKED_AT = frozenset({",", "and", "or", "is", "expect", *_SOFT_TESTS})
"""The tokens at which `looking_ahead` may find something."""

_NO_VALUES = RESERVED | {"path", "name", "text", "star", "field", "publishes", "subscribes"}
_CLAUSE_WORDS = KEYWORDS - DECLARATIONS
_EDGES = {"prefix": "starts", "suffix": "ends"}
_DIGITS = 6
"""The longest number that a hint counts on from."""

_BOUNDS = {"more": "least", "less": "most", "fewer": "most"}
_SECOND_TESTS = frozenset({"in", "under", "at", "mentions", "matches"})


def looking_ahead(spot: Spot) -> Fix | None:
    """The error that lies ahead, if any."""
    return (
        _trailing_comma(spot)
        or _joined_value(spot)
        or equals_set(spot)
        or _two_tests(spot)
        or _soft_test(spot)
        or _has_other(spot)
        or misspelt_outcome(spot)
    )


def _trailing_comma(spot: Spot) -> Fix | None:
    """`mentions a, b,` before a clause or the end."""
    if spot.text(0) != "," or spot.kind(1) not in {None, "word", "sign"}:
        return None
    if spot.kind(1) == "word" and spot.text(1) not in _CLAUSE_WORDS:
        return None  # the keyword of a declaration begins none here, else it would not be ahead
    if "COMMA" not in spot.accepts or spot.fits(spot.ahead[:1], 1) or not spot.fits((), 1):
        return None
    hint = "remove it; only inside braces may a comma end a list"
    return Fix(spot.error("E114", "no element follows this comma", hint=hint), drop=1)


def _joined_value(spot: Spot) -> Fix | None:
    """`mentions a, b and c`, `is a or b`, `mentions a and not b`: the last word tests nothing."""
    join = spot.text(0)
    if join not in {"and", "or"}:
        return None
    size = 3 if spot.text(1) == "not" else 2
    value = spot.pending[-size] if size <= len(spot.pending) else None
    if value is None or value.kind not in {"word", "string"} or value.text in _NO_VALUES:
        return None
    if not _ends_condition(spot, size) or join.upper() not in spot.accepts:
        return None
    as_list = "COMMA" in spot.accepts and size == 2  # noqa: PLR2004 -- the join and the word
    put = (spot.made("sign", ","), value) if as_list else ()
    if not spot.fits(put, size):
        return None
    message = f"{shown(value)} after `{join}` is no condition"
    hint = f"commas separate a list: `, {value.text}`" if as_list else _whole_test(spot, value)
    return Fix(spot.error("E115", message, hint=hint, count=size), drop=size, put=put)


def _ends_condition(spot: Spot, index: int) -> bool:
    """Whether a condition cannot go on with the token at `index`, as it would with a test."""
    text = spot.text(index)
    if spot.kind(index) is None or text in {",", ")", "}", "and", "or"}:
        return True
    clauses = CLAUSES.get(spot.declaration, frozenset())
    return (text in RESERVED and text not in TESTS) or text in clauses


def _whole_test(spot: Spot, value: Token) -> str:
    """How to say the test before about `value` too."""
    join, facet = spot.text(0), last_facet(spot)
    test = next((each.text for each in reversed(spot.before) if each.text in TESTS - {"not"}), "is")
    if facet is None:
        return "say what is tested, and how"
    if test == "is" and join == "or" and spot.text(1) != "not":
        return f"write `in {{{spot.before[-1].text}, {value.text}}}`"
    negated = {"is": "is not"}.get(test, f"not {test}") if spot.text(1) == "not" else test
    return f"write `{join} {facet.text} {negated} {value.text}`"


def _two_tests(spot: Spot) -> Fix | None:
    """`is in {…}`, `is not under "…"`: one word too many."""
    if spot.text(0) != "is":
        return None
    put = spot.ahead[1:2] if spot.text(1) == "not" else ()
    second, third = spot.text(len(put) + 1), spot.text(len(put) + 2)
    if second not in _SECOND_TESTS and (second, third) not in _SOFT_TESTS.items():
        return None
    if "IS" not in spot.accepts:
        return None
    message = f"`is` and `{second}` are two tests"
    return Fix(spot.error("E101", message, hint="leave out `is`"), drop=1 + len(put), put=put)


def _soft_test(spot: Spot) -> Fix | None:
    """`path starts with "a" and ends with "b"`: what would be read as a facet is a test."""
    word = spot.text(0)
    following = _SOFT_TESTS.get(word)
    if following is None or spot.text(1) != following or "FACET_NAME" not in spot.accepts:
        return None
    message = f"`{word} {following}` does not say what it tests"
    facet = last_facet(spot)
    if facet is None:
        facet = spot.made("word", "path", 0)
        hint = f"name a facet first: `path {word} {following} …`"
    else:
        hint = f"repeat the facet: `{facet.text} {word} {following} …`"
    return Fix(spot.error("E115", message, hint=hint, count=2), drop=0, put=(facet,))


def _has_other(spot: Spot) -> Fix | None:
    """`has prefix "x"`, `has more than 2 values`, `has 2 values`."""
    if spot.text(0) != "has" or "HAS" not in spot.accepts:
        return None
    if (edge := _EDGES.get(spot.text(1))) is not None:
        put = (spot.made("word", edge), spot.made("word", "with"))
        message = f"`has {spot.text(1)}` is not a test of the language"
        return Fix(spot.error("E107", message, hint=f"write `{edge} with`", count=2), 2, put)
    if spot.kind(1) == "number":
        hint = f"write `has at least {spot.text(1)} values`, `has at most …`, or both"
        put = (spot.ahead[0], *(spot.made("word", word) for word in ("at", "least")))
        return Fix(spot.error("E107", "a number of values has a bound", hint=hint), 1, put)
    bound = _BOUNDS.get(spot.text(1))
    if bound is None or spot.text(2) != "than" or spot.kind(3) != "number":
        return None
    if not spot.text(3).isdigit() or len(spot.text(3)) > _DIGITS:
        return None
    number = str(max(int(spot.text(3)) + (1 if bound == "least" else -1), 0))
    put = (spot.ahead[0], spot.made("word", "at"), spot.made("word", bound))
    message = f"`{spot.text(1)} than` is not a bound of the language"
    hint = f"write `has at {bound} {number} values`"
    diagnostic = spot.error("E107", message, hint=hint, count=4)
    return Fix(diagnostic, drop=4, put=(*put, spot.made("number", number)))
