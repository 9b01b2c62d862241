"""`report`: the artifacts of a run, made from plan, backup and journal alone."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Literal

import polars as pl
import pytest
from attrs import frozen
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser
from program.browser import browser, opened
from program.documents import complaints
from program.effort import examples
from program.projects import Project
from program.repositories import commit_all
from program.run import starlang
from program.tools import needs_file
from run.test_canary_page import BROKEN, OUT, world_at
from run.world import START, World

from starlang.accept.evidence import Evidence
from starlang.errors import GateClosedError
from starlang.run import audit_report
from starlang.run.artifacts import AFTER, BEFORE, DASHBOARD, MESSAGE, PROMOTIONS
from starlang.run.audit_report import dashboard, markers, with_block
from starlang.run.report import report
from starlang.run.verify import verify

pytestmark = pytest.mark.requirement("R29")

FORMULA = "=cmd'!A0"
BANDS = '\n[accept.shares]\nSupporting = "60% to 100%"\nTrail = "50% to 60%"\n'
DATED = "manifest_regeneration_2026-03-01.md"
TOP = "docs/CONSTELLATION_TOP.md"
NAMES = (BEFORE, AFTER, PROMOTIONS, DATED, DASHBOARD, MESSAGE)


@frozen
class Reported:
    """A world whose run is written, verified and reported."""

    world: World

    def read(self, name: str) -> bytes:
        return self.world.audit(name).read_bytes()

    def distribution(self, name: str) -> dict[str, int]:
        found: dict[str, int] = json.loads(self.read(name))["distribution"]
        return found

    @property
    def plan(self) -> str:
        found: str = json.loads(self.read("canary_report.json"))["plan"]
        return found


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    world = world_at(tmp_path_factory.mktemp("reported") / "repo")
    config = world.root / "configs" / "starlang.toml"
    config.write_text(config.read_text() + BANDS)
    world.project.manifest(f"{FORMULA}/memory", owner="ops")
    first, last = markers("small")
    world.project.write(TOP, f"# By hand\r\n{first}\r\nold\r\n{last}\r\nthe end")
    for package in ("vault/guard", "web/unknown"):
        world.project.write(f"{package}/__init__.py", "")
    commit_all(world.root)
    verify(world.applied())
    report(world.run())
    return Reported(world)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


def test_every_file_is_there_and_names_the_plan(reported: Reported) -> None:
    for name in NAMES:
        assert reported.plan.encode() in reported.read(name).replace(b"<wbr>", b""), name
    assert f"Starlang-Plan: {reported.plan}" == reported.read(MESSAGE).decode().splitlines()[-1]
    assert complaints("distribution", reported.read(BEFORE)) == []
    assert complaints("distribution", reported.read(AFTER)) == []


def test_the_same_run_gives_the_same_bytes_whoever_asks_and_when(reported: Reported) -> None:
    world = reported.world
    first = {name: reported.read(name) for name in NAMES}
    top = world.root.joinpath(TOP).read_bytes()
    for name in NAMES:
        world.audit(name).unlink()
    world.clock.turn(START + timedelta(days=3))

    made = report(world.run("zoe"))

    assert len(made.written) == len(NAMES)
    assert made.same == (TOP,)
    assert {name: reported.read(name) for name in NAMES} == first
    assert world.root.joinpath(TOP).read_bytes() == top
    assert report(world.run()).written == ()


def test_distributions_are_those_of_the_manifests(reported: Reported) -> None:
    carried: Counter[str] = Counter()
    for data, _ in reported.world.manifests().values():
        label = json.loads(data)["constellation_alignment"]["primary_star"]
        carried[next(star for star in ("Trail", "Watch", "Supporting") if star in label)] += 1

    assert reported.distribution(AFTER) == carried
    assert reported.distribution(BEFORE) == {"Supporting": 18, "Trail": 0, "Watch": 0}


def test_promotions_are_read_alike_by_two_parsers_and_run_nowhere(reported: Reported) -> None:
    text = reported.read(PROMOTIONS).decode()
    rows = list(csv.DictReader(StringIO(text)))
    frame = pl.read_csv(StringIO(text), infer_schema=False)

    assert frame.fill_null("").to_dicts() == rows
    head = ["path", "from", "to", "promoted_to", "tier", "confidence", "reason", "plan"]
    assert list(rows[0]) == head
    modules = json.loads(reported.read("canary_report.json"))["modules"]
    assert len(rows) == len(modules) == 7
    cells = [cell for row in csv.reader(StringIO(text)) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert f"'{FORMULA}/memory" in {row["path"] for row in rows}
    assert {row["tier"] for row in rows} == {"", "T1"}
    assert all(row["from"] == "Supporting" and row["to"] in row["promoted_to"] for row in rows)


def test_every_number_of_the_report_is_that_of_the_json(reported: Reported) -> None:
    text = reported.read(DATED).decode()
    before, after = reported.distribution(BEFORE), reported.distribution(AFTER)
    shares = [json.loads(reported.read(name))["shares"] for name in (BEFORE, AFTER)]
    canary = json.loads(reported.read("canary_report.json"))

    rows = [[cell.strip() for cell in line.split(" | ")] for line in text.splitlines()]
    stars = {row[0].strip("| `"): row for row in rows if len(row) == 6}
    for star in ("Supporting", "Trail", "Watch"):
        figures = [str(before[star]), str(after[star]), *(f"{each[star]}%" for each in shares)]
        assert stars[star][1:5] == figures
    assert "50% to 60%: outside" in stars["Trail"][5]
    assert "60% to 100%: within" in stars["Supporting"][5]
    groups = [int(row[0].strip("| ")) for row in rows if len(row) == 5 and "mem" in row[4]]
    assert sum(groups) + 1 == len(canary["modules"])  # one is called guard
    facts = dict(re.findall(r"^\| (\w+) \| (\d+) \|$", text, re.MULTILINE))
    written = json.loads(reported.read(AFTER))
    assert facts == {
        "manifests": str(written["manifests"]),
        "modules": str(written["modules"]),
        "unreadable": str(written["unreadable"]),
        "changed": str(len(canary["modules"])),
    }
    assert "\u202e" not in text


def test_the_figures_stand_between_the_markers(reported: Reported) -> None:
    data = reported.world.root.joinpath(TOP).read_bytes()
    first, last = (each.encode() for each in markers("small"))
    head, block, tail = re.split(rb"(?:%s|%s)\r\n" % (first, last), data)

    assert (head, tail) == (b"# By hand\r\n", b"the end")
    assert b"old" not in block
    assert re.search(rb"\| `Supporting` \| 18 \| 11 \|", block)
    assert block.count(b"\n") == block.count(b"\r\n")


def without_markers(data: bytes) -> bool:
    return b"<!-- starlang" not in data


@given(
    st.binary().filter(without_markers),
    st.binary().filter(without_markers),
    st.sampled_from([b"\n", b"\r\n", b" \t\n"]),
)
@settings(max_examples=examples(1000))
@example(b"", b"", b"\n")
def test_text_outside_of_the_markers_keeps_every_byte(
    head: bytes, tail: bytes, ending: bytes
) -> None:
    first, last = (each.encode() for each in markers("small"))
    document = b"".join((head, b"\n", first, ending, b"x", ending, last, ending, tail))

    found = with_block(document, "small", ["a", "b"])

    assert found is not None
    assert found.startswith(b"".join((head, b"\n", first, ending)))
    assert found.endswith(b"".join((b"\n", last, ending, tail)))
    assert with_block(found, "small", ["a", "b"]) == found
    assert with_block(found, "small", ["x"]) != found


@pytest.mark.parametrize("order", [[], [0], [1], [1, 0], [0, 1, 1], [0, 0, 1]])
def test_markers_that_are_not_two_in_their_order_are_none(order: list[int]) -> None:
    document = "\n".join(markers("small")[number] for number in order).encode()
    assert with_block(document, "small", ["a"]) is None


def test_without_markers_the_two_lines_are_shown(world: World) -> None:
    verify(world.applied())
    text = f"{markers('other')[0]}\n{markers('other')[1]}\n"
    for document in (None, text):
        if document:
            world.project.write(TOP, document)
        done = starlang("report", cwd=world.root)
        assert done.code == 3
        assert "W993" in done.said
        assert done.said.endswith("\n".join(markers("small")) + "\n")
    assert world.root.joinpath(TOP).read_text() == text
    assert world.audit(AFTER).exists()


def test_nothing_is_reported_that_was_not_verified(world: World) -> None:
    with pytest.raises(GateClosedError, match="not applied yet"):
        report(world.approved())
    with pytest.raises(GateClosedError, match="not been verified"):
        report(world.applied())
    assert not world.audit(AFTER).exists()


def test_prefix_and_folder_are_those_of_the_config(tmp_path: Path) -> None:
    project = Project(tmp_path / "repo")
    project.config(
        '[verify]\nprotected = ["owner"]\n'
        '[audit]\nprefix = "phase4"\nfolder = "audit/runs"\ntop = "README.md"\n'
    )
    project.rules("rule trail-path -> Trail weight 0.80 when path mentions memory")
    project.manifest("store/memory", owner="ops")
    project.write("README.md", "\n".join(markers("phase4")))
    commit_all(project.root)
    world = World(project)
    verify(world.applied())

    made = report(world.run())

    assert made.missing is None
    assert {*made.written} == {"README.md", *(f"audit/runs/phase4_{name}" for name in NAMES)}
    assert {each.parent.name for each in project.root.rglob("phase4_*")} == {"runs"}


def test_the_dashboard_has_the_figures_and_reads_well(
    chromium: Browser, reported: Reported
) -> None:
    page = reported.world.audit(DASHBOARD)
    before, after = reported.distribution(BEFORE), reported.distribution(AFTER)
    with opened(chromium, page, width=390) as seen:
        assert seen.page.evaluate(BROKEN) == []
        assert seen.page.evaluate(OUT) == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") == 390
        assert seen.complaints == []
        for row in seen.page.locator("#stars tbody tr").all():
            star = row.locator("th").inner_text().strip()
            counts = row.locator("td.number").last.inner_text()
            assert counts == f"{before[star]} → {after[star]}"
        assert seen.page.inner_text("#unreadable") == "0"
        assert seen.page.inner_text("#changed") == "7"
        assert "outside" in seen.page.inner_text("#stars")
        groups = seen.page.locator("#groups tbody td:first-child").all_inner_texts()
        assert sum(map(int, groups)) == 7
        assert seen.page.locator("img").count() == 0
        rows = seen.page.locator("#coverage tbody tr").all_inner_texts()
        assert "packages covered\t1" in rows
        assert "packages missing\t1" in rows
        assert "manifests whose package is gone\t17" in rows


def test_a_page_stays_small_however_many_labels_and_limits_there_are(
    reported: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = dashboard(Evidence(reported.world.run()).finished)
    monkeypatch.setattr(audit_report, "_ROWS", 1)
    monkeypatch.setattr(audit_report, "_GROUPS", 1)

    page = dashboard(Evidence(reported.world.run()).finished)

    assert whole.encode() == reported.read(DASHBOARD)
    assert "And 2 labels more." in page
    assert "And 2 limits more." in page
    assert "in 1 smaller group" in page
    assert "And 2 rules that hold in fewer modules." in page
    assert len(page) < len(whole)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    chromium: Browser, reported: Reported, scheme: Literal["light", "dark"]
) -> None:
    axe = needs_file("tests/axe/node_modules/axe-core/axe.min.js", "npm ci --prefix tests/axe")
    with opened(chromium, reported.world.audit(DASHBOARD), scheme=scheme) as seen:
        seen.page.evaluate(axe.read_text("utf-8"))
        found = seen.page.evaluate("axe.run()")
        serious = [
            each for each in found["violations"] if each["impact"] in {"serious", "critical"}
        ]
        assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []
        assert len(found["passes"]) > 15
