"""Plans on Spark against the plans of one process: the same rows, whatever the partitions."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from program.effort import THOROUGH
from spark.sparkling import RULES, Repository, repository, started

import starlang
from starlang.tables.plan import DEFERRED, EVIDENCE

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from starlang.spark import SparkPlan

pytestmark = [
    pytest.mark.requirement("R35"),
    pytest.mark.xdist_group("spark"),
    # pyspark itself, and the collector that finds the sockets of its workers.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

MODULES, EDGES = (100_000, 300_000) if THOROUGH else (300, 900)

Row = tuple[object, ...]


@pytest.fixture(scope="module")
def spark() -> "Iterator[SparkSession]":
    session = started()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def rules() -> starlang.Rules:
    return starlang.compile_text(RULES)


@pytest.fixture(scope="module")
def made() -> Repository:
    return repository(1, MODULES, EDGES)


def manifests_of(spark: "SparkSession", made: Repository, partitions: int) -> "DataFrame":
    """The manifests in another order each time."""
    rows = [(path, json.dumps(manifest)) for path, manifest in made.manifests.items()]
    Random(partitions).shuffle(rows)
    frame = spark.createDataFrame(rows, "path string, manifest string")
    return frame.repartition(partitions)


def edges_of(spark: "SparkSession", made: Repository, partitions: int) -> "DataFrame":
    """The edges in another order each time, and some of them twice."""
    edges = [*made.edges, *made.edges[:9]]
    Random(partitions).shuffle(edges)
    return spark.createDataFrame(edges, "source string, target string").repartition(partitions)


def on_spark(
    spark: "SparkSession",
    rules: starlang.Rules,
    made: Repository,
    partitions: int,
    *,
    reassess: bool = False,
) -> "SparkPlan":
    from starlang.spark import facets, plan

    modules = facets(manifests_of(spark, made, partitions), fields=rules.fields)
    return plan(rules, modules, edges_of(spark, made, partitions), reassess=reassess)


def rows_of(frame: "DataFrame", *columns: str) -> list[Row]:
    """Rows as plain values, sorted: a frame has no order."""
    names = columns or tuple(frame.columns)
    rows = frame.select(*names).toArrow().to_pylist()
    return sorted((tuple(_plain(row[name]) for name in names) for row in rows), key=repr)


def local_rows(plan: starlang.Plan, table: str, *columns: str) -> list[Row]:
    found = plan.table(table)
    names = columns or found.columns
    return sorted((tuple(_plain(row[name]) for name in names) for row in found), key=repr)


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def decided(plan: starlang.Plan) -> tuple[str, ...]:
    return tuple(name for name in plan.table("modules").columns if name not in {"file", "why"})


def compare(found: "SparkPlan", plan: starlang.Plan) -> None:
    columns = decided(plan)
    assert rows_of(found.decisions, *columns) == local_rows(plan, "modules", *columns)
    assert rows_of(found.deferred) == local_rows(plan, "deferred")
    assert found.ceilings == plan.ceilings


def test_decisions_and_ceilings_are_those_of_one_process(
    spark: "SparkSession", rules: starlang.Rules, made: Repository
) -> None:
    plan = made.plan(rules)
    outcomes = {module.outcome.value for module in plan}
    assert outcomes >= {"promoted", "deferred", "kept", "assigned", "barred", "unrecognised"}
    assert any(row["part"] == "secondary" for row in plan.table("deferred"))

    for partitions in (1, 2, 7):
        compare(on_spark(spark, rules, made, partitions), plan)
