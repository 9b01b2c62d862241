"""Names, values, patterns and numbers that are written in the wrong way."""

from starlang.syntax.literals import quoted
from starlang.syntax.recovery.spot import Fix, Spot, shown
from starlang.syntax.scanner import Token
from starlang.syntax.words import CLAUSES, NAMES, RESERVED, WORDS

_VALUES = WORDS - NAMES
_PROSE = frozenset({"because", "label", "emoji", "domain", "test"})
"""Words that a whole sentence may follow."""

_OPERANDS = frozenset({"word", "string", "number", "percent", "pattern", "clump", "other"})


def operand(spot: Spot) -> Fix | None:  # noqa: PLR0911 -- one return a kind of operand
    """The error explained as an operand of the wrong form."""
    token = spot.token
    if token is None or (token.kind not in _OPERANDS):
        return None
    if "REGEX" in spot.accepts and "STRING" not in spot.accepts:
        return _no_pattern(spot, token)
    if token.kind == "pattern":
        return _pattern(spot)
    if spot.accepts & _VALUES and token.text not in RESERVED:
        return _needs_quotes(spot, token)
    if "STRING" in spot.accepts and token.kind != "string":
        return _unquoted(spot, token)
    if "NUMBER" in spot.accepts:
        return _no_number(spot, token)
    return _wrong_name(spot, token)


def _no_pattern(spot: Spot, token: Token) -> Fix | None:
    """`matches "x"`, `matches r"x"`, `matches x`."""
    size = 2 if token.text == "r" and spot.kind(1) == "string" else 1
    if token.text in RESERVED:
        return None
    last = spot.ahead[size - 1]
    body = last.text[1:-1] if last.kind == "string" else last.text
    hint = f"write `/{body.replace('/', chr(92) + '/')}/`, or `mentions` for words"
    message = "a pattern stands between slashes"
    put = (spot.stand_in("pattern", size),)
    return Fix(spot.error("E104", message, hint=hint, count=size), drop=size, put=put)


def _pattern(spot: Spot) -> Fix | None:
    """`mentions /x/`, `is /x/`."""
    put = (spot.stand_in("string"),)
    if "STRING" not in spot.accepts or not spot.fits(put, 1):
        return None
    hint = f"write `matches {spot.text(0)}`"
    return Fix(spot.error("E104", "only `matches` takes a pattern", hint=hint), drop=1, put=put)


def reserved(spot: Spot) -> Fix | None:
    """A keyword as a value or a name, if it does not begin a clause with what follows it."""
    token = spot.token
    if token is None or token.text not in RESERVED:
        return None
    following = spot.text(1)
    if token.text in CLAUSES.get(spot.declaration, ()) and following not in RESERVED | {"", ","}:
        return None
    is_value = bool(spot.accepts & _VALUES)
    put = (spot.made("string", quoted(token.text)) if is_value else spot.stand_in("word"),)
    if not (spot.accepts & WORDS and spot.fits(put, 1)):
        return None
    message = f"{shown(token)} is a keyword, and no {'value' if is_value else 'name'}"
    hint = f"quote it: `{quoted(token.text)}`" if is_value else "choose another name"
    return Fix(spot.error("E105", message, hint=hint), drop=1, put=put)


def _needs_quotes(spot: Spot, token: Token) -> Fix | None:
    """`is auth.core`, `is foo*`, `{a/b}`."""
    if not any(each.isalnum() for each in token.text):
        return None
    put = (spot.made("string", quoted(token.text)),)
    if not spot.fits(put, 1):
        return None
    if token.kind == "word" and token.text.endswith("*"):
        put = (spot.stand_in("string"),)
        hint = f"write `mentions {token.text}`, or `under {quoted(token.text)}` for paths"
        message = f"{shown(token)}: only `mentions` knows an open end"
        return Fix(spot.error("E101", message, hint=hint), drop=1, put=put)
    message = f"{shown(token)} is a value only in quotes"
    hint = f"write `{quoted(token.text)}`"
    return Fix(spot.error("E106", message, hint=hint), drop=1, put=put)


def _unquoted(spot: Spot, token: Token) -> Fix | None:
    """`use canon`, `under labs/x`, `because nobody asked`."""
    if "STRING" not in spot.accepts or token.kind == "string":
        return None
    size = _length_of_text(spot)
    if not size:
        return None
    text = spot.source.text[spot.ahead[0].start : spot.ahead[size - 1].end]
    put = (spot.made("string", quoted(text), size),)
    if not spot.fits(put, size):
        return None
    hint = f"write `{quoted(text)}`"
    diagnostic = spot.error("E106", "a text stands in double quotes", hint=hint, count=size)
    return Fix(diagnostic, drop=size, put=put)


def _length_of_text(spot: Spot) -> int:
    """How many tokens of the line an author meant as one text."""
    previous = spot.previous.text if spot.previous else ""
    if previous not in _PROSE:
        return 0 if spot.text(0) in RESERVED else 1
    size = 0
    for token in spot.ahead:
        if (size and token.first) or token.kind == "string" or token.text in {"{", "}"}:
            break
        if size and token.text in CLAUSES["star"] and spot.declaration == "star":
            break
        size += 1
    following = spot.ahead[size] if size < len(spot.ahead) else None
    if following is not None and following.kind == "string":  # the keyword in front is no text
        size -= 1
    return size


def _no_number(spot: Spot, token: Token) -> Fix | None:
    """`weight "0.4"`, `suggest .5`, `margin 5%`."""
    put = (spot.stand_in("number"),)
    if token.text in RESERVED or not spot.fits(put, 1):
        return None
    hint = "write a decimal number, such as `0.40` or `3`"
    message = f"{shown(token)} is no number"
    return Fix(spot.error("E101", message, hint=hint), drop=1, put=put)


def _wrong_name(spot: Spot, token: Token) -> Fix | None:
    """`rule "my rule"`, `-> core.Trail`, `owner.name is x`."""
    put = (spot.stand_in("word"),)
    if not spot.accepts & NAMES or token.text in RESERVED or not spot.fits(put, 1):
        return None
    hint = "a name is a letter or `_`, then letters, digits, `_` and `-`, all ASCII"
    if "FACET_NAME" in spot.accepts and token.kind == "clump":
        pointer = "/" + token.text.replace(".", "/").strip("/")
        hint = f"name a facet, or a place in the manifest: `field {quoted(pointer)}`"
    return Fix(spot.error("E113", f"{shown(token)} cannot be a name", hint=hint), 1, put)
