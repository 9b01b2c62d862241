"""Texts are classified in blocks and by shortcuts; none of that may show."""

import pytest
from engine.naive import Asked
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.rule_sets import (
    ANY,
    NAMES,
    NEEDLES,
    PATHS,
    PATTERNS,
    STARS,
    Module,
    any_test_over,
    graph_of,
)

from starlang.engine.texts import TextClasses
from starlang.matching.patterns import SET_MEMORY, Pattern
from starlang.matching.words import Needle
from starlang.rules.model import Mask, Rule, RuleSet
from starlang.rules.predicates import HasAtLeast, HasAtMost, OneOf, OnlyIn, Present, Test
from starlang.rules.text_predicates import EndsWith, Matches, Mentions, StartsWith, Under

TESTS = st.lists(any_test_over("text"), min_size=1, max_size=5, unique=True)
MENTIONS = st.builds(
    Mentions, st.just("text"), st.sets(NEEDLES, min_size=1, max_size=3).map(sorted).map(tuple)
)
MATCHES = st.builds(Matches, st.just("text"), PATTERNS, st.none() | PATTERNS)
MASKS = st.lists(st.one_of(NEEDLES, PATTERNS), max_size=2)


def held(
    tests: list[Test],
    masks: list[Pattern | Needle],
    texts: list[str],
    joins: list[int] | None = None,
    memory: int = SET_MEMORY,
) -> list[set[int]]:
    """Numbers of the tests that hold for each text."""
    numbered = list(enumerate(tests))
    classes = TextClasses(numbered, masks, joined=joins is not None, memory=memory).classify(
        texts, lambda at: joins[at] if joins else -1
    )
    return [set(classes.tests[code]) for code in classes.codes]


@given(TESTS, MASKS, st.lists(st.one_of(PATHS, ANY, NAMES), max_size=12))
@settings(max_examples=examples(200))
def test_without_memory_for_an_automaton_the_answers_are_the_same(
    tests: list[Test], masks: list[Pattern | Needle], texts: list[str]
) -> None:
    assert held(tests, masks, texts, memory=1) == held(tests, masks, texts)


@given(TESTS, MASKS, st.lists(st.tuples(NAMES, PATHS), max_size=8))
@settings(max_examples=examples(200))
def test_the_same_for_texts_that_are_joined(
    tests: list[Test], masks: list[Pattern | Needle], pairs: list[tuple[str, str]]
) -> None:
    texts = [f"{name} {path}" if name else path for name, path in pairs]
    joins = [len(name) if name else -1 for name, _ in pairs]
    assert held(tests, masks, texts, joins, memory=1) == held(tests, masks, texts, joins)


@given(TESTS, MASKS, st.lists(PATHS, max_size=8))
def test_the_neighbours_of_a_text_do_not_matter(
    tests: list[Test], masks: list[Pattern | Needle], texts: list[str]
) -> None:
    alone = [held(tests, masks, [text])[0] for text in texts]
    assert held(tests, masks, texts) == alone
    many = texts + [f"memory/leak{number}" for number in range(1_100)] + texts
    assert held(tests, masks, many)[: len(texts)] == alone
    assert held(tests, masks, many)[len(many) - len(texts) :] == alone


def rules_of(tests: list[Test], masks: list[Pattern | Needle]) -> RuleSet:
    rules = tuple(
        Rule(f"rule-{number}", "Flow", 1, 1, ("text",), test) for number, test in enumerate(tests)
    )
    return RuleSet("test", "1", STARS, (), rules, tuple(map(Mask, masks)))


@given(
    st.lists(st.one_of(MENTIONS, MATCHES), min_size=3, max_size=12),
    MASKS,
    st.lists(
        st.tuples(NAMES, st.one_of(ANY, PATHS)), min_size=4, max_size=16, unique_by=lambda p: p[1]
    ),
)
@settings(max_examples=examples(300))
def test_words_and_patterns_are_found_as_the_plain_evaluator_finds_them(
    tests: list[Test], masks: list[Pattern | Needle], pairs: list[tuple[str, str]]
) -> None:
    graph = graph_of([Module(path, name) for name, path in pairs])
    rules = rules_of(tests, masks)
    texts = [
        f"{name} {path}" if name else path
        for name, path in zip(graph.names, graph.paths, strict=True)
    ]
    joins = [len(name) if name else -1 for name in graph.names]
    expected = [
        {number for number, test in enumerate(tests) if Asked(rules, graph, module).holds(test)}
        for module in range(len(graph))
    ]
    assert held(tests, masks, texts, joins) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("memoryLeak", {0, 1}),
        ("MemoryLEAK", {0, 1}),
        ("memoryleak", set()),
        ("readOCRReader", {2}),
        ("readOCReader", set()),
        ("x/Memory-leak", {0, 1}),
        ("x/Memory/leak", {0}),
        ("mémoire/Memory", {0, 3}),
        ("MÉMOIRE", {3}),
    ],
)
def test_capitals_begin_words(text: str, expected: set[int]) -> None:
    looked_for = (("memory",), ("memory", "leak"), ("ocr",), ("mémoire",))
    tests: list[Test] = [Mentions("path", (Needle(words),)) for words in looked_for]
    assert held(tests, [], [text]) == [expected]
    assert held(tests, [], ["a", text, "b"])[1] == expected


