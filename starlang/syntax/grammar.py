"""The parser that Lark makes of `grammar/star.lark`, once a process.

Nothing is kept on disk between processes. Building takes some 110 ms; loading a cached
parser instead would save 70 of them, but such a cache is a pickle, so that whoever may
write it may run code here, and only commands that read rule text build the parser at all.
"""

from functools import cache
from typing import TYPE_CHECKING

from lark import Lark, Token, Tree, UnexpectedInput

from starlang.syntax.words import RESERVED, WORDS

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def parse_text(text: str) -> Tree[Token] | None:
    """The tree of a whole file, every token in it, or None where there is a syntax error."""
    try:
        return parser().parse(text)
    except UnexpectedInput:
        return None


@cache
def parser() -> Lark:
    """The parser. It holds no state of a parse: threads may share it."""
    return Lark(
        _grammar(),
        parser="lalr",
        lexer="contextual",
        start="file",
        keep_all_tokens=True,
        maybe_placeholders=False,
        lexer_callbacks=dict.fromkeys(WORDS, _as_keyword),
    )


def _as_keyword(token: Token) -> Token:
    """A reserved word is a keyword even where none is looked for, and so an error there."""
    return token.update(type=token.upper()) if token in RESERVED else token


def _grammar() -> str:
    """The one file that this layer reads: it is part of the program, not input of a run."""
    from importlib.resources import files  # noqa: PLC0415 -- 5 ms, and only here

    return find_grammar(files("starlang"))


def find_grammar(package: "Traversable") -> str:
    """The text of the grammar: packaged data, or the repository's own file if there is none."""
    packaged = package / "_data"
    root = packaged if packaged.is_dir() else package / ".."
    return (root / "grammar" / "star.lark").read_text("utf-8")
