"""Which digest each part of a rule set changes.

Every leaf of a rule set that uses all forms is changed in turn, so a field that is
added later is tested without being named here.
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import attrs
import pytest

from starlang.matching.patterns import Pattern
from starlang.rules.model import RuleSet
from starlang.rules.predicates import Present
from starlang.rules.sections import semantic_digest, text_digest

TEXTS = {"because", "until", "emoji", "domain", "version", "entries", "tests", "text"}
"""Fields that people read and that decide nothing; so is the id of the rule set itself."""


def changes(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """(field names that lead to a leaf, `value` with that leaf changed), leaf by leaf."""
    record = type(value)
    if names := fields_of(record):
        parts = {name: getattr(value, name) for name in names}
        for name in names:
            for inner, changed in changes(parts[name], (*path, name)):
                yield inner, record(**parts | {name: changed})
    elif isinstance(value, tuple) and value:
        if path[-1] != "words" or len(value) > 1:
            yield path, value[:-1]  # an element that is taken away
        for index, element in enumerate(value):
            is_pair = type(element) is tuple
            members = pair_changes(element) if is_pair else changes(element, path)
            for inner, changed in members:
                yield inner or path, (*value[:index], changed, *value[index + 1 :])
    elif path[-1] == "where":
        yield path, Present("owner")
    elif path == ("facets", "values"):
        yield path, (("x", "y"),)
    else:
        yield path, another(value)


def fields_of(record: type) -> list[str]:
    """The fields of an attrs class or a named tuple; none for other types."""
    if attrs.has(record):
        return [field.name for field in attrs.fields(record)]
    return list(getattr(record, "_fields", ()))


def pair_changes(pair: tuple[object, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Both changes of a name and its value."""
    key, value = pair
    yield (), (another(key), value)
    yield (), (key, another(value))


def another(value: object) -> object:
    """A value of the same type that is not `value`."""
    match value:
        case bool():
            return not value
        case Enum():
            return next(each for each in type(value) if each is not value)
        case str():
            return f"{value}x"
        case int() | Decimal() | Fraction():
            return value + 1
        case tuple():
            return (*value, "x")
        case None:
            return Pattern("x")
        case _:
            raise AssertionError(value)


@pytest.mark.requirement("R03")
def test_each_part_changes_the_digest_that_covers_it(everything: RuleSet) -> None:
    seen: set[str] = set()
    for path, changed in changes(everything):
        assert isinstance(changed, RuleSet)
        name = path[-1]
        seen.add(name)
        same_meaning = semantic_digest(changed) == semantic_digest(everything)
        same_texts = text_digest(changed) == text_digest(everything)
        if name == "at":
            assert (same_meaning, same_texts) == (True, True), path
        elif name in TEXTS or path == ("id",) or path[0] == "forbids":
            assert (same_meaning, same_texts) == (True, False), path
        else:
            assert not same_meaning, path
    # Fields of every record are among them, however deep they lie.
    assert {"at", "because", "weight", "regex", "words", "open", "globs", "percent"} <= seen
