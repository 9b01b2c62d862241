"""Modules that are decided in parts, each without the others, against all of them at once."""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add

import pytest
from attrs import evolve
from engine.test_evaluate import finding
from graph.test_facts import factual
from graph.test_random import Surrounded
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.engine.ceilings import settle, settle_promotions
from starlang.engine.evaluate import Evaluation, Evaluator, evaluate
from starlang.engine.neighbours import Answers, Chosen, Flags, Neighbourhood, Question
from starlang.engine.promotions import Promotion, Sizes, gains, taking_order
from starlang.manifests.graph import FacetColumn, ModuleGraph, without_edges
from starlang.rules.relations import Neighbours


def part_of(graph: ModuleGraph, modules: Sequence[int]) -> ModuleGraph:
    """Some modules of `graph`, with nothing around them."""
    return evolve(
        graph,
        paths=tuple(graph.paths[module] for module in modules),
        names=tuple(graph.names[module] for module in modules),
        stars=tuple(graph.stars[module] for module in modules),
        columns={
            name: FacetColumn(column.values, [column.codes[module] for module in modules])
            for name, column in graph.columns.items()
        },
        relations=None,
    )


class Whole(Chosen):
    """Which of all modules count, put together from what each part says of its own."""

    def __init__(self, parts: Sequence[Sequence[int]], asked: Sequence[Question]) -> None:
        self._parts, self._asked = parts, asked

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def flags(self, test: Neighbours) -> Flags | None:
        found = bytearray(len(self))
        for modules, question in zip(self._parts, self._asked, strict=True):
            own = question.chosen.flags(test)
            for place, module in enumerate(modules):
                found[module] = 1 if own is None else own[place]
        return bytes(found)


def decided_apart(
    world: Surrounded, parts: Sequence[Sequence[int]], *, reassess: bool
) -> list[Evaluation]:
    """The evaluation of each part; only the answers come from outside."""
    graph = world.graph
    relations = graph.relations or without_edges(graph.paths)
    steps = [
        Evaluator(world.rules).steps(part_of(graph, modules), reassess=reassess)
        for modules in parts
    ]
    answers: list[Answers | None] = [None] * len(parts)
    while True:
        asked: list[Question] = []
        ended: list[Evaluation] = []
        for step, answer in zip(steps, answers, strict=True):
            try:
                asked.append(next(step) if answer is None else step.send(answer))
            except StopIteration as end:
                ended.append(end.value)
        if ended:
            assert not asked  # of every part the same is asked
            return ended
        assert len({question.tests for question in asked}) == 1
        near = Neighbourhood(relations, Whole(parts, asked))
        met = [near.meeting(test) for test in asked[0].tests]
        answers = [
            [bytes(flags[module] for module in modules) for flags in met] for modules in parts
        ]


def renumbered(evaluation: Evaluation, modules: Sequence[int]) -> Iterator[Promotion]:
    for each in gains(evaluation):
        yield each._replace(module=modules[each.module])


@pytest.mark.requirement("R35", "R12")
@given(world=factual(), data=st.data(), reassess=st.booleans())
@settings(max_examples=examples(300))
def test_parts_are_decided_and_settled_as_the_whole_is(
    world: Surrounded, data: st.DataObject, *, reassess: bool
) -> None:
    """An empty part is asked the same, too, so it tells what will be asked."""
    count = len(world.graph)
    belongs = data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    parts = [[module for module in range(count) if belongs[module] == part] for part in range(3)]

    whole = evaluate(world.rules, world.graph, reassess=reassess)
    apart = decided_apart(world, parts, reassess=reassess)

    for modules, evaluation in zip(parts, apart, strict=True):
        for place, module in enumerate(modules):
            assert finding(evaluation, place) == finding(whole, module)
    wanted = sorted(
        (each for own, part in zip(apart, parts, strict=True) for each in renumbered(own, part)),
        key=lambda each: taking_order(each, each.module),
    )
    sizes = reduce(add, map(Sizes.of, apart))
    if not reassess:
        expected, settled = settle(whole), settle_promotions(world.rules.ceilings, sizes, wanted)
        assert settled.promotions == expected.promotions
        assert settled.deferred == expected.deferred
        assert settled.dropped == expected.dropped
        assert settled.standings == expected.standings
        assert (settled.counts, settled.floors) == (expected.counts, expected.floors)
