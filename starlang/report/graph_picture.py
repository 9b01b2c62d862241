"""What is to be shown of a graph: some modules, what joins them, and the star of each.

A picture is written here for programs, as JSON and as DOT; `starlang.report.graph` shows it
to people.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from attrs import field, frozen

from starlang.engine.decisions import Outcome
from starlang.explain.encoding import line
from starlang.explain.explain import MatchFinder
from starlang.explain.model import Explanation, sources_of
from starlang.explain.words import match_text
from starlang.manifests.graph import ModuleGraph, Relations, without_edges
from starlang.plan.model import Plan
from starlang.printable import dot_string
from starlang.rules.model import RuleSet
from starlang.rules.spelling import GRAPH_PREFIX
from starlang.text import Json

# Which colour each star has in a picture: the same in every picture by the same canon.

_COLOURS = (
    ("#2f6fb3", "#ffffff"),
    ("#d95f02", "#000000"),
    ("#1b8a5a", "#ffffff"),
    ("#7b4fa3", "#ffffff"),
    ("#e6b800", "#000000"),
    ("#c2367d", "#ffffff"),
    ("#4fb3bf", "#000000"),
    ("#8a5a2b", "#ffffff"),
    ("#7fae2e", "#000000"),
    ("#b3332f", "#ffffff"),
    ("#5a6fd6", "#ffffff"),
    ("#f2a7c3", "#000000"),
)
"""Fill and text, in the order of the canon; with more stars they come again."""

DEFAULT = ("#d7dde5", "#000000")
UNKNOWN = ("#ffffff", "#000000")
"""Of the default star, and of labels that the canon does not have."""


@frozen
class Palette:
    """Star id -> (fill, text), both `#rrggbb`, in the order of the canon."""

    colours: Mapping[str, tuple[str, str]] = field(repr=False)

    def of(self, star: str) -> tuple[str, str]:
        """The colours of a star, or of a label outside the canon."""
        return self.colours.get(star, UNKNOWN)


def palette(rules: RuleSet) -> Palette:
    """The colours of the stars of `rules`."""
    found = {rules.default.id: DEFAULT}
    others = (star.id for star in rules.stars if not star.is_default)
    for number, star in enumerate(others):
        found[star] = _COLOURS[number % len(_COLOURS)]
    return Palette(found)


class Relation(StrEnum):
    """What joins two modules, or a module and an event."""

    USES = "uses"
    CONTAINS = "contains"
    PUBLISHES = "publishes"
    SUBSCRIBES = "subscribes"


EVENTS = frozenset({Relation.PUBLISHES, Relation.SUBSCRIBES})
"""Relations between a module and an event."""


@frozen
class Node:
    """A module. `before` and `after` are the stars that it carries before and after the plan.

    A star is its id, or the label where the canon has none. `distance` is how many steps it
    is away from the modules in focus, 0 for those and where there are none. `derived` are the
    values that derivations give it.
    """

    path: str
    name: str
    before: str
    after: str
    outcome: Outcome
    distance: int = 0
    derived: tuple["DerivedValue", ...] = ()


@frozen
class DerivedValue:
    """A derived value of a module: `words` say it with its derivations and why these hold.

    `sources` are what it counts as. `is_own` tells that the manifest has it as well.
    """

    facet: str
    value: str
    is_own: bool
    derivations: tuple[str, ...]
    sources: tuple[str, ...]
    words: str


@frozen(order=True)
class Edge:
    """`source` has `relation` to `target`, which is a module, or an event for `EVENTS`."""

    source: str
    target: str
    relation: Relation


@frozen
class Picture:
    """Modules sorted by path, events, and the edges between those, sorted.

    `focus`: the modules around which it is drawn, () for the whole graph. `depth`: how many
    steps it goes from there.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    events: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    depth: int = 0
    relations: tuple[Relation, ...] = tuple(Relation)


@frozen
class Choice:
    """What to show: `focus` are paths of modules, () for the whole graph.

    `keeps` says which modules, None: all. Those in focus are always kept.
    """

    focus: tuple[str, ...] = ()
    depth: int = 1
    relations: frozenset[Relation] = frozenset(Relation)
    keeps: Callable[[Explanation], bool] | None = None


