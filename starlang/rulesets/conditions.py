"""Conditions of compiled rules: a small tree of tests over facets.

A facet is named by a string: `path`, `name`, `text`, `star`, a facet of the manifest
profile (`capability`), or `field:` and a JSON pointer (`field:/testing/has_tests`).
Every test is true if *some* value of the facet meets it, unless it says otherwise.
"""

from decimal import Decimal

from attrs import frozen

from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern

TEXT_FACETS = ("path", "name", "text")
"""Facets whose value is a text of its own in nearly every module; masks touch them."""

BUILTIN_FACETS = ("path", "name", "text", "star")
"""Facets that the language knows without a profile."""

FIELD_PREFIX = "field:"

GRAPH_PREFIX = "graph:"
"""Begins the names of what is read from the graph: `graph:used by`, `graph:publishes`."""

GRAPH = "graph"
"""The kind of evidence that relations give."""

RELATIONS = ("uses", "used by", "contains", "inside")
"""Relations between modules."""

EVENTS = ("publishes", "subscribes")
"""Relations between a module and the events that it names."""


@frozen
class OneOf:
    """Some value equals one of `values` (`is`, `in`)."""

    facet: str
    values: tuple[str, ...]


@frozen
class OnlyIn:
    """There is a value, and all values are among `values`."""

    facet: str
    values: tuple[str, ...]


@frozen
class Mentions:
    """Some value contains one of the needles as whole words."""

    facet: str
    needles: tuple[Needle, ...]


@frozen
class Matches:
    """Some value contains a match of `pattern` after `ignoring` (and all masks) is blanked."""

    facet: str
    pattern: Pattern
    ignoring: Pattern | None = None


@frozen
class Under:
    """Some value lies under one of the globs."""

    facet: str
    globs: tuple[str, ...]


@frozen
class AtLeast:
    """Some value is a JSON number of at least `number`."""

    facet: str
    number: Decimal


@frozen
class AtMost:
    """Some value is a JSON number of at most `number`."""

    facet: str
    number: Decimal


@frozen
class HasAtLeast:
    """The facet has at least `count` different values; `count` is at least 1."""

    facet: str
    count: int


@frozen
class Present:
    """The facet has a value."""

    facet: str


@frozen
class Flag:
    """Some value is the JSON value true (or false)."""

    facet: str
    value: bool


@frozen
class Events:
    """The module names at least (or `at_most`) `count` different events that `names` cover.

    A name that ends in `*` covers every event that begins so; no names cover all. The
    events are the values of the facet, `graph:publishes` or `graph:subscribes`.
    """

    facet: str
    count: int = 1
    at_most: bool = False
    names: tuple[str, ...] = ()


@frozen
class Neighbours:
    """At least (or `at_most`) `count` other modules stand to this one in a relation.

    `facet` names the relation: `graph:` and one of `RELATIONS`. Only modules that carried
    `star` before the run count if `standing` is `currently`, only those that reach it if
    it is `reaching`; of these only those under one of `globs`, if there are any.
    """

    facet: str
    count: int = 1
    at_most: bool = False
    standing: str = ""
    star: str = ""
    globs: tuple[str, ...] = ()


@frozen
class AllOf:
    """Every part holds; without parts it always holds."""

    parts: tuple["Condition", ...]


@frozen
class AnyOf:
    """Some part holds; without parts it never holds."""

    parts: tuple["Condition", ...]


@frozen
class Not:
    """The part does not hold."""

    part: "Condition"


FacetTest = (
    OneOf | OnlyIn | Mentions | Matches | Under | AtLeast | AtMost | HasAtLeast | Present | Flag
)
Test = FacetTest | Events | Neighbours
Condition = Test | AllOf | AnyOf | Not
