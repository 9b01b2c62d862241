"""Nothing depends on the order in which rules, modules or values are given."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

import pytest
from attrs import evolve
from engine.test_evaluate import finding
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.rule_sets import World, worlds

from starlang.engine.ceilings import settle
from starlang.engine.evaluate import Evaluation, Evaluator, evaluate
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.rules.model import RuleSet

Item = TypeVar("Item")


def mixed(chance: Random, items: Sequence[Item]) -> tuple[Item, ...]:
    return tuple(chance.sample(items, len(items)))


def mixed_rules(chance: Random, rules: RuleSet) -> RuleSet:
    return evolve(
        rules,
        rules=mixed(chance, rules.rules),
        masks=mixed(chance, rules.masks),
        nevers=mixed(chance, rules.nevers),
        assigns=mixed(chance, rules.assigns),
        stars=mixed(chance, rules.stars),
    )


def mixed_columns(chance: Random, graph: ModuleGraph) -> ModuleGraph:
    """Values of each module in another order, and tuples of values numbered otherwise."""
    columns = {}
    for name in mixed(chance, tuple(graph.columns)):
        column = graph.columns[name]
        numbers = mixed(chance, range(len(column.values)))
        values = [column.values[0]] * len(numbers)
        for old, new in enumerate(numbers):
            values[new] = mixed(chance, column.values[old])
        columns[name] = FacetColumn(tuple(values), [numbers[code] for code in column.codes])
    return evolve(graph, columns=columns)


def found(evaluation: Evaluation) -> list[object]:
    """What was decided, with rules and exceptions by content."""
    said = []
    for module in range(len(evaluation)):
        one = finding(evaluation, module)
        nevers = sorted(repr(evaluation.rules.nevers[number]) for number in one.nevers)
        said.append((evolve(one, evidence=tuple(sorted(one.evidence)), nevers=()), nevers))
    settlement = settle(evaluation)
    deferred = sorted(settlement.deferred)
    # A module counts in each of its groups, which are listed as its manifest has them.
    promotions = [
        (each._replace(places=()), list(map(set, each.places))) for each in settlement.promotions
    ]
    return [said, promotions, deferred, settlement.counts, settlement.floors]


@pytest.mark.requirement("R12")
@given(worlds(), st.integers(0, 2**32))
@settings(max_examples=examples(200))
def test_order_does_not_matter(world: World, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 -- no secret
    rules, graph = mixed_rules(chance, world.rules), mixed_columns(chance, world.graph)
    assert found(evaluate(rules, graph)) == found(evaluate(world.rules, world.graph))


@given(worlds(), worlds())
@settings(max_examples=examples(60))
def test_an_evaluator_remembers_nothing_of_earlier_graphs(one: World, other: World) -> None:
    evaluator = Evaluator(one.rules)
    evaluator.evaluate(other.graph)
    assert found(evaluator.evaluate(one.graph)) == found(evaluate(one.rules, one.graph))
