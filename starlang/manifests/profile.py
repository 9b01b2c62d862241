"""Manifest profiles: where facets and stars lie in a manifest."""

from decimal import Decimal
from enum import StrEnum

from attrs import frozen

from starlang.rulesets.model import FacetUse
from starlang.rulesets.spelling import GRAPH_PREFIX


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
    `per FACET` ceilings.
    """

    name: str
    locations: tuple[str, ...]
    missing: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    weight: int | None = None
    group_missing: bool = True
    type: ValueType = ValueType.TEXT

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
    `new` says that stars are being introduced: that no manifest has their place is no error.
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
    `graph:publishes`, `graph:subscribes`.
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
