"""Decisions: what becomes of one module before any ceiling is asked.

A decision depends only on the case (which rules and exceptions hold, and on how many sources
the evidence rests), the labels that the manifest carries, and an assignment, so equal modules
share one decision.
"""

from collections.abc import Sequence
from enum import StrEnum
from math import prod
from typing import NamedTuple

from starlang.engine.program import Numbering
from starlang.rules.model import MICRO, Combine, RuleSet
from starlang.rules.spelling import spelled

# Scores: the evidence for and against a star as one exact decimal.
#
# All amounts are integers of 10^-6.


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


class Outcome(StrEnum):
    """What became of a module; the first in `semantics` order that holds."""

    ASSIGNED = "assigned"
    UNRECOGNISED = "unrecognised"
    KEPT = "kept"
    BARRED = "barred"
    PROMOTED = "promoted"
    DEFERRED = "deferred"
    CONTESTED = "contested"
    SUGGESTED = "suggested"
    WEAK = "weak"
    SILENT = "silent"


class Case(NamedTuple):
    """Modules for which the same rules and exceptions hold. All are indexes, sorted.

    `scores` are ranked: the best star first. The evidence for stars in `lacking` rests on
    fewer sources than a promotion takes. Cases of one `kind` have the same scores, exceptions
    and stars that lack sources, so modules that carry the same in them share a decision.
    """

    rules: tuple[int, ...]
    nevers: tuple[int, ...]
    scores: tuple[Score, ...]
    kind: int = 0
    lacking: frozenset[str] = frozenset()


class Carried(NamedTuple):
    """The stars that a manifest carries: ids of the canon, or the label where it has none.

    `primary` is None where the primary label is not in the canon.
    """

    primary: str | None
    secondary: tuple[str, ...] = ()


class Decision(NamedTuple):
    """What a module gets, and why, before ceilings.

    `star` is the star after the run (None: a label outside the canon). `best` is the
    highest-ranked star with a score above 0 that is not barred. `runner_up` is the
    strongest other star, barred or not: a barred star still stands in the way of those
    behind it, so that none moves up in its place. `lead` is the difference in 10^-6.
    `secondary` are stars that a promoted module gains beside. `barred` are the stars
    that an exception bars; `nevers` the indexes of those exceptions. `rules_say` is
    the star that the module would have if it carried the default now.
    """

    outcome: Outcome
    star: str | None
    best: Score | None
    runner_up: Score | None
    lead: int
    rules_say: str
    secondary: tuple[str, ...] = ()
    barred: frozenset[str] = frozenset()
    nevers: tuple[int, ...] = ()