MEMORY = Mentions("path", (Needle(("memory",)),))


@pytest.mark.parametrize("odd", ["a\nmemory", "Memory", "mémory", "", "\udcff/memory"])
def test_one_odd_text_among_many(odd: str) -> None:
    texts = [f"labs/x{number}" for number in range(600)]
    texts[300] = odd
    found = held([MEMORY], [], texts)
    assert [number for number, tests in enumerate(found) if tests] == (
        [300] if odd in {"a\nmemory", "Memory", "\udcff/memory"} else []
    )


def test_nothing_is_true_of_a_missing_text() -> None:
    tests: list[Test] = [
        Present("name"),
        HasAtLeast("name", 1),
        Under("name", ("**",)),
        Under("name", ("*",)),
        Matches("name", Pattern("^")),
        Matches("name", Pattern("a*")),
        HasAtMost("name", 1),  # but this: no value is at most one
    ]
    assert held(tests, [], ["", "x"]) == [{6}, {0, 1, 2, 3, 4, 5, 6}]
    assert held(tests, [], ["", "é"], memory=1) == [{6}, {0, 1, 2, 3, 4, 5, 6}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("labs/api", {0, 2}),
        ("labs", {0}),
        ("Labs/api", {2}),
        ("labs/API", {0}),
        ("my-labs/api", {2}),
        ("labs/apis", {0}),
        ("é/labs", {1}),
        ("E\u0301/labs", set()),
        ("labs/a.b", {0, 3}),
        ("labs/axb", {0}),
        ("a.b\n", set()),
    ],
)
def test_beginnings_and_ends_are_exact(text: str, expected: set[int]) -> None:
    """With case, as code points, and without any sign that means more than itself."""
    tests: list[Test] = [
        StartsWith("path", ("labs", "lab/")),
        StartsWith("path", ("é",)),
        EndsWith("path", ("api", "/api")),
        EndsWith("path", ("a.b",)),
    ]
    assert held(tests, [], [text]) == [expected]
    assert held(tests, [], ["a", text, "b"], memory=1)[1] == expected


def test_a_mask_hides_and_ignoring_hides_from_one_test_only() -> None:
    tests: list[Test] = [
        Matches("path", Pattern("conscious"), ignoring=Pattern("subconscious")),
        Matches("path", Pattern("conscious")),
        Matches("path", Pattern("watch")),
        Mentions("path", (Needle(("watch",), open=True),)),
    ]
    masks: list[Pattern | Needle] = [Needle(("watch", "dog"))]
    texts = ["subconscious", "subconscious/conscious", "watch_dog", "watch/dog", "Watch-Dog/x"]
    assert held(tests, masks, texts) == [{1}, {0, 1}, set(), {2, 3}, set()]


@pytest.mark.parametrize("more", ["", "é"])
def test_masks_touch_mentions_and_matches_and_nothing_else(more: str) -> None:
    tests: list[Test] = [
        Under("path", (f"watch_dog{more}",)),
        OneOf("path", (f"watch_dog{more}",)),
        OnlyIn("path", (f"watch_dog{more}", "x")),
        Present("path"),
        StartsWith("path", ("watch_",)),
        EndsWith("path", (f"ch_dog{more}",)),
        Matches("path", Pattern("watch")),
        Mentions("path", (Needle(("watch",)),)),
    ]
    masks: list[Pattern | Needle] = [Pattern("watch")]
    assert held(tests, masks, [f"watch_dog{more}"]) == [{0, 1, 2, 3, 4, 5}]
    assert held(tests, [], [f"watch_dog{more}"]) == [{0, 1, 2, 3, 4, 5, 6, 7}]


def test_what_masking_brings_together_is_seen() -> None:
    """Blanking leaves a space, so a test may hold only because something was hidden."""
    tests: list[Test] = [
        Matches("path", Pattern("a b"), ignoring=Pattern("x")),
        Mentions("path", (Needle(("a", "b")),)),
    ]
    assert held(tests, [], ["axb"]) == [{0}]
    assert held(tests, [Pattern("x")], ["axb"]) == [{0, 1}]


def test_a_phrase_does_not_cross_the_join() -> None:
    tests: list[Test] = [
        Mentions("text", (Needle(("memory", "leak")),)),
        Matches("text", Pattern("memory leak")),
    ]
    texts = ["memory leak/x", "memory leak", "Memory leak"]
    assert held(tests, [], texts, joins=[6, -1, 6]) == [{1}, {0, 1}, set()]
    # A mask before the join moves it.
    assert held(tests, [Needle(("xx",))], ["xx_memory leak/z"], joins=[9]) == [{1}]
