"""Misspelt keywords."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.syntax.recovery.borrowed import DEFINITIONS, DENIALS
from starlang.syntax.recovery.prefix import start
from starlang.syntax.recovery.spot import STAND_INS, Fix, Spot, shown
from starlang.syntax.scanner import MAX_FINDINGS, Kind, Token, quoted
from starlang.syntax.words import DECLARATIONS, FORMS, KEYWORDS, OUTCOMES, RESERVED
from starlang.text import Source, nearest

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
    message = f"{shown(token)} is not a word of the language here"
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
    message = f"{shown(outcome)} is not an outcome"
    diagnostic = at(spot.source, outcome.span, "E108", message, hint=f"did you mean `{meant}`?")
    return Fix(diagnostic, drop=2, put=(spot.pending[-1], outcome._replace(text=meant)))


_FILES = frozenset({"extends", "import", "include", "load", "source", "uses"})
"""Words that take over another file in other languages."""


def unknown_declaration(spot: Spot) -> Fix | None:
    """A word where a declaration begins, and that begins none; None for what is not a word."""
    token = spot.token
    if token is None or token.kind != "word" or token.text in DECLARATIONS:
        return None
    message = f"{shown(token)} does not begin a declaration"
    if token.text in _FILES and spot.kind(1) == "string":
        found = spot.error("E108", message, hint="write `use`, which takes over another rule file")
        return Fix(found, 1, (spot.made("word", "use"),))
    if token.text in DEFINITIONS and spot.kind(1) == "word" and spot.text(2) in {"=", ":="}:
        hint = f"for a name of a condition, write `derive {spot.text(1)} yes when …`"
        return Fix(spot.error("E108", message, hint=hint), drop=len(spot.ahead))
    meant = None if token.text in DENIALS | DEFINITIONS else near(token, DECLARATIONS)
    if meant is None:
        hint = "did you mean `never promote`?" if token.text == "promote" else _all_words()
        if token.text in DENIALS:
            hint = f"for what must never be, write `{FORMS['forbid']}`"
        if token.text in DEFINITIONS:
            hint = f"for a name of a condition, write `{FORMS['derive']}`"
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


# Parentheses and braces without their other half.

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


# Errors that lie in one token: they are certain whatever stands around them.


def mended(source: Source, tokens: Iterable[Token]) -> tuple[list[Token], list[Diagnostic]]:
    """The tokens with each wrong literal replaced by a right one, and what was wrong."""
    right: list[Token] = []
    diagnostics: list[Diagnostic] = []
    for token in tokens:
        found, message, hint = _fault(token)
        if message and len(diagnostics) <= MAX_FINDINGS:
            code, words = message
            diagnostics.append(at(source, token.span, code, words, hint=hint))
        if found is not None:
            right.append(found)
    return right, diagnostics


def _fault(  # noqa: PLR0911 -- a table, one return a kind of token
    token: Token,
) -> tuple[Token | None, tuple[str, str] | None, str]:
    """What to read for `token`, and the code and words of its fault, with a way out."""
    text = token.text
    match token.kind:
        case "open_string":
            fault = ("E102", "the string is not closed on its line")
            return _stand_in(token, "string"), fault, 'close it with `"`'
        case "open_pattern":
            fault = ("E102", "the pattern is not closed on its line")
            hint = r"close it with `/`; a slash inside is written `\/`"
            return _stand_in(token, "pattern"), fault, hint
        case "slashes":
            fault = ("E107", "this is not a comment")
            return None, fault, "begin a comment with `#`"
        case "quote":
            literal = quoted(text[1:-1])
            fault = ("E107", "strings are written in double quotes")
            return token._replace(kind="string", text=literal), fault, f"write `{literal}`"
        case "pattern" if not text.endswith(("/", "/i")):
            end = text.rindex("/") + 1
            fault = ("E104", f"`{text[end:]}` is not a flag of patterns")
            hint = "the only flag is `i`, which ignores case"
            return token._replace(text=text[:end]), fault, hint
        case "clump" if re.fullmatch(r"\w+(?:-\w+)*:", text):
            fault = ("E107", "`:` separates nothing here")
            return token._replace(kind="word", text=text[:-1]), fault, "leave it out"
        case "other" if unicodedata.category(text) == "Zs":
            name = unicodedata.name(text)
            fault = ("E118", f"U+{ord(text):04X} {name} is not white space in the language")
            return None, fault, "write an ordinary space"
        case _:
            return token, None, ""


def _stand_in(token: Token, kind: Kind) -> Token:
    return token._replace(kind=kind, text=STAND_INS[kind], stand_in=True)