def draw(graph: ModuleGraph, plan: Plan, choice: Choice) -> Picture:
    """The part of `graph` that `choice` asks for, with the stars of `plan`, which is over it."""
    drawing = _Drawing(graph, choice.relations)
    kept = _kept(plan, choice.keeps)
    focus = sorted(graph.index[path] for path in choice.focus)
    if focus:
        distances = drawing.around(focus, choice.depth, kept)
    else:
        distances = dict.fromkeys(range(len(graph)) if kept is None else sorted(kept), 0)
    inner = distances if not focus else [n for n, far in distances.items() if far < choice.depth]
    events = drawing.events_of(inner)
    derived = _deriver(plan)
    return Picture(
        nodes=tuple(
            _node(graph, plan, module, distances[module], derived) for module in sorted(distances)
        ),
        edges=tuple(sorted(drawing.edges(distances, events))),
        events=tuple(sorted(events)),
        focus=tuple(graph.paths[module] for module in focus),
        depth=choice.depth if focus else 0,
        relations=tuple(each for each in Relation if each in choice.relations),
    )


def _kept(plan: Plan, keeps: Callable[[Explanation], bool] | None) -> set[int] | None:
    if keeps is None:
        return None
    return {number for number, each in enumerate(plan) if keeps(each)}


_Deriver = Callable[[str], tuple[DerivedValue, ...]]
"""The derived values of the module at a path."""


def _deriver(plan: Plan) -> _Deriver:
    """Nothing is looked for where nothing is derived."""
    grounds = next((each.grounds for each in plan), None)
    if grounds is None or not grounds.evaluation.derived:
        return lambda _: ()
    finder, index = MatchFinder(grounds.evaluation), grounds.evaluation.graph.index

    def of(path: str) -> tuple[DerivedValue, ...]:
        return tuple(
            DerivedValue(
                each.facet,
                each.value,
                any(origin.is_own for origin in each.origins),
                tuple(dict.fromkeys(origin.derivation for origin in each.origins)),
                tuple(sorted(set(sources_of(grounds.sources, [each])))),
                match_text(each),
            )
            for each in finder.derived(index[path])
        )

    return of


def _node(graph: ModuleGraph, plan: Plan, module: int, distance: int, derived: _Deriver) -> Node:
    path = graph.paths[module]
    each = plan[path]
    after = each.current if each.star is None else each.star
    name = graph.names[module]
    return Node(path, name, each.current, after, each.outcome, distance, derived(path))


@frozen(slots=False)
class _Drawing:
    """Finds what joins modules by the chosen relations."""

    graph: ModuleGraph
    relations: frozenset[Relation]
    _joined: Relations = field(init=False)
    _users: dict[str, list[int]] = field(init=False, factory=dict)
    """Event -> modules that publish it or subscribe to it."""

    @_joined.default
    def _relations(self) -> Relations:
        return self.graph.relations or without_edges(self.graph.paths)

    def __attrs_post_init__(self) -> None:
        for module in range(len(self.graph)):
            for event in dict.fromkeys(event for _, event in self._events(module)):
                self._users.setdefault(event, []).append(module)

    def around(self, focus: Sequence[int], depth: int, kept: set[int] | None) -> dict[int, int]:
        """Module -> distance, of all modules within `depth` steps of `focus`."""
        distances = dict.fromkeys(focus, 0)
        edge = list(focus)
        for distance in range(1, depth + 1):
            met = (other for module in edge for other in self._neighbours(module))
            edge = [each for each in dict.fromkeys(met) if each not in distances]
            edge = [each for each in edge if kept is None or each in kept]
            distances.update(dict.fromkeys(edge, distance))
        return distances

    def _neighbours(self, module: int) -> Iterator[int]:
        if Relation.USES in self.relations:
            yield from self._joined.uses.of(module)
            yield from self._joined.used_by.of(module)
        if Relation.CONTAINS in self.relations:
            yield from self._joined.inside.of(module)
            yield from self._joined.contains.of(module)
        for _, event in self._events(module):
            yield from self._users[event]

    def _events(self, module: int) -> Iterator[tuple[Relation, str]]:
        for relation in (Relation.PUBLISHES, Relation.SUBSCRIBES):
            column = self.graph.columns.get(GRAPH_PREFIX + relation)
            if column is not None and relation in self.relations:
                yield from ((relation, str(event)) for event in column.of(module))

    def events_of(self, modules: Iterable[int]) -> set[str]:
        """The events that `modules` publish or subscribe to."""
        return {event for module in modules for _, event in self._events(module)}

    def edges(self, modules: dict[int, int], events: set[str]) -> Iterator[Edge]:
        """All edges with both ends in `modules` and `events`."""
        paths = self.graph.paths
        joined = {Relation.USES: self._joined.uses, Relation.CONTAINS: self._joined.contains}
        for module in modules:
            for relation, adjacency in joined.items():
                if relation in self.relations:
                    for other in adjacency.of(module):
                        if other in modules:
                            yield Edge(paths[module], paths[other], relation)
            for relation, event in self._events(module):
                if event in events:
                    yield Edge(paths[module], event, relation)


