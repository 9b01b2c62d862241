"""From bytes to text, and from text to tokens that need no grammar.

Tokens are for what a grammar is not a help with: limits, finding the place to go on after
an error, comments. Any text has tokens; what is unknown is one too. On a valid file they
agree with the terminals of the grammar.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple, cast

from starlang.diagnostics.model import Diagnostic, at, in_order
from starlang.text import Source, Span
from starlang.texts.limits import RESOLVE, conflict_marker

MAX_BYTES = 1 << 20
"""The largest file that is read."""

Kind = Literal[
    "blank",
    "comment",
    "string",
    "open_string",
    "quote",
    "pattern",
    "slashes",
    "open_pattern",
    "number",
    "percent",
    "word",
    "sign",
    "operator",
    "clump",
    "other",
]
"""What a token is. Kinds that no valid file has:

- `open_string`, `open_pattern`: to the end of the line, since the closing sign is missing
- `quote`: text in single, curly or backward quotes
- `slashes`: a comment of another language, `//` or `/* */`
- `operator`: signs of another language, such as `==`
- `clump`: characters that stand together and are no word, such as `auth.core`
- `other`: one character of any other sort
"""

_BODY = r"(?:[^/\\\n\[]|\\[^\n]|\[\^?\]?+(?:[^\]\\\n\[]|\\[^\n]|\[:\w*:\]|\[)*+\])++"
_GLUE = r"[\w./:@+~$?*%\\]"
_END = rf"(?!{_GLUE}|-(?!>))"

# Quantifiers are possessive: no text makes this take more than linear time.
_TOKEN = re.compile(
    rf"""
      (?P<blank>       (?:[ \t\n]|\r\n)++ )
    | (?P<comment>     \#[^\r\n]*+ )
    | (?P<string>      "(?:[^"\\\n]|\\[^\n])*+" )
    | (?P<open_string> "[^\r\n]*+ )
    | (?P<quote>       '[^'\r\n]*+' | `[^`\r\n]*+`
                     | \u2018[^\u2018\u2019\r\n]*+\u2019 | \u201c[^\u201c\u201d\r\n]*+\u201d )
    | (?P<slashes>     //[^\r\n]*+ | /\*(?:[^*\r\n]|\*(?!/))*+(?:\*/)? )
    | (?P<pattern>     /{_BODY}/\w*+ )
    | (?P<open_pattern>/[^\r\n]*+ )
    | (?P<percent>     [0-9]++(?:\.[0-9]++)?+%{_END} )
    | (?P<number>      -?[0-9]++(?:\.[0-9]++)?+{_END} )
    | (?P<word>        (?:matches|ignoring)(?=/) | \w++(?:-++\w++)*+\*?{_END} )
    | (?P<sign>        ->|[{{}}(),] )
    | (?P<operator>    &&?|\|\|?|=[=>~]?|!=|!|<[=>]?|>=?|;|→|[\[\]] )
    | (?P<clump>       (?:(?!->)(?:{_GLUE}|-))++ )
    | (?P<other>       . )
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of the text, with where it starts and ends.

    `first` tells whether only blanks are before it on its line, `stand_in` that it was put
    in the place of something that could not be read.
    """

    kind: Kind
    text: str
    start: int
    end: int
    first: bool = False
    stand_in: bool = False

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@lru_cache(maxsize=1)  # limits, the parser, comments and the layout all look at the same text
def scan(text: str) -> tuple[Token, ...]:
    """All tokens of `text`; joined, they are `text`."""
    return tuple(_scan(text, 0))


def scan_pattern(text: str, start: int) -> Iterator[Token]:
    """The tokens from `start` on, if `/*.py/` there is a pattern and not half of a comment."""
    line, *_ = text[start : start + MAX_LINE].split("\n", 1)
    match = _TOKEN.match(line.replace("*", "x", 1))
    if match is not None and match.lastgroup == "pattern":
        start, begin = start + match.end(), start
        yield Token("pattern", text[begin:start], begin, start)
    yield from _scan(text, start)


def _scan(text: str, start: int) -> Iterator[Token]:
    first = True
    for match in _TOKEN.finditer(text, start):
        kind = cast("Kind", match.lastgroup)
        found = match.group()
        yield Token(kind, found, match.start(), match.end(), first)
        first = "\n" in found or (first and kind == "blank")


def significant(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens that mean something: no blanks, no comments."""
    return tuple(token for token in tokens if token.kind not in {"blank", "comment"})


def decode(name: str, data: bytes) -> Source | Diagnostic:
    """The text of the file `name`, or why its bytes are refused."""
    if len(data) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES:,} bytes"
        hint = "split it, and `use` the parts"
        return Diagnostic(code="E116", message=message, file=name, hint=hint)
    text = _text(name, data)
    if isinstance(text, Diagnostic):
        return text
    source = Source(name, text)
    if (marker := conflict_marker(text)) is not None:
        return at(source, marker, "E150", "a merge conflict is not resolved here", hint=RESOLVE)
    return source


