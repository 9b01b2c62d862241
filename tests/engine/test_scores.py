"""Scores are exact decimals, whatever the way to combine evidence."""

import pytest
from engine.naive import raw_score as plain_raw_score
from hypothesis import example, given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.rule_sets import STARS

from starlang.engine.decisions import Score, Scorer, raw_score
from starlang.rules.conditions import AllOf
from starlang.rules.model import Combine, Confidence, Rule, RuleSet

pytestmark = pytest.mark.requirement("R07")

WEIGHTS = st.lists(st.integers(1, 1_000_000), max_size=6)


@given(st.sampled_from(Combine), WEIGHTS, WEIGHTS)
@example(Combine.NOISY_OR, [500_000, 1], [])  # 0.5000005: a tie, rounded down to the even
@example(Combine.NOISY_OR, [500_000, 3], [])  # 0.5000015: a tie, rounded up to the even
@settings(max_examples=examples(500))
def test_the_raw_score_is_that_of_exact_fractions(
    combine: Combine, weights_for: list[int], weights_against: list[int]
) -> None:
    expected = plain_raw_score(combine, weights_for, weights_against)
    assert raw_score(combine, weights_for, weights_against) == expected


@pytest.mark.parametrize(
    ("combine", "weights_for", "weights_against", "raw"),
    [
        (Combine.SUM, [400_000, 600_000, 500_000], [300_000], 1_200_000),
        (Combine.SUM, [400_000], [500_000], -100_000),
        (Combine.SUM, [], [], 0),
        (Combine.SUM, [100_000] * 3, [], 300_000),  # 0.30000000000000004 in binary
        (Combine.MAX, [400_000, 600_000], [], 600_000),
        (Combine.MAX, [400_000] * 10, [400_000], 0),
        (Combine.MAX, [], [300_000], -300_000),
        (Combine.NOISY_OR, [500_000, 500_000], [], 750_000),
        (Combine.NOISY_OR, [500_000, 500_000], [500_000], 375_000),
        (Combine.NOISY_OR, [1_000_000], [], 1_000_000),
        (Combine.NOISY_OR, [], [500_000], 0),
        (Combine.NOISY_OR, [500_000, 1], [], 500_000),
        (Combine.NOISY_OR, [500_000, 3], [], 500_002),
    ],
)
def test_raw_scores(
    combine: Combine, weights_for: list[int], weights_against: list[int], raw: int
) -> None:
    assert raw_score(combine, weights_for, weights_against) == raw


def test_score_and_confidence_are_cut_off_where_raw_goes_beyond() -> None:
    assert (Score("Flow", -100_000).score, Score("Flow", -100_000).confidence) == (0, 0)
    assert (Score("Flow", 1_100_000).score, Score("Flow", 1_100_000).confidence) == (
        1_100_000,
        1_000_000,
    )


@pytest.mark.parametrize(
    ("order", "ranked"),
    [
        ((), ["Watch", "Flow", "Trail"]),
        (("Trail",), ["Watch", "Trail", "Flow"]),
        (("Flow", "Trail", "Watch"), ["Watch", "Flow", "Trail"]),
    ],
)
def test_equal_stars_are_ranked_by_the_canon_then_by_id(
    order: tuple[str, ...], ranked: list[str]
) -> None:
    weights = {"Trail": 400_000, "Flow": 400_000, "Watch": 500_000}
    rules = tuple(Rule(s, s, 1, w, ("path",), AllOf(())) for s, w in weights.items())
    scorer = Scorer(RuleSet("test", "1", STARS, order, rules))
    _, scores = scorer.scores((0, 1, 2))
    assert [score.star for score in scores] == ranked


def test_stars_without_a_positive_score_come_last_in_the_same_order() -> None:
    rules = (
        Rule("a", "Trail", -1, 900_000, ("path",), AllOf(())),
        Rule("b", "Flow", -1, 100_000, ("path",), AllOf(())),
        Rule("c", "Watch", 1, 100_000, ("path",), AllOf(())),
    )
    scorer = Scorer(RuleSet("test", "1", STARS, ("Trail",), rules, confidence=Confidence()))
    _, scores = scorer.scores((0, 1, 2))
    assert scores == (
        Score("Watch", 100_000),
        Score("Trail", -900_000),
        Score("Flow", -100_000),
    )
