"""The smallest changes are the smallest there are, and they promote."""

from collections.abc import Sequence

import pytest
from attrs import evolve
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from program.effort import examples
from why_not.states import (
    DERIVING_RULE_SETS,
    GIVEN,
    KNOWN,
    LISTS,
    RULE_SETS,
    STARS,
    STATES,
    VALUES,
    WITH_ANYTHING,
    State,
    distance,
    explained,
    graph_of,
    promoted,
)

from starlang.engine.decisions import Outcome
from starlang.engine.evaluate import evaluate
from starlang.manifests.graph import Relations, adjacency
from starlang.rules.conditions import AllOf, Condition, Not
from starlang.rules.model import (
    Amount,
    Ceiling,
    Ceilings,
    Derivation,
    OnBreach,
    Rule,
    RuleSet,
)
from starlang.rules.predicates import HasAtLeast, HasAtMost, OneOf
from starlang.rules.relations import Neighbours
from starlang.rules.spelling import GRAPH_PREFIX
from starlang.rules.text_predicates import EndsWith, StartsWith
from starlang.why_not.ask import ask
from starlang.why_not.model import FACET_KINDS, Cause, Change, ChangeKind, WhyNot

pytestmark = pytest.mark.requirement("R14")


def after(state: State, changes: Sequence[Change]) -> State:
    """The state that `changes` of facets lead to."""
    values = dict(zip(VALUES, map(list, state), strict=True))
    for change in changes:
        assert change.kind in FACET_KINDS
        value = str(change.value)
        match change.kind:
            case ChangeKind.ADD:
                assert change.subject in LISTS
                assert value not in values[change.subject]
                values[change.subject].append(value)
            case ChangeKind.SET:
                values[change.subject] = [value]
            case _:
                values[change.subject].remove(value)
    return tuple(tuple(sorted(found)) for found in values.values())


def decided(rules: RuleSet, state: State) -> tuple[Outcome, str | None, int]:
    """Outcome, star and score of its best star of a module in `state`."""
    (each,) = explained(rules, graph_of([state]))
    return each.outcome, each.star, each.best.score if each.best else 0


PARTS = RuleSet(
    "states",
    "1",
    STARS,
    GIVEN,
    (
        Rule(
            "one",
            "Trail",
            1,
            500_000,
            ("cap",),
            AllOf((OneOf("cap", ("b",)), Not(OneOf("cap", ("a",))))),
        ),
        Rule("two", "Trail", 1, 500_000, ("owner",), OneOf("owner", ("e",))),
    ),
)
"""`a` and `b` are both in one condition, and are no alternatives: only `b` helps."""


@given(RULE_SETS, STATES)
@example(PARTS, ((), (), ()))
@settings(max_examples=examples(45, fewest=8))
def test_no_smaller_change_of_the_manifest_promotes(rules: RuleSet, state: State) -> None:
    _compare_with_all_states(rules, state)


@given(DERIVING_RULE_SETS, STATES)
@settings(max_examples=examples(15, fewest=6))
def test_no_smaller_change_promotes_where_facets_are_derived(rules: RuleSet, state: State) -> None:
    """What a manifest says is searched, also through names, and what it then derives counts."""
    _compare_with_all_states(rules, state)


def _compare_with_all_states(rules: RuleSet, state: State) -> None:
    """All 2,048 states that a module can be in are evaluated, and the nearest is as far away."""
    by_force = promoted(rules)
    graph = graph_of([state, KNOWN])
    for star in GIVEN:
        answer = ask(explained(rules, graph)[0], star)
        if answer.cause is Cause.HAS:
            assert by_force.nearest(star, state) == 0
            continue
        assert answer.manifest is not None
        nearest = by_force.nearest(star, state)
        event(f"{nearest} changes")
        if nearest is None:
            assert answer.manifest.solutions == ()
            # The search may give up; then it says so, and how many changes it has looked at.
            assert answer.manifest.complete or answer.manifest.searched >= 6
            continue
        assert answer.manifest.solutions, (star, nearest)
        for solution in answer.manifest.solutions:
            reached = after(state, solution.changes)
            assert len(solution.changes) == distance(state, reached) == nearest
            assert decided(rules, reached) == (Outcome.PROMOTED, star, solution.score)


