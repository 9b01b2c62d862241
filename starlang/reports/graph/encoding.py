"""`starlang-graph/1`: the picture of a graph as canonical JSON, a module or edge a line."""

from collections.abc import Iterator, Sequence

from starlang.explain.encoding import Json, line
from starlang.reports.graph.picture import EVENTS, Edge, Node, Picture

FORMAT = "starlang-graph/1"


def pieces(picture: Picture) -> Iterator[str]:
    """The JSON text, piece by piece."""
    yield f'{{\n"format": "{FORMAT}",\n'
    yield f'"focus": {line(list(picture.focus))},\n'
    yield f'"depth": {picture.depth},\n'
    yield f'"relations": {line(list(picture.relations))},\n'
    yield from _listed("modules", [_node(each) for each in picture.nodes])
    yield f',\n"events": {line(list(picture.events))},\n'
    yield from _listed("edges", [edge_json(each) for each in picture.edges])
    yield "\n}\n"


def _listed(key: str, values: Sequence[Json]) -> Iterator[str]:
    yield f'"{key}": ['
    for number, value in enumerate(values):
        yield ",\n" if number else "\n"
        yield line(value)
    yield "\n]" if values else "]"


def _node(node: Node) -> dict[str, Json]:
    return {
        "path": node.path,
        "name": node.name,
        "before": node.before,
        "after": node.after,
        "outcome": node.outcome.value,
        "distance": node.distance,
    }


def edge_json(edge: Edge) -> dict[str, Json]:
    """An edge; `event` instead of `to` where it leads to an event."""
    end = "event" if edge.relation in EVENTS else "to"
    return {"from": edge.source, end: edge.target, "relation": edge.relation.value}
