"""Rules over neighbours on random graphs, against networkx and plain loops."""

from collections.abc import Sequence
from functools import cache

import networkx as nx
import pytest
from attrs import evolve, frozen
from engine.naive import find_out
from engine.test_evaluate import finding
from graph.naive import Around, Edge
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.rule_sets import FACETS, GIVEN, GLOBS, World, any_test_over, column, worlds

from starlang.engine.evaluate import evaluate
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.linking import Imports, linked
from starlang.plan.make import Inputs, make_plan
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.model import Never, Rule, RuleSet, circle, needs
from starlang.rules.relations import Events, Neighbours, in_cycle
from starlang.rules.spelling import OVER_STEPS, RELATIONS

EVENT_NAMES = ("memory.stored@v1", "memory.lost@v2", "mem@v1", "watch.seen@v1")
EVENT_GLOBS = st.sampled_from([(), ("memory.*",), ("mem@v1", "watch.*"), ("mem*",), ("other@v1",)])
SEVERAL = st.lists(st.sampled_from(EVENT_NAMES), max_size=3, unique=True).map(tuple)


@frozen
class Surrounded:
    """A world, and the edges between its modules."""

    rules: RuleSet
    graph: ModuleGraph
    uses: list[Edge]


@st.composite
def relations(draw: st.DrawFn, readable: Sequence[str]) -> Condition:
    """A test over neighbours that reads who reaches only stars of `readable`."""
    at_most = draw(st.booleans())
    count = draw(st.integers(0 if at_most else 1, 2))
    if draw(st.integers(0, 5)) == 0:
        facet = draw(st.sampled_from(("graph:publishes", "graph:subscribes")))
        return Events(facet, count, at_most, draw(EVENT_GLOBS))
    if draw(st.integers(0, 7)) == 0:
        return in_cycle()
    facet = draw(st.sampled_from(RELATIONS))
    standing = draw(st.sampled_from(("", "currently", "reaching", "reaching")))
    stars = (*GIVEN, "Supporting") if standing == "currently" else readable
    where = draw(st.none() | st.none() | of_neighbours())
    if not stars or not standing:
        return Neighbours(f"graph:{facet}", count, at_most, globs=draw(_GLOBS), where=where)
    star = draw(st.sampled_from(stars))
    return Neighbours(f"graph:{facet}", count, at_most, standing, star, draw(_GLOBS), where)


@cache
def of_neighbours(facets: tuple[str, ...] = FACETS) -> st.SearchStrategy[Condition]:
    """What a neighbour must meet: a test or two, and no relation."""
    test = st.sampled_from(facets).flatmap(any_test_over)
    pairs = st.tuples(test, test)
    return st.one_of(test, test.map(Not), pairs.map(AllOf), pairs.map(AnyOf))


OVER = {f"graph:{relation}" for relation in OVER_STEPS}
"""Relations of which the way is shown, and not who counted."""

_GLOBS = st.sampled_from([(), (), *((glob,) for glob in GLOBS), ("labs", "mem*")])


@st.composite
def mixed(draw: st.DrawFn, before: Condition, readable: Sequence[str]) -> Condition:
    """`before` with a relation in it, in one of several ways."""
    relation = draw(relations(readable))
    if draw(st.booleans()):
        relation = Not(relation)
    shape = draw(st.sampled_from(("alone", "alone", "all", "any", "before")))
    parts = (before, relation)
    return {"alone": relation, "all": AllOf(parts), "any": AnyOf(parts), "before": before}[shape]


@st.composite
def surrounded(draw: st.DrawFn) -> Surrounded:
    """Rules of which those about a star read who reaches stars that come before it."""
    world: World = draw(worlds())
    order: list[str] = draw(st.permutations(GIVEN))
    rules = tuple(
        evolve(rule, condition=draw(mixed(rule.condition, order[: order.index(rule.star)])))
        for rule in world.rules.rules
    )
    nevers = tuple(
        evolve(never, condition=draw(mixed(never.condition, order[: _first(never.stars, order)])))
        for never in world.rules.nevers
    )
    paths = world.graph.paths
    places = st.tuples(*[st.integers(0, len(paths) - 1)] * 2)
    uses = [(paths[a], paths[b]) for a, b in draw(st.lists(places, max_size=20))]
    events = [column([draw(SEVERAL) for _ in paths]) for _ in range(2)]
    columns = dict(zip(("graph:publishes", "graph:subscribes"), events, strict=True))
    graph = evolve(world.graph, columns={**world.graph.columns, **columns})
    edges: dict[str, list[str]] = {}
    for user, used in uses:
        edges.setdefault(user, []).append(used)
    return Surrounded(
        evolve(world.rules, rules=rules, nevers=nevers),
        linked(graph, Imports("imports.json", edges)),
        uses,
    )


