"""From tokens to documents: words with their comments, lists, strings in their one spelling."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import frozen
from lark import Token, Tree

from starlang.syntax.building.builder import Branch
from starlang.syntax.formatting.documents import Doc, Fill, Remark, own_line
from starlang.syntax.formatting.order import first_token, last_token, start
from starlang.syntax.formatting.trivia import Trivia

_ESCAPE = re.compile(r"\\u\{([0-9A-Fa-f]+)\}|\\.|\t")
_SHORT = {"\t": r"\t", "\n": r"\n", '"': r"\"", "\\": r"\\"}


def leaves(*parts: Branch | Token) -> Iterator[Token]:
    """All tokens of the parts."""
    for part in parts:
        if isinstance(part, Tree):
            yield from leaves(*part.children)
        else:
            yield part


@frozen
class Leaves:
    """The trivia of all tokens.

    `heads` are the offsets of tokens that a declaration or an entry begins with: what is above
    them is laid out with the declaration, and not with the token.
    """

    trivia: Mapping[int, Trivia]
    heads: frozenset[int] = frozenset()

    def around(self, token: Token) -> Trivia:
        """What surrounds `token`."""
        return self.trivia[start(token)]

    def above(self, token: Token) -> tuple[Doc, ...]:
        """The comments above `token`, a line each; none for a head."""
        comments = () if start(token) in self.heads else self.around(token).above
        return tuple(own_line(each.text) for each in comments)

    def bare(self, token: Token, sign: str = "") -> Doc:
        """The token without the comments above it; `sign` follows without a blank."""
        text, beside = _spelled(token) + sign, self.around(token).beside
        return (text, Remark(beside)) if beside else text

    def word(self, token: Token, sign: str = "") -> Doc:
        """The token with all its comments."""
        above, bare = self.above(token), self.bare(token, sign)
        return (*above, bare) if above else bare

    def flow(self, *runs: Iterable[Branch | Token], indent: int = 2) -> Doc:
        """Lists and words in a row. A line may end after a comma and between two runs."""
        (first, sign), *others = (
            element for run in runs for element in _elements(tuple(leaves(*run)))
        )
        parts = [self._atom(first, sign)]
        parts += [(*self.above(words[0]), self._atom(words, sign)) for words, sign in others]
        return (*self.above(first[0]), Fill(tuple(parts), indent))

    def _atom(self, words: Sequence[Token], sign: str) -> Doc:
        """The words with blanks between them, but none inside of braces; not what is above."""
        signs = [*("" for _ in words[1:]), sign]
        parts = [self.bare(words[0], signs[0])]
        for before, word, end in zip(words, words[1:], signs[1:], strict=False):
            blank = "" if before == "{" or word == "}" else " "
            parts += [blank, self.word(word, end)]
        return tuple(parts)

    def has_break(self, parts: Iterable[Branch | Token]) -> bool:
        """Whether the author has ended a line between two of the parts."""
        inner = sorted(parts, key=start)
        ends = [self.around(last_token(part)).line for part in inner]
        begins = [self.around(first_token(part)).line for part in inner]
        return ends[:-1] != begins[1:]


def _elements(tokens: Sequence[Token]) -> list[tuple[list[Token], str]]:
    """The words of each element of a list, with the comma that follows it if another one does.

    The words before a list belong to its first element.
    """
    found: list[list[Token]] = [[]]
    for each in tokens:
        if each.type == "COMMA":
            found.append([])
        elif each.type == "RBRACE" and not found[-1]:
            found[-2:] = [[*found[-2], each]]
        else:
            found[-1].append(each)
    words = [element for element in found if element]
    return [(element, "," if element is not words[-1] else "") for element in words]


def _spelled(token: Token) -> str:
    """The token, with one spelling for each escape; what the author has escaped stays so."""
    return _ESCAPE.sub(_respelled, token) if token.type == "STRING" else str(token)


def _respelled(match: re.Match[str]) -> str:
    digits: str | None = match[1]
    if digits is None:
        return _SHORT.get(match[0], match[0])
    character = chr(int(digits, 16))
    return _SHORT.get(character) or f"\\u{{{ord(character):X}}}"
