"""Promotions: the stars that a run would give if there were no ceilings."""

from enum import StrEnum
from typing import NamedTuple

from starlang.engine.decisions import Outcome
from starlang.engine.evaluation import Evaluation


class Part(StrEnum):
    """Whether a star is gained as a module's primary star or beside it."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class Promotion(NamedTuple):
    """A star that a module would gain. Amounts are in 10^-6."""

    module: int
    star: str
    part: Part
    score: int
    lead: int
    is_assigned: bool = False
    leaves_default: bool = False


def promotions(evaluation: Evaluation) -> list[Promotion]:
    """Every star that a module would gain if there were no ceilings, in the order of taking."""
    default = evaluation.rules.default.id
    found: list[Promotion] = []
    gains = {
        code
        for code, decision in enumerate(evaluation.decisions)
        if decision.outcome in {Outcome.PROMOTED, Outcome.ASSIGNED}
    }
    for module, code in enumerate(evaluation.decision_codes):
        if code in gains:
            found += _gained(evaluation, module, default)
    paths = evaluation.graph.paths
    return sorted(
        found,
        key=lambda p: (
            not p.is_assigned,
            p.part is Part.SECONDARY,
            -p.score,
            -p.lead,
            paths[p.module],
        ),
    )


def _gained(evaluation: Evaluation, module: int, default: str) -> list[Promotion]:
    decision = evaluation.decision(module)
    case = evaluation.case(module)
    carried = evaluation.carried(module)
    assigned = decision.outcome is Outcome.ASSIGNED
    star = decision.star
    if star is None or star in {default, carried.primary}:
        return []
    score = {each.star: each.score for each in case.scores}
    leaves = carried.primary == default
    lead = 0 if assigned else decision.lead
    first = Promotion(module, star, Part.PRIMARY, score.get(star, 0), lead, assigned, leaves)
    others = [
        Promotion(module, other, Part.SECONDARY, score[other], lead) for other in decision.secondary
    ]
    return [first, *others]
