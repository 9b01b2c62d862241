"""Decisions over batches are the same bytes, however many processes make them."""

import multiprocessing
from collections.abc import Iterator
from io import BytesIO

import pyarrow as pa
import pytest
from program.projects import CANON

import starlang
from starlang.errors import TablesError
from starlang.tables.arrow import BATCH

pytestmark = [pytest.mark.requirement("R35"), pytest.mark.requirement("R49")]

RULES = f"""starlang 1
ruleset cores "1"
{CANON}
rule memory -> Trail weight 0.80 when path mentions memory
rule guard -> Watch weight 0.80 when capability is guard
rule both -> Watch weight 0.10 when path mentions store
"""
ROWS = 2 * BATCH + 1_000
WORDS = ("memory", "store", "page", "gate", "memory/store")


@pytest.fixture(scope="module")
def modules() -> pa.Table:
    paths = [f"{WORDS[row % len(WORDS)]}/m{row}" for row in range(ROWS)]
    guards = [["guard", "audit"] if row % 7 == 0 else [] for row in range(ROWS)]
    return pa.table({"path": paths, "capability": pa.array(guards, pa.list_(pa.string()))})


def written(batches: Iterator[pa.RecordBatch]) -> bytes:
    found = list(batches)
    out = BytesIO()
    with pa.ipc.new_stream(out, found[0].schema) as writer:
        for batch in found:
            writer.write_batch(batch)
    return out.getvalue()


def test_the_number_of_processes_changes_nothing(modules: pa.Table) -> None:
    rules = starlang.compile_text(RULES)

    one = written(rules.decide(modules.to_batches()))
    three = written(rules.decide(modules.to_batches(max_chunksize=BATCH), workers=3))

    assert one == three
    found = pa.ipc.open_stream(one).read_all()
    assert found["path"].to_pylist() == modules["path"].to_pylist()
    outcomes = dict(zip(found["path"].to_pylist(), found["outcome"].to_pylist(), strict=True))
    assert outcomes["memory/m0"] == "contested"  # 0.80 for either star
    assert outcomes["memory/m5"] == "promoted"
    assert outcomes["page/m2"] == "silent"
    assert [row["rule"] for row in found["evidence"][4].as_py()] == ["both", "memory"]


def test_a_process_that_starts_anew_decides_the_same(modules: pa.Table) -> None:
    rules, few = starlang.compile_text(RULES), modules.slice(0, 50).to_batches()
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("spawn", force=True)
    try:
        spawned = written(rules.decide(few, workers=2))
    finally:
        multiprocessing.set_start_method(before, force=True)

    assert spawned == written(rules.decide(few))


def test_what_cannot_be_decided_is_refused_whoever_decides(modules: pa.Table) -> None:
    rules = starlang.compile_text(RULES)
    around = starlang.compile_text(f"{RULES}rule near -> Trail weight 0.10 when used by modules")

    for workers in (1, 2):
        with pytest.raises(TablesError, match="a column `capability`"):
            list(rules.decide(modules.select(["path"]).to_batches(), workers=workers))
        with pytest.raises(TablesError, match="what is around its modules"):
            list(around.decide(modules.to_batches(), workers=workers))
    for workers in (0, 10**40):
        with pytest.raises(TablesError, match="workers must be from 1 to 1,000"):
            rules.decide(modules.to_batches(), workers=workers)
    with pytest.raises(TypeError, match="workers must be an int"):
        rules.decide(modules.to_batches(), workers="2")  # type: ignore[arg-type] # -- it is what is asked


def test_a_process_that_is_killed_is_reported(modules: pa.Table) -> None:
    first, *_ = batches = modules.to_batches(max_chunksize=1_000)

    def killing() -> Iterator[pa.RecordBatch]:
        yield first
        for process in multiprocessing.active_children():
            process.kill()
        yield from batches

    with pytest.raises(TablesError, match="a process that was to decide modules has ended"):
        list(starlang.compile_text(RULES).decide(killing(), workers=2))


def test_whoever_stops_reading_stops_the_processes(modules: pa.Table) -> None:
    decided = starlang.compile_text(RULES).decide(modules.to_batches(), workers=2)

    first = next(decided)
    decided.close()  # type: ignore[attr-defined] # -- it is a generator

    assert first.num_rows == BATCH
    assert first.column("path")[0].as_py() == "memory/m0"
