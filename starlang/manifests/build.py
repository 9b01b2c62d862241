"""From the bytes of manifests to a module graph.

A manifest that cannot be read is a problem and no module. A value of a wrong type is a
problem too, and its facet is missing there: what can be decided is still shown.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.elsewhere import read_sidecar
from starlang.manifests.graph import Misfit, ModuleGraph
from starlang.manifests.profile import Profile, Shape
from starlang.manifests.survey import Labels, ManifestPlaces, Survey, field_source, starless
from starlang.manifests.waivers import ROOT
from starlang.text import kind_of
from starlang.texts.documents import read_documents
from starlang.texts.json import Refusal


class ManifestFile(NamedTuple):
    """A manifest as it was read.

    `path`: the file relative to the manifests root; `name`: relative to the project
    root, as diagnostics show it. Both POSIX.
    """

    path: str
    name: str
    data: bytes

    @property
    def file_name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def module(self) -> str:
        """The path of its module: the directory that it lies in, `.` for the root."""
        return self.path.rpartition("/")[0] or ROOT


def build_graph(
    manifests: Iterable[ManifestFile], profile: Profile, fields: Sequence[str] = ()
) -> ModuleGraph:
    """The graph of `manifests`, in any order; `fields` are JSON pointers to read as well.

    ValueError if two of them lie in the same directory.
    """
    listed = list(manifests)
    sidecar = next((each for each in listed if each.path == profile.sidecar), None)
    files, documents, problems = _readable((m for m in listed if m is not sidecar), profile)
    paths = tuple(file.module for file in files)
    if len(set(paths)) < len(paths):
        raise ValueError("two manifests lie in the same directory")
    places = ManifestPlaces(
        [file.name for file in files],
        lambda number: files[number].data.decode(),
        profile.format_of,
    )
    survey = Survey(documents, places)
    shaped = _shaped(survey, documents, places, paths, profile)
    sources = (*profile.facets, *map(field_source, fields))
    graph = ModuleGraph(
        paths=paths,
        names=shaped.names,
        stars=shaped.stars,
        files=tuple(places.names),
        digests=tuple(sha256(file.data).hexdigest() for file in files),
        columns={source.name: survey.column(source) for source in sources},
        documents=documents,
        profile=profile,
    )
    survey.keys()
    if sidecar is not None:
        read, wrong = read_sidecar(sidecar.name, sidecar.data, graph.index)
        problems += wrong
        graph = evolve(graph, sidecar=read, stars=tuple(map(read.labels, paths)))
    return evolve(
        graph,
        problems=in_order([*problems, *shaped.problems, *survey.problems]),
        misfits=(*shaped.misfits, *survey.misfits),
    )


class _Shaped(NamedTuple):
    """What is read from each manifest as its shape says."""

    names: tuple[str, ...]
    stars: tuple[Labels, ...]
    problems: Sequence[Diagnostic]
    misfits: Sequence[Misfit]


def _shaped(
    survey: Survey,
    documents: Sequence[object],
    places: ManifestPlaces,
    paths: Sequence[str],
    profile: Profile,
) -> _Shaped:
    """Names and stars of all documents; those of one shape are read together."""
    if len(profile.shapes) == 1 and profile.shapes[0].when is None:
        return _Shaped(*_read_shape(survey, profile.shapes[0], paths), (), ())
    names, stars = [""] * len(documents), [Labels()] * len(documents)
    problems: list[Diagnostic] = []
    misfits: list[Misfit] = []
    members: dict[Shape | None, list[int]] = {}
    for number, document in enumerate(documents):
        members.setdefault(profile.shape_of(document), []).append(number)
    if documents and not members.keys() - {None}:
        fewest = (starless(profile.shapes[0].stars.first),)
        return _Shaped(tuple(names), tuple(stars), fewest, ())
    for shape, numbers in members.items():
        if shape is None:
            misfits += (Misfit(n, "star", _shapeless(places, n)) for n in numbers)
            continue
        part = Survey([documents[n] for n in numbers], places.part(numbers))
        found = _read_shape(part, shape, [paths[n] for n in numbers])
        for number, name, labels in zip(numbers, *found, strict=True):
            names[number], stars[number] = name, labels
        part.keys()
        problems += part.problems
        misfits += (evolve(each, module=numbers[each.module]) for each in part.misfits)
    return _Shaped(tuple(names), tuple(stars), problems, misfits)


def _read_shape(
    survey: Survey, shape: Shape, paths: Sequence[str]
) -> tuple[tuple[str, ...], tuple[Labels, ...]]:
    names, stars = survey.names(shape.module_name), survey.stars(shape.stars)
    survey.own_paths(shape.path, paths)
    return names, stars


def _shapeless(places: ManifestPlaces, number: int) -> Diagnostic:
    message = "the manifest has none of the shapes that the profile declares"
    hint = "add a `[[shape]]` for it to the profile, or bring it to one of the others"
    return places.finding(number, (), "E571", message, hint=hint)


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
    survey = Survey(graph.documents, ManifestPlaces(graph.files, text, graph.profile.format_of))
    columns = {source.name: survey.column(source) for source in sources}
    return evolve(
        graph,
        columns={**graph.columns, **columns},
        problems=in_order([*graph.problems, *survey.problems]),
        misfits=(*graph.misfits, *survey.misfits),
    )


def _readable(
    manifests: Iterable[ManifestFile], profile: Profile
) -> tuple[list[ManifestFile], tuple[object, ...], list[Diagnostic]]:
    """The files that hold an object, sorted by module; their values; and the problems.

    Of several files in one directory the first by name counts whose document is a manifest.
    """
    files: list[ManifestFile] = []
    documents: list[object] = []
    problems: list[Diagnostic] = []
    other: list[ManifestFile] = []
    rank = {name: number for number, name in enumerate(profile.file_names)}
    for file in sorted(manifests, key=lambda each: (each.module, rank.get(each.file_name, 0))):
        found = read_documents(file.data, profile.format_of(file.file_name))
        if isinstance(found, Refusal):
            problems.append(found.diagnostic(file.name, file.data))
            continue
        fitting = [each for each in found if profile.is_manifest(each)]
        if len(fitting) > 1:
            problems.append(_several(file, len(fitting)))
        elif len(found) == 1 and not isinstance(found[0], dict):
            problems.append(_no_manifest(file, found[0], profile))
        elif not fitting or _has_one(files, file):
            other.append(file)
        else:
            files.append(file)
            documents.append(fitting[0])
    if other:
        problems.append(_others(other, profile))
    return files, tuple(documents), problems


def _has_one(files: Sequence[ManifestFile], file: ManifestFile) -> bool:
    """Whether the directory of `file` has a manifest already, of another name."""
    last = files[-1] if files else file
    return last.module == file.module and last.file_name != file.file_name


_NAMED = 3


def _others(files: Sequence[ManifestFile], profile: Profile) -> Diagnostic:
    """Files with the name of a manifest that are none, said once."""
    named = ", ".join(file.name for file in files[:_NAMED])
    more = f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else ""
    what = "1 file is called like a manifest of" if len(files) == 1 else f"{len(files):,} files are"
    what += "" if len(files) == 1 else " called like manifests of"
    holds = "holds another document or is" if len(files) == 1 else "hold another document or are"
    hint = "leave their directories out with `ignore` in `[guards]`"
    if any(file.module == ROOT for file in files):
        hint = 'leave the one in the root out with `root = "skip"` in `[project]`, and others with '
        hint += "`ignore` in `[guards]`"
    return Diagnostic(
        code="W562",
        message=f"{what} {profile.name}, and {holds} beside a manifest: {named}{more}",
        hint=f"{hint}, or let it be",
    )


def _several(file: ManifestFile, count: int) -> Diagnostic:
    """A file with more than one document that could be the manifest."""
    return Diagnostic(
        code="E574",
        message=f"{count} documents of this file could be the manifest of its module",
        file=file.name,
        hint="say in the profile which one is meant (`document`), or give each a file",
    )


def _no_manifest(file: ManifestFile, value: object, profile: Profile) -> Diagnostic:
    """Why what was read is not a manifest of a module."""
    places = ManifestPlaces([file.name], lambda _: file.data.decode(), profile.format_of)
    message = f"the manifest is {kind_of(value)}, not an object"
    return places.finding(0, (), "E520", message, hint="write an object")
