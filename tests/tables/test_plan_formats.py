"""`starlang plan --format arrow` and `parquet`, and what is refused about them."""

import csv
import os
import subprocess
from io import BytesIO
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from program.documents import Plan, plan_of
from program.run import PROGRAM, environment, starlang, succeed

from starlang.cli.plan import PlanTable
from starlang.tables.plan import PLAN_TABLES

pytestmark = [pytest.mark.requirement("R34"), pytest.mark.requirement("R49")]


@pytest.fixture(scope="module")
def example(project_root: Path) -> Path:
    return project_root / "examples" / "constellation"


@pytest.fixture(scope="module")
def plan(example: Path) -> Plan:
    return plan_of(succeed("plan", "--format", "json", cwd=example).out)


def words(err: bytes) -> str:
    """What is said in a box, on one line."""
    return " ".join(err.decode().replace("│", " ").split())


def test_parquet_is_what_duckdb_reads(example: Path, plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "plan.parquet"

    done = succeed("plan", "--format", "parquet", "-o", file, cwd=example)

    assert (done.out, done.said) == (b"", f"{file}: {file.stat().st_size:,} bytes\n")
    counted = "select outcome, count(*) from read_parquet($1) group by outcome"
    outcomes = [each["outcome"] for each in plan["modules"]]
    assert dict(duckdb.execute(counted, [str(file)]).fetchall()) == {
        name: outcomes.count(name) for name in set(outcomes)
    }
    metadata = pq.read_schema(file).metadata
    assert metadata[b"starlang.plan"].decode() == plan["digest"]
    assert metadata[b"starlang.rules"].decode() == plan["inputs"]["rules"]
    again = succeed("plan", "--format=parquet", "--quiet", cwd=example)
    assert (again.out, again.said) == (file.read_bytes(), "")


def test_arrow_is_a_file_that_frames_map_or_a_stream(
    example: Path, plan: Plan, tmp_path: Path
) -> None:
    file = tmp_path / "evidence.arrow"
    asked = ("plan", "--format", "arrow", "--table", "evidence")

    succeed(*asked, "-o", file, cwd=example)
    streamed = pa.ipc.open_stream(succeed(*asked, cwd=example).out).read_all()

    assert pl.read_ipc(file).equals(pl.DataFrame(streamed))
    rows = [(each["path"], row) for each in plan["modules"] for row in each["evidence"]]
    once = streamed.filter(pc.equal(streamed["match"], 0)).to_pylist()
    assert [(row["module"], row["rule"], row["star"]) for row in once] == [
        (path, row["rule"], row["star"]) for path, row in rows
    ]
    assert streamed.num_rows == sum(max(len(row["matches"]), 1) for _, row in rows)


def test_tables_list_the_modules_that_are_selected(example: Path, plan: Plan) -> None:
    def paths(*options: str) -> list[str]:
        out = succeed("plan", "--format", "parquet", *options, cwd=example).out
        found: list[str] = pq.read_table(BytesIO(out))["path"].to_pylist()
        return found

    def as_csv(*options: str) -> list[str]:
        text = succeed("plan", "--format", "csv", *options, cwd=example).text
        return [row["path"] for row in csv.DictReader(text.splitlines())]

    promoted = [each["path"] for each in plan["modules"] if each["outcome"] == "promoted"]
    differ = [
        each["path"]
        for each in plan["modules"]
        if each["current"] not in {"Supporting", each["rules_say"]}
    ]
    above = promoted[0].partition("/")[0]
    chosen = ("--outcome", "promoted", "--under", f"{above}/**")

    assert as_csv("--outcome", "promoted") == promoted != []
    assert paths("--outcome", "differs") == differ != []
    assert paths(*chosen) == [path for path in promoted if path.startswith(f"{above}/")]


def test_every_table_has_a_name_on_the_command_line(example: Path) -> None:
    assert [each.value for each in PlanTable] == list(PLAN_TABLES)
    text = succeed("plan", "--format", "csv", "--table", "ceilings", cwd=example).text
    assert tuple(text.splitlines()[0].split(",")) == tuple(PLAN_TABLES["ceilings"].columns)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-o", "plan.parquet"), "plan.parquet would be written as JSON; add --format parquet"),
        (("-o", "a.arrow", "--format", "csv"), "a.arrow would be written as JSON"),
        (("-o", "a.csv", "--format", "csv"), "JSON; --format csv writes to stdout"),
        (("--table", "scores"), "a table is written with --format csv, arrow or parquet"),
        (("--table", "score", "--format", "csv"), "'score' is not one of 'modules', 'evidence'"),
        (("--format", "parquet", "-o", "-"), "it names a file"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    options: tuple[str, ...], said: str, example: Path
) -> None:
    done = starlang("plan", *options, cwd=example)

    assert (done.code, done.out) == (2, b"")
    assert said in words(done.err)


def test_a_file_that_cannot_be_written_is_named(example: Path) -> None:
    done = starlang("plan", "--format", "parquet", "-o", "none/plan.parquet", cwd=example)

    assert (done.code, done.out) == (1, b"")
    assert done.said == "none/plan.parquet cannot be written: there is no directory none\n"


def test_a_terminal_gets_no_binary(example: Path) -> None:
    ours, theirs = os.openpty()
    done = subprocess.run(
        [PROGRAM, "plan", "--format", "parquet"],
        cwd=example,
        env=environment(),
        stdout=theirs,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(theirs)
    os.close(ours)

    assert done.returncode == 2
    assert "name a file with -o FILE" in words(done.stderr)


def test_without_pyarrow_it_says_how_to_get_it(example: Path, tmp_path: Path) -> None:
    (tmp_path / "pyarrow.py").write_text('raise ModuleNotFoundError("none", name="pyarrow")')
    done = subprocess.run(
        [PROGRAM, "plan", "--format", "arrow"],
        cwd=example,
        env=environment(PYTHONPATH=str(tmp_path)),
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, b"")
    assert "pip install 'starlang[tables]'" in words(done.stderr)
