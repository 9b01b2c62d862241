"""What all values of the library share: exact amounts, one line to be shown by, no changes."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NoReturn, TypeVar

from attrs import field, frozen

from starlang.explain.words import short
from starlang.text import one_line

_PATH = 60

V = TypeVar("V")


def amount(micro: int) -> Decimal:
    """An amount of 10^-6 as an exact decimal, with two places at least: `Decimal("0.65")`."""
    return Decimal(short(micro))


def shortened(path: str) -> str:
    """A path of at most 60 characters: of a longer one, its end."""
    return path if len(path) <= _PATH else f"…{path[1 - _PATH :]}"


def refuse_type(what: str, wanted: str, value: object) -> NoReturn:
    """TypeError: the argument `what` is not `wanted`."""
    raise TypeError(f"{what} must be {wanted}, not {type(value).__name__}")


class Shown:
    """A value that is shown as `<Name: words>`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return one_line(f"<{type(self).__name__}: {self._words()}>")

    def _words(self) -> str:
        raise NotImplementedError


def _copied(items: Mapping[str, V]) -> dict[str, V]:
    return dict(items)


@frozen(repr=False, eq=False)
class ReadOnly(Mapping[str, V]):
    """A mapping that cannot be changed; equal to a dictionary with the same items."""

    _items: dict[str, V] = field(converter=_copied)

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == dict(other) if isinstance(other, Mapping) else NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self._items))

    def __repr__(self) -> str:
        return one_line(repr(self._items))
