"""An explanation is the computation: its figures can be added up, and nothing is left out."""

from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given, settings
from program.effort import examples
from strategies.rule_sets import STARS, Module, World, graph_of, worlds

from starlang.engine.ceilings import settle
from starlang.engine.decisions import Outcome
from starlang.engine.evaluate import evaluate
from starlang.explain.explain import Explainer
from starlang.explain.model import Explanation
from starlang.explain.words import exact, short, why
from starlang.manifests.graph import ModuleGraph
from starlang.rules.model import (
    Amount,
    Assign,
    Ceiling,
    Ceilings,
    Combine,
    Confidence,
    Never,
    OnBreach,
    Rule,
    RuleSet,
)
from starlang.rules.predicates import OneOf, Present

pytestmark = pytest.mark.requirement("R13")


def explanations(rules: RuleSet, graph: ModuleGraph) -> list[Explanation]:
    evaluation = evaluate(rules, graph)
    explainer = Explainer(evaluation, settle(evaluation))
    return [explainer.explain(module) for module in range(len(graph))]


@given(worlds())
@settings(max_examples=examples(150))
def test_without_a_row_the_raw_score_is_less_by_its_effect(world: World) -> None:
    """The rule is taken out of the rule set, and everything is evaluated again."""
    for number, each in enumerate(explanations(world.rules, world.graph)):
        raw = {score.star: score.raw for score in each.scores}
        for row in each.rows:
            others = tuple(rule for rule in world.rules.rules if rule.name != row.rule)
            without = evaluate(evolve(world.rules, rules=others), world.graph).case(number)
            now = {score.star: score.raw for score in without.scores}
            assert row.effect == raw[row.star] - now.get(row.star, 0)
            assert {**raw, row.star: 0} == {**dict.fromkeys(raw, 0), **now, row.star: 0}


@given(worlds())
@settings(max_examples=examples(150))
def test_evidence_adds_up_to_the_raw_score(world: World) -> None:
    confidence = evolve(world.rules.confidence, combine=Combine.SUM)
    for each in explanations(evolve(world.rules, confidence=confidence), world.graph):
        sums: dict[str, int] = {}
        for row in each.rows:
            assert row.effect == row.sign * row.weight
            sums[row.star] = sums.get(row.star, 0) + row.effect
        assert sums == {score.star: score.raw for score in each.scores}


@given(worlds())
@settings(max_examples=examples(150))
def test_the_outcome_follows_from_the_figures_that_are_shown(  # noqa: C901 -- an outcome a case
    world: World,
) -> None:
    for each in explanations(world.rules, world.graph):
        match each.outcome:
            case Outcome.PROMOTED:
                assert each.best is not None
                assert each.star == each.best.star == each.rules_say
                assert each.best.score >= each.promote_at
                assert not each.lacks_sources
                assert each.lead > 0
                assert each.lead >= each.margin
                assert each.star not in each.barred
            case Outcome.DEFERRED:
                assert each.held is not None
                assert each.held.star == each.rules_say
                assert each.star == each.current
            case Outcome.CONTESTED:
                assert each.best is not None
                assert each.best.score >= each.promote_at
                assert not each.lacks_sources
                assert each.lead <= 0 or each.lead < each.margin
            case Outcome.SUGGESTED:
                assert each.best is not None
                assert each.suggest_at <= each.best.score
                assert each.best.score < each.promote_at or each.lacks_sources
            case Outcome.WEAK:
                assert each.rows
                assert each.best is None or each.best.score < each.suggest_at
            case Outcome.SILENT:
                assert not each.rows
                assert each.best is None
            case Outcome.KEPT:
                assert each.star == each.current != each.default
                assert each.label == each.current_label
            case Outcome.UNRECOGNISED:
                assert each.star is None
                assert each.label == each.current_label == each.current
            case Outcome.BARRED:
                assert set(each.barred) == {"Flow", "Trail", "Watch"}
                assert each.exceptions
            case Outcome.ASSIGNED:
                assert each.star == each.rules_say
        assert why(each).endswith(".")


def rules_with(*, assigns: tuple[Assign, ...] = (), nevers: tuple[Never, ...] = ()) -> RuleSet:
    """Flow for the capability `flow`, 0.90; Trail for `trail`, 0.80; `half` 0.50 for Watch."""
    rules = tuple(
        Rule(
            capability,
            star,
            1,
            weight,
            ("capability",),
            OneOf("capability", (capability,)),
            "they say so",
            "rules.star:3:1",
        )
        for capability, star, weight in (
            ("flow", "Flow", 900_000),
            ("half", "Watch", 500_000),
            ("trail", "Trail", 800_000),
        )
    )
    return RuleSet("test", "1", STARS, (), rules, assigns=assigns, nevers=nevers)


def one(rules: RuleSet, module: Module) -> Explanation:
    [found] = explanations(rules, graph_of([module]))
    return found


