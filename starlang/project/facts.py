"""What other files than the manifests say of modules: CODEOWNERS, and tables of a profile.

Which modules rules look at decides what is read: a table that no rule reads cannot be wrong.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.generate.facts import INIT
from starlang.manifests.codeowners import MAX_BYTES, PLACES, CodeOwners, read_codeowners
from starlang.manifests.elsewhere import MAX_TABLE, read_table, refused, unknown_paths, with_facts
from starlang.manifests.graph import Facts, ModuleGraph
from starlang.manifests.profile import CODEOWNERS, FacetSource
from starlang.project.files import read_regular
from starlang.project.packages import source_of
from starlang.project.project import Project, facets_of
from starlang.project.settings import outside
from starlang.rules.model import RuleSet


def files_of(project: Project, rules: RuleSet) -> dict[str, Path]:
    """The files that `rules` need facts from, by the name that findings give them.

    A CODEOWNERS that is not there is none of them: nothing has an owner then.
    """
    asked = {each.elsewhere for each in _asked(project, facets_of(rules))}
    found = {name: project.root / name for name in sorted(asked - {CODEOWNERS})}
    if CODEOWNERS in asked and (there := _places(project)):
        found[there[0]] = top_of(project) / there[0]
    return found


def _asked(project: Project, facets: Collection[str]) -> Iterator[FacetSource]:
    return (each for each in project.profile.facets if each.elsewhere and each.name in facets)


def with_facts_of(graph: ModuleGraph, project: Project, rules: RuleSet) -> ModuleGraph:
    """`graph` with what other files say of the facets that `rules` read."""
    table = cache(lambda name: _read(project, name))  # several facets may come from one
    for facet in _asked(project, facets_of(rules)):
        if facet.name in graph.facts.by_facet:
            continue
        if facet.elsewhere == CODEOWNERS:
            graph = _with_owners(graph, project, facet)
        else:
            graph = _with_table(graph, facet, table(facet.elsewhere))
    return graph


def _noting(
    graph: ModuleGraph, problems: Sequence[Diagnostic], files: Mapping[str, bytes]
) -> ModuleGraph:
    """`graph` with further problems, and with the digests of files that were asked."""
    digests = {
        name: f"sha256:{sha256(data).hexdigest()}"
        for name, data in files.items()
        if name not in graph.facts.files
    }
    facts = Facts(graph.facts.by_facet, {**graph.facts.files, **digests})
    return evolve(graph, problems=in_order([*graph.problems, *problems]), facts=facts)


# Tables.


def _read(project: Project, name: str) -> bytes | Diagnostic:
    """A table of the project, or why it is not read."""
    try:
        if problem := outside(project.root, name):
            return refused(name, f"it {problem}")
        data = read_regular(project.root / name, MAX_TABLE, follow=True)
    except OSError as error:
        return refused(name, error.strerror or "it is not a regular file")
    return (
        data if len(data) <= MAX_TABLE else refused(name, f"it has more than {MAX_TABLE:,} bytes")
    )


def _with_table(graph: ModuleGraph, facet: FacetSource, data: bytes | Diagnostic) -> ModuleGraph:
    name = facet.elsewhere
    if isinstance(data, Diagnostic):
        return _noting(graph, [data], {})
    rows = read_table(name, data, facet)
    found = {
        graph.index[path]: (row.values, f"{name}:{rows.source.position(row.span.start).line}")
        for path, row in rows.by_path.items()
        if path in graph.index
    }
    filled = with_facts(graph, facet, found)
    return _noting(filled, [*rows.problems, *unknown_paths(rows, graph.index)], {name: data})


# CODEOWNERS of a repository.


def top_of(project: Project) -> Path:
    """The root of the repository: the nearest directory at or above the project with a `.git`."""
    root = project.root.resolve()
    return next((each for each in (root, *root.parents) if (each / ".git").exists()), root)


def _places(project: Project) -> list[str]:
    top = top_of(project)
    return [place for place in PLACES if (top / place).is_file()]


def owners_of(project: Project) -> tuple[CodeOwners | None, list[Diagnostic]]:
    """The file that GitHub reads, if there is one; and what is wrong with it and others."""
    there = _places(project)
    if not there:
        return None, []
    first, *others = there
    problems = [_not_read(place, first) for place in others]
    try:
        data = read_regular(top_of(project) / first, MAX_BYTES)
    except OSError as error:
        return None, [*problems, _unread(first, error.strerror or "it is not a regular file")]
    if len(data) > MAX_BYTES:
        return None, [*problems, _unread(first, "GitHub ignores one that is larger than 3 MB")]
    owners = read_codeowners(first, data.decode(errors="replace"))
    return owners, [*problems, *owners.problems]


def _with_owners(graph: ModuleGraph, project: Project, facet: FacetSource) -> ModuleGraph:
    owners, problems = owners_of(project)
    if owners is None:
        return _noting(graph, problems, {})

    @cache
    def place(start: int) -> str:
        return f"{owners.source.name}:{owners.source.position(start).line}"

    found = {}
    for module, file in enumerate(_owned_files(graph, project)):
        line = owners.line_of(file)
        if line is not None and line.owners:
            found[module] = (line.owners, place(line.span.start))
    data = owners.source.text.encode(errors="replace")
    return _noting(with_facts(graph, facet, found), problems, {owners.source.name: data})


def _owned_files(graph: ModuleGraph, project: Project) -> Iterator[str]:
    """The file of each module whose owner is the module's, relative to the repository.

    That is its manifest where manifests lie beside the code, and else the file that makes a
    directory of the source a package.
    """
    beside = project.config.layout.asks_git
    base = project.root if beside else source_of(project)
    prefix = base.resolve().relative_to(top_of(project)).as_posix()
    inside = graph.files if beside else (f"{path}/{INIT}" for path in graph.paths)
    for file in inside:
        yield "/".join(each for each in f"{prefix}/{file}".split("/") if each not in {"", "."})


def _not_read(place: str, first: str) -> Diagnostic:
    return Diagnostic(
        code="W568",
        message=f"GitHub reads `{first}`, and not this file",
        file=place,
        hint="put its lines into the other file, and delete this one",
    )


def _unread(place: str, why: str) -> Diagnostic:
    return Diagnostic(
        code="W568",
        message=f"the file is not read, so nothing has an owner: {why}",
        file=place,
        hint="make it a regular file of less than 3 MB",
    )
