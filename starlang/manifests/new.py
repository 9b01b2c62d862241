"""What a profile says of manifests that are made: fixed values, facts, and what is beside values.

    [new]
    "/schema_version" = "1.1.0"                            # the same in every new manifest
    "/metadata/owner" = { fact = "owner" }                 # found out for each package
    "/exports/classes/*/name" = { fact = "classes" }       # a list of objects with that key

    [facets.capability]
    at = "/capabilities/*/name"
    beside = { memory_management = { type = "storage" } }  # in the object of that value

A manifest that exists is never touched by any of this, so it has no part in decisions.
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from starlang.text import Span, did_you_mean, shown_value
from starlang.texts.pointers import EACH, parts_of, pointer_problem
from starlang.texts.toml import TomlTable

ANY_VALUE = "*"
"""The key of `beside` that stands for every value."""

Fixed = str | bool | Decimal | tuple["Fixed", ...]
"""A value that a profile gives: what TOML and JSON have in common but for tables."""


class Fact(StrEnum):
    """What can be found out about a package, by the name that profiles have for it.

    Lists are of names or paths, sorted. `internal` are dotted names of other packages, and
    `external` the first parts of modules from elsewhere. `owner` is the first owner that
    CODEOWNERS names. `tested` is whether there are tests that import the package, and `time`
    the time of the commit.
    """

    NAME = "name"
    PATH = "path"
    TYPE = "type"
    EXTERNAL = "external"
    INTERNAL = "internal"
    CLASSES = "classes"
    FUNCTIONS = "functions"
    CONSTANTS = "constants"
    TESTS = "tests"
    TESTED = "tested"
    OWNER = "owner"
    OWNERS = "owners"
    TIME = "time"


LISTS = frozenset(
    {
        Fact.EXTERNAL,
        Fact.INTERNAL,
        Fact.CLASSES,
        Fact.FUNCTIONS,
        Fact.CONSTANTS,
        Fact.TESTS,
        Fact.OWNERS,
    }
)
"""The facts that are lists; all others are single values."""


class NewValue(NamedTuple):
    """What a new manifest has at a pointer: a fixed value, or a fact."""

    pointer: str
    value: Fixed | Fact


Beside = tuple[tuple[str, tuple[tuple[str, Fixed], ...]], ...]
"""Value of a facet, or ANY_VALUE -> the keys of its object and their values; sorted pairs."""


def read_new(table: TomlTable) -> tuple[NewValue, ...]:
    """The entries of `[new]`, in the order of the file; mistakes are reported."""
    return tuple(_entries(table))


def _entries(table: TomlTable) -> Iterator[NewValue]:
    for pointer in table.keys():  # noqa: SIM118 -- a table is not a mapping
        is_fact = table.is_table(pointer)
        value = _fact(table.table(pointer)) if is_fact else _fixed(table, pointer)
        if value is None:
            continue
        if words := _misplaced(pointer, is_list=isinstance(value, Fact) and value in LISTS):
            hint = "a pointer reads `/metadata/owner`, or `/exports/classes/*/name` for a list"
            message = f"{shown_value(pointer)} is not a place for this: {words}"
            table.file.report(table.key_span(pointer), "E707", message, hint)
        else:
            yield NewValue(pointer, value)


def _misplaced(pointer: str, *, is_list: bool) -> str:
    if problem := pointer_problem(pointer):
        return problem[1]
    stars = parts_of(pointer).count(EACH)
    if not pointer or stars > 1:
        return "it leads nowhere" if not pointer else "it has more than one `*`"
    return "a single value has no `*`" if stars and not is_list else ""


def _fact(table: TomlTable) -> Fact | None:
    name = table.text("fact")
    known = [fact.value for fact in Fact]
    if name in known:
        return Fact(name)
    if "fact" not in table.mistaken:
        span: Span = table.span if name is None else table.value_span("fact")
        message = "the entry names no fact" if name is None else f"{shown_value(name)} is no fact"
        hint = did_you_mean(name or "", known) or f"the facts are {', '.join(known)}"
        table.file.report(span, "E716", message, hint)
    return None


def _fixed(table: TomlTable, key: str) -> Fixed | None:
    found = _as_fixed(table.plain(key))
    if found is None:
        message = f"the value of {shown_value(key)} is not a text, number, flag or list of them"
        table.file.report(table.value_span(key), "E704", message, "write it as JSON would have it")
    return found


def _as_fixed(value: object) -> Fixed | None:
    match value:
        case bool() | str():
            return value
        case int() | Decimal():
            return Decimal(value)
        case list():
            found = [_as_fixed(each) for each in value]
            return tuple(each for each in found if each is not None) if None not in found else None
        case _:  # dates and tables are not values of JSON that can be written here
            return None


def read_beside(table: TomlTable) -> Beside:
    """What stands beside the values of a facet; mistakes are reported."""
    found = []
    for value in sorted(table.keys()):
        keys = table.table(value)
        pairs = ((key, _fixed(keys, key)) for key in sorted(keys.keys()))
        found.append((value, tuple((key, each) for key, each in pairs if each is not None)))
    return tuple(found)
