"""What the truth of one test says about another, whatever the manifest.

Each function answers yes only where that is certain.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from starlang.matching.globs import has_wildcard
from starlang.matching.needles import Needle
from starlang.rulesets.predicates import (
    AtLeast,
    AtMost,
    Flag,
    HasAtLeast,
    HasAtMost,
    OneOf,
    OnlyIn,
    Present,
    Test,
)
from starlang.rulesets.spelling import BUILTIN_FACETS, TEXT_FACETS
from starlang.rulesets.surroundings import Events, Neighbours
from starlang.rulesets.text_predicates import EndsWith, Matches, Mentions, StartsWith, Under


def implies(test: Test, other: Test) -> bool:
    """Whether `other` holds wherever `test` does."""
    if test.facet != other.facet:
        return False
    return test == other or _needs_value(test, other) or _implies(test, other)


def _needs_value(test: Test, other: Test) -> bool:
    """Whether any value meets `other`, and without one `test` never holds."""
    any_does = isinstance(other, Present) or (isinstance(other, HasAtLeast) and other.count == 1)
    return any_does and not test.holds(())


def _implies(  # noqa: C901, PLR0911 -- a table of pairs, which names every class of the first
    test: Test, other: Test
) -> bool:
    match test:
        case OneOf() | OnlyIn():
            return _values_imply(test, other)
        case Under(globs=globs):
            return all(any(_within(glob, other)) for glob in globs)
        case Mentions(needles=needles):
            return isinstance(other, Mentions) and all(
                any(needle_covers(wider, needle) for wider in other.needles) for needle in needles
            )
        case StartsWith(texts=texts):
            return all(any(_beginning_implies(text, other)) for text in texts)
        case EndsWith(texts=texts):
            return isinstance(other, EndsWith) and all(map(other.meets, texts))
        case AtLeast(number=number):
            return isinstance(other, AtLeast) and number >= other.number
        case AtMost(number=number):
            return isinstance(other, AtMost) and number <= other.number
        case HasAtLeast(count=count):
            return isinstance(other, HasAtLeast) and count >= other.count
        case HasAtMost(count=count):
            return isinstance(other, HasAtMost) and count <= other.count
        case Matches() | Present() | Flag() | Events() | Neighbours():
            return False
        case _:
            assert_never(test)


def _values_imply(test: OneOf | OnlyIn, other: Test) -> bool:
    match other:
        case OnlyIn(values=values):
            return isinstance(test, OnlyIn) and set(test.values) <= set(values)
        case OneOf(values=values):
            return set(test.values) <= set(values)
        case Under() | StartsWith() | EndsWith():
            # Elsewhere a value may be a number, which is spelt like a text and is none.
            return test.facet in BUILTIN_FACETS and all(map(other.meets, test.values))
        case _:  # masks may hide the rest, or it is about numbers
            return False


def _within(glob: str, other: Test) -> Iterator[bool]:
    """Whether what is under `glob` meets `other`, by one part of it after the other."""
    match other:
        case Under(globs=globs):
            yield from (glob_within(glob, wider) for wider in globs)
        case StartsWith(texts=texts):
            yield from map(beginning_of(glob).startswith, texts)
        case _:
            return


def _beginning_implies(beginning: str, other: Test) -> Iterator[bool]:
    match other:
        case StartsWith(texts=texts):
            yield from map(beginning.startswith, texts)
        case Under(globs=globs):
            directories = (glob for glob in globs if not has_wildcard(glob))
            yield from (beginning.startswith(f"{glob}/") for glob in directories)
        case _:
            return


def excludes(test: Test, other: Test) -> bool:
    """Whether no module meets both tests."""
    if test.facet != other.facet:
        return False
    if _exclude(test, other) or _exclude(other, test):
        return True
    # A facet of the manifest may have several values, one for each test.
    is_single = test.facet in TEXT_FACETS
    return is_single and (_no_value_meets(test, other) or _no_value_meets(other, test))


def _exclude(test: Test, other: Test) -> bool:
    match test:
        case OnlyIn(values=values):
            return isinstance(other, OnlyIn | OneOf) and set(values).isdisjoint(other.values)
        case HasAtMost(count=count):
            return isinstance(other, HasAtLeast) and count < other.count
        case (
            OneOf()
            | Mentions()
            | Matches()
            | Under()
            | StartsWith()
            | EndsWith()
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
            whole = isinstance(other, OneOf | Under | StartsWith | EndsWith)
            return whole and not any(map(other.meets, values))
        case Under(globs=globs):
            return isinstance(other, Under) and all(
                globs_apart(glob, counterpart) for glob in globs for counterpart in other.globs
            )
        case StartsWith(texts=texts):
            return _begin_apart(texts, other)
        case EndsWith(texts=texts):
            return isinstance(other, EndsWith) and not any(
                text.endswith(end) or end.endswith(text) for text in texts for end in other.texts
            )
        case (
            OnlyIn()
            | Mentions()
            | Matches()
            | AtLeast()
            | AtMost()
            | HasAtLeast()
            | HasAtMost()
            | Present()
            | Flag()
            | Events()
            | Neighbours()
        ):
            return False
        case _:
            assert_never(test)


def _begin_apart(texts: Sequence[str], other: Test) -> bool:
    """Whether nothing that begins with one of `texts` meets `other`."""
    match other:
        case StartsWith():
            beginnings = other.texts
        case Under():
            beginnings = tuple(map(beginning_of, other.globs))
        case _:
            return False
    return not any(
        text.startswith(beginning) or beginning.startswith(text)
        for text in texts
        for beginning in beginnings
    )


def beginning_of(glob: str) -> str:
    """What every path under `glob` begins with; it may be nothing."""
    beginning = glob[: min((glob + "*?").index(sign) for sign in "*?")]
    # `x/**` is `x` as well, so the slash before it is not there in every path.
    return beginning.removesuffix("/") if glob[len(beginning) :].startswith("**") else beginning


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
