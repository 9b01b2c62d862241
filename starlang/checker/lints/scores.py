"""Rules whose weight makes no difference.

Without such a rule the same modules are suggested, contested and promoted, to the same
stars. A rule is reported only if it crosses no threshold from any score that the other
rules of its star can give, and passes no score that a rival star can have.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import NamedTuple

from attrs import evolve, frozen

from starlang.checker.lints.logic import Look, can_hold
from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.rules.model import MICRO, Combine, Confidence, OnBreach, Rule, RuleSet, short_amount
from starlang.rules.sources import Sources, observed
from starlang.text import counted

# What scores the rules for a star can give together.
#
# Scores here are upper bounds of what is possible: every set of rules that can hold is
# taken to hold together with every other. Amounts are in 10^-6.

_MOST_SCORES = 4_000
"""Stars with more possible scores are not analysed."""


@frozen
class PossibleEvidence:
    """The rules for and against a star that can hold, by weight, then name."""

    speaking: tuple[Rule, ...]
    opposing: tuple[Rule, ...]


def evidence(rules: RuleSet, look: Look) -> dict[str, PossibleEvidence]:
    """Star -> its evidence, for the stars that have some, sorted by id."""
    holding = sorted(
        (rule for rule in rules.rules if can_hold(look(rule.condition))),
        key=lambda rule: (-rule.weight, rule.name),
    )
    return {
        star: PossibleEvidence(
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
    """The sum of each subset of `weights`, or None where there are too many.

    Of equal weights one, two, four, … are added at once: together they give every number of them,
    and a thousand rules of one weight take ten steps.
    """
    found = {0}
    for step in (
        step for weight, count in Counter(weights).items() for step in _steps_of(weight, count)
    ):
        found |= {total + step for total in found}
        if len(found) > _MOST_SCORES:
            return None
    return found


def _steps_of(weight: int, count: int) -> Iterator[int]:
    """Multiples of `weight` whose subsets have each of its multiples up to `count` as a sum."""
    size = 1
    while count:
        taken = min(size, count)
        yield taken * weight
        count -= taken
        size *= 2


def raw_scores(combine: Combine, known: PossibleEvidence) -> set[int] | None:
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


def weightless_rules(
    rules: RuleSet, places: Mapping[str, Label], look: Look
) -> Iterator[Diagnostic]:
    """W302 for rules that can change no outcome."""
    ceilings = rules.ceilings
    if ceilings.on_breach is OnBreach.DEFER and (ceilings.limits or ceilings.floors):
        return  # every score decides who is deferred
    confidence, sources = rules.confidence, Sources(rules)
    known = evidence(rules, look)
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
            if not _may_add_source(sources, rule):
                yield _weightless_warning(rule, places)


def _may_add_source(sources: Sources, rule: Rule) -> bool:
    """Whether a promotion may need the rule whatever it weighs, for what it shows."""
    return rule.sign > 0 and rule.star in sources.asked and bool(sources.possible(rule))


@frozen
class _Stage:
    """What a score of one star is compared with: thresholds, and scores of rivals, sorted."""

    confidence: Confidence
    promote: int
    rivals: Sequence[int]

    def weightless(self, known: PossibleEvidence) -> Iterator[Rule]:
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


def _steps(combine: Combine, rule: Rule, known: PossibleEvidence) -> set[tuple[int, int]] | None:
    """The scores without and with `rule`, the lower one first, whatever else holds."""
    others = PossibleEvidence(
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


def _steps_of_maximum(rule: Rule, others: PossibleEvidence) -> set[tuple[int, int]]:
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


def _weightless_warning(rule: Rule, places: Mapping[str, Label]) -> Diagnostic:
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


# Sums that land exactly on a threshold.
#
# They count as reached, since all arithmetic is exact; but the smallest change of either
# side tips them. A test that expects exactly that score says that it is meant, and
# silences the warning.

_MOST_SUMS = 4_000
_FEWEST_ROWS = 2  # one rule that reaches a threshold by itself is meant to
_MOST_ROWS = 5  # of many small pieces some always add up to a threshold


def sums_on_thresholds(
    rules: RuleSet,
    places: Mapping[str, Label],
    settings: Mapping[str, Label],
    tested: Collection[int],
    look: Look,
) -> Iterator[Diagnostic]:
    """W303, once a threshold. `tested` are the scores in 10^-6 that tests expect."""
    confidence = rules.confidence
    if confidence.combine is not Combine.SUM:
        return
    found: dict[str, list[Sequence[Rule]]] = {}
    sources = Sources(rules)
    for star, known in evidence(rules, look).items():
        own = f"promote {star}" if star in dict(confidence.promote_star) else "promote"
        thresholds = {"suggest": confidence.suggest, own: confidence.promote_at(star)}
        for words, threshold in thresholds.items():
            asked = sources.asked.get(star, 1) if words == own else 1
            if threshold not in tested and (
                row := _landing_on(threshold, known.speaking, sources, asked, look)
            ):
                found.setdefault(words, []).append(row)
    for words, combinations in sorted(found.items()):
        yield _threshold_warning(words, combinations, places, settings)


def _landing_on(
    threshold: int, speaking: Sequence[Rule], sources: Sources, asked: int, look: Look
) -> Sequence[Rule] | None:
    """The fewest rules, two to five, that add up to `threshold` and can hold together.

    Only such as can show as many sources as are `asked` for: with fewer, the threshold is not
    reached, whatever they add up to.
    """
    fewest: dict[_Sum, tuple[Rule, ...]] = {_Sum(0): ()}
    for rule in speaking:
        shows = sources.possible(rule) if asked > 1 else frozenset[str]()
        for before, row in sorted(fewest.items()):
            longer = (*row, rule)
            new = before.plus(rule.weight, shows)
            if new.total > threshold or len(longer) > _MOST_ROWS:
                continue
            is_alone = new.total == threshold and len(longer) < _FEWEST_ROWS
            is_better = new not in fewest or len(longer) < len(fewest[new])
            if is_better and not is_alone and can_hold(*(look(each.condition) for each in longer)):
                fewest[new] = longer
        if len(fewest) > _MOST_SUMS:
            return None
    landing = [row for at, row in fewest.items() if at.total == threshold and at.sources >= asked]
    return min(landing, key=len, default=None)


class _Sum(NamedTuple):
    """What some rules add up to, and what they can show together; nothing if nobody asks."""

    total: int
    names: tuple[str, ...] = ()
    rows: int = 0

    def plus(self, weight: int, shows: frozenset[str]) -> "_Sum":
        names = tuple(sorted(shows.union(self.names)))
        return _Sum(self.total + weight, names, self.rows + bool(shows))

    @property
    def sources(self) -> int:
        """How many sources that is at most; 1 where nobody asks."""
        return max(min(len(self.names), self.rows), 1)


def _threshold_warning(
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


# Stars that no module can be promoted to, however much evidence it has.

_SHOWN = 3


def unreachable_stars(
    rules: RuleSet, places: Mapping[str, Label], settings: Mapping[str, Label], look: Look
) -> Iterator[Diagnostic]:
    """W301 for stars whose rules together miss the promote threshold."""
    confidence, holding = rules.confidence, evidence(rules, look)
    for star, known in holding.items():
        best = highest(confidence.combine, [rule.weight for rule in known.speaking])
        needed = confidence.promote_at(star)
        if known.speaking and best < needed:
            nor = ", nor even suggested" if best < confidence.suggest else ""
            threshold = settings.get(f"promote {star}") or settings.get("promote")
            short_of = f"is never promoted{nor}"
            yield _unreachable_warning(
                star, known.speaking, best, needed, short_of, places, threshold
            )
    yield from _without_sources(rules, holding, places, settings)


def _without_sources(
    rules: RuleSet,
    holding: Mapping[str, PossibleEvidence],
    places: Mapping[str, Label],
    settings: Mapping[str, Label],
) -> Iterator[Diagnostic]:
    """W301 for stars whose rules together have the score, and too few sources."""
    sources, confidence = Sources(rules), rules.confidence
    for star, known in holding.items():
        found = observed(map(sources.possible, known.speaking))
        best = highest(confidence.combine, [rule.weight for rule in known.speaking])
        asked = sources.asked.get(star, 1)
        if not known.speaking or best < confidence.promote_at(star) or found.count >= asked:
            continue
        first, *others = (places[rule.at] for rule in known.speaking[:_SHOWN])
        own = settings.get(f"promote {star}") if star in dict(confidence.sources_star) else None
        threshold = own or settings.get("promote")
        if threshold:
            others.append(evolve(threshold, message=f"asks for {asked} sources"))
        names = f" ({', '.join(sorted(found.names))})" if found.names else ""
        yield at(
            first.source,
            first.span,
            "W301",
            f"`{star}` is never promoted: all its evidence together has at most"
            f" {counted(found.count, 'source')}{names} of {asked}",
            others=others,
            hint=f"add a rule for `{star}` that tests another facet, or ask for fewer sources:"
            f" `promote {star} {short_amount(confidence.promote_at(star))} from"
            f" {counted(max(found.count, 1), 'source')}`",
        )


def _unreachable_warning(  # noqa: PLR0913, PLR0917 -- the facts of the message
    star: str,
    speaking: Sequence[Rule],
    best: int,
    needed: int,
    short_of: str,
    places: Mapping[str, Label],
    threshold: Label | None,
) -> Diagnostic:
    shown = speaking[:_SHOWN]
    first, *others = (
        evolve(places[rule.at], message=f"gives {short_amount(rule.weight)}") for rule in shown
    )
    if threshold:
        others.append(evolve(threshold, message=f"asks for {short_amount(needed)}"))
    count = len(speaking)
    together = "its only rule gives" if count == 1 else f"its {count} rules together give at most"
    return at(
        first.source,
        first.span,
        "W301",
        f"`{star}` {short_of}: {together} {short_amount(best)} of {short_amount(needed)}",
        label=first.message,
        others=others,
        hint=f"add evidence for `{star}`, raise a weight, or lower `promote {star}`",
    )
