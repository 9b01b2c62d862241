"""A new manifest: where the profile places what is known, and nothing else.

Three things meet here. `[new]` gives fixed values and says where facts of the source go; the
places of the profile take the name, the path, the star and the dependencies; and derived
facets (`derive` in the rules) go to the first location of their facet. What is not known is
left out: a manifest never says of something unseen that it is empty.

Several places may lead into one list, such as the tags of a project: each adds its own. Not every
place can be written back, so each manifest is read again as the profile reads it (`unlike`).
"""

import json
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

from attrs import field, frozen

from starlang.generate.facts import PackageFacts
from starlang.generate.roots import Roots
from starlang.manifests.facets import ValueGatherer, read_place, values_in
from starlang.manifests.graph import FacetColumn
from starlang.manifests.new import ANY_VALUE, Fact, Fixed, NewValue
from starlang.manifests.profile import DEPENDENCIES, FacetSource, Place, Profile, prefix_of
from starlang.manifests.waivers import ROOT
from starlang.rules.shapes import decimal_text
from starlang.rules.spelling import Scalar
from starlang.texts.documents import Format, new_in
from starlang.texts.pointers import EACH, parts_of, resolve

Value = str | bool | Decimal
Known = Mapping[Fact, Fixed | None]
"""What is known of a package; None where it could not be found out."""

Container = MutableMapping[str, object]


@frozen
class Common:
    """What is the same for all new manifests: the label of the star, the version, the time.

    `roots` are where the names of packages begin.
    """

    profile: Profile
    star: str
    schema_version: str
    time: str
    roots: Roots = field(factory=Roots)


def known_of(facts: PackageFacts, owners: Sequence[str], common: Common) -> Known:
    """The facts of a package under the names that profiles have for them."""
    exports = facts.exports
    return {
        Fact.NAME: common.roots.name_of(facts.path) or ROOT,
        Fact.PATH: facts.path or ROOT,
        Fact.TYPE: "namespace" if facts.is_namespace else "package",
        Fact.EXTERNAL: facts.external,
        Fact.INTERNAL: _named(facts.internal, common.roots),
        Fact.CLASSES: exports.classes if exports else None,
        Fact.FUNCTIONS: exports.functions if exports else None,
        Fact.CONSTANTS: exports.constants if exports else None,
        Fact.TESTS: facts.tests,
        Fact.TESTED: bool(facts.tests),
        Fact.OWNER: owners[0] if owners else None,
        Fact.OWNERS: tuple(owners) or None,
        Fact.TIME: common.time,
    }


def _named(internal: Sequence[str] | None, roots: Roots) -> tuple[str, ...] | None:
    """Other packages by name; the source itself has none, unless it is a package as well."""
    if internal is None:
        return None
    return tuple(filter(None, map(roots.name_of, internal)))


def new_text(document: Container, form: Format, *, is_draft: bool = False) -> str:
    """The text of a manifest; one that only the program reads `is_draft`, on one line in JSON."""
    # The encoder that indents is one in Python, and takes ten times as long.
    plain = json.dumps(document, ensure_ascii=False, default=_number)
    is_enough = is_draft and form is not Format.TOML  # YAML reads JSON
    return f"{plain}\n" if is_enough else new_in(json.loads(plain), form)


def new_manifest(known: Known, common: Common) -> Container:
    """What is in a manifest, but for what rules derive from that (`put_derived`)."""
    document: dict[str, object] = {}
    profile = common.profile
    for entry in profile.new or ():
        _put_entry(document, entry, known, profile)
    for pointer, value in _places(known, common):
        if pointer and value is not None and not _is_there(document, pointer):
            put(document, pointer, value)
    for place, values in _lists(known, common):
        pointers = map(parts_of, place.locations)
        # Mostly nothing is there yet, and nothing needs to be read as the profile reads it.
        is_there = any(True for each in pointers for _ in resolve(document, each))
        if not (is_there and values_in(document, place)):
            _put_values(document, place, values)
    return document


def put_derived(
    document: Container, derived: Mapping[str, Sequence[Scalar]], profile: Profile
) -> None:
    """Puts the values that rules derive for facets where the profile has them."""
    for name, values in derived.items():
        source = profile.facet(name)
        if source is not None and values and source.locations:
            _put_values(document, source, values)


def unlike(
    documents: Sequence[object],
    derived: Sequence[Mapping[str, Sequence[Scalar]]],
    profile: Profile,
) -> Iterator[str]:
    """How the profile reads each new manifest otherwise than is meant, in words; "" if it does not.

    `derived` has the values that rules derive for each of `documents`.
    """
    shape = profile.shapes[0]
    gatherer = ValueGatherer([each if isinstance(each, dict) else {} for each in documents])

    def column(place: Place) -> FacetColumn:
        return read_place(documents, gatherer, place).column

    stars = None if shape.stars.is_optional or shape.stars.sidecar else column(shape.stars.first)
    sources = filter(None, map(profile.facet, sorted({name for each in derived for name in each})))
    facets = [(each, column(each)) for each in sources if each.locations]
    for number, (document, values) in enumerate(zip(documents, derived, strict=True)):
        if not profile.is_manifest(document):
            yield "`document` of the profile does not take it for a manifest"
        elif profile.shape_of(document) is not shape:
            yield "it does not fit `when` of the first shape of the profile"
        elif stars is not None and not stars.of(number):
            yield f"there is no star at `{shape.stars.first.locations[0]}`"
        else:
            missed = ((e, set(values.get(e.name, ())) - set(held.of(number))) for e, held in facets)
            yield next((_missed(facet, each) for facet, each in missed if each), "")


