"""Ceilings against plain counting, and deferral against every possible choice."""

from fractions import Fraction
from itertools import combinations

import pytest
from attrs import evolve
from engine.naive_ceilings import Gain, Limits, gains, total
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.rule_sets import (
    COUNTS,
    SHARES,
    STARS,
    Module,
    World,
    graph_of,
    worlds,
)

from starlang.engine.ceilings import settle
from starlang.engine.decisions import Outcome
from starlang.engine.evaluate import Evaluation, evaluate
from starlang.engine.promotions import Promotion, StarPart
from starlang.manifests.graph import ModuleGraph
from starlang.rules.model import (
    Amount,
    Assign,
    Ceiling,
    Ceilings,
    Confidence,
    Floor,
    OnBreach,
    Rule,
    RuleSet,
)
from starlang.rules.predicates import OneOf

pytestmark = pytest.mark.requirement("R11")


def gain(evaluation: Evaluation, promotion: Promotion) -> Gain:
    return Gain(
        evaluation.graph.paths[promotion.module],
        promotion.star,
        promotion.score,
        promotion.lead,
        promotion.is_assigned,
        promotion.part is StarPart.SECONDARY,
        promotion.leaves_default,
    )


def rules_with(ceilings: Ceilings, *assigns: Assign) -> RuleSet:
    """Rules that promote a module with the capability `flow 0.7` to Flow at 0.70, and so on."""
    rules = tuple(
        Rule(f"{star}-{tenths}", star, 1, tenths * 100_000, ("capability",), condition)
        for star in ("Flow", "Trail")
        for tenths in range(5, 11)
        for condition in [OneOf("capability", (f"{star.lower()} 0.{tenths}",))]
    )
    confidence = Confidence(suggest=500_000, promote=500_000)
    return RuleSet(
        "test",
        "1",
        STARS,
        (),
        rules,
        confidence=confidence,
        assigns=assigns,
        ceilings=ceilings,
    )


def at_most(
    count: int, star: str = "", globs: tuple[str, ...] = (), per: str = "", *, percent: bool = False
) -> Ceiling:
    text = f"at most {count} {star} {globs} {per}"
    return Ceiling(Amount(Fraction(count), percent), star, globs, per, text, "rules.star:1:1")


def at_least(count: int, *, percent: bool = False) -> Floor:
    return Floor(Amount(Fraction(count), percent), f"at least {count}", "rules.star:2:1")


FIVE = (
    Module("a/1", capability=("flow 0.5",), owner=("ann",)),
    Module("a/2", capability=("flow 0.9",), owner=("bob",)),
    Module("b/1", capability=("trail 0.8",), owner=("ann",)),
    Module("b/2", capability=("trail 0.8",)),
    Module("b/3", capability=("trail 0.6",)),
)


@pytest.mark.parametrize(
    ("ceiling", "deferred"),
    [
        (at_most(5), []),
        (at_most(2), ["a/1", "b/2", "b/3"]),
        (at_most(0), ["a/1", "a/2", "b/1", "b/2", "b/3"]),
        (at_most(1, "Trail"), ["b/2", "b/3"]),
        (at_most(1, per="star"), ["a/1", "b/2", "b/3"]),
        (at_most(1, globs=("b",)), ["b/2", "b/3"]),
        (at_most(1, globs=("b/?",)), ["b/2", "b/3"]),
        (at_most(1, per="owner"), ["a/1", "b/3"]),  # without an owner is a group as well
        (at_most(1, "Trail", ("b",), "owner"), ["b/3"]),
        (at_most(40, percent=True), ["a/1", "b/2", "b/3"]),
        (at_most(39, percent=True), ["a/1", "b/1", "b/2", "b/3"]),
        (at_most(50, globs=("a",), percent=True), ["a/1"]),
        (at_most(50, per="owner", percent=True), ["a/1", "a/2", "b/3"]),
        (at_most(20, per="star", percent=True), ["a/1", "b/2", "b/3"]),
    ],
    ids=lambda value: value.text if isinstance(value, Ceiling) else None,
)
def test_a_ceiling_holds_the_weakest_back(ceiling: Ceiling, deferred: list[str]) -> None:
    rules = rules_with(Ceilings((ceiling,), on_breach=OnBreach.DEFER))
    evaluation = evaluate(rules, graph_of(FIVE))
    settlement = settle(evaluation)
    assert sorted(evaluation.graph.paths[each] for each in settlement.deferred) == deferred
    assert settlement.holds


