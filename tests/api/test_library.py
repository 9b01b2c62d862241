"""The library, as `import starlang` offers it."""

import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from program.documents import complaints, plan_of
from program.projects import Project
from program.run import environment, succeed

import starlang

pytestmark = pytest.mark.requirement("R34")


def planned(project: Project) -> starlang.Plan:
    rules = starlang.compile(project.root / "rules" / "main.star")
    return rules.plan(starlang.load(project.root / "manifests"))


def test_five_lines(project: Project) -> None:
    rules = starlang.compile(str(project.root / "rules" / "main.star"))
    graph = starlang.load(str(project.root / "manifests"))
    plan = rules.plan(graph)

    explained = plan["store/memory"].explain()

    assert explained == str(plan["store/memory"])
    assert explained.splitlines()[0] == "store/memory  promoted  Supporting -> Trail"
    assert "because memory in the path" in explained
    assert rules.warnings == ()
    assert [each for each in graph.problems if each.is_error] == []


def test_a_plan_is_a_collection_of_modules(project: Project) -> None:
    plan = planned(project)

    assert len(plan) == 3
    assert [each.path for each in plan] == ["gate/guard", "store/memory", "web/page"]
    assert "store/memory" in plan
    assert "store" not in plan
    promoted = ["gate/guard", "store/memory"]
    assert [each.path for each in plan.with_outcome(starlang.Outcome.PROMOTED)] == promoted
    assert [each.path for each in plan.with_outcome("promoted", "kept")] == promoted
    assert [each.path for each in plan.with_outcome("silent", "promoted")] == [
        each.path for each in plan
    ]
    with pytest.raises(KeyError):
        plan["store"]


def test_modules_are_in_the_plan_that_holds_them(project: Project) -> None:
    plan = planned(project)
    bare = starlang.compile(project.root / "rules" / "main.star").plan(
        starlang.load_modules({"web/page": {}})
    )

    assert all(module in plan for module in plan)
    assert plan["store/memory"] in plan
    assert bare["web/page"] not in plan
    assert all(other not in plan for other in (None, 1, "", ("store/memory",), b"store/memory"))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("store/memry", "store/memory"),
        ("memory", "store/memory"),
        ("store/memory/", "store/memory"),
        ("Gate/Guard", "gate/guard"),
    ],
)
def test_a_wrong_path_gets_the_right_one(project: Project, name: str, meant: str) -> None:
    plan = planned(project)

    with pytest.raises(starlang.UnknownNameError) as caught:
        plan[name]

    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, starlang.StarlangError)
    assert str(caught.value).endswith(f"; did you mean `{meant}`?")
    assert name in str(caught.value)


def test_a_wrong_outcome_or_star_or_rule_gets_the_right_one(project: Project) -> None:
    rules = starlang.compile(project.root / "rules" / "main.star")
    plan = planned(project)

    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: plan.with_outcome("promotd"), "promoted"),
        (lambda: plan["web/page"].why_not("Tral"), "Trail"),
        (lambda: rules["trail-pth"], "trail-path"),
    ]
    for call, meant in calls:
        with pytest.raises(starlang.UnknownNameError, match=f"did you mean `{meant}`"):
            call()
    with pytest.raises(starlang.UnknownNameError, match="assigned, unrecognised, kept"):
        plan.with_outcome("none of them")


def test_a_module_is_a_value(project: Project) -> None:
    each = planned(project)["gate/guard"]

    assert (each.outcome, each.current, each.star) == ("promoted", "Supporting", "Watch")
    assert (each.score, each.confidence, each.lead) == (Decimal("0.90"),) * 3
    assert (each.best, each.runner_up) == (starlang.Score("Watch", Decimal("0.9")), None)
    assert {(row.rule, row.weight, row.place) for row in each.evidence} == {
        ("watch-path", Decimal("0.6"), "main.star:12:1"),
        ("watch-field", Decimal("0.3"), "main.star:13:1"),
    }
    found = {
        (row.facet, row.value, row.value[slice(*row.span)])
        for row in each.evidence
        if row.value is not None and row.span is not None
    }
    assert found == {
        ("path", "gate/guard", "guard"),
        ("field:/metadata/owner", "guards", "guards"),
    }
    assert {match.text for row in each.evidence for match in row.matches} == {"guard", "guards"}
    assert each.thresholds.promote == Decimal("0.7")
    assert each.why == "Watch at 0.90 reaches 0.70 to be promoted and has no rival."


def test_the_plan_is_that_of_the_program(hortus: Path) -> None:
    rules = starlang.compile(hortus / "rules" / "hortus.star")

    plan = rules.plan(starlang.load(hortus / "manifests"))

    from_the_program = succeed("plan", "--format", "json", cwd=hortus).out
    assert plan.to_json().encode() == from_the_program


