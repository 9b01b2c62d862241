"""What `inspect` counts, on small rule sets whose figures can be counted by hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from program.browser import browser, opened
from program.documents import complaints
from program.projects import Project, rule_set_at
from program.run import starlang, succeed

import starlang as library
from starlang.inspect.inspect import inspect
from starlang.inspect.model import Inspection
from starlang.project.project import fields_of

pytestmark = pytest.mark.requirement("R16")

RULES = """
mask mentions "memory leak" because "a bug"
rule trail-path -> Trail weight 0.50 when path matches /mem/
rule trail-tag  -> Trail weight 0.30 when field "/metadata/tags/*" is stores
rule watch-path -> Watch weight 0.80 when path mentions guard
rule watch-same -> Watch weight 0.10 when path under "gate"
rule watch-cap  -> Watch weight 0.60 when capability is authentification
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.config()
    made.rules(RULES)
    made.manifest("store/memory", tags=["stores"], star="✦ Trail (Memory)")
    made.manifest("store/mem", tags=["stores"])
    made.manifest("store/memoir", star="🛡️ Watch (Guardian)")
    made.manifest("gate/guard", capabilities=["authentication"])
    made.manifest("gate/guard/inner", star="🛡️ Watch (Guardian)")
    made.manifest("web/page")
    return made


def inspected(project: Project) -> Inspection:
    rules = rule_set_at(project.root / "rules" / "main.star")
    graph = library.load(project.root / "manifests")
    from starlang.manifests.build import with_fields  # noqa: PLC0415 -- as the program does

    return inspect(rules, with_fields(graph, fields_of(rules)))


def names(found: Inspection) -> list[str]:
    return [rule.name for rule in found.rules.rules]


def test_hits_wins_and_agreement(project: Project) -> None:
    found = inspected(project)
    uses = {
        names(found)[use.rule]: (use.hits, use.alone, use.wins, use.agree, use.differ)
        for use in found.uses
    }

    assert uses == {
        "trail-path": (3, 1, 2, 1, 1),
        "trail-tag": (2, 0, 2, 1, 0),
        "watch-path": (2, 0, 2, 1, 0),
        "watch-same": (2, 0, 2, 1, 0),
        "watch-cap": (0, 0, 0, 0, 0),
    }


@pytest.mark.requirement("R42")
def test_agreement_is_counted_and_every_module_that_differs_is_listed(project: Project) -> None:
    """Three carry a star of their own; memoir says Watch, and only its path speaks, for Trail."""
    found = json.loads(succeed("inspect", "--format", "json", cwd=project.root).out)
    said = succeed("inspect", cwd=project.root).text

    assert found["agreement"] == {"modules": 3, "agree": 2, "share": "0.666667"}
    (differing,) = found["differing"]
    assert differing["path"] == "store/memoir"
    assert (differing["carried"], differing["says"]) == ("Watch", "Supporting")
    assert (differing["best"], differing["score"]) == ("Trail", "0.500000")
    assert [each["rule"] for each in differing["evidence"]] == ["trail-path"]
    assert "2 of 3 agree (66.7 %)" in said
    rows = [line.split() for line in said.splitlines() if line.startswith("  ")]
    assert ["Watch", "1", "·", "1"] in [row[1:] for row in rows]

    listed = succeed("plan", "--outcome", "differs", cwd=project.root).text
    assert "Differ from what the rules say (1 of 3)" in listed
    assert "store/memoir" in listed
    plan = json.loads(
        succeed("plan", "--outcome", "differs", "--format", "json", cwd=project.root).out
    )
    assert [each["path"] for each in plan["modules"]] == ["store/memoir"]
    table = succeed("plan", "--outcome", "differs", "--format", "csv", cwd=project.root).text
    assert [line.partition(",")[0] for line in table.splitlines()] == ["path", "store/memoir"]
    explained = succeed("explain", "--outcome", "differs", cwd=project.root).text
    assert explained.startswith("store/memoir ")


