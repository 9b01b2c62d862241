"""From a directory of manifests to a module graph: walk, read, build, check.

Symbolic links are never followed and only regular files are read. Whatever cannot be
read is a problem of the graph; the rest is loaded.
"""

from collections.abc import Callable, Sequence
from errno import ELOOP
from functools import cache
from os import fspath
from pathlib import Path

from attrs import evolve

from starlang.collector import collector_paused
from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.guards import DEFAULT_GUARDS, Guards, guard
from starlang.manifests.profile import Profile
from starlang.manifests.reader import MAX_BYTES
from starlang.manifests.validation import Schema, other_versions, validate
from starlang.workspace.files import DISK, Files, IrregularError
from starlang.workspace.walk import find_manifests, irregular, linked, unreadable


def load_graph(  # noqa: PLR0913 -- what a graph depends on, each by name
    root: Path,
    *,
    project_root: Path,
    profile: Profile,
    guards: Guards = DEFAULT_GUARDS,
    fields: Sequence[str] = (),
    schema: Schema | None = None,
    schema_version: str = "",
    shown_root: str | None = None,
    port: Files = DISK,
) -> ModuleGraph:
    """Every live manifest under `root`, with all that is wrong in `problems`.

    Files are named relative to `project_root`, or as if `root` were called `shown_root`.
    `fields` are JSON pointers to read as columns beside the profile's facets. With a
    `schema`, what it finds is a warning, and so is every schema version but the one given.
    """
    if shown_root is None:
        shown_root = display(root, project_root)
    with collector_paused():
        manifests, problems = read_tree(root, shown_root, profile, guards, port)
        return graph_of(
            manifests,
            problems,
            profile=profile,
            fields=fields,
            schema=schema,
            schema_version=schema_version,
        )


def graph_of(  # noqa: PLR0913 -- what a graph depends on, each by name
    manifests: Sequence[ManifestFile],
    problems: Sequence[Diagnostic],
    *,
    profile: Profile,
    fields: Sequence[str] = (),
    schema: Schema | None = None,
    schema_version: str = "",
) -> ModuleGraph:
    """The graph of manifests that were read already, with what was wrong with reading them."""
    graph = build_graph(manifests, profile, fields)
    found = [*graph.problems, *problems]
    texts = _texts_of(graph, manifests)
    if schema:
        found += validate(graph, schema, texts)
    if schema_version:
        found += other_versions(graph, schema_version, texts)
    return evolve(graph, problems=in_order(found))


def read_tree(
    root: Path, shown_root: str, profile: Profile, guards: Guards, port: Files = DISK
) -> tuple[list[ManifestFile], list[Diagnostic]]:
    """What can be read under `root`, and what is wrong with the files and their paths."""
    tree = find_manifests(root, shown_root, profile.file_name, guards.ignore, port)
    manifests, problems = read_manifests(root, shown_root, tree.files, port)
    prefix = f"{shown_root}/" if shown_root else ""
    modules = ((path.rpartition("/")[0], prefix + path) for path in tree.files)
    return manifests, [*tree.problems, *problems, *guard(modules, guards)]


def display(path: Path, project_root: Path) -> str:
    """`path` as people are shown it: relative to the project, or its own name outside of it."""
    try:
        shown = DISK.resolved(path).relative_to(DISK.resolved(project_root)).as_posix()
    except ValueError:
        return path.name
    return "" if shown == "." else shown


def _texts_of(graph: ModuleGraph, manifests: Sequence[ManifestFile]) -> Callable[[int], str | None]:
    @cache
    def by_name() -> dict[str, bytes]:
        return {each.name: each.data for each in manifests}

    return lambda number: by_name()[graph.files[number]].decode()


def read_manifests(
    root: Path, shown_root: str, files: Sequence[str], port: Files = DISK
) -> tuple[list[ManifestFile], list[Diagnostic]]:
    """The manifests `files` (relative to `root`) that can be read, and why others cannot."""
    manifests: list[ManifestFile] = []
    problems: list[Diagnostic] = []
    prefix = f"{shown_root}/" if shown_root else ""
    directory = fspath(root)
    for path in files:
        name = prefix + path
        try:
            data = port.read(f"{directory}/{path}", MAX_BYTES)
        except IrregularError:
            problems.append(irregular(name))
        except OSError as error:
            problems.append(linked(name) if error.errno == ELOOP else unreadable(name, error))
        else:
            manifests.append(ManifestFile(path, name, data))
    return manifests, problems
