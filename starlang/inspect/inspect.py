"""RuleSet x ModuleGraph -> Inspection."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from operator import itemgetter

from attrs import evolve

from starlang.engine.decisions import Decider, Decision, Outcome, Scorer
from starlang.engine.evaluate import Evaluation, Evaluator, joined
from starlang.explain.derived import ambiguities
from starlang.explain.explain import MatchFinder
from starlang.explain.model import Match
from starlang.inspect.model import (
    Bin,
    Differing,
    Fragile,
    InsideWord,
    Inspection,
    Level,
    OnThreshold,
    Overlap,
    Reversal,
    RuleUse,
    StarUse,
    Trivial,
)
from starlang.inspect.nowhere import dead, derivation_uses
from starlang.inspect.origins import origins
from starlang.manifests.graph import ModuleGraph
from starlang.matching.sight import finder
from starlang.matching.words import Needle, cut, find
from starlang.rules.conditions import AnyOf, Condition, facets_in, walk
from starlang.rules.derivations import Names
from starlang.rules.model import MICRO, RuleSet
from starlang.rules.spelling import TEXT_FACETS
from starlang.rules.text_predicates import Matches

# What patterns find inside longer words, and masks that hide nothing.

_inside = lru_cache(maxsize=4096)(cut)


def inside_words(evaluation: Evaluation) -> Iterator[InsideWord]:
    """Each text that a pattern over path, name or text finds inside longer words.

    The most frequent first. A pattern that means whole words is better written as `mentions`.
    """
    graph = evaluation.graph
    conditions = list(_with_origins(evaluation.rules))
    looking = {n for n, condition in enumerate(conditions) if _has_pattern(condition)}
    matches = MatchFinder(evaluation)
    found: dict[tuple[int, str, str], set[int]] = {}
    whole: dict[tuple[int, str], set[int]] = {}
    for module in range(len(graph)):
        for rule in evaluation.case(module).rules:
            if rule not in looking:
                continue
            for match in matches.find(conditions[rule], module) or ():
                if match.facet in TEXT_FACETS and (seen := _seen(match)) is not None:
                    text, word = seen
                    if text == word:
                        whole.setdefault((rule, text), set()).add(module)
                    else:
                        found.setdefault((rule, text, word), set()).add(module)
    ordered = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
    for (rule, text, word), modules in ordered:
        yield InsideWord(rule, text, word, len(modules), len(whole.get((rule, text), ())))


def _with_origins(rules: RuleSet) -> Iterator[Condition]:
    """The conditions of rules; what a facet is derived from may hold, or the manifest say so."""
    names = Names(rules.derivations)
    for condition in (rule.condition for rule in rules.rules):
        is_plain = not any(facet in names for facet in facets_in(condition))
        yield condition if is_plain else AnyOf((condition, names.expanded(condition)))


def _seen(match: Match) -> tuple[str, str] | None:
    """What was matched, folded, without what is not a part of a word; and the words it lies in.

    None where that is a part of several words: a pattern over `a_b` means more than a word.
    """
    words = [
        word for word in _inside(match.value) if word.start < match.end and match.start < word.end
    ]
    if len(words) != 1:
        return None
    (word,) = words
    start, end = max(match.start, word.start), min(match.end, word.end)
    return match.value[start:end].casefold(), match.value[word.start : word.end].casefold()


def _has_pattern(condition: Condition) -> bool:
    tests = walk(condition, denied=False)
    return any(isinstance(test, Matches) and test.facet in TEXT_FACETS for test in tests)


def idle_masks(evaluation: Evaluation) -> Iterator[int]:
    """Numbers of the masks that hide nothing in any path or name."""
    graph = evaluation.graph
    texts = [*graph.paths, *graph.names, *map(joined, graph.names, graph.paths)]
    for number, mask in enumerate(evaluation.rules.masks):
        what = mask.what
        if isinstance(what, Needle):
            is_used = any(find(what, _inside(text), text) for text in texts)
        else:
            is_used = any(map(finder(what).found_in, texts))
        if not is_used:
            yield number


# How the stars that the rules would give compare with those that the manifests carry.

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


def differing(evaluation: Evaluation) -> Iterator[Differing]:
    """The modules that carry another star than the default and than the rules say."""
    graph, default = evaluation.graph, evaluation.rules.default.id
    for number in range(len(evaluation)):
        decision, now = evaluation.decision(number), evaluation.carried(number).primary
        if now in {default, decision.rules_say}:
            continue
        best = decision.best
        yield Differing(
            graph.paths[number],
            graph.files[number] if graph.files else "",
            now or next(iter(graph.stars[number]), OTHER),
            decision.rules_say,
            best.star if best else "",
            best.score if best else 0,
            tuple(evaluation.case(number).rules),
        )


def levels(evaluation: Evaluation) -> Iterator[Level]:
    """Of modules with a star of their own and evidence: how sure the rules are, how often right."""
    default = evaluation.rules.default.id
    counts: Counter[tuple[str, int]] = Counter()
    right: Counter[tuple[str, int]] = Counter()
    for number in range(len(evaluation)):
        best, now = evaluation.decision(number).best, evaluation.carried(number).primary
        if best is not None and now not in {None, default}:
            counts[best.star, best.confidence] += 1
            right[best.star, best.confidence] += best.star == now
    for star, confidence in sorted(counts):
        key = star, confidence
        yield Level(star, confidence, counts[key], right[key])


_FEWEST = 10
"""Modules below which a share says little."""


def trivial(rules: RuleSet, uses: Sequence[RuleUse], found: Sequence[StarUse]) -> Iterator[Trivial]:
    """The stars that one rule tells from all others; of several rules the first by name."""
    for star in found:
        telling = (
            use.rule
            for use in uses
            if (rules.rules[use.rule].star, rules.rules[use.rule].sign) == (star.star, 1)
            and use.agree == use.hits == star.carried >= _FEWEST
        )
        if (rule := next(telling, None)) is not None:
            yield Trivial(star.star, rule, star.carried)


_CLEAR = Fraction(663, 100)
"""Chi squared with one degree of freedom: by chance, one comparison in a hundred is above."""


def reversal(found: Sequence[Level]) -> Reversal | None:
    """The clearest case of a higher confidence that is less often right, over all stars."""
    sums: dict[int, list[int]] = {}
    for each in found:
        of_all = sums.setdefault(each.confidence, [0, 0])
        of_all[0] += each.modules
        of_all[1] += each.right
    merged = [Level("", at, *sums[at]) for at in sorted(sums) if sums[at][0] >= _FEWEST]
    pairs = [(_distance(low, high), Reversal(low, high)) for low, high in combinations(merged, 2)]
    distance, clearest = max(pairs, key=itemgetter(0), default=(Fraction(), None))
    return clearest if distance > _CLEAR else None


def _distance(low: Level, high: Level) -> Fraction:
    """Chi squared of the two shares, 0 where the higher confidence is not less often right."""
    modules, right = low.modules + high.modules, low.right + high.right
    differ = low.right * high.modules - high.right * low.modules
    if differ <= 0 or right in {0, modules}:
        return Fraction()
    even = right * (modules - right) * low.modules * high.modules
    return Fraction(differ * differ * modules, even)


def bins(found: Sequence[Level]) -> Iterator[Bin]:
    """The levels of all stars, in ranges of the confidence."""
    counts, right, total = ([0] * _BINS for _ in range(3))
    for each in found:
        place = min(each.confidence * _BINS // MICRO, _BINS - 1)
        counts[place] += each.modules
        right[place] += each.right
        total[place] += each.modules * each.confidence
    width = MICRO // _BINS
    for place in range(_BINS):
        low = place * width
        yield Bin(low, low + width, counts[place], right[place], total[place])


# Which decisions rest on a weight being just what it is: each is moved by a tenth, both ways.

_TENTH = 10
_EXAMPLES = 5


def fragile(evaluation: Evaluation) -> Iterator[Fragile]:
    """Each move of one weight that changes a decision; what changes most comes first.

    What counts is which star a module is promoted to, or suggested. Scores of neighbours are
    left as they are.
    """
    found = []
    cases: dict[int, list[int]] = {}
    for number, case in enumerate(evaluation.cases):
        for rule in case.rules:
            cases.setdefault(rule, []).append(number)
    members: dict[int, list[int]] = {}
    for module, case_number in enumerate(evaluation.case_codes):
        members.setdefault(case_number, []).append(module)
    for rule, numbers in sorted(cases.items()):
        weight = evaluation.rules.rules[rule].weight
        for tenths in (_TENTH + 1, _TENTH - 1):
            moved = min(max(weight * tenths // _TENTH, 1), MICRO)
            if moved == weight:
                continue
            paths = list(_changed(evaluation, rule, moved, numbers, members))
            if paths:
                examples = tuple(sorted(paths)[:_EXAMPLES])
                found.append(Fragile(rule, weight, moved, len(paths), examples))
    yield from sorted(found, key=lambda each: (-each.modules, each.rule, each.moved))


def _changed(
    evaluation: Evaluation,
    rule: int,
    moved: int,
    numbers: Sequence[int],
    members: dict[int, list[int]],
) -> Iterator[str]:
    rules = _with_weight(evaluation.rules, rule, moved)
    scorer, judge = Scorer(rules), Decider(rules, None)
    for number in numbers:
        case = evaluation.cases[number]
        _, scores = scorer.scores(case.rules)
        other = case._replace(scores=scores)
        for module in members[number]:
            if module in evaluation.assigned:
                continue
            carried = evaluation.carried(module)._replace(primary=rules.default.id, secondary=())
            before = judge.decide(case, carried, None)
            if _gist(before) != _gist(judge.decide(other, carried, None)):
                yield evaluation.graph.paths[module]


def _gist(decision: Decision) -> tuple[str, str | None]:
    return decision.outcome.value, decision.best.star if decision.best else None


def _with_weight(rules: RuleSet, number: int, weight: int) -> RuleSet:
    changed = list(rules.rules)
    changed[number] = evolve(changed[number], weight=weight)
    return evolve(rules, rules=tuple(changed))


def inspect(rules: RuleSet, graph: ModuleGraph) -> Inspection:
    """Everything about `rules` over `graph`, every module decided as if it carried the default."""
    evaluation = Evaluator(rules).evaluate(graph, reassess=True)
    default = rules.default.id
    hits = _hits(evaluation)
    overlaps = list(_pairs(evaluation, hits))
    uses, used = tuple(_uses(evaluation, hits)), tuple(stars(evaluation))
    plain = tuple(trivial(rules, uses, used))
    measured = tuple(levels(evaluation))
    averaged = [each for each in measured if each.star not in {every.star for every in plain}]
    carried = [evaluation.carried(number).primary for number in range(len(graph))]
    return Inspection(
        rules=rules,
        modules=len(graph),
        default_carriers=carried.count(default),
        outcomes=_outcomes(evaluation),
        uses=uses,
        overlaps=tuple(each for each in overlaps if _same_side(rules, each)),
        conflicts=tuple(each for each in overlaps if not _same_side(rules, each)),
        dead=tuple(dead(evaluation, [number for number, count in enumerate(hits) if not count])),
        inside=tuple(inside_words(evaluation)),
        idle_masks=tuple(idle_masks(evaluation)),
        stars=used,
        matrix=matrix(evaluation),
        differing=tuple(differing(evaluation)),
        bins=tuple(bins(averaged)),
        edges=tuple(_edges(evaluation)),
        curve=tuple(_curve(evaluation)),
        fragile=tuple(fragile(evaluation)),
        origins=origins(evaluation),
        levels=measured,
        trivial=plain,
        reversal=reversal(averaged),
        derived=tuple(derivation_uses(evaluation)),
        ambiguous=tuple(ambiguities(evaluation)),
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


def _edges(evaluation: Evaluation) -> Iterator[OnThreshold]:
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
        yield OnThreshold(star, score, name, count, held)


def _curve(evaluation: Evaluation) -> Iterator[tuple[int, int]]:
    """How many modules that carry the default would be promoted at each threshold.

    A star that does not lead by the margin is promoted at none, and neither is a barred one, or
    one that lacks sources.
    """
    confidence, default = evaluation.rules.confidence, evaluation.rules.default.id
    scores = sorted(
        decision.best.score
        for number in range(len(evaluation))
        if evaluation.carried(number).primary == default
        and (decision := evaluation.decision(number)).best is not None
        and decision.best.star not in evaluation.case(number).lacking
        and decision.lead > 0
        and decision.lead >= confidence.margin
    )
    steps = sorted({0, 1_000_000, *scores})
    place = 0
    for step in steps:
        while place < len(scores) and scores[place] < step:
            place += 1
        yield step, len(scores) - place