def test_a_deferred_module_names_the_ceiling_and_the_last_one_that_fitted() -> None:
    rules = rules_with(Ceilings((at_most(2, "Trail"),), on_breach=OnBreach.DEFER))
    evaluation = evaluate(rules, graph_of(FIVE))
    [(module, held)] = settle(evaluation).deferred.items()
    assert evaluation.graph.paths[module] == "b/3"
    assert (held.ceiling, held.at) == (rules.ceilings.limits[0].text, "rules.star:1:1")
    assert held.last is not None
    assert evaluation.graph.paths[held.last.module] == "b/2"


def test_equal_scores_are_taken_by_lead_then_by_path() -> None:
    modules = (
        Module("a", capability=("flow 0.9", "trail 0.8")),
        Module("b", capability=("flow 0.9",)),
        Module("c", capability=("flow 0.9",)),
    )
    rules = rules_with(Ceilings((at_most(2),), on_breach=OnBreach.DEFER))
    evaluation = evaluate(rules, graph_of(modules))
    assert [evaluation.graph.paths[each] for each in settle(evaluation).deferred] == ["a"]


def test_secondary_stars_count_after_all_primary_ones() -> None:
    modules = (
        Module("a", capability=("flow 0.9", "trail 0.8")),
        Module("b", capability=("flow 0.5",)),
    )
    rules = rules_with(Ceilings((at_most(2),), (), 2, OnBreach.DEFER))
    settlement = settle(evaluate(rules, graph_of(modules)))
    assert not settlement.deferred
    assert list(settlement.dropped) == [(0, "Trail")]
    assert [each.star for each in settlement.promotions] == ["Flow", "Flow"]


def test_a_deferred_module_gains_no_secondary_star() -> None:
    modules = (Module("a", capability=("flow 0.9", "trail 0.8")),)
    rules = rules_with(Ceilings((at_most(0, "Flow"),), (), 2, OnBreach.DEFER))
    settlement = settle(evaluate(rules, graph_of(modules)))
    assert list(settlement.deferred) == [0]
    assert settlement.promotions == ()


@pytest.mark.parametrize("mode", OnBreach)
def test_assignments_come_first_and_block_in_both_modes(mode: OnBreach) -> None:
    ceilings = Ceilings((at_most(1),), on_breach=mode)
    rules = rules_with(ceilings, Assign("b/2", "Watch"), Assign("b/3", "Flow"))
    evaluation = evaluate(rules, graph_of(FIVE))
    settlement = settle(evaluation)
    [count] = settlement.counts
    assert not settlement.holds
    beyond = [evaluation.graph.paths[each.module] for each in count.beyond]
    # b/2 has no evidence for Watch, b/3 none for Flow: the path decides.
    deferred = ["a/2", "b/1", "a/1"]
    assert beyond == (["b/3"] if mode is OnBreach.DEFER else ["b/3", *deferred])
    held = [evaluation.graph.paths[each] for each in settlement.deferred]
    assert held == (deferred if mode is OnBreach.DEFER else [])


def test_an_assignment_to_the_star_that_is_there_is_not_counted() -> None:
    modules = (Module("a", stars=("🌊 Flow",)), Module("b", stars=("Flow",)))
    rules = rules_with(Ceilings((at_most(0),)), Assign("a", "Flow"), Assign("b", "Supporting"))
    settlement = settle(evaluate(rules, graph_of(modules)))
    assert settlement.holds
    assert settlement.promotions == ()


