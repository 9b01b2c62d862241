"""Globs over paths: the two ways to decide them agree, and do what the language says."""

from itertools import islice

import pytest
from engine.naive import under
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.matching.globs import covers, expanded, has_wildcard, problem, regex
from starlang.matching.patterns import PatternSet


def covers_by_pattern(glob: str, path: str) -> bool:
    return bool(PatternSet([(regex(glob),)]).found_in(path))


@pytest.mark.parametrize(
    ("glob", "inside", "outside"),
    [
        ("labs", ["labs", "labs/x", "labs/x/y"], ["lab", "labs2", "x/labs", "labs-x/y"]),
        ("labs/x", ["labs/x", "labs/x/y"], ["labs", "labs/xy"]),
        ("*", ["labs", "x"], ["labs/x"]),
        ("labs/*", ["labs/x", "labs/y"], ["labs", "labs/x/y"]),
        ("labs/**", ["labs", "labs/x", "labs/x/y"], ["labs2", "x/labs"]),
        ("**", ["a", "a/b"], []),
        ("**/x", ["x", "a/x", "a/b/x"], ["x/a", "ax"]),
        ("**/x/**", ["x", "a/x", "a/x/b", "x/b/c"], ["ax", "xa/b"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a", "b", "a/xb", "a/b/c"]),
        ("a/**/**", ["a", "a/b"], ["ab"]),
        ("**/**", ["a", "a/b"], []),
        ("m?m", ["mem", "mäm"], ["mm", "meem", "m/m"]),
        ("m*m", ["mm", "mem", "memem"], ["me", "m/m", "mem/x"]),
        ("*.x", ["a.x", ".x"], ["a_x", "a/b.x"]),
        ("a+b", ["a+b", "a+b/c"], ["aab"]),
        ("v[1]", ["v[1]"], ["v1"]),
    ],
)
def test_what_a_glob_covers(glob: str, inside: list[str], outside: list[str]) -> None:
    assert [path for path in inside if not covers(glob, path)] == []
    assert [path for path in outside if covers(glob, path)] == []
    assert [path for path in inside if not covers_by_pattern(glob, path)] == []
    assert [path for path in outside if covers_by_pattern(glob, path)] == []


@pytest.mark.parametrize(
    ("glob", "wanted"),
    [
        ("a/{b,c}", ["a/b", "a/c"]),
        ("a/{ b, c}/d", ["a/b/d", "a/c/d"]),
        ("{a,b}{c,d}", ["ac", "ad", "bc", "bd"]),
        ("a/{b}", ["a/{b}"]),
    ],
)
def test_what_a_glob_with_braces_stands_for_elsewhere(glob: str, wanted: list[str]) -> None:
    assert list(expanded(glob)) == wanted


@pytest.mark.parametrize("glob", ["{" + "," * 9_000, "{a,b}" * 20, "{a,b}" * 1_800, "{" * 9_000])
def test_braces_of_any_number_are_answered(glob: str) -> None:
    """A pattern that backtracks, or all globs at once, would not come to an end."""
    several = list(islice(expanded(glob), 9))

    assert len(several) == (9 if glob.count("{a,b}") == 20 else 1)
    assert (problem(glob) or "").startswith("braces") is ("," in glob and "}" in glob)


SEGMENTS = st.text("ab.é", min_size=1, max_size=3)
GLOBS = st.lists(
    st.sampled_from(("**", "*", "a*", "*a", "?", "a?b", "*a*b*")) | SEGMENTS, min_size=1, max_size=5
).map("/".join)


@given(GLOBS, st.lists(SEGMENTS, min_size=1, max_size=5).map("/".join))
@settings(max_examples=examples(500))
def test_both_ways_agree_with_a_plain_one(glob: str, path: str) -> None:
    assert covers(glob, path) is under(glob, path)
    assert covers_by_pattern(glob, path) is under(glob, path)


def test_stars_in_a_segment_take_no_exponential_time() -> None:
    assert not covers("/".join(["**"] * 40 + ["x"]), "/".join(["a"] * 200))
    assert not covers("*a" * 200 + "b", "a" * 4_000)


@pytest.mark.parametrize("glob", ["labs", "labs/*", "**/x/**", "v[1]", "a b", "ä?"])
def test_a_glob_without_a_problem(glob: str) -> None:
    assert problem(glob) is None


@pytest.mark.parametrize(
    "glob", ["", "/labs", "labs/", "a//b", "./a", "a/../b", "a\\b", "a**", "**b/c"]
)
def test_a_glob_with_a_problem(glob: str) -> None:
    assert problem(glob) is not None


def test_wildcards_are_stars_and_question_marks() -> None:
    assert [glob for glob in ("a", "a*", "a?", "[a]", "**") if has_wildcard(glob)] == [
        "a*",
        "a?",
        "**",
    ]