# `starlang-graph/1`: the picture of a graph as canonical JSON, a module or edge a line.

FORMAT = "starlang-graph/1"


def json_pieces(picture: Picture) -> Iterator[str]:
    """The JSON text, piece by piece."""
    yield f'{{\n"format": "{FORMAT}",\n'
    yield f'"focus": {line(list(picture.focus))},\n'
    yield f'"depth": {picture.depth},\n'
    yield f'"relations": {line(list(picture.relations))},\n'
    yield from _listed("modules", [_node_json(each) for each in picture.nodes])
    yield f',\n"events": {line(list(picture.events))},\n'
    yield from _listed("edges", [edge_json(each) for each in picture.edges])
    yield "\n}\n"


def _listed(key: str, values: Sequence[Json]) -> Iterator[str]:
    yield f'"{key}": ['
    for number, value in enumerate(values):
        yield ",\n" if number else "\n"
        yield line(value)
    yield "\n]" if values else "]"


def _node_json(node: Node) -> dict[str, Json]:
    return {
        "path": node.path,
        "name": node.name,
        "before": node.before,
        "after": node.after,
        "outcome": node.outcome.value,
        "distance": node.distance,
        **({"derived": list(map(_derived_json, node.derived))} if node.derived else {}),
    }


def _derived_json(each: DerivedValue) -> dict[str, Json]:
    return {
        "facet": each.facet,
        "value": each.value,
        "own": each.is_own,
        "derivations": list(each.derivations),
        "sources": list(each.sources),
    }


def edge_json(edge: Edge) -> dict[str, Json]:
    """An edge; `event` instead of `to` where it leads to an event."""
    end = "event" if edge.relation in EVENTS else "to"
    return {"from": edge.source, end: edge.target, "relation": edge.relation.value}


# A picture in DOT, the language of Graphviz: `starlang graph --format dot | dot -Tsvg`.

_STYLES = {
    Relation.USES: "",
    Relation.CONTAINS: ' [style=dashed arrowhead=none color="#9aa5b1"]',
    Relation.PUBLISHES: ' [color="#a06400"]',
    Relation.SUBSCRIBES: ' [color="#a06400" style=dotted]',
}


def dot_pieces(picture: Picture, palette: Palette, *, after: bool) -> Iterator[str]:
    """The DOT text, piece by piece; modules have the colour of their star after or before."""
    yield "digraph modules {\n"
    yield "  rankdir=LR\n"
    yield '  node [shape=box style="filled,rounded" fontname="sans-serif" fontsize=11]\n'
    yield '  edge [fontname="sans-serif" fontsize=9]\n'
    for node in picture.nodes:
        yield f"  {_id(node.path)} [{_attributes(node, picture, palette, after=after)}]\n"
    for event in picture.events:
        yield f'  {_event(event)} [label={dot_string(event)} shape=ellipse fillcolor="#fdf3dd"]\n'
    for edge in picture.edges:
        yield f"  {_edge(edge)}\n"
    yield "}\n"


def _attributes(node: Node, picture: Picture, palette: Palette, *, after: bool) -> str:
    star = node.after if after else node.before
    change = "" if node.after == node.before else f"{node.before} → {node.after}"
    label = f"{node.path}\n{change or node.before}"
    fill, text = palette.of(star)
    bold = " penwidth=3" if node.path in picture.focus else ""
    return f'label={dot_string(label)} fillcolor="{fill}" fontcolor="{text}"{bold}'


def _edge(edge: Edge) -> str:
    source, style = _id(edge.source), _STYLES[edge.relation]
    match edge.relation:
        case Relation.PUBLISHES:
            return f"{source} -> {_event(edge.target)}{style}"
        case Relation.SUBSCRIBES:
            return f"{_event(edge.target)} -> {source}{style}"
        case _:
            return f"{source} -> {_id(edge.target)}{style}"


def _id(path: str) -> str:
    return dot_string(f"module {path}")


def _event(name: str) -> str:
    return dot_string(f"event {name}")
