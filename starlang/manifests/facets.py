"""One facet read from all documents: its column, and what was odd on the way."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from operator import itemgetter
from types import NoneType
from typing import Any, Final, cast

from attrs import frozen

from starlang.manifests.graph import FacetColumn
from starlang.manifests.profile import FacetSource
from starlang.rules.spelling import Scalar
from starlang.texts.pointers import EACH, Step, element, is_index, misfit, parts_of

# Values gathered from documents, column by column, and encoded.
#
# A location is walked level by level over all documents at once, and levels are shared
# between locations with the same beginning: `/module/lane` and `/module/colony` look into
# `module` once. A level is one list comprehension, the fastest loop that Python has.

Level = list[object]
"""One entry a document: None (absent), a JSON value, a list of values, or `MISFIT`."""


class _Misfit:
    """Stands where a container of the wrong type is in the way."""

    __slots__ = ()


MISFIT: Final = _Misfit()


class ValueGatherer:
    """Looks into `documents`, all of them objects, along the parts of pointers."""

    def __init__(self, documents: Sequence[object]) -> None:
        self._levels: dict[tuple[str, ...], Level] = {(): list(documents)}

    def gather(self, parts: tuple[str, ...]) -> Level:
        """What each document has at `parts`.

        With a `*` that is a list: of what the elements have, `[]` where the array is
        empty; None where it is absent, or where no element has the rest.
        """
        if EACH not in parts:
            return self._level(parts)
        at = parts.index(EACH)
        return _each_of(self._level(parts[:at]), parts[at + 1 :])

    def lookups(self) -> Iterator[tuple[tuple[str, ...], Level, Level]]:
        """(parts, what was looked into, what was found) of every key looked up so far."""
        for parts, level in self._levels.items():
            if parts:
                yield parts, self._levels[parts[:-1]], level

    def _level(self, parts: tuple[str, ...]) -> Level:
        level = self._levels.get(parts)
        if level is None:
            level = self._levels[parts] = _members(self._level(parts[:-1]), parts[-1])
        return level


def _members(level: list[Any], key: str) -> Level:
    """What each entry of `level` has at `key`."""
    try:  # mostly all are objects with the key, and no loop in Python is needed
        return list(map(itemgetter(key), level))
    except (KeyError, TypeError):
        return [value.get(key) if type(value) is dict else _inside(value, key) for value in level]


def _inside(value: object, key: str) -> object:
    """What `value` has at `key`, for everything that is not an object or an unusual one."""
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list) and is_index(key):
        return element(value, key)
    return value if value is None else MISFIT


def _each_of(level: list[Any], rest: tuple[str, ...]) -> Level:
    """What the elements of each entry of `level` have at `rest`."""
    types = set(map(type, level))
    if not rest and types <= {list, NoneType}:
        return level
    if len(rest) == 1 and types <= {list}:
        try:  # mostly every element is an object with the key
            member = itemgetter(rest[0])
            return [list(map(member, value)) for value in level]
        except (KeyError, TypeError):
            pass
    return [_each(value, rest) for value in level]


def _each(value: object, rest: tuple[str, ...]) -> object:
    if not isinstance(value, list):
        return value if value is None else MISFIT
    if not rest:
        return value
    found: list[object] = []
    for member in value:
        entry = _along(member, rest)
        if entry is MISFIT:
            return MISFIT
        if entry is not None:
            found += entry if EACH in rest and isinstance(entry, list) else [entry]
    return found if found or not value else None


def _along(value: object, parts: tuple[str, ...]) -> object:
    for at, part in enumerate(parts):
        if part == EACH:
            return _each(value, parts[at + 1 :])
        value = _inside(value, part)
    return value


class Encoder:
    """Turns what documents have into codes: numbers of tuples of scalars in `values`.

    The empty tuple stands for absent, null, an empty array, only texts that mean "no
    value", and a value of a wrong type. `texts` holds every text as the manifests have it.
    """

    def __init__(self, source: FacetSource) -> None:
        self._accepts = source.type.accepts
        self._missing = frozenset(source.missing)
        self._renamed = dict(source.values)
        self._codes: dict[tuple[tuple[type, Scalar], ...], int] = {}
        self.values: list[tuple[Scalar, ...]] = []
        self.texts: dict[str, None] = {}

    def encode(self, level: Level, *, many: bool) -> tuple[list[int], list[int]]:
        """The code of each document, and the numbers of those with a value of a wrong type.

        `many` if the location has a `*`: then an entry is a list of values. New tuples are
        numbered as they first occur.
        """
        if many:
            level = [tuple(entry) if type(entry) is list else entry for entry in level]
        known = self._known(level)
        if known is None:
            codes = list(map(self._code, level))
        else:
            codes = list(map(known.__getitem__, level))
        if None not in (codes if known is None else known.values()):
            return cast("list[int]", codes), []
        unfit = [number for number, code in enumerate(codes) if code is None]
        return [self.nothing if code is None else code for code in codes], unfit

    @property
    def nothing(self) -> int:
        """The code of the empty tuple."""
        return self._number(())

    def _known(self, level: Level) -> dict[object, int | None] | None:
        """The code of each different entry, looked at once, if all is text or absent.

        A table would take JSON's true for 1, and has no place for objects and arrays.
        """
        try:
            known: dict[object, int | None] = dict.fromkeys(level)
        except TypeError:  # an object or an array has no hash
            return None
        if not all(map(_is_text, known)):
            return None
        for key in known:
            known[key] = self._code(key)
        return known

    def _code(self, entry: object) -> int | None:
        entries = entry if isinstance(entry, tuple) else (entry,)
        if not all(one is None or self._accepts(one) for one in entries):
            return None
        self.texts |= dict.fromkeys(one for one in entries if isinstance(one, str))
        present = (one for one in entries if one is not None and one not in self._missing)
        values = dict.fromkeys((type(value), value) for value in map(self._scalar, present))
        return self._number(tuple(values))

    def _number(self, values: tuple[tuple[type, Scalar], ...]) -> int:
        code = self._codes.setdefault(values, len(self.values))
        if code == len(self.values):
            self.values.append(tuple(value for _, value in values))
        return code

    def _scalar(self, value: object) -> Scalar:
        if isinstance(value, str):
            return self._renamed.get(value, value)
        return value if isinstance(value, bool) else Decimal(str(value))


def _is_text(key: object) -> bool:
    """Whether `key` is a text or absent, or made of such."""
    if isinstance(key, tuple):
        return all(one is None or isinstance(one, str) for one in key)
    return key is None or isinstance(key, str)


def column_of(values: Sequence[tuple[Scalar, ...]], codes: Sequence[int]) -> FacetColumn:
    """A column that holds only the tuples that occur, numbered as they first occur."""
    used = dict.fromkeys(codes)
    if list(used) == list(range(len(values))):
        return FacetColumn(tuple(values), tuple(codes))
    renumbered = {code: number for number, code in enumerate(used)}
    return FacetColumn(
        tuple(values[code] for code in renumbered), tuple(map(renumbered.__getitem__, codes))
    )


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

    column: FacetColumn
    nowhere: bool
    unfit: tuple[Unfit, ...] = ()
    disagreeing: tuple[tuple[int, int, int], ...] = ()
    texts: tuple[str, ...] = ()


def read_facet(
    documents: Sequence[object], gatherer: ValueGatherer, source: FacetSource
) -> Reading:
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


# A manifest as it would be if one of its facets had another value.
#
# Only to ask about it: nothing here writes a file. What comes out is read again with the
# profile, so a change that the profile does not read as it was meant is none.


def values_in(document: object, source: FacetSource) -> tuple[Scalar, ...]:
    """What the profile reads for one facet in one document."""
    return read_facet([document], ValueGatherer([document]), source).column.of(0)


def is_list(source: FacetSource) -> bool:
    """Whether a manifest may have several values of the facet."""
    return any(EACH in parts_of(location) for location in source.locations)


def with_added(document: object, source: FacetSource, value: Scalar) -> Iterator[object]:
    """Documents that have `value` beside the values they had, or instead of a single one."""
    wanted = {*_keys(values_in(document, source)), *_keys((value,))} if is_list(source) else None
    for location in _by_use(document, source):
        parts = parts_of(location)
        for raw in _spellings(source, value):
            changed = _added(document, parts, raw)
            found = _keys(values_in(changed, source))
            if set(found) == wanted if wanted else found == _keys((value,)):
                yield changed


def with_dropped(document: object, source: FacetSource, value: Scalar) -> Iterator[object]:
    """Documents that have the values they had but for `value`."""
    wanted = set(_keys(values_in(document, source))) - set(_keys((value,)))
    raws = list(_spellings(source, value))
    changed = document
    for location in source.locations:
        changed = _dropped(changed, parts_of(location), raws)
    if changed != document and set(_keys(values_in(changed, source))) == wanted:
        yield changed
    if not is_list(source):  # where the key is required, a text that means "no value" does it
        for text in source.missing:
            changed = _added(document, parts_of(_by_use(document, source)[0]), text)
            if not values_in(changed, source):
                yield changed


def _keys(values: Sequence[Scalar]) -> list[tuple[type, Scalar]]:
    return [(type(value), value) for value in values]  # JSON's true is not 1


def _by_use(document: object, source: FacetSource) -> Sequence[str]:
    """The locations, first the one whose values count now."""
    gatherer = ValueGatherer([document])
    used = [each for each in source.locations if gatherer.gather(parts_of(each))[0] is not None]
    return tuple(dict.fromkeys([*used[:1], *source.locations]))


def _spellings(source: FacetSource, value: Scalar) -> Iterator[object]:
    """What a manifest may say for the profile to read `value`, the value itself first."""
    renamed = dict(source.values)
    if not isinstance(value, str):
        whole = isinstance(value, Decimal) and value == value.to_integral_value()
        yield int(value) if whole else value
        return
    if value not in renamed and value not in source.missing:
        yield value
    yield from (raw for raw, name in source.values if name == value)


def _added(document: object, parts: Sequence[str], raw: object) -> object:
    if not parts:
        return raw
    first, *rest = parts
    if first == EACH:
        items = list(document) if isinstance(document, list) else []
        return [*items, _added(None, rest, raw)]
    members = dict(document) if isinstance(document, dict) else {}
    members[first] = _added(members.get(first), rest, raw)
    return members


def _dropped(document: object, parts: Sequence[str], raws: Sequence[object]) -> object:
    """`document` without what is at `parts` and among `raws`; an emptied element goes too."""
    first, *rest = parts
    if first == EACH and isinstance(document, list):
        return [each for each in document if not _is_one(_at(each, rest), raws)]
    if not isinstance(document, dict) or first not in document:
        return document
    if rest:
        return {**document, first: _dropped(document[first], rest, raws)}
    if not _is_one(document[first], raws):
        return document
    return {key: value for key, value in document.items() if key != first}


def _is_one(value: object, raws: Sequence[object]) -> bool:
    return any(value == raw and isinstance(value, bool) == isinstance(raw, bool) for raw in raws)


def _at(value: object, parts: Sequence[str]) -> object:
    for part in parts:
        value = value.get(part) if isinstance(value, dict) else None
    return value