def _first(stars: Sequence[str], order: Sequence[str]) -> int:
    return min((order.index(star) for star in stars or order), default=0)


@pytest.mark.requirement("R15", "R06")
@given(world=surrounded(), reassess=st.booleans())
@settings(max_examples=examples(200))
def test_decisions_are_those_of_a_plain_evaluator(world: Surrounded, *, reassess: bool) -> None:
    evaluation = evaluate(world.rules, world.graph, reassess=reassess)
    around = Around(world.rules, world.graph, world.uses, reassess)

    for module in range(len(world.graph)):
        expected = find_out(world.rules, world.graph, module, reassess=reassess, near=around)
        assert finding(evaluation, module) == expected


@pytest.mark.requirement("R12", "R15")
@given(world=surrounded(), data=st.data())
@settings(max_examples=examples(60))
def test_any_order_of_rules_and_edges_gives_the_same_plan(
    world: Surrounded, data: st.DataObject
) -> None:
    rules = tuple(data.draw(st.permutations(world.rules.rules)))
    nevers = tuple(data.draw(st.permutations(world.rules.nevers)))
    edges: dict[str, list[str]] = {}
    for user, used in data.draw(st.permutations(world.uses)):
        edges.setdefault(user, []).append(used)
    other = linked(evolve(world.graph, relations=None), Imports("imports.json", edges))

    plan = make_plan(world.rules, world.graph, Inputs({}))
    again = make_plan(evolve(world.rules, rules=rules, nevers=nevers), other, Inputs({}))

    def outcomes(made: object) -> list[object]:
        assert hasattr(made, "explanations")
        return [
            (e.path, e.outcome, e.star, e.scores, sorted(row.rule for row in e.rows))
            for e in made.explanations
        ]

    assert outcomes(plan) == outcomes(again)


@pytest.mark.requirement("R13", "R15")
@given(world=surrounded())
@settings(max_examples=examples(60))
def test_an_explanation_names_the_neighbours_that_counted(world: Surrounded) -> None:
    around = Around(world.rules, world.graph, world.uses)
    rules = {rule.name: rule for rule in world.rules.rules}

    for each in make_plan(world.rules, world.graph, Inputs({})):
        for row in each.rows:
            condition = rules[row.rule].condition
            if isinstance(condition, Neighbours) and condition.facet not in OVER:
                counted = around.counted(condition, each.path)
                assert [match.value for match in row.matches] == counted[:3]
                assert sum(match.more for match in row.matches) == max(len(counted) - 3, 0)
                relation = condition.facet.removeprefix("graph:")
                assert {match.facet for match in row.matches} <= {relation}


@given(
    edges=st.lists(st.tuples(*[st.sampled_from(("A", "B", "C", "D", "E"))] * 2), max_size=8),
)
def test_a_circle_is_found_where_there_is_one(edges: list[tuple[str, str]]) -> None:
    needed = {a: frozenset(b for c, b in edges if c == a) for a, _ in edges}

    found = circle(needed)

    assert (found == ()) == nx.is_directed_acyclic_graph(nx.DiGraph(edges))
    pairs = set(edges)
    assert all(pair in pairs for pair in zip(found, (*found[1:], *found[:1]), strict=True))


def test_needs_are_those_of_rules_and_exceptions() -> None:
    reads = Neighbours("graph:uses", standing="reaching", star="B")
    rule = Rule("r", "A", -1, 1, ("graph",), Not(reads))

    assert needs([rule], [], ("A", "B", "C")) == {"A": {"B"}}
    assert needs([], [Never((), reads)], ("A", "B", "C")) == {star: {"B"} for star in "ABC"}
