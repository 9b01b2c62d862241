"""Facets and values: what they are called, and how rules spell them.

A facet is named by a string: `path`, `name`, `text`, `star`, a facet of the manifest
profile (`capability`), or `field:` and a JSON pointer (`field:/testing/has_tests`).
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

# How labels of stars are compared.

_VARIATION_SELECTORS = dict.fromkeys((0xFE0E, 0xFE0F))


def spelled(label: str) -> str:
    """`label` as it is compared: NFC, without the selectors of text or emoji style."""
    return unicodedata.normalize("NFC", label).translate(_VARIATION_SELECTORS)


Scalar = str | bool | Decimal
"""A facet's value: a text, a JSON boolean, or a JSON number (exact)."""

NAME = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
"""What stars, rules and facets may be called; the parser knows it, too."""

TEXT_FACETS = ("path", "name", "text")
"""Facets whose value is a text of its own in nearly every module; masks touch them."""

BUILTIN_FACETS = ("path", "name", "text", "star")
"""Facets that the language knows without a profile."""

ALWAYS_THERE = ("path", "text", "star")
"""Facets that every module has a value of: a manifest without a star carries the default."""

FIELD_PREFIX = "field:"

GRAPH_PREFIX = "graph:"
"""Begins the names of what is read from the graph: `graph:used by`, `graph:publishes`."""

GRAPH = "graph"
"""The kind of evidence that relations give."""

RELATIONS = ("uses", "used by", "depends on", "needed by", "contains", "inside")
"""Relations between modules."""

OVER_STEPS = {"depends on": "uses", "needed by": "used by"}
"""Relations over one or more steps -> the relation of each step."""

IN_CYCLE = "in a cycle"
"""What is said of a module that uses itself through others."""

EVENTS = ("publishes", "subscribes")
"""Relations between a module and the events that it names."""

_RESERVED = """
starlang ruleset use order star default weights confidence mask rule table never promote assign
ceilings test when unless weight because against to and or not is in mentions matches ignoring
under at per given expect on
"""
RESERVED_WORDS = frozenset(_RESERVED.split())
"""Words that are keywords everywhere: as a value they are quoted, and nothing is called so."""

WORDS_AS_VALUES = frozenset({"default", "order", "star", "test", "use"})
"""Keywords that begin a declaration: where only a value can be, they are values."""

RESERVED_NAMES = frozenset(
    {
        *BUILTIN_FACETS,
        FIELD_PREFIX.removesuffix(":"),
        GRAPH,
        *RESERVED_WORDS,
        *(relation.split()[0] for relation in (*RELATIONS, *EVENTS)),
    }
)
"""Names that neither a facet of a profile nor a derived one can have: no rule could name it."""

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def quoted(text: str) -> str:
    """`text` as a string of the language."""
    return f'"{text.translate(_ESCAPES)}"'


def listed(texts: Iterable[str]) -> str:
    """Texts as a list of strings of the language."""
    return ", ".join(map(quoted, texts))


def value_text(text: str) -> str:
    """`text` as a value of the language: bare where it may be."""
    is_bare = text != "" and text.strip("-") == text
    is_bare = is_bare and all(character.isalnum() or character in "_-" for character in text)
    return text if is_bare else quoted(text)


def facet_text(facet: str) -> str:
    """A facet of a compiled condition as rules write it."""
    if facet.startswith(FIELD_PREFIX):
        return f"field {quoted(facet.removeprefix(FIELD_PREFIX))}"
    return facet.removeprefix(GRAPH_PREFIX)


def spelling(value: Scalar) -> str:
    """What `is` and `in` compare: a text as it is, a number in its shortest form, or the flag."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    digits = f"{value:f}" if value else "0"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def whole(value: Scalar) -> tuple[tuple[int, int]]:
    """The span of all of `value` as it is spelt."""
    return ((0, len(spelling(value))),)


_TIME = r"(?:[01]\d|2[0-3])(?::[0-5]\d(?::(?:[0-5]\d|60)(?:[.,]\d+)?)?)?"
_DATE = re.compile(
    rf"(\d{{4}}-\d{{2}}-\d{{2}})(?:[Tt ]{_TIME} ?(?:[Zz]|[+-]\d{{2}}(?::?\d{{2}})?)?)?", re.ASCII
)


def day_of(text: str) -> str:
    """The day that a whole ISO date or date-time says, `YYYY-MM-DD`; "" where it is neither.

    A date-time counts by its date as it is written: time zones move nothing. Days as they are
    returned are in the order of the calendar where they are sorted as texts.
    """
    found = _DATE.fullmatch(text)
    return found[1] if found is not None and is_day(found[1]) else ""


_LOOSE = re.compile(r"(\d{4})[-./]?(?:(\d{1,2})(?:[-./]?(\d{1,2}))?)?", re.ASCII)


def day_meant(text: str) -> str:
    """The day that an author means who writes it in another way, "" where that is not clear.

    A month or a year begins with its first day.
    """
    found = _LOOSE.fullmatch(text)
    if found is None:
        return day_of(text)
    year, month, day = (int(part or 1) for part in found.groups())
    meant = f"{year:04}-{month:02}-{day:02}"
    return meant if is_day(meant) else ""


def is_day(text: str) -> bool:
    """Whether `text` is a day of the calendar, written as `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
