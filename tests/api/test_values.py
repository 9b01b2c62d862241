"""What the library gives are values: on one line, compared, copied and pickled, not changed."""

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from attrs.exceptions import FrozenInstanceError
from program.projects import CANON, Project
from program.repositories import commit_all

import starlang

pytestmark = pytest.mark.requirement("R34")

LONG = "memory/" * 40
CROWDED = f"""
rule trail-path -> Trail weight 0.80 when path mentions memory because "{"so it is " * 30}"
rule {"very-long-" * 20}name -> Watch weight 0.30 when path mentions memory and not name is "x"
rule tag -> Watch weight 0.90 when tag is "guarded" because "it says so"
never promote "barred" because "{"no " * 60}"
ceilings {{
  at most 1 promoted
  on breach defer
}}
test "{"long " * 40}"
  given path "x/memory"
  expect Trail at 0.80
"""


@pytest.fixture(scope="module")
def rules() -> starlang.Rules:
    return starlang.compile_text(f'starlang 1\nruleset {"long-" * 30}n "1.0"\n{CANON}{CROWDED}')


@pytest.fixture(scope="module")
def graph() -> starlang.ModuleGraph:
    star = {"constellation_alignment": {"primary_star": "Supporting"}}
    paths = (f"{LONG}a", "b/memory", "c", "barred/memory", "odd/\x1bname")
    return starlang.load_modules(dict.fromkeys(paths, star))


@pytest.fixture(scope="module")
def plan(rules: starlang.Rules, graph: starlang.ModuleGraph) -> starlang.Plan:
    return rules.plan(graph)


@pytest.fixture
def values(
    rules: starlang.Rules, graph: starlang.ModuleGraph, plan: starlang.Plan
) -> dict[str, object]:
    """At least one of everything that the library gives."""
    deferred = plan.with_outcome("deferred")[0]
    answer = plan["b/memory"].why_not("Watch")
    assert answer.manifest is not None
    assert answer.manifest.solutions
    assert deferred.held is not None
    return {
        "rules": rules,
        "rule": rules["trail-path"],
        "rules in a row": tuple(rules),
        "stars": rules.stars,
        "tests": rules.test(),
        "graph": graph,
        "plan": plan,
        "modules": tuple(plan),
        "deferred": deferred,
        "held": deferred.held,
        "evidence": plan["b/memory"].evidence,
        "matches": plan["b/memory"].evidence[0].matches,
        "scores": plan["b/memory"].scores,
        "thresholds": plan["b/memory"].thresholds,
        "exceptions": plan["barred/memory"].exceptions,
        "edits": plan.edits,
        "before": plan.before,
        "inputs": plan.inputs,
        "ceilings": plan.ceilings,
        "warnings": plan.warnings,
        "table": plan.table("evidence", amounts="float"),
        "answer": answer,
        "absent": answer.absent,
        "manifest": answer.manifest,
        "solutions": answer.manifest.solutions,
        "changes": answer.manifest.solutions[0].changes,
    }


def each_of(value: object) -> Iterator[object]:
    """The value, or all of several."""
    if isinstance(value, tuple):
        assert value
        yield from value
    else:
        yield value


def test_everything_fits_a_line(values: dict[str, object]) -> None:
    for name, value in values.items():
        for each in each_of(value):
            assert len(repr(each)) <= 100, name
            assert repr(each).isprintable(), name
    stars = starlang.compile_text(f'starlang 1 ruleset a "1" {CANON}').stars
    assert repr(stars[0]) == "<Star: Supporting 'Supporting'>"


def test_a_line_says_what_matters(plan: starlang.Plan, rules: starlang.Rules) -> None:
    assert repr(plan) == "<Plan: 5 modules, 1 edit, applyable>"
    assert repr(plan["b/memory"]).startswith("<Module: b/memory promoted Trail")
    assert repr(plan[f"{LONG}a"]).endswith("memory/a deferred, Trail 0.80>")
    assert repr(plan["b/memory"].evidence[0]) == "<Evidence: +0.80 Trail by trail-path>"
    assert repr(rules["trail-path"]) == "<Rule: trail-path +0.80 Trail when path mentions memory>"
    assert repr(plan["b/memory"].why_not("Watch")).startswith("<WhyNot: b/memory not Watch: ")


