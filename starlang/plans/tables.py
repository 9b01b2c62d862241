"""A plan as a table: one row a module, for spreadsheets and data frames."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING

from starlang.explain.model import Explanation
from starlang.explain.why import why
from starlang.plans.model import Plan
from starlang.rulesets.model import MICRO

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

Cell = str | Decimal | None

TEXTS = ("path", "file", "outcome", "current", "star", "label", "best", "runner_up", "rules", "why")
AMOUNTS = ("score", "confidence", "lead")
COLUMNS = (*TEXTS[:7], *AMOUNTS, *TEXTS[7:])

_PLACES = 6
_DIGITS = 18
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts like this is run by spreadsheets, quoted or not."""


def rows(plan: Plan) -> Iterator[dict[str, Cell]]:
    """A row a module, sorted by path; amounts are exact decimals, None where there is none."""
    return map(_row, plan)


def _row(each: Explanation) -> dict[str, Cell]:
    best = each.best
    return {
        "path": each.path,
        "file": each.file,
        "outcome": each.outcome.value,
        "current": each.current,
        "star": each.star,
        "label": each.label,
        "best": best.star if best else None,
        "score": _amount(best.score) if best else None,
        "confidence": _amount(best.confidence) if best else None,
        "lead": _amount(each.lead) if best else None,
        "runner_up": each.runner_up.star if each.runner_up else None,
        "rules": "; ".join(row.rule for row in each.rows),
        "why": why(each),
    }


def _amount(micro: int) -> Decimal:
    return (Decimal(micro) / MICRO).quantize(Decimal(1).scaleb(-_PLACES))


def to_csv(plan: Plan) -> str:
    r"""RFC 4180 with `\n`; texts that a spreadsheet would run get a leading apostrophe."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows(plan):
        writer.writerow([_cell(row[column]) for column in COLUMNS])
    return out.getvalue()


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        value = value.replace("\0", "\ufffd")
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None else str(value)


def to_arrow(plan: Plan) -> "pa.Table":
    """A pyarrow table; texts are strings, amounts decimal128(18, 6). Needs `pyarrow`."""
    import pyarrow as pa  # noqa: PLC0415 -- optional, and slow to import

    amount = pa.decimal128(_DIGITS, _PLACES)
    fields = [(name, amount if name in AMOUNTS else pa.string()) for name in COLUMNS]
    return pa.Table.from_pylist(list(rows(plan)), schema=pa.schema(fields))


def to_polars(plan: Plan) -> "pl.DataFrame":
    """A polars frame; texts are strings, amounts Decimal(18, 6). Needs `polars`."""
    import polars as pl  # noqa: PLC0415 -- optional, and slow to import

    amount = pl.Decimal(_DIGITS, _PLACES)
    schema = {name: amount if name in AMOUNTS else pl.String() for name in COLUMNS}
    return pl.DataFrame(list(rows(plan)), schema=schema)
