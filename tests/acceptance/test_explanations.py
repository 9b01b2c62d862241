"""An explanation is the computation: it can be done again by hand from what a plan says.

The first half reads nothing but the JSON of a plan, and the files that it names.
"""

import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from acceptance.trees import Tree
from program.documents import Match, Module, Plan, Row, by_path, plan_of
from program.run import succeed

import starlang

pytestmark = pytest.mark.requirement("R13")


@pytest.fixture(scope="module")
def hortus(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("example") / "constellation"
    shutil.copytree(project_root / "examples" / "constellation", copy)
    return copy


@pytest.fixture(scope="module", params=["corpus", "corpus reassessed", "example"])
def explained(request: pytest.FixtureRequest, tree: Tree) -> tuple[Path, Plan]:
    """The root that places in a plan are relative to, and the plan."""
    match request.param:
        case "corpus":
            return tree.root, tree.plan()[1]
        case "example":
            root: Path = request.getfixturevalue("hortus")
            return root, plan_of(succeed("plan", "--format", "json", cwd=root).out)
        case _:
            plan: Plan = request.getfixturevalue("reassessed")
            return tree.root, plan


def raws(module: Module) -> dict[str, Decimal]:
    """Star -> raw score, of those that the module names."""
    return {
        score["star"]: Decimal(score["raw"])
        for score in (module["best"], module["runner_up"])
        if score is not None
    }


def added(rows: list[Row]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in rows:
        found[row["star"]] = found.get(row["star"], Decimal(0)) + Decimal(row["weight"])
    return found


def test_the_evidence_adds_up(explained: tuple[Path, Plan]) -> None:
    """To the raw score. A score is at least 0, a confidence at most 1, the lead a difference."""
    for module in explained[1]["modules"]:
        sums = added(module["evidence"])
        assert {star: sums[star] for star in raws(module)} == raws(module), module["path"]
        for score in filter(None, (module["best"], module["runner_up"])):
            raw = Decimal(score["raw"])
            assert Decimal(score["score"]) == max(raw, 0)
            assert Decimal(score["confidence"]) == min(max(raw, Decimal(0)), 1)
        for row in module["evidence"]:
            assert row["effect"] == row["weight"]
        if best := module["best"]:
            second = module["runner_up"]
            behind = Decimal(second["score"]) if second else Decimal(0)
            assert Decimal(module["lead"]) == Decimal(best["score"]) - behind


def test_no_star_has_more_evidence_than_those_named(explained: tuple[Path, Plan]) -> None:
    """The best is the best: of the stars that are not barred, none adds up to more."""
    for module in explained[1]["modules"]:
        best = module["best"]
        sums = added(module["evidence"])
        if best is None or module.get("exceptions"):
            continue
        assert max(sums.values()) == Decimal(best["raw"]), module["path"]


def test_what_was_matched_stands_where_it_is_said_to(explained: tuple[Path, Plan]) -> None:
    matches = 0
    for module in explained[1]["modules"]:
        for row in module["evidence"]:
            for match in row["matches"]:
                matches += 1
                assert 0 <= match["start"] <= match["end"] <= len(match["value"])
                assert value_is_of(module, match), module["path"]
            cut = [match["value"][match["start"] : match["end"]] for match in row["matches"]]
            assert cut, row["rule"]
            assert row["matched"] == cut[0] != ""
    assert matches > 50


def value_is_of(module: Module, match: Match) -> bool:
    match match["facet"]:
        case "path":
            return match["value"] == module["path"]
        case "text":
            return match["value"].endswith(f" {module['path']}")
        case _:
            return match["value"] != ""


def test_each_rule_stands_where_it_is_said_to(explained: tuple[Path, Plan]) -> None:
    root, plan = explained
    seen = {(row["rule"], row["at"]) for module in plan["modules"] for row in module["evidence"]}
    for rule, at in seen:
        file, line, column = at.rsplit(":", 2)
        text = (root / file).read_text("utf-8").splitlines()[int(line) - 1][int(column) - 1 :]
        cell = re.fullmatch(r"(\w+):(.*?)(->| against )(\w+)", rule)
        if cell is None:
            assert re.match(rf"rule +{re.escape(rule)}\b", text), (rule, text)
        else:
            assert re.match(rf'"?{re.escape(cell[2])}"?[\s,]', f"{text} "), (rule, text)
    assert len(seen) > 10


def without(tree: Tree, rule: str, at: str, root: Path) -> Path:
    """A copy of the rules, at `root`, from which one rule or table cell is deleted."""
    shutil.copytree(tree.root / "rules", root / "rules")
    file, line, column = at.rsplit(":", 2)
    path = root / file
    lines = path.read_text("utf-8").splitlines(keepends=True)
    number, start = int(line) - 1, int(column) - 1
    if lines[number].startswith("rule "):
        end = number + 1
        while end < len(lines) and lines[end].startswith(" "):
            end += 1
        assert lines[number].split()[1] == rule
        del lines[number:end]
    else:
        value = rule.partition(":")[2].partition("->")[0]
        before, after = lines[number][:start], lines[number][start:].removeprefix(value)
        kept = (
            before + after.removeprefix(",").lstrip()
            if after[0] == ","
            else before.rstrip(", ") + after
        )
        lines[number] = "" if kept.strip().startswith("->") else kept
    path.write_text("".join(lines), "utf-8")
    return root / "rules" / "constellation.star"


def figures(plan: starlang.Plan) -> Iterator[tuple[str, dict[str, Decimal], set[str]]]:
    """(path, star -> raw score, rules that hold) of each module."""
    for each in plan:
        yield each.path, {s.star: s.raw for s in each.scores}, {row.rule for row in each.evidence}


def test_without_a_row_the_score_is_less_by_just_that(tree: Tree, tmp_path: Path) -> None:
    """Each rule that holds anywhere is deleted from the source, and every module decided anew."""
    graph = starlang.load(tree.root / "manifests")
    whole = starlang.compile(tree.root / "rules" / "constellation.star").plan(graph, reassess=True)
    before = {path: (scores, rules) for path, scores, rules in figures(whole)}
    places = {row.rule: (row.place, row.star, row.weight) for e in whole for row in e.evidence}

    for number, (rule, (at, star, weight)) in enumerate(sorted(places.items())):
        less = without(tree, rule, at, tmp_path / str(number))
        plan = starlang.compile(less).plan(graph, reassess=True)
        concerned = 0
        for path, scores, rules in figures(plan):
            old_scores, old_rules = before[path]
            expected = dict(old_scores)
            if rule in old_rules:
                concerned += 1
                expected[star] -= weight
                if not any(places[other][1] == star for other in old_rules - {rule}):
                    assert expected.pop(star) == 0
            assert (scores, rules) == (expected, old_rules - {rule}), (rule, path)
        assert concerned > 0
    assert len(places) >= 12


def test_a_plan_explains_what_explain_explains(tree: Tree, reassessed: Plan) -> None:
    path = next(m["path"] for m in reassessed["modules"] if len(m["evidence"]) > 1)

    done = tree.run("explain", path, "--reassess")

    module = by_path(reassessed)[path]
    for row in module["evidence"]:
        assert f"{row['rule']}  {row['at']}" in done.text
    assert done.code == 0
