"""Old patterns mean what Python's `re` says they mean."""

import re
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starlang.legacy.matching import found, replaced
from starlang.legacy.python_patterns import (
    MAX_DEPTH,
    Node,
    Repeat,
    Unreadable,
    least_width,
    parse,
    walk,
    written,
)
from starlang.matching.patterns import Finder, Pattern, pattern_problem

ATOMS = st.sampled_from(
    [
        *("a", "b", "ab", "-", "_", " ", "é", ".", "[ab]", "[^a]", "[a-b_]", r"[\w-]", "[]a]", "/"),
        *(r"\b", r"\B", "^", "$", r"\Z", r"\A", r"\w", r"\d", r"\s", r"\W", r"\.", r"\x61", "{"),
    ]
)
QUANTIFIERS = ["*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}", "*?", "+?", "??", "{1,2}?"]


def larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    groups = [st.just("(?:"), st.just("("), st.just("(?P<g>"), st.just("(?i:")]
    return st.one_of(
        st.tuples(parts, parts).map("".join),
        st.builds("{}{}|{})".format, st.one_of(*groups), parts, parts),
        st.builds("(?:{}){}".format, parts, st.sampled_from(QUANTIFIERS)),
        st.builds("{}{})".format, st.sampled_from(["(?=", "(?!"]), parts),
        st.builds("{}{})".format, st.sampled_from(["(?<=", "(?<!"]), st.sampled_from("ab_ ")),
    )


PATTERNS = st.recursive(ATOMS, larger, max_leaves=6)
TEXTS = st.text("aab-_ é1B./{", min_size=1, max_size=8)


def compiles(pattern: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(pattern, re.IGNORECASE)
        except (re.error, OverflowError):
            return False
    return True


def tree_of(pattern: str) -> Node:
    tree = parse(pattern)
    assert not isinstance(tree, Unreadable), tree
    return tree


@given(PATTERNS, TEXTS)
@settings(deadline=None, max_examples=500)
def test_a_pattern_is_found_where_re_finds_it(pattern: str, text: str) -> None:
    if compiles(pattern):
        expected = re.search(pattern, text, re.IGNORECASE) is not None
        assert found(tree_of(pattern), text) is expected
    else:
        tree = parse(pattern)
        assert isinstance(tree, Unreadable)
        assert tree.invalid


@given(PATTERNS.filter(compiles), TEXTS)
@settings(deadline=None, max_examples=500)
def test_a_pattern_is_replaced_as_re_replaces_it(pattern: str, text: str) -> None:
    tree = tree_of(pattern)
    repeats_nothing = any(
        isinstance(node, Repeat) and least_width(node.part) == 0 for node in walk(tree)
    )
    if not repeats_nothing:  # what `re` does with those differs between its versions
        assert replaced(tree, text) == re.sub(pattern, " ", text, flags=re.IGNORECASE)


@given(PATTERNS.filter(compiles), st.text("aab-_ 1B./{", min_size=1, max_size=8))
@settings(deadline=None, max_examples=500)
def test_re2_reads_what_is_written_in_the_same_way(pattern: str, text: str) -> None:
    again = Pattern(written(tree_of(pattern)), ignore_case=True)
    if "(?=" in pattern or "(?!" in pattern or "(?<" in pattern:
        assert pattern_problem(again) is not None
    else:
        assert pattern_problem(again) is None
        expected = re.search(pattern, text, re.IGNORECASE) is not None
        assert Finder(again).found_in(text) is expected


@given(st.text("ab|()[]{}?*+\\^$.-,12:<=!iPsbwZx0N#>", max_size=10))
@settings(deadline=None, max_examples=1000)
def test_what_re_refuses_is_invalid_and_nothing_else(pattern: str) -> None:
    tree = parse(pattern)
    if isinstance(tree, Unreadable) and not tree.invalid:
        return  # `re` may take it or find a further fault; here it has no counterpart anyway
    assert isinstance(tree, Unreadable) is not compiles(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(a)\1", r"\1"),
        ("(?P<n>a)(?P=n)", "(?P="),
        ("(?>a)", "(?>"),
        ("a++", "++"),
        ("(a)?(?(1)b|c)", "(?("),
        ("(?s:a.b)", "(?s"),
        ("(?#why)a", "(?#"),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), "("),
        ("(" * 50_000, "("),
    ],
)
def test_constructs_without_counterpart_are_named(pattern: str, text: str) -> None:
    tree = parse(pattern)

    assert isinstance(tree, Unreadable)
    assert (tree.text, tree.invalid) == (text, False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{,3}", None),
        ("a{,3}", "a{0,3}"),
        (r"a\Z", r"a\z"),
        ("[[:alpha:]]", r"[\[:alpha:]\]"),
        ("a/b", r"a\/b"),
        (r"a\/b", r"a\/b"),
        ("[_-]", "[_-]"),
        ("[-_]", "[_-]"),
        ("[]^/]", r"[\]\^\/]"),
        (r"\u00e9\x09", r"é\t"),
        ("a{b", r"a\{b"),
        ("(?P<n>a)|(?i:b)", "(a)|(?:b)"),
        ("(?i)a", "a"),
        (r"[\d.]+?", r"[\d.]+?"),
        ("\u200d", r"\x{200D}"),
        (r"\N{EM DASH}", "—"),
    ],
)
def test_patterns_are_written_for_re2(old: str, new: str | None) -> None:
    tree = parse(old)
    if new is None:
        assert isinstance(tree, Unreadable)
    else:
        assert not isinstance(tree, Unreadable)
        assert written(tree) == new
