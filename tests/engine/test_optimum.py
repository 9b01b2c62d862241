"""What ceilings let pass against the best choice, which an integer program finds."""

from random import Random

import numpy as np
import pytest
from attrs import evolve
from engine.naive_ceilings import Gain, Limits, gains, total
from engine.test_ceilings import at_least, at_most, rules_with
from hypothesis import assume, given, settings
from program.effort import examples
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from strategies.rule_sets import Module, World, graph_of, worlds

from starlang.engine.ceilings import settle
from starlang.engine.evaluate import evaluate
from starlang.engine.optimum import optimum
from starlang.engine.promotions import StarPart
from starlang.manifests.graph import ModuleGraph
from starlang.rules.model import Ceiling, Ceilings, OnBreach, RuleSet

pytestmark = pytest.mark.requirement("R11")


def best_choice(rules: RuleSet, graph: ModuleGraph, wanted: list[Gain]) -> int:
    """The largest total score of any choice of `wanted` within all limits, in 10^-6."""
    limits = Limits(rules, graph)
    rows: list[list[float]] = []
    most: list[int] = []
    for ceiling in rules.ceilings.limits:
        counted = [limits.groups(ceiling, gain) for gain in wanted]
        for group in sorted({group for groups in counted for group in groups}):
            rows.append([float(group in groups) for groups in counted])
            allowed = range(len(wanted) + 1)
            most.append(sum(limits.allows(ceiling, group, count) for count in allowed) - 1)
    for number, _ in enumerate(rules.ceilings.floors):
        leaving = [gain for gain in wanted if gain.leaves_default]
        rows.append([float(gain.leaves_default) for gain in wanted])
        name = (f"floor {number}", "")
        counts = range(1, len(leaving) + 1)
        most.append(sum(name not in limits.breached(leaving[:count]) for count in counts))
    found = milp(
        c=[-gain.score for gain in wanted],
        constraints=LinearConstraint(csr_array(np.array(rows)), ub=most) if rows else (),
        integrality=np.ones(len(wanted)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0},
    )
    assert found.success
    chosen = [gain for gain, taken in zip(wanted, found.x, strict=True) if taken > 0.5]
    assert limits.breached(chosen) == []
    return total(chosen)


def repository(chance: Random, size: int) -> ModuleGraph:
    """Modules of some owners in some directories, each with evidence for one star."""
    return graph_of(
        [
            Module(
                f"{chance.choice('abcd')}/{chance.choice('xyz')}/m{number}",
                owner=chance.choice((("ann",), ("bob",), ("cat",), ())),
                capability=(f"{chance.choice(('flow', 'trail'))} 0.{chance.randint(5, 9)}",),
            )
            for number in range(size)
        ]
    )


NESTED = (
    (at_most(90), at_most(30, per="star")),
    (at_most(90), at_most(25, per="owner")),
    (
        at_most(80),
        at_most(30, globs=("a", "b")),
        at_most(12, globs=("b",)),
        at_most(9, "Flow", ("b",)),
    ),
    (at_most(70), at_most(30, "Flow"), at_most(10, "Flow", per="owner")),
    (at_most(40, percent=True), at_most(30, globs=("c",), percent=True)),
)
CROSSING = (
    (at_most(30, per="star"), at_most(20, per="owner")),
    (at_most(30, "Flow"), at_most(25, globs=("a", "b")), at_most(20, per="owner")),
    (at_most(25, globs=("a",)), at_most(25, globs=("*/x/**",)), at_most(10, "Trail", per="owner")),
)


@pytest.mark.parametrize("limits", NESTED)
@pytest.mark.parametrize("seed", range(3))
def test_nested_ceilings_keep_the_best_choice_of_hundreds(
    limits: tuple[Ceiling, ...], seed: int
) -> None:
    graph = repository(Random(seed), 200)  # noqa: S311 -- no secret
    rules = rules_with(Ceilings(limits, (at_least(110),), on_breach=OnBreach.DEFER))
    wanted = gains(rules, graph)
    evaluation = evaluate(rules, graph)
    settlement = settle(evaluation)
    assert len(wanted) == 200
    assert len(settlement.deferred) >= 110
    assert sum(each.score for each in settlement.promotions) == best_choice(rules, graph, wanted)
    assert optimum(evaluation, settlement) is None, "nothing is to be said about the best"