@pytest.mark.parametrize(
    "copied",
    [lambda value: pickle.loads(pickle.dumps(value)), copy.copy, copy.deepcopy],  # noqa: S301 -- our own
    ids=["pickle", "copy", "deepcopy"],
)
def test_everything_can_be_copied_and_is_equal(
    values: dict[str, object], copied: Callable[[object], object]
) -> None:
    for name, value in values.items():
        again = copied(value)
        assert type(again) is type(value), name
        assert again == value, name
        assert repr(again) == repr(value), name
        assert (value != value) is False, name  # noqa: PLR0124 -- `!=` is what is asked


def test_a_pickled_plan_says_the_same_and_answers_further(plan: starlang.Plan) -> None:
    again: starlang.Plan = pickle.loads(pickle.dumps(plan))  # noqa: S301 -- our own

    assert again.to_json() == plan.to_json()
    assert again.to_csv() == plan.to_csv()
    assert (hash(again), again.digest) == (hash(plan), plan.digest)
    for module in plan:
        assert module in again
        assert again[module.path].explain() == module.explain()
        assert str(again[module.path].why_not("Watch")) == str(module.why_not("Watch"))


def test_a_plan_over_relations_can_be_pickled() -> None:
    """What knows the neighbours is pickled with it."""
    text = "rule near -> Watch weight 0.9 when uses modules currently Trail\n"
    rules = starlang.compile_text(f'starlang 1\nruleset a "1"\n{CANON}{text}')
    star = {"constellation_alignment": {"primary_star": "Trail"}}
    plain = {"constellation_alignment": {"primary_star": "Supporting"}}
    uses = {**plain, "dependencies": {"internal": ["a/b"]}}
    graph = starlang.load_modules({"a/b": star, "c/d": uses})

    plan = rules.plan(graph, reassess=True)
    again: starlang.Plan = pickle.loads(pickle.dumps(plan))  # noqa: S301 -- our own

    assert again == plan
    assert again.neighbours == plan.neighbours is not None
    assert str(again["c/d"].why_not("Trail")) == str(plan["c/d"].why_not("Trail"))


def test_what_the_steps_of_a_run_give_are_values(example_copy: Path) -> None:
    commit_all(example_copy)
    run = starlang.open_run(example_copy)

    pinned, backed_up, seen = run.pin(), run.backup(), run.canary()
    approval = run.approve(seen.report.plan, by="alice@example.org")
    given = [pinned, backed_up, seen, approval, run.status(), run.apply(), run.verify(), run]

    for value in given:
        assert len(repr(value)) <= 100
        assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 -- our own
        assert copy.deepcopy(value) == value
    assert len(seen.changed) == 15
    assert all((example_copy / file).is_file() for file in (*seen.manifests, *seen.changed))
    assert repr(seen).startswith(
        "<CanaryRun: PENDING_APPROVAL, 15 manifests would change, plan sha"
    )
    undone = run.rollback()
    assert (undone.count, undone.left, len(repr(undone)) <= 100) == (15, (), True)
    assert copy.deepcopy(undone) == undone


def test_other_plans_are_not_equal(rules: starlang.Rules, plan: starlang.Plan) -> None:
    star = {"constellation_alignment": {"primary_star": "Supporting"}}
    other = rules.plan(starlang.load_modules({"b/memory": star}))

    assert plan != other
    assert plan["b/memory"] != plan["c"]
    assert plan != "a plan"
    assert rules != starlang.compile_text(f'starlang 1\nruleset a "1"\n{CANON}')
    assert plan.before != {"Supporting": 4}


def test_nothing_can_be_changed(plan: starlang.Plan, rules: starlang.Rules) -> None:
    text = plan.to_json()
    changes: list[Callable[[], object]] = [
        lambda: plan.before.__setitem__("Trail", 9),  # type: ignore[index] # -- it is asked for
        lambda: plan.inputs.update(a="b"),  # type: ignore[attr-defined] # -- the same
        lambda: setattr(plan, "edits", ()),
        lambda: setattr(plan, "before", {}),
        lambda: setattr(plan["c"], "star", "Trail"),
        lambda: setattr(plan["b/memory"].evidence[0], "weight", Decimal(1)),
        lambda: setattr(rules, "warnings", ()),
        lambda: delattr(rules, "warnings"),
    ]
    for change in changes:
        with pytest.raises((AttributeError, FrozenInstanceError, TypeError)):
            change()
    for edit in plan.edits:
        assert not isinstance(edit.new, list | dict)
    next(iter(plan.table()))["star"] = "another"
    assert plan.to_json() == text