@pytest.mark.requirement("R39")
@pytest.mark.parametrize("standing", ["where", "reaching"])
def test_a_change_that_comes_back_through_a_neighbour_is_found(standing: str) -> None:
    """What a module has changes its neighbour, and that in turn the module: all are decided."""
    near = f"{GRAPH_PREFIX}uses"
    if standing == "where":
        first = Neighbours(near, where=OneOf("word", ("k",)))
        second: Condition = Neighbours(near, where=OneOf("other", ("k",)))
    else:
        first = Neighbours(near, where=OneOf("word", ("k",)))
        second = Neighbours(near, standing="reaching", star="Flow")
    rules = RuleSet(
        "states",
        "1",
        STARS,
        GIVEN,
        (
            Rule("flow", "Flow", 1, 700_000, ("graph",), first),
            Rule("trail", "Trail", 1, 800_000, ("graph",), second),
        ),
        derivations=(
            Derivation("other", "k", first),
            Derivation("word", "k", OneOf("cap", ("a",))),
        ),
    )
    state: State = ((), (), ())
    graph = graph_of([state, state, KNOWN])
    relations = Relations(adjacency([[1], [0], []]), adjacency([[], [], []]))

    answer = ask(explained(rules, evolve(graph, relations=relations))[0], "Trail")

    assert answer.manifest is not None
    assert [[c.words for c in s.changes] for s in answer.manifest.solutions] == [["add cap `a`"]]
    assert answer.manifest.solutions[0].others == ("m00001",)


@pytest.mark.parametrize(
    ("condition", "state", "size"),
    [
        (HasAtMost("cap", 1), (("a", "b", "x"), (), ()), 2),
        (HasAtMost("cap", 2), (("a", "b", "x"), (), ()), 1),
        (Not(HasAtMost("cap", 1)), ((), (), ()), 2),
        (Not(HasAtMost("cap", 2)), ((), (), ()), 3),
        (StartsWith("owner", ("f",)), ((), (), ("e",)), 1),
        (EndsWith("cap", ("c", "d")), (("a",), (), ()), 1),
        (AllOf((StartsWith("cap", ("a",)), HasAtMost("cap", 1))), (("b",), (), ()), 2),
    ],
)
def test_as_many_changes_as_the_condition_asks_for(
    condition: Condition, state: State, size: int
) -> None:
    rule = Rule("rule", "Trail", 1, 700_000, ("cap",), condition)
    rules = RuleSet("states", "1", STARS, GIVEN, (rule,))
    search = ask(explained(rules, graph_of([state, KNOWN]))[0], "Trail").manifest

    assert search is not None
    assert {len(solution.changes) for solution in search.solutions} == {size}
    for solution in search.solutions:
        assert decided(rules, after(state, solution.changes))[:2] == (Outcome.PROMOTED, "Trail")


_ANY_TAG = RuleSet(
    *("states", "1", STARS, GIVEN),
    rules=(
        Rule("any", "Trail", 1, 200_000, ("cap",), HasAtLeast("tag", 1)),
        Rule("starts", "Trail", 1, 200_000, ("cap",), StartsWith("tag", ("a",))),
        Rule("never", "Trail", 1, 200_000, ("cap",), Not(OneOf("tag", ("a",)))),
    ),
)


@given(RULE_SETS, STATES)
@example(_ANY_TAG, ((), (), ()))
@settings(max_examples=examples(25, fewest=8))
def test_where_nothing_promotes_the_reach_is_the_highest_score(
    rules: RuleSet, state: State
) -> None:
    """A threshold that no score of these reaches; every score is computed for every state."""
    rules = evolve(rules, confidence=evolve(rules.confidence, promote_star=(("Trail", 10**9),)))
    answer = ask(explained(rules, graph_of([state, KNOWN]))[0], "Trail")
    assert answer.manifest is not None
    event(f"complete: {answer.manifest.complete}")
    if answer.manifest.complete:
        assert answer.manifest.reach == _highest(rules, "Trail")
    else:  # it gave up, and says how many changes it has looked at
        assert answer.manifest.searched >= 6


def _highest(rules: RuleSet, star: str) -> int:
    cases = evaluate(rules, graph_of(WITH_ANYTHING)).cases
    scores = (score.score for case in cases for score in case.scores if score.star == star)
    return max(scores, default=0)


@given(RULE_SETS, STATES)
@settings(max_examples=examples(45, fewest=8))
def test_a_change_of_the_rules_promotes_and_a_smaller_one_does_not(
    rules: RuleSet, state: State
) -> None:
    for star in GIVEN:
        answer = ask(explained(rules, graph_of([state]))[0], star)
        for solution in answer.rules.solutions if answer.rules else ():
            # `suggest` moves only because a `promote` below it is an error (E303).
            idle = {ChangeKind.EXCEPT, ChangeKind.SUGGEST}
            amounts = [change for change in solution.changes if change.kind not in idle]
            changed = with_amounts(rules, solution.changes)
            event(" + ".join(change.kind for change in solution.changes))
            assert decided(changed, state)[:2] == (Outcome.PROMOTED, star)
            for change in amounts:
                nearer = 1 if old_amount(rules, change) > change.amount else -1
                less = [
                    evolve(each, amount=each.amount + nearer) if each is change else each
                    for each in solution.changes
                ]
                assert decided(with_amounts(rules, less), state)[:2] != (Outcome.PROMOTED, star)


