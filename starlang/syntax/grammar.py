"""The grammar, `grammar/star.lark`: its text, and the words in it.

Which words are keywords, which of them begin a declaration, a clause or a test, is written
in the grammar and nowhere else: `GrammarRules` reads it there, and `starlang.syntax.words` says
what each set is called. The notation is small: names, signs in quotes, and regular
expressions for what has no fixed spelling; groups, `|`, and `?`, `*` and `+` after a part.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

_PACKAGE = Path(__file__).parents[1]


@cache
def grammar_text() -> str:
    """The grammar. It and its tables are parts of the program, not input of a run."""
    return grammar_file("star.lark")


def grammar_file(name: str) -> str:
    """A file of the grammar."""
    return find_data(_PACKAGE, name)


def find_data(package: Path, name: str) -> str:
    """A file of the grammar: packaged data, or the repository's own if there is none."""
    packaged = package / "_data"
    root = packaged if packaged.is_dir() else package.parent
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


class GrammarRules(NamedTuple):
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
