"""Manifest profiles: where facets and stars lie in a manifest. See docs/manifests.md.

Everything that is read is read from a *place*: one or several JSON pointers, and what becomes
of the values found there. A manifest has a *shape*, which says where its name and its stars
are; facets are common to all shapes of a profile.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from starlang.manifests.new import Beside, NewValue
from starlang.rules.spelling import GRAPH_PREFIX
from starlang.texts.documents import Format, format_of
from starlang.texts.pointers import EACH, parts_of, resolve

if TYPE_CHECKING:
    from starlang.rules.model import FacetUse


class ValueType(StrEnum):
    """Which JSON values a place has; every other value at its locations is a misfit."""

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
class Place:
    """Where values are read, and what becomes of them.

    `locations` are JSON pointers, `*` standing for all elements of an array and all values of
    an object. With `merge` the values of all of them count, otherwise those of the first
    location that has any. With `keys` an object at a location stands for its keys. `take` is
    an RE2 pattern with one group, which is searched in each text: what the group holds is the
    value, "" to take all of it. `missing` are texts that mean "no value". `values` renames
    values (sorted pairs). They apply in this order: keys, type, take, missing, values.
    """

    name: str
    locations: tuple[str, ...]
    merge: bool = False
    keys: bool = False
    take: str = ""
    missing: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    type: ValueType = ValueType.TEXT
    containers: bool = False
    """Whether objects and arrays are values, too, as in `field "/bin" is present`."""

    def accepts(self, value: object) -> bool:
        """Whether a JSON value can be a value here."""
        return self.type.accepts(value) or (self.containers and isinstance(value, dict | list))

    @property
    def is_list(self) -> bool:
        """Whether a manifest may have several values here."""
        return self.keys or any(EACH in parts_of(location) for location in self.locations)


@frozen
class FacetSource(Place):
    """A facet as a profile defines it.

    `weight` is the default weight of rules over this facet in 10^-6, or None. With
    `group_missing`, modules without the facet are one group of `per FACET` ceilings. `elsewhere`
    is what is asked where a manifest has no value: `CODEOWNERS`, or the path of a table, whose
    `column` it is; "" for nothing. `beside` is
    only for manifests that are made, and decides nothing: so it has no part in the digest of a
    profile, which covers what is shown of it.
    """

    weight: int | None = None
    group_missing: bool = True
    elsewhere: str = ""
    column: str = ""
    beside: Beside = field(default=(), repr=False)

    @property
    def use(self) -> "FacetUse":
        """What of it can change a decision, in the normal form of compiled rule sets."""
        from starlang.rules.model import FacetUse  # noqa: PLC0415 -- what has no rules needs no model

        return FacetUse(
            name=self.name,
            locations=self.locations,
            merge=self.merge,
            keys=self.keys,
            take=self.take,
            missing=tuple(sorted(self.missing)),
            values=tuple(sorted(self.values)),
            group_missing=self.group_missing,
            type=self.type.value,
            elsewhere=self.elsewhere,
            column=self.column,
        )


CODEOWNERS = "codeowners"
"""What a facet says that asks for the owners of a module's file."""


_WRITABLE = re.compile(r"\^([^\\.+*?()|\[\]{}^$]*)\(\.\+\)\$")
"""A pattern that can be used backwards: `^`, a plain text, and all the rest."""


def prefix_of(take: str) -> str | None:
    """The text before what `take` takes, None where the pattern cannot be used backwards."""
    if not take:
        return ""
    found = _WRITABLE.fullmatch(take)
    return found[1] if found else None


DEPENDENCIES = f"{GRAPH_PREFIX}dependencies"
"""The place of the modules that a manifest says that it uses."""


@frozen
class Match:
    """Which manifests something is about: each pointer leads to one of its texts.

    With `is_any` it is enough that one of the pointers leads anywhere; there are no texts then.
    """

    pointers: tuple[tuple[str, tuple[str, ...]], ...]
    is_any: bool = False

    def fits(self, document: object) -> bool:
        """Whether `document` is meant."""
        found = (self._leads(document, pointer, texts) for pointer, texts in self.pointers)
        return any(found) if self.is_any else all(found)

    def _leads(self, document: object, pointer: str, texts: tuple[str, ...]) -> bool:
        parts = parts_of(pointer)
        if not texts and len(parts) == 1 and isinstance(document, dict) and parts[0] != EACH:
            return document.get(parts[0]) is not None
        values = (value for _, value in resolve(document, parts))
        return any(not texts or value in texts for value in values)


