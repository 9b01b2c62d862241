"""The rules of the corpus decide as the old tools did, for every module of it."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from engine.test_sources import counted_plainly, table
from legacy.old_tools import Module, OldRules, strongest, summed

from starlang.engine.decisions import Outcome
from starlang.engine.evaluate import Evaluation, evaluate
from starlang.legacy.importing import import_rules
from starlang.legacy.old_file import Imported
from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.rules.model import MICRO, Combine, RuleSet
from starlang.texts.json import read

pytestmark = pytest.mark.requirement("R05")

Answer = tuple[str, Decimal]


@pytest.fixture(scope="module")
def graph(corpus: Path, profile: Profile) -> ModuleGraph:
    files = [
        ManifestFile(path.relative_to(corpus / "manifests").as_posix(), name, path.read_bytes())
        for path in (corpus / "manifests").rglob("module.manifest.json")
        if not (name := path.relative_to(corpus).as_posix()).startswith("manifests/.archive/")
    ]
    assert len(files) == 1421
    return build_graph(files, profile)


def imported(corpus: Path, combine: Combine, *, with_canon: bool = False) -> Imported:
    document, canon = (
        read((corpus / name).read_bytes()) for name in ("star_rules.json", "star_canon.json")
    )
    return import_rules(
        document, "star_rules.json", combine=combine, canon=canon if with_canon else None
    )


def answers(evaluation: Evaluation) -> dict[str, Answer]:
    """File -> label and score of the best star; the default star at 0 where nothing speaks."""
    rules = evaluation.rules
    found = {}
    for index, file in enumerate(evaluation.graph.files):
        best = evaluation.decision(index).best
        found[file] = (
            (rules.star(best.star).label, Decimal(best.score) / MICRO)
            if best
            else (rules.default.label, Decimal(0))
        )
    return found


def old_rules(corpus: Path) -> OldRules:
    rules: OldRules = json.loads((corpus / "star_rules.json").read_bytes())
    return rules


def modules(graph: ModuleGraph) -> Sequence[Module]:
    def texts(facet: str, index: int) -> tuple[str, ...]:
        return tuple(str(value) for value in graph.columns[facet].of(index))

    return [
        Module(
            name,
            path,
            texts("capability", index),
            texts("node", index),
            next(iter(texts("owner", index)), ""),
            texts("package", index),
        )
        for index, (name, path) in enumerate(zip(graph.names, graph.paths, strict=True))
    ]


def different(first: dict[str, Answer], second: dict[str, Answer]) -> list[object]:
    return [
        (file, first.get(file), second.get(file))
        for file in sorted({*first, *second})
        if first.get(file) != second.get(file)
    ]


@pytest.mark.parametrize("with_canon", [False, True])
def test_sums_are_those_of_the_generator(
    corpus: Path, graph: ModuleGraph, compiled: Callable[[Imported], RuleSet], *, with_canon: bool
) -> None:
    rules = compiled(imported(corpus, Combine.SUM, with_canon=with_canon))
    rows = map(json.loads, (corpus / "expected" / "scores_sum.jsonl").read_text().splitlines())
    expected = {row["file"]: (row["best"], Decimal(str(row["confidence"]))) for row in rows}

    assert len(expected) == 1421
    assert different(answers(evaluate(rules, graph, reassess=True)), expected) == []


def test_sums_are_those_of_an_independent_calculation(
    corpus: Path, graph: ModuleGraph, compiled: Callable[[Imported], RuleSet]
) -> None:
    rules = compiled(imported(corpus, Combine.SUM))
    evaluation = evaluate(rules, graph, reassess=True)
    old = old_rules(corpus)
    differing = [
        (module.path, mine, expected)
        for index, module in enumerate(modules(graph))
        if (mine := scores(evaluation, index)) != (expected := summed(old, module))
    ]

    assert differing == []


def test_what_sources_hold_back_under_the_imported_rules(
    corpus: Path, graph: ModuleGraph, compiled: Callable[[Imported], RuleSet]
) -> None:
    rules = compiled(imported(corpus, Combine.SUM))
    assert table(rules, graph) == counted_plainly(rules, graph) == [413, 413, 14, 0]


def test_suggestions_are_those_of_the_suggester(
    corpus: Path, graph: ModuleGraph, compiled: Callable[[Imported], RuleSet]
) -> None:
    rules = compiled(imported(corpus, Combine.MAX))
    evaluation = evaluate(rules, graph)
    suggested = {
        file: answer
        for index, (file, answer) in enumerate(answers(evaluation).items())
        if evaluation.decision(index).outcome
        in {Outcome.SUGGESTED, Outcome.PROMOTED, Outcome.CONTESTED}
    }
    with (corpus / "expected" / "suggestions_max.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    expected = {row["file"]: (row["suggested_star"], Decimal(row["confidence"])) for row in rows}

    assert len(expected) == 102
    assert different(suggested, expected) == []


def test_strongest_evidence_is_that_of_an_independent_calculation(
    corpus: Path, graph: ModuleGraph, compiled: Callable[[Imported], RuleSet]
) -> None:
    rules = compiled(imported(corpus, Combine.MAX))
    old = old_rules(corpus)
    expected = {}
    for file, module in zip(graph.files, modules(graph), strict=True):
        weight, star = strongest(old, module) or (Decimal(0), rules.default.label)
        expected[file] = (star, weight)

    assert different(answers(evaluate(rules, graph, reassess=True)), expected) == []


def test_every_difference_is_told(corpus: Path) -> None:
    """What these rules can decide otherwise; no exclusion is among it."""
    diagnostics = imported(corpus, Combine.SUM).diagnostics

    assert sorted(each.code for each in diagnostics) == ["W902", "W903", "W904", "W905"]


def test_ties_are_decided_as_of_old(
    corpus: Path, graph: ModuleGraph, compiled: Callable[[Imported], RuleSet]
) -> None:
    evaluation = evaluate(compiled(imported(corpus, Combine.SUM)), graph, reassess=True)
    ties: Counter[tuple[str, ...]] = Counter()
    for index in range(len(graph)):
        scored = evaluation.case(index).scores
        best = [each.star for each in scored if each.score == scored[0].score]
        if len(best) > 1:
            ties[tuple(best)] += 1

    assert ties == {("Horizon", "Living"): 6, ("Flow", "Drift"): 4}


def scores(evaluation: Evaluation, index: int) -> dict[str, Decimal]:
    """Label -> score of every star that something speaks for."""
    rules = evaluation.rules
    return {
        rules.star(score.star).label: Decimal(score.score) / MICRO
        for score in evaluation.case(index).scores
    }
