"""Spark on two cores against the engine in one process, and what ceilings take on the driver.

Both decide the same Parquet file; Spark is warm. The driver settles as many promotions as there
are modules, with ceilings that hold half of them back, in a session of its own: printed is the peak
memory of its Python, and that its Java machine, which is the worker as well here, does with a heap
of 700 MB. What that machine takes beside its heap is not counted.

    python benchmarks/spark.py [--modules N] [--runs N]
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING

import pyarrow as pa
import worlds
from measuring import alternating, verdict
from pyarrow import parquet

import starlang
from starlang.rules.compiled_file import dumps

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LIMIT, AIM = 2.5, 2.0
HEAP = "700m"
"""What the Java machine gets; with 480 it does not come to an end."""

MEMORY = 1_000
"""The most that the Python of the driver may take, in MB."""


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


def session(heap: str = "1g") -> "SparkSession":
    """Spark on two cores of this machine."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 -- the same

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.log.level", "ERROR")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    builder = builder.config("spark.driver.memory", heap)
    return builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "100000").getOrCreate()


_ALL = """starlang 1
ruleset all "1"
star Flow
default star Plain
rule component -> Flow weight 0.90 when path mentions component
ceilings { at most 50% promoted per owner at most 50% promoted on breach defer }
"""


def settle(modules: int, directory: Path) -> None:
    """Plans modules that all gain a star, and prints what that took of the driver, in MB.

    How many are held back, the peak of its Python, and the heap of the Java machine in use after
    the plan, which is still held.
    """
    from pyspark.sql import functions as sql  # noqa: PLC0415 -- starts Java

    from starlang.spark import plan  # noqa: PLC0415 -- the same

    spark, file = session(HEAP), str(directory / "promoted.parquet")
    number = sql.col("id")
    names = [sql.lit("team_"), number % 997, sql.lit("/service_"), number % 89]
    path = sql.concat(*names, sql.lit("/component with_a_name_"), number)
    owner = sql.concat(sql.lit("o"), number % 40)
    spark.range(modules).select(path.alias("path"), owner.alias("owner")).write.parquet(file)
    made = plan(starlang.compile_text(_ALL), spark.read.parquet(file))
    made.decisions.write.format("noop").mode("overwrite").save()
    held = made.deferred.count()
    java = spark.sparkContext._jvm  # noqa: SLF001 -- nothing else leads to the Java machine
    assert java is not None  # noqa: S101 -- it runs: the plan was made there
    java.java.lang.System.gc()
    beans = java.java.lang.management.ManagementFactory
    heap = beans.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{held} {peak} {heap}")


def main() -> None:
    """Prepares, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--modules", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--settle", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.settle:
        settle(chosen.modules, chosen.settle)
        return
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, __file__, "--settle", directory]
        command += ["--modules", str(chosen.modules)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 -- this file
    held, peak, heap = done.stdout.split()
    state = "within the limit" if int(peak) <= MEMORY else "TOO MUCH"
    print(f"driver: {chosen.modules} promotions, {held} held back: Python {peak} MB ({MEMORY} at")
    print(f"most), {state}; Java with a heap of {HEAP}, {heap} MB in use after the plan")
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
