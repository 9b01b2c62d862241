"""Tables of the library: rows for Python, and Arrow for everything else."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from starlang.api.values import Shown, refuse_type, shortened
from starlang.errors import UnknownNameError
from starlang.manifests.graph import ModuleGraph
from starlang.tables import model
from starlang.text import did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

T = TypeVar("T")


class Tabular(ABC):
    """What a plan and every table can be turned into.

    pandas, Polars, DuckDB and all others that know the Arrow PyCapsule interface take it as it
    is: `polars.DataFrame(plan)`, `pyarrow.table(plan)`, `duckdb.sql("from plan")`.
    """

    __slots__ = ()

    @abstractmethod
    def _rows(self) -> model.Table:
        """The rows and their columns."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as an Arrow C stream, which makes its batches while they are read.

        MissingPackageError without `pyarrow`.
        """
        from starlang.tables.arrow import stream

        capsule: object = stream(self._rows()).__arrow_c_stream__(requested_schema)
        return capsule

    def to_arrow(self) -> "pa.Table":
        """The rows as a pyarrow table, with digests in its metadata.

        MissingPackageError without `pyarrow`, which `starlang[tables]` brings.
        """
        from starlang.tables.arrow import stream

        return stream(self._rows()).read_all()

    def to_pandas(self) -> "pd.DataFrame":
        """The rows as a pandas frame; MissingPackageError without `pandas` or `pyarrow`."""
        from starlang.tables.arrow import package

        package("pandas")
        return self.to_arrow().to_pandas()

    def to_polars(self) -> "pl.DataFrame":
        """The rows as a polars frame; MissingPackageError without `polars` or `pyarrow`."""
        from starlang.tables.arrow import package

        package("polars")
        import polars as pl

        return pl.DataFrame(self)

    def to_csv(self) -> str:
        """The rows as CSV; no cell of it is run by a spreadsheet."""
        from starlang.tables.model import to_csv

        return to_csv(self._rows())


@frozen(repr=False)
class Table(Tabular, Shown):
    """A table: iterates over its rows, a dictionary per row, made while they are read."""

    _table: model.Table

    @property
    def name(self) -> str:
        """What it is called, such as `evidence`."""
        return self._table.name

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(self._table.columns)

    def __iter__(self) -> Iterator[dict[str, model.Value]]:
        return model.records(self._table)

    def _rows(self) -> model.Table:
        return self._table

    def _words(self) -> str:
        return f"{self.name}: {', '.join(self.columns)}"


def graph_table(graph: ModuleGraph, name: str = "facets") -> Table:
    """A table of what manifests say: `facets`, a row per value, or `edges`, who uses whom.

    UnknownNameError if there is no such table.
    """
    from starlang.manifests.linking import linked
    from starlang.tables.others import GRAPH_TABLES

    if not isinstance(graph, ModuleGraph):
        refuse_type("graph", "a ModuleGraph, as `load` and `load_modules` give it", graph)
    definition = named(GRAPH_TABLES, name)
    return Table(model.TableOf(definition, linked(graph) if graph.relations is None else graph))


def multiset_hash(table: object) -> str:
    """A digest of the rows of a table, in whatever order and batches they come.

    `table` is a plan, a table, an iterable of Arrow record batches, or whatever is read by the
    Arrow PyCapsule interface. Null cells and the order of columns count for nothing.

    MissingPackageError without `pyarrow`.
    """
    from starlang.tables.arrow import MultisetHash, arrow

    rows: Iterable[pa.RecordBatch]
    if hasattr(table, "__arrow_c_stream__"):
        rows = arrow().RecordBatchReader.from_stream(table)
    elif isinstance(table, Iterable):
        rows = table
    else:
        refuse_type("table", "a table, or an iterable of pyarrow.RecordBatch", table)
    return str(MultisetHash.of(record_batches(rows)))


def record_batches(batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """The record batches, one by one; TypeError if one is none."""
    from starlang.tables.arrow import arrow

    wanted = arrow().RecordBatch
    if not isinstance(batches, Iterable):
        refuse_type("batches", "an iterable of pyarrow.RecordBatch", batches)
    for batch in batches:
        if not isinstance(batch, wanted):
            refuse_type("a batch", "a pyarrow.RecordBatch", batch)
        yield batch


def named(tables: Mapping[str, T], name: str) -> T:
    """The table called `name`; UnknownNameError if there is none."""
    if not isinstance(name, str):
        refuse_type("the name of a table", "a str", name)
    if name not in tables:
        hint = did_you_mean(name, tables) or f"the tables are {', '.join(tables)}"
        raise UnknownNameError(f"there is no table `{shortened(name)}`", hint)
    return tables[name]


def amounts_of(name: str) -> model.Amounts:
    """What amounts are to become; UnknownNameError if it is none of the three."""
    if not isinstance(name, str):
        refuse_type("amounts", "a str", name)
    try:
        return model.Amounts(name)
    except ValueError:
        wanted = ", ".join(each.value for each in model.Amounts)
        message = f"amounts cannot be `{shortened(name)}`"
        raise UnknownNameError(message, f"they are {wanted}") from None
