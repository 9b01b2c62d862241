"""Rules whose weight makes no difference.

Without such a rule the same modules are suggested, contested and promoted, to the same
stars. A rule is reported only if it crosses no threshold from any score that the other
rules of its star can give, and passes no score that a rival star can have.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, frozen

from starlang.checker.analyses.sums import Evidence, evidence, highest, raw_scores
from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.rulesets.model import Combine, Confidence, OnBreach, Rule, RuleSet
from starlang.rulesets.wording import short_amount


def weightless_rules(rules: RuleSet, places: Mapping[str, Label]) -> Iterator[Diagnostic]:
    """W302 for rules that can change no outcome."""
    ceilings = rules.ceilings
    if ceilings.on_breach is OnBreach.DEFER and (ceilings.limits or ceilings.floors):
        return  # every score decides who is deferred
    confidence = rules.confidence
    known = evidence(rules)
    scores = {star: raw_scores(confidence.combine, each) for star, each in known.items()}
    for star, each in known.items():
        rivals = {0}
        for other, found in scores.items():
            if other != star:
                if found is None:
                    return
                rivals |= {max(raw, 0) for raw in found}
        best = highest(confidence.combine, [rule.weight for rule in each.speaking])
        if best < confidence.suggest:
            continue  # the star itself is reported
        stage = _Stage(confidence, confidence.promote_at(star), sorted(rivals))
        for rule in stage.weightless(each):
            yield _warning(rule, places)


@frozen
class _Stage:
    """What a score of one star is compared with: thresholds, and scores of rivals, sorted."""

    confidence: Confidence
    promote: int
    rivals: Sequence[int]

    def weightless(self, known: Evidence) -> Iterator[Rule]:
        """The rules of `known` that make no difference; those of equal weight are all alike."""
        verdicts: dict[int, bool] = {}
        for rule in (*known.speaking, *known.opposing):
            signed = rule.sign * rule.weight
            if signed not in verdicts:
                steps = _steps(self.confidence.combine, rule, known)
                verdicts[signed] = steps is not None and not any(
                    self._matters(low, high) for low, high in steps
                )
            if verdicts[signed]:
                yield rule

    def _matters(self, low: int, high: int) -> bool:
        """Whether an outcome may differ between two scores of the star."""
        suggest, margin = self.confidence.suggest, self.confidence.margin
        if low == high:
            return False
        if any(low < threshold <= high for threshold in (suggest, self.promote)):
            return True
        # A rival that leads by less than the margin is contested.
        if self._rival_in(max(low + margin, suggest), high + margin, open_start=False):
            return True
        if high < suggest:
            return False
        passed = self._rival_in(low, high + 1, open_start=False)
        return passed or self._rival_in(low - margin, high - margin + 1, open_start=True)

    def _rival_in(self, start: int, end: int, *, open_start: bool) -> bool:
        """Whether a rival's score lies in start <= score < end (or start < score)."""
        find = bisect_right if open_start else bisect_left
        at_start = find(self.rivals, start)
        return at_start < len(self.rivals) and self.rivals[at_start] < end


def _steps(combine: Combine, rule: Rule, known: Evidence) -> set[tuple[int, int]] | None:
    """The scores without and with `rule`, the lower one first, whatever else holds."""
    others = Evidence(
        tuple(each for each in known.speaking if each is not rule),
        tuple(each for each in known.opposing if each is not rule),
    )
    if combine is Combine.MAX:
        return _steps_of_maximum(rule, others)
    bases = raw_scores(combine, others)
    if bases is None:
        return None
    pairs = ((base, base + rule.sign * rule.weight) for base in bases)
    return {(max(min(pair), 0), max(*pair, 0)) for pair in pairs}


def _steps_of_maximum(rule: Rule, others: Evidence) -> set[tuple[int, int]]:
    speaking = {0, *(each.weight for each in others.speaking)}
    opposing = {0, *(each.weight for each in others.opposing)}
    found: set[tuple[int, int]] = set()
    for plus in speaking:
        for minus in opposing:
            more = max(plus, rule.weight) if rule.sign > 0 else plus
            less = max(minus, rule.weight) if rule.sign < 0 else minus
            pair = (plus - minus, more - less)
            found.add((max(min(pair), 0), max(*pair, 0)))
    return found


def _warning(rule: Rule, places: Mapping[str, Label]) -> Diagnostic:
    place = evolve(places[rule.at], message=f"weighs {short_amount(rule.weight)}")
    return at(
        place.source,
        place.span,
        "W302",
        f"rule `{rule.name}` changes no outcome: with or without it, the same is suggested,"
        " contested and promoted",
        label=place.message,
        hint="remove it, or give it a weight that makes a difference",
    )
