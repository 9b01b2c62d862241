"""What people write who think in another language: operators, words, patterns as strings."""

from collections.abc import Sequence

from attrs import evolve

from starlang.syntax.recovery.spot import Fix, Spot, shown
from starlang.syntax.scanner import Token
from starlang.syntax.words import KEYWORDS

_SIGNS = {
    "=": "is",
    "==": "is",
    "!=": "is not",
    "<>": "is not",
    "=~": "matches",
    "~": "matches",
    "&": "and",
    "&&": "and",
    "|": "or",
    "||": "or",
    "!": "not",
    ">=": "at least",
    "<=": "at most",
    ">": "at least",
    "<": "at most",
    "=>": "->",
    "→": "->",
    ":": "->",
}
_WORDS = {
    "contains": "mentions",
    "contain": "mentions",
    "containing": "mentions",
    "includes": "mentions",
    "include": "mentions",
    "like": "mentions",
    "equals": "is",
    "equal": "is",
    "eq": "is",
    **dict.fromkeys(
        [
            "startswith",
            "startsWith",
            "starts_with",
            "start",
            "starting",
            "begins",
            "begin",
            "beginning",
            "beginswith",
            "prefix",
            "has_prefix",
            "hasPrefix",
        ],
        "starts with",
    ),
    **dict.fromkeys(
        ["endswith", "endsWith", "ends_with", "end", "ending", "suffix", "has_suffix", "hasSuffix"],
        "ends with",
    ),
    "within": "under",
    "regex": "matches",
    "if": "when",
    "where": "when",
    "but": "and",
    "except": "unless",
}
_ELSEWHERE = {"except", "contains"}
"""Words of the language that authors put where others belong."""

_CLOSERS = {"[": "]", "(": ")", "{": "}"}


def borrowed(spot: Spot) -> Fix | None:
    """The first of the habits that explains the error."""
    return (
        _separator(spot)
        or _brackets(spot)
        or _bare_list(spot)
        or equals_set(spot)
        or _method(spot)
        or _operator(spot)
    )


def _separator(spot: Spot) -> Fix | None:
    if spot.text(0) != ";":
        return None
    hint = "remove it: blanks and lines are enough"
    return Fix(spot.error("E107", "`;` separates nothing here", hint=hint), drop=1)


def _brackets(spot: Spot) -> Fix | None:
    """`in [a, b]` and `in (a, b)`; a set stands in braces."""
    closer = _CLOSERS.get(spot.text(0))
    if closer is None or spot.text(0) == "{" or "LBRACE" not in spot.accepts:
        return None
    put = braced(spot.ahead, closer)
    message = f"a set stands in braces, not in `{spot.text(0)}`"
    return Fix(spot.error("E107", message, hint="write `{…}`"), drop=len(put), put=put)


def _bare_list(spot: Spot) -> Fix | None:
    """`mentions [a, b]`, `under {"a"}`: these lists need no brackets."""
    closer, texts = _CLOSERS.get(spot.text(0)), [token.text for token in spot.ahead]
    if closer not in texts or "STRING" not in spot.accepts:
        return None
    size = texts.index(closer) + 1
    put = spot.ahead[1 : size - 1]
    if put and put[-1].text == ",":
        put = put[:-1]
    if not put or not spot.fits(put, size):
        return None
    message = f"a list stands without `{spot.text(0)}…{closer}` here"
    hint = f"write `{' '.join(token.text for token in put).replace(' ,', ',')}`"
    return Fix(spot.error("E107", message, hint=hint, count=size), drop=size, put=put)


def _method(spot: Spot) -> Fix | None:
    """`path.startswith("x")`."""
    facet, dot, name = spot.text(0).rpartition(".")
    meant = _WORDS.get(name)
    if not dot or meant is None or "FACET_NAME" not in spot.accepts:
        return None
    has_call = spot.text(1) == "(" and spot.text(3) == ")"
    size, operands = (4, spot.ahead[2:3]) if has_call else (1, ())
    put = (*(spot.made("word", word) for word in (facet, *meant.split())), *operands)
    if not spot.fits(put, size):
        return None
    said = " ".join(token.text for token in put)
    message = f"{shown(spot.token)} is a call, and the language has none"
    return Fix(spot.error("E107", message, hint=f"write `{said}`", count=size), size, put)


def braced(ahead: Sequence[Token], closer: str) -> tuple[Token, ...]:
    """A set that begins here in other signs, in braces; the first sign alone if it has no end."""
    texts = [token.text for token in ahead]
    size = texts.index(closer) + 1 if closer in texts else 1
    put = [evolve(ahead[0], kind="sign", text="{"), *ahead[1:size]]
    if size > 1:
        put[-1] = evolve(put[-1], kind="sign", text="}")
    return tuple(put)


def equals_set(spot: Spot) -> Fix | None:
    """`= [a, b]`, `is {a, b}`: a comparison with a set."""
    if spot.text(0) not in {"=", "==", "is"} or spot.text(1) not in {"[", "{"}:
        return None
    if "IN" not in spot.accepts:
        return None
    put = braced(spot.ahead[1:], "]" if spot.text(1) == "[" else "}")
    message = f"`{spot.text(0)}` compares with one value"
    diagnostic = spot.error("E107", message, hint="write `in {…}`")
    return Fix(diagnostic, drop=1 + len(put), put=(spot.made("word", "in"), *put))


def _operator(spot: Spot) -> Fix | None:
    """`==`, `&&`, `contains`, … where the language has a word of its own."""
    token = spot.token
    if token is None or token.text in KEYWORDS - _ELSEWHERE:
        return None
    meant = _SIGNS.get(token.text) or _WORDS.get(token.text)
    if token.text in {"=", "=="}:
        meant = _meaning_of_equals(spot)
    if meant is None:
        return None
    put = tuple(_word(spot, word) for word in meant.split())
    said = 2 if meant.endswith(" with") and spot.text(1) == "with" else 1
    if not spot.fits(put, said):
        return None
    message = f"`{' '.join(each.text for each in spot.ahead[:said])}` is no word of the language"
    hint = f"write `{meant}`" if meant else "leave it out"
    if token.text in {"contains", "contain", "containing", "includes", "include"}:
        hint += ", which looks for whole words; `matches /…/` looks inside words"
    return Fix(spot.error("E107", message, hint=hint, count=said), drop=said, put=put)


def _meaning_of_equals(spot: Spot) -> str:
    """Nothing before the number of a weight or threshold, else `is`."""
    return "" if "NUMBER" in spot.accepts else "is"


def _word(spot: Spot, text: str) -> Token:
    return spot.made("sign" if text == "->" else "word", text)
