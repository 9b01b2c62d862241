"""What the writer of each format makes of texts that somebody else wrote: one function a format.

Whoever composes a text leaves it as it is. Names, labels and reasons may hold anything: codes that
steer a terminal, marks that turn the direction of a text, line ends, commands of a CI server. Only
the writer knows what is harmless in its format, so it is the writer that escapes, and it escapes
everything. To escape twice changes nothing.

Pages escape in their templates (`starlang.report.pages`), tables of Markdown in
`starlang.run.audit_report`.
"""

import re
from collections.abc import Callable, Iterable

from starlang.text import is_unseen, shown

# A terminal, and the log of a CI server.

COLOUR_MARK = "<colour:"
"""What a colour begins with while a line is put together; see `starlang.report.terminal`."""

Paint = Callable[[str, str], str]
"""Colours a text: (what it is, text) -> text.

What it is: an outcome, `title`, `for`, `against` or `quiet`.
"""


def plain(_: str, text: str) -> str:
    """The `Paint` that leaves every text as it is."""
    return text


_COMMAND = re.compile(r"^(\s*):(?=:)")
"""A line that GitHub takes for a command: it looks at the first two signs behind the space."""

_BRACKET = re.compile(r"#(?=#[A-Za-z]*\[)")
"""`##[add-mask]`, `##vso[…]`, `##teamcity[…]`: commands to servers, anywhere in a line."""


def line_text(text: str) -> str:
    """`text` as one line of a terminal or a log: it steers nothing and is no command."""
    return without_commands(shown(text))


def lines_text(lines: Iterable[str]) -> str:
    """The lines as one text, each as `line_text` has it: a line end in one of them begins none."""
    return "\n".join(map(line_text, lines))


def without_commands(line: str) -> str:
    """A line that is printable already, without the commands of servers."""
    line = _COMMAND.sub(r"\1\\x3a", line) if "::" in line else line
    return _BRACKET.sub(r"\\x23", line) if "##" in line else line


def brackets_in(text: str) -> frozenset[int]:
    """The offsets of signs that begin a command inside of a line."""
    return frozenset(found.start() for found in _BRACKET.finditer(text)) if "##" in text else _NONE


_NONE: frozenset[int] = frozenset()


# Formats for programs.

_SUSPECT = re.compile(
    "[\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What may steer or hide a text. Of the rest of ASCII, JSON escapes what does."""


def json_text(document: str) -> str:
    """A JSON document with escapes for what nobody sees in it; it says the same."""
    if document.isascii() and "\x7f" not in document:
        return document

    def replaced(found: re.Match[str]) -> str:
        if not is_unseen(document, found.start()):
            return found[0]
        units = found[0].encode("utf-16-be", "surrogatepass").hex()
        return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))

    return _SUSPECT.sub(replaced, document)


def paragraph(text: str) -> str:
    r"""`text` of several lines: only `\n` is left of what is unseen."""
    return "\n".join(map(shown, text.split("\n")))


def github_data(text: str) -> str:
    """`text` as the message of a workflow command."""
    return paragraph(text).replace("%", "%25").replace("\n", "%0A")


def github_property(text: str) -> str:
    """`text` as a property of a workflow command."""
    return github_data(shown(text)).replace(":", "%3A").replace(",", "%2C")


_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A cell that starts like this is run by spreadsheets, quoted or not; the last four are wide."""


def csv_cell(text: str) -> str:
    """`text` as the value of a cell: on one line, and never a formula."""
    text = shown(text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def dot_string(text: str) -> str:
    r"""A quoted string of DOT. In labels `\n` breaks the line; a backslash stands for itself."""
    lines = (shown(each).replace("\\", "\\\\").replace('"', '\\"') for each in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'
