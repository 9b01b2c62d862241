"""Classes: modules that no test over one facet tells apart."""

from array import array
from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key")


class Numbering(dict[Key, int], Generic[Key]):
    """Numbers keys from 0 in the order in which they are first asked for."""

    def __missing__(self, key: Key) -> int:
        number = self[key] = len(self)
        return number


class Classes(NamedTuple):
    """`codes[i]` is the class of module `i`.

    `tests[c]` are the numbers of the tests that hold in class `c`, sorted.
    """

    codes: Sequence[int]
    tests: Sequence[tuple[int, ...]]


def numbered(keys: Iterable[Key]) -> tuple[Sequence[int], list[Key]]:
    """The number of each key, and the keys in the order of their numbers."""
    numbering: Numbering[Key] = Numbering()
    codes = array("I", map(numbering.__getitem__, keys))
    return codes, list(numbering)
