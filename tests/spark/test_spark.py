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
# How many partitions, and whether modules are reassessed; one of them twice in a row.
EVERY_RUN = ((2, False), (1, False), (7, False), (2, False), (7, True))
RUNS = EVERY_RUN if THOROUGH else EVERY_RUN[:1]

Row = tuple[object, ...]

ROOT = Path(__file__).resolve().parents[2]
PLAIN = """
starlang 1
ruleset plain "1"
star Flow
default star Plain
rule mind -> Flow weight 0.90 when path mentions a
"""

REASSESSED = f"""{PLAIN.replace("plain", "reassessed")}star Watch
forbid "no Flow" when star is Flow because "of all"
forbid "no Watch" when star is Watch because "of all"
ceilings {{ at most 0 promoted on breach defer }}
"""


@pytest.fixture(scope="module")
def spark() -> "Iterator[SparkSession]":
    session = started()
    yield session
    session.stop()


def on_spark(  # noqa: PLR0913 -- how a plan is made
    spark: "SparkSession",
    rules: starlang.Rules,
    made: Repository,
    parts: int,
    seed: int,
    *,
    reassess: bool = False,
) -> "SparkPlan":
    """The plan of manifests and edges in some order; some edges are there twice."""
    from starlang.spark import edges, facets, plan  # noqa: PLC0415 -- where Spark is installed

    chance = Random(seed)  # noqa: S311 -- no secret
    manifests = [(path, json.dumps(manifest)) for path, manifest in made.manifests.items()]
    imports = [*made.edges, *made.edges[:9]]
    chance.shuffle(manifests)
    chance.shuffle(imports)
    rows = spark.createDataFrame(manifests, "path string, manifest string").repartition(parts)
    ends = spark.createDataFrame(imports, "source string, target string").repartition(parts)
    modules = facets(rows, fields=rules.fields).persist()
    every = ends.unionByName(edges(modules)).persist()
    return plan(rules, modules, every, reassess=reassess)


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
    """The rows of decisions, and what ceilings and forbids make of them."""
    columns = [name for name in plan.table("modules").columns if name not in {"file", "why"}]
    assert rows_of(found.decisions, *columns) == local_rows(plan, "modules", *columns)
    assert rows_of(found.deferred) == local_rows(plan, "deferred")
    assert found.ceilings == plan.ceilings
    said = json.loads(plan.to_json())
    # Other findings block a plan as well; where there is no forbid, nothing says what is broken.
    told = [*said.get("broken", ()), *said["blocked"]]
    forbidden = [(e["code"], e["message"]) for e in told if e["code"] in {"E430", "E431"}]
    assert rows_of(found.forbids, "code", "message") == sorted(forbidden)


def test_a_plan_on_spark_is_that_of_one_process(spark: "SparkSession") -> None:
    """One test, so that one process of a parallel run starts Spark.

    `make proofs` has more modules, and all partitions.
    """
    rules, made = starlang.compile_text(RULES), repository(1, MODULES, EDGES)
    plan, again = made.plan(rules), made.plan(rules, reassess=True)
    outcomes = {module.outcome.value for module in plan}
    assert outcomes >= {"promoted", "deferred", "kept", "assigned", "barred", "unrecognised"}
    assert {row["part"] for row in plan.table("deferred")} == {"primary", "secondary"}
    assert plan.held_by_sources
    assert {each.code for each in plan.blocked} == {"E431"}

    for seed, (parts, reassess) in enumerate(RUNS):
        found = on_spark(spark, rules, made, parts, seed, reassess=reassess)
        compare(found, again if reassess else plan)
        if seed == 0:
            assert rows_of(found.evidence) == local_rows(plan, "evidence")
            path = next(module.path for module in plan if module.outcome == "deferred")
            assert found.explain(path) == plan[path].explain()
        found.release()

    if THOROUGH:  # five seconds, and about the shape of a plan, not what it says
        check_growth(spark)
    check_reassessed(spark)
    check_edges_of_names(spark)
    check_accepted(spark)
    unread = spark.createDataFrame([("a/b", "{"), ("a/c", "{}")], "path string, manifest string")
    check_refusals(rules, unread)
    check_example(spark)
    check_plain(unread)