@pytest.mark.parametrize("limits", CROSSING)
@pytest.mark.parametrize("seed", range(3))
def test_crossing_ceilings_are_told_a_bound_near_the_best_choice(
    limits: tuple[Ceiling, ...], seed: int
) -> None:
    graph = repository(Random(seed), 200)  # noqa: S311 -- no secret
    rules = rules_with(Ceilings(limits, on_breach=OnBreach.DEFER))
    evaluation = evaluate(rules, graph)
    settlement = settle(evaluation)
    found = optimum(evaluation, settlement)
    best = best_choice(rules, graph, gains(rules, graph))
    assert found is not None
    assert found.kept == sum(each.score for each in settlement.promotions)
    assert found.kept <= best <= found.bound
    assert found.bound <= 1.02 * best, "a bound that is far away says nothing"


@given(worlds())
@settings(max_examples=examples(200))
def test_the_bound_holds_for_any_ceilings(world: World) -> None:
    rules = world.rules
    assume(rules.ceilings.on_breach is OnBreach.DEFER)
    evaluation = evaluate(rules, world.graph)
    settlement = settle(evaluation)
    found = optimum(evaluation, settlement)
    wanted = gains(rules, world.graph)
    primary = [gain for gain in wanted if not gain.is_secondary and not gain.is_assigned]
    kept = sum(
        p.score for p in settlement.promotions if p.part is StarPart.PRIMARY and not p.is_assigned
    )
    assume(not any(gain.is_assigned for gain in wanted))
    best = best_choice(rules, world.graph, primary) if primary else 0
    if found is None:
        assert kept == best
    else:
        assert found.kept == kept <= best <= found.bound


def test_the_best_choice_is_missed_by_what_is_said() -> None:
    """The strongest one stands in the way of two others."""
    modules = (
        Module("a/1", capability=("flow 0.9",)),
        Module("a/2", capability=("trail 0.8",)),
        Module("b/1", capability=("flow 0.8",)),
    )
    crossing = Ceilings((at_most(1, "Flow"), at_most(1, globs=("a",))), on_breach=OnBreach.DEFER)
    evaluation = evaluate(rules_with(crossing), graph_of(modules))
    found = optimum(evaluation, settle(evaluation))
    assert found is not None
    assert (found.kept, found.bound) == (900_000, 1_600_000)


@given(worlds())
@settings(max_examples=examples(150))
def test_a_deferred_module_knows_its_rank(world: World) -> None:
    """Its number among all promotions that the ceiling would count, in the order of taking."""
    ceilings = world.rules.ceilings
    limits = tuple(evolve(each, text=f"limit {n}") for n, each in enumerate(ceilings.limits))
    floors = tuple(evolve(each, text=f"floor {n}") for n, each in enumerate(ceilings.floors))
    named = evolve(ceilings, limits=limits, floors=floors, on_breach=OnBreach.DEFER)
    rules = evolve(world.rules, ceilings=named)
    plain, wanted = Limits(rules, world.graph), gains(rules, world.graph)
    evaluation = evaluate(rules, world.graph)
    for module, held in settle(evaluation).deferred.items():
        kind, number = held.ceiling.split()
        counted = (
            [gain for gain in wanted if gain.leaves_default]
            if kind == "floor"
            else [g for g in wanted if held.group in plain.groups(limits[int(number)], g)]
        )
        path = world.graph.paths[module]
        rank = next(n for n, gain in enumerate(counted, 1) if gain.path == path)
        assert (held.rank, held.eligible) == (rank, len(counted))
