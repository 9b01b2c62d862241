"""A picture in DOT, the language of Graphviz: `starlang graph --format dot | dot -Tsvg`."""

from collections.abc import Iterator

from starlang.reports.graph.palette import Palette
from starlang.reports.graph.picture import Edge, Node, Picture, Relation
from starlang.text import shown

_STYLES = {
    Relation.USES: "",
    Relation.CONTAINS: ' [style=dashed arrowhead=none color="#9aa5b1"]',
    Relation.PUBLISHES: ' [color="#a06400"]',
    Relation.SUBSCRIBES: ' [color="#a06400" style=dotted]',
}


def pieces(picture: Picture, palette: Palette, *, after: bool) -> Iterator[str]:
    """The DOT text, piece by piece; modules have the colour of their star after or before."""
    yield "digraph modules {\n"
    yield "  rankdir=LR\n"
    yield '  node [shape=box style="filled,rounded" fontname="sans-serif" fontsize=11]\n'
    yield '  edge [fontname="sans-serif" fontsize=9]\n'
    for node in picture.nodes:
        yield f"  {_id(node.path)} [{_attributes(node, picture, palette, after=after)}]\n"
    for event in picture.events:
        yield f'  {_event(event)} [label={_quoted(event)} shape=ellipse fillcolor="#fdf3dd"]\n'
    for edge in picture.edges:
        yield f"  {_edge(edge)}\n"
    yield "}\n"


def _attributes(node: Node, picture: Picture, palette: Palette, *, after: bool) -> str:
    star = node.after if after else node.before
    change = "" if node.after == node.before else f"{node.before} → {node.after}"
    label = f"{node.path}\n{change or node.before}"
    fill, text = palette.of(star)
    bold = " penwidth=3" if node.path in picture.focus else ""
    return f'label={_quoted(label)} fillcolor="{fill}" fontcolor="{text}"{bold}'


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
    return _quoted(f"module {path}")


def _event(name: str) -> str:
    return _quoted(f"event {name}")


def _quoted(text: str) -> str:
    r"""A quoted string. In labels `\n` breaks the line and a backslash stands for itself."""
    lines = (shown(each).replace("\\", "\\\\").replace('"', '\\"') for each in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'
