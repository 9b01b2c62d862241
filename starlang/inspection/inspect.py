"""RuleSet x ModuleGraph -> Inspection."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from starlang.engine.evaluate import Evaluator
from starlang.engine.evaluation import Evaluation
from starlang.inspection.agreement import bins, matrix, stars
from starlang.inspection.fragility import fragile
from starlang.inspection.model import Edge, Inspection, Overlap, RuleUse
from starlang.inspection.vocabulary import dead
from starlang.inspection.words import idle_masks, inside_words
from starlang.manifests.graph import ModuleGraph
from starlang.rulesets.model import RuleSet


def inspect(rules: RuleSet, graph: ModuleGraph) -> Inspection:
    """Everything about `rules` over `graph`, every module decided as if it carried the default."""
    evaluation = Evaluator(rules).evaluate(graph, reassess=True)
    default = rules.default.id
    hits = _hits(evaluation)
    overlaps = list(_pairs(evaluation, hits))
    carried = [evaluation.carried(number).primary for number in range(len(graph))]
    return Inspection(
        rules=rules,
        modules=len(graph),
        default_carriers=carried.count(default),
        outcomes=_outcomes(evaluation),
        uses=tuple(_uses(evaluation, hits)),
        overlaps=tuple(each for each in overlaps if _same_side(rules, each)),
        conflicts=tuple(each for each in overlaps if not _same_side(rules, each)),
        dead=tuple(dead(evaluation, [number for number, count in enumerate(hits) if not count])),
        inside=tuple(inside_words(evaluation)),
        idle_masks=tuple(idle_masks(evaluation)),
        stars=tuple(stars(evaluation)),
        matrix=matrix(evaluation),
        bins=tuple(bins(evaluation)),
        edges=tuple(_edges(evaluation)),
        curve=tuple(_curve(evaluation)),
        fragile=tuple(fragile(evaluation)),
    )


def _outcomes(evaluation: Evaluation) -> dict[str, int]:
    counts = Counter(evaluation.decision(number).outcome.value for number in range(len(evaluation)))
    return dict(sorted(counts.items()))


def _sizes(evaluation: Evaluation) -> Counter[int]:
    """Case -> how many modules are in it."""
    return Counter(evaluation.case_codes)


def _hits(evaluation: Evaluation) -> list[int]:
    hits = [0] * len(evaluation.rules.rules)
    for case, count in _sizes(evaluation).items():
        for rule in evaluation.cases[case].rules:
            hits[rule] += count
    return hits


def _uses(evaluation: Evaluation, hits: list[int]) -> Iterator[RuleUse]:
    rules, default = evaluation.rules.rules, evaluation.rules.default.id
    alone, wins, agree, differ = ([0] * len(rules) for _ in range(4))
    for number, case in enumerate(evaluation.case_codes):
        held = evaluation.cases[case].rules
        said = evaluation.decision(number).rules_say
        carried = evaluation.carried(number).primary
        about = Counter(rules[rule].star for rule in held)
        for rule in held:
            star = rules[rule].star
            alone[rule] += about[star] == 1
            wins[rule] += said == star
            if carried != default:
                agree[rule] += carried == star
                differ[rule] += carried != star
    for rule in range(len(rules)):
        yield RuleUse(rule, hits[rule], alone[rule], wins[rule], agree[rule], differ[rule])


def _pairs(evaluation: Evaluation, hits: list[int]) -> Iterator[Overlap]:
    """Pairs of rules that hold together, those with the most modules first."""
    both: Counter[tuple[int, int]] = Counter()
    for case, count in _sizes(evaluation).items():
        for pair in combinations(evaluation.cases[case].rules, 2):
            both[pair] += count
    for (first, second), count in sorted(both.items(), key=lambda each: (-each[1], each[0])):
        yield Overlap(first, second, count, hits[first], hits[second])


def _same_side(rules: RuleSet, each: Overlap) -> bool:
    first, second = rules.rules[each.first], rules.rules[each.second]
    return (first.star, first.sign) == (second.star, second.sign)


def _edges(evaluation: Evaluation) -> Iterator[Edge]:
    """Scores of best stars that lie exactly on a threshold, by the rules that make them."""
    rules, confidence = evaluation.rules.rules, evaluation.rules.confidence
    found: Counter[tuple[str, int, str, tuple[int, ...]]] = Counter()
    for number, case in enumerate(evaluation.case_codes):
        best = evaluation.decision(number).best
        if best is None:
            continue
        thresholds = {confidence.suggest: "suggest", confidence.promote_at(best.star): "promote"}
        held = tuple(n for n in evaluation.cases[case].rules if rules[n].star == best.star)
        if (name := thresholds.get(best.raw)) is not None:
            found[best.star, best.raw, name, held] += 1
    ordered = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    for (star, score, name, held), count in ordered:
        yield Edge(star, score, name, count, held)


def _curve(evaluation: Evaluation) -> Iterator[tuple[int, int]]:
    """How many modules that carry the default would be promoted at each threshold.

    A star that does not lead by the margin is promoted at none, and a barred one neither.
    """
    confidence, default = evaluation.rules.confidence, evaluation.rules.default.id
    scores = sorted(
        decision.best.score
        for number in range(len(evaluation))
        if evaluation.carried(number).primary == default
        and (decision := evaluation.decision(number)).best is not None
        and decision.lead > 0
        and decision.lead >= confidence.margin
    )
    steps = sorted({0, 1_000_000, *scores})
    place = 0
    for step in steps:
        while place < len(scores) and scores[place] < step:
            place += 1
        yield step, len(scores) - place
