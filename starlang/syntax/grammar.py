"""The grammar, `grammar/star.lark`: its text, the words in it, and the parser that Lark makes.

Which words are keywords, which of them begin a declaration, a clause or a test, is written
in the grammar and nowhere else: `Rules` reads it there, and `starlang.syntax.words` says
what each set is called. The notation is small: names, signs in quotes, and regular
expressions for what has no fixed spelling; groups, `|`, and `?`, `*` and `+` after a part.

Building the parser takes some 110 ms, four times as long as reading its tables. So they lie
beside the grammar as JSON, `grammar/star.tables.json`, written by whoever changes the grammar
(`python tests/program/tables.py`; a test compares). Tables of another grammar, or of another
version of Lark, are not used. Nothing is kept on disk between processes.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import lark
from attrs import frozen
from lark import Lark, Token, Tree, UnexpectedInput

from starlang.rules.spelling import RESERVED_WORDS, WORDS_AS_VALUES

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

TABLES = "star.tables.json"
Callbacks: TypeAlias = dict[str, Callable[[Token], Token]]


@lru_cache(maxsize=2)  # a file that is formatted is read, checked and laid out: one text, one tree
def parse_text(text: str) -> Tree[Token] | None:
    """The tree of a whole file, every token in it, or None where there is a syntax error.

    Nobody changes a tree.
    """
    try:
        return parser().parse(text)
    except UnexpectedInput:
        return None


@cache
def parser() -> Lark:
    """The parser. It holds no state of a parse: threads may share it."""
    text = grammar_text()
    callbacks: Callbacks = dict.fromkeys(words_in(text), _as_keyword)
    found = json.loads(find_data(files("starlang"), TABLES), object_pairs_hook=_numbered)
    if found["made_of"] != made_of(text):
        return built(text, callbacks)
    found["data"]["options"]["lexer_callbacks"] = callbacks
    return Lark.load(found)


def _numbered(pairs: list[tuple[str, object]]) -> dict[str | int, object]:
    """An object of JSON, which makes texts of the numbers that are keys."""
    return {int(key) if key.isdecimal() else key: value for key, value in pairs}


def built(text: str, callbacks: Callbacks) -> Lark:
    """The parser, made from the grammar `text`."""
    return Lark(
        text,
        parser="lalr",
        lexer="contextual",
        start="file",
        keep_all_tokens=True,
        maybe_placeholders=False,
        lexer_callbacks=callbacks,
    )


def made_of(text: str) -> list[str]:
    """What tables are made of: the version of Lark, and the digest of the grammar."""
    return [lark.__version__, sha256(text.encode()).hexdigest()]


def _as_keyword(token: Token) -> Token:
    """A reserved word is a keyword even where none is looked for, and so an error there.

    Those that begin a declaration are values where the parser looks for nothing else.
    """
    is_value = token in WORDS_AS_VALUES and token.type in VALUE_TERMINALS
    return token.update(type=token.upper()) if token in RESERVED_WORDS and not is_value else token


VALUE_TERMINALS = frozenset({"VALUE", "CELL_VALUE", "NEEDLE"})
"""Words that are compared with values of manifests."""


@cache
def grammar_text() -> str:
    """The grammar. It and its tables are parts of the program, not input of a run."""
    return find_data(files("starlang"), "star.lark")


def find_data(package: "Traversable", name: str) -> str:
    """A file of the grammar: packaged data, or the repository's own if there is none."""
    packaged = package / "_data"
    root = packaged if packaged.is_dir() else package / ".."
    return (root / "grammar" / name).read_text("utf-8")


def keywords_in(text: str) -> frozenset[str]:
    """The words that are keywords somewhere; the terminal of each is its name in upper case."""
    return frozenset(re.findall(r'^[A-Z_]+: "(\w+)" KEYWORD_END$', text, re.MULTILINE))


def words_in(text: str) -> frozenset[str]:
    """The terminals that match any word: they give way to keywords, by a lower priority."""
    return frozenset(re.findall(r"^([A-Z_]+)\.-1: ", text, re.MULTILINE))


def signs_in(text: str) -> dict[str, str]:
    """Sign -> its terminal."""
    return {sign: name for name, sign in re.findall(r'^([A-Z]+): "([^\w"]+)"$', text, re.MULTILINE)}


_RULE = re.compile(r"^\??([a-z_]+): (.*(?:\n +\|.*)*)", re.MULTILINE)
_PART = re.compile(r"[A-Za-z_]+|[()|*+?]")


