"""What records of the model share: they are equal, hashed and shown by their fields.

attrs writes these methods for each class and compiles them at every start of the program:
half of what a class costs. Here they are written once.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from attrs import Attribute


class Record:
    """The base of values that are `@frozen(eq=False, repr=False)` for a quick start.

    Like attrs: records of one class are equal if their fields are, but for those that are
    `field(eq=False)`; those that are `field(repr=False)` are not shown.
    """

    __slots__ = ()
    __attrs_attrs__: ClassVar[tuple["Attribute[object]", ...]]

    def __eq__(self, other: object) -> bool:
        if self.__class__ is not other.__class__:
            return NotImplemented
        compared = _COMPARED[self.__class__]
        return compared(self) == compared(other)

    def __hash__(self) -> int:
        return hash(_COMPARED[self.__class__](self))

    def __repr__(self) -> str:
        shown = [each.name for each in self.__attrs_attrs__ if each.repr]
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({values})"


class _Compared(dict[type[Record], Callable[[object], object]]):
    """Takes from a record of a class what is compared; made when it is first asked for."""

    def __missing__(self, record: type[Record]) -> Callable[[object], object]:
        names = (each.name for each in record.__attrs_attrs__ if each.eq)
        compared = self[record] = attrgetter(*names)
        return compared


_COMPARED = _Compared()
