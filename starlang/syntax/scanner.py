"""From bytes to text, and from text to tokens that need no grammar.

Tokens are for what a grammar is no help with: limits, finding the place to go on after
an error, comments. Any text has tokens; what is unknown is one too. On a valid file they
agree with the terminals of the grammar.
"""

import re
from typing import Literal, cast

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.text import Source, Span

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


@frozen
class Token:
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


def scan(text: str) -> tuple[Token, ...]:
    """All tokens of `text`; joined, they are `text`."""
    tokens = []
    first = True
    for match in _TOKEN.finditer(text):
        kind = cast("Kind", match.lastgroup)
        found = match.group()
        tokens.append(Token(kind, found, match.start(), match.end(), first))
        first = "\n" in found or (first and kind == "blank")
    return tuple(tokens)


def significant(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens that mean something: no blanks, no comments."""
    return tuple(token for token in tokens if token.kind not in {"blank", "comment"})


def decode(name: str, data: bytes) -> Source | Diagnostic:
    """The text of the file `name`, or why its bytes are refused."""
    if len(data) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES:,} bytes"
        hint = "split it, and `use` the parts"
        return Diagnostic(code="E116", message=message, file=name, hint=hint)
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
    return Source(name, text)


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
