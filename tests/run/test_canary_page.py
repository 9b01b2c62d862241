"""The page of the canary, as a reviewer sees it: its figures, its filters, and that it fits."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypedDict

import pytest
from attrs import frozen
from playwright.sync_api import Browser, Locator, Page, expect
from program.browser import Opened, browser, opened
from program.projects import Project
from program.repositories import commit_all
from program.run import succeed
from program.tools import needs_file
from run.world import World, silent

from starlang.run import canary_page
from starlang.run.canary import canary
from starlang.run.canary_report import FILE, PAGE

pytestmark = pytest.mark.requirement("R22")

RULES = """
confidence {
  margin 0.15
}

rule trail-path -> Trail weight 0.80 when path mentions memory
rule watch-path -> Watch weight 0.90 when path mentions guard
rule watch-owner -> Watch weight 0.60 when owner is security

ceilings {
  at most 6 promoted per star
  at least 20% Supporting
  on breach defer
}
"""
HOSTILE = "memory <img src=x onerror=alert(2)> \u202egnp"
LONG = "services/accounting/quarterly_statements/memory_of_all_invoices_ever_written"


class Module(TypedDict):
    path: str
    star: str
    outcome: str
    canary: bool
    spare: str
    marks: list[str]
    facets: dict[str, list[str]]
    diff: str
    why: str


class Left(TypedDict):
    path: str
    outcome: str
    why: str


class Group(TypedDict):
    star: str
    rules: list[str]
    modules: int


class Report(TypedDict):
    plan: str
    modules_planned: int
    distribution: dict[str, dict[str, int]]
    outcomes: dict[str, int]
    groups: list[Group]
    left: list[Left]
    modules: list[Module]
    warnings: list[object]
    checks: list[dict[str, object]]
    ceilings: list[dict[str, object]]


@frozen
class Reviewed:
    """A world with a report; `page` is its page."""

    world: World

    @property
    def page(self) -> Path:
        return self.world.audit(PAGE)

    @property
    def report(self) -> Report:
        found: Report = json.loads(self.world.audit(FILE).read_bytes())
        return found


def world_at(root: Path) -> World:
    """A run with everything that a reviewer may meet: held back, contested, suggested, marked."""
    project = Project(root)
    project.config(
        '[guards]\nunportable = "allow"\nuppercase = "allow"\n'
        '[canary]\ncritical = ["vault", "nowhere"]\n[verify]\nprotected = ["owner"]\n'
    )
    project.rules(RULES)
    for number in range(7):
        project.manifest(f"store/memory/m{number}", owner="ops")
    project.manifest(LONG, owner="accounting")
    project.manifest(f"store/{HOSTILE}", owner="<script>alert(1)</script>")
    vault = project.manifest("vault/guard", owner="security")
    tiered = json.loads(vault.read_bytes()) | {"testing": {"quality_tier": "T1_critical"}}
    vault.write_text(json.dumps(tiered), "utf-8")
    project.manifest("gate/memory/guard", owner="ops")
    project.manifest("web/page", owner="security")
    for number in range(5):
        project.manifest(f"plain/p{number}", owner="ops")
    commit_all(root)
    return World(project)


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    world = world_at(tmp_path_factory.mktemp("reviewed") / "repo")
    world.reported()
    return Reviewed(world)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture(scope="module")
def shown(chromium: Browser, reviewed: Reviewed) -> Iterator[Opened]:
    with opened(chromium, reviewed.page) as seen:
        yield seen


@pytest.fixture
def page(shown: Opened) -> Page:
    shown.page.reload()
    return shown.page


def texts(found: Locator) -> list[str]:
    return [text.strip() for text in found.all_inner_texts()]


def paths(page: Page) -> list[str]:
    """The modules that the list shows, in its order."""
    return texts(page.locator("#modules .item > summary > .path"))


def visible(path: str) -> str:
    return path.replace("\u202e", "\\u202e")


def choose(page: Page, label: str, value: str) -> None:
    page.locator("#filters").get_by_label(label, exact=True).select_option(value)


def test_the_first_screen_says_what_there_is_to_decide(page: Page, reviewed: Reviewed) -> None:
    report = reviewed.report
    assert report["outcomes"]["deferred"] == 3
    assert report["outcomes"]["contested"] == report["outcomes"]["suggested"] == 1

    assert page.inner_text("h1") == "7 manifests of 17 would change"
    assert len(report["modules"]) == 7
    assert "No check fails" in page.inner_text("#verdict")
    assert "schema: not checked" in page.inner_text("#verdict")
    digest = report["plan"].removeprefix("sha256:")[:16]
    assert page.inner_text("#approve") == f"starlang approve {digest}"
    top, bottom = 0.0, 900.0
    for part in ("#verdict", ".facts", "#stars"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert top <= box["y"] < box["y"] + box["height"] <= bottom


def test_shares_and_limits_are_those_of_the_report(page: Page, reviewed: Reviewed) -> None:
    report = reviewed.report
    before, after = report["distribution"]["before"], report["distribution"]["after"]
    total = report["modules_planned"]
    stars = {star for star in before.keys() | after.keys() if before.get(star) != after.get(star)}
    rows = page.locator("#stars tbody tr")
    assert set(texts(rows.locator("th"))) == stars
    for row in rows.all():
        star = row.locator("th").inner_text().strip()
        share, modules = texts(row.locator("td.number"))
        old, new = before.get(star, 0), after.get(star, 0)
        assert modules == f"{old} → {new}"
        assert share.split("\n")[0] == f"{old / total:.1%} → {new / total:.1%}"
    floor = rows.filter(has_text="Supporting")
    assert f"floor {4 / 17:.1%}" in floor.inner_text()  # a fifth of 17, rounded up
    assert floor.locator("path.mark").count() == 1
    assert page.locator("#ceilings tbody tr").count() == len(report["ceilings"])


def test_groups_add_up_and_name_what_speaks_for_them(page: Page, reviewed: Reviewed) -> None:
    report = reviewed.report
    found = page.locator("section:has(#groups) details.group > summary")
    assert found.count() == len(report["groups"])
    assert sum(group["modules"] for group in report["groups"]) == len(report["modules"])
    for summary, group in zip(found.all(), report["groups"], strict=True):
        text = summary.inner_text()
        assert f"{group['modules']} module" in text
        assert group["star"] in text
        assert all(rule in text for rule in group["rules"])


def test_what_is_left_has_its_reason(page: Page, reviewed: Reviewed) -> None:
    left = page.locator("section:has(#left)")
    text = left.inner_text()
    assert "Held back by a limit (3)" in text
    assert "held by `at most 6 promoted per star` (Trail): ranks 7 to 9 of 9" in text
    for each in reviewed.report["left"]:
        assert visible(each["path"]) in (left.text_content() or "")
        if each["outcome"] == "contested":
            assert each["why"] in text
    assert "0.10 short of 0.70" in text


def test_the_marked_and_the_weakest_come_first(page: Page, reviewed: Reviewed) -> None:
    modules = reviewed.report["modules"]
    assert [each["path"] for each in modules if each["marks"]] == ["vault/guard"]
    order = sorted(modules, key=lambda m: (not m["marks"], Decimal(m["spare"]), m["path"]))
    wanted = [visible(each["path"]) for each in order]

    assert texts(page.locator("#weakest tbody th .path")) == wanted[:6]
    marks = page.locator("#weakest tbody tr").first.locator(".tag")
    assert texts(marks) == ["under vault/", "tier T1"]
    assert paths(page)[:7] == wanted


def test_owners_tiers_and_directories_are_counted(page: Page, reviewed: Reviewed) -> None:
    report = reviewed.report
    for number, values in enumerate(
        (
            Counter(owner for m in report["modules"] for owner in m["facets"]["owner"]),
            Counter(m["facets"].get("tier", ["no tier"])[0] for m in report["modules"]),
            Counter(m["path"].partition("/")[0] for m in report["modules"]),
        ),
        1,
    ):
        rows = page.locator(f"#by-{number} tbody tr")
        names, counts = texts(rows.locator("th")), texts(rows.locator("td:nth-child(2)"))
        found = dict(zip(names, map(int, counts), strict=True))
        assert {name: count for name, count in found.items() if count} == values


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("Outcome", "deferred"),
        ("Star", "Watch"),
        ("Owner", "ops"),
        ("Top directory", "store"),
        ("Marked", "in the canary"),
    ],
)
def test_the_list_is_filtered_by_facet(
    page: Page, reviewed: Reviewed, label: str, value: str
) -> None:
    report = reviewed.report
    changing = {each["path"]: each for each in report["modules"]}
    kinds = {
        "Outcome": {each["path"] for each in report["left"] if each["outcome"] == value},
        "Star": {path for path, each in changing.items() if each["star"] == value},
        "Owner": {path for path, each in changing.items() if value in each["facets"]["owner"]},
        "Top directory": {path for path in changing if path.startswith(f"{value}/")},
        "Marked": {path for path, each in changing.items() if each["canary"]},
    }
    everything = len(changing) + len(report["left"])
    assert len(paths(page)) == everything == 12

    choose(page, label, value)

    assert kinds[label]
    found = set(paths(page))
    inside = found if label == "Outcome" else found & set(map(visible, changing))
    assert inside == set(map(visible, kinds[label]))
    assert page.inner_text("#found").startswith(f"{len(found)} of {everything}")


def test_filters_search_and_order_work_together(page: Page) -> None:
    choose(page, "Outcome", "promoted")
    page.locator("#words").fill("store m")
    choose(
        page, "Sort", page.locator("#order option", has_text="path").get_attribute("value") or ""
    )

    found = paths(page)
    assert found == sorted(found)
    assert found
    assert all(path.startswith("store/") for path in found)


def test_a_group_is_listed_whole(page: Page, reviewed: Reviewed) -> None:
    page.locator("section:has(#groups) details.group > summary").first.click()
    page.locator("section:has(#groups) button[data-group]").first.click()

    assert len(paths(page)) == reviewed.report["groups"][0]["modules"]
    page.locator("#all").click()
    assert len(paths(page)) == 12


@pytest.mark.requirement("R13")
def test_a_module_opens_with_its_explanation_and_its_diff(page: Page, reviewed: Reviewed) -> None:
    for module in (reviewed.report["modules"][0], reviewed.report["modules"][-1]):
        page.locator("#words").fill(module["path"].split("/", 1)[1].split()[0])
        item = page.locator("#modules .item").filter(has_text=visible(module["path"])).first
        item.locator("summary").click()
        assert item.locator("pre").inner_text().strip() == visible(module["diff"]).strip()
        text = item.inner_text()
        assert module["why"] in text
        assert f"owner: {module['facets']['owner'][0]}" in text


def test_hostile_names_stay_text_and_nothing_complains(shown: Opened, reviewed: Reviewed) -> None:
    shown.page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")

    assert shown.complaints == []
    assert shown.page.locator("img").count() == 0
    assert "\u202e" not in reviewed.page.read_text("utf-8")
    assert visible(f"store/{HOSTILE}") in (shown.page.locator("body").text_content() or "")


def test_a_check_that_fails_is_named_first(chromium: Browser, tmp_path: Path) -> None:
    world = world_at(tmp_path / "repo")
    world.project.config(
        '[guards]\nunportable = "allow"\n[verify]\nprotected = ["owner", "colony"]\n'
    )
    world.prepared()
    with pytest.raises(Exception, match="E985"):
        canary(world.run(), silent)

    with opened(chromium, world.audit(PAGE)) as seen:
        assert seen.page.inner_text("#verdict strong").startswith(
            "Cannot be approved: colony fails"
        )
        assert seen.page.locator("#checks tbody th").first.inner_text() == "colony"
        assert seen.page.locator("#approve").count() == 0
        assert seen.complaints == []


BROKEN = """
() => {
  document.querySelectorAll("details").forEach((each) => (each.open = true));
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest("pre, script, option")) continue;
    for (const word of node.data.matchAll(/[^\\s/_.:@>\\\\-]+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map((each) => Math.round(each.top)));
      if (lines.size > 1) found.push(word[0]);
    }
  }
  return found;
}
"""
OUT = """
() => [...document.querySelectorAll("table, pre, select, .facts, .verdict")]
  .filter((each) => each.getClientRects().length && each.getBoundingClientRect().right > innerWidth)
  .map((each) => each.id || each.className || each.tagName)