@pytest.mark.requirement("R42")
def test_what_is_missing_for_the_star_that_a_module_carries(project: Project) -> None:
    lacking = succeed("explain", "store/memoir", "--why-not", "Watch", cwd=project.root).text
    having = succeed("explain", "gate/guard/inner", "--why-not", "Watch", cwd=project.root).text

    assert "it carries Watch already; if it did not, no rule for Watch holds" in lacking
    assert "smallest changes of the manifest" in lacking
    assert "it carries Watch already, and the rules agree: 0.90" in " ".join(having.split())


@pytest.mark.requirement("R42")
def test_carriers_of_the_star_in_groups_and_in_the_library(project: Project) -> None:
    """Of a group as well, the rules are asked as if those that carry the star did not."""
    asked = ("explain", "--under", "**", "--why-not", "Watch")
    text = succeed(*asked, cwd=project.root).text
    document = json.loads(succeed(*asked, "--format", "json", cwd=project.root).out)
    rules = library.compile(project.root / "rules" / "main.star")
    plan = rules.plan(library.load(project.root / "manifests"))

    words = {group["words"]: group["paths"] for group in document["groups"]}
    assert words["carry it already, and the rules agree"] == ["gate/guard/inner"]
    (lacking,) = [paths for words_, paths in words.items() if "if they did not" in words_]
    assert lacking == ["store/memoir"]
    assert "carry it already; if they did not:" in " ".join(text.split())
    assert "no rule for Watch holds" in str(plan["store/memoir"].why_not("Watch"))
    assert "the rules agree" in str(plan["gate/guard/inner"].why_not("Watch"))


def test_a_dead_rule_has_a_near_miss(project: Project) -> None:
    (dead,) = inspected(project).dead
    (miss,) = dead.misses

    assert (miss.facet, miss.wanted) == ("capability", "authentification")
    assert (miss.near, miss.modules) == ("authentication", 1)


def test_words_and_masks(project: Project) -> None:
    found = inspected(project)

    assert [(each.text, each.word, each.modules, each.whole) for each in found.inside] == [
        ("mem", "memoir", 1, 1),
        ("mem", "memory", 1, 1),
    ]
    assert found.idle_masks == (0,)


def test_rules_that_always_come_together(project: Project) -> None:
    found = inspected(project)
    pairs = {
        (names(found)[each.first], names(found)[each.second]): each.both for each in found.overlaps
    }

    assert pairs == {("watch-path", "watch-same"): 2, ("trail-path", "trail-tag"): 2}
    assert found.conflicts == ()


def test_agreement_and_calibration(project: Project) -> None:
    found = inspected(project)
    stars = {each.star: each for each in found.stars}

    assert (stars["Trail"].carried, stars["Trail"].promoted, stars["Trail"].given) == (1, 1, 1)
    assert (stars["Watch"].carried, stars["Watch"].promoted, stars["Watch"].given) == (2, 1, 1)
    assert stars["Watch"].recall == stars["Watch"].recall
    assert (stars["Trail"].best, stars["Watch"].best) == (800_000, 900_000)
    # 0.80 right, 0.50 wrong, 0.90 right: (0.2 + 0.5 + 0.1) / 3
    assert found.calibration_error is not None
    assert found.calibration_error * 30 == 8


def test_a_score_exactly_on_a_threshold(project: Project) -> None:
    (edge,) = inspected(project).edges

    assert (edge.star, edge.score, edge.threshold, edge.modules) == ("Trail", 500_000, "suggest", 1)


def test_the_curve(project: Project) -> None:
    """Two carry the default and have evidence: one scores 0.80, one 0.90."""
    curve = dict(inspected(project).curve)

    assert curve[0] == 2
    assert curve[800_000] == 2
    assert curve[900_000] == 1
    assert curve[1_000_000] == 0


