"""What is odd about the events that modules publish and subscribe to."""

from collections.abc import Iterator, Mapping, Sequence

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.graph import Column, ModuleGraph
from starlang.manifests.places import Places
from starlang.manifests.pointers import parts_of, resolve
from starlang.manifests.positions import Step
from starlang.manifests.wording import shown
from starlang.rulesets.spelling import EVENTS, GRAPH_PREFIX
from starlang.text import did_you_mean

PUBLISHES, SUBSCRIBES = (f"{GRAPH_PREFIX}{relation}" for relation in EVENTS)


def event_findings(
    graph: ModuleGraph, columns: Mapping[str, Column], places: Places
) -> Iterator[Diagnostic]:
    """W548 for events that nobody publishes, W549 for those that a manifest names twice."""
    for name in (PUBLISHES, SUBSCRIBES):
        if name in columns:
            yield from _repeated(graph, columns[name], name, places)
    if SUBSCRIBES in columns and PUBLISHES in columns:
        published = {value for values in columns[PUBLISHES].values for value in values}
        for module, code in enumerate(columns[SUBSCRIBES].codes):
            if not published.issuperset(columns[SUBSCRIBES].values[code]):
                yield from _unpublished(graph, module, {str(each) for each in published}, places)


def _named(graph: ModuleGraph, module: int, name: str) -> Sequence[tuple[tuple[Step, ...], str]]:
    """The events that a manifest names, at the first location that has some."""
    source = graph.profile.source(name)
    for location in source.locations if source else ():
        found = [
            (tuple(steps), value)
            for steps, value in resolve(graph.documents[module], parts_of(location))
            if isinstance(value, str) and value
        ]
        if found:
            return found
    return ()


def _repeated(
    graph: ModuleGraph, column: Column, name: str, places: Places
) -> Iterator[Diagnostic]:
    for module, code in enumerate(column.codes):
        if not column.values[code]:
            continue
        seen = set[str]()
        for steps, event in _named(graph, module, name):
            if event in seen:
                message = f"{shown(event)} is named twice; it counts once"
                yield places.finding(module, steps, "W549", message, hint="remove one of the two")
            seen.add(event)


def _unpublished(
    graph: ModuleGraph, module: int, published: set[str], places: Places
) -> Iterator[Diagnostic]:
    for steps, event in _named(graph, module, SUBSCRIBES):
        if event not in published:
            hint = did_you_mean(event, published)
            hint = hint or "name an event that some module publishes, or remove it"
            message = f"no module publishes {shown(event)}"
            yield places.finding(module, steps, "W548", message, hint=hint)