@frozen
class StarShape:
    """Where a manifest carries its stars; None for what it does not have.

    Either one `primary` star and a list of `secondary` ones, or one list of `all` stars whose
    first element is the primary one. `all` and `secondary` lead to the elements of the list.
    `confidence` is where the confidence of the star is kept. `secondary_allowed` lists the
    labels or ids that may be written as secondary stars; None allows all. `is_optional`:
    whether a manifest without the place is a module without a star, and not a mistake.
    `sidecar`: instead of all of these, the JSON file that has the star of each module by its path,
    relative to the directory that paths of modules are relative to.
    """

    primary: Place | None = None
    secondary: Place | None = None
    all: Place | None = None
    confidence: Place | None = None
    secondary_allowed: tuple[str, ...] | None = None
    is_optional: bool = False
    sidecar: str = ""

    @property
    def first(self) -> Place:
        """Where the primary star is, or the list that it is the first of."""
        found = self.all or self.primary
        if found is None:
            raise ValueError("a shape has a place of stars")
        return found

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place that an edit may write to."""
        every = (self.all, self.primary, self.secondary, self.confidence)
        return tuple(each for each in every if each is not None)


@frozen
class Shape:
    """One shape of manifests: which ones have it, and where their names and stars are.

    `when` is None where all have it that no earlier shape fits. `schema_version` is a JSON
    pointer, "" if absent.
    """

    stars: StarShape
    when: Match | None = None
    module_name: Place | None = None
    path: Place | None = None
    schema_version: str = ""


@frozen(slots=False)
class Profile:
    """The shapes of a catalog's manifests.

    `weights` are default weights (10^-6) of kinds that are no facets of the profile
    (`path`, `name`, `text`, `graph`), as sorted pairs. `file_names` are the names of manifest
    files, the preferred one first. `document` says which documents are manifests, None for all.
    `relations` are where dependencies and events are: `graph:dependencies`, `graph:publishes`,
    `graph:subscribes`. `external`: whether dependencies also name things that are no modules.
    `new` is what manifests have that are made, None where nothing is said of them. `format` is
    what all of them are written in, None where the endings of their files say it.
    """

    name: str
    shapes: tuple[Shape, ...]
    file_names: tuple[str, ...] = ("module.manifest.json",)
    document: Match | None = None
    facets: tuple[FacetSource, ...] = ()
    weights: tuple[tuple[str, int], ...] = ()
    relations: tuple[FacetSource, ...] = ()
    external: bool = False
    new: tuple[NewValue, ...] | None = field(default=None, repr=False)
    format: Format | None = None

    def format_of(self, name: str) -> Format:
        """What the file `name` is written in: as the profile says, or else as its ending does."""
        is_sidecar = self.sidecar and f"/{name}".endswith(f"/{self.sidecar}")
        return Format.JSON if is_sidecar else self.format or format_of(name)

    @property
    def sidecar(self) -> str:
        """The file that has the stars of all modules, "" where manifests have their own."""
        return self.shapes[0].stars.sidecar if self.shapes else ""

    @property
    def can_make(self) -> bool:
        """Whether files may be made from it: they are manifests alone, or `[new]` asks for them.

        A file that need not have a star, such as `package.json`, is there for others as well.
        """
        is_bare = any(each.stars.is_optional or each.stars.sidecar for each in self.shapes[:1])
        return self.new is not None or not is_bare

    def is_manifest(self, document: object) -> bool:
        """Whether a document of a file is a manifest."""
        if not isinstance(document, dict):
            return False
        return self.document is None or self.document.fits(document)

    def shape_of(self, document: object) -> Shape | None:
        """The first shape that fits `document`, or None."""
        fitting = (each for each in self.shapes if each.when is None or each.when.fits(document))
        return next(fitting, None)

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

    @cached_property
    def secondary_allowed(self) -> frozenset[str] | None:
        """The labels or ids that every shape allows as secondary stars, None for all."""
        lists = [
            frozenset(shape.stars.secondary_allowed)
            for shape in self.shapes
            if shape.stars.secondary_allowed is not None
        ]
        return frozenset.intersection(*lists) if lists else None


def list_of(place: Place) -> str:
    """The pointer to the list whose elements `place` reads."""
    return place.locations[0].removesuffix(f"/{EACH}")


def only_at(place: Place, location: str) -> Place:
    """`place` at one of its locations alone."""
    return evolve(place, locations=(location,), merge=False)


def used_location(document: object, locations: Sequence[str]) -> str:
    """The first location that leads anywhere in `document`, or else the first."""
    found = (each for each in locations if any(True for _ in resolve(document, parts_of(each))))
    return next(found, locations[0])
