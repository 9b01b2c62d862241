"""Texts, values, lists and comments of the language; the formatter lays out the rest."""

from collections.abc import Iterable, Iterator
from textwrap import wrap

from starlang.syntax.words import KEYWORDS

WIDTH = 100
"""Columns of a line, as the formatter counts them."""

_COMMENT_WIDTH = 98
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_JOINER = "\u200d"


def string(text: str, *, joiner: bool = False) -> str:
    """`text` in quotes; `joiner` tells that U+200D may stand there as it is."""
    return f'"{"".join(c if joiner and c == _JOINER else _seen(c) for c in text)}"'


def _seen(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\u{{{ord(character):X}}}"


def value(text: str, *, joiner: bool = False) -> str:
    """`text` as a value: bare where it is a word, no keyword and no number."""
    is_word = text.isascii() and text.replace("-", "_").isidentifier() and text.strip("-") == text
    return text if is_word and text not in KEYWORDS else string(text, joiner=joiner)


def comment(*paragraphs: str) -> str:
    """The paragraphs as comment lines, an empty one between them."""
    blocks = [wrap(_on_one_line(each), _COMMENT_WIDTH) for each in paragraphs if each]
    return "\n#\n".join("\n".join(f"# {line}" for line in block) for block in blocks)


def _on_one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def listed(items: Iterable[str]) -> str:
    """The items, separated by commas, each on its own line: no line may be too long to be read."""
    return ",\n".join(items)


def rows(items: Iterable[str], width: int) -> Iterator[str]:
    """The items, separated by commas, on lines of up to `width` columns."""
    line = ""
    for item in items:
        longer = f"{line}, {item}" if line else item
        if line and len(longer) > width:
            yield line
            line = item
        else:
            line = longer
    if line:
        yield line


def block(head: str, lines: Iterable[str]) -> str:
    """`head { … }`, a line each."""
    inside = "".join(f"  {line}\n" for line in lines)
    return f"{head} {{\n{inside}}}"