def check_reassessed(spark: "SparkSession") -> None:
    """Every module as if it carried the default star: no ceiling holds, no forbid of a later star.

    That is about the flag alone; `make proofs` does it with all that the language has.
    """
    from starlang.spark import plan  # noqa: PLC0415 -- where Spark is installed

    rules = starlang.compile_text(REASSESSED)
    carried = {"a/one": "Watch", "a/two": "Plain", "b/three": "Watch"}
    manifests = {
        path: {"constellation_alignment": {"primary_star": star}} for path, star in carried.items()
    }
    stars = [(path, [star]) for path, star in carried.items()]
    modules = spark.createDataFrame(stars, "path string, star array<string>").repartition(3)
    local = rules.plan(starlang.load_modules(manifests), reassess=True)
    compare(plan(rules, modules, reassess=True), local)


def check_edges_of_names(spark: "SparkSession") -> None:
    """Manifests that name what they use as packages are named, and not by path."""
    from starlang.spark import edges, facets  # noqa: PLC0415 -- where Spark is installed

    manifests: dict[str, object] = {
        "web": {"name": "@x/web", "dependencies": {"@x/api": "1.0.0", "left-pad": "^1.3.0"}},
        "api": {"name": "@x/api", "devDependencies": {"@x/tools": "*"}},
        "tools": {"name": "@x/tools"},
    }
    rows = [(path, json.dumps(manifest)) for path, manifest in manifests.items()]
    modules = facets(spark.createDataFrame(rows, "path string, manifest string"), profile="npm")
    assert rows_of(edges(modules, profile="npm")) == [("api", "tools"), ("web", "api")]


def check_accepted(spark: "SparkSession") -> None:
    """Where the config of the rules accepts what a module breaks, its reason is beside it."""
    from starlang.spark import plan  # noqa: PLC0415 -- where Spark is installed

    with TemporaryDirectory() as directory:
        root = Path(directory)
        file, config = root / "plain.star", root / "configs" / "starlang.toml"
        file.write_text(f'{PLAIN}forbid "no b" when path mentions b because "it moves"\n', "utf-8")
        config.parent.mkdir()
        config.write_text(
            '[project]\nrules = "plain.star"\n[[baseline]]\npath = "b/one"\ncode = "E430"\n'
            'forbid = "no b"\nreason = "until May"\n',
            "utf-8",
        )
        rules = starlang.compile(file)
    modules = spark.createDataFrame([("b/one",), ("b/two",), ("c",)], "path string")
    broken = rows_of(plan(rules, modules).forbids, "module", "code", "accepted")
    assert broken == [("b/one", "E430", "until May"), ("b/two", "E430", None)]


def check_growth(spark: "SparkSession") -> None:
    """What Spark analyses and prints grows by as much with the last questions as with the first."""
    one, two, three = (len(explained(spark, questions)) for questions in (1, 2, 3))
    assert 0 < three - two < 2 * (two - one)


def explained(spark: "SparkSession", questions: int) -> str:
    """Spark's own words for a plan of rules each of which asks about the star of the one before."""
    from starlang.spark import plan  # noqa: PLC0415 -- where Spark is installed

    numbers = range(1, questions + 1)
    stars = [f"star S{number}" for number in range(questions + 1)]
    asks = [
        f"rule r{n} -> S{n} weight 0.90 when used by modules reaching S{n - 1}" for n in numbers
    ]
    first = "rule r0 -> S0 weight 0.90 when path mentions a"
    head = ["starlang 1", 'ruleset chain "1"', *stars, "default star Plain", first]
    rules = starlang.compile_text("\n".join([*head, *asks]))
    modules = spark.createDataFrame([("a",)], "path string")
    uses = spark.createDataFrame([("a", "a")], "source string, target string")
    with redirect_stdout(StringIO()) as text:
        plan(rules, modules, uses).evidence.explain(extended=True)
    return text.getvalue()


