"""The plan as a whole: distribution, what blocks it, what the next run would do."""

from collections.abc import Iterator
from fractions import Fraction
from random import Random

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.manifests import Document, loaded
from strategies.rule_sets import STARS, Module, World, graph_of, profile, worlds

from starlang.diagnostics.model import Diagnostic
from starlang.engine.decisions import Outcome
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.plan.encoding import encode
from starlang.plan.make import Inputs, graph_digest, make_plan
from starlang.plan.model import Plan
from starlang.rules.model import (
    Amount,
    Assign,
    Ceiling,
    Ceilings,
    Floor,
    Never,
    OnBreach,
    Rule,
    RuleSet,
)
from starlang.rules.predicates import OneOf, Present
from starlang.rules.text_predicates import Under

INPUTS = Inputs({"rules": "sha256:1"})


def rules_with(
    ceilings: Ceilings | None = None,
    *more: Rule,
    nevers: tuple[Never, ...] = (),
    assigns: tuple[Assign, ...] = (),
) -> RuleSet:
    """Modules under `flow` go to Flow at 0.90, those under `half` to Watch at 0.50."""
    rules = (
        Rule("flow", "Flow", 1, 900_000, ("path",), Under("path", ("flow",))),
        Rule("half", "Watch", 1, 500_000, ("path",), Under("path", ("half",))),
        *more,
    )
    return RuleSet(
        "test",
        "1",
        STARS,
        (),
        rules,
        nevers=nevers,
        assigns=assigns,
        ceilings=ceilings or Ceilings(),
    )


def at_most(count: int) -> Ceiling:
    return Ceiling(Amount(Fraction(count), percent=False), text="at most", at="rules.star:3:1")


def at_least(count: int) -> Floor:
    return Floor(Amount(Fraction(count), percent=False), text="at least", at="rules.star:4:1")


def graph(*paths: str, stars: tuple[str, ...] = ()) -> ModuleGraph:
    return graph_of([Module(path, stars=stars) for path in paths])


def found(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[str, str]]:
    """Code and file of each."""
    return [(each.code, each.file) for each in diagnostics]


def test_the_distribution_before_and_after() -> None:
    modules = [
        Module("flow/a"),
        Module("flow/b", stars=("None",)),
        Module("half", stars=("🌸 Flow",)),
        Module("x", stars=("Stream", "Watch")),
    ]
    plan = make_plan(rules_with(), graph_of(modules), INPUTS)
    assert plan.before == {"Flow": 1, "Supporting": 2, "🌸 Flow": 1}
    assert plan.after == {"Flow": 3, "🌸 Flow": 1}
    assert list(plan.before) == sorted(plan.before)


def test_a_plan_is_asked_by_path_and_by_outcome() -> None:
    plan = make_plan(rules_with(), graph("flow", "half", "x"), INPUTS)
    assert len(plan) == 3
    assert [each.path for each in plan] == ["flow", "half", "x"]
    assert plan["half"].outcome is Outcome.SUGGESTED
    assert "half" in plan
    assert "flow/none" not in plan
    with pytest.raises(KeyError):
        plan["flow/none"]
    assert [each.path for each in plan.of(Outcome.PROMOTED, Outcome.SILENT)] == ["flow", "x"]


def test_inputs_hold_the_digest_of_all_manifests() -> None:
    plan = make_plan(rules_with(), graph("flow"), INPUTS)
    assert plan.inputs == {"rules": "sha256:1", "graph": graph_digest(graph("flow"))}
    one = evolve(graph("a", "b"), digests=("1", "2"))
    assert graph_digest(one) != graph_digest(evolve(one, digests=("1", "3")))
    assert graph_digest(one) != graph_digest(evolve(one, paths=("a", "c")))


# What blocks a plan, and what it warns of.


