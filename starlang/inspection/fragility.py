"""Which decisions rest on a weight being just what it is: each is moved by a tenth, both ways."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from starlang.engine.decisions import Case, Decision, Judge
from starlang.engine.evaluation import Evaluation
from starlang.engine.scores import Scorer
from starlang.inspection.model import Fragile
from starlang.rulesets.model import MICRO, RuleSet

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
    scorer, judge = Scorer(rules), Judge(rules, None)
    for number in numbers:
        case = evaluation.cases[number]
        _, scores = scorer.scores(case.rules)
        other = Case(case.rules, case.nevers, scores)
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