def _text(name: str, data: bytes) -> str | Diagnostic:
    if (offset := _other_encoding(data)) is not None:
        return _refuse(name, "the file is not UTF-8 but UTF-16", offset)
    if data.startswith(b"\xef\xbb\xbf"):
        return _refuse(name, "the file starts with a byte order mark", 0)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return _refuse(name, "the file is not UTF-8", error.start)
    if (offset := data.find(b"\0")) != -1:
        return _refuse(name, "the file holds a NUL byte", offset)
    return text


def _other_encoding(data: bytes) -> int | None:
    """Where the first two bytes, or NULs between ASCII letters, show that this is UTF-16."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return 0
    head = data[:64]
    every_other = len(head) >= 4 and (not any(head[0::2]) or not any(head[1::2]))  # noqa: PLR2004 -- two characters
    return data.find(b"\0") if every_other and any(head) else None


def _refuse(name: str, what: str, offset: int) -> Diagnostic:
    return Diagnostic(
        code="E117",
        message=f"{what} (byte {offset})",
        file=name,
        hint="save it as UTF-8 without a byte order mark (BOM)",
    )


# How large a file may be: checked before it is parsed, so that nothing takes for ever.
#
# Every limit is far above what people write and far below what hurts.

MAX_LINE = 10_000
"""Characters in a line."""

MAX_RULES = 10_000
"""Rules in a file; each cell of a table is one."""

MAX_DERIVED = 500
"""Derived facets in a rule set: what they read of each other may be one long cycle."""

MAX_DEPTH = 64
"""Parentheses and `not` around a predicate, together."""

MAX_FINDINGS = 100
"""Findings that are reported of one file; nobody reads more at once."""

_BEFORE_CONDITION = frozenset({"when", "unless", "where", "and", "or", "not", "("})
_VERDICTS = frozenset({"->", "against"})


def over_limit(source: Source) -> Diagnostic | None:
    """The first limit that the text exceeds, or None."""
    text = source.text
    if len(text) > MAX_BYTES // 4 and len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        message = f"the text has more than {MAX_BYTES:,} bytes"
        hint = "split it, and `use` the parts"
        return Diagnostic(code="E116", message=message, file=source.name, hint=hint)
    return _long_line(source) or _too_deep(source) or _too_many_rules(source)


def at_most(findings: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The first findings, and that there are more if so."""
    if len(findings) <= MAX_FINDINGS:
        return findings
    message = f"there are more than {MAX_FINDINGS} findings, and these are the first"
    hint = "correct them, and check again"
    more = Diagnostic(code="E116", message=message, file=findings[0].file, hint=hint)
    return in_order((*findings[:MAX_FINDINGS], more))


