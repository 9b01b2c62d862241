"""Reads from all documents what a profile asks for, and keeps what is wrong on the way."""

from collections.abc import Sequence

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.columns import Gatherer, Level
from starlang.manifests.facets import Reading, read_facet
from starlang.manifests.graph import Column
from starlang.manifests.oddities import Oddities, nowhere, starless
from starlang.manifests.places import Places
from starlang.manifests.pointers import EACH, parts_of
from starlang.manifests.profile import FacetSource, StarShape, ValueType
from starlang.rulesets.conditions import FIELD_PREFIX

Labels = tuple[str, ...]


class Survey:
    """One pass over `documents`, all of them objects; `problems` grows as it goes on."""

    def __init__(self, documents: Sequence[object], places: Places) -> None:
        self._documents = documents
        self._gatherer = Gatherer(documents)
        self._oddities = Oddities(documents, places)
        self.problems: list[Diagnostic] = []

    def column(self, source: FacetSource) -> Column:
        """The column of a facet; a facet without a trace in any manifest is reported."""
        reading = self._read(source)
        if reading.nowhere and self._documents:
            self.problems.append(nowhere(source))
        return reading.column

    def names(self, location: str) -> tuple[str, ...]:
        """The name of each module, "" where it has none."""
        if not location:
            return ("",) * len(self._documents)
        column = self.column(FacetSource("name", (location,)))
        names = [next(iter(values), "") for values in column.values]
        return tuple(str(names[code]) for code in column.codes)

    def stars(self, shape: StarShape) -> tuple[Labels, ...]:
        """The labels that each manifest carries, as they are written there."""
        if shape.all:
            entries = self._star_level(f"{shape.all}/{EACH}", required=True)
            return tuple(_labels(listed) for listed in entries)
        primary = self._star_level(shape.primary, required=True)
        if not shape.secondary:
            return tuple(_labels(label) for label in primary)
        secondary = self._star_level(f"{shape.secondary}/{EACH}", required=False)
        return tuple(
            _beside(_labels(label), _labels(listed))
            for label, listed in zip(primary, secondary, strict=True)
        )

    def own_paths(self, location: str, paths: Sequence[str]) -> None:
        """Reports manifests that say of themselves that they lie elsewhere."""
        if location:
            self.column(FacetSource("path", (location,)))
            level = self._gatherer.gather(parts_of(location))
            self.problems += self._oddities.of_paths(level, location, paths)

    def keys(self) -> None:
        """Reports keys that look like those that were read so far."""
        self.problems += self._oddities.of_keys(self._gatherer)

    def _read(self, source: FacetSource) -> Reading:
        reading = read_facet(self._documents, self._gatherer, source)
        self.problems += self._oddities.of_values(reading, source)
        return reading

    def _star_level(self, location: str, *, required: bool) -> Level:
        source = FacetSource("star", (location,))
        reading = self._read(source)
        if required and reading.nowhere and self._documents:
            self.problems.append(starless(source))
        level = self._gatherer.gather(parts_of(location))
        unfit = {each.document for each in reading.unfit}
        return [None if n in unfit else entry for n, entry in enumerate(level)] if unfit else level


def field_source(pointer: str) -> FacetSource:
    """`field "/pointer"` as a facet: any scalar, and no text means "no value"."""
    return FacetSource(FIELD_PREFIX + pointer, (pointer,), type=ValueType.ANY)


def _labels(entry: object) -> Labels:
    """The labels in what was gathered: one text, a list of texts and nulls, or None."""
    if isinstance(entry, str):
        return (entry,)
    if isinstance(entry, list):
        return tuple(label for label in entry if isinstance(label, str))
    return ()


def _beside(primary: Labels, secondary: Labels) -> Labels:
    return (*(primary or ("",)), *secondary) if secondary else primary
