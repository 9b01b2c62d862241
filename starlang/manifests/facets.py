"""One facet read from all documents: its column, and what was odd on the way."""

from collections.abc import Sequence

from attrs import frozen

from starlang.manifests.columns import Encoder, Gatherer, column_of
from starlang.manifests.graph import Column
from starlang.manifests.pointers import EACH, misfit, parts_of
from starlang.manifests.positions import Step
from starlang.manifests.profile import FacetSource


@frozen
class Unfit:
    """A value of the wrong type where a facet is read."""

    document: int
    steps: tuple[Step, ...]
    value: object
    inside: bool
    """Whether it is in the way of the location, not at its end."""


@frozen
class Reading:
    """A facet over all documents.

    `texts`: every text as the manifests have it.
    `nowhere`: whether no document has anything at any of the locations.
    `disagreeing`: documents in which two locations (numbers) have different values.
    """

    column: Column
    nowhere: bool
    unfit: tuple[Unfit, ...] = ()
    disagreeing: tuple[tuple[int, int, int], ...] = ()
    texts: tuple[str, ...] = ()


def read_facet(documents: Sequence[object], gatherer: Gatherer, source: FacetSource) -> Reading:
    """The facet at the first of its locations that has a value, for each document."""
    encoder = Encoder(source)
    places = [parts_of(location) for location in source.locations]
    levels = [gatherer.gather(parts) for parts in places]
    encoded = [
        encoder.encode(level, many=EACH in parts)
        for parts, level in zip(places, levels, strict=True)
    ]
    codes, disagreeing = _first_of([codes for codes, _ in encoded], encoder)
    unfit = sorted({number for _, numbers in encoded for number in numbers})
    return Reading(
        column=column_of(encoder.values, codes),
        nowhere=all(entry is None for level in levels for entry in level),
        unfit=tuple(
            found for number in unfit for found in _unfit(number, documents[number], source)
        ),
        disagreeing=tuple(disagreeing),
        texts=tuple(encoder.texts),
    )


def _first_of(
    columns: list[list[int]], encoder: Encoder
) -> tuple[list[int], list[tuple[int, int, int]]]:
    """The first value of each document, as a code, and where later ones are others."""
    if len(columns) == 1:
        return columns[0], []
    codes = list(columns[0])
    chosen_by = [0] * len(codes)
    disagreeing: list[tuple[int, int, int]] = []
    values, nothing = encoder.values, encoder.nothing
    for later in range(1, len(columns)):
        for number, code in enumerate(columns[later]):
            if code == nothing:
                continue
            chosen = codes[number]
            if chosen == nothing:
                codes[number], chosen_by[number] = code, later
            elif code != chosen and set(values[code]) != set(values[chosen]):
                disagreeing.append((number, chosen_by[number], later))
    return codes, disagreeing


def _unfit(number: int, document: object, source: FacetSource) -> list[Unfit]:
    """What is of a wrong type in one document.

    A location is excused where it fails at a place that another one reads in another
    shape, and that one fits: `external/*/package` at texts that `external/*` reads.
    """
    locations = [parts_of(location) for location in source.locations]
    found = [(parts, misfit(document, parts, source.type.accepts)) for parts in locations]
    fitting = [parts for parts, wrong in found if wrong is None]
    unfit: dict[tuple[Step, ...], Unfit] = {}
    for parts, wrong in found:
        if wrong is not None:
            steps, depth, value = wrong
            if not any(other[:depth] == parts[:depth] for other in fitting):
                unfit.setdefault(steps, Unfit(number, steps, value, depth < len(parts)))
    return list(unfit.values())
