"""Texts in which old and new answers could differ, made from the patterns themselves."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, product

from starlang.legacy.matching import admits
from starlang.legacy.nodes import (
    AnyCharacter,
    Choice,
    Class,
    Edge,
    Group,
    InTurn,
    Literal,
    Look,
    Node,
    Repeat,
    Shorthand,
)

SEPARATORS = ("", " ", "/", "_", "-", ".")
"""What may stand between two words of a name or a path."""

MAX_SAMPLES = 12
"""How many texts are taken for one pattern."""

MAX_LENGTH = 100
"""How long a sample may be: longer ones take long, and few names are as long."""

_TRIED = " _-/.ab0"
"""Characters that a class is shown by, separators first, since those are what classes are for."""

_MANY = 3


def samples(node: Node, most: int = MAX_SAMPLES) -> tuple[str, ...]:
    """Short texts that `node` matches (its look-arounds aside), lower case, each once."""
    texts = islice(_samples(node, most), most)
    return tuple(dict.fromkeys(text.lower() for text in texts if len(text) <= MAX_LENGTH))


def _samples(node: Node, most: int) -> Iterator[str]:
    match node:
        case Literal(character=character):
            yield character
        case AnyCharacter() | Shorthand() | Class():
            yield from islice((c for c in _candidates(node) if admits(node, c)), _MANY)
        case Edge() | Look():
            yield ""
        case Group(part=part):
            yield from _samples(part, most)
        case Repeat():
            yield from _repeated(node, most)
        case Choice(options=options):
            yield from _in_turns([_samples(option, most) for option in options])
        case InTurn(parts=parts):
            ways = [list(islice(_samples(part, most), most)) for part in parts]
            yield from map("".join, islice(product(*ways), most))


def _candidates(node: AnyCharacter | Shorthand | Class) -> Iterator[str]:
    own = node.members if isinstance(node, Class) and not node.negated else ()
    ends = (member[0] for member in own if not isinstance(member, Shorthand))
    return chain(ends, _TRIED)


def _repeated(node: Repeat, most: int) -> Iterator[str]:
    more = node.low + 1 if node.high is None else min(node.low + 1, node.high)
    for text in islice(_samples(node.part, most), _MANY):
        for times in {more: None, node.low: None}:
            yield text * times


def _in_turns(ways: list[Iterator[str]]) -> Iterator[str]:
    """The first of each, then the second of each, and so on."""
    while ways:
        left = []
        for way in ways:
            for text in islice(way, 1):
                yield text
                left.append(way)
        ways = left


def joined(first: str, second: str) -> Iterator[str]:
    """The two texts side by side, run together, and one inside the other, in all ways."""
    both = ((first, second), (second, first))
    for one, other in both:
        for separator in SEPARATORS:
            yield f"{one}{separator}{other}"
    for one, other in both:
        for length in range(1, min(len(one), len(other))):
            if one.endswith(other[:length]):
                yield one + other[length:]
    for one, other in both:
        for at in range(1, len(one)):
            yield f"{one[:at]}{other}{one[at:]}"
            if one[at] == " ":
                yield f"{one[:at]}{other}{one[at + 1 :]}"


def combined(words: Iterable[str], others: Sequence[str]) -> Iterator[str]:
    """Every word with every other one, joined in all ways; each text once."""
    seen: set[str] = set()
    for word in words:
        for text in chain([word], *(joined(word, other) for other in others)):
            if text not in seen:
                seen.add(text)
                yield text
