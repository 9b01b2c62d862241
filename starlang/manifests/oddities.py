"""What is odd about the values that a profile reads, as findings."""

from collections.abc import Iterable, Iterator, Sequence

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.columns import Gatherer, Level
from starlang.manifests.facets import Reading, Unfit
from starlang.manifests.places import Places
from starlang.manifests.pointers import parts_of, resolve
from starlang.manifests.positions import Step
from starlang.manifests.profile import FacetSource, StarShape, ValueType
from starlang.manifests.suspicious import lookalike_keys, suspicions
from starlang.manifests.wording import kind, shown
from starlang.text import counted

_WANTED = {
    ValueType.TEXT: "a text",
    ValueType.NUMBER: "a number",
    ValueType.FLAG: "true or false",
    ValueType.ANY: "a text, a number, true or false",
}


class Oddities:
    """Makes the findings about `documents`, whose files `places` knows."""

    def __init__(self, documents: Sequence[object], places: Places) -> None:
        self._documents = documents
        self._places = places

    def of_values(self, reading: Reading, source: FacetSource) -> Iterator[Diagnostic]:
        """Values of a wrong type, locations that disagree, and suspicious texts."""
        for unfit in reading.unfit:
            yield self._wrong_type(unfit, source)
        for number, *locations in reading.disagreeing:
            yield self._disagreement(number, [source.locations[at] for at in locations])
        yield from self.of_texts(reading.texts, source)

    def of_texts(self, texts: Iterable[str], source: FacetSource) -> Iterator[Diagnostic]:
        """Texts that look like others."""
        for text, words in suspicions(texts):
            yield self._suspicious(text, words, source)

    def _wrong_type(self, unfit: Unfit, source: FacetSource) -> Diagnostic:
        found = kind(unfit.value)
        if unfit.inside:
            message = f"`{source.name}` is read inside this value, which is {found}"
            hint = f"make it what `{source.locations[0]}` says, or change the profile"
        else:
            message = f"`{source.name}` is {found} here, not {_WANTED[source.type]}"
            hint = f"write {_WANTED[source.type]}, or delete the value"
        return self._places.finding(unfit.document, unfit.steps, "E521", message, hint=hint)

    def _disagreement(self, number: int, locations: Sequence[str]) -> Diagnostic:
        (first, one), (second, other) = (self._first(number, place) for place in locations)
        return self._places.finding(
            number,
            first,
            "W502",
            f"`{locations[0]}` says {shown(one)}, and `{locations[1]}` says {shown(other)}",
            hint="make both say the same; the first one counts",
            also=[(second, "says something else")],
        )

    def _first(self, number: int, location: str) -> tuple[tuple[Step, ...], object]:
        return next(iter(resolve(self._documents[number], parts_of(location))))

    def _suspicious(self, text: str, words: str, source: FacetSource) -> Diagnostic:
        number, steps = next(
            (number, steps)
            for number, document in enumerate(self._documents)
            for location in source.locations
            for steps, value in resolve(document, parts_of(location))
            if value == text
        )
        message = f"`{source.name}` is {shown(text)}, which {words}"
        hint = "values are compared as they are written: correct it if it is a slip"
        return self._places.finding(number, steps, "W504", message, hint=hint)

    def of_keys(self, gatherer: Gatherer) -> Iterator[Diagnostic]:
        """Keys that look like one that is read, where that one is absent."""
        for parts, key in lookalike_keys(gatherer):
            number, steps = self._with_key(parts, key)
            message = f"the key {shown(key)} looks like {shown(parts[-1])}, but is another one"
            hint = f"write {shown(parts[-1])} if that is meant"
            yield self._places.finding(number, steps, "W504", message, hint=hint, at_key=True)

    def _with_key(self, parts: tuple[str, ...], key: str) -> tuple[int, tuple[Step, ...]]:
        """The first manifest that has `key` and not the last of `parts`, and where."""
        return next(
            (number, (*steps, key))
            for number, document in enumerate(self._documents)
            for steps, inside in resolve(document, parts[:-1])
            if isinstance(inside, dict) and key in inside and inside.get(parts[-1]) is None
        )

    def of_paths(self, level: Level, location: str, paths: Sequence[str]) -> Iterator[Diagnostic]:
        """Manifests whose own path is not where they lie."""
        for number, (own, path) in enumerate(zip(level, paths, strict=True)):
            if isinstance(own, str) and own != path:
                yield self._places.finding(
                    number,
                    self._first(number, location)[0],
                    "W501",
                    f"the manifest calls itself {shown(own)}, and lies in {shown(path)}",
                    hint="correct one of the two; where it lies counts",
                )


def nowhere(source: FacetSource) -> Diagnostic:
    """A facet without a trace in any manifest."""
    places = " or ".join(f"`{location}`" for location in source.locations)
    return Diagnostic(
        code="W503",
        message=f"no manifest has {places}, so `{source.name}` is missing everywhere",
        hint="correct the location, or take it out of the profile",
        pointer=source.locations[0],
    )


def starless(source: FacetSource) -> Diagnostic:
    """No manifest has the place where stars are kept."""
    return Diagnostic(
        code="E522",
        message=f"no manifest has `{source.locations[0]}`, where the profile looks for stars",
        hint=(
            "choose the profile that fits the manifests, or correct its star location; where no "
            "module has a star yet, write `new = true` into `[stars]` of the profile"
        ),
        pointer=source.locations[0],
    )


def no_longer_new(shape: StarShape, found: int) -> Diagnostic:
    """The profile calls stars new, and manifests have their place."""
    have = counted(found, "manifest has", "manifests have")
    return Diagnostic(
        code="W506",
        message=f"the profile says that stars are new, and {have} `{shape.first}`",
        hint="delete `new` from `[stars]`: should the place be lost again, that is then found",
        pointer=shape.first,
    )