"""


@pytest.mark.parametrize("width", [390, 768, 1200])
def test_no_word_breaks_and_nothing_sticks_out(
    chromium: Browser, reviewed: Reviewed, width: int
) -> None:
    with opened(chromium, reviewed.page, width=width) as seen:
        assert seen.page.evaluate(BROKEN) == []
        assert seen.page.evaluate(OUT) == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    chromium: Browser, reviewed: Reviewed, scheme: Literal["light", "dark"]
) -> None:
    axe = needs_file("tests/axe/node_modules/axe-core/axe.min.js", "npm ci --prefix tests/axe")
    with opened(chromium, reviewed.page, scheme=scheme) as seen:
        seen.page.evaluate(BROKEN)  # opens everything
        seen.page.evaluate(axe.read_text("utf-8"))
        found = seen.page.evaluate("axe.run()")
        serious = [
            each for each in found["violations"] if each["impact"] in {"serious", "critical"}
        ]
        assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []
        assert len(found["passes"]) > 20


def test_a_page_stays_small_however_much_changes(
    chromium: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(canary_page, "LISTED", 400)
    monkeypatch.setattr(canary_page, "DETAILED", 500)
    world = world_at(tmp_path / "repo")
    world.reported()

    with opened(chromium, world.audit(PAGE)) as seen:
        listed = paths(seen.page)
        assert 0 < len(listed) < 12
        assert listed[0] == "vault/guard"
        assert f"{12 - len(listed)} more" in seen.page.inner_text("#found")
        seen.page.locator("#modules .item summary").last.click()
        # What is unfolded is written when the page hears of it, which is a moment later.
        expect(seen.page.locator("#modules .item").last).to_contain_text("starlang explain")
        assert seen.complaints == []


def test_the_same_inputs_make_the_same_page(reviewed: Reviewed) -> None:
    first = reviewed.page.read_bytes().splitlines()
    reviewed.page.unlink()

    succeed("canary", cwd=reviewed.world.root)

    again = reviewed.page.read_bytes().splitlines()
    assert [one for one in again if one not in first and b"Made by" not in one] == []
