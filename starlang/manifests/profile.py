"""Manifest profiles: where facets and stars lie in a manifest."""

import re
from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.new import Beside, NewValue, read_beside, read_new
from starlang.rules.model import MICRO, FacetUse
from starlang.rules.spelling import (
    BUILTIN_FACETS,
    EVENTS,
    FIELD_PREFIX,
    GRAPH,
    GRAPH_PREFIX,
    RELATIONS,
    RESERVED_WORDS,
    TEXT_FACETS,
)
from starlang.text import Source, Span, did_you_mean, shown_value
from starlang.texts.pointers import EACH, parts_of, pointer_problem
from starlang.texts.toml import TomlFile, TomlTable


class ValueType(StrEnum):
    """Which JSON values a facet has; every other value at its locations is an error."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    ANY = "any"

    def accepts(self, value: object) -> bool:
        """Whether a JSON value is of this type. Null, objects and arrays are of none."""
        match value:
            case str():
                return self in {ValueType.TEXT, ValueType.ANY}
            case bool():
                return self in {ValueType.FLAG, ValueType.ANY}
            case int() | Decimal():
                return self in {ValueType.NUMBER, ValueType.ANY}
            case _:
                return False


@frozen
class FacetSource:
    """A facet as a profile defines it.

    `locations` are JSON pointers, `*` standing for all elements of an array; the first
    that has a value counts. `missing` are texts that mean "no value". `values` renames
    values (sorted pairs). `weight` is the default weight of rules over this facet in
    10^-6, or None. With `group_missing`, modules without the facet are one group of
    `per FACET` ceilings. `beside` is only for manifests that are made, and decides nothing: so it
    has no part in the digest of a profile, which covers what is shown of it.
    """

    name: str
    locations: tuple[str, ...]
    missing: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    weight: int | None = None
    group_missing: bool = True
    type: ValueType = ValueType.TEXT
    beside: Beside = field(default=(), repr=False)

    @property
    def use(self) -> FacetUse:
        """What of it can change a decision, in the normal form of compiled rule sets."""
        return FacetUse(
            name=self.name,
            locations=self.locations,
            missing=tuple(sorted(self.missing)),
            values=tuple(sorted(self.values)),
            group_missing=self.group_missing,
            type=self.type.value,
        )


DEPENDENCIES = f"{GRAPH_PREFIX}dependencies"
"""The source of the modules that a manifest says that it uses."""


@frozen
class StarShape:
    """Where a manifest carries its stars. Pointers, "" if absent.

    Either one `primary` star and a list of `secondary` ones, or one list of `all` stars
    whose first element is the primary one.
    `secondary_allowed` lists the labels or ids that may be written as secondary stars;
    None allows all. `confidence` is where the confidence of the star is kept, or "".
    `new` says that stars are being introduced: that no manifest has their place is not an error.
    """

    primary: str = ""
    secondary: str = ""
    all: str = ""
    confidence: str = ""
    secondary_allowed: tuple[str, ...] | None = None
    new: bool = False

    @property
    def first(self) -> str:
        """Where the primary star is, or the list that it is the first of."""
        return self.all or self.primary


@frozen
class Profile:
    """The shape of a catalog's manifests.

    `path`, `module_name` and `schema_version` are JSON pointers, "" if absent.
    `weights` are default weights (10^-6) of kinds that are no facets of the profile
    (`path`, `name`, `text`, `graph`), as sorted pairs. `file_name` is the name of a manifest
    file. `relations` are where dependencies and events are: `graph:dependencies`,
    `graph:publishes`, `graph:subscribes`. `new` is what manifests have that are made.
    """

    name: str
    stars: StarShape
    module_name: str = ""
    path: str = ""
    schema_version: str = ""
    file_name: str = "module.manifest.json"
    facets: tuple[FacetSource, ...] = ()
    weights: tuple[tuple[str, int], ...] = ()
    relations: tuple[FacetSource, ...] = ()
    new: tuple[NewValue, ...] = field(default=(), repr=False)

    def source(self, name: str) -> FacetSource | None:
        """The facet with this name, or the source of relations, or None."""
        return next((each for each in (*self.facets, *self.relations) if each.name == name), None)

    def facet(self, name: str) -> FacetSource | None:
        """The facet with this name, or None."""
        return next((facet for facet in self.facets if facet.name == name), None)

    @property
    def default_weights(self) -> dict[str, int]:
        """Kind -> default weight in 10^-6."""
        own = {facet.name: facet.weight for facet in self.facets if facet.weight is not None}
        return dict(self.weights) | own


# Profile files: TOML in, a `Profile` and all its mistakes out. See docs/manifests.md.

DEFAULT_FILE_NAME = "module.manifest.json"

RESERVED = frozenset(
    {
        *BUILTIN_FACETS,
        FIELD_PREFIX.removesuffix(":"),
        GRAPH,
        *RESERVED_WORDS,
        *(relation.split()[0] for relation in (*RELATIONS, *EVENTS)),
    }
)
"""Names that a facet cannot have: a rule could not name it."""

_NAME = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_PLACES = 6


def read_profile(name: str, source: Source) -> tuple[Profile | None, tuple[Diagnostic, ...]]:
    """The profile `name` that the TOML of `source` describes, or None if it has a mistake."""
    file = TomlFile(source)
    root = file.root()
    profile = _profile(name, root) if root else None
    file.close()
    problems = in_order(file.problems)
    return (None if any(each.is_error for each in problems) else profile), problems


def _profile(name: str, root: TomlTable) -> Profile:
    module = root.table("module")
    weights = root.table("weights")
    return Profile(
        name=name,
        stars=_stars(root.table("stars")),
        module_name=_pointer(module, "name"),
        path=_pointer(module, "path"),
        schema_version=_pointer(module, "schema_version"),
        file_name=_file_name(root),
        facets=_facets(root.table("facets")),
        relations=_relations(root.table("graph")),
        new=read_new(root.table("new")),
        weights=tuple(
            (kind, weight)
            for kind in sorted((*TEXT_FACETS, GRAPH))
            if (weight := _weight(weights, kind)) is not None
        ),
    )


def _file_name(root: TomlTable) -> str:
    name = root.text("file")
    if name is None:
        return DEFAULT_FILE_NAME
    if not name or "/" in name or "\\" in name:
        message = f"{shown_value(name)} is not a valid file name"
        hint = f'write the name alone, such as "{DEFAULT_FILE_NAME}"'
        root.file.report(root.value_span("file"), "E704", message, hint)
    return name


def _stars(table: TomlTable) -> StarShape:
    shape = StarShape(
        primary=_pointer(table, "primary"),
        secondary=_pointer(table, "secondary"),
        all=_pointer(table, "all"),
        confidence=_pointer(table, "confidence"),
        secondary_allowed=table.texts("secondary_allowed"),
        new=table.flag("new", default=False),
    )
    if bool(shape.primary) == bool(shape.all):
        which = "both `primary` and `all`" if shape.all else "neither `primary` nor `all`"
        hint = "`primary` is the place of one star, `all` of a list whose first one is primary"
        table.file.report(table.span, "E709", f"`[stars]` has {which}", hint)
    elif shape.all and shape.secondary:
        message = "`secondary` has no meaning beside `all`, which holds every star"
        table.file.report(table.key_span("secondary"), "E709", message, "delete it")
    return shape


def _facets(table: TomlTable) -> tuple[FacetSource, ...]:
    return tuple(_facet(table, name) for name in sorted(table.keys()))


def _relations(table: TomlTable) -> tuple[FacetSource, ...]:
    """Where dependencies and events are, as far as the profile says it."""
    named = ((name, table.texts(name)) for name in ("dependencies", *EVENTS))
    found = tuple(FacetSource(GRAPH_PREFIX + name, at) for name, at in named if at)
    for source in found:
        key = source.name.removeprefix(GRAPH_PREFIX)
        for index, location in enumerate(source.locations):
            _check_pointer(table, key, location, index)
    return found


def _facet(facets: TomlTable, name: str) -> FacetSource:
    _check_name(facets, name)
    table = facets.table(name)
    return FacetSource(
        name=name,
        locations=() if name in facets.mistaken else _locations(table, name),
        missing=_or(table.texts("missing"), ("",)),
        values=_renamed(table.table("values")),
        weight=_weight(table, "weight"),
        group_missing=table.flag("group_missing", default=True),
        type=_type(table),
        beside=read_beside(table.table("beside")),
    )


def _or(value: tuple[str, ...] | None, default: tuple[str, ...]) -> tuple[str, ...]:
    return default if value is None else tuple(dict.fromkeys(value))


def _check_name(facets: TomlTable, name: str) -> None:
    if name in RESERVED:
        message = f"`{name}` is a word of the language, so no rule could name this facet"
        hint = f"call it `{name}_value`, say"
    elif not _NAME.fullmatch(name):
        message = f"{shown_value(name)} is not a valid facet name"
        hint = "write ASCII letters, digits, `_` and `-`, with a letter first and no `-` last"
    else:
        return
    facets.file.report(facets.key_span(name), "E708", message, hint)


def _locations(table: TomlTable, name: str) -> tuple[str, ...]:
    locations = table.texts("at")
    if not locations and "at" not in table.mistaken:
        message = f"the facet `{name}` has no location"
        table.file.report(table.span, "E713", message, 'write `at = "/json/pointer"`')
    for index, location in enumerate(locations or ()):
        _check_pointer(table, "at", location, index)
    return locations or ()


def _pointer(table: TomlTable, key: str) -> str:
    """The pointer at `key`, which leads to one place, or ""."""
    location = table.text(key)
    if location is None:
        return ""
    if _check_pointer(table, key, location) and EACH in parts_of(location):
        message = f"`{key}` leads to one place, so it has no `*`"
        table.file.report(table.value_span(key), "E707", message, "leave the `*` out")
    return location


def _check_pointer(table: TomlTable, key: str, location: str, index: int = 0) -> bool:
    problem = pointer_problem(location)
    if problem:
        offset, words = problem
        span = table.value_span(key, index)
        # The offset holds as long as the string has no escapes of TOML before it.
        start = min(span.start + 1 + offset, span.end - 1)
        message = f"{shown_value(location)} is not a valid JSON pointer: {words}"
        hint = "a pointer reads `/metadata/owner`, or `/capabilities/*/name` for all elements"
        table.file.report(Span(start, span.end - 1), "E707", message, hint)
    return problem is None


def _weight(table: TomlTable, key: str) -> int | None:
    weight = table.number(key)
    if weight is None:
        return None
    micro = weight * MICRO
    if not 0 < weight <= 1 or micro != micro.to_integral_value():
        message = f"the weight {weight} is not above 0, at most 1, with at most {_PLACES} places"
        table.file.report(table.value_span(key), "E704", message, "write a weight such as 0.40")
        return None
    return int(micro)


def _type(table: TomlTable) -> ValueType:
    name = table.text("type")
    known = [str(each) for each in ValueType]
    if name is None or name in known:
        return ValueType(name or ValueType.TEXT)
    hint = did_you_mean(name, known) or f"write one of {', '.join(known)}"
    table.file.report(
        table.value_span("type"), "E704", f"{shown_value(name)} is not a type of values", hint
    )
    return ValueType.TEXT


def _renamed(table: TomlTable) -> tuple[tuple[str, str], ...]:
    pairs = ((key, table.text(key)) for key in sorted(table.keys()))
    return tuple((key, value) for key, value in pairs if value is not None)
