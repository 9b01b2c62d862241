"""The evaluator against a second one that is as plain as can be."""

import pytest
from engine.naive import Finding, find_out
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.rule_sets import World, worlds

from starlang.engine.evaluate import Evaluation, evaluate


def finding(evaluation: Evaluation, module: int) -> Finding:
    """What the evaluator says of a module, in the words of the plain one."""
    decision, case = evaluation.decision(module), evaluation.case(module)
    return Finding(
        evidence=tuple(evaluation.rules.rules[index].name for index in case.rules),
        raw={score.star: score.raw for score in case.scores},
        ranked=tuple(score.star for score in case.scores),
        outcome=decision.outcome,
        star=decision.star,
        best=decision.best.star if decision.best else None,
        runner_up=decision.runner_up.star if decision.runner_up else None,
        lead=decision.lead,
        secondary=decision.secondary,
        rules_say=decision.rules_say,
        barred=decision.barred,
        nevers=decision.nevers,
    )


@pytest.mark.requirement("R06", "R07", "R10")
@given(world=worlds(), reassess=st.booleans())
@settings(max_examples=examples(300))
def test_evidence_scores_and_decisions_are_those_of_the_plain_evaluator(
    world: World, *, reassess: bool
) -> None:
    evaluation = evaluate(world.rules, world.graph, reassess=reassess)
    for module in range(len(world.graph)):
        expected = find_out(world.rules, world.graph, module, reassess=reassess)
        assert finding(evaluation, module) == expected
