"""How far a parse has come, as a value: what may follow, and what follows from a token.

Lark parses valid files. After an error one wants to try things: would this token fit
if that one were not there? A `Prefix` answers from Lark's own table and is never changed.
"""

from functools import cache, lru_cache

from attrs import frozen
from lark import Token as Leaf
from lark import Tree, UnexpectedToken
from lark.parsers.lalr_analysis import Shift
from lark.parsers.lalr_parser_state import ParseConf

from starlang.rules.spelling import WORDS_AS_VALUES
from starlang.syntax.grammar import VALUE_TERMINALS, parser
from starlang.syntax.scanner import Token
from starlang.syntax.words import END, KEYWORDS, RESERVED, SIGNS, WORDS

_KEYWORDS = KEYWORDS | {"value"}
_LITERALS = {"string": "STRING", "pattern": "REGEX", "percent": "PERCENT"}


@frozen
class Prefix:
    """Tokens that some valid file begins with: the stack of states of the LALR(1) automaton."""

    _stack: tuple[int, ...]

    def after(self, terminal: str | None) -> "Prefix | None":
        """The prefix with one more token, or None if no valid file goes on so."""
        states, end = _table().states, _table().end_state
        stack = list(self._stack)
        while (action := states[stack[-1]].get(terminal or "")) is not None:
            kind, target = action
            if kind is Shift:
                return Prefix((*stack, target))
            if size := len(target.expansion):
                del stack[-size:]
            stack.append(states[stack[-1]][target.origin.name][1])
            if terminal == END and stack[-1] == end:
                return Prefix(tuple(stack))
        return None

    def terminal(self, token: Token | None) -> str | None:
        """What the lexer would take `token` for here, or None if it is nothing here.

        None as a token is the end of the text.
        """
        choices = _table().states[self._stack[-1]]
        if token is None:
            return END
        if token.kind == "sign":
            return SIGNS[token.text]
        keyword = "ONE_VALUE" if token.text == "value" else token.text.upper()
        if token.kind == "word" and token.text in _KEYWORDS and keyword in choices:
            return keyword
        if token.kind == "number" and "NUMBER" in choices:
            return "NUMBER"
        if token.kind in {"word", "number"}:
            terminal = _word(self._stack[-1])
            return terminal if terminal and _is_word(terminal, token.text) else None
        return _LITERALS.get(token.kind)

    def then(self, *tokens: Token | None) -> "Prefix | None":
        """The prefix with these tokens, or None if no valid file goes on so."""
        prefix: Prefix | None = self
        for token in tokens:
            if prefix is not None:
                prefix = prefix.after(prefix.terminal(token))
        return prefix

    def accepts(self) -> frozenset[str]:
        """The terminals that may follow."""
        return _accepts(self._stack)


def start() -> Prefix:
    """Nothing read yet."""
    return Prefix((_table().start_state,))


def tree_of(leaves: list[Leaf]) -> Tree[Leaf] | None:
    """The tree of these tokens as a file, or None if they are none."""
    parse = parser().parse_interactive("")
    try:
        for leaf in leaves:
            parse.feed_token(leaf)
        tree: Tree[Leaf] = parse.feed_token(Leaf(END, ""))
    except UnexpectedToken:
        return None
    return tree


@lru_cache(maxsize=256)
def _accepts(stack: tuple[int, ...]) -> frozenset[str]:
    choices = _table().states[stack[-1]]
    return frozenset(name for name in choices if name.isupper() and Prefix(stack).after(name))


@cache
def _table() -> ParseConf[int]:
    return parser().parse_interactive("").parser_state.parse_conf


@cache
def _word(state: int) -> str | None:
    """The terminal for words that are no keywords; no state has two."""
    return next((name for name in _table().states[state] if name in WORDS), None)


def _is_word(terminal: str, text: str) -> bool:
    """Whether `terminal`, one for words, matches the word or number `text`."""
    is_value = text in WORDS_AS_VALUES and terminal in VALUE_TERMINALS
    if (text in RESERVED and not is_value) or text[0] == "-":
        return False
    return "." not in text and (terminal == "NEEDLE" or not text.endswith("*"))
