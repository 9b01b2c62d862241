"""Spark on two cores against the engine in one process, and what ceilings take on the driver.

Both decide the same Parquet file; Spark is warm. The driver settles as many promotions as there
are modules, with ceilings that hold half of them back: its peak memory is that of a process of its
own, without the Java machine, which keeps no rows.

    python benchmarks/spark.py [--modules N] [--runs N]
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING

import pyarrow as pa
import worlds
from measuring import alternating, verdict
from pyarrow import parquet

import starlang
from starlang.engine.ceilings import settle_promotions
from starlang.engine.promotions import Sizes
from starlang.rules.compiled_file import dumps
from starlang.rules.model import Amount, Ceiling, Ceilings, OnBreach
from starlang.tables.ceilings import eligible, held_table
from starlang.tables.model import Amounts
from starlang.tables.parts import Job

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LIMIT, AIM = 2.5, 2.0
MEMORY = 1_000
"""The most that the driver may take, in MB."""


def prepare(modules: int, directory: Path) -> tuple[Path, starlang.Rules]:
    """The modules as a Parquet file, and 45 rules for them."""
    chance = Random(1)  # noqa: S311 -- no secret
    words = worlds.vocabulary(chance, 3_000)
    compiled = directory / "rules.json"
    compiled.write_text(dumps(worlds.mixed_rule_set(iter(words))), "utf-8")
    graph = worlds.graph(chance, words, modules)
    texts = pa.list_(pa.string())
    columns = {
        name: pa.array([list(each) for each in column.values], texts).take(pa.array(column.codes))
        for name, column in graph.columns.items()
    }
    stars = pa.array(list(map(list, graph.stars)), texts)
    table = pa.table({"path": pa.array(graph.paths), "star": stars, **columns})
    parquet.write_table(table, directory / "modules.parquet", row_group_size=100_000)
    return directory / "modules.parquet", starlang.compile(compiled)


def one_process(modules: Path, rules: starlang.Rules) -> float:
    """Seconds of reading and deciding the file in this process."""
    started = perf_counter()
    batches = parquet.ParquetFile(modules).iter_batches(100_000)
    decided = sum(len(batch) for batch in rules.decide(batches))
    assert decided  # noqa: S101 -- or there is nothing to measure
    return perf_counter() - started


def on_spark(modules: Path, rules: starlang.Rules) -> float:
    """The same on Spark, with all rows made and none kept."""
    from starlang.spark import plan  # noqa: PLC0415 -- starts Java

    started = perf_counter()
    frame = session().read.parquet(str(modules))
    plan(rules, frame).decisions.write.format("noop").mode("overwrite").save()
    return perf_counter() - started


def session() -> "SparkSession":
    """Spark on two cores of this machine."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 -- the same

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.log.level", "ERROR")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    return builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "100000").getOrCreate()


def promoted(modules: int) -> Iterator[pa.RecordBatch]:
    """As many promotions, as workers give them."""
    numbers = count()
    schema = Job.promotions_schema()
    for start in range(0, modules, 10_000):
        size = min(10_000, modules - start)
        rows = [
            (f"team_{n % 997}/service_{n % 89}/component_with_a_name_{n}", n % 900, n % 40)
            for n in (next(numbers) for _ in range(size))
        ]
        cells = [
            (path, "Flow", "primary", 700_000 + score, score, False, True, f'[["o{owner}"],[""]]')
            for path, score, owner in rows
        ]
        yield pa.record_batch(list(map(pa.array, zip(*cells, strict=True))), schema=schema)


def settle(modules: int) -> None:
    """Settles promotions as the driver does, and prints the peak of memory in MB."""
    half = Amount(Fraction(50), percent=True)
    limits = (Ceiling(half, per="owner", text="one"), Ceiling(half, text="two"))
    groups: tuple[dict[str | None, int], ...]
    groups = ({f"o{n}": modules // 40 for n in range(40)}, {"": modules})
    sizes = Sizes(modules, modules, 0, (modules, modules), groups)
    found = eligible(pa.Table.from_batches(promoted(modules)))
    ceilings = Ceilings(limits, on_breach=OnBreach.DEFER)
    settled = settle_promotions(ceilings, sizes, found.promotions, ())
    held = held_table(found, settled, Amounts.DECIMAL)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(found.promotions)} {len(held)} {peak:.0f}")


def main() -> None:
    """Prepares, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--modules", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--settle", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.settle:
        settle(chosen.settle)
        return
    command = [sys.executable, __file__, "--settle", str(chosen.modules)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 -- this file
    wanted, held, peak = done.stdout.split()
    state = "within the limit" if int(peak) <= MEMORY else "TOO MUCH"
    print(f"driver: {wanted} promotions, {held} held back: {peak} MB ({MEMORY} at most), {state}")
    with tempfile.TemporaryDirectory() as directory:
        modules, rules = prepare(chosen.modules, Path(directory))
        found = alternating(
            chosen.runs,
            {
                "one process": lambda: one_process(modules, rules),
                "Spark, two cores": lambda: on_spark(modules, rules),
            },
        )
    for name, figures in found.items():
        print(f"{name:20}{figures}")
    one, two = found.values()
    spreads = [one.spread, two.spread]
    print(verdict("Spark / one process", two.median / one.median, LIMIT, AIM, spreads))


if __name__ == "__main__":
    main()
