"""Reads from all documents what a profile asks for, and keeps what is wrong on the way."""

from collections.abc import Callable, Sequence

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.columns import Gatherer, Level
from starlang.manifests.facets import read_facet
from starlang.manifests.graph import Column
from starlang.manifests.oddities import Oddities, no_longer_new, nowhere, starless
from starlang.manifests.places import Places
from starlang.manifests.pointers import EACH, parts_of
from starlang.manifests.profile import FacetSource, StarShape, ValueType
from starlang.rulesets.spelling import FIELD_PREFIX

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
        reading = read_facet(self._documents, self._gatherer, source)
        self.problems += self._oddities.of_values(reading, source)
        if reading.nowhere and self._documents:
            self.problems.append(nowhere(source))
        return reading.column

    def names(self, location: str) -> tuple[str, ...]:
        """The name of each module, "" where it has none."""
        if not location:
            return ("",) * len(self._documents)
        source = FacetSource("name", (location,))
        level = self._texts(source, expected=nowhere)
        return tuple(entry if isinstance(entry, str) else "" for entry in level)

    def stars(self, shape: StarShape) -> tuple[Labels, ...]:
        """The labels that each manifest carries, as they are written there."""
        expected = None if shape.new else starless
        if shape.all:
            source = FacetSource("star", (f"{shape.all}/{EACH}",))
            listed = self._texts(source, expected=expected)
            self._newness(shape, listed)
            return tuple(map(_labels, listed))
        source = FacetSource("star", (shape.primary,))
        primary = self._texts(source, expected=expected)
        self._newness(shape, primary)
        if not shape.secondary:
            return tuple(_labels(label) for label in primary)
        source = FacetSource("star", (f"{shape.secondary}/{EACH}",))
        return tuple(
            _beside(_labels(label), _labels(listed)) if listed else _labels(label)
            for label, listed in zip(primary, self._texts(source), strict=True)
        )

    def _newness(self, shape: StarShape, level: Level) -> None:
        """Reports a profile that calls stars new where manifests have them."""
        found = sum(entry is not None for entry in level)
        if shape.new and found:
            self.problems.append(no_longer_new(shape, found))

    def own_paths(self, location: str, paths: Sequence[str]) -> None:
        """Reports manifests that say of themselves that they lie elsewhere."""
        if location:
            level = self._texts(FacetSource("path", (location,)), expected=nowhere)
            self.problems += self._oddities.of_paths(level, location, paths)

    def keys(self) -> None:
        """Reports keys that look like those that were read so far."""
        self.problems += self._oddities.of_keys(self._gatherer)

    def _texts(
        self, source: FacetSource, expected: Callable[[FacetSource], Diagnostic] | None = None
    ) -> Level:
        """What is at the one location of `source`, None where it is of a wrong type.

        `expected` words what to report if no manifest has anything there.
        """
        level = self._gatherer.gather(parts_of(source.locations[0]))
        types = set(map(type, level))
        if expected and types == {type(None)}:
            self.problems.append(expected(source))
        if types <= {str, type(None)}:
            texts = (text for text in dict.fromkeys(level) if isinstance(text, str))
            self.problems += self._oddities.of_texts(texts, source)
            return level
        reading = read_facet(self._documents, self._gatherer, source)
        self.problems += self._oddities.of_values(reading, source)
        unfit = {each.document for each in reading.unfit}
        return [None if number in unfit else entry for number, entry in enumerate(level)]


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
