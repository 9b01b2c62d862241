"""Tables as Arrow: schemas, record batches, streams, and files.

pyarrow is an extra and slow to import, so every function here asks `arrow()` for it. Amounts are
decimal128(18, 6): an array of integers of 10^-6 has the very bytes of such decimals once each is
16 bytes wide, so no decimal is ever made one by one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from importlib import import_module
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, assert_never

from attrs import frozen

from starlang.errors import MissingPackageError
from starlang.rules.model import MICRO
from starlang.tables.model import Amounts, Cell, Kind, Row, Table

if TYPE_CHECKING:
    from types import ModuleType
    from typing import BinaryIO

    import pyarrow as pa

BATCH = 65_536
"""Rows of a record batch, so that memory does not grow with a table."""

PLACES, DIGITS = 6, 18
"""Places behind the point of an amount, and all its digits: more than any sum of weights has."""


def arrow() -> "ModuleType":
    """The package `pyarrow`."""
    return package("pyarrow")


def package(name: str) -> "ModuleType":
    """A package that tables need; MissingPackageError, which says how to install it, without it."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        wanted = "pandas" if name == "pandas" else "'starlang[tables]'"
        message = f"the package {name} is not installed: pip install {wanted}"
        raise MissingPackageError(message) from None


def schema_of(
    columns: Mapping[str, Kind], amounts: Amounts, facts: Mapping[str, str] | None = None
) -> "pa.Schema":
    """The Arrow schema of `columns`; `facts` become metadata, each as `starlang.NAME`."""
    pa = arrow()
    fields = [pa.field(name, _type(kind, amounts)) for name, kind in columns.items()]
    metadata = {f"starlang.{name}": text for name, text in (facts or {}).items()}
    return pa.schema(fields, metadata or None)


def _type(kind: Kind, amounts: Amounts) -> "pa.DataType":
    pa = arrow()
    match kind:
        case Kind.TEXT:
            return pa.string()
        case Kind.TEXTS:
            return pa.list_(pa.string())
        case Kind.COUNT:
            return pa.int64()
        case Kind.FLAG:
            return pa.bool_()
        case Kind.AMOUNT:
            return _amount_type(amounts)
        case _:
            assert_never(kind)


def _amount_type(amounts: Amounts) -> "pa.DataType":
    pa = arrow()
    match amounts:
        case Amounts.DECIMAL:
            return pa.decimal128(DIGITS, PLACES)
        case Amounts.FLOAT:
            return pa.float64()
        case Amounts.MICRO:
            return pa.int64()
        case _:
            assert_never(amounts)


def amounts_array(micro: "pa.Array | Sequence[Cell]", amounts: Amounts) -> "pa.Array":
    """Integers of 10^-6, as an array or a sequence, as what `amounts` wants."""
    pa = arrow()
    whole = pa.array(micro, pa.int64())
    match amounts:
        case Amounts.MICRO:
            return whole
        case Amounts.FLOAT:
            import pyarrow.compute as pc

            return pc.divide(whole.cast(pa.float64()), float(MICRO))
        case Amounts.DECIMAL:
            wide = whole.cast(pa.decimal128(DIGITS + 1, 0))
            return pa.Array.from_buffers(
                pa.decimal128(DIGITS, PLACES), len(wide), wide.buffers(), offset=wide.offset
            )
        case _:
            assert_never(amounts)


def batch_of(
    rows: Sequence[Row], columns: Mapping[str, Kind], amounts: Amounts = Amounts.DECIMAL
) -> "pa.RecordBatch":
    """A record batch of `rows`."""
    pa = arrow()
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [
        amounts_array(each, amounts) if kind is Kind.AMOUNT else _array(each, _type(kind, amounts))
        for each, kind in zip(cells, columns.values(), strict=True)
    ]
    return pa.record_batch(arrays, schema=schema_of(columns, amounts))


def _array(cells: Sequence[Cell], kind: "pa.DataType") -> "pa.Array":
    """Cells as an array; half of a surrogate pair, as in a name that is not UTF-8, is escaped."""
    pa = arrow()
    try:
        return pa.array(cells, kind)
    except UnicodeEncodeError:
        return pa.array(list(map(_escaped, cells)), kind)


def _escaped(cell: Cell) -> Cell | list[str]:
    match cell:
        case str():
            return cell.encode(errors="backslashreplace").decode()
        case tuple():
            return [text.encode(errors="backslashreplace").decode() for text in cell]
        case _:
            return cell


def batches(table: Table, size: int = BATCH) -> Iterator["pa.RecordBatch"]:
    """The table in record batches of `size` rows, the last one shorter; none where it is empty."""
    rows = iter(table)
    while chunk := list(islice(rows, size)):
        yield batch_of(chunk, table.columns, table.amounts)


def stream(table: Table) -> "pa.RecordBatchReader":
    """A reader of the table that makes its batches as they are read."""
    schema = schema_of(table.columns, table.amounts, table.facts)
    return arrow().RecordBatchReader.from_batches(schema, batches(table))


# Files.


class FileFormat(StrEnum):
    """The formats of files with tables; a stream is what Arrow writes where nobody can seek."""

    ARROW = "arrow"
    STREAM = "stream"
    PARQUET = "parquet"


def write(table: Table, out: "BinaryIO", form: FileFormat) -> None:
    """Writes the table to `out`, batch by batch; the same table gives the same bytes.

    Parquet is compressed with zstd.
    """
    pa = arrow()
    schema = schema_of(table.columns, table.amounts, table.facts)
    match form:
        case FileFormat.ARROW:
            writer = pa.ipc.new_file(out, schema)
        case FileFormat.STREAM:
            writer = pa.ipc.new_stream(out, schema)
        case FileFormat.PARQUET:
            from pyarrow import parquet

            writer = parquet.ParquetWriter(out, schema, compression="zstd")
        case _:
            assert_never(form)
    with writer:
        for batch in batches(table):
            writer.write_batch(batch)


def file_bytes(table: Table, form: FileFormat) -> bytes:
    """The table as the bytes of a file."""
    out = BytesIO()
    write(table, out, form)
    return out.getvalue()


# A digest of rows that come in any order, from any number of processes.

_MODULUS = 1 << 256


@frozen
class MultisetHash:
    """How many rows there are, and the sum of their SHA-256 modulo 2^256.

    This is the MSet-Add-Hash of Clarke et al. (2003) with a public hash: it shows drift, but rows
    can be forged to its figure by somebody who tries for long.
    """

    rows: int = 0
    total: int = 0

    @classmethod
    def of(cls, batches: "Iterable[pa.RecordBatch]") -> "MultisetHash":
        """Of all rows of `batches`; null cells count for nothing, nor does the order of columns."""
        rows = total = 0
        for batch in batches:
            rows += len(batch)
            total += sum(map(_row_hash, batch.to_pylist()))
        return cls(rows, total % _MODULUS)

    def __add__(self, other: "MultisetHash") -> "MultisetHash":
        return MultisetHash(self.rows + other.rows, (self.total + other.total) % _MODULUS)

    def __str__(self) -> str:
        return f"mset-sha256:{self.rows}:{self.total:064x}"


def _row_hash(row: Mapping[str, object]) -> int:
    there = {name: cell for name, cell in row.items() if cell is not None}
    text = json.dumps(there, ensure_ascii=False, sort_keys=True, default=str)
    return int.from_bytes(sha256(text.encode()).digest())