def test_a_promotion_in_full() -> None:
    each = one(rules_with(), Module("a", capability=("flow", "half")))
    assert (each.outcome, each.star, each.label) == (Outcome.PROMOTED, "Flow", "🌊 Flow")
    assert each.best_label == "🌊 Flow"
    assert each.runner_up is not None
    assert (each.runner_up.star, each.lead) == ("Watch", 400_000)
    first, second = each.rows
    assert (first.rule, first.because, first.at) == ("flow", "they say so", "rules.star:3:1")
    assert [match.text for match in first.matches] == ["flow"]
    assert (second.star, second.effect) == ("Watch", 500_000)
    for figure in ("Flow", "0.90", "0.70", "Watch", "0.50", "0.40"):
        assert figure in why(each)


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (Module("a", capability=("half",)), ["Watch", "0.50", "0.70"]),
        (Module("a", stars=("🌊 Flow",), capability=("flow",)), ["Flow"]),
        (Module("a", stars=("🌊 Flow",), capability=("trail",)), ["Flow", "Trail"]),
        (Module("a", stars=("🌸 Flow",)), ["🌸 Flow"]),
        (Module("a"), ["no rule"]),
    ],
)
def test_the_sentence_names_the_figures_and_stars(module: Module, words: list[str]) -> None:
    sentence = why(one(rules_with(), module))
    assert [word for word in words if word not in sentence] == []


def test_a_barred_star_ahead_contests_the_best() -> None:
    never = Never(("Flow",), Present("path"), because="nobody may")
    each = one(rules_with(nevers=(never,)), Module("a", capability=("flow", "trail")))
    assert each.outcome is Outcome.CONTESTED
    assert each.best is not None
    assert each.best.star == "Trail"
    assert (each.barred, each.lead) == (("Flow",), -100_000)
    assert [e.because for e in each.exceptions] == ["nobody may"]
    assert "Flow" in why(each)


def test_a_kept_module_under_an_exception_says_so() -> None:
    never = Never(("Flow",), Present("path"), because="nobody may")
    each = one(rules_with(nevers=(never,)), Module("a", stars=("Flow",), capability=("flow",)))
    assert each.outcome is Outcome.KEPT
    assert "nobody may" in why(each)


def test_weak_because_barred_and_weak_because_of_evidence_against() -> None:
    never = Never(("Watch",), Present("path"), because="nobody may")
    barred = one(rules_with(nevers=(never,)), Module("a", capability=("half",)))
    against = evolve(rules_with(), rules=(evolve(rules_with().rules[0], sign=-1),))
    outweighed = one(against, Module("a", capability=("flow",)))
    assert barred.outcome is outweighed.outcome is Outcome.WEAK
    assert "nobody may" in why(barred)
    assert "against" in why(outweighed)


def test_an_assignment_shows_its_reason_and_the_evidence_all_the_same() -> None:
    assign = Assign("a", "Watch", because="cornerstone", at="rules.star:9:1")
    each = one(rules_with(assigns=(assign,)), Module("a", capability=("flow",)))
    assert (each.outcome, each.star) == (Outcome.ASSIGNED, "Watch")
    assert [row.rule for row in each.rows] == ["flow"]
    assert [(e.because, e.at) for e in each.exceptions] == [("cornerstone", "rules.star:9:1")]
    assert "cornerstone" in why(each)


def test_places_under_ceilings() -> None:
    ceiling = Ceiling(Amount(Fraction(1), percent=False), per="star", text="at most 1")
    rules = evolve(
        rules_with(), ceilings=Ceilings((ceiling,), (), 2, OnBreach.DEFER), confidence=Confidence()
    )
    modules = [
        Module("a", capability=("flow", "trail")),
        Module("b", capability=("trail",)),
        Module("c", capability=("trail",)),
    ]
    first, second, third = explanations(rules, graph_of(modules))
    assert [(s.group, s.place, s.limit) for s in first.standings] == [("Flow", 1, 1)]
    assert [(h.star, h.ceiling, h.last_path) for h in first.dropped] == [
        ("Trail", "at most 1", "b")
    ]
    assert second.outcome is Outcome.PROMOTED
    assert third.held is not None
    assert (third.held.star, third.held.group, third.held.last_path) == ("Trail", "Trail", "b")
    for word in ("at most 1", "b", "0.80"):
        assert word in why(third)


@pytest.mark.parametrize(
    ("micro", "all_places", "few_places"),
    [
        (0, "0.000000", "0.00"),
        (400_000, "0.400000", "0.40"),
        (1_100_000, "1.100000", "1.10"),
        (333_333, "0.333333", "0.333333"),
        (-50_000, "-0.050000", "-0.05"),
        (-1_500_000, "-1.500000", "-1.50"),
        (1, "0.000001", "0.000001"),
    ],
)
def test_amounts(micro: int, all_places: str, few_places: str) -> None:
    assert (exact(micro), short(micro)) == (all_places, few_places)