@pytest.mark.parametrize(
    ("floor", "mode", "kept", "holds"),
    [
        (at_least(3), OnBreach.DEFER, 2, True),
        (at_least(3), OnBreach.ABORT, 5, False),
        (at_least(60, percent=True), OnBreach.DEFER, 2, True),
        (at_least(61, percent=True), OnBreach.DEFER, 1, True),
        (at_least(0), OnBreach.ABORT, 5, True),
        (at_least(6), OnBreach.DEFER, 0, True),  # missed before: every promotion is worse
        (at_least(6), OnBreach.ABORT, 5, False),
    ],
)
def test_a_floor(floor: Floor, mode: OnBreach, kept: int, *, holds: bool) -> None:
    rules = rules_with(Ceilings((), (floor,), on_breach=mode))
    settlement = settle(evaluate(rules, graph_of(FIVE)))
    assert (len(settlement.promotions), settlement.holds) == (kept, holds)


def test_a_floor_that_is_missed_without_promotions_is_no_breach() -> None:
    modules = (Module("a", stars=("Flow",)), Module("b"))
    settlement = settle(evaluate(rules_with(Ceilings((), (at_least(2),))), graph_of(modules)))
    [floor] = settlement.floors
    assert floor.missed_before
    assert floor.holds


def test_an_assignment_to_the_default_makes_room_above_the_floor() -> None:
    modules = (Module("a", stars=("Flow",)), Module("b", capability=("flow 0.9",)))
    rules = rules_with(Ceilings((), (at_least(1),)), Assign("a", "Supporting"))
    assert settle(evaluate(rules, graph_of(modules))).holds
    without = evolve(rules, assigns=())
    assert not settle(evaluate(without, graph_of(modules))).holds


def test_reassessing_asks_no_ceiling() -> None:
    rules = rules_with(Ceilings((at_most(0),), on_breach=OnBreach.DEFER))
    settlement = settle(evaluate(rules, graph_of(FIVE), reassess=True))
    assert not settlement.deferred
    assert settlement.counts == ()


@given(worlds())
@settings(max_examples=examples(150))
def test_promotions_without_ceilings_are_those_of_the_plain_count(world: World) -> None:
    rules = evolve(world.rules, ceilings=Ceilings(stars_per_module=3))
    evaluation = evaluate(rules, world.graph)
    found = [gain(evaluation, each) for each in settle(evaluation).promotions]
    assert found == gains(rules, world.graph)


@given(worlds())
@settings(max_examples=examples(150))
def test_abort_lists_exactly_the_promotions_beyond_each_limit(world: World) -> None:
    ceilings = evolve(world.rules.ceilings, on_breach=OnBreach.ABORT)
    rules = evolve(world.rules, ceilings=ceilings)
    limits, wanted = Limits(rules, world.graph), gains(rules, world.graph)
    evaluation = evaluate(rules, world.graph)
    settlement = settle(evaluation)
    assert [gain(evaluation, each) for each in settlement.promotions] == wanted
    assert settlement.holds is not bool(limits.breached(wanted))
    for count in settlement.counts:
        counted = [g for g in wanted if count.group in limits.groups(count.ceiling, g)]
        beyond = [
            each
            for place, each in enumerate(counted, 1)
            if not limits.allows(count.ceiling, count.group, place)
        ]
        assert [gain(evaluation, each) for each in count.beyond] == beyond
        assert count.count == len(counted)


@given(worlds())
@settings(max_examples=examples(300))
def test_deferral_keeps_a_maximal_set_within_all_limits(world: World) -> None:
    ceilings = evolve(world.rules.ceilings, on_breach=OnBreach.DEFER)
    rules = evolve(world.rules, ceilings=ceilings)
    limits, wanted = Limits(rules, world.graph), gains(rules, world.graph)
    evaluation = evaluate(rules, world.graph)
    settlement = settle(evaluation)
    kept = [gain(evaluation, each) for each in settlement.promotions]
    assigned = [each for each in wanted if each.is_assigned]
    assert kept[: len(assigned)] == assigned
    if limits.breached(assigned):
        assert not settlement.holds
    else:
        assert limits.breached(kept) == []
        assert settlement.holds
    deferred = {evaluation.graph.paths[module] for module in settlement.deferred}
    for each in wanted:
        if each not in kept and not (each.is_secondary and each.path in deferred):
            # Whatever was breached before, this one adds to a limit that is full.
            assert len(limits.breached([*kept, each])) > 0
            assert set(limits.breached([*kept, each])) >= set(limits.breached(kept))


