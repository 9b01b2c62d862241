"""What the analyses say about scores is what the evaluator does, on every possible module.

Each rule asks for a node of its own, so a graph with all subsets of nodes holds every
combination of evidence.
"""

from itertools import chain, combinations

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.profiles import profile_of, star_shape

from starlang.checker.lints.logic import as_it_is
from starlang.checker.lints.scores import unreachable_stars, weightless_rules
from starlang.diagnostics.model import Label
from starlang.engine.decisions import Outcome
from starlang.engine.evaluate import evaluate
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.rules.model import Ceilings, Combine, Confidence, Rule, RuleSet, Star
from starlang.rules.predicates import OneOf
from starlang.text import Source, Span

STARS = ("A", "B", "C")
PROFILE = profile_of(star_shape("/star"))

weights = st.sampled_from((10_000, 50_000, 200_000, 400_000, 500_000, 700_000))
rules = st.lists(
    st.tuples(st.sampled_from(STARS), st.sampled_from((1, 1, 1, -1)), weights),
    min_size=1,
    max_size=5,
).map(
    lambda drawn: tuple(
        Rule(f"r{i}", star, sign, weight, ("node",), OneOf("node", (str(i),)), at=f"r{i}")
        for i, (star, sign, weight) in enumerate(drawn)
    )
)
confidences = st.builds(
    Confidence,
    combine=st.sampled_from((Combine.SUM, Combine.MAX)),
    suggest=st.sampled_from((400_000, 500_000)),
    promote=st.sampled_from((500_000, 700_000)),
    margin=st.sampled_from((0, 10_000, 200_000)),
    promote_star=st.sampled_from(((), (("A", 900_000),))),
)


def rule_set(drawn: tuple[Rule, ...], confidence: Confidence, stars: int) -> RuleSet:
    canon = (*(Star(star, star) for star in STARS), Star("Z", "Z", is_default=True))
    ceilings = Ceilings(stars_per_module=stars)
    return RuleSet("t", "1", canon, STARS, drawn, confidence=confidence, ceilings=ceilings)


def places(drawn: tuple[Rule, ...]) -> dict[str, Label]:
    """Each rule stands in a file of its own name."""
    return {rule.at: Label(Source(rule.name, "x"), Span(0, 1)) for rule in drawn}


def graph(count: int) -> ModuleGraph:
    nodes = tuple(map(str, range(count)))
    subsets = tuple(chain.from_iterable(combinations(nodes, n) for n in range(count + 1)))
    return ModuleGraph(
        paths=tuple(f"m{number:04}" for number in range(len(subsets))),
        names=("",) * len(subsets),
        stars=((),) * len(subsets),
        columns={"node": FacetColumn(subsets, range(len(subsets)))},
        profile=PROFILE,
    )


def outcomes(drawn: RuleSet) -> list[tuple[str, str, tuple[str, ...]]]:
    """What is suggested, contested and promoted in each module."""
    evaluation = evaluate(drawn, graph(5))
    visible = {Outcome.PROMOTED, Outcome.CONTESTED, Outcome.SUGGESTED}
    found = []
    for module in range(len(evaluation.graph)):
        decision = evaluation.decision(module)
        best = decision.best.star if decision.best else ""
        shown = decision.outcome in visible
        found.append((decision.outcome.value, best, decision.secondary) if shown else ("", "", ()))
    return found


@settings(max_examples=examples(150))
@given(rules, confidences, st.integers(1, 2))
def test_a_weightless_rule_changes_no_outcome(
    drawn: tuple[Rule, ...], confidence: Confidence, stars: int
) -> None:
    whole = rule_set(drawn, confidence, stars)

    for diagnostic in weightless_rules(whole, places(drawn), as_it_is):
        others = tuple(rule for rule in drawn if rule.name != diagnostic.file)
        without = evolve(whole, rules=others)
        assert outcomes(without) == outcomes(whole)


@settings(max_examples=examples(150))
@given(rules, confidences)
@pytest.mark.fault_row(14)
def test_a_star_is_reported_if_and_only_if_no_module_reaches_it(
    drawn: tuple[Rule, ...], confidence: Confidence
) -> None:
    """Reaching the threshold is asked of each star alone, since rivals may only contest it."""
    star_of = {rule.name: rule.star for rule in drawn}
    found = unreachable_stars(rule_set(drawn, confidence, 1), places(drawn), {}, as_it_is)
    reported = {star_of[diagnostic.file] for diagnostic in found}

    for star in {rule.star for rule in drawn if rule.sign > 0}:
        alone = rule_set(
            tuple(rule for rule in drawn if rule.star == star), evolve(confidence, margin=0), 1
        )
        reached = any(outcome == "promoted" for outcome, _, _ in outcomes(alone))
        assert reached == (star not in reported)
