"""What is wrong with text that is no JSON: the mistake by name, not the parser's state.

The offset is the scanner's; its words are not used, because they differ between
versions of Python.
"""

from re import Match

from starlang.manifests.refusals import Refusal
from starlang.manifests.tokens import is_closed, token_at, tokens
from starlang.manifests.wording import shown
from starlang.text import Span

_WHITE = " \t\r\n"
_COMMENTS = ("//", "/*", "#")
_LITERALS = ("true", "false", "null")
_OTHER_LANGUAGES = (
    ("'", "JSON texts stand in double quotes"),
    ("True", "write `true`"),
    ("False", "write `false`"),
    ("None", "write `null`"),
    ("undefined", "write `null`, or leave the key out"),
)
_EXPECTED = {
    "": "a JSON value",
    "{": "a key in double quotes",
    "[": "a value",
    ":": "a value",
    ",": "the next value or key",
}


def syntax(text: str, offset: int, *, complete: bool) -> Refusal:
    """Why the scanner stopped at `offset`; `complete` if a whole value stands before it."""
    at = len(text) - len(text[offset:].lstrip(_WHITE))
    around = next((token for token in tokens(text) if token.end() > offset), None)
    if around and around.start() < at and around[0].startswith('"'):
        return _inside_string(around, offset) if is_closed(around[0]) else _cut_off(text)
    if text.startswith(_COMMENTS, at):
        return _comment(text, at)
    if around and around.start() < offset == at:
        return _malformed(around)
    return _more_text(text, at) if complete else _incomplete(text, at)


def _incomplete(text: str, at: int) -> Refusal:
    """Something other than what stands at `at` would have to follow."""
    if (comma := _trailing_comma(text, at)) is not None:
        return _comma(comma)
    rest = text[at:].rstrip(_WHITE)
    span = token_at(text, at)
    is_open = rest.startswith('"') and not is_closed(text[span.start : span.end])
    if is_open or rest == "-" or any(word.startswith(rest) for word in _LITERALS):
        return _cut_off(text)
    return _unexpected(text, span)


def _inside_string(token: Match[str], offset: int) -> Refusal:
    character = token.string[offset]
    if character < " ":
        words = f"the text holds the character U+{ord(character):04X}, which JSON does not allow"
        hint = r"write it as an escape (`\n`, `\t`, `\u001b`), or close the text before it"
    else:
        words = "the text holds an escape that JSON does not know"
        hint = r"write `\\` for a backslash"
    return Refusal("E506", words, hint, Span(offset, offset + 1))


def _comment(text: str, at: int) -> Refusal:
    line = text[at:].splitlines()[0].rstrip(_WHITE)
    return Refusal("E510", "JSON has no comments", "delete it", Span(at, at + len(line)))


def _more_text(text: str, at: int) -> Refusal:
    return Refusal(
        "E508",
        "more text follows after the end of the JSON value",
        "keep one JSON value in the file",
        token_at(text, at),
    )


def _malformed(word: Match[str]) -> Refusal:
    return Refusal(
        "E506",
        f"{shown(word[0])} is no JSON value",
        "write a number without leading zeros and with digits on both sides of the point, "
        "or put a text in double quotes",
        Span(*word.span()),
    )


def _trailing_comma(text: str, at: int) -> int | None:
    """The comma before the bracket at `at`; newer scanners stop at the comma itself."""
    comma = at if text.startswith(",", at) else len(text[:at].rstrip(_WHITE)) - 1
    after = text[comma + 1 :].lstrip(_WHITE)
    return comma if text[comma : comma + 1] == "," and after[:1] in {"}", "]"} else None


def _comma(at: int) -> Refusal:
    return Refusal(
        "E509",
        "JSON allows no comma before a closing bracket",
        "delete the comma",
        Span(at, at + 1),
    )


def _cut_off(text: str) -> Refusal:
    end = len(text.rstrip(_WHITE))
    return Refusal(
        "E507",
        "the file ends in the middle of a value",
        "restore the rest of the file, or close what is open",
        Span(end, end),
    )


def _unexpected(text: str, span: Span) -> Refusal:
    word = text[span.start : span.end]
    before = text[: span.start].rstrip(_WHITE)[-1:]
    expected = _EXPECTED.get(before, "`,`, `:` or a closing bracket")
    hints = (hint for start, hint in _OTHER_LANGUAGES if word.startswith(start))
    return Refusal(
        "E506",
        f"this is no JSON: {shown(word)} stands where {expected} was expected",
        next(hints, "correct the text here"),
        span,
    )
