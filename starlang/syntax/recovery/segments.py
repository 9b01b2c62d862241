"""Where declarations begin in a text that has errors.

Layout means nothing to the language, but it tells what the author meant: a keyword that is
the first word of its line begins a declaration unless what follows says otherwise; elsewhere
it does so only if the whole beginning of a declaration is there.
"""

from collections.abc import Sequence

from starlang.syntax.scanner import Token
from starlang.syntax.words import DECLARATIONS, RESERVED, TESTS

_NO_BEGINNING = (TESTS & RESERVED) | {"->", ",", "}", ")", "and", "or", "against", "to", "=", "=="}
"""What cannot follow the keyword of a declaration: before these it is a misplaced name."""

_MASKING = {"mentions", "matches"}

_FAR = 100
"""Tokens among which a test says what it expects."""

_BEFORE_FACET = {"default", "table", "per", "given", "when", "unless", "and", "or", "not", "("}
"""Where `star` is the second word of a declaration, or a facet."""


def segments(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens cut before each declaration; the first part may begin with anything."""
    parts: list[list[Token]] = [[]]
    for index, token in enumerate(tokens):
        if token.text in DECLARATIONS and _begins(tokens, index, parts[-1]):
            parts.append([])
        parts[-1].append(token)
    return [part for part in parts if part]


def _begins(tokens: Sequence[Token], index: int, part: Sequence[Token]) -> bool:
    """Whether the keyword at `index` begins a declaration; `part` is the one before it."""
    token = tokens[index]
    ahead = [each.text for each in tokens[index + 1 : index + 4]] + ["", "", ""]
    if ahead[0] in _NO_BEGINNING and not (token.text == "mask" and ahead[0] in _MASKING):
        return False
    if token.text == "star" and (_is_second(tokens, index) or _is_given(tokens, index, part)):
        return False
    return token.first or _has_form(token.text, ahead, tokens[index + 1 : index + 2])


def _is_second(tokens: Sequence[Token], index: int) -> bool:
    """`star` is the second word of a declaration, or the facet of a condition or weight."""
    before = tokens[index - 1] if index else None
    if before and (before.text in _BEFORE_FACET or _may_be_default(before)):
        return True
    following = tokens[index + 1 : index + 2]
    return bool(following) and following[0].kind in {"number", "percent"}


def _is_given(tokens: Sequence[Token], index: int, part: Sequence[Token]) -> bool:
    """`star` is a facet in a test: what the test expects is still to come."""
    if not part or part[0].text != "test" or any(each.text == "expect" for each in part):
        return False
    for token in tokens[index + 1 : index + _FAR]:
        if token.text == "expect":
            return True
        if token.text in DECLARATIONS - {"star"} and token.first:
            return False
    return False


def _may_be_default(token: Token) -> bool:
    """Whether a word in front of `star` is a misspelt `default`."""
    return token.first and token.kind == "word" and token.text not in RESERVED


def _has_form(  # noqa: C901, PLR0911 -- a table, one return a declaration
    word: str, ahead: list[str], following: Sequence[Token]
) -> bool:
    """Whether a declaration goes on after `word` as it must."""
    if not following:
        return False
    kind = following[0].kind
    is_name = kind == "word" and ahead[0] not in RESERVED
    match word:
        case "use" | "assign" | "test":
            return kind == "string"
        case "weights" | "confidence" | "ceilings":
            return ahead[0] == "{"
        case "mask":
            return ahead[0] in _MASKING
        case "never":
            return ahead[0] == "promote"
        case "default":
            return ahead[0] == "star"
        case "starlang":
            return kind == "number"
        case "rule":
            return is_name and ahead[1] in {"->", "against"}
        case "order":
            return is_name
        case "table":
            return ahead[1] in {"{", "weight", "because"} or ahead[2] == "{"
        case "ruleset":
            return is_name and ahead[1].startswith('"')
        case _:
            return is_name and ahead[1] not in {",", "->", "and", "or", *TESTS}
