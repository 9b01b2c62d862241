"""A picture on a terminal: what is around each module in focus, or the whole in figures."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from starlang.report.graph_picture import EVENTS, Edge, Node, Palette, Picture, Relation, edge_json
from starlang.report.pages import embedded, render
from starlang.report.terminal import first_rows
from starlang.text import Json, counted, shown

_FORWARD = {
    Relation.CONTAINS: "contains",
    Relation.USES: "uses",
    Relation.PUBLISHES: "publishes",
    Relation.SUBSCRIBES: "subscribes to",
}
_BACKWARD = {Relation.CONTAINS: "inside", Relation.USES: "used by"}
_ORDER = ("inside", "contains", "uses", "used by", "publishes", "subscribes to")


def graph_view(picture: Picture, limit: int) -> Iterator[RenderableType]:
    """The view; `limit` lines a list, 0 for all."""
    if picture.focus:
        yield from _around(picture, limit)
    else:
        yield from _whole(picture, limit)


def _around(picture: Picture, limit: int) -> Iterator[RenderableType]:
    nodes = {node.path: node for node in picture.nodes}
    joined = _by_module(picture.edges)
    inner = [node for node in picture.nodes if node.distance < max(picture.depth, 1)]
    inner.sort(key=lambda node: (node.distance, node.path))
    for number, node in enumerate(inner):
        if number:
            yield Text()
        yield _title(node)
        for each in node.derived:
            yield Text(f"  {shown(each.words)}")
        found = joined.get(node.path, {})
        if not found:
            yield Text(f"  {_nothing(picture)}")
        table = _columns("left", "left", "left")
        for words in _ORDER:
            _list(table, words, found.get(words, []), nodes, picture, limit)
        yield Padding(table, (0, 0, 0, 2), expand=False)
    far = sum(node.distance == picture.depth > 0 for node in picture.nodes)
    yield Text(
        f"\n{counted(len(picture.nodes), 'module')} within {counted(picture.depth, 'step')}"
        + (f", {far:,} of them at its end" if picture.depth > 1 else "")
    )


def _nothing(picture: Picture) -> str:
    if len(picture.relations) == len(Relation):
        return "nothing is joined to it"
    return f"nothing is joined to it by {', '.join(picture.relations)}"


def _title(node: Node) -> Text:
    change = "" if node.after == node.before else f" → {shown(node.after)}"
    steps = f", {counted(node.distance, 'step')} away" if node.distance else ""
    return Text.assemble((shown(node.path), "bold"), f"  {shown(node.before)}{change}{steps}")


def _list(  # noqa: PLR0913, PLR0917 -- one list of one module
    table: Table,
    words: str,
    ends: Sequence[str],
    nodes: Mapping[str, Node],
    picture: Picture,
    limit: int,
) -> None:
    listed = ends if not limit else ends[:limit]
    for number, end in enumerate(listed):
        about = _heard(end, words, picture) if words in {"publishes", "subscribes to"} else ""
        about = about or (_stars(nodes[end]) if end in nodes else "")
        table.add_row("" if number else words, Text(shown(end)), Text(about))
    if len(listed) < len(ends):
        table.add_row("", f"and {len(ends) - len(listed):,} more (--limit 0 lists all)", "")


def _stars(node: Node) -> str:
    return shown(node.before if node.before == node.after else f"{node.before} → {node.after}")


def _heard(event: str, words: str, picture: Picture) -> str:
    other = Relation.SUBSCRIBES if words == "publishes" else Relation.PUBLISHES
    ends = sorted(e.source for e in picture.edges if e.target == event and e.relation is other)
    if not ends:
        return ""
    verb = "subscribed to by" if other is Relation.SUBSCRIBES else "published by"
    more = f" and {len(ends) - 1:,} more" if len(ends) > 1 else ""
    return f"{verb} {shown(ends[0])}{more}"


def _by_module(edges: Iterable[Edge]) -> dict[str, dict[str, list[str]]]:
    """Module -> what joins it -> the other ends, sorted."""
    found: dict[str, dict[str, list[str]]] = {}
    for edge in edges:
        found.setdefault(edge.source, {}).setdefault(_FORWARD[edge.relation], []).append(
            edge.target
        )
        if edge.relation not in EVENTS:
            back = found.setdefault(edge.target, {})
            back.setdefault(_BACKWARD[edge.relation], []).append(edge.source)
    return found


def _whole(picture: Picture, limit: int) -> Iterator[RenderableType]:
    counts = Counter(edge.relation for edge in picture.edges)
    alone = len(picture.nodes) - len(_joined(picture))
    events = f", {counted(len(picture.events), 'event')}" if picture.events else ""
    yield Text(f"{counted(len(picture.nodes), 'module')}{events}", "bold")
    table = _columns("right", "left")
    for relation in picture.relations:
        table.add_row(f"{counts[relation]:,}", _MEANING[relation])
    table.add_row(f"{alone:,}", f"{'module is' if alone == 1 else 'modules are'} joined to nothing")
    yield Padding(table, (0, 0, 0, 2), expand=False)
    yield from _most(picture, limit)
    yield from _between_stars(picture, limit)


_MEANING = {
    Relation.USES: "uses: one module uses another",
    Relation.CONTAINS: "contains: one lies inside the other, with none between",
    Relation.PUBLISHES: "publishes: a module sends an event",
    Relation.SUBSCRIBES: "subscribes: a module receives an event",
}


def _joined(picture: Picture) -> set[str]:
    ends = {edge.source for edge in picture.edges}
    return ends | {edge.target for edge in picture.edges if edge.relation not in EVENTS}


def _most(picture: Picture, limit: int) -> Iterator[RenderableType]:
    """The modules that most others use."""
    used = Counter(e.target for e in picture.edges if e.relation is Relation.USES)
    if not used:
        return
    nodes = {node.path: node for node in picture.nodes}
    ranked = sorted(used, key=lambda path: (-used[path], path))
    listed = ranked[:limit] if limit else ranked
    yield Text("\nUsed by most", "bold")
    table = _columns("right", "left", "left")
    for path in listed:
        table.add_row(f"{used[path]:,}", Text(shown(path)), Text(_stars(nodes[path])))
    if len(listed) < len(ranked):
        table.add_row("", f"and {len(ranked) - len(listed):,} more (--limit 0 lists all)", "")
    yield Padding(table, (0, 0, 0, 2), expand=False)


def _between_stars(picture: Picture, limit: int) -> Iterator[RenderableType]:
    """How often modules of one star use modules of another, as they carry them now."""
    star = {node.path: node.before for node in picture.nodes}
    uses = [edge for edge in picture.edges if edge.relation is Relation.USES]
    if not uses:
        return
    counts = Counter((star[edge.source], star[edge.target]) for edge in uses)
    yield Text("\nWho uses whom, by the stars that they carry now", "bold")
    table = _columns("right", "left")
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    listed, more = first_rows(ordered, limit)
    for (one, other), count in listed:
        table.add_row(f"{count:,}", Text(f"{shown(one)} → {shown(other)}"))
    if more:
        table.add_row("", more)
    yield Padding(table, (0, 0, 0, 2), expand=False)


def _columns(*justify: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for each in justify:
        table.add_column(justify="right" if each == "right" else "left", overflow="fold")
    return table


# A picture as one interactive page: search it, colour it by star, walk from module to module.

_VENDOR = ("vendor/force-graph.license.js", "vendor/force-graph.min.js")

_ADDED = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",  # a style element, still empty
    "'sha256-jtRRMYY2VbEXuBKbHvqM1/fPT8vazFrEooXdvwUK4y8='",  # its text
    "'sha256-9xjtvxMT1ApHlgn9ohbh2FNfvK5Tqtzy94BjfXBeMSY='",  # the text of another one
)
"""Digests of the styles that force-graph adds to the page."""


def page(picture: Picture, palette: Palette) -> str:
    """The page. Its script lays the graph out, and everything can be read without it as well."""
    modules: list[Json] = [
        {
            "path": node.path,
            "name": node.name,
            "before": node.before,
            "after": node.after,
            "outcome": node.outcome.value,
            "focus": node.path in picture.focus,
            **({"derived": [d.words for d in node.derived]} if node.derived else {}),
        }
        for node in picture.nodes
    ]
    worn = {star for node in picture.nodes for star in (node.before, node.after)}
    stars = [*palette.colours, *sorted(worn - palette.colours.keys())]
    data: Json = {
        "modules": modules,
        "events": [*picture.events],
        "edges": [
            {key: str(value) for key, value in edge_json(edge).items()} for edge in picture.edges
        ],
        "stars": [{"star": star, "fill": palette.of(star)[0]} for star in stars if star in worn],
    }
    return render(
        "graph.html.j2",
        title="The graph of modules",
        scripts=(*_VENDOR, "graph.js"),
        styles=_ADDED,
        values={"data": embedded(data), "picture": picture},
    )
