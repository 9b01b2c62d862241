"""What the analyses conclude about conditions is so for every module.

Conditions and modules are generated from a small vocabulary, so that they meet often;
the conditions are decided here by the words of the language reference.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import assert_never, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.predicates import built

from starlang.checker.lints.logic import (
    can_hold,
    excludes,
    follows,
    implies,
    must_hold,
    needle_covers,
)
from starlang.checker.patterns import tokens
from starlang.matching.globs import covers
from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle, cut, find, needle
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.predicates import (
    AtLeast,
    AtMost,
    FacetTest,
    Flag,
    HasAtLeast,
    HasAtMost,
    OneOf,
    OnlyIn,
    Present,
    Test,
)
from starlang.rules.relations import Events, InCycle, Neighbours
from starlang.rules.text_predicates import Before, EndsWith, Matches, Mentions, StartsWith, Under

Module = Mapping[str, tuple[str | int, ...]]

PATHS = ("a", "a/b", "a/b/c", "b", "b/a", "ab", "a b", "a/ab c")
GLOBS = ("a", "a/b", "a/*", "a/**", "**/b", "**", "b", "?", "a/*/c")
EDGES = ("a", "a/", "a/b", "b", "/b", "ab", "c", "x", "y", "xy")
DAYS = ("2024-12-31", "2025-01-01")
WORDS = ("x", "y", "xy", "z", *DAYS)
NEEDLES = ("a", "b", "a*", "ab", "a b", "ab c", "ab*", "b c*")


def holds(condition: Condition, module: Module) -> bool:
    match condition:
        case AllOf(parts=parts):
            return all(holds(part, module) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, module) for part in parts)
        case Not(part=part):
            return not holds(part, module)
        case test:
            return meets(test, module.get(test.facet, ()))


def meets(  # noqa: C901, PLR0911, PLR0912 -- a table, one return a kind of test
    test: Test, values: tuple[str | int, ...]
) -> bool:
    numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    texts = [value for value in values if isinstance(value, str)]
    spelled = {str(value) for value in values}
    match test:
        case OneOf(values=wanted):
            return bool(spelled & set(wanted))
        case OnlyIn(values=wanted):
            return bool(spelled) and spelled <= set(wanted)
        case Under(globs=globs):
            return any(covers(glob, text) for glob in globs for text in texts)
        case Mentions(needles=needles):
            return any(find(each, cut(text), text) for each in needles for text in texts)
        case AtLeast(number=number):
            return any(value >= number for value in numbers)
        case AtMost(number=number):
            return any(value <= number for value in numbers)
        case HasAtLeast(count=count):
            return len(values) >= count
        case Present():
            return bool(values)
        case HasAtMost(count=count):
            return len(values) <= count
        case StartsWith(texts=edges):
            return any(text[: len(edge)] == edge for edge in edges for text in texts)
        case EndsWith(texts=edges):
            return any(text[::-1][: len(e)] == e[::-1] for e in edges for text in texts)
        case Before(day=day):
            return any(text < day for text in texts if text in DAYS)
        case Matches(pattern=pattern):
            return any(pattern.regex in text for text in texts)
        case Flag(value=flag):
            return flag in [value for value in values if isinstance(value, bool)]
        case Events() | Neighbours() | InCycle():
            raise AssertionError(test)
        case _:
            assert_never(test)


def needles() -> st.SearchStrategy[tuple[Needle, ...]]:
    made = [found for text in NEEDLES if (found := needle(text)) is not None]
    return st.lists(st.sampled_from(made), min_size=1, max_size=2).map(tuple)


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3).map(tuple)


def over(facet: str, known: tuple[str, ...]) -> st.SearchStrategy[Test]:
    said = {
        "facet": st.just(facet),
        "values": some(known),
        "needles": needles(),
        "pattern": st.sampled_from(("a", "b", "x")).map(Pattern),
        "ignoring": st.none(),
        "globs": some(GLOBS),
        "texts": some(EDGES),
        "number": st.integers(1, 3).map(Decimal),
        "count": st.integers(1, 3),
        "value": st.booleans(),
        "day": st.sampled_from((*DAYS, "2026-01-01")),
    }
    return st.one_of(built(get_args(FacetTest), said))


tests = st.one_of(over("path", PATHS), over("node", WORDS), over("text", PATHS))
conditions: st.SearchStrategy[Condition] = st.recursive(
    tests,
    lambda parts: st.one_of(
        st.lists(parts, min_size=2, max_size=3).map(lambda found: AllOf(tuple(found))),
        st.lists(parts, min_size=2, max_size=3).map(lambda found: AnyOf(tuple(found))),
        parts.map(Not),
    ),
    max_leaves=6,
)
modules = st.fixed_dictionaries(
    {
        "path": st.sampled_from(PATHS).map(lambda path: (path,)),
        "text": st.sampled_from(PATHS).map(lambda text: (text,)),
        "node": st.lists(
            st.one_of(st.sampled_from(WORDS), st.integers(2, 4), st.booleans()),
            max_size=3,
            unique=True,
        ).map(tuple),
    }
)
sound = settings(max_examples=examples(300))


@sound
@given(conditions, modules)
def test_a_condition_that_cannot_hold_holds_for_no_module(
    condition: Condition, module: Module
) -> None:
    if holds(condition, module):
        assert can_hold(condition)
    else:
        assert not must_hold(condition)


@sound
@given(conditions, conditions, modules)
def test_what_follows_holds_as_well(condition: Condition, other: Condition, module: Module) -> None:
    if holds(condition, module) and not holds(other, module):
        assert not follows(condition, other)


@sound
@given(tests, tests, modules)
def test_facts_about_pairs_of_tests_are_facts(test: Test, other: Test, module: Module) -> None:
    if holds(test, module):
        assert not implies(test, other) or holds(other, module)
        assert not excludes(test, other) or not holds(other, module)
    else:
        assert not test.is_certain()


@sound
@given(needles(), needles(), st.sampled_from([*PATHS, "ab cd", "b/ab", "aB C", "b C2 a"]))
def test_a_needle_that_covers_another_is_found_with_it(
    first: tuple[Needle, ...], second: tuple[Needle, ...], text: str
) -> None:
    if needle_covers(first[0], second[0]) and find(second[0], cut(text), text):
        assert find(first[0], cut(text), text)


@pytest.mark.parametrize(
    ("condition", "other"),
    [
        (OneOf("node", ("x",)), OneOf("node", ("x", "y"))),
        (OnlyIn("node", ("x",)), OneOf("node", ("x", "y"))),
        (OneOf("path", ("a/b",)), Under("path", ("a",))),
        (Under("path", ("a/*/c",)), Under("path", ("b", "a"))),
        (
            Mentions("text", (Needle(("old", "memory")),)),
            Mentions("text", (Needle(("mem",), True),)),
        ),
        (HasAtLeast("node", 3), HasAtLeast("node", 2)),
        (HasAtMost("node", 2), HasAtMost("node", 3)),
        (HasAtMost("node", 2), Not(HasAtLeast("node", 3))),
        (StartsWith("node", ("ab", "c")), StartsWith("node", ("a", "c"))),
        (EndsWith("node", ("ba", "c")), EndsWith("node", ("a", "c"))),
        (Before("node", "2025-01-01"), Before("node", "2025-01-02")),
        (OneOf("node", ("2024-12-31", "2024-02-29T09:30Z")), Before("node", "2025-01-01")),
        (Before("node", "2025-01-01"), Present("node")),
        (StartsWith("path", ("a/b/", "a/c")), Under("path", ("a",))),
        (Under("path", ("a/b", "a/*/c", "a/x/**")), StartsWith("path", ("a",))),
        (OneOf("path", ("a/b",)), StartsWith("path", ("a/",))),
        (OneOf("path", ("a/b",)), EndsWith("path", ("/b",))),
        (StartsWith("path", ("a", "b")), Not(StartsWith("path", ("c",)))),
        (EndsWith("path", ("a",)), Not(EndsWith("path", ("b",)))),
        (StartsWith("path", ("b/",)), Not(Under("path", ("a",)))),
        (EndsWith("path", ("a",)), Not(OneOf("path", ("b",)))),
        (Not(Present("node")), Not(OneOf("node", ("x",)))),
        (Under("path", ("a",)), Not(Under("path", ("b",)))),
        (OneOf("node", ("x",)), AnyOf((OneOf("node", ("x",)), Present("tier")))),
    ],
)
def test_what_must_be_concluded(condition: Condition, other: Condition) -> None:
    """Soundness alone would be met by never concluding anything."""
    assert follows(condition, other)
    assert not can_hold(condition, Not(other))
    assert can_hold(condition)


@pytest.mark.parametrize(
    ("condition", "other", "module"),
    [
        (HasAtMost("node", 2), Not(HasAtLeast("node", 2)), {"node": ("x", "y")}),
        (HasAtMost("node", 3), HasAtMost("node", 2), {"node": ("x", "y", "z")}),
        (HasAtMost("node", 1), Present("node"), {}),
        (Under("path", ("a/**",)), StartsWith("path", ("a/",)), {"path": ("a",)}),
        (Under("path", ("a/b",)), StartsWith("path", ("a/b/",)), {"path": ("a/b",)}),
        (StartsWith("path", ("a",)), Under("path", ("a",)), {"path": ("ab",)}),
        (StartsWith("node", ("x",)), Not(StartsWith("node", ("y",))), {"node": ("x", "y")}),
        (StartsWith("path", ("a",)), Not(StartsWith("path", ("ab",))), {"path": ("ab",)}),
        (EndsWith("path", ("a/b",)), Not(EndsWith("path", ("b",))), {"path": ("a/b",)}),
        (OneOf("node", ("2",)), StartsWith("node", ("2",)), {"node": (2,)}),
    ],
)
def test_what_must_not_be_concluded(condition: Test, other: Condition, module: Module) -> None:
    """`module` is the reason: it meets the one and not the other."""
    assert holds(condition, module)
    assert not holds(other, module)
    assert not follows(condition, other)


def test_large_conditions_are_left_undecided() -> None:
    many = AllOf(tuple(OneOf("node", (str(number),)) for number in range(40)))

    assert can_hold(AllOf((many, Not(many))))
    assert not follows(many, many)


@settings(max_examples=examples(300))
@given(st.text(alphabet="ab\\[](){}|^$.*+?:=!<P>pQExu/1,0-i\n"))
def test_tokens_of_a_pattern_have_no_gaps(pattern: str) -> None:
    found = tokens(pattern)

    assert [token.start for token in found[1:]] == [token.end for token in found[:-1]]
    assert (found[0].start, found[-1].end) == (0, len(pattern)) if found else pattern == ""
    assert all(token.start < token.end for token in found)