def _long_line(source: Source) -> Diagnostic | None:
    start = 0
    for line in source.text.split("\n"):
        length = len(line.removesuffix("\r"))
        if length > MAX_LINE:
            span = Span(start + MAX_LINE, start + length)
            message = f"the line has {length:,} characters, and {MAX_LINE:,} are allowed"
            return at(source, span, "E116", message, hint="break the line")
        start += len(line) + 1
    return None


def _too_deep(source: Source) -> Diagnostic | None:
    text = source.text
    if text.count("(") + text.count("not") <= MAX_DEPTH:  # then there is no need to look closer
        return None
    for token, depth in _depths(significant(scan(text))):
        if depth > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} parentheses and `not` are around this"
            hint = "simplify the condition, or make several rules of it"
            return at(source, token.span, "E116", message, hint=hint)
    return None


def _depths(tokens: tuple[Token, ...]) -> Iterator[tuple[Token, int]]:
    """Each `(` and each `not` before a condition, with how deep it leads.

    `outer` holds the depth in front of each open parenthesis, with the `not` that apply to it.
    """
    outer: list[int] = []
    depth = 0
    previous = ""
    for token in tokens:
        base = outer[-1] if outer else 0
        depth = depth if previous == "not" else base
        if token.text == "(":
            depth += 1
            outer.append(depth)
            yield token, depth
        elif token.text == ")" and outer:
            outer.pop()
        elif token.text == "not" and previous in _BEFORE_CONDITION:
            depth += 1
            yield token, depth
        previous = token.text


def _too_many_rules(source: Source) -> Diagnostic | None:
    text = source.text
    if sum(map(text.count, ("rule", ",", "->", "against"))) <= MAX_RULES:
        return None
    for number, token in enumerate(_rules(significant(scan(text))), start=1):
        if number > MAX_RULES:
            message = f"the file has more than {MAX_RULES:,} rules"
            hint = "split it, and `use` the parts"
            return at(source, token.span, "E116", message, hint=hint)
    return None


def _rules(tokens: tuple[Token, ...]) -> Iterator[Token]:
    """The word `rule` of each rule, and the end of each cell of a table."""
    in_table = False
    following = (*tokens[1:], None)
    for token, after in zip(tokens, following, strict=False):
        if token.text in {"table", "}"}:
            in_table = token.text == "table"
        elif token.text == "rule" or (in_table and _ends_cell(token, after)):
            yield token


def _ends_cell(token: Token, after: Token | None) -> bool:
    if token.text in _VERDICTS:
        return True
    return token.text == "," and after is not None and after.text not in _VERDICTS


# Strings and what stands between their quotes.

_PLAIN = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t"}
_ESCAPE = re.compile(r"\\(?:u\{[^}\"]*\}?|.)", re.DOTALL)
_CODE_POINT = re.compile(r"\\u\{([0-9A-Fa-f]{1,6})\}")
_SURROGATES = range(0xD800, 0xE000)
_LAST = 0x10FFFF


class WrongEscape(NamedTuple):
    """An escape that the language does not know, with where it starts in the literal."""

    text: str
    start: int


def decoded(literal: str) -> str:
    """The text that a string with its quotes stands for; unknown escapes stay as they are."""
    inner = literal[1:-1]
    if "\\" not in inner:
        return inner
    return _ESCAPE.sub(lambda match: _meaning(match.group()) or match.group(), inner)


def wrong_escapes(literal: str) -> Iterator[WrongEscape]:
    """The escapes of a string that mean nothing."""
    for match in _ESCAPE.finditer(literal, 1, len(literal) - 1):
        if _meaning(match.group()) is None:
            yield WrongEscape(match.group(), match.start())


def quoted(text: str) -> str:
    """A string that stands for `text`."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'


def _meaning(escape: str) -> str | None:
    if escape in _PLAIN:
        return _PLAIN[escape]
    if match := _CODE_POINT.fullmatch(escape):
        number = int(match[1], 16)
        return chr(number) if number <= _LAST and number not in _SURROGATES else None
    return None
