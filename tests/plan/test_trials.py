"""`test` blocks, run by the evaluator that plans are made by."""

from decimal import Decimal
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given, settings
from program.effort import examples
from strategies.rule_sets import STARS, World, profile, worlds

from starlang.compiler import GivenNeighbour, TestCase
from starlang.matching.patterns import Pattern
from starlang.matching.words import Needle
from starlang.rule_tests import Trial, run, vacuous
from starlang.rules.conditions import AllOf, Condition, Not
from starlang.rules.model import (
    Amount,
    Assign,
    Ceiling,
    Ceilings,
    Derivation,
    Mask,
    Never,
    Rule,
    RuleSet,
)
from starlang.rules.predicates import AtLeast, OneOf, Present
from starlang.rules.relations import Neighbours
from starlang.rules.spelling import Scalar
from starlang.rules.text_predicates import Matches, Mentions, Under
from starlang.text import Source, Span

FULL = Ceilings((Ceiling(Amount(Fraction(0), percent=False), text="at most 0 promoted"),))


def rules_with(*nevers: Never) -> RuleSet:
    conditions: tuple[tuple[str, str, int, Condition], ...] = (
        ("flow", "Flow", 900_000, Mentions("path", (Needle(("flow",)),))),
        ("half", "Watch", 500_000, OneOf("capability", ("half",))),
        ("large", "Trail", 800_000, AtLeast("size", Decimal(5))),
        ("named", "Trail", 100_000, Mentions("text", (Needle(("named",)),))),
        ("starred", "Watch", 100_000, OneOf("star", ("Flow",))),
    )
    return RuleSet(
        "test",
        "1",
        STARS,
        (),
        tuple(Rule(name, star, 1, weight, ("path",), c) for name, star, weight, c in conditions),
        nevers=nevers,
        assigns=(Assign("given", "Watch"), Assign("back", "Supporting")),
        ceilings=FULL,
    )


def case(
    given: dict[str, tuple[Scalar, ...]],
    outcome: str = "",
    star: str = "",
    score: int | None = None,
) -> TestCase:
    source = Source("rules.star", 'test "x"')
    facts = tuple(sorted(given.items()))
    return TestCase("x", facts, outcome, star, score, source=source, span=Span(5, 8))


def tried(rules: RuleSet, one: TestCase) -> Trial:
    [found] = run(rules, profile(), [one])
    return found


FLOW: dict[str, tuple[Scalar, ...]] = {"path": ("a/flow",)}
HALF: dict[str, tuple[Scalar, ...]] = {"path": ("a",), "capability": ("x", "half")}


@pytest.mark.parametrize(
    ("one", "passed"),
    [
        (case(FLOW, star="Flow"), True),
        (case(FLOW, star="Trail"), False),
        (case(FLOW, star="Flow", score=900_000), True),
        (case(FLOW, star="Flow", score=900_001), False),
        (case(FLOW, star="Supporting"), False),
        (case(FLOW, "silent"), False),
        (case(HALF, star="Supporting"), True),
        (case(HALF, star="Watch"), False),
        (case(HALF, "suggested", "Watch"), True),
        (case(HALF, "suggested"), True),
        (case(HALF, "suggested", "Flow"), False),
        (case(HALF, "suggested", "Watch", 500_000), True),
        (case(HALF, "weak", "Watch"), False),
        (case({"path": ("x",)}, "silent"), True),
        (case({"path": ("x",)}, star="Supporting"), True),
        (case({"size": (Decimal(5),)}, star="Trail"), True),
        (case({"size": (Decimal(4),)}, "silent"), True),
        # Only what is given is there: no name, and a path that is missing.
        (case({"name": ("named",)}, "weak", "Trail", 100_000), True),
        (case({}, "silent"), True),
        # A test is about one module and no run.
        (case({"path": ("given",)}, star="Watch"), True),
        (case({"path": ("back",), "star": ("Flow",)}, star="Supporting"), True),
        (case({"path": ("flow",), "star": ("Flow",)}, "kept", "Flow"), True),
        (case({"path": ("flow",), "star": ("Trail",)}, star="Flow"), False),
        (case({"path": ("flow",), "star": ("Guard",)}, "unrecognised"), True),
    ],
)
def test_a_trial(one: TestCase, *, passed: bool) -> None:
    assert tried(rules_with(), one).passed is passed


