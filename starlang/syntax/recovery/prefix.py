"""How far a parse has come, as a value: what may follow, and what follows from a token.

The parser reads valid files. After an error one wants to try things: would this token fit
if that one were not there? A `Prefix` answers from the parser's own tables and is never changed.
"""

from functools import lru_cache

from attrs import frozen

from starlang.syntax.automaton import tables, terminal_of
from starlang.syntax.scanner import Token
from starlang.syntax.words import END


@frozen
class Prefix:
    """Tokens that some valid file begins with: the stack of states of the LALR(1) automaton."""

    _stack: tuple[int, ...]

    def after(self, terminal: str | None) -> "Prefix | None":
        """The prefix with one more token, or None if no valid file goes on so."""
        states, rules, end = tables().states, tables().rules, tables().end
        stack = list(self._stack)
        while (action := states[stack[-1]].get(terminal or "")) is not None:
            if action >= 0:
                return Prefix((*stack, action))
            rule = rules[~action]
            if rule.size:
                del stack[-rule.size :]
            stack.append(states[stack[-1]][rule.origin])
            if stack[-1] == end:
                return Prefix(tuple(stack))
        return None

    def terminal(self, token: Token | None) -> str | None:
        """What the parser would take `token` for here, or None if it is nothing here.

        None as a token is the end of the text.
        """
        return END if token is None else terminal_of(token, tables().states[self._stack[-1]])

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
    return Prefix((tables().start,))


@lru_cache(maxsize=256)
def _accepts(stack: tuple[int, ...]) -> frozenset[str]:
    choices = tables().states[stack[-1]]
    return frozenset(name for name in choices if name.isupper() and Prefix(stack).after(name))
