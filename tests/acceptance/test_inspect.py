"""`inspect` on the corpus: every figure is computed a second time, from the JSON files alone."""

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TypedDict, cast

import pytest
from acceptance.reading import read_rules
from acceptance.trees import Tree
from program.documents import Finding, complaints
from program.run import succeed

pytestmark = pytest.mark.requirement("R16")


class Use(TypedDict):
    rule: str
    star: str
    hits: int
    wins: int
    agree: int
    differ: int


class Miss(TypedDict):
    facet: str
    wanted: str
    near: str
    modules: int


class Dead(TypedDict):
    rule: str
    misses: list[Miss]


class Inside(TypedDict):
    rule: str
    text: str
    word: str
    modules: int
    whole: int


class StarLine(TypedDict):
    star: str
    carried: int
    promoted: int
    given: int
    best: str
    precision: str | None
    recall: str | None


class Edge(TypedDict):
    star: str
    score: str
    threshold: str
    modules: int
    rules: list[str]


class Point(TypedDict):
    threshold: str
    promoted: int


class Cell(TypedDict):
    carried: str
    says: str
    modules: int


class Report(TypedDict):
    modules: int
    rules: list[Use]
    dead: list[Dead]
    inside_words: list[Inside]
    idle_masks: list[str]
    stars: list[StarLine]
    matrix: list[Cell]
    on_thresholds: list[Edge]
    curve: list[Point]
    findings: list[Finding]


class Old(TypedDict):
    current: str
    best: str
    confidence: float


@pytest.fixture(scope="module")
def report(tree: Tree) -> Report:
    out = succeed("inspect", "--format", "json", cwd=tree.root).out
    assert complaints("inspection", out) == []
    return cast("Report", json.loads(out))


