"""Scores: the evidence for and against a star as one exact decimal.

All amounts are integers of 10^-6.
"""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from starlang.engine.classes import Numbering
from starlang.rulesets.model import MICRO, Combine, RuleSet


class Score(NamedTuple):
    """What a module's evidence gives for one star.

    `raw` may be negative or exceed 1; `score` is max(raw, 0); `confidence` min(score, 1).
    """

    star: str
    raw: int

    @property
    def score(self) -> int:
        return max(self.raw, 0)

    @property
    def confidence(self) -> int:
        return min(self.score, MICRO)


def raw_score(combine: Combine, weights_for: Sequence[int], weights_against: Sequence[int]) -> int:
    """The raw score of one star.

    `sum`: the sum for minus the sum against. `max`: the largest for minus the largest
    against. `noisy_or`: (1 - prod(1 - w) over for) * prod(1 - w) over against, rounded
    half-even to six places once.
    """
    match combine:
        case Combine.SUM:
            return sum(weights_for) - sum(weights_against)
        case Combine.MAX:
            return max(weights_for, default=0) - max(weights_against, default=0)
        case Combine.NOISY_OR:
            return _noisy_or(weights_for, weights_against)


def _noisy_or(weights_for: Sequence[int], weights_against: Sequence[int]) -> int:
    none_for = prod(MICRO - weight for weight in weights_for)
    all_for = MICRO ** len(weights_for)
    numerator = (all_for - none_for) * prod(MICRO - weight for weight in weights_against) * MICRO
    return _half_even(numerator, all_for * MICRO ** len(weights_against))


def _half_even(numerator: int, denominator: int) -> int:
    quotient, rest = divmod(numerator, denominator)
    double = 2 * rest
    if double > denominator or (double == denominator and quotient % 2):
        return quotient + 1
    return quotient


class Scorer:
    """Scores sets of rules of one rule set.

    Rules with the same star, sign and weight count alike, so sets are told apart by how
    often each of these occurs, and few different scores are computed.
    """

    def __init__(self, rules: RuleSet) -> None:
        self._combine = rules.confidence.combine
        alike: Numbering[tuple[str, int, int]] = Numbering()
        self._counts_as = [alike[rule.star, rule.sign, rule.weight] for rule in rules.rules]
        self._alike = list(alike)
        others = sorted(star.id for star in rules.stars if star.id not in rules.order)
        self._rank = {star: place for place, star in enumerate((*rules.order, *others))}
        self._numbers: Numbering[tuple[int, ...]] = Numbering()
        self._scores: list[tuple[Score, ...]] = []

    def scores(self, held: Sequence[int]) -> tuple[int, tuple[Score, ...]]:
        """The score of each star that rules with the indexes `held` speak for or against.

        Ranked: score descending, then the canon's `order`, then id. The number before
        them is the same for the same scores.
        """
        counted = tuple(sorted([self._counts_as[rule] for rule in held]))
        number = self._numbers[counted]
        if number == len(self._scores):
            self._scores.append(self._find(counted))
        return number, self._scores[number]

    def _find(self, counted: tuple[int, ...]) -> tuple[Score, ...]:
        weights: dict[str, tuple[list[int], list[int]]] = {}
        for number in counted:
            star, sign, weight = self._alike[number]
            weights.setdefault(star, ([], []))[sign < 0].append(weight)
        found = [Score(star, raw_score(self._combine, *both)) for star, both in weights.items()]
        found.sort(key=lambda score: (-score.score, self._rank[score.star]))
        return tuple(found)