@pytest.mark.requirement("R11")
@pytest.mark.fault_row(15)
def test_a_breached_ceiling_blocks_and_names_what_is_beyond() -> None:
    plan = make_plan(rules_with(Ceilings((at_most(1),))), graph("flow/a", "flow/b"), INPUTS)
    [breach] = plan.blocked
    assert (breach.code, breach.file, breach.position and breach.position.line) == (
        "E801",
        "rules.star",
        3,
    )
    assert "flow/b" in breach.message
    assert "flow/a" not in breach.message
    assert not plan.applyable
    [line] = plan.ceilings
    assert (line.count, line.limit, line.holds) == (2, 1, False)


@pytest.mark.requirement("R11")
def test_a_breached_ceiling_that_defers_blocks_nothing() -> None:
    ceilings = Ceilings((at_most(1),), on_breach=OnBreach.DEFER)
    plan = make_plan(rules_with(ceilings), graph("flow/a", "flow/b"), INPUTS)
    assert plan.applyable
    assert plan["flow/b"].outcome is Outcome.DEFERRED
    assert plan.next_promoted == 1


@pytest.mark.requirement("R11")
def test_an_assignment_beyond_a_ceiling_blocks_although_it_defers() -> None:
    ceilings = Ceilings((at_most(0),), on_breach=OnBreach.DEFER)
    rules = rules_with(ceilings, assigns=(Assign("x", "Watch", because="decided"),))
    plan = make_plan(rules, graph("flow", "x"), INPUTS)
    assert found(plan.blocked) == [("E801", "rules.star")]
    assert plan["flow"].outcome is Outcome.DEFERRED


@pytest.mark.requirement("R11")
@pytest.mark.parametrize(
    ("mode", "path", "blocked", "warnings"),
    [
        (OnBreach.ABORT, "x", [], ["W801"]),
        (OnBreach.ABORT, "flow", ["E802"], []),
        (OnBreach.DEFER, "flow", [], ["W801"]),
    ],
)
def test_a_floor_that_is_missed_before_the_run(
    mode: OnBreach, path: str, blocked: list[str], warnings: list[str]
) -> None:
    ceilings = Ceilings((), (at_least(5),), on_breach=mode)
    plan = make_plan(rules_with(ceilings), graph(path), INPUTS)
    assert [each.code for each in plan.blocked] == blocked
    assert [each.code for each in plan.warnings] == warnings
    assert not plan.of(Outcome.PROMOTED) or mode is OnBreach.ABORT


def test_reassessing_is_blocked_by_no_ceiling() -> None:
    rules = rules_with(Ceilings((at_most(0),), (at_least(9),)))
    plan = make_plan(rules, graph("flow"), INPUTS, reassess=True)
    assert plan.blocked == ()
    assert plan.ceilings == ()


def test_labels_outside_the_canon_are_named_with_their_places() -> None:
    documents: dict[str, Document] = {
        "a": {"star": "🌸 Flow"},
        "b": {"star": "Flow", "beside": ["Watch", "🎯 Guard"]},
        "c": {"star": "Flow"},
    }
    plan = make_plan(rules_with(), loaded(documents, profile()), INPUTS)
    strange = [each for each in plan.warnings if each.code == "W802"]
    assert [each.file for each in strange] == [
        "manifests/a/module.manifest.json",
        "manifests/b/module.manifest.json",
    ]
    assert plan["a"].outcome is Outcome.UNRECOGNISED


@pytest.mark.requirement("R10")
@pytest.mark.fault_row(15)
def test_exceptions_that_match_nothing_are_named() -> None:
    nevers = (
        Never((), Under("path", ("flow",)), because="used", at="rules.star:1:1"),
        Never((), Under("path", ("none",)), because="idle", at="rules.star:2:1"),
        Never((), OneOf("path", ("x",)), ("x",), because="spares all", at="rules.star:3:1"),
    )
    assigns = (
        Assign("flow", "Watch", at="rules.star:5:1"),
        Assign("gone", "Watch", at="rules.star:6:1"),
    )
    rules = rules_with(nevers=nevers, assigns=assigns)
    plan = make_plan(rules, graph("flow", "x"), INPUTS)
    places = [(w.code, w.position and w.position.line) for w in plan.warnings]
    assert places == [("W803", 2), ("W803", 3), ("W804", 6)]


