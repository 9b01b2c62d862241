"""Sums that land exactly on a threshold.

They count as reached, since all arithmetic is exact; but the smallest change of either
side tips them. A test that expects exactly that score says that it is meant, and
silences the warning.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from attrs import evolve

from starlang.checker.analyses.logic import can_hold
from starlang.checker.analyses.sums import evidence
from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.rulesets.model import Combine, Rule, RuleSet
from starlang.rulesets.wording import short_amount

_MOST_SUMS = 4_000
_FEWEST_ROWS = 2  # one rule that reaches a threshold by itself is meant to
_MOST_ROWS = 5  # of many small pieces some always add up to a threshold


def sums_on_thresholds(
    rules: RuleSet,
    places: Mapping[str, Label],
    settings: Mapping[str, Label],
    tested: Collection[int],
) -> Iterator[Diagnostic]:
    """W303, once a threshold. `tested` are the scores in 10^-6 that tests expect."""
    confidence = rules.confidence
    if confidence.combine is not Combine.SUM:
        return
    found: dict[str, list[Sequence[Rule]]] = {}
    for star, known in evidence(rules).items():
        own = f"promote {star}" if star in dict(confidence.promote_star) else "promote"
        thresholds = {"suggest": confidence.suggest, own: confidence.promote_at(star)}
        for words, threshold in thresholds.items():
            if threshold not in tested and (row := _landing_on(threshold, known.speaking)):
                found.setdefault(words, []).append(row)
    for words, combinations in sorted(found.items()):
        yield _warning(words, combinations, places, settings)


def _landing_on(threshold: int, speaking: Sequence[Rule]) -> Sequence[Rule] | None:
    """The fewest rules, two to five, that add up to `threshold` and can hold together."""
    fewest: dict[int, tuple[Rule, ...]] = {0: ()}
    for rule in speaking:
        for total, row in sorted(fewest.items()):
            longer = (*row, rule)
            new = total + rule.weight
            if new > threshold or len(longer) > _MOST_ROWS:
                continue
            is_alone = new == threshold and len(longer) < _FEWEST_ROWS
            is_better = new not in fewest or len(longer) < len(fewest[new])
            if is_better and not is_alone and can_hold(*(each.condition for each in longer)):
                fewest[new] = longer
        if len(fewest) > _MOST_SUMS:
            return None
    return fewest.get(threshold)


def _warning(
    words: str,
    combinations: Sequence[Sequence[Rule]],
    places: Mapping[str, Label],
    settings: Mapping[str, Label],
) -> Diagnostic:
    first = combinations[0]
    total = short_amount(sum(rule.weight for rule in first))
    terms = " + ".join(short_amount(rule.weight) for rule in first)
    others = [
        evolve(places[rule.at], message=f"{short_amount(rule.weight)} for `{rule.star}`")
        for rule in first
    ]
    place = settings.get(words) or others.pop(0)
    stars = sorted({row[0].star for row in combinations})
    also = f", and {len(stars) - 1} more in the same way" if len(stars) > 1 else ""
    return at(
        place.source,
        place.span,
        "W303",
        f"`{first[0].star}` can land exactly on `{words}`: {terms} = {total}{also}",
        others=others,
        hint=f"it counts as reached; if that is meant, say so in a test: `expect … at {total}`",
    )
