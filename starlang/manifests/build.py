"""From the bytes of manifests to a module graph.

A manifest that cannot be read is a problem and no module. A value of a wrong type is a
problem too, and its facet is missing there: what can be decided is still shown.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from operator import attrgetter
from typing import NamedTuple

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.manifests.survey import ManifestPlaces, Survey, field_source
from starlang.text import kind_of
from starlang.texts.json import read


class ManifestFile(NamedTuple):
    """A manifest as it was read.

    `path`: the file relative to the manifests root; `name`: relative to the project
    root, as diagnostics show it. Both POSIX.
    """

    path: str
    name: str
    data: bytes

    @property
    def module(self) -> str:
        """The path of its module: the directory that it lies in, "" at the root."""
        return self.path.rpartition("/")[0]


def build_graph(
    manifests: Iterable[ManifestFile], profile: Profile, fields: Sequence[str] = ()
) -> ModuleGraph:
    """The graph of `manifests`, in any order; `fields` are JSON pointers to read as well.

    ValueError if two of them lie in the same directory.
    """
    files, documents, problems = _readable(manifests)
    paths = tuple(file.module for file in files)
    if len(set(paths)) < len(paths):
        raise ValueError("two manifests lie in the same directory")
    places = ManifestPlaces(
        [file.name for file in files], lambda number: files[number].data.decode()
    )
    survey = Survey(documents, places)
    sources = (*profile.facets, *map(field_source, fields))
    graph = ModuleGraph(
        paths=paths,
        names=survey.names(profile.module_name),
        stars=survey.stars(profile.stars),
        files=tuple(places.names),
        digests=tuple(sha256(file.data).hexdigest() for file in files),
        columns={source.name: survey.column(source) for source in sources},
        documents=documents,
        profile=profile,
    )
    survey.own_paths(profile.path, paths)
    survey.keys()
    return evolve(graph, problems=in_order([*problems, *survey.problems]))


def with_fields(
    graph: ModuleGraph,
    pointers: Sequence[str],
    text: Callable[[int], str | None] = lambda _: None,
) -> ModuleGraph:
    """`graph` with a column for each JSON pointer that it has none for yet.

    `text` gives the text of manifest `i` for labels, if it is at hand.
    """
    sources = [source for source in map(field_source, pointers) if source.name not in graph.columns]
    if not sources:
        return graph
    survey = Survey(graph.documents, ManifestPlaces(graph.files, text))
    columns = {source.name: survey.column(source) for source in sources}
    return evolve(
        graph,
        columns={**graph.columns, **columns},
        problems=in_order([*graph.problems, *survey.problems]),
    )


def _readable(
    manifests: Iterable[ManifestFile],
) -> tuple[list[ManifestFile], tuple[object, ...], list[Diagnostic]]:
    """The files that hold an object, sorted by module; their values; and the problems."""
    files: list[ManifestFile] = []
    documents: list[object] = []
    problems: list[Diagnostic] = []
    for file in sorted(manifests, key=attrgetter("module")):
        value = read(file.data)
        if isinstance(value, dict) and "/" in file.path:
            files.append(file)
            documents.append(value)
        else:
            problems.append(_no_manifest(file, value))
    return files, tuple(documents), problems


def _no_manifest(file: ManifestFile, value: object) -> Diagnostic:
    """Why what was read is not a manifest of a module."""
    from starlang.texts.json import Refusal

    if isinstance(value, Refusal):
        return value.diagnostic(file.name, file.data)
    if isinstance(value, dict):
        return Diagnostic(
            code="E523",
            message="a manifest directly in the manifests root belongs to no module",
            file=file.name,
            hint="move it into the directory of its module",
        )
    places = ManifestPlaces([file.name], lambda _: file.data.decode())
    message = f"the manifest is {kind_of(value)}, not an object"
    return places.finding(0, (), "E520", message, hint="write a JSON object")