@pytest.mark.requirement("R12")
def test_the_same_bytes_from_wherever_it_is_called(
    hortus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(root: Path) -> str:
        rules = starlang.compile(root / "rules" / "hortus.star")
        return rules.plan(starlang.load(root / "manifests")).to_json()

    absolute = made(hortus)
    monkeypatch.chdir(hortus)

    assert made(Path()) == absolute


def test_reassessing_edits_nothing(project: Project) -> None:
    rules = starlang.compile(project.root / "rules" / "main.star")

    plan = rules.plan(starlang.load(project.root / "manifests"), reassess=True)

    assert (plan.reassess, plan.edits) == (True, ())


def test_rules_become_a_file_and_come_back(project: Project, tmp_path: Path) -> None:
    rules = starlang.compile(project.root / "rules" / "main.star")
    compiled = tmp_path / "rules.json"
    compiled.write_text(rules.to_json(), "utf-8")

    again = starlang.compile(compiled)

    assert again.digest == rules.digest
    assert again.digest.startswith("sha256:")
    assert again.fields == rules.fields == ("/metadata/owner",)
    assert again.to_json() == rules.to_json()
    assert again == rules
    assert (len(rules.test()), again.test()) == (1, ())


def test_tests_are_run(project: Project) -> None:
    (trial,) = starlang.compile(project.root / "rules" / "main.star").test()

    assert (trial.passed, trial.expected, trial.found) == (
        True,
        "Trail at 0.80",
        "promoted Trail at 0.80",
    )


@pytest.mark.requirement("R02")
def test_wrong_rules_raise_with_all_diagnostics(project: Project) -> None:
    path = project.rules("rule a -> Trial weight 0.5 when path is x\nrule a -> Trail when pth is x")

    with pytest.raises(starlang.RulesError) as caught:
        starlang.compile(path)

    assert isinstance(caught.value, starlang.InputError)
    assert isinstance(caught.value, starlang.StarlangError)
    codes = [each.code for each in caught.value.diagnostics]
    assert {"E201", "E202"} <= set(codes)
    assert all(code in str(caught.value) for code in codes)
    told = starlang.check(path)
    assert {each.code for each in told} >= set(codes)


def test_warnings_do_not_raise(project: Project) -> None:
    path = project.rules("rule weak -> Trail weight 0.10 when path mentions memory")

    found = starlang.check(path)

    assert found != ()
    assert not any(each.is_error for each in found)
    assert [rule.name for rule in starlang.compile(path)] == ["weak"]


def test_missing_rules_are_an_error_of_rules(tmp_path: Path) -> None:
    for name, code in (("none.star", "E401"), ("none.json", "E805")):
        with pytest.raises(starlang.RulesError) as caught:
            starlang.compile(tmp_path / name)
        assert [each.code for each in caught.value.diagnostics] == [code]


def test_a_wrong_setup_is_an_error_of_its_own(project: Project, tmp_path: Path) -> None:
    rules, manifests = project.root / "rules" / "main.star", project.root / "manifests"
    schema = tmp_path / "schema.json"
    schema.write_text("[")

    for call in (
        lambda: starlang.compile(rules, profile="constellation-1.2"),
        lambda: starlang.check(rules, profile="./none.toml"),
        lambda: starlang.load(manifests, profile="constellation-1.2"),
        lambda: starlang.load(manifests, schema=schema),
        lambda: starlang.load(manifests, schema=tmp_path / "none.json"),
    ):
        with pytest.raises(starlang.SetupError) as caught:
            call()
        assert all(each.is_error for each in caught.value.diagnostics)


@pytest.mark.requirement("R18")
def test_loading_never_raises_for_what_manifests_say(project: Project, tmp_path: Path) -> None:
    project.manifest("store/Upper")
    project.write("manifests/broken/module.manifest.json", "[")
    project.write("manifests/list/module.manifest.json", "[]")

    graph = starlang.load(project.root / "manifests")
    nothing = starlang.load(tmp_path / "none")

    assert [each.code for each in graph.problems if each.is_error] == ["E507", "E520", "E602"]
    assert len(graph) == 4
    assert ([each.code for each in nothing.problems], len(nothing)) == (["E532"], 0)
    plan = starlang.compile(project.root / "rules" / "main.star").plan(graph)
    assert (plan.applyable, len(plan)) == (False, 4)


def test_a_schema_is_asked_if_it_is_named(project: Project) -> None:
    schema = project.write("schema.json", json.dumps({"required": ["tests"]}))

    graph = starlang.load(project.root / "manifests", schema=schema)

    assert [each.code for each in graph.problems if not each.code.startswith("W50")] == [
        "W510",
        "W510",
        "W510",
    ]


def test_json_and_csv(project: Project) -> None:
    plan = planned(project)

    assert complaints("plan", plan.to_json().encode()) == []
    assert plan_of(plan.to_json().encode())["distribution"]["after"] == {
        "Supporting": 1,
        "Trail": 1,
        "Watch": 1,
    }
    assert plan.to_csv().splitlines()[0].split(",")[:3] == ["path", "file", "outcome"]


SCORES = {
    "gate/guard": Decimal("0.900000"),
    "store/memory": Decimal("0.800000"),
    "web/page": None,
}


def test_rows_keep_amounts_exact(project: Project) -> None:
    rows = list(planned(project).table())

    assert {row["path"]: row["score"] for row in rows} == SCORES
    assert all(isinstance(row["score"], Decimal | None) for row in rows)


def test_arrow(project: Project) -> None:
    table = planned(project).to_arrow()

    assert isinstance(table, pa.Table)
    assert (
        dict(zip(*(table[name].to_pylist() for name in ("path", "score")), strict=True)) == SCORES
    )
    assert table.schema.field("score").type == pa.decimal128(18, 6)
    assert table["outcome"].to_pylist() == ["promoted", "promoted", "silent"]


def test_polars(project: Project) -> None:
    plan = planned(project)
    frame = plan.to_polars()

    assert tuple(frame.columns) == plan.table().columns
    assert frame.equals(pl.DataFrame(list(plan.table()), schema=frame.schema))
    assert frame["score"].dtype == pl.Decimal(18, 6)
    assert dict(frame.select("path", "score").iter_rows()) == SCORES
    promoted = frame.filter(pl.col("outcome") == "promoted")
    assert promoted["star"].to_list() == ["Watch", "Trail"]


def test_importing_costs_next_to_nothing(tmp_path: Path) -> None:
    code = "import starlang, sys; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    imported = set(done.stdout.split())
    assert {name for name in imported if name.startswith("starlang")} == {
        "starlang",
        "starlang.version",
    }
    assert imported & {"attrs", "re2", "json", "typer", "polars", "pyarrow"} == set()


def test_the_names_are_those_it_says(tmp_path: Path) -> None:
    assert tmp_path.is_dir()
    assert set(starlang.__all__) <= set(dir(starlang))
    assert all(getattr(starlang, name) is not None for name in starlang.__all__)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        starlang.nothing_like_it  # noqa: B018 -- it is asked for


CLIENT = """
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import assert_type

import starlang

rules = starlang.compile(Path("rules/main.star"), profile="constellation-1.1")
assert_type(rules, starlang.Rules)
graph: starlang.ModuleGraph = starlang.load("manifests", schema="schema.json")
plan: starlang.Plan = rules.plan(graph, reassess=True)
for each in plan:
    assert_type(each, starlang.Module)
    outcome: starlang.Outcome = each.outcome
    text: str = each.explain()
    best: starlang.Score | None = each.best
    total: Decimal = each.score + each.lead + each.thresholds.margin
    for row in each.evidence:
        assert_type(row, starlang.Evidence)
        assert_type(row.weight, Decimal)
        start: int = row.span.start if row.span else 0
    answer: starlang.WhyNot = each.why_not("Trail")
    missing: Decimal = answer.missing
    words: list[str] = [
        change.words
        for search in (answer.manifest, answer.rules)
        if search is not None
        for solution in search.solutions
        for change in solution.changes
    ]
for rule in rules:
    assert_type(rule, starlang.Rule)
    assert_type(rule.weight, Decimal)
promoted: tuple[starlang.Module, ...] = plan.with_outcome("promoted", starlang.Outcome.KEPT)
before: Mapping[str, int] = plan.before
for line in plan.ceilings:
    scores: list[Decimal] = [beyond.score for beyond in line.beyond]
results: tuple[starlang.TestResult, ...] = rules.test()
in_memory = starlang.compile_text({"main.star": "starlang 1", "canon.star": ""})
assert_type(in_memory.plan(starlang.load_modules({"a/b": {"tags": ["x", 1]}})), starlang.Plan)
assert_type(starlang.check_text("starlang 1"), tuple[starlang.Diagnostic, ...])
try:
    problems: tuple[starlang.Diagnostic, ...] = starlang.check("rules/main.star")
except starlang.SetupError as error:
    codes: list[str] = [each.code for each in error.diagnostics]
assert_type(plan.to_json(), str)
assert_type(plan.to_csv(), str)
height: int = plan.to_polars().height
"""


WRONG = """
import starlang

starlang.compile(1)
starlang.load("x").plan
plan = starlang.compile("x").plan(starlang.load("x"))
plan.before["Trail"] = 1
plan.warnings = ()
starlang.load_modules({"a/b": ["no object"]})
"""


def test_it_is_typed(tmp_path: Path, project_root: Path) -> None:
    client = tmp_path / "client.py"
    client.write_text(CLIENT, "utf-8")
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG, "utf-8")

    cache = project_root / ".mypy_cache" / "client"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, client, wrong],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert [line for line in errors if not line.startswith("wrong.py:")] == []
    assert [line.rsplit("[")[-1] for line in errors] == [
        "arg-type]",
        "attr-defined]",
        "index]",
        "misc]",
        "dict-item]",
    ]
