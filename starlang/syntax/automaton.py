"""The parser: a file's tokens, followed through the tables that Lark makes of the grammar.

What is hard about parsing, the tables of the LALR(1) automaton, is made by Lark when the
grammar changes (`python tests/program/tables.py`), and kept beside the grammar as JSON. To
follow them takes a page of code, and the scanner has the tokens already. So a command does
not import Lark, nor compile a pattern for each set of terminals: 0.15 s at every start. Tests
compare the trees with those that Lark makes itself.

A token of the scanner becomes a terminal of the grammar by where it stands: a word is a
keyword where the automaton takes one, and else a name or a value. See `terminal_of`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import NamedTuple, Self, TypeAlias

from attrs import define, field

from starlang.rules.spelling import WORDS_AS_VALUES
from starlang.syntax.grammar import grammar_file
from starlang.syntax.scanner import Token, scan, scan_pattern
from starlang.syntax.words import END, KEYWORDS, RESERVED, SIGNS, WORDS

TABLES = "star.tables.json"

VALUE_TERMINALS = frozenset({"VALUE", "CELL_VALUE", "NEEDLE"})
"""Words that are compared with values of manifests."""

_KEYWORDS = {**{word: word.upper() for word in KEYWORDS}, "value": "ONE_VALUE"}
_LITERALS = {"string": "STRING", "percent": "PERCENT"}


class Leaf(str):
    """A token in the tree: its text, the terminal that it is, and where it starts and ends."""

    __slots__ = ("end", "start", "type")

    type: str
    start: int
    end: int

    def __new__(cls, terminal: str, token: Token) -> Self:
        made = super().__new__(cls, token.text)
        made.type, made.start, made.end = terminal, token.start, token.end
        return made


class Tree(NamedTuple):
    """What a rule of the grammar describes; `data` is the name of the rule. Nobody changes it."""

    data: str
    children: list["Tree | Leaf"]


class Rule(NamedTuple):
    """One sequence of a rule: how many parts it takes from the stack, and what it makes of them.

    `label` is what the tree is called. It is empty where the parts go into the tree above, and
    begins with `?` where they do so if there is only one.
    """

    origin: str
    label: str
    size: int


class Tables(NamedTuple):
    """The automaton.

    `states` say by terminal what to do: go on to a state, or apply the rule of the number whose
    complement is given; by the name of a rule, where to go on after it.
    """

    states: list[Mapping[str, int]]
    rules: list[Rule]
    start: int
    end: int


@cache
def tables() -> Tables:
    """The tables, which are parts of the program and not input of a run."""
    found = json.loads(grammar_file(TABLES))
    return Tables(found["states"], [Rule(*each) for each in found["rules"]], *found["ends"])


_Value: TypeAlias = Leaf | Tree | list[Tree | Leaf]


@define
class Parse:
    """A parse on its way: the states that it went through, and the parts that were read."""

    _tables: Tables = field(factory=tables)
    _states: list[int] = field(factory=lambda: [tables().start])
    _values: list[_Value] = field(factory=list)

    def choices(self) -> Mapping[str, int]:
        """What the automaton may do now, by terminal."""
        return self._tables.states[self._states[-1]]

    def take(self, leaf: Leaf) -> bool:
        """Goes on with one more token; False if no valid file does."""
        if not self._reduce(leaf.type):
            return False
        self._states.append(self.choices()[leaf.type])
        self._values.append(leaf)
        return True

    def tree(self) -> Tree | None:
        """The tree of a whole file, or None if none ends here."""
        if not self._reduce(END):
            return None
        (file,) = self._values
        return file if isinstance(file, Tree) else None

    def _reduce(self, terminal: str) -> bool:
        """Applies the rules that end before `terminal`; False if it cannot follow."""
        states, stack = self._tables.states, self._states
        while (action := states[stack[-1]].get(terminal)) is not None:
            if action >= 0:
                return True
            rule = self._tables.rules[~action]
            self._values.append(self._made(rule))
            if rule.size:
                del stack[-rule.size :]
            stack.append(states[stack[-1]][rule.origin])
            if stack[-1] == self._tables.end:
                return True
        return False

    def _made(self, rule: Rule) -> _Value:
        """Takes what `rule` describes from the parts that were read."""
        begin = len(self._values) - rule.size
        first, *others = self._values[begin:] or [[]]
        del self._values[begin:]
        # A list grows where it is: repeated parts, such as all rules of a file, are a list that
        # one more is added to each time.
        children = first if isinstance(first, list) else [first]
        for value in others:
            if isinstance(value, list):
                children += value
            else:
                children.append(value)
        if not rule.label:
            return children
        if rule.label[0] == "?" and len(children) == 1:
            return children[0]
        return Tree(rule.label.removeprefix("?"), children)


@lru_cache(maxsize=2)  # a file that is formatted is read, checked and laid out: one text, one tree
def parse_text(text: str) -> Tree | None:
    """The tree of a whole file, every token in it, or None where there is a syntax error."""
    parse = Parse()
    for token in _significant(text, parse):
        terminal = terminal_of(token, parse.choices())
        if terminal is None or not parse.take(Leaf(terminal, token)):
            return None
    return parse.tree()


def _significant(text: str, parse: Parse) -> Iterator[Token]:
    """The tokens of `text` but blanks and comments, read while `parse` follows them."""
    tokens = iter(scan(text))
    while (token := next(tokens, None)) is not None:
        if token.kind == "slashes" and "REGEX" in parse.choices():
            tokens = scan_pattern(text, token.start)
            token = next(tokens)
        if token.kind not in {"blank", "comment"}:
            yield token


def tree_of(leaves: Iterable[Leaf]) -> Tree | None:
    """The tree of these tokens as a file, or None if they are none."""
    parse = Parse()
    return parse.tree() if all(map(parse.take, leaves)) else None


def terminal_of(token: Token, choices: Mapping[str, int]) -> str | None:
    """What `token` is where `choices` may follow, or None if it is nothing there.

    Keywords come before other words, and numbers before values that consist of digits.
    """
    match token.kind:
        case "word":
            keyword = _KEYWORDS.get(token.text)
            return keyword if keyword in choices else _word(token.text, choices)
        case "number":
            return "NUMBER" if "NUMBER" in choices else _word(token.text, choices)
        case "sign":
            return SIGNS[token.text]
        case "pattern":
            return "REGEX" if token.text.endswith(("/", "/i")) else None
        case kind:
            return _LITERALS.get(kind)


def _word(text: str, choices: Mapping[str, int]) -> str | None:
    """The terminal for words that are no keywords, if `text` is one."""
    terminal = next(iter(WORDS & choices.keys()), None)  # no state has two
    return terminal if terminal and _is_word(terminal, text) else None


def _is_word(terminal: str, text: str) -> bool:
    """Whether `terminal`, one for words, matches the word or number `text`."""
    is_value = text in WORDS_AS_VALUES and terminal in VALUE_TERMINALS
    if (text in RESERVED and not is_value) or text[0] == "-":
        return False
    return "." not in text and (terminal == "NEEDLE" or not text.endswith("*"))
