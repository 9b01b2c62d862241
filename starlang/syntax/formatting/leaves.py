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

    def word(self, token: Token, sign: str = "") -> Doc:
        """The token and what belongs to it; `sign` follows without a blank."""
        above = () if start(token) in self.heads else self.around(token).above
        return (*(own_line(each.text) for each in above), self.bare(token, sign))

    def bare(self, token: Token, sign: str = "") -> Doc:
        """The token without the comments above it."""
        text, beside = _spelled(token) + sign, self.around(token).beside
        return (text, Remark(beside)) if beside else text

    def flow(self, *runs: Iterable[Branch | Token], indent: int = 2) -> Fill:
        """Lists and words in a row. A line may end after a comma and between two runs."""
        atoms = (atom for run in runs for atom in self.atoms(tuple(leaves(*run))))
        return Fill(tuple(atoms), indent)

    def atoms(self, tokens: Sequence[Token]) -> Iterator[Doc]:
        """The elements of a list, the first with the words before it; no comma ends it."""
        elements = _split(tokens)
        for element in elements[:-1]:
            yield self._joined(element, ",")
        for element in elements[-1:]:
            yield self._joined(element, "")

    def _joined(self, tokens: Sequence[Token], sign: str) -> Doc:
        """The tokens with blanks between them, but none inside of braces."""
        parts: list[Doc] = []
        for number, token in enumerate(tokens):
            if number and token != "}" and tokens[number - 1] != "{":
                parts.append(" ")
            parts.append(self.word(token, sign if token is tokens[-1] else ""))
        return tuple(parts)

    def has_break(self, parts: Iterable[Branch | Token]) -> bool:
        """Whether the author has ended a line between two of the parts."""
        inner = sorted(parts, key=start)
        ends = [self.around(last_token(part)).line for part in inner]
        begins = [self.around(first_token(part)).line for part in inner]
        return ends[:-1] != begins[1:]


def _split(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens between the commas. A comma before a closing brace separates nothing."""
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "COMMA":
            found.append([])
        elif token.type == "RBRACE" and not found[-1]:
            found.pop()
            found[-1].append(token)
        else:
            found[-1].append(token)
    return [element for element in found if element]


def _spelled(token: Token) -> str:
    """The token, with one spelling for each escape; what the author has escaped stays so."""
    return _ESCAPE.sub(_respelled, token) if token.type == "STRING" else str(token)


def _respelled(match: re.Match[str]) -> str:
    digits: str | None = match[1]
    if digits is None:
        return _SHORT.get(match[0], match[0])
    character = chr(int(digits, 16))
    return _SHORT.get(character) or f"\\u{{{ord(character):X}}}"
