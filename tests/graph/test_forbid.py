"""What must never be on random graphs, against a plain evaluator."""

import pytest
from attrs import evolve
from engine.naive import Asked
from graph.naive import Around
from graph.test_random import Surrounded, mixed, surrounded
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.explain.forbids import ask
from starlang.rules.conditions import Condition
from starlang.rules.model import Forbid, read_by


@st.composite
def forbidding(draw: st.DrawFn) -> tuple[Surrounded, tuple[Forbid, ...]]:
    world = draw(surrounded())
    conditions: list[Condition] = [
        draw(mixed(rule.condition, ())) for rule in draw(surrounded()).rules.rules
    ]
    spared = st.lists(st.sampled_from(world.graph.paths), max_size=2, unique=True)
    forbids = tuple(
        Forbid(f"f{number}", condition, tuple(sorted(draw(spared))), "x")
        for number, condition in enumerate(conditions)
    )
    return world, forbids


def _reads_no_scores(forbid: Forbid) -> bool:
    return not read_by(forbid.condition)


@pytest.mark.requirement("R51")
@given(drawn=forbidding())
@settings(max_examples=examples(80))
def test_violations_are_those_of_a_plain_evaluator(
    drawn: tuple[Surrounded, tuple[Forbid, ...]],
) -> None:
    world, drawn_forbids = drawn
    forbids = tuple(filter(_reads_no_scores, drawn_forbids))
    rules = evolve(world.rules, forbids=forbids)
    around = Around(rules, world.graph, world.uses)

    asked = ask(rules, world.graph)

    expected = [
        (forbid.name, path)
        for forbid in forbids
        for module, path in enumerate(world.graph.paths)
        if path not in forbid.unless_paths
        and Asked(rules, world.graph, module, around).holds(forbid.condition)
    ]
    assert [each.key for each in asked.violations] == expected