def old_amount(rules: RuleSet, change: Change) -> int:
    confidence = rules.confidence
    match change.kind:
        case ChangeKind.PROMOTE:
            return confidence.promote_at(change.subject)
        case ChangeKind.SUGGEST:
            return confidence.suggest
        case ChangeKind.MARGIN:
            return confidence.margin
        case _:
            return next(rule.weight for rule in rules.rules if rule.name == change.subject)


def with_amounts(rules: RuleSet, changes: Sequence[Change]) -> RuleSet:
    """`rules` with what `changes` say, made by hand."""
    for change in changes:
        match change.kind:
            case ChangeKind.PROMOTE:
                stars = dict(rules.confidence.promote_star) | {change.subject: change.amount}
                changed = evolve(rules.confidence, promote_star=tuple(stars.items()))
                rules = evolve(rules, confidence=changed)
            case ChangeKind.MARGIN:
                rules = evolve(rules, confidence=evolve(rules.confidence, margin=change.amount))
            case ChangeKind.SUGGEST:
                rules = evolve(rules, confidence=evolve(rules.confidence, suggest=change.amount))
            case ChangeKind.WEIGHT:
                weighed = [
                    evolve(rule, weight=change.amount) if rule.name == change.subject else rule
                    for rule in rules.rules
                ]
                rules = evolve(rules, rules=tuple(weighed))
            case ChangeKind.EXCEPT:
                number, nevers = int(change.subject), list(rules.nevers)
                nevers[number] = evolve(nevers[number], unless_paths=("m00000",))
                rules = evolve(rules, nevers=tuple(nevers))
            case _:
                raise AssertionError(change)
    return rules


@given(RULE_SETS, st.lists(STATES, min_size=2, max_size=5), st.integers(1, 2))
@settings(max_examples=examples(25, fewest=8))
def test_under_a_ceiling_the_changed_module_has_a_place(
    rules: RuleSet, states: list[State], limit: int
) -> None:
    """The module in its nearest promoted states among all others, by evaluating each of them."""
    ceiling = Ceiling(Amount(limit, percent=False), per="star", text="at most")  # type: ignore[arg-type]  # -- an int is as exact
    rules = evolve(rules, ceilings=Ceilings((ceiling,), on_breach=OnBreach.DEFER))
    answers = [ask(each, "Trail") for each in explained(rules, graph_of(states))]
    for number, answer in enumerate(answers):
        event(answer.cause)
        for solution in answer.manifest.solutions if answer.manifest else ():
            changed = list(states)
            changed[number] = after(states[number], solution.changes)
            ends = explained(rules, graph_of(changed))
            assert (ends[number].outcome, ends[number].star) == (Outcome.PROMOTED, "Trail")
            moved = [
                each.path
                for at, (each, before) in enumerate(
                    zip(ends, explained(rules, graph_of(states)), strict=True)
                )
                if at != number and each.star != before.star
            ]
            assert list(solution.others) == moved
        if answer.cause is Cause.DEFERRED:
            _check_place(rules, states, answer)


def _check_place(rules: RuleSet, states: list[State], answer: WhyNot) -> None:
    """The rank counted by hand, and the limit that is named is the least that lets it in."""
    without = evolve(rules, ceilings=Ceilings())
    wanting = [
        (-(each.best.score if each.best else 0), -each.lead, each.path)
        for each in explained(without, graph_of(states))
        if each.star == "Trail" and each.current != "Trail"
    ]
    rank = sorted(wanting).index(next(key for key in wanting if key[2] == answer.path)) + 1
    held = next(each for each in answer.hindrances if each.cause is Cause.DEFERRED)

    assert held.words.startswith(f"number {rank} of {len(wanting)} eligible")
    assert answer.rules is not None
    (solution,) = answer.rules.solutions
    assert [(c.kind, c.amount) for c in solution.changes] == [(ChangeKind.CEILING, rank)]


@pytest.mark.parametrize("label", ["Flow", "Guard"])
def test_a_module_that_carries_a_star_must_give_it_up_first(label: str) -> None:
    rule = Rule("r", "Trail", 1, 700_000, ("cap",), OneOf("cap", ("a",)))
    rules = RuleSet("states", "1", STARS, GIVEN, (rule,))
    state: State = (("b",), (), ())
    (each,) = explained(rules, graph_of([state], [label]))
    answer = ask(each, "Trail")

    assert answer.cause is (Cause.KEPT if label == "Flow" else Cause.UNRECOGNISED)
    assert answer.manifest is not None
    (solution,) = answer.manifest.solutions
    assert [change.kind for change in solution.changes] == [ChangeKind.STAR, ChangeKind.ADD]
    (ends,) = explained(rules, graph_of([(("a", "b"), (), ())], ["Plain"]))
    assert (ends.outcome, ends.star) == (Outcome.PROMOTED, "Trail")
