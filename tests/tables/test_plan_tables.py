"""The tables of a plan, read by the libraries that people use."""

import json
import sys
from decimal import Decimal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from program.projects import CANON

import starlang

pytestmark = [pytest.mark.requirement("R34"), pytest.mark.requirement("R49")]

RULES = f"""starlang 1
ruleset tables "1"
{CANON}

derive node memory when path mentions memory or name mentions memory
rule node -> Trail weight 0.80 when node is memory
rule twice -> Trail weight 0.10 when path mentions memory or path mentions store
rule bare -> Watch weight 0.30 when capability is missing
rule guarded against Trail weight 0.15 when field "/metadata/owner" is "guards"
ceilings {{
  at most 1 promoted
  on breach defer
}}
"""


@pytest.fixture(scope="module")
def plan() -> starlang.Plan:
    star = {"constellation_alignment": {"primary_star": "Supporting"}}
    guarded = {**star, "metadata": {"owner": "guards"}}
    modules = {"store/memory": star, "memory/a": guarded, "web": star}
    return starlang.compile_text(RULES).plan(starlang.load_modules(modules))


NAMES = ("modules", "evidence", "scores", "deferred", "edits", "ceilings")


def test_evidence_has_a_row_for_each_match_and_for_what_is_absent(plan: starlang.Plan) -> None:
    rows = [
        (row["module"], row["rule"], row["weight"], row["match"], row["value"], row["source"])
        for row in plan.table("evidence")
        if row["module"] != "web"
    ]
    none: list[str] = []

    assert rows == [
        ("memory/a", "bare", Decimal("0.3"), 0, None, none),
        ("memory/a", "guarded", Decimal("-0.15"), 0, "guards", ["field:/metadata/owner"]),
        ("memory/a", "node", Decimal("0.8"), 0, "memory", ["path"]),
        ("memory/a", "twice", Decimal("0.1"), 0, "memory/a", ["path"]),
        ("store/memory", "bare", Decimal("0.3"), 0, None, none),
        ("store/memory", "node", Decimal("0.8"), 0, "memory", ["path"]),
        ("store/memory", "twice", Decimal("0.1"), 0, "store/memory", ["path"]),
        ("store/memory", "twice", Decimal("0.1"), 1, "store/memory", ["path"]),
    ]
    spans = [
        str(row["value"])[int(str(row["start"])) : int(str(row["end"]))]
        for row in plan.table("evidence")
        if row["rule"] == "twice"
    ]
    assert sorted(spans) == ["memory", "memory", "store"]
    derived = [row["origin"] for row in plan.table("evidence") if row["facet"] == "node"]
    assert derived == [["derive node memory"]] * 2


def test_tables_say_what_the_plan_as_json_says(plan: starlang.Plan) -> None:
    document = json.loads(plan.to_json())
    modules = {each["path"]: each for each in document["modules"]}

    for row in plan.table():
        said = modules[str(row["path"])]
        assert row["rules"] == [each["rule"] for each in said["evidence"]]
        for name in ("file", "outcome", "current", "star", "label", "secondary", "why"):
            assert row[name] == said[name]
        assert (str(row["lead"]), row["rules_say"]) == (said["lead"], said["rules_say"])
        assert str(row["score"]) == said["best"]["score"]
    (deferred,) = plan.table("deferred")
    held = modules["memory/a"]["held"]
    assert {name: deferred[name] for name in held if name != "at"} == {
        name: held[name] for name in held if name != "at"
    }
    (edit,) = plan.table("edits")
    (written,) = document["edits"]
    assert {**edit, "old": json.loads(str(edit["old"])), "new": json.loads(str(edit["new"]))} == (
        written
    )
    (ceiling,) = plan.table("ceilings")
    (counted,) = document["ceilings"]
    assert ceiling == {**counted, "before": None, "beyond": []}


