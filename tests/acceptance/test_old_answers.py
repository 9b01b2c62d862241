"""The imported rules answer as the old tools did, for every module: no difference."""

import csv
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from acceptance.reading import read_rules, strongest
from acceptance.trees import Tree
from program.documents import Plan

pytestmark = pytest.mark.requirement("R05", "R07")

Answer = tuple[str, Decimal]
NONE: Answer = ("Supporting", Decimal(0))


def star_in(label: str) -> str:
    """The id in a label such as `✦ Trail (Memory)`: the word behind the emoji."""
    return label.split(" ")[1] if " " in label else label


def answers(plan: Plan) -> dict[str, Answer]:
    """Manifest -> best star and score."""
    return {
        module["file"]: (best["star"], Decimal(best["score"])) if (best := module["best"]) else NONE
        for module in plan["modules"]
    }


def differences(first: Mapping[str, Answer], second: Mapping[str, Answer]) -> list[object]:
    return [
        (file, first.get(file), second.get(file))
        for file in sorted({*first, *second})
        if first.get(file) != second.get(file)
    ]


def test_the_sums_are_those_of_the_generator(corpus: Path, reassessed: Plan) -> None:
    lines = (corpus / "expected" / "scores_sum.jsonl").read_text("utf-8").splitlines()
    expected = {
        row["file"]: (star_in(row["best"]), Decimal(str(row["confidence"])))
        for row in map(json.loads, lines)
    }

    assert len(expected) == 1421
    assert differences(answers(reassessed), expected) == []


@pytest.fixture(scope="module")
def by_the_strongest(tree: Tree) -> Plan:
    return tree.plan("--rules", "rules-max/constellation.star", "--reassess")[1]


def test_the_strongest_evidence_is_that_of_a_second_calculation(
    tree: Tree, by_the_strongest: Plan
) -> None:
    rules = read_rules(tree.root)
    expected = {}
    for module in tree.modules():
        label, weight = strongest(rules, module) or NONE
        expected[f"manifests/{module.path}/module.manifest.json"] = (star_in(label), weight)

    assert len(expected) == 1421
    assert differences(answers(by_the_strongest), expected) == []


def test_the_suggestions_are_those_of_the_suggester(
    corpus: Path, tree: Tree, by_the_strongest: Plan
) -> None:
    """They are about modules on the default star, from the suggest threshold on."""
    with (corpus / "expected" / "suggestions_max.csv").open(encoding="utf-8") as file:
        expected = {
            row["file"]: (star_in(row["suggested_star"]), Decimal(row["confidence"]))
            for row in csv.DictReader(file)
        }
    on_default = [module.path for module in tree.modules() if module.label == "Supporting"]
    default = {f"manifests/{path}/module.manifest.json" for path in on_default}
    found = {
        file: answer
        for file, answer in answers(by_the_strongest).items()
        if file in default and answer[1] >= Decimal("0.5")
    }

    assert len(expected) == 102
    assert differences(found, expected) == []


def test_each_star_is_known_by_its_label(tree: Tree, reassessed: Plan) -> None:
    """What a manifest carries is the star that its label names, or the label if none does."""
    stars = {"Anchor", "Trail", "Horizon", "Living", "Drift", "North", "Watch", "Oracle", "Flow"}
    labels = {module.path: module.label for module in tree.modules()}
    canonical = set(read_rules(tree.root)["canonical_stars"])

    for module in reassessed["modules"]:
        label = labels[module["path"]]
        assert module["current"] == (star_in(label) if label in canonical else label)
    assert {star_in(label) for label in canonical} == {*stars, "Supporting"}


@pytest.mark.parametrize(("combine", "unread"), [("sum", 1), ("max", 2)])
def test_an_import_says_what_the_old_tool_never_read(tree: Tree, combine: str, unread: int) -> None:
    """The generator knew no packages, the suggester neither packages nor owners."""
    done = tree.run("import", "star_rules.json", "-o", f"again-{combine}", "--combine", combine)
    told = [line for line in done.said.splitlines() if line.startswith("warning[W905]")]

    assert done.code == 0
    assert len(told) == unread
    assert "dependency_hints" in "".join(told)
    assert ("owner_priors" in "".join(told)) is (combine == "max")