def test_a_fragile_weight_is_one_that_flips_a_plan(project: Project) -> None:
    """Each weight is changed in the source, and the whole is planned again."""
    found = inspected(project)
    told = {(names(found)[each.rule], each.moved): each.modules for each in found.fragile}
    before = outcomes(project)
    for rule in found.rules.rules:
        for moved in (rule.weight * 11 // 10, rule.weight * 9 // 10):
            old, new = f"{rule.weight / 1e6:.2f}", f"{moved / 1e6:.6f}"
            line = next(each for each in RULES.splitlines() if f"rule {rule.name} " in each)
            project.rules(RULES.replace(line, line.replace(f"weight {old}", f"weight {new}")))
            after = outcomes(project)
            flips = sum(before[path] != after[path] for path in before)
            assert told.get((rule.name, moved), 0) == flips, (rule.name, moved)
    assert told


def outcomes(project: Project) -> dict[str, object]:
    plan = json.loads(succeed("plan", "--reassess", "--format", "json", cwd=project.root).out)
    return {
        each["path"]: (each["outcome"], each["best"] and each["best"]["star"])
        for each in plan["modules"]
    }


def test_the_command_says_it_and_writes_it(project: Project) -> None:
    done = succeed("inspect", cwd=project.root)
    for code in ("W420", "W421", "W422", "W423", "W424"):
        assert code in done.said
    assert "5 rules over 6 modules" in done.text
    document = succeed("inspect", "--format", "json", cwd=project.root).out
    assert complaints("inspection", document) == []
    assert succeed("inspect", "--quiet", cwd=project.root).said == ""


def test_a_star_out_of_reach_is_named(project: Project) -> None:
    project.rules("rule trail-path -> Trail weight 0.40 when path mentions memory\n")

    assert "W425" in succeed("inspect", cwd=project.root).said


def test_text_goes_to_no_file(project: Project) -> None:
    assert starlang("inspect", "-o", "x.txt", cwd=project.root).code == 2


def test_without_manifests_nothing_is_inspected(project: Project, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()

    done = starlang("inspect", "--manifests", str(tmp_path / "none"), cwd=project.root)
    assert (done.code, done.text) == (1, "")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


def test_the_page_says_what_the_document_says(
    example_copy: Path, tmp_path: Path, chromium: Browser
) -> None:
    page = tmp_path / "inspection.html"
    succeed("inspect", "--format", "html", "-o", str(page), cwd=example_copy)
    found = json.loads(succeed("inspect", "--format", "json", cwd=example_copy).out)

    with opened(chromium, page) as seen:
        assert seen.complaints == []
        assert seen.page.locator("#stars tbody tr").count() == len(found["stars"])
        for star in found["stars"]:
            row = seen.page.locator("#stars tbody tr", has_text=star["star"])
            numbers = row.locator("td.number").all_inner_texts()
            assert numbers[:2] == [f"{star['carried']:,}", f"{star['promoted']:,}"]
        bars = seen.page.locator("table.bars tbody tr")
        shown = {
            row.locator("th").inner_text(): row.locator("td.number").inner_text()
            for row in bars.all()
        }
        assert shown == {each["rule"]: f"{each['hits']:,}" for each in found["rules"]}
        assert seen.page.locator("#findings .item").count() == len(found["findings"])
        assert seen.page.locator("svg.plane").count() == 2
        rows = seen.page.locator("#differing tbody tr").all()
        named = [row.locator("th, td").all_inner_texts()[:3] for row in rows]
        assert named == [
            [each["path"], each["carried"], each["says"]] for each in found["differing"]
        ]


def test_a_page_of_many_that_differ_is_below_a_megabyte(project: Project) -> None:
    """Each of 2,000 modules carries another star than the rules say, by six rules each."""
    rules = [
        f"rule trail-{number} -> Trail weight 0.{number + 2}0 when path mentions store{number}"
        for number in range(6)
    ]
    project.rules("\n".join([*rules, ""]))
    words = "/".join(f"store{number}" for number in range(6))
    for number in range(2_000):
        project.manifest(f"{words}/module-{number}", star="🛡️ Watch (Guardian)")

    page = succeed("inspect", "--format", "html", cwd=project.root).text

    assert len(page.encode()) < 1_000_000
    assert page.count('<tr class="item">') == 2_000
    assert "trail-3 +0.50, and 2 more" in page
