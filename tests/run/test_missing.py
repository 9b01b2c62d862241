"""`--with-missing`: one run, and one approval, for manifests that are made and that are changed."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from program.browser import browser, opened
from program.projects import Project
from program.repositories import commit_all, git
from program.run import starlang, succeed
from program.tools import needs_file
from run.test_apply import refused
from run.test_canary_page import BROKEN, OUT
from run.test_signing import APPROVAL, BOB, MAKER, Keys
from run.world import RULES, SETTINGS, World, silent

from starlang.accept.accept import accept
from starlang.accept.criterion import Result
from starlang.run.apply import apply
from starlang.run.approve import approve
from starlang.run.artifacts import finished_run
from starlang.run.audit_report import dashboard
from starlang.run.backup import backup
from starlang.run.canary import CanaryMade, canary
from starlang.run.canary_page import page
from starlang.run.gates import Gates
from starlang.run.pin import pin
from starlang.run.report import message_of, report
from starlang.run.rollback import rollback
from starlang.run.verify import verify

pytestmark = pytest.mark.requirement("R27")

NEW = "manifests/lake/memory/module.manifest.json"
SILENT = "manifests/lake/shore/module.manifest.json"
MARKERS = "<!-- starlang small: begin -->\n<!-- starlang small: end -->\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two modules that would be promoted, one that would not; two packages without a manifest."""
    made = Project(tmp_path / "repo")
    made.config(f'schema = "manifest-1.1"\nschema_version = "1.1.0"\n{SETTINGS}')
    made.rules(RULES)
    for path in ("store/memory", "gate/guard", "web/page"):
        made.manifest(path, owner="ops")
        made.write(f"{path}/__init__.py", "")
    made.write("lake/memory/__init__.py", "import yaml\n")
    made.write("lake/shore/__init__.py", "")
    made.write("docs/CONSTELLATION_TOP.md", MARKERS)
    commit_all(made.root)
    return World(made)


def tree(root: Path) -> dict[str, str]:
    """Every file and directory but those of git and of the run, files by digest."""
    return {
        path.relative_to(root).as_posix(): sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "directory"
        for path in root.rglob("*")
        if not path.relative_to(root).parts[0].startswith((".git", ".backups", "docs"))
    }


def document(world: World, name: str) -> dict[str, object]:
    found = json.loads(world.audit(name).read_bytes())
    assert isinstance(found, dict)
    return found


def plan(world: World, *options: str) -> dict[str, object]:
    found = json.loads(succeed("plan", *options, "--format", "json", cwd=world.root).out)
    assert isinstance(found, dict)
    return found


def begun(world: World) -> CanaryMade:
    """The run, up to the canary."""
    pin(world.run())
    assert backup(world.run(), with_missing=True).drafts == 2
    return canary(world.run(), silent)


def finished(world: World, digest: str) -> None:
    """The rest of it, up to the report."""
    approve(world.run("bob"), digest, BOB, 7)
    apply(world.run(), silent)
    assert verify(world.run()).holds


def test_a_plan_has_what_would_be_made_and_its_digest_binds_the_bytes(world: World) -> None:
    before = tree(world.root)
    alone, both = plan(world), plan(world, "--with-missing")

    assert len(alone["modules"]) == 3  # type: ignore[arg-type] # -- JSON
    assert "new" not in alone
    assert both["new"] == ["lake/memory", "lake/shore"]
    assert both["distribution"] == {
        "before": {"Supporting": 3},
        "after": {"Supporting": 2, "Trail": 2, "Watch": 1},
    }
    assert both["digest"] != alone["digest"]
    assert "It creates 2 manifests." in succeed("plan", "--with-missing", cwd=world.root).text
    assert tree(world.root) == before

    world.project.write("lake/shore/__init__.py", "import six\n")  # decided alike, other bytes
    other = plan(world, "--with-missing")
    assert other["distribution"] == both["distribution"]
    assert other["digest"] != both["digest"]


