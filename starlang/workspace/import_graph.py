"""The import graph of a project: a JSON file, or found in its Python source."""

from collections.abc import Callable
from pathlib import Path

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.linking import Imports, linked
from starlang.manifests.reader import MAX_BYTES, read
from starlang.manifests.wording import kind
from starlang.workspace.files import read_regular
from starlang.workspace.project import Project
from starlang.workspace.tree import display

MAX_GRAPH = 256 << 20
"""Largest import graph that is read, in bytes: that of a million modules."""


def relate(graph: ModuleGraph, project: Project) -> ModuleGraph:
    """`graph` with its relations, edges of the import graph that the config names among them."""
    return linked(graph, imports_of(project), _texts_of(graph, project.root))


def imports_of(project: Project) -> Imports | None:
    """Who imports whom, None where the config does not say where to look."""
    config = project.config
    if config.imports is not None:
        return read_imports(config.imports, display(config.imports, project.root))
    if config.source is not None:
        from starlang.workspace.python_imports import scan

        return scan(config.source, display(config.source, project.root), config.guards.ignore)
    return None


def read_imports(path: Path, name: str) -> Imports:
    """The import graph in the file at `path`: `{"imports": {"a/b": ["c/d", …]}}`."""
    from starlang.manifests.refusals import Refusal

    try:
        data = read_regular(path, MAX_GRAPH, follow=True)
    except OSError as error:
        return _refused(name, error.strerror or "it is no regular file")
    value = read(data, MAX_GRAPH)
    if isinstance(value, Refusal):
        return Imports(name, problems=(value.diagnostic(name, data),))
    edges = value.get("imports") if isinstance(value, dict) else None
    if not isinstance(edges, dict):
        found = "it has no `imports`" if isinstance(value, dict) else f"it is {kind(value)}"
        return _refused(name, found)
    for path_, targets in edges.items():
        if not (isinstance(targets, list) and all(isinstance(to, str) for to in targets)):
            return _refused(name, f"what `{path_}` imports is no list of paths")
    return Imports(name, edges)


def _refused(name: str, why: str) -> Imports:
    problem = Diagnostic(
        code="E540",
        message=f"the import graph cannot be read: {why}",
        file=name,
        hint='it reads `{"imports": {"core/api": ["core/store"]}}`: a path, and what it imports',
    )
    return Imports(name, problems=(problem,))


def _texts_of(graph: ModuleGraph, root: Path) -> Callable[[int], str | None]:
    def text(number: int) -> str | None:
        try:
            return read_regular(root / graph.files[number], MAX_BYTES).decode()
        except (OSError, ValueError):
            return None

    return text
