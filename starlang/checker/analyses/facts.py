"""What the truth of one test says about another, whatever the manifest.

Each function answers yes only where that is certain.
"""

from collections.abc import Sequence

from starlang.matching.globs import covers, has_wildcard
from starlang.matching.needles import Needle
from starlang.rulesets.conditions import (
    TEXT_FACETS,
    AtLeast,
    AtMost,
    HasAtLeast,
    Mentions,
    OneOf,
    OnlyIn,
    Present,
    Test,
    Under,
)

_ALWAYS_THERE = ("path", "text", "star")
"""Facets that every module has a value of: a manifest without a star carries the default."""


def is_certain(test: Test) -> bool:
    """Whether `test` holds for every module."""
    match test:
        case Present(facet=facet) | HasAtLeast(facet=facet, count=1):
            return facet in _ALWAYS_THERE
        case Under(facet="path", globs=globs):
            return "**" in globs
        case _:
            return False


def implies(test: Test, other: Test) -> bool:  # noqa: C901, PLR0911 -- a table of pairs
    """Whether `other` holds wherever `test` does."""
    if test.facet != other.facet:
        return False
    match test, other:
        case _, Present() | HasAtLeast(count=1):
            return True
        case OneOf(values=few) | OnlyIn(values=few), OneOf(values=many):
            return set(few) <= set(many)
        case OnlyIn(values=few), OnlyIn(values=many):
            return set(few) <= set(many)
        case OneOf(facet="path", values=values), Under(globs=globs):
            return all(any(covers(glob, value) for glob in globs) for value in values)
        case Under(globs=few), Under(globs=many):
            return all(any(glob_within(glob, other) for other in many) for glob in few)
        case Mentions(needles=few), Mentions(needles=many):
            return all(any(needle_covers(other, needle) for other in many) for needle in few)
        case AtLeast(number=more), AtLeast(number=less):
            return more >= less
        case AtMost(number=less), AtMost(number=more):
            return less <= more
        case HasAtLeast(count=many), HasAtLeast(count=few):
            return many >= few
        case _:
            return test == other


def excludes(test: Test, other: Test) -> bool:
    """Whether no module meets both tests."""
    if test.facet != other.facet:
        return False
    match test, other:
        case OnlyIn(values=values), OnlyIn(values=others) | OneOf(values=others):
            return not set(values) & set(others)
        case OneOf(values=values), OnlyIn(values=others):
            return not set(values) & set(others)
        case _:
            # A facet of the manifest may have several values, one for each test.
            return test.facet in TEXT_FACETS and _no_value_meets(test, other)


def _no_value_meets(test: Test, other: Test) -> bool:
    match test, other:
        case OneOf(values=values), OneOf(values=others):
            return not set(values) & set(others)
        case (OneOf(values=values), Under(globs=globs)) | (
            Under(globs=globs),
            OneOf(values=values),
        ):
            return not any(covers(glob, value) for glob in globs for value in values)
        case Under(globs=globs), Under(globs=others):
            return all(globs_apart(glob, other) for glob in globs for other in others)
        case _:
            return False


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