def test_one_run_makes_and_changes_and_takes_both_back(world: World) -> None:
    root, before, planned = world.root, tree(world.root), plan(world, "--with-missing")
    pin(world.run())
    said = succeed("backup", "--with-missing", cwd=root).said
    assert "2 manifests are to be made; `starlang coverage` lists their packages" in said
    said = succeed("canary", cwd=root).said
    assert "the plan changes 2 of 3 manifests, and creates 2" in said
    found = document(world, "canary_report.json")
    assert found["plan"] == planned["digest"]
    assert found["sample"]["creating"] == 2  # type: ignore[index] # -- JSON
    listed: list[dict[str, str]] = found["modules"]  # type: ignore[assignment] # -- JSON
    diffs = {each["path"]: each["diff"] for each in listed}
    assert diffs.keys() == {"store/memory", "gate/guard", "lake/memory", "lake/shore"}
    assert '+        "package": "yaml"' in diffs["lake/memory"]
    page = world.audit("canary_report.html").read_text("utf-8")
    assert "2 manifests of 3 would change, and 2 would be made" in " ".join(page.split())
    assert "The plan creates 2 manifests" in page

    assert "3 manifests, and 2 to be made," in succeed("status", cwd=root).text
    digest = str(planned["digest"]).removeprefix("sha256:")[:16]
    said = succeed("approve", digest, "--by", BOB, cwd=root).said
    assert "approves changes of 4 manifests (of which 2 are new)" in said
    world.clock.turn(datetime.now(UTC))  # the command has told the time of the machine
    assert apply(world.run(), silent).written == 4
    assert verify(world.run()).holds
    promoted = json.loads((root / NEW).read_bytes())
    assert promoted["constellation_alignment"]["primary_star"] == "✦ Trail (Memory)"
    assert promoted["dependencies"]["external"] == [{"package": "yaml"}]
    text = (root / SILENT).read_text("utf-8")
    assert json.loads(text)["constellation_alignment"]["primary_star"] == "Supporting"
    assert [line[1:] for line in diffs["lake/shore"].splitlines()[3:]] == text.splitlines()
    assert succeed("coverage", cwd=root).text.startswith("5 packages = 5 covered")

    report(world.run())
    early, late = (document(world, f"star_distribution_{when}.json") for when in BOTH)
    assert early["distribution"] == {"Supporting": 3, "Trail": 0, "Watch": 0}
    assert late["distribution"] == {"Supporting": 2, "Trail": 2, "Watch": 1}
    counts = ("manifests", "modules", "unreadable")
    assert [early[name] for name in counts] == [3, 3, 0]
    assert [late[name] for name in counts] == [5, 5, 0]
    rows = world.audit("promotions.csv").read_text("utf-8").splitlines()
    assert [row.split(",")[:3] for row in rows[1:]] == [
        ["gate/guard", "Supporting", "Watch"],
        ["lake/memory", "", "Trail"],
        ["store/memory", "Supporting", "Trail"],
    ]
    message = message_of(world.run())
    assert "stars of 2 of 3 manifests from rules, and 2 new manifests" in message
    assert "coverage: 60.00 % -> 100.00 % of 5 packages" in message
    failing = {each.criterion.number for each in accept(world.run()).failing}
    assert failing == {8}  # the rules have no ceilings

    said = succeed("rollback", cwd=root).said
    assert "put back and verified 2 manifests; removed 2 manifests that the run had made" in said
    assert tree(root) == before


BOTH = ("before", "after")


def test_where_signatures_are_asked_for_the_run_is_the_way(world: World, tmp_path: Path) -> None:
    root, keys = world.root, Keys(tmp_path)
    may = f'namespaces="starlang-report@example.org" {keys.public("maker")}'
    config = root / "configs" / "starlang.toml"
    config.write_text(config.read_text("utf-8") + APPROVAL, "utf-8")
    signers = f"{BOB} {keys.public('bob')}\n{MAKER} {may}\n"
    world.project.write("configs/allowed_signers", signers)
    commit_all(root, "signatures are asked for")

    alone = starlang("generate", "--write", cwd=root)
    assert alone.code == 4
    assert "error[E991]" in alone.said
    assert "`starlang backup --with-missing`" in alone.said

    begun(world)
    made = canary(world.run(), silent, by=MAKER, key=str(keys.private("maker")))
    digest = made.reported.head.plan
    assert refused(lambda: approve(world.run("bob"), digest, BOB, 7)) == ["E966"]
    approve(world.run("bob"), digest, BOB, 7, str(keys.private("bob")))
    assert apply(world.run(), silent).written == 4
    assert (root / NEW).is_file()
    assert verify(world.run()).holds
    report(world.run())
    results = {each.criterion.number: each.result for each in accept(world.run()).criteria}
    assert {number for number in results if results[number] is Result.FAILS} == {8}
    assert results[5] is Result.HOLDS


