"""Reads from all documents what a profile asks for, and keeps what is wrong on the way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from unicodedata import category, is_normalized, normalize

from starlang.diagnostics.model import Diagnostic, Label
from starlang.manifests.facets import Level, Reading, Unfit, ValueGatherer, read_facet
from starlang.manifests.graph import FacetColumn
from starlang.manifests.profile import FacetSource, StarShape, ValueType
from starlang.rules.spelling import FIELD_PREFIX
from starlang.text import Source, Span, counted, kind_of, shown_value
from starlang.texts.pointers import EACH, Step, locate_entry, parts_of, pointer_to, resolve

# Findings about values inside manifests, with the place of the value.


class ManifestPlaces:
    """The manifests that findings are about, by number.

    `names` are their files as people know them; `text` gives the text of one, or None
    where it is not at hand: then a finding has a pointer and no label.
    """

    def __init__(self, names: Sequence[str], text: Callable[[int], str | None]) -> None:
        self.names = names
        self._text = text
        self._sources: dict[int, Source | None] = {}

    def _source(self, number: int) -> Source | None:
        if number not in self._sources:
            text = self._text(number)
            self._sources[number] = None if text is None else Source(self.names[number], text)
        return self._sources[number]

    def finding(  # noqa: PLR0913 -- the parts of a diagnostic, each by name
        self,
        number: int,
        steps: Sequence[Step],
        code: str,
        message: str,
        *,
        hint: str = "",
        at_key: bool = False,
        also: Sequence[tuple[Sequence[Step], str]] = (),
    ) -> Diagnostic:
        """A finding about the value (or its key) at `steps` of manifest `number`."""
        labels: list[Label] = []
        if (source := self._source(number)) is not None:
            labels.append(Label(source, _place(source.text, steps, at_key=at_key)))
            labels += [Label(source, _place(source.text, to), words) for to, words in also]
        return Diagnostic(
            code=code,
            message=message,
            file=self.names[number],
            labels=tuple(labels),
            hint=hint,
            pointer=pointer_to(steps),
        )


def _place(text: str, steps: Sequence[Step], *, at_key: bool = False) -> Span:
    """The value at `steps`; its key if that is meant or the value goes over several lines."""
    key, value = locate_entry(text, steps) or (Span(0, 0), Span(0, 0))
    if not at_key and "\n" not in text[value.start : value.end]:
        return value
    return Span(key.start, key.start + 1) if key == value else key


# Texts that look like others without being equal to them.
#
# Values are compared as they are written. What a reader cannot see (a trailing space, a
# full-width letter, another Unicode form) is reported instead of being corrected.

_FULL_WIDTH = range(0xFF01, 0xFFEF)
_JOINER = "\u200d"  # part of many emoji


def suspicions(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(text, what an eye would miss about it, in words that follow "it"), where there is some."""
    texts = list(texts)
    # All of them at once, because nearly always there is nothing.
    if _is_plain("|".join(texts)):
        return
    for text in texts:
        if words := _suspicion(text):
            yield text, words


def _is_plain(joined: str) -> bool:
    """Whether texts joined by `|` are printable ASCII without white space at their ends."""
    return (
        joined.isascii()
        and joined.isprintable()
        and " |" not in joined
        and "| " not in joined
        and joined == joined.strip()
    )


def _suspicion(text: str) -> str | None:
    if text != text.strip():
        return "starts or ends with white space"
    if text.isascii() and text.isprintable():
        return None
    if any(category(c) in {"Cc", "Cf", "Zl", "Zp"} and c != _JOINER for c in text):
        return "holds an invisible character"
    if any(ord(c) in _FULL_WIDTH for c in text):
        return "holds full-width characters"
    if not is_normalized("NFC", text):
        return "is not in the Unicode form NFC, so it differs from the same text in that form"
    return None


def lookalike_keys(gatherer: ValueGatherer) -> Iterator[tuple[tuple[str, ...], str]]:
    """(the parts that were read, the key that is there instead), where the first are absent."""
    known: dict[tuple[str, ...], dict[str, set[str]]] = {}
    for parts, above, level in gatherer.lookups():
        if None not in level:
            continue
        *inside, wanted = parts
        if (place := tuple(inside)) not in known:
            known[place] = _keys_by_skeleton(above)
        if alike := known[place].get(_skeleton(wanted), set()) - {wanted}:
            lacking = (
                value
                for value, found in zip(above, level, strict=True)
                if found is None and isinstance(value, dict)
            )
            for key in {key: None for value in lacking for key in value if key in alike}:
                yield parts, key


def _keys_by_skeleton(level: Level) -> dict[str, set[str]]:
    """Every key that some object of `level` has."""
    alike: dict[str, set[str]] = {}
    for key in set[str]().union(*(value for value in level if isinstance(value, dict))):
        alike.setdefault(_skeleton(key), set()).add(key)
    return alike


def _skeleton(key: str) -> str:
    return normalize("NFKC", key).strip().casefold()


# What is odd about the values that a profile reads, as findings.

_WANTED = {
    ValueType.TEXT: "a text",
    ValueType.NUMBER: "a number",
    ValueType.FLAG: "true or false",
    ValueType.ANY: "a text, a number, true or false",
}


class Oddities:
    """Makes the findings about `documents`, whose files `places` knows."""

    def __init__(self, documents: Sequence[object], places: ManifestPlaces) -> None:
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
        found = kind_of(unfit.value)
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
            f"`{locations[0]}` says {shown_value(one)},"
            f" and `{locations[1]}` says {shown_value(other)}",
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
        message = f"`{source.name}` is {shown_value(text)}, which {words}"
        hint = "values are compared as they are written: correct it if it is a slip"
        return self._places.finding(number, steps, "W504", message, hint=hint)

    def of_keys(self, gatherer: ValueGatherer) -> Iterator[Diagnostic]:
        """Keys that look like one that is read, where that one is absent."""
        for parts, key in lookalike_keys(gatherer):
            number, steps = self._with_key(parts, key)
            message = (
                f"the key {shown_value(key)} looks like {shown_value(parts[-1])},"
                " but is another one"
            )
            hint = f"write {shown_value(parts[-1])} if that is meant"
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
                    f"the manifest calls itself {shown_value(own)}, and is in {shown_value(path)}",
                    hint="correct one of the two; where it is counts",
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


Labels = tuple[str, ...]


class Survey:
    """One pass over `documents`, all of them objects; `problems` grows as it goes on."""

    def __init__(self, documents: Sequence[object], places: ManifestPlaces) -> None:
        self._documents = documents
        self._gatherer = ValueGatherer(documents)
        self._oddities = Oddities(documents, places)
        self.problems: list[Diagnostic] = []

    def column(self, source: FacetSource) -> FacetColumn:
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
