"""One facet read from all documents: its column, and what was odd on the way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from operator import itemgetter
from types import NoneType
from typing import Any, Final, NamedTuple, cast

from starlang.manifests.graph import FacetColumn, column_of
from starlang.manifests.profile import Place, prefix_of, used_location
from starlang.matching.patterns import taken
from starlang.rules.spelling import Scalar
from starlang.texts.pointers import (
    EACH,
    Step,
    below,
    element,
    is_index,
    leads_into,
    parts_of,
    resolve,
)

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
    if isinstance(value, dict):
        value = list(value.values())
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

    The empty tuple stands for absent, null, an empty array or object, only texts that mean
    "no value", and a value of a wrong type. `texts` holds every text as the manifests have it.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._accepts = place.accepts
        self._missing = frozenset(place.missing)
        self._renamed = dict(place.values)
        self._codes: dict[tuple[tuple[type, Scalar], ...], int] = {}
        self.values: list[tuple[Scalar, ...]] = []
        self.texts: dict[str, None] = {}

    def encode(self, level: Level, *, many: bool) -> list[int | None]:
        """The code of each document, None where one of its values is of a wrong type.

        `many` if the location has a `*`: then an entry is a list of values. New tuples are
        numbered as they first occur.
        """
        if self._place.keys:
            level = [_keyed(entry, many=many) for entry in level]
        elif many:
            level = [tuple(entry) if type(entry) is list else entry for entry in level]
        known = self._known(level)
        return list(map(self.code, level)) if known is None else [known[each] for each in level]

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
            known[key] = self.code(key)
        return known

    def code(self, entry: object) -> int | None:
        """The code of one value, or of a tuple of values; None for a value of a wrong type."""
        entries = entry if isinstance(entry, tuple) else (entry,)
        there = [one for one in entries if not (one is None or one in ({}, []))]
        if not all(map(self._accepts, there)):
            return None
        self.texts |= dict.fromkeys(one for one in there if isinstance(one, str))
        values = dict.fromkeys((type(value), value) for value in self._scalars(there))
        return self._number(tuple(values))

    def joined(self, codes: Sequence[int]) -> int:
        """The code of the values of all `codes` together."""
        values = (value for code in codes for value in self.values[code])
        return self._number(tuple(dict.fromkeys((type(value), value) for value in values)))

    def _number(self, values: tuple[tuple[type, Scalar], ...]) -> int:
        code = self._codes.setdefault(values, len(self.values))
        if code == len(self.values):
            self.values.append(tuple(value for _, value in values))
        return code

    def _scalars(self, entries: Iterable[object]) -> Iterator[Scalar]:
        for value in entries:
            if isinstance(value, str):
                if (text := _taken(self._place, value)) is not None and text not in self._missing:
                    yield self._renamed.get(text, text)
            elif isinstance(value, bool):
                yield value
            elif isinstance(value, dict | list):
                yield OBJECT if isinstance(value, dict) else ARRAY
            else:
                yield Decimal(str(value))


OBJECT, ARRAY = "{…}", "[…]"
"""What stands for an object and an array where their presence is what counts."""


def _taken(place: Place, text: str) -> str | None:
    return taken(place.take, text) if place.take else text


def _keyed(entry: object, *, many: bool) -> object:
    """What an entry stands for where objects stand for their keys."""
    if many and isinstance(entry, list):
        return tuple(key for each in entry for key in _own_keys(each))
    return tuple(_own_keys(entry))


def _own_keys(value: object) -> Iterable[object]:
    return value if isinstance(value, dict | list) else (value,)


def _is_text(key: object) -> bool:
    """Whether `key` is a text or absent, or made of such."""
    if isinstance(key, tuple):
        return all(one is None or isinstance(one, str) for one in key)
    return key is None or isinstance(key, str)


class Unfit(NamedTuple):
    """A value of the wrong type where a place is read."""

    document: int
    steps: tuple[Step, ...]
    value: object
    inside: bool
    """Whether it is in the way of the location, not at its end."""


class Reading(NamedTuple):
    """A place in all documents.

    `texts`: every text as the manifests have it.
    `nowhere`: whether no document has anything at any of the locations.
    `disagreeing`: documents in which two locations (numbers) have different values.
    """

    column: FacetColumn
    nowhere: bool
    unfit: tuple[Unfit, ...] = ()
    disagreeing: tuple[tuple[int, int, int], ...] = ()
    texts: tuple[str, ...] = ()


def read_place(documents: Sequence[object], gatherer: ValueGatherer, place: Place) -> Reading:
    """What each document has at the place."""
    if not place.locations:  # its values are kept elsewhere
        return Reading(FacetColumn(((),), bytes(len(documents))), nowhere=True)
    encoder = Encoder(place)
    paths = [parts_of(location) for location in place.locations]
    levels = [gatherer.gather(parts) for parts in paths]
    ends = [
        _without_containers(level) if not place.keys and _is_led_into(parts, paths) else level
        for parts, level in zip(paths, levels, strict=True)
    ]
    encoded = [
        encoder.encode(level, many=EACH in parts) for parts, level in zip(paths, ends, strict=True)
    ]
    # The quick way above takes what is plain; whatever else a document holds is looked at alone.
    odd = sorted({n for codes in encoded for n, code in enumerate(codes) if code is None})
    unfit: list[Unfit] = []
    for number in odd:
        for codes, parts in zip(encoded, paths, strict=True):
            values, wrong = _values_at(documents[number], place, parts)
            codes[number] = encoder.code(tuple(values))
            unfit += (Unfit(number, *each) for each in wrong)
    columns = cast("list[list[int]]", encoded)
    if place.merge:
        merged, disagreeing = _merged(columns, encoder), list[tuple[int, int, int]]()
    else:
        merged, disagreeing = _first_of(columns, encoder)
    return Reading(
        column=column_of(encoder.values, merged),
        nowhere=all(entry is None for level in levels for entry in level),
        unfit=tuple({(each.document, each.steps): each for each in unfit}.values()),
        disagreeing=tuple(disagreeing),
        texts=tuple(encoder.texts),
    )


def _is_led_into(parts: tuple[str, ...], paths: Iterable[tuple[str, ...]]) -> bool:
    """Whether another location goes on where one ends: then objects and arrays are no values."""
    return any(other[: len(parts)] == parts and other != parts for other in paths)


def _without_containers(level: Level) -> Level:
    """What is at the end of a location that another one leads into."""
    return [
        [each for each in entry if not isinstance(each, dict | list)]
        if isinstance(entry, list)
        else None
        if isinstance(entry, dict)
        else entry
        for entry in level
    ]


def _merged(columns: list[list[int]], encoder: Encoder) -> list[int]:
    """The values of each document at all locations together, as codes."""
    rows = list(zip(*columns, strict=True))
    known = {row: encoder.joined(row) for row in dict.fromkeys(rows)}
    return list(map(known.__getitem__, rows))


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


Found = tuple[tuple[Step, ...], object]
"""The steps to a value, and the value; of a key the steps to what it introduces."""


def _values_at(
    document: object, place: Place, parts: tuple[str, ...]
) -> tuple[list[object], list[tuple[tuple[Step, ...], object, bool]]]:
    """The values at one location of a document, and (steps, value, is in the way) of misfits.

    A text in the way is no misfit where another location of the place ends at it, or at the keys
    that lead to it; nor is an object or array at the end of one where another leads into it.
    """
    others = [other for each in place.locations if (other := parts_of(each)) != parts]
    wrong: list[tuple[tuple[Step, ...], object, bool]] = []
    found: list[Found] = [((), document)]
    for depth, part in enumerate(parts):
        for steps, value in found:
            is_lost = value is not None and not leads_into(value, part)
            above = parts[: max(depth - 1, 0)]
            is_asked = parts[:depth] in others or (place.keys and above in others)
            if is_lost and not is_asked:
                wrong.append((steps, value, True))
        found = [entry for steps, value in found for entry in below(steps, value, part)]
    is_led_into = _is_led_into(parts, others)
    values: list[object] = []
    for steps, value in (each for end in found for each in _expanded(end, place)):
        is_container = isinstance(value, dict | list)
        if value is None or (is_container and not value):
            continue
        if place.accepts(value):
            values.append(value)
        elif not (is_container and is_led_into):
            wrong.append((steps, value, False))
    return values, wrong


def _expanded(end: Found, place: Place) -> Iterable[Found]:
    """What the value at the end of a location stands for: with `keys`, an object for its keys."""
    steps, value = end
    if place.keys and isinstance(value, dict):
        return (((*steps, key), key) for key in value)
    if place.keys and isinstance(value, list):
        return (((*steps, index), member) for index, member in enumerate(value))
    return (end,)


def entries_in(document: object, place: Place) -> Iterator[tuple[str, tuple[Step, ...], object]]:
    """(location, steps, value) of everything at the place, as the manifest has it."""
    for location in place.locations:
        for end in resolve(document, parts_of(location)):
            for steps, value in _expanded(end, place):
                yield location, steps, value


def texts_in(document: object, place: Place) -> Iterator[tuple[str, tuple[Step, ...], str]]:
    """The same of texts alone."""
    for location, steps, value in entries_in(document, place):
        if isinstance(value, str):
            yield location, steps, value


def references_in(document: object, place: Place) -> list[tuple[tuple[Step, ...], str]]:
    """(steps, value) of the texts that count at the place: those of all or of one location."""
    found: list[tuple[tuple[Step, ...], str]] = []
    first = None
    for location, steps, text in texts_in(document, place):
        value = _taken(place, text)
        if value is None or value in place.missing:
            continue
        first = first or location
        if place.merge or location == first:
            found.append((steps, value))
    return found


# A manifest as it would be if one of its facets had another value.
#
# Only to ask about it: nothing here writes a file. What comes out is read again with the
# profile, so a change that the profile does not read as it was meant is none.


def values_in(document: object, source: Place) -> tuple[Scalar, ...]:
    """What the profile reads at one place in one document."""
    return read_place([document], ValueGatherer([document]), source).column.of(0)


def with_added(document: object, place: Place, value: Scalar) -> Iterator[object]:
    """Documents that have `value` beside the values they had, or instead of a single one."""
    wanted = {*_keys(values_in(document, place)), *_keys((value,))} if place.is_list else None
    for location in _by_use(document, place):
        for raw in _spellings(place, value):
            changed = _added(document, parts_of(location), raw, keys=place.keys)
            found = _keys(values_in(changed, place))
            if set(found) == wanted if wanted else found == _keys((value,)):
                yield changed


def with_dropped(document: object, place: Place, value: Scalar) -> Iterator[object]:
    """Documents that have the values they had but for `value`."""
    wanted = set(_keys(values_in(document, place))) - set(_keys((value,)))
    changed = document
    for location in place.locations:
        changed = _dropped(changed, parts_of(location), partial(_reads, Encoder(place), value))
    if changed != document and set(_keys(values_in(changed, place))) == wanted:
        yield changed
    if place.locations and not place.is_list:
        # Where the key is required, a text that means "no value" does it.
        for text in place.missing:
            changed = _added(document, parts_of(_by_use(document, place)[0]), text, keys=False)
            if not values_in(changed, place):
                yield changed


def _keys(values: Sequence[Scalar]) -> list[tuple[type, Scalar]]:
    return [(type(value), value) for value in values]  # JSON's true is not 1


def _by_use(document: object, place: Place) -> Sequence[str]:
    """The locations, first the one whose values count now."""
    if not place.locations:  # such facts are kept elsewhere
        return ()
    used = used_location(document, place.locations)
    return tuple(dict.fromkeys([used, *place.locations]))


def _spellings(place: Place, value: Scalar) -> Iterator[object]:
    """What a manifest may say for the profile to read `value`, the value itself first."""
    renamed = dict(place.values)
    if not isinstance(value, str):
        whole = isinstance(value, Decimal) and value == value.to_integral_value()
        yield int(value) if whole else value
        return
    prefix = prefix_of(place.take) or ""
    if value not in renamed and value not in place.missing:
        yield prefix + value
    yield from (prefix + raw for raw, name in place.values if name == value)


def _reads(encoder: Encoder, value: Scalar, raw: object) -> bool:
    """Whether `raw` is read as `value`."""
    code = None if isinstance(raw, dict | list) else encoder.code(raw)
    return code is not None and _keys(encoder.values[code]) == _keys((value,))


def _added(document: object, parts: Sequence[str], raw: object, *, keys: bool) -> object:
    if not parts:
        return _with_key(document, raw) if keys else raw
    first, *rest = parts
    if first == EACH:
        items = list(document) if isinstance(document, list) else []
        return [*items, _added(None, rest, raw, keys=keys)]
    members = dict(document) if isinstance(document, dict) else {}
    members[first] = _added(members.get(first), rest, raw, keys=keys)
    return members


def _with_key(value: object, raw: object) -> object:
    """`value`, whose keys or elements are the values of a place, with one more."""
    if isinstance(value, list):
        return [*value, raw]
    return {**(value if isinstance(value, dict) else {}), str(raw): ""}


def _dropped(
    document: object, parts: tuple[str, ...], is_meant: Callable[[object], bool]
) -> object:
    """`document` without what is at `parts` and meant; an emptied element goes too."""
    match document, parts:
        case dict(), ():
            return {key: value for key, value in document.items() if not is_meant(key)}
        case list(), _ if not parts or parts[0] == EACH:
            return [each for each in document if not is_meant(_at(each, parts[1:]))]
        case dict(), (first, *rest) if first in document:
            if not rest and is_meant(document[first]):
                return {key: value for key, value in document.items() if key != first}
            return {**document, first: _dropped(document[first], tuple(rest), is_meant)}
        case _:
            return document


def _at(value: object, parts: Sequence[str]) -> object:
    for part in parts:
        value = value.get(part) if isinstance(value, dict) else None
    return value
