"""From what manifests and an import graph say to relations between modules.

A reference names a module by its path, by its name, or by its path with dots. What it
names is looked for in that order; whatever does not lead to one other module is
reported, and is not an edge.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.facets import references_in
from starlang.manifests.graph import (
    FacetColumn,
    Misfit,
    ModuleGraph,
    Relations,
    adjacency,
    enclosing,
)
from starlang.manifests.profile import DEPENDENCIES, FacetSource
from starlang.manifests.survey import ManifestPlaces, Survey
from starlang.rules.spelling import EVENTS, GRAPH_PREFIX
from starlang.text import did_you_mean, shown_value
from starlang.texts.pointers import Step

# What is odd about the events that modules publish and subscribe to.

PUBLISHES, SUBSCRIBES = (f"{GRAPH_PREFIX}{relation}" for relation in EVENTS)


def event_findings(
    graph: ModuleGraph, columns: Mapping[str, FacetColumn], places: ManifestPlaces
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
    """The events that a manifest names."""
    source = graph.profile.source(name)
    return references_in(graph.documents[module], source) if source else ()


def _repeated(
    graph: ModuleGraph, column: FacetColumn, name: str, places: ManifestPlaces
) -> Iterator[Diagnostic]:
    for module, code in enumerate(column.codes):
        if not column.values[code]:
            continue
        seen = set[str]()
        for steps, event in _named(graph, module, name):
            if event in seen:
                message = f"{shown_value(event)} is named twice; it counts once"
                yield places.finding(module, steps, "W549", message, hint="remove one of the two")
            seen.add(event)


def _unpublished(
    graph: ModuleGraph, module: int, published: set[str], places: ManifestPlaces
) -> Iterator[Diagnostic]:
    for steps, event in _named(graph, module, SUBSCRIBES):
        if event not in published:
            hint = did_you_mean(event, published)
            hint = hint or "name an event that some module publishes, or remove it"
            message = f"no module publishes {shown_value(event)}"
            yield places.finding(module, steps, "W548", message, hint=hint)


_SUGGESTIONS = 20
"""References that a near name is looked for: with thousands, something else is wrong."""

_SHOWN = 3


@frozen(eq=False)
class Imports:
    """Who imports whom: path -> paths, as a file says it or source code does.

    `name` is what findings call it. `problems` are those of reading it.
    """

    name: str
    edges: Mapping[str, Sequence[str]] = field(factory=dict, repr=False)
    problems: tuple[Diagnostic, ...] = ()

    @property
    def digest(self) -> str:
        """`sha256:` and a digest of the edges, in whatever order they were read."""
        lines = (
            f"{path}\0{chr(0).join(sorted(self.edges[path]))}\n" for path in sorted(self.edges)
        )
        data = "".join(lines).encode(errors="surrogatepass")
        return f"sha256:{sha256(data).hexdigest()}"


def linked(
    graph: ModuleGraph,
    imports: Imports | None = None,
    text: Callable[[int], str | None] = lambda _: None,
) -> ModuleGraph:
    """`graph` with the relations between its modules, and what is wrong with them.

    `text` gives the text of manifest `i` for labels, if it is at hand.
    """
    places = ManifestPlaces(graph.files, text, graph.profile.format_of)
    columns, problems, misfits = relation_columns(graph, places)
    references = _References(graph, places)
    uses = references.uses(columns.get(DEPENDENCIES))
    if imports is not None:
        problems += imports.problems
        problems += _import_findings(imports, graph.index)
        _add_imports(uses, imports, graph.index)
    problems += event_findings(graph, columns, places)
    return evolve(
        graph,
        columns={**graph.columns, **columns},
        relations=Relations(
            adjacency(uses), enclosing(graph.paths), "" if imports is None else imports.digest
        ),
        problems=in_order([*graph.problems, *problems, *references.problems]),
        misfits=(*graph.misfits, *misfits),
    )


def relation_columns(
    graph: ModuleGraph, places: ManifestPlaces
) -> tuple[dict[str, FacetColumn], list[Diagnostic], list[Misfit]]:
    """The columns of dependencies and events; those of a graph made in memory stay as they are."""
    if not graph.documents:
        return {}, [], []
    survey = Survey(graph.documents, places)
    columns = {source.name: survey.column(source) for source in graph.profile.relations}
    return columns, survey.problems, survey.misfits


class _References:
    """Finds the modules that references mean; `problems` grows as it goes on."""

    def __init__(self, graph: ModuleGraph, places: ManifestPlaces) -> None:
        self._graph = graph
        self._places = places
        self._names: dict[str, list[int]] = {}
        for number, name in enumerate(graph.names):
            if name:
                self._names.setdefault(name, []).append(number)
        self._suggested = 0
        self.problems: list[Diagnostic] = []

    def uses(self, column: FacetColumn | None) -> list[set[int]]:
        """For each module the others that its manifest says it uses."""
        found: list[set[int]] = [set() for _ in self._graph.paths]
        source = self._graph.profile.source(DEPENDENCIES)
        if column is not None and source is not None:
            for module, code in enumerate(column.codes):
                if column.values[code]:
                    found[module] = self._of(module, source)
        return found

    def _of(self, module: int, source: FacetSource) -> set[int]:
        found: dict[int, str] = {}
        for steps, text in references_in(self._graph.documents[module], source):
            meant = self._meant(module, steps, text)
            if meant is None:
                continue
            if meant == module:
                self._report(module, steps, "W541", "a module cannot use itself", "remove it")
            elif meant in found and source.merge:
                continue  # such as a package that is needed to build and to run
            elif meant in found:
                first = found[meant]
                alike = "" if first == text else f", as {shown_value(first)}"
                message = f"{self._path(meant)} is named twice{alike}; it counts once"
                self._report(module, steps, "W542", message, "remove one of the two")
            else:
                found[meant] = text
        return set(found)

    def _meant(self, module: int, steps: Sequence[Step], text: str) -> int | None:
        """The module that `text` names, or None after W540 or W543."""
        # Where most references lead outside, one that is spelt like a path is there by chance.
        paths = {} if self._graph.profile.external else self._graph.index
        by_path = paths.get(text)
        if by_path is not None:
            return by_path
        named = self._names.get(text, [])
        dotted = paths.get(text.replace(".", "/"))
        if dotted is not None and (not named or dotted in named):
            return dotted
        if len(named) == 1:
            if dotted is not None:
                self._report_two(module, steps, text, named[0], dotted)
            return named[0]
        if named:
            self._report_many(module, steps, text, named)
        elif not self._graph.profile.external:
            self._report_none(module, steps, text)
        return None

    def _report_none(self, module: int, steps: Sequence[Step], text: str) -> None:
        hint = ""
        self._suggested += 1
        if self._suggested <= _SUGGESTIONS:
            hint = did_you_mean(text, [*self._names, *self._graph.paths])
        hint = hint or "name a module by its path or its name, or remove it"
        self._report(module, steps, "W540", f"no module is called {shown_value(text)}", hint)

    def _report_many(
        self, module: int, steps: Sequence[Step], text: str, named: Sequence[int]
    ) -> None:
        listed = ", ".join(map(self._path, named[:_SHOWN]))
        more = f" and {len(named) - _SHOWN:,} more" if len(named) > _SHOWN else ""
        message = f"{len(named):,} modules have the name {shown_value(text)}: {listed}{more}"
        self._report(module, steps, "W543", message, "name the one that is meant by its path")

    def _report_two(
        self, module: int, steps: Sequence[Step], text: str, named: int, dotted: int
    ) -> None:
        message = (
            f"{shown_value(text)} is the name of {self._path(named)}, and the path of "
            f"{self._path(dotted)} with dots; the name counts"
        )
        self._report(module, steps, "W544", message, "name the one that is meant by its path")

    def _path(self, module: int) -> str:
        return shown_value(self._graph.paths[module])

    def _report(
        self, module: int, steps: Sequence[Step], code: str, message: str, hint: str
    ) -> None:
        self.problems.append(self._places.finding(module, steps, code, message, hint=hint))


def _add_imports(uses: Sequence[set[int]], imports: Imports, numbers: Mapping[str, int]) -> None:
    """Adds the imports that join two modules."""
    for path, targets in imports.edges.items():
        module = numbers.get(path)
        if module is not None:
            known = (numbers.get(target) for target in targets)
            uses[module].update(number for number in known if number is not None)


def _import_findings(imports: Imports, numbers: Mapping[str, int]) -> Iterator[Diagnostic]:
    """W545 for imports that join no two modules, W546 for those that say nothing new."""
    every = [(path, to) for path in sorted(imports.edges) for to in imports.edges[path]]
    nowhere = [pair for pair in every if not (pair[0] in numbers and pair[1] in numbers)]
    if nowhere:
        yield Diagnostic(
            code="W545",
            message=(
                f"{len(nowhere):,} of {len(every):,} imports join no two modules, since one end "
                f"has no manifest: {_listed(nowhere)}"
            ),
            file=imports.name,
            hint="rules see only modules with a manifest; write the missing ones, or let it be",
        )
    counts = Counter(every)
    idle = [pair for pair in counts if pair[0] == pair[1] or counts[pair] > 1]
    if idle:
        yield Diagnostic(
            code="W546",
            message=f"{len(idle):,} imports are of a module by itself, or appear there twice: "
            f"{_listed(idle)}",
            file=imports.name,
            hint="they count for nothing; remove them",
        )


def _listed(pairs: Sequence[tuple[str, str]]) -> str:
    first = ", ".join(f"{path or '.'} -> {to or '.'}" for path, to in pairs[:_SHOWN])
    return f"{first}, …" if len(pairs) > _SHOWN else first