def check_refusals(rules: starlang.Rules, manifests: "DataFrame") -> None:
    """Nothing of it is run."""
    from starlang.spark import edges, facets, plan  # noqa: PLC0415 -- where Spark is installed

    modules = facets(manifests, fields=rules.fields)
    with pytest.raises(starlang.TablesError, match="rules read who uses whom: give `edges`"):
        plan(rules, modules)
    with pytest.raises(starlang.TablesError, match="columns `capability`, `graph:publishes`"):
        plan(rules, manifests)
    several = starlang.compile_text(f"{RULES}\nrule far -> Flow weight 0.10 when in a cycle\n")
    with pytest.raises(starlang.TablesError, match="`in a cycle`: a relation over several steps"):
        plan(several, modules)
    never = starlang.compile_text(f'{PLAIN}\nforbid "x" when in a cycle because "it is"\n')
    with pytest.raises(starlang.TablesError, match="forbids read `in a cycle`"):
        plan(never, modules).forbids  # noqa: B018 -- what is asked for is refused
    with pytest.raises(starlang.TablesError, match="no place where manifests say what they use"):
        edges(manifests.select("path"))


def check_plain(manifests: "DataFrame") -> None:
    """What is left out, what is there twice, digests, and a plan that is let go of."""
    from starlang.spark import facets as facets_of  # noqa: PLC0415 -- the same
    from starlang.spark import multiset_hash, plan  # noqa: PLC0415 -- where Spark is installed

    rules, modules = starlang.compile_text(PLAIN), facets_of(manifests).persist()
    made = plan(rules, modules)
    assert [row.path for row in made.problems.collect()] == ["a/b"]
    decided = list(rules.decide(modules.toArrow().to_batches()))
    there = [batch.filter(batch["left_out"].is_null()) for batch in decided]
    assert multiset_hash(made.decisions) == starlang.multiset_hash(there)
    with pytest.raises(starlang.UnknownNameError, match="no module `nowhere`"):
        made.explain("nowhere")
    before = made.ceilings
    made.release()
    assert made.ceilings == before
    twice = plan(rules, modules.unionByName(modules.where("path = 'a/c'")))
    with pytest.raises(Exception, match="every module has one row, and two have the path a/c"):
        twice.decisions.collect()
    with pytest.raises(Exception, match="every module has one row, and two have the path a/c"):
        twice.problems.collect()


def check_example(spark: "SparkSession") -> None:
    """`examples/spark/plan.py` writes what one process decides; in proofs over Parquet as well."""
    root = ROOT / "examples" / "constellation"
    manifests, file = root / "manifests", root / "rules" / "hortus.star"
    code = (ROOT / "examples" / "spark" / "plan.py").read_text("utf-8")
    program: dict[str, object] = {"__name__": "plan", "__doc__": "A plan"}
    exec(compile(code, "plan.py", "exec"), program)  # noqa: S102 -- a file of ours
    main = program["main"]
    assert callable(main)
    made = starlang.compile(file).plan(starlang.load(manifests))
    with TemporaryDirectory() as directory:
        sources = [f"--manifests={manifests}"]
        if THOROUGH:
            kept = Path(directory, "facets.parquet")
            table = program["manifests_under"]
            assert callable(table)
            read_facets(table(spark, manifests)).write.parquet(str(kept))
            sources.append(f"--modules={kept}")
        for number, source in enumerate(sources):
            output = Path(directory, str(number))
            main([f"--rules={file}", source, f"--output={output}"])
            stars = parquet.read_table(output / "decisions", columns=["path", "star"])
            assert dict(zip(*stars.to_pydict().values(), strict=True)) == {
                module.path: module.star for module in made
            }


def read_facets(manifests: "DataFrame") -> "DataFrame":
    from starlang.spark import facets  # noqa: PLC0415 -- where Spark is installed

    return facets(manifests)


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
