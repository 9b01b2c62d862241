"""Modules decided from Parquet to Parquet: what a second process saves, and what memory it takes.

The time of one process is compared with that of two, in turn, so that what else the machine does
counts for both. Where it is busy, the times of the processors say more: what two processes could
take at best is half of all that the workers and the process that feeds them use.

With `--memory` each number of modules is decided in a process of its own, whose peak is printed: it
must not grow with the modules. The manifests are made while they are written, so that making them
takes no memory either.

    python benchmarks/cores.py [--modules N] [--runs N] [--workers N]
    python benchmarks/cores.py --memory --workers 1
"""

import argparse
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import pyarrow as pa
import pyarrow.parquet as pq
import worlds

from starlang.tables.arrow import BATCH
from starlang.tables.batches import BatchEvaluator
from starlang.tables.model import Amounts
from starlang.tables.processes import Work, decide_over

LIMIT = 1.6
"""How much faster two processes are than one, at least."""

SIZES = (100_000, 1_000_000, 10_000_000)

_LISTS = pa.list_(pa.string())


def write_modules(file: Path, count: int) -> None:
    """Writes `count` modules, 65,536 at a time: paths as in `worlds`, each with another end."""
    chance = Random(1)  # noqa: S311 -- no secret
    words = worlds.vocabulary(chance, 600)
    columns: dict[str, list[list[str]]] = {
        name: [[f"{name}_{number}"] for number in range(different)]
        for name, different in (("capability", 60), ("node", 6), ("owner", 40))
    }
    writer = None
    for start in range(0, count, BATCH):
        rows = min(BATCH, count - start)
        made = worlds.graph(chance, words, rows)
        table = pa.table(
            {
                "path": [f"{path}_{start}" for path in made.paths],
                "star": pa.array([list(labels) for labels in made.stars], _LISTS),
                **{
                    name: pa.array(chance.choices(v, k=rows), _LISTS) for name, v in columns.items()
                },
            }
        )
        writer = writer or pq.ParquetWriter(file, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def decided(source: Path, target: Path, workers: int) -> int:
    """Decides the modules of a file into another one; how many there are."""
    words = worlds.vocabulary(Random(1), 600)  # noqa: S311 -- no secret
    rules = worlds.mixed_rule_set(iter(words))
    evaluator = BatchEvaluator(rules, worlds.PROFILE)
    work = Work(evaluator, Amounts.DECIMAL, reassess=False)
    writer, count = None, 0
    for batch in decide_over(work, _read(source), workers):
        writer = writer or pq.ParquetWriter(target, batch.schema)
        writer.write_batch(batch)
        count += batch.num_rows
    if writer is not None:
        writer.close()
    return count


def _read(file: Path) -> Iterator[pa.RecordBatch]:
    yield from pq.ParquetFile(file).iter_batches(BATCH)


def _processor() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def compare(count: int, runs: int, workers: int) -> None:
    """Prints the times of one process and of several."""
    times: dict[int, list[tuple[float, float]]] = {1: [], workers: []}
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "modules.parquet"), Path(folder, "decided.parquet")
        write_modules(source, count)
        for _ in range(runs):
            for number, found in times.items():
                started, used = perf_counter(), _processor()
                decided(source, target, number)
                found.append((perf_counter() - started, _processor() - used))
    for number, found in times.items():
        wall, used = (median(each) for each in zip(*found, strict=True))
        print(f"{count:,} modules, {number} processes: {wall:.2f} s, of processors {used:.2f} s")
    pairs = list(zip(*times.values(), strict=True))
    ratio = median(one[0] / more[0] for one, more in pairs)
    free = median(one[1] / (more[1] / workers) for one, more in pairs)
    print(f"{workers} processes are {ratio:.2f} times as fast (limit {LIMIT}),")
    print(f"and {free:.2f} times if each had a processor for itself")


def print_peak(count: int, workers: int) -> None:
    """Prints the peak of this process: of all that decides, if it has no workers."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "modules.parquet"), Path(folder, "decided.parquet")
        subprocess.run(  # noqa: S603 -- this file, so that making modules counts for nothing
            [sys.executable, __file__, "--write", source, "--modules", str(count)], check=True
        )
        started = perf_counter()
        decided(source, target, workers)
        took = perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(f"{count:>10,} modules: peak {peak:,.0f} MB, in {took:.1f} s", flush=True)


def main() -> None:
    """Reads what is asked for, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--modules", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--peak", action="store_true", help="of one process, used by --memory")
    parser.add_argument("--write", type=Path, help="only write the modules")
    chosen = parser.parse_args()
    if chosen.write is not None:
        write_modules(chosen.write, chosen.modules)
    elif chosen.peak:
        print_peak(chosen.modules, chosen.workers)
    elif chosen.memory:
        for count in SIZES:
            asked = ["--peak", "--modules", str(count), "--workers", str(chosen.workers)]
            subprocess.run([sys.executable, __file__, *asked], check=True)  # noqa: S603 -- the same
    else:
        compare(chosen.modules, chosen.runs, chosen.workers)


if __name__ == "__main__":
    main()