class Decider:
    """Decides cases by the rules' thresholds and exceptions."""

    def __init__(self, rules: RuleSet, secondary_allowed: frozenset[str] | None) -> None:
        self._rules = rules
        self._default = rules.default.id
        self._stars = frozenset(star.id for star in rules.stars if not star.is_default)
        self._allowed = secondary_allowed
        self._promote = {star: rules.confidence.promote_at(star) for star in self._stars}

    def decide(self, case: Case, carried: Carried, assigned: str | None) -> Decision:
        """The decision on a module that carries `carried`; `assigned` is a star id or None."""
        barred = self._barred(case)
        scored = [score for score in case.scores if score.raw > 0]
        best = next((score for score in scored if score.star not in barred), None)
        others = [score for score in scored if score is not best]
        runner_up = others[0] if best and others else None
        lead = (best.raw if best else 0) - (runner_up.raw if runner_up else 0)
        verdict = self._verdict(case, best, lead, barred)
        outcome = self._outcome(verdict, carried, assigned)
        won = best.star if best and verdict is Outcome.PROMOTED else self._default
        star = assigned or carried.primary
        secondary: tuple[str, ...] = ()
        if outcome is Outcome.PROMOTED:
            star = won
            allowed = [score for score in others if score.star not in barred]
            reaching = [score for score in allowed if self._reaches(score, case)]
            secondary = self._secondary(reaching, {won, *carried.secondary})
        return Decision(
            outcome,
            star,
            best,
            runner_up,
            lead,
            assigned or won,
            secondary,
            barred,
            case.nevers,
        )

    def reaches(self, star: str, case: Case, carried: Carried, assigned: str | None) -> bool:
        """Whether a module reaches `star`, whatever competition, margin and ceilings say.

        It is assigned to it, carries it, or carries the default, is not barred from it,
        and has a score that is enough.
        """
        if assigned is not None:
            return assigned == star
        if star in {carried.primary, *carried.secondary}:
            return True
        if carried.primary != self._default or star in self._barred(case):
            return False
        return any(score.star == star and self._reaches(score, case) for score in case.scores)

    def _reaches(self, score: Score, case: Case) -> bool:
        """Whether a star reaches its promote threshold: by its score, and by its sources."""
        return score.raw >= self._promote[score.star] and score.star not in case.lacking

    def _barred(self, case: Case) -> frozenset[str]:
        return frozenset(
            star for index in case.nevers for star in self._rules.nevers[index].stars or self._stars
        )

    def _outcome(self, verdict: Outcome, carried: Carried, assigned: str | None) -> Outcome:
        if assigned is not None:
            return Outcome.ASSIGNED
        if carried.primary is None:
            return Outcome.UNRECOGNISED
        return verdict if carried.primary == self._default else Outcome.KEPT

    def _verdict(
        self, case: Case, best: Score | None, lead: int, barred: frozenset[str]
    ) -> Outcome:
        """What the evidence alone says of a module that carries the default."""
        confidence = self._rules.confidence
        if barred and barred >= self._stars:
            return Outcome.BARRED
        if best is None:
            return Outcome.WEAK if case.rules else Outcome.SILENT
        if self._reaches(best, case):
            leads = lead > 0 and lead >= confidence.margin
            return Outcome.PROMOTED if leads else Outcome.CONTESTED
        return Outcome.SUGGESTED if best.score >= confidence.suggest else Outcome.WEAK

    def _secondary(self, reaching: list[Score], taken: set[str]) -> tuple[str, ...]:
        """Of those `reaching` their threshold, best first, what is given beside `taken`."""
        gained = [
            score.star
            for score in reaching
            if score.star not in taken and (self._allowed is None or score.star in self._allowed)
        ]
        room = self._rules.ceilings.stars_per_module - len(taken)
        return tuple(gained[: max(room, 0)])


# Labels of manifests as stars of the canon.


class StarLabels:
    """Finds the star that a label means, by id, label or alias; case counts."""

    def __init__(self, rules: RuleSet) -> None:
        self._default = rules.default.id
        self._labels = {star.id: star.label for star in rules.stars}
        self._ids = {
            spelled(name): star.id
            for star in rules.stars
            for name in (star.id, star.label, *star.aliases)
        }

    def star(self, label: str) -> str | None:
        """The id of the star that `label` means, or None if it is not in the canon."""
        return self._ids.get(spelled(label))

    def carried(self, labels: Sequence[str]) -> Carried:
        """What a manifest with `labels` (primary first) carries."""
        named = [label for label in labels if label]
        if not named:
            return Carried(self._default)
        primary, *others = named
        return Carried(self.star(primary), tuple(self.star(label) or label for label in others))

    def values(self, labels: Sequence[str]) -> tuple[str, ...]:
        """The values of the facet `star`: ids, each once, or labels outside the canon."""
        named = [self.star(label) or label for label in labels if label]
        return tuple(dict.fromkeys(named)) or (self._default,)

    def after(
        self, carried: Sequence[str], star: str | None, label: str, secondary: Sequence[str]
    ) -> tuple[str, ...]:
        """What a manifest with the labels `carried` has once it gains `star`, and others beside.

        `label` is that of `star`. A star that it had beside is kept, but one that moves up.
        """
        kept = [each for each in carried[1:] if self.star(each) != star]
        return (label, *kept, *(self._labels[each] for each in secondary))
