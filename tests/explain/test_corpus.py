"""The whole corpus: what is shown on demand against what a plain evaluator finds at once."""

from pathlib import Path

import pytest
from engine.naive import Asked
from explain.test_matches import plain_matches
from program.projects import rule_set_at

import starlang
from starlang.engine.evaluate import evaluate
from starlang.explain.explain import MatchFinder

PROFILE = "constellation-1.1"


@pytest.mark.requirement("R13")
def test_spans_on_demand_are_the_eager_ones(corpus: Path, project_root: Path) -> None:
    rules = rule_set_at(project_root / "rules" / "constellation.star")
    graph = starlang.load(corpus / "manifests", profile=PROFILE)
    evaluation = evaluate(rules, graph)
    finder = MatchFinder(evaluation)
    rows = 0
    for module in range(len(graph)):
        asked = Asked(rules, graph, module)
        held = evaluation.case(module).rules
        rows += len(held)
        for index, rule in enumerate(rules.rules):
            expected = plain_matches(asked, rule.condition)
            assert (index in held) is (expected is not None), (graph.paths[module], rule.name)
            if expected is not None:
                found = finder.find(rule.condition, module) or ()
                spans = [(each.facet, each.value, each.start, each.end) for each in found]
                assert sorted(spans) == sorted(expected), (graph.paths[module], rule.name)
    assert rows > len(graph) // 4
