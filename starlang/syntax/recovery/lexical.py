"""Errors that lie in one token: they are certain whatever stands around them."""

import re
import unicodedata
from collections.abc import Iterable

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, at
from starlang.syntax.limits import MAX_FINDINGS
from starlang.syntax.literals import quoted
from starlang.syntax.recovery.spot import STAND_INS
from starlang.syntax.scanner import Kind, Token
from starlang.text import Source


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
            fault = ("E107", "this is no comment")
            return None, fault, "begin a comment with `#`"
        case "quote":
            literal = quoted(text[1:-1])
            fault = ("E107", "strings stand between double quotes")
            return evolve(token, kind="string", text=literal), fault, f"write `{literal}`"
        case "pattern" if not text.endswith(("/", "/i")):
            end = text.rindex("/") + 1
            fault = ("E104", f"`{text[end:]}` is no flag of a pattern")
            hint = "the only flag is `i`, which ignores case"
            return evolve(token, text=text[:end]), fault, hint
        case "clump" if re.fullmatch(r"\w+(?:-\w+)*:", text):
            fault = ("E107", "`:` separates nothing here")
            return evolve(token, kind="word", text=text[:-1]), fault, "leave it out"
        case "other" if unicodedata.category(text) == "Zs":
            name = unicodedata.name(text)
            fault = ("E118", f"U+{ord(text):04X} {name} is no blank of the language")
            return None, fault, "write an ordinary space"
        case _:
            return token, None, ""


def _stand_in(token: Token, kind: Kind) -> Token:
    return evolve(token, kind=kind, text=STAND_INS[kind], stand_in=True)
