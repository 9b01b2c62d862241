"""What scores the rules for a star can give together.

Scores here are upper bounds of what is possible: every set of rules that can hold is
taken to hold together with every other. Amounts are in 10^-6.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import prod

from attrs import frozen

from starlang.checker.analyses.logic import can_hold
from starlang.rulesets.model import MICRO, Combine, Rule, RuleSet

_MOST_SCORES = 4_000
"""Stars with more possible scores are not analysed."""


@frozen
class Evidence:
    """The rules for and against a star that can hold, by weight, then name."""

    speaking: tuple[Rule, ...]
    opposing: tuple[Rule, ...]


def evidence(rules: RuleSet) -> dict[str, Evidence]:
    """Star -> its evidence, for the stars that have some, sorted by id."""
    holding = sorted(
        (rule for rule in rules.rules if can_hold(rule.condition)),
        key=lambda rule: (-rule.weight, rule.name),
    )
    return {
        star: Evidence(
            tuple(rule for rule in holding if rule.star == star and rule.sign > 0),
            tuple(rule for rule in holding if rule.star == star and rule.sign < 0),
        )
        for star in sorted({rule.star for rule in holding})
    }


def highest(combine: Combine, weights: Sequence[int]) -> int:
    """The score if all of `weights` speak for a star and none against it."""
    match combine:
        case Combine.SUM:
            return sum(weights)
        case Combine.MAX:
            return max(weights, default=0)
        case Combine.NOISY_OR:
            doubt = prod(Fraction(MICRO - weight, MICRO) for weight in weights)
            return round((1 - doubt) * MICRO)


def partial_sums(weights: Sequence[int]) -> set[int] | None:
    """The sum of each subset of `weights`, or None where there are too many."""
    found = {0}
    for weight in weights:
        found |= {total + weight for total in found}
        if len(found) > _MOST_SCORES:
            return None
    return found


def raw_scores(combine: Combine, known: Evidence) -> set[int] | None:
    """Every raw score that the rules can give, or None where that is not known."""
    speaking = [rule.weight for rule in known.speaking]
    opposing = [rule.weight for rule in known.opposing]
    match combine:
        case Combine.SUM:
            plus, minus = partial_sums(speaking), partial_sums(opposing)
        case Combine.MAX:
            plus, minus = {0, *speaking}, {0, *opposing}
        case Combine.NOISY_OR:
            return None
    if plus is None or minus is None or len(plus) * len(minus) > _MOST_SCORES * 10:
        return None
    return {more - less for more in plus for less in minus}