def test_polars_pyarrow_duckdb_and_pandas_read_it_as_it_is(plan: starlang.Plan) -> None:
    paths = ["memory/a", "store/memory", "web"]
    scores = [Decimal("0.750000"), Decimal("0.900000"), Decimal("0.300000")]

    frame, table = pl.DataFrame(plan), pa.table(plan)
    found = duckdb.execute("from plan select path, score, rules").fetchall()
    pandas = plan.to_pandas()

    assert isinstance(pandas, pd.DataFrame)
    assert frame["path"].to_list() == table["path"].to_pylist() == list(pandas["path"]) == paths
    assert frame["score"].to_list() == table["score"].to_pylist() == list(pandas["score"])
    assert frame["score"].to_list() == scores
    assert found[2] == ("web", Decimal("0.3"), ["bare"])
    evidence = plan.table("evidence")
    (once,) = duckdb.execute("select sum(weight) from evidence where match = 0").fetchall()
    assert once == (Decimal("2.55"),)  # 3 * 0.30 + 2 * 0.80 + 2 * 0.10 - 0.15
    joined = duckdb.execute("from plan p join evidence e on e.module = p.path").fetchall()
    assert len(joined) == len(list(evidence)) == 9


def test_every_table_is_the_same_by_rows_and_by_arrow(plan: starlang.Plan) -> None:
    for name in NAMES:
        table = plan.table(name)
        assert table.to_arrow().to_pylist() == list(table), name
        assert tuple(table.to_arrow().column_names) == table.columns, name
        assert table.to_polars().rows() == [tuple(row.values()) for row in table], name


def test_amounts_are_decimals_unless_something_else_is_asked_for(plan: starlang.Plan) -> None:
    kinds = {"decimal": pa.decimal128(18, 6), "float": pa.float64(), "micro": pa.int64()}
    lead = {"decimal": Decimal("0.450000"), "float": 0.45, "micro": 450_000}

    for name, kind in kinds.items():
        table = plan.table(amounts=name)
        assert next(iter(table))["lead"] == lead[name]
        assert table.to_arrow()["lead"][0].as_py() == lead[name]
        assert table.to_arrow().schema.field("score").type == kind


def test_what_it_was_made_from_is_in_the_metadata(plan: starlang.Plan) -> None:
    metadata = plan.to_arrow().schema.metadata

    assert metadata[b"starlang.plan"].decode() == plan.digest
    assert metadata[b"starlang.rules"].decode() == plan.inputs["rules"]
    assert metadata[b"starlang.version"].decode() == starlang.__version__
    assert metadata[b"starlang.format"] == b"starlang-tables/1"


def test_an_empty_plan_has_all_columns() -> None:
    plan = starlang.compile_text(RULES).plan(starlang.load_modules({}))

    for name in NAMES:
        assert plan.table(name).to_arrow().num_rows == (1 if name == "ceilings" else 0)
        assert tuple(plan.table(name).to_arrow().column_names) == plan.table(name).columns


def test_a_name_that_is_none_gets_the_right_one(plan: starlang.Plan) -> None:
    with pytest.raises(starlang.UnknownNameError, match="did you mean `evidence`"):
        plan.table("evidense")
    with pytest.raises(starlang.UnknownNameError, match="the tables are modules, evidence"):
        plan.table("x")
    with pytest.raises(starlang.UnknownNameError, match="they are decimal, float, micro"):
        plan.table(amounts="double")
    with pytest.raises(TypeError, match="the name of a table must be a str, not int"):
        plan.table(1)  # type: ignore[arg-type] # -- it is what is asked


def test_without_the_extra_it_says_how_to_get_it(
    plan: starlang.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = plan.table("evidence")
    for name in ("pandas", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(starlang.MissingPackageError, match=r"pip install 'starlang\[tables\]'"):
        pl.DataFrame(plan)
    with pytest.raises(starlang.MissingPackageError, match="pip install pandas"):
        table.to_pandas()
    assert len(list(table)) == 9