def test_what_happens_between_backup_and_approval_is_seen(world: World) -> None:
    begun(world)
    by_hand = world.project.manifest("lake/memory")
    assert refused(lambda: canary(world.run(), silent)) == ["E959"]
    shutil.rmtree(by_hand.parent.parent)

    world.project.write("lake/memory/__init__.py", "import six\n")
    assert refused(lambda: canary(world.run(), silent)) == ["E882"]
    backup(world.run(), with_missing=True)
    made = canary(world.run(), silent, write=True)
    assert made.written
    assert (world.root / SILENT).is_file()  # it is one of the canary
    assert not (world.root / NEW).exists()
    rollback(world.run(), silent)
    assert git(world.root, "status", "--porcelain", "manifests") == ""


def test_a_project_without_any_manifest_can_begin_so(world: World) -> None:
    root = world.root
    shutil.rmtree(root / "manifests")
    (root / "manifests").mkdir()
    world.project.write("CODEOWNERS", "* @ops\n")
    commit_all(root, "none")

    pin(world.run())
    assert backup(world.run(), with_missing=True).drafts == 5
    finished(world, canary(world.run(), silent).reported.head.plan)
    assert succeed("coverage", cwd=root).text.startswith("5 packages = 5 covered")
    undone = rollback(world.run(), silent)
    assert undone.words == "removed 5 manifests that the run had made"
    assert not any((root / "manifests").iterdir())


MANY = 2_000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Of 2,000 modules that all change, half of them because their manifests are made."""
    project = Project(tmp_path_factory.mktemp("many") / "repo")
    project.config('[verify]\nprotected = ["owner"]\n')
    project.rules(RULES)
    for number in range(MANY):
        path = f"area_{number % 40}/part_{number:04}/{('memory', 'guard')[number % 3 == 0]}_store"
        project.write(f"{path}/__init__.py", f"import package_{number % 7}\n")
        if number % 2:
            project.manifest(path, owner=f"team_{number % 20}")
    commit_all(project.root)
    world = World(project)
    pin(world.run())
    assert backup(world.run(), with_missing=True).drafts == MANY // 2
    run = world.run()
    reported = Gates(run).made
    assert len(reported.planned.rewritings) == MANY
    texts = {"report": page(reported), "dashboard": dashboard(finished_run(run, reported))}
    return {name: project.write(f"{name}.html", text) for name, text in texts.items()}


@pytest.mark.requirement("R29")
def test_pages_stay_small_and_read_well_for_two_thousand_modules(
    chromium: Browser, pages: dict[str, Path]
) -> None:
    for file in pages.values():
        assert file.stat().st_size < 1_000_000
        with opened(chromium, file, width=390) as seen:
            assert seen.page.evaluate(BROKEN) == []
            assert seen.page.evaluate(OUT) == []
            assert seen.page.evaluate("document.documentElement.scrollWidth") == 390
            assert seen.complaints == []
    with opened(chromium, pages["dashboard"]) as seen:
        assert seen.page.inner_text("#created") == f"{MANY // 2:,}"


@pytest.mark.requirement("R29")
def test_axe_finds_nothing_serious_in_them(chromium: Browser, pages: dict[str, Path]) -> None:
    axe = needs_file("tests/axe/node_modules/axe-core/axe.min.js", "npm ci --prefix tests/axe")
    for file in pages.values():
        with opened(chromium, file) as seen:
            seen.page.evaluate(axe.read_text("utf-8"))
            found = seen.page.evaluate("axe.run()")["violations"]
            bad = [each for each in found if each["impact"] in {"serious", "critical"}]
            assert [(each["id"], each["nodes"][0]["html"]) for each in bad] == []
