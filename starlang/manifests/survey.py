"""Reads from all documents what a profile asks for, and keeps what is wrong on the way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from unicodedata import category, is_normalized, normalize

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, Label, Replacement, named_replacement
from starlang.manifests.facets import (
    Level,
    Reading,
    Unfit,
    ValueGatherer,
    read_place,
    texts_in,
)
from starlang.manifests.graph import FacetColumn, Misfit
from starlang.manifests.profile import Place, StarShape, ValueType, only_at
from starlang.rules.spelling import FIELD_PREFIX, GRAPH_PREFIX
from starlang.text import Source, Span, kind_of, shown_value
from starlang.texts.documents import Format, format_of, locate_in
from starlang.texts.lookalikes import told_apart
from starlang.texts.pointers import EACH, Step, parts_of, pointer_to, resolve

# Findings about values inside manifests, with the place of the value.


class ManifestPlaces:
    """The manifests that findings are about, by number.

    `names` are their files as people know them; `text` gives the text of one, or None
    where it is not at hand: then a finding has a pointer and no label. `form` gives what a file
    is written in.
    """

    def __init__(
        self,
        names: Sequence[str],
        text: Callable[[int], str | None],
        form: Callable[[str], Format] = format_of,
    ) -> None:
        self.names = names
        self._text = text
        self._form = form
        self._sources: dict[int, Source | None] = {}

    def part(self, numbers: Sequence[int]) -> "ManifestPlaces":
        """Some of the manifests, numbered from 0."""
        names = [self.names[number] for number in numbers]
        return ManifestPlaces(names, lambda number: self._text(numbers[number]), self._form)

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
        choices: Sequence[str] = (),
    ) -> Diagnostic:
        """A finding about the value (or its key) at `steps` of manifest `number`.

        `choices` are what may be written there, as JSON.
        """
        labels: list[Label] = []
        edit, edits = None, tuple[Replacement, ...]()
        if (source := self._source(number)) is not None:
            form = self._form(source.name)
            place, value = _place(source, form, steps, at_key=at_key)
            labels.append(Label(source, place))
            if at_key or place == value:
                edits = tuple(Replacement(place, each) for each in choices)
                edit = named_replacement(source, place, hint)
            labels += [Label(source, _place(source, form, to)[0], words) for to, words in also]
        return Diagnostic(
            code=code,
            message=message,
            file=self.names[number],
            labels=tuple(labels),
            hint=hint,
            pointer=pointer_to(steps),
            replacement=edit,
            choices=edits,
        )


def _place(
    source: Source, form: Format, steps: Sequence[Step], *, at_key: bool = False
) -> tuple[Span, Span]:
    """What a finding about `steps` points at, and the value there.

    It is the value; the key if that is meant, or the value goes over several lines.
    """
    text = source.text
    key, value = locate_in(text, steps, form) or (Span(0, 0), Span(0, 0))
    if not at_key and "\n" not in text[value.start : value.end]:
        return value, value
    return Span(key.start, key.start + 1) if key == value else key, value


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

    def of_values(self, reading: Reading, place: Place) -> Iterator[Diagnostic]:
        """Locations that disagree, and suspicious texts."""
        for number, *locations in reading.disagreeing:
            yield self._disagreement(number, place, [place.locations[at] for at in locations])
        yield from self.of_texts(reading.texts, place)

    def of_texts(self, texts: Iterable[str], place: Place) -> Iterator[Diagnostic]:
        """Texts that look like others."""
        for text, words in suspicions(texts):
            yield self._suspicious(text, words, place)

    def misfits(self, reading: Reading, place: Place) -> Iterator[Misfit]:
        """Values of a wrong type."""
        for unfit in reading.unfit:
            yield Misfit(unfit.document, place.name, self._wrong_type(unfit, place))

    def _wrong_type(self, unfit: Unfit, place: Place) -> Diagnostic:
        found, name = kind_of(unfit.value), place.name.removeprefix(GRAPH_PREFIX)
        if unfit.inside:
            message = f"`{name}` is read inside this value, which is {found}"
            hint = f"make it what `{place.locations[0]}` says, or change the profile"
        else:
            what = f"the text {shown_value(unfit.value)} is" if found == "a text" else f"{found} is"
            message = f"`{name}`: {what} not {_WANTED[place.type]}"
            hint = f"write {_WANTED[place.type]}, or delete the value"
        return self._places.finding(unfit.document, unfit.steps, "E521", message, hint=hint)

    def _disagreement(self, number: int, place: Place, locations: Sequence[str]) -> Diagnostic:
        (first, one), (second, other) = (self._first(number, place, each) for each in locations)
        return self._places.finding(
            number,
            first,
            "W502",
            f"`{locations[0]}` says {shown_value(one)},"
            f" and `{locations[1]}` says {shown_value(other)}",
            hint="make both say the same; the first one counts",
            also=[(second, "says something else")],
        )

    def _first(self, number: int, place: Place, location: str) -> tuple[tuple[Step, ...], object]:
        """The first value at one location of a place: of one that is not a text, all of it."""
        document = self._documents[number]
        texts = ((steps, text) for _, steps, text in texts_in(document, only_at(place, location)))
        return next(texts, None) or next(resolve(document, parts_of(location)))

    def _suspicious(self, text: str, words: str, place: Place) -> Diagnostic:
        number, steps = next(
            (number, steps)
            for number, document in enumerate(self._documents)
            for _, steps, value in texts_in(document, place)
            if value == text
        )
        message = f"`{place.name.removeprefix(GRAPH_PREFIX)}` is {shown_value(text)}, which {words}"
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
            hint = f"write `{parts[-1]}` if that is meant"
            yield self._places.finding(number, steps, "W504", message, hint=hint, at_key=True)

    def _with_key(self, parts: tuple[str, ...], key: str) -> tuple[int, tuple[Step, ...]]:
        """The first manifest that has `key` and not the last of `parts`, and where."""
        return next(
            (number, (*steps, key))
            for number, document in enumerate(self._documents)
            for steps, inside in resolve(document, parts[:-1])
            if isinstance(inside, dict) and key in inside and inside.get(parts[-1]) is None
        )

    def of_paths(
        self, owns: Iterable[str | None], place: Place, paths: Sequence[str]
    ) -> Iterator[Diagnostic]:
        """Manifests whose own path is not where they lie."""
        for number, (own, path) in enumerate(zip(owns, paths, strict=True)):
            if own is not None and normalize("NFC", own) != normalize("NFC", path):
                yield self._places.finding(
                    number,
                    next(steps for _, steps, _ in texts_in(self._documents[number], place)),
                    "W501",
                    f"the manifest calls itself {shown_value(own)}, and is in {shown_value(path)}"
                    f"{told_apart(own, path)}",
                    hint="correct one of the two; where it is counts",
                )


def nowhere(place: Place) -> Diagnostic:
    """A place without a trace in any manifest."""
    locations = " or ".join(f"`{location}`" for location in place.locations)
    name = place.name.removeprefix(GRAPH_PREFIX)
    return Diagnostic(
        code="W503",
        message=f"no manifest has {locations}, so `{name}` is missing everywhere",
        hint="correct the location, or take it out of the profile",
        pointer=place.locations[0],
    )


_CHOOSE = (
    "choose the profile that fits the manifests, or correct its place of stars; where modules "
    'have no star yet, write `absent = "default"` into `[stars]` of the profile'
)


_DECLARE = (
    "add it, or say in the profile where stars are in such a manifest: as a `[[shape]]`, or with "
    '`absent = "default"` in `[stars]` if it is a module without a star'
)


def starless(place: Place) -> Diagnostic:
    """No manifest has the place where stars are kept."""
    locations = " or ".join(f"`{location}`" for location in place.locations)
    return Diagnostic(
        code="E522",
        message=f"no manifest has {locations}, where the profile looks for stars",
        hint=_CHOOSE,
        pointer=place.locations[0],
    )


Labels = tuple[str, ...]


class Survey:
    """One pass over `documents`, all of them objects; `problems` grows as it goes on."""

    def __init__(self, documents: Sequence[object], places: ManifestPlaces) -> None:
        self._documents = documents
        self._places = places
        self._gatherer = ValueGatherer(documents)
        self._oddities = Oddities(documents, places)
        self.problems: list[Diagnostic] = []
        self.misfits: list[Misfit] = []

    def column(self, place: Place) -> FacetColumn:
        """The column of a place; a facet without a trace in any manifest is reported."""
        reading = self._read(place)
        if reading.nowhere and self._documents and place.locations:
            self.problems.append(nowhere(place))
        return reading.column

    def names(self, place: Place | None) -> tuple[str, ...]:
        """The name of each module, "" where it has none."""
        if place is None:
            return ("",) * len(self._documents)
        return tuple(labels[0] if labels else "" for labels in _by_module(self.column(place)))

    def stars(self, shape: StarShape) -> tuple[Labels, ...]:
        """The labels that each manifest carries, as they are written there."""
        if shape.sidecar:
            return ((),) * len(self._documents)
        first = self._read(evolve(shape.first, missing=()))
        if not shape.is_optional and self._documents:
            self._absent(shape, nowhere=first.nowhere)
        labels = _by_module(first.column)
        if shape.secondary is None:
            return tuple(labels)
        further = self._read(evolve(shape.secondary, missing=())).column
        return tuple(map(_beside, labels, _by_module(further)))

    def _absent(self, shape: StarShape, *, nowhere: bool) -> None:
        """Reports manifests without the place of stars: all in one finding, or each."""
        if nowhere:
            self.problems.append(starless(shape.first))
            return
        pointers = [location.removesuffix(f"/{EACH}") for location in shape.first.locations]
        levels = [self._gatherer.gather(parts_of(pointer)) for pointer in pointers]
        for number, found in enumerate(zip(*levels, strict=True)):
            if all(entry is None for entry in found):
                message = f"the manifest has no `{pointers[0]}`, where the profile looks for stars"
                finding = self._places.finding(number, (), "E570", message, hint=_DECLARE)
                self.misfits.append(Misfit(number, shape.first.name, finding))

    def own_paths(self, place: Place | None, paths: Sequence[str]) -> None:
        """Reports manifests that say of themselves that they lie elsewhere."""
        if place is not None:
            owns = (labels[0] if labels else None for labels in _by_module(self.column(place)))
            self.problems += self._oddities.of_paths(owns, place, paths)

    def keys(self) -> None:
        """Reports keys that look like those that were read so far."""
        self.problems += self._oddities.of_keys(self._gatherer)

    def _read(self, place: Place) -> Reading:
        reading = read_place(self._documents, self._gatherer, place)
        self.problems += self._oddities.of_values(reading, place)
        self.misfits += self._oddities.misfits(reading, place)
        return reading


def field_source(pointer: str) -> Place:
    """`field "/pointer"` as a place: every value, and no text means "no value"."""
    return Place(FIELD_PREFIX + pointer, (pointer,), type=ValueType.ANY, containers=True)


def _by_module(column: FacetColumn) -> Iterator[Labels]:
    """The labels of each module, from what was read."""
    known = [tuple(map(str, values)) for values in column.values]
    return map(known.__getitem__, column.codes)


def _beside(primary: Labels, secondary: Labels) -> Labels:
    return (*(primary or ("",)), *secondary) if secondary else primary