def test_barred_from_one_star_and_from_all() -> None:
    some = rules_with(Never(("Flow",), Under("path", ("a",))))
    assert tried(some, case(FLOW, "barred", "Flow")).passed
    assert not tried(some, case(FLOW, "barred", "Trail")).passed
    assert not tried(some, case(FLOW, "barred")).passed
    everything = rules_with(Never((), Under("path", ("a",))))
    assert tried(everything, case(FLOW, "barred")).passed
    assert tried(everything, case(FLOW, "barred", "Trail")).passed


def test_what_was_found_is_said_in_the_words_of_what_was_expected() -> None:
    failed = tried(rules_with(), case(FLOW, star="Trail", score=900_000))
    assert failed.expected == "Trail at 0.90"
    assert failed.found == "promoted Flow at 0.00"
    assert tried(rules_with(), case(HALF, "weak", "Watch")).found == "suggested Watch"
    assert [row.rule for row in failed.explanation.rows] == ["flow"]


WATCH = Mentions("path", (Needle(("watch",)),))


def derived(facet: str) -> RuleSet:
    """A rule that reads a facet which paths give, but under `labs`."""
    when = AllOf((WATCH, Not(Under("path", ("labs",)))))
    rules = guarded(AllOf((OneOf(facet, ("seen",)), Present("owner"))))
    return evolve(rules, derivations=(Derivation(facet, "seen", when),))


def guarded(condition: Condition, *masks: Mask, against: bool = False) -> RuleSet:
    rule = Rule("guarded", "Flow", -1 if against else 1, 900_000, ("path",), condition)
    return RuleSet("test", "1", STARS, (), (rule,), masks=masks)


@pytest.mark.parametrize(
    ("rules", "path", "warned"),
    [
        (guarded(WATCH, Mask(Needle(("watch", "dog")))), "watch_dog", False),
        (guarded(WATCH, Mask(Needle(("watch", "dog")))), "other", True),
        (
            guarded(Matches("path", Pattern("watch"), ignoring=Pattern("stopwatch"))),
            "stopwatch",
            False,
        ),
        (guarded(AllOf((WATCH, Not(Under("path", ("labs",)))))), "labs/watch", False),
        (guarded(AllOf((WATCH, Not(Under("path", ("labs",)))))), "labs/other", True),
        (guarded(Not(Present("owner"))), "x", True),
        (derived("a_name"), "labs/watch", False),
        (derived("a_name"), "labs/other", True),
        (derived("capability"), "labs/watch", False),
        (derived("capability"), "labs/other", True),
    ],
)
def test_a_test_that_would_pass_without_any_rule(
    rules: RuleSet, path: str, *, warned: bool
) -> None:
    facts: dict[str, tuple[Scalar, ...]] = {"path": (path,), "owner": ("ann",)}
    found = list(vacuous(rules, profile(), [case(facts, star="Supporting")]))
    assert [each.code for each in found] == (["W390"] if warned else [])
    assert [each.labels[0].span for each in found] == ([Span(5, 8)] if warned else [])


BESIDE = GivenNeighbour("inside", "a", "Flow")


@settings(max_examples=examples(60))
@given(worlds())
def test_many_tests_find_what_each_finds_alone(world: World) -> None:
    graph = world.graph
    cases = []
    for module, path in enumerate(graph.paths):
        facts = {name: column.of(module) for name, column in graph.columns.items()}
        facts |= {"path": (path,), "name": (graph.names[module],), "star": graph.stars[module]}
        some = {facet: values for facet, values in facts.items() if values and values != ("",)}
        cases += [case(some), case({**some, "path": (f"{path}/memory",)}), case(some, star="Flow")]
    cases.insert(1, evolve(cases[0], neighbours=(BESIDE,)))

    alone = [run(world.rules, graph.profile, [one])[0] for one in cases]
    assert list(run(world.rules, graph.profile, cases)) == alone


def test_tests_are_no_neighbours_of_each_other_and_what_is_singled_out_is_so_for_each() -> None:
    within = Neighbours("graph:inside", 1, at_most=False)
    rules = rules_with(Never((), within, unless_paths=("a/b",)))
    paths = ("a", "a/b", "a/b", "a/b/c", "given", "given", "back", "")
    cases = [case({"path": (path,)} if path else {"name": ("x",)}) for path in paths]

    found = [trial.explanation for trial in run(rules, profile(), cases)]
    silent = "Supporting"
    assert [each.star for each in found] == [*[silent] * 4, "Watch", "Watch", silent, silent]
    assert not any(each.barred for each in found)
