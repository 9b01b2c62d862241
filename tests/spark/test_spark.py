"""Plans on Spark against the plans of one process: the same rows, whatever the partitions."""

import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from graph.test_corpus import RULES as CORPUS_RULES
from graph.test_corpus import live
from program.effort import THOROUGH
from pyarrow import parquet
from spark.sparkling import RULES, Repository, repository, started

import starlang

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from starlang.spark import SparkPlan

pytestmark = [
    pytest.mark.requirement("R35"),
    # pyspark itself, and the collector that finds the sockets of its workers.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

MODULES, EDGES = (100_000, 300_000) if THOROUGH else (300, 900)
PARTITIONS = (1, 2, 7, 2) if THOROUGH else (3,)

Row = tuple[object, ...]

ROOT = Path(__file__).resolve().parents[2]
PLAIN = """
starlang 1
ruleset plain "1"
star Flow
default star Plain
rule mind -> Flow weight 0.90 when path mentions a
"""


@pytest.fixture(scope="module")
def spark() -> "Iterator[SparkSession]":
    session = started()
    yield session
    session.stop()


def on_spark(
    spark: "SparkSession", rules: starlang.Rules, made: Repository, parts: int, seed: int
) -> "SparkPlan":
    """The plan of manifests and edges in some order; some edges are there twice."""
    from starlang.spark import facets, plan  # noqa: PLC0415 -- where Spark is installed

    chance = Random(seed)  # noqa: S311 -- no secret
    manifests = [(path, json.dumps(manifest)) for path, manifest in made.manifests.items()]
    edges = [*made.edges, *made.edges[:9]]
    chance.shuffle(manifests)
    chance.shuffle(edges)
    rows = spark.createDataFrame(manifests, "path string, manifest string").repartition(parts)
    ends = spark.createDataFrame(edges, "source string, target string").repartition(parts)
    return plan(rules, facets(rows, fields=rules.fields).persist(), ends.persist())


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


def compare(found: "SparkPlan", plan: starlang.Plan) -> None:
    """The rows of decisions, and what ceilings make of them."""
    columns = [name for name in plan.table("modules").columns if name not in {"file", "why"}]
    assert rows_of(found.decisions, *columns) == local_rows(plan, "modules", *columns)
    assert rows_of(found.deferred) == local_rows(plan, "deferred")
    assert found.ceilings == plan.ceilings


def test_a_plan_on_spark_is_that_of_one_process(spark: "SparkSession") -> None:
    """One test, so that one process of a parallel run starts Spark."""
    rules, made = starlang.compile_text(RULES), repository(1, MODULES, EDGES)
    plan = made.plan(rules)
    outcomes = {module.outcome.value for module in plan}
    assert outcomes >= {"promoted", "deferred", "kept", "assigned", "barred", "unrecognised"}
    assert {row["part"] for row in plan.table("deferred")} == {"primary", "secondary"}

    for seed, parts in enumerate(PARTITIONS):
        found = on_spark(spark, rules, made, parts, seed)
        compare(found, plan)
        if seed == 0:
            assert rows_of(found.evidence) == local_rows(plan, "evidence")
            for outcome in ("deferred", "kept"):
                path = next(module.path for module in plan if module.outcome == outcome)
                assert found.explain(path) == plan[path].explain()
            with pytest.raises(starlang.UnknownNameError, match="no module `nowhere`"):
                found.explain("nowhere")
        found.release()
        if seed == 0:
            assert rows_of(found.deferred) == local_rows(plan, "deferred")

    check_growth(spark)
    unread = spark.createDataFrame([("a/b", "{"), ("a/c", "{}")], "path string, manifest string")
    check_refusals(rules, unread)
    check_example()


def check_growth(spark: "SparkSession") -> None:
    """What Spark analyses and prints grows by as much with the last questions as with the first."""
    one, two, four = (len(explained(spark, questions)) for questions in (1, 2, 4))
    assert 0 < four - two < 4 * (two - one)


def explained(spark: "SparkSession", questions: int) -> str:
    """Spark's own words for a plan of rules each of which asks about the star of the one before."""
    numbers = range(1, questions + 1)
    stars = [f"star S{number}" for number in range(questions + 1)]
    asks = [
        f"rule r{n} -> S{n} weight 0.90 when used by modules reaching S{n - 1}" for n in numbers
    ]
    first = "rule r0 -> S0 weight 0.90 when path mentions a"
    head = ["starlang 1", 'ruleset chain "1"', *stars, "default star Plain", first]
    rules = starlang.compile_text("\n".join([*head, *asks]))
    with redirect_stdout(StringIO()) as text:
        on_spark(spark, rules, repository(1, 9, 9), 1, 0).evidence.explain(extended=True)
    return text.getvalue()


def check_refusals(rules: starlang.Rules, manifests: "DataFrame") -> None:
    """Nothing of it is run, but for what is left out."""
    from starlang.spark import facets, plan  # noqa: PLC0415 -- where Spark is installed

    modules = facets(manifests, fields=rules.fields)
    with pytest.raises(starlang.TablesError, match="who uses whom: give `edges`"):
        plan(rules, modules)
    with pytest.raises(starlang.TablesError, match="columns `capability`, `graph:publishes`"):
        plan(rules, manifests)
    several = starlang.compile_text(f"{RULES}\nrule far -> Flow weight 0.10 when in a cycle\n")
    with pytest.raises(starlang.TablesError, match="`in a cycle`: a relation over several steps"):
        plan(several, modules)
    plain = starlang.compile_text(PLAIN)
    assert [row.path for row in plan(plain, modules).problems.collect()] == ["a/b"]


def check_example() -> None:
    """`examples/spark/plan.py` over the example's manifests writes what one process decides."""
    root = ROOT / "examples" / "constellation"
    where = {"manifests": root / "manifests", "rules": root / "rules" / "hortus.star"}
    code = (ROOT / "examples" / "spark" / "plan.py").read_text("utf-8")
    program: dict[str, object] = {"__name__": "plan", "__doc__": "A plan"}
    exec(compile(code, "plan.py", "exec"), program)  # noqa: S102 -- a file of ours
    main = program["main"]
    assert callable(main)
    with TemporaryDirectory() as directory:
        options = [f"--{name}={value}" for name, value in where.items()]
        main([*options, f"--output={directory}"])
        table = parquet.read_table(f"{directory}/decisions")
        stars = dict(zip(table["path"].to_pylist(), table["star"].to_pylist(), strict=True))
    made = starlang.compile(where["rules"]).plan(starlang.load(where["manifests"]))
    assert stars == {module.path: module.star for module in made}


@pytest.mark.skipif(not THOROUGH, reason="takes minutes: part of `make proofs`")
def test_and_so_are_plans_of_a_real_repository(spark: "SparkSession", corpus: Path) -> None:
    manifests = {
        file.parent.relative_to(corpus / "manifests").as_posix(): json.loads(file.read_text())
        for file in live(corpus / "manifests")
    }
    imports = json.loads((corpus / "import_graph.json").read_text())["imports"]
    edges = [(source, target) for source in imports for target in imports[source]]
    rules, made = starlang.compile_text(CORPUS_RULES), Repository(manifests, edges)
    plan = made.plan(rules)

    for seed, parts in enumerate((1, 7)):
        found = on_spark(spark, rules, made, parts, seed)
        compare(found, plan)
        assert rows_of(found.evidence) == local_rows(plan, "evidence")
