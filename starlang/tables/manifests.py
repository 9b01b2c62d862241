"""Manifests in record batches as columns of facets, which batches of modules have.

What a profile reads in other files than manifests, such as CODEOWNERS or the file with the stars
of all modules, comes as columns beside the manifests: whoever has the files has joined them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from starlang.errors import TablesError
from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.elsewhere import with_facts
from starlang.manifests.facets import references_in
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.linking import relation_columns
from starlang.manifests.profile import DEPENDENCIES, FacetSource, Place, Profile, ValueType
from starlang.manifests.survey import ManifestPlaces, field_source
from starlang.manifests.waivers import ROOT
from starlang.rules.spelling import Scalar
from starlang.tables.arrow import arrow
from starlang.tables.batches import MANIFEST, NAME, PATH, STAR, UNFIT, facet_column
from starlang.text import kind_of

if TYPE_CHECKING:
    import pyarrow as pa

TWICE = "every module has one row, and two have the path"
"""What is wrong where a path is there twice; the path follows."""


@frozen
class Reading:
    """What is read of manifests: the facets of a profile, and the `fields` at JSON pointers.

    `beside` are the columns that manifests have beside them, of which those are read that are
    about facts from other files. A facet of another file without a column is left out, so that
    rules that read it are refused.
    """

    profile: Profile
    fields: tuple[str, ...]
    beside: Collection[str] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read; TablesError if stars are kept elsewhere and are not given."""
        given = [each.name for each in self._elsewhere]
        if not self.profile.sidecar:
            return (PATH, MANIFEST, *given)
        if STAR not in self.beside:
            raise TablesError(
                f"the profile keeps the stars of all modules in `{self.profile.sidecar}`, which no "
                f"manifest has: join them to the manifests as a column `{STAR}`, with the label of "
                "each module, or null"
            )
        return (PATH, MANIFEST, STAR, *given)

    @property
    def _elsewhere(self) -> Sequence[FacetSource]:
        """The facets of other files that are given."""
        facets = self.profile.facets
        return [each for each in facets if each.elsewhere and each.name in self.beside]

    @property
    def _places(self) -> dict[str, Place]:
        facets = [f for f in self.profile.facets if not f.elsewhere or f.name in self.beside]
        every = (*facets, *map(field_source, self.fields), *self.profile.relations)
        return {each.name: each for each in every}

    def schema(self) -> "pa.Schema":
        """Path, name and stars of a module, and a column per facet.

        `unfit` are the places of the profile that cannot be read there, `manifest` for all.
        """
        pa = arrow()
        texts = pa.list_(pa.field("element", pa.string()))
        any_ = pa.struct({"text": pa.string(), "flag": pa.bool_(), "number": pa.string()})
        anything = pa.list_(pa.field("element", any_))
        facets = {
            name: texts if place.type is ValueType.TEXT else anything
            for name, place in self._places.items()
        }
        return pa.schema(
            {PATH: pa.string(), NAME: pa.string(), STAR: texts, **facets, UNFIT: texts}
        )

    def read(self, batches: Iterable["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
        """The facets of the manifests in `columns`, a row for each.

        TablesError if one of the columns is missing, two manifests of a batch have one path, or a
        fact is not of the type that the profile says.
        """
        for batch in batches:
            if missing := set(self.columns).difference(batch.schema.names):
                raise TablesError(f"manifests must have a column `{min(missing)}`")
            yield self._batch(batch)

    def _batch(self, batch: "pa.RecordBatch") -> "pa.RecordBatch":
        pa, schema = arrow(), self.schema()
        paths = batch.column(PATH).to_pylist()
        graph = self._graph(paths, batch)
        unread = [path for path in paths if path not in graph.index]
        unfit: list[list[str]] = [[] for _ in graph.paths]
        for misfit in graph.misfits:
            unfit[misfit.module].append(misfit.place)
        columns = [
            pa.array([*graph.paths, *unread], pa.string()),
            pa.array([*graph.names, *([""] * len(unread))], pa.string()),
            pa.array([*map(list, graph.stars), *([[]] * len(unread))], schema.field(STAR).type),
            *(
                _array(graph.columns[name], len(unread), schema.field(name).type)
                for name in self._places
            ),
            pa.array([*unfit, *([[MANIFEST]] * len(unread))], schema.field(UNFIT).type),
        ]
        return pa.record_batch(columns, schema=schema)

    def _graph(self, paths: Sequence[str | None], batch: "pa.RecordBatch") -> ModuleGraph:
        rows = _numbered(paths)
        texts = batch.column(MANIFEST).to_pylist()
        files = [
            ManifestFile(manifest_of(path, self.profile), path, (text or "").encode())
            for path, text in zip(rows, texts, strict=True)
        ]
        graph = build_graph(files, self.profile, self.fields)
        places = ManifestPlaces(graph.files, lambda _: None, self.profile.format_of)
        columns, _, misfits = relation_columns(graph, places)
        if not graph.documents:  # none of the manifests can be read
            columns = dict.fromkeys(self._places, FacetColumn((), ()))
        elif DEPENDENCIES in columns:
            columns[DEPENDENCIES] = _references(graph)
        graph = evolve(
            graph,
            columns={**graph.columns, **columns},
            misfits=(*graph.misfits, *misfits),
        )
        return self._with_facts(
            graph, batch.take(arrow().array([rows[path] for path in graph.paths], "int32"))
        )

    def _with_facts(self, graph: ModuleGraph, batch: "pa.RecordBatch") -> ModuleGraph:
        """`graph` with what the rows of its modules say beside their manifests."""
        for facet in self._elsewhere:
            given = facet_column(facet.name, batch.column(facet.name))
            found = {n: (given.of(n), "") for n in range(len(graph)) if given.of(n)}
            for module, (values, _) in found.items():
                if wrong := [each for each in values if not facet.accepts(each)]:
                    raise TablesError(_wrong(facet, graph.paths[module], wrong[0]))
            graph = with_facts(graph, facet, found)
        if self.profile.sidecar:
            labels = facet_column(STAR, batch.column(STAR))
            stars = tuple(tuple(map(str, labels.of(n))) for n in range(len(graph)))
            graph = evolve(graph, stars=stars)
        return graph


def manifest_of(path: str, profile: Profile) -> str:
    """The file that the module at `path` has its manifest in, below the manifests root."""
    name = profile.file_names[0]
    return name if path == ROOT else f"{path}/{name}"


def _numbered(paths: Sequence[str | None]) -> dict[str, int]:
    """The row of each path; TablesError if one is missing, or there twice."""
    rows: dict[str, int] = {}
    for row, path in enumerate(paths):
        if not path:
            raise TablesError("every manifest has a path: a text that is not empty")
        if rows.setdefault(path, row) != row:
            raise TablesError(f"{TWICE} {path}")
    return rows


def _references(graph: ModuleGraph) -> FacetColumn:
    """What each module says that it uses, as it is written there."""
    source = graph.profile.source(DEPENDENCIES)
    found = [
        tuple(dict.fromkeys(text for _, text in references_in(document, source)))
        for document in graph.documents
        if source is not None
    ]
    return FacetColumn(tuple(found), range(len(found)))


def _wrong(facet: FacetSource, path: str, value: Scalar) -> str:
    return (
        f"the column `{facet.name}` has {kind_of(value)} for {path}, and the profile says that "
        f"`{facet.name}` is of type `{facet.type.value}`"
    )


def _array(column: FacetColumn, more: int, kind: "pa.DataType") -> "pa.Array":
    pa = arrow()
    is_text = pa.types.is_string(kind.value_type)
    values = [list(v) if is_text else list(map(_struct, v)) for v in (*column.values, ())]
    codes = [*column.codes, *([len(column.values)] * more)]
    return pa.array(values, kind).take(pa.array(codes, "int32"))


def _struct(value: Scalar) -> dict[str, str | bool | None]:
    match value:
        case bool():
            return {"text": None, "flag": value, "number": None}
        case Decimal():
            return {"text": None, "flag": None, "number": str(value)}
        case str():
            return {"text": value, "flag": None, "number": None}
