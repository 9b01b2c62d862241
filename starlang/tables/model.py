"""What a table is: named columns with kinds, and how its rows are read off a value.

Rows are tuples and made one by one, so a table takes memory only where it is kept. A cell is plain
data, and an amount in it an integer of 10^-6, as everywhere in the program. What readers get
instead, a decimal, a float or the integer, is decided where a table leaves the program (`Amounts`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from io import StringIO
from typing import Generic, TypeVar, assert_never

from attrs import frozen

from starlang.explain.words import exact
from starlang.printable import csv_cell
from starlang.rules.model import MICRO
from starlang.version import VERSION

T = TypeVar("T")

Cell = str | int | tuple[str, ...] | None
"""A cell of a row; amounts are integers of 10^-6."""

Row = tuple[Cell, ...]

Value = str | int | float | Decimal | list[str] | None
"""A cell as readers get it."""

FORMAT = "starlang-tables/1"
"""The version of all tables: it changes with the name or the meaning of a column."""


class Kind(StrEnum):
    """What the cells of a column are; any of them may be missing (None)."""

    TEXT = "text"
    TEXTS = "texts"
    AMOUNT = "amount"
    COUNT = "count"
    FLAG = "flag"


class Amounts(StrEnum):
    """What amounts become: exact decimals with six places, floats, or integers of 10^-6."""

    DECIMAL = "decimal"
    FLOAT = "float"
    MICRO = "micro"


class Table(ABC):
    """Rows with named columns. `amounts` says what amounts become where they leave."""

    amounts: Amounts

    @property
    @abstractmethod
    def name(self) -> str:
        """What the table is called."""

    @property
    @abstractmethod
    def columns(self) -> Mapping[str, Kind]:
        """Column -> its kind, in order."""

    @property
    @abstractmethod
    def facts(self) -> Mapping[str, str]:
        """What files say about the table: versions and digests."""

    @abstractmethod
    def __iter__(self) -> Iterator[Row]:
        """The rows, always in the same order."""


@frozen(repr=False)
class Definition(Generic[T]):
    """A table that can be read off any `T`; `made_from` are the digests of what a `T` is."""

    name: str
    columns: Mapping[str, Kind]
    rows: Callable[[T], Iterator[Row]]
    made_from: Callable[[T], Mapping[str, str]]


@frozen(repr=False)
class TableOf(Table, Generic[T]):
    """The table of one value, read off it anew each time that the rows are asked for."""

    definition: Definition[T]
    value: T
    amounts: Amounts = Amounts.DECIMAL

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def columns(self) -> Mapping[str, Kind]:
        return self.definition.columns

    @property
    def facts(self) -> Mapping[str, str]:
        named = {"format": FORMAT, "table": self.name, "version": VERSION}
        return {**named, **self.definition.made_from(self.value)}

    def __iter__(self) -> Iterator[Row]:
        return self.definition.rows(self.value)


# Tables for readers without any package.


def records(table: Table) -> Iterator[dict[str, Value]]:
    """The rows as dictionaries."""
    readers = [_reader(kind, table.amounts) for kind in table.columns.values()]
    for row in table:
        cells = zip(table.columns, readers, row, strict=True)
        yield {name: None if cell is None else read(cell) for name, read, cell in cells}


def _reader(kind: Kind, amounts: Amounts) -> Callable[[Cell], Value]:
    match kind:
        case Kind.TEXTS:
            return lambda cell: list(cell) if isinstance(cell, tuple) else []
        case Kind.AMOUNT:
            return lambda cell: amount(cell, amounts) if isinstance(cell, int) else None
        case Kind.TEXT | Kind.COUNT | Kind.FLAG:
            return lambda cell: None if isinstance(cell, tuple) else cell
        case _:
            assert_never(kind)


def amount(micro: int, amounts: Amounts) -> Decimal | float | int:
    """An amount of 10^-6 as readers want it; the decimal always has six places."""
    match amounts:
        case Amounts.DECIMAL:
            return Decimal(exact(micro))
        case Amounts.FLOAT:
            return micro / MICRO
        case Amounts.MICRO:
            return micro
        case _:
            assert_never(amounts)


def to_csv(table: Table) -> str:
    r"""RFC 4180 with `\n`; texts that a spreadsheet would run get a leading apostrophe.

    A missing value is an empty cell, several are joined by `; `.
    """
    import csv

    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    for record in records(table):
        writer.writerow(map(_csv, record.values()))
    return out.getvalue()


def _csv(value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            return csv_cell(value)
        case list():
            return csv_cell("; ".join(value))
        case _:
            return str(value)
