"""Manifests in record batches as columns of facets, which batches of modules have."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from starlang.errors import TablesError
from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.linking import PUBLISHES, SUBSCRIBES, relation_columns
from starlang.manifests.profile import Place, Profile, ValueType
from starlang.manifests.survey import ManifestPlaces, field_source
from starlang.manifests.waivers import ROOT
from starlang.rules.spelling import Scalar
from starlang.tables.arrow import arrow
from starlang.tables.batches import MANIFEST, NAME, PATH, STAR, UNFIT

if TYPE_CHECKING:
    import pyarrow as pa


@frozen
class Reading:
    """What is read of manifests: the facets of a profile, and the `fields` at JSON pointers."""

    profile: Profile
    fields: tuple[str, ...]

    @property
    def _places(self) -> dict[str, Place]:
        events = [each for each in self.profile.relations if each.name in {PUBLISHES, SUBSCRIBES}]
        every = (*self.profile.facets, *map(field_source, self.fields), *events)
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
        """The facets of the manifests in columns `path` and `manifest`, a row for each.

        TablesError if one of the columns is missing, or two manifests of a batch have one path.
        """
        for batch in batches:
            missing = {PATH, MANIFEST}.difference(batch.schema.names)
            if missing:
                raise TablesError(f"manifests must have a column `{min(missing)}`")
            yield self._batch(batch.column(PATH).to_pylist(), batch.column(MANIFEST).to_pylist())

    def _batch(self, paths: Sequence[str], texts: Sequence[str | None]) -> "pa.RecordBatch":
        pa, schema = arrow(), self.schema()
        graph = self._graph(paths, texts)
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

    def _graph(self, paths: Sequence[str], texts: Sequence[str | None]) -> ModuleGraph:
        name = self.profile.file_names[0]
        files = [
            ManifestFile(name if path == ROOT else f"{path}/{name}", path, (text or "").encode())
            for path, text in zip(paths, texts, strict=True)
        ]
        try:
            graph = build_graph(files, self.profile, self.fields)
        except ValueError as error:
            raise TablesError(f"{error}") from None
        places = ManifestPlaces(graph.files, lambda _: None, self.profile.format_of)
        columns, _, misfits = relation_columns(graph, places)
        if not graph.documents:  # none of the manifests can be read
            columns = dict.fromkeys(self._places, FacetColumn((), ()))
        return evolve(
            graph,
            columns={**graph.columns, **columns},
            misfits=(*graph.misfits, *misfits),
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
