"""A picture as one interactive page: search it, colour it by star, walk from module to module."""

from starlang.reports.graph.encoding import edge_json
from starlang.reports.graph.palette import Palette
from starlang.reports.graph.picture import Picture
from starlang.reports.pages.frame import render
from starlang.text import shown

_VENDOR = ("vendor/force-graph.license.js", "vendor/force-graph.min.js")

_ADDED = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",  # a style element, still empty
    "'sha256-jtRRMYY2VbEXuBKbHvqM1/fPT8vazFrEooXdvwUK4y8='",  # its text
    "'sha256-9xjtvxMT1ApHlgn9ohbh2FNfvK5Tqtzy94BjfXBeMSY='",  # the text of another one
)
"""Digests of the styles that force-graph adds to the page."""


def page(picture: Picture, palette: Palette) -> str:
    """The page. Its script lays the graph out, and everything can be read without it as well."""
    modules = [
        {
            "path": shown(node.path),
            "name": shown(node.name),
            "before": shown(node.before),
            "after": shown(node.after),
            "outcome": node.outcome.value,
            "focus": node.path in picture.focus,
        }
        for node in picture.nodes
    ]
    worn = {star for node in picture.nodes for star in (node.before, node.after)}
    stars = [*palette.colours, *sorted(worn - palette.colours.keys())]
    data = {
        "modules": modules,
        "events": [shown(event) for event in picture.events],
        "edges": [
            {key: shown(str(value)) for key, value in edge_json(edge).items()}
            for edge in picture.edges
        ],
        "stars": [
            {"star": shown(star), "fill": palette.of(star)[0]} for star in stars if star in worn
        ],
    }
    return render(
        "graph.html.j2",
        title="The graph of modules",
        scripts=(*_VENDOR, "graph.js"),
        styles=_ADDED,
        values={"data": data, "picture": picture},
    )
