"""Who imports whom, read from Python source by parsing it. Nothing is ever imported or run.

A package is a directory with Python files, called by its path under the source root, as
its manifest is. An import of `a.b.c` is an import of the longest of `a/b/c`, `a/b` and
`a` that is a package of the source (or below another root, `starlang.generate.roots`); what is none
of them comes from elsewhere.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.generate.reader import MAX_SOURCE, Unread
from starlang.generate.roots import Roots, roots_below, undotted
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.linking import Imports, linked
from starlang.project.files import display, read_regular
from starlang.project.loading import texts_of
from starlang.project.manifest_files import ignored, unreadable
from starlang.project.packages import package_at
from starlang.project.project import Project
from starlang.project.sources import blob_of, kept_results, parsed
from starlang.text import kind_of
from starlang.texts.json import read

_ONE_ROOT = partial(roots_below, (), "")


def scan(
    root: Path,
    name: str,
    ignore: Sequence[str],
    *,
    type_checking: bool = True,
    roots: Callable[[Iterable[str]], Roots] = _ONE_ROOT,
) -> Imports:
    """The imports of all Python files under `root`; `name` is what findings call it.

    Files that cannot be parsed are W547. Equal files are parsed once. Without `type_checking`,
    imports under `if TYPE_CHECKING:` do not count. `roots` says of its files where
    imports begin.
    """
    if not root.is_dir():
        return Imports(name, problems=(_no_source(name),))
    files, problems = _read(root, name, _python_files(root, ignored(ignore)))
    found = parsed(dict(files.values()), kept_results(root))
    packages = {path.rpartition("/")[0] for path in files}
    begin = roots(files)
    edges: dict[str, set[str]] = {}
    for path, (digest, _) in files.items():
        file = found[digest]
        if isinstance(file, Unread):
            problems.append(_unparsed(f"{name}/{path}" if name else path, str(file)))
            continue
        package = path.rpartition("/")[0]
        names = file.imports if type_checking else file.imported_at_run_time()
        to = (begin.found(package, *undotted(name), packages, files) for name in names)
        edges.setdefault(package, set()).update(each for each in to if each is not None)
    known = {path: tuple(sorted(to - {path})) for path, to in sorted(edges.items())}
    return Imports(name or ".", {path: to for path, to in known.items() if to}, in_order(problems))


def _python_files(root: Path, is_ignored: Callable[[str, str], bool]) -> Iterator[str]:
    """Paths of Python files relative to `root`, in no order; links are not followed."""
    waiting = [""]
    while waiting:
        directory = waiting.pop()
        inside = f"{directory}/" if directory else ""
        try:
            entries = list(os.scandir(root / directory))
        except OSError:
            continue
        for entry in entries:
            path = inside + entry.name
            if entry.is_dir(follow_symlinks=False):
                if not (entry.name.startswith(".") or is_ignored(path, entry.name)):
                    waiting.append(path)
            elif entry.name.endswith(".py") and entry.is_file(follow_symlinks=False):
                yield path


def _read(
    root: Path, name: str, paths: Iterable[str]
) -> tuple[dict[str, tuple[str, bytes]], list[Diagnostic]]:
    """Path -> digest and bytes of each file, sorted by path, and why others cannot be read."""
    files: dict[str, tuple[str, bytes]] = {}
    problems: list[Diagnostic] = []
    for path in sorted(paths):
        try:
            data = read_regular(root / path, MAX_SOURCE)
        except OSError as error:
            problems.append(unreadable(f"{name}/{path}" if name else path, error))
        else:
            files[path] = (blob_of(data), data)
    return files, problems


def _unparsed(file: str, why: str) -> Diagnostic:
    version = ".".join(map(str, sys.version_info[:2]))
    return Diagnostic(
        code="W547",
        message=f"what `{file}` imports is unknown: Python {version} cannot parse it ({why})",
        file=file,
        hint="correct the file, or let `ignore` in `[guards]` skip its directory",
    )


def _no_source(name: str) -> Diagnostic:
    return Diagnostic(
        code="E540",
        message=f"there is no directory `{name}` to look for imports in",
        file=name,
        hint="correct `source` under `[graph]` in configs/starlang.toml",
    )


# The import graph of a project: a JSON file, or found in its Python source.

MAX_GRAPH = 256 << 20
"""Largest import graph that is read, in bytes: that of a million modules."""


def relate(graph: ModuleGraph, project: Project) -> ModuleGraph:
    """`graph` with its relations, edges of the import graph that the config names among them."""
    return linked(graph, imports_of(project), texts_of(graph, project.root))


def imports_of(project: Project) -> Imports | None:
    """Who imports whom, None where the config does not say where to look."""
    config = project.config
    if config.imports is not None:
        return read_imports(config.imports, display(config.imports, project.root))
    if config.source is not None:
        return scan(
            config.source,
            display(config.source, project.root),
            config.guards.ignore,
            type_checking=config.type_checking,
            roots=partial(roots_below, config.roots, package_at(config.source, project.root)),
        )
    return None


def read_imports(path: Path, name: str) -> Imports:
    """The import graph in the file at `path`: `{"imports": {"a/b": ["c/d", …]}}`."""
    from starlang.texts.json import Refusal

    try:
        data = read_regular(path, MAX_GRAPH, follow=True)
    except OSError as error:
        return _refused(name, error.strerror or "it is not a regular file")
    value = read(data, MAX_GRAPH)
    if isinstance(value, Refusal):
        return Imports(name, problems=(value.diagnostic(name, data),))
    edges = value.get("imports") if isinstance(value, dict) else None
    if not isinstance(edges, dict):
        found = "it has no `imports`" if isinstance(value, dict) else f"it is {kind_of(value)}"
        return _refused(name, found)
    for path_, targets in edges.items():
        if not (isinstance(targets, list) and all(isinstance(to, str) for to in targets)):
            return _refused(name, f"what `{path_}` imports is not a list of paths")
    return Imports(name, edges)


def _refused(name: str, why: str) -> Imports:
    problem = Diagnostic(
        code="E540",
        message=f"the import graph cannot be read: {why}",
        file=name,
        hint='it reads `{"imports": {"core/api": ["core/store"]}}`: a path, and what it imports',
    )
    return Imports(name, problems=(problem,))