@pytest.fixture(scope="module")
def old(corpus: Path) -> list[Old]:
    """What the old generator says of every module."""
    lines = (corpus / "expected" / "scores_sum.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def star_of(label: str) -> str:
    """The word of a label that is the id of its star: `✦ Trail (Memory)`."""
    return label.split(" (", maxsplit=1)[0].rsplit(" ", maxsplit=1)[-1]


def test_overrides_that_match_nothing_and_what_is_spelt_alike(tree: Tree, report: Report) -> None:
    has = Counter(name for module in tree.modules() for name in module.capabilities)
    asked = [each["capability"] for each in read_rules(tree.root)["capability_overrides"]]
    missing = {name for name in asked if not has[name]}
    assert (len(missing), len(asked)) == (24, 25)

    found = {
        miss["wanted"]: miss
        for each in report["dead"]
        for miss in each["misses"]
        if miss["facet"] == "capability"
    }
    assert found.keys() == missing
    assert found["attention_router"]["near"] == "attention_routing"
    for miss in found.values():
        assert miss["modules"] == has[miss["near"]]
        assert bool(miss["near"]) == bool(miss["modules"])


def test_exclusions_and_priors(tree: Tree, report: Report) -> None:
    rules, modules = read_rules(tree.root), tree.modules()
    idle = [
        each
        for each in rules["exclusions"]
        if not any(re.search(each["pattern"], f"{m.name} {m.path}", re.IGNORECASE) for m in modules)
    ]
    assert len(report["idle_masks"]) == len(idle) == len(rules["exclusions"]) == 6
    owners = [each for each in report["rules"] if each["rule"].endswith("-owner")]
    assert sorted(each["hits"] for each in owners) == [0] * (len(owners) - 1) + [1]
    packages = [each for each in report["rules"] if each["rule"].endswith("-package")]
    assert {each["hits"] for each in packages} == {0}
    assert len(packages) > 0


@pytest.mark.parametrize(("text", "word"), [("ocr", "endocrine"), ("bio", "biometrics")])
def test_what_is_found_inside_longer_words(
    tree: Tree, report: Report, text: str, word: str
) -> None:
    def words(text: str) -> set[str]:
        return set(re.split(r"[^a-z0-9]+", text.lower()))

    modules = [m for m in tree.modules() if word in words(m.name) | words(m.path)]
    found = {each["word"]: each for each in report["inside_words"] if each["text"] == text}

    assert found[word]["modules"] == len(modules) > 0
    if word == "endocrine":
        assert len(modules) == 6
    whole = [m for m in tree.modules() if text in words(m.name) | words(m.path)]
    assert found[word]["whole"] == len(whole)


def test_agreement_with_the_stars_that_manifests_carry(report: Report, old: list[Old]) -> None:
    promote = 0.7
    carried = Counter(star_of(each["current"]) for each in old)
    agreeing = Counter(
        star_of(each["current"])
        for each in old
        if each["best"] == each["current"] and each["confidence"] >= promote
    )
    given = Counter(
        star_of(each["best"])
        for each in old
        if each["confidence"] >= promote and star_of(each["current"]) in STARS - {"Supporting"}
    )
    lines = {each["star"]: each for each in report["stars"]}
    for star in STARS - {"Supporting"}:
        line = lines[star]
        assert (line["promoted"], line["given"]) == (agreeing[star], given[star]), star
    shown = {star: (lines[star]["promoted"], lines[star]["carried"]) for star in lines}
    assert shown["Horizon"] == (0, 105)
    assert shown["Anchor"] == (0, 105)
    assert shown["Trail"] == (175, 179)
    assert carried["Trail"] == 179
    trail = lines["Trail"]
    assert trail["recall"] == str((Decimal(175) / 179).quantize(Decimal("0.000001")))


STARS = {"Anchor", "Drift", "Flow", "Horizon", "Living", "Oracle", "Supporting", "Trail", "Watch"}


def test_a_star_that_nothing_reaches(report: Report) -> None:
    (drift,) = [each for each in report["stars"] if each["star"] == "Drift"]

    assert drift["best"] == "0.400000"
    assert any(f["code"] == "W425" and "Drift" in f["message"] for f in report["findings"])


def test_suggestions_that_lie_exactly_on_the_threshold(report: Report, old: list[Old]) -> None:
    on_it = [each for each in report["on_thresholds"] if each["threshold"] == "suggest"]
    assert all(each["score"] == "0.500000" for each in on_it)
    half = [each for each in old if each["confidence"] == 0.5 and each["best"] != "Supporting"]
    assert sum(each["modules"] for each in on_it) == len(half)
    single = [each for each in on_it if len(each["rules"]) == 1]
    assert all(each["rules"][0].startswith("node:") for each in single)
    suggested = [each for each in half if each["current"] == "Supporting"]
    assert len(suggested) == 102


def test_the_curve_is_the_count_at_each_threshold(report: Report, old: list[Old]) -> None:
    scores = [
        Decimal(str(each["confidence"]))
        for each in old
        if each["current"] == "Supporting" and each["best"] != "Supporting"
    ]
    for point in report["curve"]:
        threshold = Decimal(point["threshold"])
        counted = sum(score >= threshold for score in scores)
        if threshold > 0:
            assert point["promoted"] <= counted
    by_threshold = {Decimal(point["threshold"]): point["promoted"] for point in report["curve"]}
    assert by_threshold[Decimal("0.5")] == 102


def test_the_matrix_counts_every_module_once(report: Report, old: list[Old]) -> None:
    assert sum(each["modules"] for each in report["matrix"]) == report["modules"] == len(old)
    diagonal = {
        each["carried"]: each["modules"]
        for each in report["matrix"]
        if each["carried"] == each["says"]
    }
    agreeing = Counter(
        star_of(each["current"])
        for each in old
        if each["best"] == each["current"] and each["confidence"] >= 0.7
    )
    for star in STARS - {"Supporting"}:
        assert diagonal.get(star, 0) == agreeing[star]
