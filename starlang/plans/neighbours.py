"""Which decisions are others because of neighbours and events: the what-if of a reassessment."""

from collections.abc import Sequence

from attrs import evolve

from starlang.engine.decisions import Decision
from starlang.engine.evaluate import evaluate
from starlang.engine.evaluation import Evaluation
from starlang.explain.amounts import short
from starlang.explain.model import Explanation, Row
from starlang.plans.model import Decided, NeighbourChange
from starlang.rulesets.strata import reads_graph


def changes(
    evaluation: Evaluation, explanations: Sequence[Explanation]
) -> tuple[NeighbourChange, ...] | None:
    """The modules that are decided otherwise, by path; None if the rules read no relation.

    Compared with the same rules without those, and the exceptions, that read a relation;
    before ceilings.
    """
    rules = evaluation.rules
    reading = [rule for rule in rules.rules if reads_graph(rule.condition)]
    barring = [never for never in rules.nevers if reads_graph(never.condition)]
    if not reading and not barring:
        return None
    rest = evolve(
        rules,
        rules=tuple(rule for rule in rules.rules if rule not in reading),
        nevers=tuple(never for never in rules.nevers if never not in barring),
    )
    other = evaluate(rest, evaluation.graph, reassess=evaluation.reassess)
    names = {rule.name for rule in reading}
    places = {never.at for never in barring}
    found = []
    for module, each in enumerate(explanations):
        before, now = _decided(other.decision(module)), _decided(evaluation.decision(module))
        if (before.outcome, before.star) != (now.outcome, now.star):
            rows = [row for row in each.rows if row.rule in names]
            barred = [e.words for e in each.exceptions if e.at in places]
            because = "; ".join((*map(_evidence, rows), *barred))
            rules_holding = tuple(row.rule for row in rows)
            found.append(NeighbourChange(each.path, before, now, rules_holding, because))
    return tuple(found)


def _decided(decision: Decision) -> Decided:
    best = decision.best
    star = best.star if best else None
    if decision.outcome == "assigned":
        star = decision.star
    return Decided(decision.outcome, star, best.score if best else 0)


def _evidence(row: Row) -> str:
    found = [f"{match.facet} {match.value}" for match in row.matches[:1]]
    found += [match.value for match in row.matches[1:]]
    more = sum(match.more for match in row.matches)
    sign = "+" if row.sign > 0 else "-"
    listed = ", ".join(found) + (f" and {more:,} more" if more else "")
    return f"{row.rule} {sign}{short(row.weight)} {row.star}" + (f" ({listed})" if listed else "")
