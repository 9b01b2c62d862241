"""How the stars that the rules would give compare with those that the manifests carry."""

from collections import Counter
from collections.abc import Iterator

from starlang.engine.decisions import Outcome
from starlang.engine.evaluation import Evaluation
from starlang.inspection.model import Bin, StarUse
from starlang.rulesets.model import MICRO

_BINS = 10

OTHER = "(not in the canon)"
"""Stands for all labels that the canon does not know."""


def stars(evaluation: Evaluation) -> Iterator[StarUse]:
    """Each star but the default one, in the order of the canon."""
    rules = evaluation.rules
    default = rules.default.id
    carried: Counter[str] = Counter()
    promoted: Counter[str] = Counter()
    leading: Counter[str] = Counter()
    given: Counter[str] = Counter()
    best: dict[str, int] = {}
    for case in evaluation.cases:
        for score in case.scores:
            best[score.star] = max(best.get(score.star, 0), score.score)
    for number in range(len(evaluation)):
        decision, now = evaluation.decision(number), evaluation.carried(number).primary
        said = decision.rules_say if decision.outcome is Outcome.PROMOTED else default
        if now in {None, default}:
            continue
        star = str(now)
        carried[star] += 1
        promoted[star] += said == star
        leading[star] += decision.best is not None and decision.best.star == star
        if said != default:
            given[said] += 1
    for each in rules.stars:
        if each.id != default:
            yield StarUse(
                each.id,
                carried[each.id],
                promoted[each.id],
                leading[each.id],
                given[each.id],
                best.get(each.id, 0),
                rules.confidence.promote_at(each.id),
            )


def matrix(evaluation: Evaluation) -> dict[tuple[str, str], int]:
    """(Star carried, star that the rules say) -> modules."""
    counts: Counter[tuple[str, str]] = Counter()
    for number in range(len(evaluation)):
        decision = evaluation.decision(number)
        carried = evaluation.carried(number).primary or OTHER
        counts[carried, decision.rules_say] += 1
    return dict(sorted(counts.items()))


def bins(evaluation: Evaluation) -> Iterator[Bin]:
    """Of modules with a star of their own and evidence: how sure the rules are, how often right."""
    default = evaluation.rules.default.id
    counts, right, total = ([0] * _BINS for _ in range(3))
    for number in range(len(evaluation)):
        best, now = evaluation.decision(number).best, evaluation.carried(number).primary
        if best is None or now in {None, default}:
            continue
        place = min(best.confidence * _BINS // MICRO, _BINS - 1)
        counts[place] += 1
        right[place] += best.star == now
        total[place] += best.confidence
    width = MICRO // _BINS
    for place in range(_BINS):
        low = place * width
        yield Bin(low, low + width, counts[place], right[place], total[place])