def test_a_facet_that_no_manifest_has_is_named() -> None:
    more = Rule("owned", "Flow", 1, 100_000, ("owner",), Present("owner"))
    assert found(make_plan(rules_with(None, more), graph("x"), INPUTS).warnings) == [("W805", "")]
    owned = graph_of([Module("x", owner=("ann",))])
    assert make_plan(rules_with(None, more), owned, INPUTS).warnings == ()


def test_findings_of_the_inputs_are_kept_apart() -> None:
    error, warning = Diagnostic(code="E601", message="a"), Diagnostic(code="W601", message="b")
    inputs = Inputs({}, blocking=(error,), warnings=(warning,), known=(error, warning))
    plan = make_plan(rules_with(), graph("x"), inputs)
    assert (plan.blocked, plan.warnings, plan.known) == ((error,), (warning,), (error, warning))
    assert not plan.applyable


# The next run.


def test_the_next_run_promotes_what_a_ceiling_holds_back_now() -> None:
    ceilings = Ceilings((at_most(2),), on_breach=OnBreach.DEFER)
    five = graph(*(f"flow/{number}" for number in range(5)))
    assert make_plan(rules_with(ceilings), five, INPUTS).next_promoted == 2


def test_the_next_run_promotes_nothing_where_all_is_done() -> None:
    assert make_plan(rules_with(), graph("flow", "x"), INPUTS).next_promoted == 0
    assert make_plan(rules_with(), graph("x"), INPUTS).next_promoted == 0


def test_the_next_run_sees_the_stars_of_this_one() -> None:
    """A star given now counts as evidence then, and so does one that is taken away."""
    freed = Rule("freed", "Trail", 1, 900_000, ("star",), OneOf("star", ("Supporting",)))
    rules = rules_with(None, freed, assigns=(Assign("x", "Supporting"),))
    kept = graph_of([Module("x", stars=("Flow",)), Module("y", stars=("Flow",))])
    assert make_plan(rules, kept, INPUTS).next_promoted == 0  # it is assigned then as well
    once = evolve(rules, assigns=(Assign("y", "Watch"),))
    plan = make_plan(once, graph_of([Module("x"), Module("y", stars=("Flow",))]), INPUTS)
    assert (plan["x"].star, plan["y"].star, plan.next_promoted) == ("Trail", "Watch", 0)


@given(worlds())
@settings(max_examples=examples(60))
def test_the_next_run_is_the_plan_of_the_tree_after_this_one(world: World) -> None:
    plan = make_plan(world.rules, world.graph, INPUTS)
    stars = tuple(_labels_after(plan, world))
    again = make_plan(world.rules, evolve(world.graph, stars=stars), INPUTS)
    gained = [
        each
        for each in again.of(Outcome.PROMOTED, Outcome.ASSIGNED)
        if each.star not in {each.current, each.default}
    ]
    assert plan.next_promoted == (len(gained) if stars != world.graph.stars else 0)


def _labels_after(plan: Plan, world: World) -> Iterator[tuple[str, ...]]:
    labels = {star.id: star.label for star in STARS}
    for carried, each in zip(world.graph.stars, plan, strict=True):
        gained = tuple(labels[star] for star in each.secondary)
        if gained or each.star not in {None, each.current}:
            yield (each.label, *carried[1:], *gained)
        else:
            yield carried


# The same bytes.


@pytest.mark.requirement("R12")
@given(worlds(), st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_the_bytes_do_not_depend_on_how_columns_are_numbered(world: World, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 -- no secret
    columns = {}
    for name in chance.sample(sorted(world.graph.columns), len(world.graph.columns)):
        column = world.graph.columns[name]
        numbers = chance.sample(range(len(column.values)), len(column.values))
        values = [column.values[numbers.index(place)] for place in range(len(numbers))]
        columns[name] = FacetColumn(tuple(values), [numbers[code] for code in column.codes])
    shuffled = evolve(world.graph, columns=columns)
    assert encode(make_plan(world.rules, shuffled, INPUTS)) == encode(
        make_plan(world.rules, world.graph, INPUTS)
    )
