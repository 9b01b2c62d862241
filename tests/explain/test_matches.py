"""Spans found on demand are those that a plain evaluator finds at once."""

import pytest
from engine.naive import Asked, edges, spelled
from hypothesis import given, settings
from program.effort import examples
from strategies.rule_sets import STARS, Module, World, graph_of, worlds

from starlang.engine.evaluate import evaluate
from starlang.explain.explain import MatchFinder
from starlang.explain.model import Match
from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.model import Mask, RuleSet
from starlang.rules.predicates import HasAtMost, OneOf, OnlyIn, Present
from starlang.rules.text_predicates import Before, EndsWith, Matches, Mentions, StartsWith, Under

pytestmark = pytest.mark.requirement("R13")


def plain_matches(  # noqa: PLR0911 -- a table, one return a kind of test
    asked: Asked, condition: Condition
) -> list[tuple[str, str, int, int]] | None:
    """What makes `condition` hold, found at once; None where it does not hold."""
    if not asked.holds(condition):
        return None
    match condition:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            found = [plain_matches(asked, part) for part in parts]
            return [match for some in found if some is not None for match in some]
        case Not():
            return []
        case Mentions() | Matches():
            texts = [value for value in asked.values(condition.facet) if isinstance(value, str)]
            return [
                (condition.facet, text, *span)
                for text in texts
                for span in asked.spans(condition, text)
            ]
        case StartsWith() | EndsWith():
            texts = [value for value in asked.values(condition.facet) if isinstance(value, str)]
            return [
                (condition.facet, text, *span) for text in texts for span in edges(condition, text)
            ]
        case Before():
            texts = [value for value in asked.values(condition.facet) if isinstance(value, str)]
            met = [text for text in texts if asked.meets_alone(condition, text)]
            return [(condition.facet, text, 0, len("2025-01-01")) for text in met]
        case _:
            return [
                (condition.facet, spelled(value), 0, len(spelled(value)))
                for value in asked.values(condition.facet)
                if asked.meets_alone(condition, value)
            ]


@given(worlds())
@settings(max_examples=examples(200))
def test_what_is_found_on_demand_is_what_holds(world: World) -> None:
    evaluation = evaluate(world.rules, world.graph)
    finder = MatchFinder(evaluation)
    for module in range(len(world.graph)):
        asked = Asked(world.rules, world.graph, module)
        held = evaluation.case(module).rules
        for index, rule in enumerate(world.rules.rules):
            found = finder.find(rule.condition, module)
            assert (found is not None) is (index in held)
            expected = plain_matches(asked, rule.condition)
            if found is not None and expected is not None:
                spans = [(each.facet, each.value, each.start, each.end) for each in found]
                assert sorted(spans) == sorted(expected)


def find(condition: Condition, module: Module, *masks: Pattern | Needle) -> list[str] | None:
    """The matched texts, or None where the condition does not hold."""
    rules = RuleSet("test", "1", STARS, (), (), tuple(map(Mask, masks)))
    found = MatchFinder(evaluate(rules, graph_of([module]))).find(condition, 0)
    return None if found is None else [match.text for match in found]


MEMORY = Mentions("path", (Needle(("memory",)), Needle(("retriev",), open=True)))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (MEMORY, ["Memory", "retrieval"]),
        (Matches("path", Pattern("[aeiou]r")), ["or"]),
        (Under("path", ("tools",)), ["tools/Memory_retrieval"]),
        (StartsWith("path", ("tool", "tools/", "x")), ["tool", "tools/"]),
        (StartsWith("path", ("Tool",)), None),
        (EndsWith("path", ("val", "/val")), ["val"]),
        (EndsWith("capability", ("b", "a")), ["b", "a"]),
        (HasAtMost("capability", 2), ["b", "a"]),
        (HasAtMost("capability", 1), None),
        (HasAtMost("size", 1), []),
        (Present("owner"), ["ann"]),
        (OnlyIn("capability", ("a", "b")), ["b", "a"]),
        (OneOf("capability", ("a",)), ["a"]),
        (OneOf("star", ("Supporting",)), ["Supporting"]),
        (Not(Present("size")), []),
        (AllOf((Present("owner"), Not(Present("size")))), ["ann"]),
        # What is true beside the point is left out.
        (AnyOf((AllOf((MEMORY, Present("size"))), Present("owner"))), ["ann"]),
        (Not(Present("owner")), None),
        (AllOf((MEMORY, Present("size"))), None),
    ],
)
def test_what_makes_a_condition_hold(condition: Condition, expected: list[str] | None) -> None:
    module = Module("tools/Memory_retrieval", owner=("ann",), capability=("b", "a"))
    assert find(condition, module) == expected


def test_masked_text_is_shown_as_it_stands() -> None:
    test = Matches("path", Pattern("a b"), ignoring=Pattern("xx"))
    assert find(test, Module("axxb")) == ["axxb"]
    assert find(MEMORY, Module("memory_leak/memory"), Needle(("memory", "leak"))) == ["memory"]


def test_an_empty_match_has_a_place() -> None:
    rules = RuleSet("test", "1", STARS, (), ())
    found = MatchFinder(evaluate(rules, graph_of([Module("-a")]))).find(
        Matches("path", Pattern(r"\b")), 0
    )
    assert found == (Match("path", "-a", 1, 1),)
