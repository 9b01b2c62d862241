"""Tables of a graph, of flips, and of what rules do in a repository."""

from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from program.projects import CANON

import starlang
from starlang.tables.arrow import batch_of
from starlang.tables.model import Kind

pytestmark = [pytest.mark.requirement("R34"), pytest.mark.requirement("R49")]

HEAD = f"""starlang 1
ruleset tables "1"
{CANON}
rule watch -> Watch weight 0.80 when capability is guard
"""
OLD = f"{HEAD}rule memory -> Trail weight 0.80 when path mentions memory\n"
NEW = f"{HEAD}rule memory -> Trail weight 0.60 when path mentions memory\n"
PLAIN = {"constellation_alignment": {"primary_star": "Supporting"}}


@pytest.fixture(scope="module")
def graph() -> starlang.ModuleGraph:
    trail = {"constellation_alignment": {"primary_star": "Trail"}}
    return starlang.load_modules(
        {
            "a/memory": {**PLAIN, "dependencies": {"internal": ["b/guard"]}},
            "b/guard": {**PLAIN, "capabilities": [{"name": "guard"}, {"name": "audit"}]},
            "c/memory": trail,
        }
    )


def test_facets_have_a_row_for_each_value(graph: starlang.ModuleGraph) -> None:
    table = starlang.graph_table(graph)

    found = [(row["module"], row["facet"], row["value"]) for row in table]
    assert ("b/guard", "capability", "guard") in found
    assert ("b/guard", "capability", "audit") in found
    assert ("c/memory", "star", "Trail") in found
    assert found == sorted(found, key=lambda row: str(row[0]))
    assert {row["file"] for row in table if row["module"] == "b/guard"} == {
        "manifests/b/guard/module.manifest.json"
    }
    assert pa.table(table).num_rows == len(found)


def test_edges_say_who_uses_whom(graph: starlang.ModuleGraph) -> None:
    assert list(starlang.graph_table(graph, "edges")) == [
        {"source": "a/memory", "target": "b/guard"}
    ]


def test_flips_are_the_modules_that_another_rule_set_decides_differently(
    graph: starlang.ModuleGraph,
) -> None:
    old, new = starlang.compile_text(OLD), starlang.compile_text(NEW)

    table = old.flips(new, graph)

    assert list(table) == [
        {
            "module": "a/memory",
            "outcome_before": "promoted",
            "star_before": "Trail",
            "score_before": Decimal("0.8"),
            "outcome_after": "suggested",
            "star_after": "Trail",
            "score_after": Decimal("0.6"),
            "blame": ["rule memory"],
        }
    ]
    metadata = table.to_arrow().schema.metadata
    assert metadata[b"starlang.old"].decode() == old.digest
    assert metadata[b"starlang.new"].decode() == new.digest
    assert list(new.flips(new, graph)) == []
    again = new.flips(old, graph, reassess=True, amounts="micro").to_pandas()
    assert isinstance(again, pd.DataFrame)
    assert list(again.module) == ["a/memory", "c/memory"]
    assert list(again.score_after) == [800_000, 800_000]


def test_an_inspection_is_tables(graph: starlang.ModuleGraph) -> None:
    rules = starlang.compile_text(OLD)

    hits = {
        row["rule"]: (row["weight"], row["hits"], row["share"], row["agree"], row["differ"])
        for row in rules.inspect(graph)
    }
    matrix = {
        (row["carried"], row["says"]): row["modules"] for row in rules.inspect(graph, "matrix")
    }

    assert hits == {
        "memory": (Decimal("0.8"), 2, Decimal("0.666667"), 1, 0),
        "watch": (Decimal("0.8"), 1, Decimal("0.333333"), 0, 0),
    }
    assert matrix[("Trail", "Trail")] == 1
    assert sum(int(str(count)) for count in matrix.values()) == 3
    trail = next(row for row in rules.inspect(graph, "stars") if row["star"] == "Trail")
    assert (trail["carried"], trail["promoted"], trail["recall"]) == (1, 1, Decimal(1))
    assert [row["promoted"] for row in rules.inspect(graph, "curve")][-1] in {0, 1, 2}
    for name in ("rules", "stars", "matrix", "curve"):
        table = rules.inspect(graph, name)
        assert table.to_arrow().to_pylist() == list(table)


def test_what_is_none_is_refused(graph: starlang.ModuleGraph) -> None:
    rules = starlang.compile_text(OLD)

    with pytest.raises(starlang.UnknownNameError, match="did you mean `edges`"):
        starlang.graph_table(graph, "edge")
    with pytest.raises(starlang.UnknownNameError, match="the tables are rules, stars"):
        rules.inspect(graph, "x")
    with pytest.raises(TypeError, match="graph must be a ModuleGraph"):
        starlang.graph_table("manifests")  # type: ignore[arg-type] # -- it is what is asked
    with pytest.raises(TypeError, match="other must be a Rules"):
        rules.flips("rules.star", graph)  # type: ignore[arg-type] # -- the same


def test_half_of_a_surrogate_pair_is_escaped() -> None:
    rows = [("a/\udcff", ("b\ud83d", "c"))]

    batch = batch_of(rows, {"path": Kind.TEXT, "rules": Kind.TEXTS})

    assert batch.to_pylist() == [{"path": "a/\\udcff", "rules": ["b\\ud83d", "c"]}]
