"""What the driver settles: the promotions of all workers, and what ceilings make of them.

They are columns, and a promotion is an object only while it is looked at, so that a million of
them fit into a driver.
"""

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice
from operator import add
from typing import TYPE_CHECKING

from attrs import frozen

from starlang.engine.ceilings import Settlement, unlimited
from starlang.engine.promotions import Places, Promotion, Sizes, StarPart
from starlang.explain.explain import held_star
from starlang.tables.arrow import BATCH, arrow, batch_of, schema_of
from starlang.tables.batches import PATH, integers
from starlang.tables.model import Amounts, Row
from starlang.tables.parts import sizes_of
from starlang.tables.plan import DEFERRED, held_row

if TYPE_CHECKING:
    import pyarrow as pa


@frozen(eq=False)
class Eligible:
    """The promotions of a whole repository in the order of taking, and its sizes.

    Modules are numbered in the order of their `paths`, which stay in Arrow.
    """

    paths: "Paths"
    promotions: "Promotions"
    sizes: Sizes | None

    def number_of(self, path: str) -> int | None:
        """The number of the module at `path`, None if it is not promoted."""
        at = bisect_left(self.paths, path)
        return at if at < len(self.paths) and self.paths[at] == path else None


class Promotions:
    """Promotions in the order of taking, each made anew while somebody looks at it.

    A million of them are 34 MB as columns, and several hundred as objects.
    """

    def __init__(self, numbers: "pa.Array", rows: "pa.Table") -> None:
        """`numbers` are those of the modules of `rows`."""
        import pyarrow.compute as pc

        keys = {
            "is_free": pc.invert(rows["is_assigned"]),
            "is_beside": pc.equal(rows["part"], StarPart.SECONDARY.value),
            "score": rows["score"],
            "lead": rows["lead"],
            "module": numbers,
        }
        order = pc.sort_indices(arrow().table(keys), list(_TAKING.items()))
        self._modules = numbers.take(order)
        encoded = {name: _one_chunk(rows[name]).dictionary_encode() for name in _READ}
        self._codes = [each.indices.take(order) for each in encoded.values()]
        self._values = [
            list(map(_READ[name], each.dictionary.to_pylist())) for name, each in encoded.items()
        ]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Promotion]:
        cells = [
            map(values.__getitem__, integers(codes))
            for values, codes in zip(self._values, self._codes, strict=True)
        ]
        return map(Promotion, integers(self._modules), *cells)


# The order of taking, as `starlang.engine.promotions` has it.
_TAKING = {
    "is_free": "ascending",
    "is_beside": "ascending",
    "score": "descending",
    "lead": "descending",
    "module": "ascending",
}


def _places(text: str) -> Places:
    return tuple(map(tuple, json.loads(text)))


# The cells of a promotion after its module, in order, and what they are read by.
_READ: Mapping[str, Callable[[str], object]] = {
    "star": str,
    "part": StarPart,
    "score": int,
    "lead": int,
    "is_assigned": bool,
    "leaves_default": bool,
    "places": _places,
}


class Paths(Sequence[str]):
    """Sorted paths that are texts only while somebody looks at them."""

    def __init__(self, texts: "pa.Array") -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, number: int) -> str:  # type: ignore[override]  # -- no slices
        found: str = self._texts[number].as_py()
        return found


def eligible(table: "pa.Table") -> Eligible:
    """What the rows of `Job.promotions` say, in any order."""
    import pyarrow.compute as pc

    is_size = pc.is_null(table[PATH])
    parts_of_sizes = list(map(sizes_of, table.filter(is_size)["places"].to_pylist()))
    sizes = reduce(add, parts_of_sizes) if parts_of_sizes else None
    rows = table.filter(pc.invert(is_size))
    del table
    rows = rows.take(pc.sort_indices(rows[PATH]))
    paths = _one_chunk(rows[PATH]).dictionary_encode()
    return Eligible(Paths(paths.dictionary), Promotions(paths.indices, rows), sizes)


def _one_chunk(column: "pa.ChunkedArray") -> "pa.Array":
    return arrow().concat_arrays(column.chunks) if column.num_chunks else column.combine_chunks()


# What ceilings hold back.


def deferred_schema(amounts: Amounts) -> "pa.Schema":
    """The columns of `held_table`."""
    return schema_of(DEFERRED.columns, amounts)


def held_table(known: Eligible, settlement: Settlement, amounts: Amounts) -> "pa.Table":
    """The table `deferred` of a plan, in the order of taking."""
    schema = deferred_schema(amounts)
    rows = _held_rows(known, settlement)
    made: list[pa.RecordBatch] = []
    while chunk := list(islice(rows, BATCH)):
        made.append(batch_of(chunk, DEFERRED.columns, amounts))
    return arrow().Table.from_batches(made, schema)


def _held_rows(known: Eligible, settlement: Settlement) -> Iterator[Row]:
    deferred, dropped, paths = settlement.deferred, settlement.dropped, known.paths
    for each in known.promotions:
        module, star = each.module, each.star
        if each.part is StarPart.PRIMARY and module in deferred:
            held = held_star(star, deferred[module], paths)
        elif each.part is StarPart.SECONDARY and (module, star) in dropped:
            held = held_star(star, dropped[module, star], paths)
        else:
            continue
        yield held_row(paths[module], each.part, held)


def of_one(settlement: Settlement, module: int | None) -> Settlement:
    """What a settlement says of one module, as if it were the first of its graph."""
    if module is None:
        return unlimited(())
    found = {0: settlement.deferred[module]} if module in settlement.deferred else {}
    return Settlement(
        tuple(each._replace(module=0) for each in settlement.promotions if each.module == module),
        found,
        {(0, star): held for (of, star), held in settlement.dropped.items() if of == module},
        {0: settlement.standings.get(module, [])},
        settlement.counts,
        settlement.floors,
    )
