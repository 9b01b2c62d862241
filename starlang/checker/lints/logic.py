"""Which conditions can hold, must hold, or follow from others.

A condition is a formula over its tests. All rows of its truth table are computed at
once, a bit a row, and rows that contradict what is known of the tests are left out:
`path under "labs"` without `path under "labs", "tools"` is not a row. What holds in no
row holds for no module. Conditions of more than 12 different tests are not decided.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, permutations
from typing import assert_never

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.matching.globs import has_wildcard
from starlang.matching.words import Needle
from starlang.rules.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Not,
    facets_in,
    walk,
    where_of,
)
from starlang.rules.derivations import Names, derivation_words, read_through
from starlang.rules.model import Derivation, RuleSet
from starlang.rules.predicate import Predicate
from starlang.rules.predicates import (
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
from starlang.rules.relations import Events, InCycle, Neighbours
from starlang.rules.sources import Sources
from starlang.rules.spelling import BUILTIN_FACETS, TEXT_FACETS
from starlang.rules.text_predicates import Before, EndsWith, Matches, Mentions, StartsWith, Under

# What the truth of one test says about another, whatever the manifest.
#
# Each function answers yes only where that is certain.


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
        case Before(day=day):
            return isinstance(other, Before) and day <= other.day
        case AtLeast(number=number):
            return isinstance(other, AtLeast) and number >= other.number
        case AtMost(number=number):
            return isinstance(other, AtMost) and number <= other.number
        case HasAtLeast(count=count):
            return isinstance(other, HasAtLeast) and count >= other.count
        case HasAtMost(count=count):
            return isinstance(other, HasAtMost) and count <= other.count
        case Matches() | Present() | Flag() | Events() | Neighbours() | InCycle():
            return False
        case _:
            assert_never(test)


def _values_imply(test: OneOf | OnlyIn, other: Test) -> bool:
    match other:
        case OnlyIn(values=values):
            return isinstance(test, OnlyIn) and set(test.values) <= set(values)
        case OneOf(values=values):
            return set(test.values) <= set(values)
        case Before():
            return all(map(other.meets, test.values))
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
        case _:  # nothing is certain, which is true of every test
            return


def _beginning_implies(beginning: str, other: Test) -> Iterator[bool]:
    match other:
        case StartsWith(texts=texts):
            yield from map(beginning.startswith, texts)
        case Under(globs=globs):
            directories = (glob for glob in globs if not has_wildcard(glob))
            yield from (beginning.startswith(f"{glob}/") for glob in directories)
        case _:  # the same
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
            | Before()
            | AtLeast()
            | AtMost()
            | HasAtLeast()
            | Present()
            | Flag()
            | Events()
            | Neighbours()
            | InCycle()
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
            | Before()
            | AtLeast()
            | AtMost()
            | HasAtLeast()
            | HasAtMost()
            | Present()
            | Flag()
            | Events()
            | Neighbours()
            | InCycle()
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
        case _:  # the same
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


_MOST_TESTS = 12

Look = Callable[[Condition], Condition]
"""Puts what names stand for in their place: it holds for the same modules."""


def looking_through(names: Names) -> Look:
    """What looks through `names`, except where too much would stand in their place.

    A name is a facet like any other then, of which nothing is known.
    """

    @cache
    def look(condition: Condition) -> Condition:
        expanded = names.expanded(condition)
        return expanded if len({*walk(expanded)}) <= _MOST_TESTS else condition

    return look if names else as_it_is


def as_it_is(condition: Condition) -> Condition:
    """Where there are no names."""
    return condition


def can_hold(*conditions: Condition) -> bool:
    """Whether some module may meet all `conditions` at once; yes where it is not decided."""
    if len(conditions) == 1 and isinstance(conditions[0], Predicate):
        return True  # most rules have one test, and no test excludes itself
    tests = tuple(dict.fromkeys(test for each in conditions for test in walk(each)))
    if len(tests) > _MOST_TESTS:
        return True
    columns = _columns(tests)
    rows = _possible_rows(tests, columns)
    for condition in conditions:
        rows &= _rows(condition, columns, _all_rows(tests))
    return rows != 0


def must_hold(condition: Condition) -> bool:
    """Whether every module meets `condition`; no where it is not decided."""
    return not can_hold(Not(condition))


def follows(condition: Condition, other: Condition) -> bool:
    """Whether every module that meets `condition` meets `other`; no where it is not decided."""
    return not can_hold(condition, Not(other))


def _all_rows(tests: Sequence[Test]) -> int:
    return (1 << (1 << len(tests))) - 1


def _columns(tests: Sequence[Test]) -> dict[Test, int]:
    """For each test the rows in which it holds: row r where bit i of r is set."""
    every = _all_rows(tests)
    return {
        test: every // ((1 << (1 << number)) + 1) << (1 << number)
        for number, test in enumerate(tests)
    }


def _possible_rows(tests: Sequence[Test], columns: Mapping[Test, int]) -> int:
    rows = _all_rows(tests)
    for test in tests:
        if test.is_certain():
            rows &= columns[test]
    for test, other in permutations(tests, 2):
        if implies(test, other):
            rows &= ~(columns[test] & ~columns[other])
        if excludes(test, other):
            rows &= ~(columns[test] & columns[other])
    return rows


def _rows(condition: Condition, columns: Mapping[Test, int], every: int) -> int:
    """The rows in which `condition` holds."""
    match condition:
        case AllOf(parts=parts):
            rows = every
            for part in parts:
                rows &= _rows(part, columns, every)
            return rows
        case AnyOf(parts=parts):
            rows = 0
            for part in parts:
                rows |= _rows(part, columns, every)
            return rows
        case Not(part=part):
            return every & ~_rows(part, columns, every)
        case Predicate():
            return columns[condition]
        case _:
            assert_never(condition)


# Conditions that can never hold, or that always hold.


def constant_conditions(
    rules: RuleSet, places: Mapping[str, Label], look: Look
) -> Iterator[Diagnostic]:
    """W305 for conditions that hold for no module, W306 for those that hold for every one.

    What a derivation is reported for is not said again of all that reads it.
    """
    said = set[str]()
    for each in rules.derivations:
        found = [*_constant(f"`{derivation_words(each)}`", each.condition, places[each.at], look)]
        said.update(each.facet for _ in found)
        yield from found
    for what, condition, at_ in _conditions(rules):
        if said.isdisjoint(read_through(facets_in(condition), rules.derivations)):
            yield from _constant(what, condition, places[at_], look)


def _conditions(rules: RuleSet) -> Iterator[tuple[str, Condition, str]]:
    """What is to hold for some modules, in words, and where it is declared."""
    for rule in rules.rules:
        yield f"rule `{rule.name}`", rule.condition, rule.at
    for never in rules.nevers:
        yield "this exception", never.condition, never.at
    for forbid in rules.forbids:
        yield f"forbid `{forbid.name}`", forbid.condition, forbid.at


def _constant(what: str, condition: Condition, place: Label, look: Look) -> Iterator[Diagnostic]:
    for test in walk(condition):
        if (where := where_of(test)) is not None:
            yield from _constant(f"what {what} asks of neighbours", where, place, look)
    seen = look(condition)
    if not can_hold(seen):
        message = f"{what} can never hold: its parts exclude each other"
        hint = "compare its tests with each other, and with what `not` and `unless` take away"
        yield at(place.source, place.span, "W305", message, hint=hint)
    elif must_hold(seen):
        message = f"{what} holds for every module"
        hint = "remove it, or test something that sets modules apart"
        yield at(place.source, place.span, "W306", message, hint=hint)


# Derivations that add nothing.


def covered_derivations(
    rules: RuleSet, places: Mapping[str, Label], look: Look
) -> Iterator[Diagnostic]:
    """W318 for derivations that hold only where another one of the same value does.

    Where sources are counted, one that rests on other facets may add a source.
    """
    if Sources(rules).asked:
        return
    alike: dict[str, list[Derivation]] = {}
    for each in rules.derivations:
        alike.setdefault(derivation_words(each), []).append(each)
    for words, several in alike.items():
        told: set[str] = set()
        seen = {each.at: look(each.condition) for each in several} if len(several) > 1 else {}
        holding = {at for at, condition in seen.items() if can_hold(condition)}
        for one, other in combinations(several, 2):
            for narrow, wide in ((one, other), (other, one)):
                is_told = {narrow.at, wide.at} & told or narrow.at not in holding
                if not is_told and follows(seen[narrow.at], seen[wide.at]):
                    told.add(narrow.at)
                    yield _covered(words, places[narrow.at], places[wide.at])


def _covered(words: str, narrow: Label, wide: Label) -> Diagnostic:
    return at(
        narrow.source,
        narrow.span,
        "W318",
        f"`{words}` never holds here without holding there: it adds no module",
        others=[evolve(wide, message="this one holds wherever it does")],
        hint="remove it, or let one of them test something else",
    )
