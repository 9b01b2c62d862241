"""Relations over several steps on random graphs, against networkx and plain loops."""

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.engine.reach import LONGEST, Components, Nearest
from starlang.manifests.graph import Adjacency, adjacency

Edges = list[set[int]]

MOST = 9


@st.composite
def graphs(draw: st.DrawFn) -> Edges:
    size = draw(st.integers(1, MOST))
    ends = st.integers(0, size - 1)
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=3 * size))
    return [{b for a, b in pairs if a == each and b != a} for each in range(size)]


def as_networkx(edges: Edges) -> "nx.DiGraph[int]":
    made = nx.DiGraph([(a, b) for a, used in enumerate(edges) for b in used])
    made.add_nodes_from(range(len(edges)))
    return made


def both(edges: Edges) -> tuple[Adjacency, Adjacency]:
    there = adjacency(edges)
    return there, there.turned()


def expected_way(graph: "nx.DiGraph[int]", module: int, ends: set[int]) -> tuple[int, ...]:
    """The first by the order of modules among all shortest ways to one of `ends`."""
    reached = nx.single_source_shortest_path_length(graph, module)
    wanted = {end for end in ends if end != module and end in reached}
    least = min((reached[end] for end in wanted), default=0)
    ways = [
        tuple(way[1:])
        for end in wanted
        if reached[end] == least
        for way in nx.all_shortest_paths(graph, module, end)
    ]
    return min(ways, default=())


@pytest.mark.requirement("R51")
@given(edges=graphs(), data=st.data())
@settings(max_examples=examples(150))
def test_a_way_is_the_first_of_the_shortest(edges: Edges, data: st.DataObject) -> None:
    ends = data.draw(st.sets(st.integers(0, len(edges) - 1)))
    graph = as_networkx(edges)

    nearest = Nearest(*both(edges), [module in ends for module in range(len(edges))])

    for module in range(len(edges)):
        expected = expected_way(graph, module, ends)
        assert nearest.way(module) == expected
        assert nearest.reaches(module) == bool(expected)


@pytest.mark.requirement("R51")
@given(edges=graphs(), data=st.data())
@settings(max_examples=examples(150))
def test_cycles_and_counts_are_those_of_plain_loops(edges: Edges, data: st.DataObject) -> None:
    marked = data.draw(st.sets(st.integers(0, len(edges) - 1)))
    graph, (there, back) = as_networkx(edges), both(edges)

    components = Components(there)

    found = components.counts([module in marked for module in range(len(edges))])
    for module in range(len(edges)):
        assert found[module] == len(nx.descendants(graph, module) & marked)
        cycles = [(*expected_way(graph, used, {module}), module) for used in graph[module]]
        ways = [(used, *way[:-1]) for used, way in zip(graph[module], cycles, strict=True)]
        around = [way for way in ways if way[-1] == module]
        expected = min(around, key=lambda way: (len(way), way), default=())
        assert components.cycle(module, back) == expected
        assert components.in_cycle(module) == bool(expected)


def test_a_ring_and_a_chain_too_long_to_be_shown_take_no_square_of_time() -> None:
    size = 60_000
    ring = [{(module + 1) % size} for module in range(size)]
    there, back = both(ring)

    components = Components(there)
    nearest = Nearest(there, back, [module == size - 1 for module in range(size)])

    assert [components.size(module) for module in (0, size - 1)] == [size, size]
    assert components.cycle(7, back) == (7,)
    assert nearest.way(0) == (size - 1,)
    near = nearest.way(size - 1 - LONGEST)
    assert near == tuple(range(size - LONGEST, size))
    assert all(b in ring[a] for a, b in pairwise(near))


def test_many_marked_modules_are_counted_in_several_rounds() -> None:
    size = 10_000
    chain = [{module + 1} if module + 1 < size else set() for module in range(size)]

    counts = Components(adjacency(chain)).counts([1] * size)

    assert counts == list(range(size - 1, -1, -1))
