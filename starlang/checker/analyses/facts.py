"""What the truth of one test says about another, whatever the manifest.

Each function answers yes only where that is certain.
"""

from collections.abc import Sequence
from typing import assert_never

from starlang.matching.globs import has_wildcard
from starlang.matching.needles import Needle
from starlang.rulesets.predicates import (
    AtLeast,
    AtMost,
    Flag,
    HasAtLeast,
    Matches,
    Mentions,
    OfCount,
    OneOf,
    OnlyIn,
    Present,
    Test,
    Under,
)
from starlang.rulesets.spelling import TEXT_FACETS
from starlang.rulesets.surroundings import Events, Neighbours


def implies(test: Test, other: Test) -> bool:
    """Whether `other` holds wherever `test` does."""
    if test.facet != other.facet:
        return False
    return test == other or _needs_value(test, other) or _implies(test, other)


def _needs_value(test: Test, other: Test) -> bool:
    """Whether any value meets `other`, and without one `test` never holds."""
    return isinstance(other, OfCount) and other.turns_at() == 1 and not test.holds(())


def _implies(  # noqa: PLR0911 -- a table of pairs, which names every class of the first
    test: Test, other: Test
) -> bool:
    match test:
        case OneOf() | OnlyIn():
            return _values_imply(test, other)
        case Under(globs=globs):
            return isinstance(other, Under) and all(
                any(glob_within(glob, wider) for wider in other.globs) for glob in globs
            )
        case Mentions(needles=needles):
            return isinstance(other, Mentions) and all(
                any(needle_covers(wider, needle) for wider in other.needles) for needle in needles
            )
        case AtLeast(number=number):
            return isinstance(other, AtLeast) and number >= other.number
        case AtMost(number=number):
            return isinstance(other, AtMost) and number <= other.number
        case HasAtLeast(count=count):
            return isinstance(other, HasAtLeast) and count >= other.count
        case Matches() | Present() | Flag() | Events() | Neighbours():
            return False
        case _:
            assert_never(test)


def _values_imply(test: OneOf | OnlyIn, other: Test) -> bool:
    if isinstance(test, OnlyIn) and isinstance(other, OnlyIn):
        return set(test.values) <= set(other.values)
    if isinstance(other, Under) and test.facet != "path":
        return False  # a number that is spelt like a path lies nowhere
    return isinstance(other, OneOf | Under) and all(map(other.meets, test.values))


def excludes(test: Test, other: Test) -> bool:
    """Whether no module meets both tests."""
    if test.facet != other.facet:
        return False
    if _exclude_each_other(test, other) or _exclude_each_other(other, test):
        return True
    # A facet of the manifest may have several values, one for each test.
    is_single = test.facet in TEXT_FACETS
    return is_single and (_no_value_meets(test, other) or _no_value_meets(other, test))


def _exclude_each_other(test: Test, other: Test) -> bool:
    match test:
        case OnlyIn(values=values):
            return isinstance(other, OnlyIn | OneOf) and set(values).isdisjoint(other.values)
        case (
            OneOf()
            | Mentions()
            | Matches()
            | Under()
            | AtLeast()
            | AtMost()
            | HasAtLeast()
            | Present()
            | Flag()
            | Events()
            | Neighbours()
        ):
            return False
        case _:
            assert_never(test)


def _no_value_meets(test: Test, other: Test) -> bool:
    match test:
        case OneOf(values=values):
            return isinstance(other, OneOf | Under) and not any(map(other.meets, values))
        case Under(globs=globs):
            return isinstance(other, Under) and all(
                globs_apart(glob, counterpart) for glob in globs for counterpart in other.globs
            )
        case (
            OnlyIn()
            | Mentions()
            | Matches()
            | AtLeast()
            | AtMost()
            | HasAtLeast()
            | Present()
            | Flag()
            | Events()
            | Neighbours()
        ):
            return False
        case _:
            assert_never(test)


def glob_within(glob: str, other: str) -> bool:
    """Whether every path under `glob` is under `other`."""
    if other in {glob, "**"}:
        return True
    return not has_wildcard(other) and glob.startswith(f"{other}/")


def globs_apart(glob: str, other: str) -> bool:
    """Whether no path is under both globs: they begin with different directories."""
    for segment, counterpart in zip(glob.split("/"), other.split("/"), strict=False):
        if has_wildcard(segment) or has_wildcard(counterpart):
            return False
        if segment != counterpart:
            return True
    return False


def needle_covers(needle: Needle, other: Needle) -> bool:
    """Whether `needle` is found wherever `other` is."""
    length = len(needle.words)
    starts = range(len(other.words) - length + 1)
    return any(_covers_at(needle, other, other.words[at : at + length], at) for at in starts)


def _covers_at(needle: Needle, other: Needle, words: Sequence[str], at: int) -> bool:
    *firsts, last = needle.words
    if list(words[:-1]) != firsts:
        return False
    if needle.open:
        return words[-1].startswith(last)
    goes_on = other.open and at + len(words) == len(other.words)
    return words[-1] == last and not goes_on
