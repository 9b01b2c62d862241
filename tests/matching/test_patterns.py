"""Patterns: RE2 alone meets what users write."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.matching.patterns import (
    MAX_PATTERN,
    Finder,
    Pattern,
    PatternSet,
    alternatives,
    escape,
    lower_alternatives,
    matches_empty,
    pattern_problem,
)


def texts_found(regex: str, text: str, *, ignore_case: bool = False) -> list[str]:
    return [text[a:b] for a, b in Finder(Pattern(regex, ignore_case)).spans(text)]


@pytest.mark.parametrize(
    "regex",
    ["memory", "a|b", r"\bx\b", "[^/]+", "(a)(b)", r"\pL", "(?i)a", r"\Qa|b\E", "é", r"\\C"],
)
def test_a_pattern_without_a_problem(regex: str) -> None:
    assert pattern_problem(Pattern(regex)) is None


@pytest.mark.parametrize(
    "regex",
    [
        "(",
        "a)",
        "[a",
        ")(",
        "a)|(b",
        "*a",
        r"(?<!sub)conscious",
        "dream(?!liner)",
        r"(a)\1",
        "a{1001}",
        "(a{1000}){1000}",
        r"\pL{900}",
        "x" * (MAX_PATTERN + 1),
        r"\C",
        r"a\\\Cb",
    ],
)
@pytest.mark.fault_row(9, 10)
def test_a_pattern_with_a_problem(regex: str) -> None:
    assert pattern_problem(Pattern(regex)) is not None


def test_a_pattern_as_long_as_is_allowed() -> None:
    assert pattern_problem(Pattern("x" * MAX_PATTERN)) is None


@pytest.mark.parametrize("regex", ["(a+)+$", "(a|a)*$", "(.*a){12}$", ".*.*=.*", "(x+x+)+y"])
@pytest.mark.fault_row(7)
def test_patterns_that_hang_elsewhere_take_linear_time(regex: str) -> None:
    """With backtracking the first of them would take 2^20,000 steps."""
    text = "a" * 20_000 + "b" + "x" * 20_000
    assert pattern_problem(Pattern(regex)) is None
    Finder(Pattern(regex)).found_in(text)
    PatternSet([(regex,)]).found_in(text)


@pytest.mark.fault_row(8)
def test_many_nested_groups_are_compiled_without_capturing() -> None:
    """Beyond the length that users may write: with captures this takes seconds."""
    nested = "(" * 8_000 + "a" + ")" * 8_000
    assert Finder(Pattern(nested)).found_in("xax") or pattern_problem(Pattern(nested))


def test_a_pattern_shows_itself_as_it_is_written() -> None:
    assert str(Pattern("a/b")) == r"/a\/b/"
    assert str(Pattern("a", ignore_case=True)) == "/a/i"


@pytest.mark.parametrize(
    ("regex", "text", "expected"),
    [
        ("aa", "aaaaa", ["aa", "aa"]),
        ("a|ab", "abab", ["a", "a"]),
        (r"\d*", "x12y3", ["12", "3"]),
        (r"\b", "a b", [""]),
        ("^", "ab", [""]),
        ("é+", "aééb", ["éé"]),
        (".", "é😀", ["é", "😀"]),
        ("x", "abc", []),
    ],
)
def test_matches_are_leftmost_and_do_not_overlap(
    regex: str, text: str, expected: list[str]
) -> None:
    assert texts_found(regex, text) == expected
    assert Finder(Pattern(regex)).found_in(text) is bool(expected)


def test_ignoring_case() -> None:
    assert texts_found("oauth", "OAuth oauth", ignore_case=True) == ["OAuth", "oauth"]
    assert texts_found("a|b", "AB", ignore_case=True) == ["A", "B"]
    assert texts_found("é", "É", ignore_case=True) == ["É"]


def test_bytes_of_a_file_name_that_are_no_text_keep_their_places() -> None:
    text = b"a\xffb/mem".decode(errors="surrogateescape")
    assert [(a, b) for a, b in Finder(Pattern("mem")).spans(text)] == [(4, 7)]
    assert PatternSet([("mem",)]).found_in(text) == {0}


@pytest.mark.parametrize(
    ("regex", "empty"), [("a*", True), ("a|", True), ("^", True), ("a", False), (r"\b", False)]
)
def test_a_pattern_that_matches_the_empty_text(regex: str, *, empty: bool) -> None:
    assert matches_empty(Pattern(regex)) is empty


@given(st.text(max_size=20))
def test_an_escaped_text_is_found_as_it_is(text: str) -> None:
    encodable = text.encode(errors="replace").decode()
    if encodable:
        assert texts_found(f"^(?s:{escape(encodable)})", encodable + "x") == [encodable]


@pytest.mark.parametrize(
    ("regex", "expected"),
    [
        ("cat|dog", ("cat", "dog")),
        ("cat", ("cat",)),
        ("a|b[|]c|(x|y)z", ("a", "b[|]c", "(x|y)z")),
        (r"\bfoo\b|bar\|x", (r"\bfoo\b", r"bar\|x")),
        ("a|a", ("a",)),
        # Whole: what is not surely a row of alternatives.
        ("(a(b))|c", ("(a(b))|c",)),
        ("[]a]|b", ("[]a]|b",)),
        ("(?i)a|b", ("(?i)a|b",)),
        (r"\Qa|b\E", (r"\Qa|b\E",)),
        (r"\Qa|b", (r"\Qa|b",)),
        ("[[:alpha:]]|b", ("[[:alpha:]]|b",)),
    ],
)
def test_alternatives(regex: str, expected: tuple[str, ...]) -> None:
    assert alternatives(Pattern(regex)) == expected


@pytest.mark.parametrize(
    ("regex", "ignore_case", "expected"),
    [
        ("cat|dog", False, ("cat", "dog")),
        ("Cat|dog", False, ("dog",)),
        ("Cat|DOG", True, ("cat", "dog")),
        (r"Cat\B|dog", True, (r"(?i)Cat\B", "dog")),
        ("C[ab]t", False, ("C[ab]t",)),
        ("cat|CAT", True, ("cat",)),
        ("É", True, ("(?i)É",)),
    ],
)
def test_alternatives_for_lower_case(
    regex: str, expected: tuple[str, ...], *, ignore_case: bool
) -> None:
    assert lower_alternatives(Pattern(regex, ignore_case)) == expected


REGEXES = st.lists(
    st.sampled_from(
        [
            "a",
            "b",
            "A",
            "Ab",
            "|",
            "|",
            "(",
            "(?:",
            ")",
            "[ab]",
            "[^a]",
            "[|]",
            r"\|",
            r"\b",
            "?",
            "+",
            "^",
            "$",
            ".",
            "é",
            "(?i)",
            "[",
            "]",
        ]
    ),
    max_size=9,
).map("".join)


@given(regex=REGEXES, ignore_case=st.booleans(), text=st.text("abAéE|x", max_size=8))
@settings(max_examples=examples(500))
def test_a_pattern_is_found_exactly_if_one_of_its_alternatives_is(
    regex: str, *, ignore_case: bool, text: str
) -> None:
    pattern = Pattern(regex, ignore_case)
    if pattern_problem(pattern) is None:
        found = PatternSet([alternatives(pattern)]).found_in(text)
        assert bool(found) is Finder(pattern).found_in(text)
        if text.isascii():
            plain = PatternSet([lower_alternatives(pattern)]).found_in(text.lower())
            assert bool(plain) is Finder(pattern).found_in(text.lower())


@given(st.lists(REGEXES, max_size=5), st.lists(st.text("abAé|x", max_size=8), max_size=4))
@settings(max_examples=examples(200))
@pytest.mark.fault_row(11)
def test_a_set_without_memory_answers_pattern_by_pattern(
    regexes: list[str], texts: list[str]
) -> None:
    patterns = [(regex,) for regex in regexes if pattern_problem(Pattern(regex)) is None]
    normal, starved = PatternSet(patterns), PatternSet(patterns, memory=1)
    for text in texts:
        assert starved.patterns(starved.match(text.encode())) is None
        assert starved.found_in(text) == normal.found_in(text)


@pytest.mark.fault_row(11)
def test_a_set_that_runs_out_of_memory_on_the_way_is_noticed() -> None:
    """Not while it is compiled: its automaton grows with the texts that it sees."""
    patterns = [(f"x{number}.{{{number}}}y",) for number in range(20)]
    patterns.append(("[^y]{30}z",))
    text = "x1x2x3x14x15" * 40 + "y" + "a" * 30 + "z"
    small = PatternSet(patterns, memory=60_000)
    expected = {n for n, (regex,) in enumerate(patterns) if re.search(regex, text)}
    answers = [small.patterns(small.match(text[:end].encode())) for end in range(100, len(text))]
    assert None in answers
    assert small.found_in(text) == expected