def test_values_of_edits_cannot_be_changed_and_are_exact() -> None:
    rule = "rule a -> Trail weight 0.70 when path mentions memory"
    text = f'starlang 1\nruleset a "1"\n{CANON}\n{rule}'
    rules = starlang.compile_text(text, profile="constellation-plain")
    manifest = {"constellation": {"stars": ["Supporting", "Watch"], "confidence": 0.125}}
    graph = starlang.load_modules({"memory": manifest}, profile="constellation-plain")

    assert [(each.pointer, each.old, each.new) for each in rules.plan(graph).edits] == [
        ("/constellation/stars", ("Supporting", "Watch"), ("✦ Trail (Memory)", "Watch")),
        ("/constellation/confidence", Decimal("0.125"), Decimal("0.7")),
    ]


def test_amounts_are_those_of_the_plan_as_json(project: Project) -> None:
    """JSON has them as texts with six places: an oracle that no decimal of ours has seen."""
    loaded = starlang.load(project.root / "manifests")
    plan = starlang.compile(project.root / "rules" / "main.star").plan(loaded)

    for told in json.loads(plan.to_json())["modules"]:
        module = plan[told["path"]]
        if module.best is None:
            assert told["best"] is None
            assert (module.score, module.confidence, module.lead) == (Decimal(0),) * 3
            continue
        assert module.best.raw == Decimal(told["best"]["raw"])
        assert module.score == module.best.score == Decimal(told["best"]["score"])
        assert module.confidence == Decimal(told["best"]["confidence"])
        assert module.lead == Decimal(told["lead"])
        assert module.thresholds.suggest == Decimal(told["thresholds"]["suggest"])
        assert [(e.rule, e.weight, e.effect) for e in module.evidence] == [
            (e["rule"], Decimal(e["weight"]), Decimal(e["effect"])) for e in told["evidence"]
        ]


def test_evidence_against_has_a_weight_below_nothing() -> None:
    text = """
rule a -> Trail weight 0.80 when path mentions memory
rule b against Trail weight 0.125 when path mentions cache
"""
    rules = starlang.compile_text(f'starlang 1\nruleset a "1"\n{CANON}{text}')
    star = {"constellation_alignment": {"primary_star": "Supporting"}}
    module = rules.plan(starlang.load_modules({"memory/cache": star}))["memory/cache"]

    assert [str(each.weight) for each in module.evidence] == ["0.80", "-0.125"]
    assert str(module.score) == "0.675"
    assert sum(each.weight for each in module.evidence) == module.score
    assert [str(rule.weight) for rule in rules] == ["0.80", "-0.125"]


def test_why_not_has_exact_amounts(plan: starlang.Plan) -> None:
    answer = plan["b/memory"].why_not("Watch")

    assert (answer.score.raw, answer.missing) == (Decimal("0.30"), Decimal("0.40"))
    assert (answer.promote_at, answer.suggest_at, answer.margin) == (
        Decimal("0.7"),
        Decimal("0.5"),
        Decimal(0),
    )
    assert answer.rules is not None
    weights = [
        change.amount
        for solution in answer.rules.solutions
        for change in solution.changes
        if change.amount is not None
    ]
    assert weights
    assert all(Decimal(0) <= each <= Decimal(1) for each in weights)
    assert {type(each) for each in weights} == {Decimal}


def test_errors_can_be_pickled(tmp_path: Path) -> None:
    def caught(call: Callable[[], object]) -> starlang.StarlangError:
        with pytest.raises(starlang.StarlangError) as found:
            call()
        return found.value

    wrong = tmp_path / "wrong.star"
    wrong.write_text("starlang 1\nrule a\nrule b\n", "utf-8")
    rules = starlang.compile_text(f'starlang 1\nruleset a "1"\n{CANON}')
    plan = rules.plan(starlang.load_modules({"a/b": {}}))
    errors = [
        caught(lambda: starlang.compile(wrong)),
        caught(lambda: starlang.compile(tmp_path / "none.star")),
        caught(lambda: starlang.load(tmp_path, profile="none")),
        caught(lambda: plan["a/c"]),
        caught(lambda: plan["a/b"].why_not("Trial")),
        caught(lambda: starlang.open_run(tmp_path).pin()),
    ]
    for error in errors:
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own
        assert (type(again), str(again), again.args) == (type(error), str(error), error.args)
        assert getattr(again, "diagnostics", ()) == getattr(error, "diagnostics", ())
        assert len(repr(error)) <= 100
    assert str(errors[0]).count("\n") + 1 == len(errors[0].diagnostics) > 1  # type: ignore[attr-defined] # -- a RulesError
