"""Lists, and what is taken for one: commas, and words joined by `and` or `or`."""

from starlang.syntax.borrowed import equals_set
from starlang.syntax.misspelt import near
from starlang.syntax.scanner import Token
from starlang.syntax.spot import Fix, Spot, shown
from starlang.syntax.words import CLAUSES, RESERVED, TESTS

_OPERANDS = frozenset({"word", "string", "number", "percent", "pattern", "clump"})
_FACETS = frozenset({"path", "name", "text", "star", "field"})
_AFTER_IS = frozenset({"in", "under", "at", "mentions", "matches"})


def looking_ahead(spot: Spot) -> Fix | None:
    """Errors that show before the parser meets them: what fits now leads nowhere."""
    return _trailing_comma(spot) or _joined_value(spot) or equals_set(spot) or _two_tests(spot)


def in_list(spot: Spot) -> Fix | None:
    """The error explained as one of a list."""
    return (
        _joined_facets(spot) or _test_without_facet(spot) or _row_comma(spot) or _lost_comma(spot)
    )


def _trailing_comma(spot: Spot) -> Fix | None:
    """`mentions a, b,` before a clause or the end."""
    if spot.text(0) != "," or "COMMA" not in spot.accepts:
        return None
    if spot.kind(1) not in {None, "word", "sign"} or spot.fits(spot.ahead[:1], 1):
        return None
    if not spot.fits((), 1):
        return None
    hint = "remove it; only inside braces may a comma end a list"
    return Fix(spot.error("E114", "no element follows this comma", hint=hint), drop=1)


def _joined_value(spot: Spot) -> Fix | None:
    """`mentions a, b and c`, `is a or b`, `mentions a and not b`: the last word tests nothing."""
    join = spot.text(0)
    if join not in {"and", "or"} or join.upper() not in spot.accepts:
        return None
    at = 2 if spot.text(1) == "not" else 1
    value = spot.ahead[at] if at < len(spot.ahead) else None
    if value is None or value.kind not in {"word", "string"} or value.text in RESERVED | _FACETS:
        return None
    if not _ends_condition(spot, at + 1):
        return None
    message = f"{shown(value)} after `{join}` is no condition"
    as_list = "COMMA" in spot.accepts and at == 1
    put = (spot.made("sign", ","), value) if as_list else ()
    if not spot.fits(put, at + 1):
        return None
    hint = "a list is separated by commas" if as_list else _whole_test(spot, value)
    return Fix(spot.error("E115", message, hint=hint, count=at + 1), drop=at + 1, put=put)


def _whole_test(spot: Spot, value: Token) -> str:
    """How to say the test before about `value` too."""
    join, facet = spot.text(0), _last_facet(spot)
    test = next((each.text for each in reversed(spot.before) if each.text in TESTS - {"not"}), "is")
    if facet is None:
        return "say what is tested, and how"
    if test == "is" and join == "or" and spot.text(1) != "not":
        return f"write `in {{{spot.before[-1].text}, {value.text}}}`"
    negated = {"is": "is not"}.get(test, f"not {test}") if spot.text(1) == "not" else test
    return f"write `{join} {facet.text} {negated} {value.text}`"


def _ends_condition(spot: Spot, index: int) -> bool:
    """Whether a condition cannot go on with the token at `index`, as it would with a test."""
    text = spot.text(index)
    if spot.kind(index) in {None, "comment"} or text in {",", ")", "}", "and", "or"}:
        return True
    clauses = CLAUSES.get(spot.declaration, frozenset())
    return (text in RESERVED and text not in TESTS) or text in clauses


def _two_tests(spot: Spot) -> Fix | None:
    """`is in {…}`, `is not under "…"`: one word too many."""
    if spot.text(0) != "is" or "IS" not in spot.accepts:
        return None
    negated = spot.text(1) == "not"
    index = 2 if negated else 1
    second = spot.text(index)
    pair = (second, spot.text(index + 1))
    if second not in _AFTER_IS and pair not in {("only", "in"), ("has", "at")}:
        return None
    put = (spot.ahead[1],) if negated else ()
    message = f"`is` and `{second}` are two tests"
    return Fix(spot.error("E101", message, hint="leave out `is`"), drop=1 + len(put), put=put)


def _joined_facets(spot: Spot) -> Fix | None:
    """`path or name mentions x`: every test has one facet."""
    size = 0
    while spot.text(size) in {"or", "and", ","} and spot.kind(size + 1) == "word":
        size += 2
    if not size or "IS" not in spot.accepts or not spot.previous:
        return None
    if spot.text(size) not in TESTS and not near_test(spot, size):
        return None
    facets = [spot.previous.text, *(each.text for each in spot.ahead[1:size:2])]
    test = " ".join(each.text for each in spot.ahead[size : size + 2])
    hint = f"write `{f' {spot.text(0)} '.join(f'{facet} {test}' for facet in facets)}`"
    if set(facets) == {"path", "name"}:
        hint += f", or `text {test}`"
    message = f"`{spot.text(0)}` joins conditions, not facets"
    return Fix(spot.error("E115", message, hint=hint, count=size), drop=size)


def near_test(spot: Spot, index: int) -> bool:
    """Whether the token at `index` is a misspelt test."""
    return index < len(spot.ahead) and near(spot.ahead[index], TESTS) is not None


def _test_without_facet(spot: Spot) -> Fix | None:
    """`path mentions a and mentions b`: the facet is said again."""
    if "FACET_NAME" not in spot.accepts or spot.text(0) not in TESTS:
        return None
    facet = _last_facet(spot)
    if facet is None or not spot.fits((facet,), 0):
        return None
    message = f"`{spot.text(0)}` does not say what it tests"
    hint = f"repeat the facet: `{facet.text} {spot.text(0)} …`"
    return Fix(spot.error("E115", message, hint=hint), drop=0, put=(facet,))


def _last_facet(spot: Spot) -> Token | None:
    """The facet of the test before, in the place of the next token."""
    for token, following in zip(reversed(spot.before[:-1]), reversed(spot.before), strict=False):
        if following.text in TESTS and token.kind == "word" and token.text not in TESTS:
            return spot.made("word", token.text, 0)
    return None


def _row_comma(spot: Spot) -> Fix | None:
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
    if token.kind not in {"word", "string"} or previous.kind not in _OPERANDS:
        return None
    comma = spot.made("sign", ",", 0)
    if token.text in RESERVED or not spot.fits((comma, token), 1):
        return None
    hint = f'put a comma between them, or quote a phrase: `"{previous.text} {token.text}"`'
    if "string" in {token.kind, previous.kind}:
        hint = "put a comma between them"
    message = f"{shown(previous)} and {shown(token)} are two elements of a list"
    return Fix(spot.error("E101", message, hint=hint), drop=0, put=(comma,))