def _missed(facet: FacetSource, values: AbstractSet[Scalar]) -> str:
    value = min(map(str, values))
    return f"`{facet.name}` is derived as `{value}`, which `{facet.locations[0]}` does not hold"


def _put_entry(document: Container, entry: NewValue, known: Known, profile: Profile) -> None:
    value = known[entry.value] if isinstance(entry.value, Fact) else entry.value
    if value is None and entry.value in {Fact.OWNER, Fact.OWNERS}:
        value = _absent(entry.pointer, profile)
    if value is not None:
        put(document, entry.pointer, value)


def _absent(pointer: str, profile: Profile) -> str | None:
    """What the profile has for "nobody": the first `missing` text of the facet at that place."""
    facets = (each for each in profile.facets if pointer in each.locations)
    return next((each.missing[0] for each in facets if each.missing), None)


def _places(known: Known, common: Common) -> Iterator[tuple[str, Fixed | None]]:
    """The places of the profile that every manifest has."""
    shape = common.profile.shapes[0]
    yield shape.schema_version, common.schema_version or None
    if shape.module_name is not None:
        yield shape.module_name.locations[0], known[Fact.NAME]
    if shape.path is not None:
        yield shape.path.locations[0], known[Fact.PATH]


def _lists(known: Known, common: Common) -> Iterator[tuple[Place, Sequence[Scalar]]]:
    """The places of the star and of the dependencies, with what they hold."""
    stars, relation = common.profile.shapes[0].stars, common.profile.source(DEPENDENCIES)
    # Where a manifest without a star is one of the default star, nobody writes that star.
    if not (stars.is_optional or stars.sidecar):
        yield stars.first, (common.star,)
    internal = known[Fact.INTERNAL]
    if relation is not None and relation.locations and isinstance(internal, tuple):
        yield relation, tuple(map(str, internal))


def _is_there(document: object, pointer: str) -> bool:
    """Whether something is at `pointer` already; a place that the profile lacks needs nothing."""
    for part in parts_of(pointer):
        if part == EACH:
            return isinstance(document, list)
        if not isinstance(document, dict) or part not in document:
            return False
        document = document[part]
    return True


def put(document: Container, pointer: str, value: Fixed) -> None:
    """Puts a value at a pointer; a list at `/a/*` or `/a`, or as the keys of objects: `/a/*/b`."""
    parts = parts_of(pointer)
    if EACH in parts:
        at = parts.index(EACH)
        elements = value if isinstance(value, tuple) else (value,)
        _set(document, parts[:at], [_element(each, parts[at + 1 :]) for each in elements])
    else:
        _set(document, parts, _plain(value))


def _element(value: Fixed, parts: Sequence[str]) -> object:
    if not parts:
        return _plain(value)
    inner: dict[str, object] = {}
    _set(inner, parts, _plain(value))
    return inner


def _plain(value: Fixed) -> object:
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _set(document: Container, parts: Sequence[str], value: object) -> None:
    for part in parts[:-1]:
        inner = document.get(part)
        if not isinstance(inner, dict):
            inner = document[part] = {}
        document = inner
    document[parts[-1]] = value


def _put_values(document: Container, place: Place, values: Sequence[Scalar]) -> None:
    """The values at the first location, each with what the profile has beside it."""
    written = [_written(place, each) for each in values]
    parts = parts_of(place.locations[0])
    if EACH in parts:
        at = parts.index(EACH)
        elements: list[object] = []
        for value, text in zip(written, values, strict=True):
            element = _element(value, parts[at + 1 :])
            if isinstance(element, dict) and isinstance(place, FacetSource):
                element |= {key: _plain(each) for key, each in _beside(place, text)}
            elements.append(element)
        _add(document, parts[:at], elements)
    elif place.keys:
        _set(document, parts, dict.fromkeys(map(str, written), ""))
    elif written:
        _set(document, parts, written[0])


def _add(document: Container, parts: Sequence[str], elements: Sequence[object]) -> None:
    """Adds to the list at `parts` what it does not have."""
    there = next((value for _, value in resolve(document, parts)), None)
    before = there if isinstance(there, list) else []
    _set(document, parts, [*before, *(each for each in elements if each not in before)])


def _beside(source: FacetSource, value: Scalar) -> Iterator[tuple[str, Fixed]]:
    pairs = dict(source.beside)
    yield from (*pairs.get(ANY_VALUE, ()), *pairs.get(str(value), ()))


def _written(place: Place, value: Scalar) -> Scalar:
    """A value as manifests have it: `values` backwards, the first name for it, and then `take`."""
    names = [name for name, renamed in place.values if renamed == value]
    text = names[0] if names else value
    prefix = prefix_of(place.take)
    return f"{prefix}{text}" if prefix else text


def names_of(profile: Profile, facet: str, value: Scalar) -> list[str]:
    """The names that manifests may have for a value of a facet, where the profile renames it."""
    source = profile.facet(facet)
    return [name for name, renamed in source.values if renamed == value] if source else []


def _number(value: object) -> object:
    """A decimal as JSON has it, exactly where it is whole."""
    text = decimal_text(Decimal(str(value)))
    return int(text) if text.lstrip("-").isdigit() else float(text)
