"""From a directory of manifests to a module graph: walk, read, build, check.

Symbolic links are never followed and only regular files are read. Whatever cannot be
read is a problem of the graph; the rest is loaded.
"""

import os
from collections.abc import Callable, Sequence
from errno import ELOOP
from functools import cache
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from starlang.collector import collector_paused
from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.guards import DEFAULT_GUARDS, Guards, guard
from starlang.manifests.profile import Profile
from starlang.project.files import DISK, Files, IrregularError, display, read_regular
from starlang.project.manifest_files import (
    MIRRORED,
    Layout,
    Tree,
    find_manifests,
    irregular,
    linked,
    unreadable,
)
from starlang.texts.limits import MAX_BYTES

if TYPE_CHECKING:
    from starlang.manifests.schema import Schema


def load_graph(  # noqa: PLR0913 -- what a graph depends on, each by name
    root: Path,
    *,
    project_root: Path,
    profile: Profile,
    guards: Guards = DEFAULT_GUARDS,
    fields: Sequence[str] = (),
    schema: "Schema | None" = None,
    schema_version: str = "",
    shown_root: str | None = None,
    port: Files = DISK,
    layout: Layout = MIRRORED,
) -> ModuleGraph:
    """Every live manifest under `root`, with all that is wrong in `problems`.

    Files are named relative to `project_root`, or as if `root` were called `shown_root`. A sidecar
    that is not there yet is read as one without a star.
    `fields` are JSON pointers to read as columns beside the profile's facets. With a
    `schema`, what it finds is a warning, and so is every schema version but the one given.
    """
    if shown_root is None:
        shown_root = display(root, project_root)
    with collector_paused():
        tree = find_manifests(root, shown_root, profile.file_names, guards.ignore, port, layout)
        manifests, problems = _read(root, shown_root, tree, profile, guards, port)
        if sidecar_draft(root, profile, port):
            manifests.append(_empty_sidecar(shown_root, profile))
        graph = graph_of(
            manifests,
            problems,
            profile=profile,
            fields=fields,
            schema=schema,
            schema_version=schema_version,
        )
        ignored = tree.count_ignored()
        return evolve(graph, ignored=ignored) if ignored else graph


def graph_of(  # noqa: PLR0913 -- what a graph depends on, each by name
    manifests: Sequence[ManifestFile],
    problems: Sequence[Diagnostic],
    *,
    profile: Profile,
    fields: Sequence[str] = (),
    schema: "Schema | None" = None,
    schema_version: str = "",
) -> ModuleGraph:
    """The graph of manifests that were read already, with what was wrong with reading them."""
    graph = build_graph(manifests, profile, fields)
    found = [*graph.problems, *problems]
    texts = _texts_of(graph, manifests)
    if schema:
        from starlang.manifests.schema import validate

        found += validate(graph, schema, texts)
    if schema_version:
        from starlang.manifests.schema import other_versions

        found += other_versions(graph, schema_version, texts)
    return evolve(graph, problems=in_order(found))


ManifestTree = tuple[list[ManifestFile], list[Diagnostic]]
"""The manifests that can be read, and what is wrong with files and paths."""


def read_tree(  # noqa: PLR0913, PLR0917 -- what a tree depends on, each by name
    root: Path,
    shown_root: str,
    profile: Profile,
    guards: Guards,
    port: Files = DISK,
    layout: Layout = MIRRORED,
) -> ManifestTree:
    """What can be read under `root`, and what is wrong with the files and their paths."""
    tree = find_manifests(root, shown_root, profile.file_names, guards.ignore, port, layout)
    return _read(root, shown_root, tree, profile, guards, port)


def _read(  # noqa: PLR0913, PLR0917 -- what a tree depends on, each by name
    root: Path, shown_root: str, tree: Tree, profile: Profile, guards: Guards, port: Files
) -> ManifestTree:
    """What can be read of a tree, and all that is wrong with its files and their paths.

    The sidecar of the profile is one of the files, if there is one: a run treats it as it does a
    manifest.
    """
    is_there = profile.sidecar and not sidecar_draft(root, profile, port)
    files = sorted({*tree.files, *([profile.sidecar] if is_there else [])})
    manifests, problems = read_manifests(root, shown_root, files, port)
    if is_there and not os.path.lexists(root / profile.sidecar) and port.has_disk:
        name = f"{shown_root}/{profile.sidecar}".lstrip("/")
        problems = [*(each for each in problems if each.file != name), _lost_sidecar(name)]
    prefix = f"{shown_root}/" if shown_root else ""
    modules = ((path.rpartition("/")[0], prefix + path) for path in tree.files if "/" in path)
    return manifests, [*tree.problems, *problems, *guard(modules, guards)]


EMPTY_SIDECAR = b"{}\n"


def sidecar_draft(root: Path, profile: Profile, port: Files = DISK) -> dict[str, bytes]:
    """The sidecar of the profile without a star, by its path, if it is to be made; else nothing.

    One that git knows is not made anew: its stars would be lost.
    """
    if not profile.sidecar:
        return {}
    try:
        port.read(root / profile.sidecar, 0)
    except FileNotFoundError:
        is_known = port.has_disk and _is_known_to_git(root, profile.sidecar)
        return {} if is_known else {profile.sidecar: EMPTY_SIDECAR}
    except OSError:
        pass
    return {}


def _is_known_to_git(root: Path, path: str) -> bool:
    from starlang.errors import UnreadyError
    from starlang.project.git import Git, GitError

    try:
        return bool(Git(root).names("ls-files", "-z", "--", path))
    except (GitError, UnreadyError):
        return False


def _lost_sidecar(name: str) -> Diagnostic:
    return Diagnostic(
        code="E746",
        message=f"`{name}` is gone, and git has it: the stars of all modules are in it",
        file=name,
        hint=f"`git checkout -- {name}`, or `git rm --cached {name}` to begin without a star",
    )


def _empty_sidecar(shown_root: str, profile: Profile) -> ManifestFile:
    name = f"{shown_root}/{profile.sidecar}".lstrip("/")
    return ManifestFile(profile.sidecar, name, EMPTY_SIDECAR)


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


def texts_of(graph: ModuleGraph, root: Path) -> Callable[[int], str | None]:
    """The text of each manifest of `graph` by its number, None where it cannot be read."""

    def text(number: int) -> str | None:
        try:
            return read_regular(root / graph.files[number], MAX_BYTES).decode()
        except (OSError, ValueError):
            return None

    return text