class GrammarPart(NamedTuple):
    """A terminal, a rule or a group, and the sign after it that says how often it may stand."""

    what: "str | Body"
    often: str

    @property
    def may_be_absent(self) -> bool:
        return self.often in {"?", "*"}


Body: TypeAlias = tuple[tuple[GrammarPart, ...], ...]
"""What a rule or a group is made of: one of several sequences."""


@frozen
class GrammarRules:
    """The rules of a grammar by name, in its order."""

    bodies: dict[str, Body]

    def first(self, name: str) -> frozenset[str]:
        """The terminals that a terminal, or something that the rule describes, begins with."""
        return frozenset({name}) if name.isupper() else self.first_of(self.bodies[name])

    def first_of(self, body: Body) -> frozenset[str]:
        found: set[str] = set()
        for sequence in body:
            for part in sequence:
                what = part.what
                found |= self.first(what) if isinstance(what, str) else self.first_of(what)
                if not part.may_be_absent:
                    break
        return frozenset(found)

    def names(self, rule: str) -> list[str]:
        """The rules that `rule` is a choice of, in order."""
        return [part.what for (part,) in self.bodies[rule] if isinstance(part.what, str)]

    def after(self, first: str, among: str) -> frozenset[str]:
        """What may follow `first` at the beginning of the rules that `among` is a choice of."""
        return frozenset().union(
            *(
                self.first_of((sequence[1:],))
                for name in self.names(among)
                for sequence in self.bodies[name]
                if sequence[0].what == first
            )
        )

    def clauses(self, rule: str) -> frozenset[str]:
        """The terminals that begin what may be added to `rule`, but for what is in braces.

        A clause begins with one terminal: what may begin with several is not a clause.
        """
        return frozenset(self._clauses(self.bodies[rule]))

    def _clauses(self, body: Body) -> Iterator[str]:
        for part in (part for sequence in body for part in _outside(sequence)):
            first: frozenset[str] = frozenset()
            if not isinstance(part.what, str):
                first = self.first_of(part.what) if part.often else first
                yield from self._clauses(part.what)
            elif part.what.startswith("_"):  # stands for its parts
                yield from self._clauses(self.bodies[part.what])
            elif part.what.islower():
                first = self.first(part.what)
            yield from first if len(first) == 1 else ()

    def entries(self, rule: str) -> frozenset[str]:
        """The rules for what is listed in the braces of `rule`; none where it has no braces."""
        return frozenset(self._entries(self.bodies[rule]))

    def _entries(self, body: Body) -> Iterator[str]:
        for sequence in body:
            for part in sequence:
                if not isinstance(part.what, str):
                    yield from self._entries(part.what)
            for part in _inside(sequence):
                names = [part.what] if isinstance(part.what, str) else _names(part.what)
                yield from (name for name in names if name.islower())


def _names(body: Body) -> list[str]:
    return [part.what for sequence in body for part in sequence if isinstance(part.what, str)]


def _outside(sequence: tuple[GrammarPart, ...]) -> list[GrammarPart]:
    """The parts of a sequence that are not in braces."""
    inside = _inside(sequence)
    return [part for part in sequence if part not in inside]


def _inside(sequence: tuple[GrammarPart, ...]) -> tuple[GrammarPart, ...]:
    """The parts between `LBRACE` and `RBRACE`."""
    names = [part.what for part in sequence]
    if "LBRACE" not in names:
        return ()
    return sequence[names.index("LBRACE") + 1 : names.index("RBRACE")]


def rules_in(text: str) -> GrammarRules:
    """The rules of a grammar."""
    bodies = {}
    for name, written in _RULE.findall(text):
        parts = iter([*_PART.findall(re.sub(r"-> \w+", "", written)), ")"])
        bodies[name] = _body(parts)
    return GrammarRules(bodies)


def _body(parts: Iterator[str]) -> Body:
    """The sequences up to the parenthesis that closes them."""
    sequences: list[list[GrammarPart]] = [[]]
    for part in parts:
        match part:
            case ")":
                break
            case "|":
                sequences.append([])
            case "(":
                sequences[-1].append(GrammarPart(_body(parts), ""))
            case "?" | "*" | "+":
                sequences[-1][-1] = sequences[-1][-1]._replace(often=part)
            case _:
                sequences[-1].append(GrammarPart(part, ""))
    return tuple(map(tuple, sequences))
