"""A manifest as it would be if one of its facets had another value.

Only to ask about it: nothing here writes a file. What comes out is read again with the
profile, so a change that the profile does not read as it was meant is none.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from starlang.manifests.facets import ValueGatherer, read_facet
from starlang.manifests.profile import FacetSource
from starlang.rules.spelling import Scalar
from starlang.texts.pointers import EACH, parts_of


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
