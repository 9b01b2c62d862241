"""Old patterns mean what Python's `re` says they mean."""

import re
import warnings
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.legacy.python_patterns import (
    MAX_DEPTH,
    Tree,
    Unreadable,
    found,
    inside,
    is_repeat,
    parse,
    replaced,
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


def tree_of(pattern: str) -> Tree:
    tree = parse(pattern)
    assert not isinstance(tree, Unreadable), tree
    return tree


@given(PATTERNS, TEXTS)
@settings(max_examples=examples(500))
def test_a_pattern_is_found_where_re_finds_it(pattern: str, text: str) -> None:
    if compiles(pattern):
        expected = re.search(pattern, text, re.IGNORECASE) is not None
        assert found(tree_of(pattern), text) is expected
    else:
        tree = parse(pattern)
        assert isinstance(tree, Unreadable)
        assert tree.invalid


@given(PATTERNS.filter(compiles), TEXTS)
@settings(max_examples=examples(500))
def test_a_pattern_is_replaced_as_re_replaces_it(pattern: str, text: str) -> None:
    tree = tree_of(pattern)
    repeats_nothing = any(
        is_repeat(node) and inside(node)[0].getwidth()[0] == 0 for node in walk(tree)
    )
    if not repeats_nothing:  # what `re` does with those differs between its versions
        assert replaced(tree, text) == re.sub(pattern, " ", text, flags=re.IGNORECASE)


@given(PATTERNS.filter(compiles), st.text("aab-_ 1B./{", min_size=1, max_size=8))
@settings(max_examples=examples(500))
def test_re2_reads_what_is_written_in_the_same_way(pattern: str, text: str) -> None:
    again = Pattern(written(tree_of(pattern)), ignore_case=True)
    if "(?=" in pattern or "(?!" in pattern or "(?<" in pattern:
        assert pattern_problem(again) is not None
    else:
        assert pattern_problem(again) is None
        expected = re.search(pattern, text, re.IGNORECASE) is not None
        assert Finder(again).found_in(text) is expected


@given(st.text("ab|()[]{}?*+\\^$.-,12:<=!iPsbwZx0N#>", max_size=10))
@settings(max_examples=examples(1000))
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
        ("[[:alpha:]]", r"[\[:alph]\]"),
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


def test_the_parser_of_python_is_as_it_is_relied_on() -> None:
    """It is private, and each version of Python may change it."""
    parser = import_module("re._parser")

    for text, code in ((r"\x41", 0x41), (r"\u00e9", 0xE9), (r"\N{EM DASH}", 0x2014), (r"\07", 7)):
        assert list(parser.parse(text)) == [(parser.LITERAL, code)]
    assert list(parser.parse(r"[\b]")) == [(parser.LITERAL, 8)]
    assert parser.parse("a|bcd").getwidth() == (1, 3)
    with pytest.raises(re.error, match="unterminated subpattern") as caught:
        parser.parse("ab(c")
    assert (caught.value.msg, caught.value.pos) == ("missing ), unterminated subpattern", 2)


@pytest.mark.parametrize(
    ("pattern", "text", "invalid"),
    [
        ("a{4294967295}", "a{4294967295}", True),
        (f"a{{{'9' * 5_000}}}", f"a{{{'9' * 18}", True),  # `int` refuses so many digits
        ("a{1001}", "{1001}", False),
        ("a{2,4294967294}", "{2,4294967294}", False),  # plain characters to RE2
        ("(?<=ab*)c", "(?<=ab*)", True),
        ("(?<=a|bc)d", "(?<=a|bc)", True),
        ("(?:" * 5_000 + ")" * 5_000, "(", False),
        ("(?x)# [\n" + "(" * 5_000 + ")" * 5_000, "(", False),
        ("a" * 20_001, "a" * 20 + "…", False),
        (r"\U00110000", r"\U00110000", True),
        (r"a\q", r"\q", True),
        ("[b-a]", "b", True),
        ("memory|retriev(al|er", "(", True),
    ],
)
def test_whatever_a_pattern_is_it_is_read_or_refused(
    pattern: str, text: str, *, invalid: bool
) -> None:
    tree = parse(pattern)

    assert isinstance(tree, Unreadable)
    assert (tree.text, tree.invalid) == (text, invalid)


@pytest.mark.parametrize(
    "pattern",
    [
        *("[[a]", "[a||b]", r"\ud800", "a{1000}", "(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH),
        *("a" * 9_999 + "|" + "a" * 9_999, "()" * 9_999, "[a-z]" * 3_900, "(?<=a)" * 3_000),
    ],
)
def test_odd_and_large_patterns_are_read_without_a_word(pattern: str) -> None:
    """Python warns about the first two."""
    tree_of(pattern)