def nested() -> st.SearchStrategy[tuple[Ceiling, ...]]:
    """Ceilings of which any two are nested or disjoint."""
    families: tuple[list[tuple[str, tuple[str, ...], str]], ...] = (
        [("", (), ""), ("", (), "star")],
        [("", (), ""), ("Flow", (), ""), ("Trail", (), "")],
        [("", (), ""), ("", (), "owner")],
        [("", ("b",), ""), ("", ("b/1",), ""), ("", ("a",), "")],
        [("", (), ""), ("", ("a", "b"), ""), ("", ("b",), ""), ("Flow", ("b",), "")],
    )
    amounts = st.one_of(COUNTS, SHARES)

    def with_amounts(
        family: list[tuple[str, tuple[str, ...], str]],
    ) -> st.SearchStrategy[tuple[Ceiling, ...]]:
        return st.tuples(*(st.builds(Ceiling, amounts, *map(st.just, scope)) for scope in family))

    return st.sampled_from(families).flatmap(with_amounts)


@st.composite
def small_worlds(draw: st.DrawFn) -> tuple[RuleSet, ModuleGraph]:
    """Up to eight modules with evidence for a star each, under nested ceilings."""
    paths = ("a/1", "a/2", "b/1", "b/1/x", "b/1/y", "b/2", "c", "d")
    capabilities = st.builds(
        "{} 0.{}".format, st.sampled_from(("flow", "trail")), st.integers(5, 9)
    )
    module = st.builds(
        Module,
        st.just(""),
        owner=st.sampled_from((("ann",), ("bob",), ())),
        capability=capabilities.map(lambda c: (c,)),
    )
    found = draw(st.lists(module, min_size=1, max_size=8))
    graph = graph_of([evolve(each, path=path) for each, path in zip(found, paths, strict=False)])
    floors = draw(st.lists(st.builds(Floor, st.one_of(COUNTS, SHARES)), max_size=1))
    ceilings = Ceilings(draw(nested()), tuple(floors), on_breach=OnBreach.DEFER)
    return rules_with(ceilings), graph


@given(small_worlds())
@settings(max_examples=examples(150))
def test_under_nested_ceilings_no_choice_has_a_larger_total_score(
    small: tuple[RuleSet, ModuleGraph],
) -> None:
    rules, graph = small
    wanted, limits = gains(rules, graph), Limits(rules, graph)
    assume(wanted)
    best = max(
        total(chosen)
        for size in range(len(wanted) + 1)
        for chosen in combinations(wanted, size)
        if not limits.breached(chosen)
    )
    evaluation = evaluate(rules, graph)
    kept = [gain(evaluation, each) for each in settle(evaluation).promotions]
    assert limits.breached(kept) == []
    assert total(kept) == best


def test_crossing_ceilings_may_cost_score_but_are_decided_the_same_way() -> None:
    """The known limit of taking the strongest first: it is deterministic, not optimal."""
    modules = (
        Module("a/1", capability=("flow 0.9",)),
        Module("a/2", capability=("trail 0.8",)),
        Module("b/1", capability=("flow 0.8",)),
    )
    crossing = Ceilings((at_most(1, "Flow"), at_most(1, globs=("a",))), on_breach=OnBreach.DEFER)
    evaluation = evaluate(rules_with(crossing), graph_of(modules))
    assert [evaluation.graph.paths[p.module] for p in settle(evaluation).promotions] == ["a/1"]
    assert evaluation.decision(1).outcome is Outcome.PROMOTED
