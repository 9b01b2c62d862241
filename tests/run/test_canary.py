"""`canary`: the report that somebody decides from, as JSON and as a page."""

import json
from collections import Counter
from typing import TypedDict

import pytest
from program.documents import Edit, complaints
from program.repositories import git
from program.run import starlang, succeed
from run.test_apply import refused
from run.world import RULES, SETTINGS, World, silent

from starlang.errors import GateClosedError, UnsafeError
from starlang.run.apply import apply
from starlang.run.approve import approve
from starlang.run.canary import canary
from starlang.run.canary_report import FILE, LIST, NO_DIRECTORY, PAGE, PYTHON
from starlang.run.pin import pin

pytestmark = pytest.mark.requirement("R22")


WHOLE = "[canary]\npercent = 100\n"


class Share(TypedDict):
    name: str
    manifests: int
    changing: int
    chosen: int
    chosen_changing: int


class Sample(TypedDict):
    manifests: int
    changing: int
    chosen: list[str]
    divisions: list[Share]
    critical: list[Share]


class Module(TypedDict):
    path: str
    current: str
    label: str
    canary: bool
    why: str
    diff: str
    facets: dict[str, list[str]]
    edits: list[Edit]


class Report(TypedDict):
    status: str
    plan: str
    commit: str
    made_by: str
    sample: Sample
    distribution: dict[str, dict[str, int]]
    canary: dict[str, dict[str, int]]
    canary_count: int
    star_distribution_after: dict[str, int]
    promotions: list[dict[str, str]]
    checks: list[dict[str, object]]
    since: str
    news: list[str]
    code: dict[str, str]
    modules: list[Module]


def report_of(world: World) -> Report:
    found: Report = json.loads(world.audit(FILE).read_bytes())
    return found


@pytest.fixture
def wide(world: World) -> World:
    """Twenty-two of twenty-three modules would change, twenty of them in one directory."""
    world.project.config(SETTINGS + '[canary]\ncritical = ["store/memory/deep", "nowhere"]\n')
    for number in range(18):
        world.project.manifest(f"store/memory/m{number:02}", owner="ops")
    world.project.manifest("store/memory/deep/one", owner="ops")
    world.project.manifest("attic/guard", owner="ops")
    world.prepared()
    return world


@pytest.mark.requirement("R21")
def test_the_sample_is_listed_with_its_parts(wide: World) -> None:
    canary(wide.run(), silent)

    sample = report_of(wide)["sample"]
    listed = wide.audit(LIST).read_text().splitlines()
    assert listed == sample["chosen"] == sorted(listed)
    assert (sample["manifests"], sample["changing"]) == (23, 22)
    single = {"attic/guard", "gate/guard", "store/memory/deep/one", "web/page"}
    assert {f"manifests/{path}/module.manifest.json" for path in single} <= set(listed)
    assert {each["name"]: each["changing"] for each in sample["divisions"]} == {
        "attic": 1,
        "gate": 1,
        "store": 20,
        "web": 0,
    }
    assert all((wide.root / path).is_file() for path in listed)
    assert 5 <= len(listed) <= 6


@pytest.mark.requirement("R21")
def test_a_critical_prefix_without_manifests_is_said_once_and_in_the_report(wide: World) -> None:
    done = succeed("canary", cwd=wide.root)

    empty = {"name": "nowhere", "manifests": 0, "changing": 0, "chosen": 0, "chosen_changing": 0}
    assert report_of(wide)["sample"]["critical"][1] == empty
    assert "nowhere" not in done.said
    assert wide.audit(PAGE).read_text("utf-8").count("nowhere") == 1


def test_the_report_has_what_the_order_asks_for_under_its_names(wide: World) -> None:
    canary(wide.run(), silent)

    report = report_of(wide)
    listed = wide.audit(LIST).read_text().splitlines()
    assert report["canary_count"] == len(listed)
    gained = {each["path"]: each["to"] for each in report["promotions"]}
    chosen = [each for each in report["modules"] if each["canary"]]
    assert gained == {each["path"]: each["label"].split()[1] for each in chosen}
    assert {each["from"] for each in report["promotions"]} == {"Supporting"}
    assert {each["confidence"] for each in report["promotions"]} <= {"0.800000", "0.900000"}
    after = Counter(gained.values()) + Counter(Supporting=len(listed) - len(gained))
    assert report["star_distribution_after"] == dict(after)


SHARES = """
[accept.shares]
Supporting = "4% to 4.5%"
Trail = "86.95% to 100%"
Watch = "0% to 8.6%"
"""


def test_shares_are_shown_and_limit_nothing(wide: World) -> None:
    """Of twenty-three modules twenty get Trail (86.957 %), two Watch (8.696 %)."""
    wide.project.config(SETTINGS + SHARES)
    succeed("pin", cwd=wide.root)
    assert "error" not in succeed("canary", cwd=wide.root).said

    assert complaints("canary", wide.audit(FILE).read_bytes()) == []
    shares = json.loads(wide.audit(FILE).read_bytes())["shares"]
    assert [(each["star"], each["before"], each["after"], each["met"]) for each in shares] == [
        ("Supporting", "100.00", "4.35", True),
        ("Trail", "0.00", "86.96", True),
        ("Watch", "0.00", "8.70", False),
    ]
    page = wide.audit(PAGE).read_text("utf-8")
    for words in ("4% to 4.5%", "86.95% to 100%", "8.70%", ">outside<"):
        assert page.count(words) == 1, words


def test_a_share_of_a_star_that_is_none_is_named_before_anything_is_pinned(world: World) -> None:
    world.project.config(SETTINGS + '[accept.shares]\nTrial = "1% to 2%"\n')
    for command in ("pin", "check"):
        done = starlang(command, cwd=world.root)
        assert done.code == 1
        said = done.said + done.text
        assert "E715" in said
        assert "Trail" in said
    assert not world.audit("digests.json").exists()


def test_its_figures_are_those_of_the_plan(wide: World) -> None:
    canary(wide.run(), silent)

    plan = json.loads(succeed("plan", "--format", "json", cwd=wide.root).out)
    report = report_of(wide)
    assert report["plan"] == plan["digest"]
    assert report["distribution"] == plan["distribution"]
    assert report["status"] == "PENDING_APPROVAL"
    changing = {each["path"]: each for each in plan["modules"] if each["outcome"] == "promoted"}
    assert {each["path"] for each in report["modules"]} == changing.keys()
    for each in report["modules"]:
        assert each["why"] == changing[each["path"]]["why"]
        name = f"manifests/{each['path']}/module.manifest.json"
        assert each["canary"] == (name in report["sample"]["chosen"])
    chosen = len(report["sample"]["chosen"])
    assert sum(report["canary"]["before"].values()) == chosen
    assert report["canary"]["before"] == {"Supporting": chosen}


def test_its_diffs_are_what_git_would_apply(wide: World) -> None:
    canary(wide.run(), silent)
    patch = "".join(each["diff"] for each in report_of(wide)["modules"])
    wide.project.write("all.patch", patch)
    git(wide.root, "apply", "--check", "all.patch")
    git(wide.root, "apply", "all.patch")

    for each in report_of(wide)["modules"]:
        document = json.loads(wide.manifest(each["path"]).read_bytes())
        assert document["constellation_alignment"]["primary_star"] == each["label"]


def test_the_documents_are_as_their_schemas_say(wide: World) -> None:
    plan = canary(wide.run(), silent).reported.head.plan
    assert complaints("canary", wide.audit(FILE).read_bytes()) == []
    approve(wide.run("bob"), plan, "bob", 7)
    apply(wide.run(), silent)

    succeed("verify", cwd=wide.root)
    assert complaints("verification", wide.audit("verification.json").read_bytes()) == []
    printed = succeed("verify", "--format", "json", cwd=wide.root).out
    assert complaints("verification", printed) == []


def test_without_write_no_manifest_changes(wide: World) -> None:
    before = wide.manifests()
    made = canary(wide.run(), silent)

    assert made.written is None
    assert wide.manifests() == before


def test_with_write_only_the_canary_changes(wide: World) -> None:
    before = wide.manifests()
    made = canary(wide.run(), silent, write=True)

    changed = {path for path, now in wide.manifests().items() if now != before[path]}
    chosen = report_of(wide)["sample"]["chosen"]
    changing = {each["path"] for each in report_of(wide)["modules"]}
    names = {f"manifests/{path}/module.manifest.json" for path in changing}
    assert changed == names.intersection(chosen)
    assert made.written == len(changed)
    assert len(changed) < len(chosen)
    assert canary(wide.run(), silent, write=True).written == 0


@pytest.mark.fault_row(35)
def test_a_breached_ceiling_stops_before_anything_is_written(world: World) -> None:
    world.project.rules(f"{RULES}\nceilings {{\n  at most 1 promoted\n}}\n")
    world.prepared()

    assert refused(lambda: canary(world.run(), silent), UnsafeError) == ["E801"]
    assert not world.audit(FILE).exists()


def test_a_check_that_fails_is_in_the_report(world: World) -> None:
    world.project.config('[verify]\nprotected = ["owner", "tier"]\n')
    world.prepared()

    done = starlang("canary", cwd=world.root)

    assert done.code == 5
    assert "E985" in done.said
    report = report_of(world)
    assert report["status"] == "FAILED"
    assert [each["check"] for each in report["checks"] if each["verdict"] == "fails"] == ["tier"]
    assert "cannot be approved" in world.audit(PAGE).read_text("utf-8")


@pytest.mark.fault_row(58, 59, 60)
def test_hostile_names_and_values_stay_text(world: World) -> None:
    world.project.config('[guards]\nunportable = "allow"\nuppercase = "allow"\n' + SETTINGS + WHOLE)
    hostile = (
        "</script><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202egnp\nweb/page"
    )
    world.project.manifest(f"store/memory/{hostile.replace('/', '')}", owner=hostile)
    world.prepared()

    canary(world.run(), silent)

    page = world.audit(PAGE).read_text("utf-8")
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "\x1b" not in world.audit(LIST).read_text()
    listed = world.audit(LIST).read_text().splitlines()
    assert len(listed) == 4
    assert listed.count("manifests/web/page/module.manifest.json") == 1


def test_it_says_what_is_new_since_the_report_before(world: World) -> None:
    world.reported()
    assert report_of(world)["since"] == ""
    assert 'id="since"' not in world.audit(PAGE).read_text("utf-8")
    world.project.rules(f"{RULES}\nrule trail-page -> Trail weight 0.80 when path mentions page\n")
    pin(world.run())
    canary(world.run(), silent)

    report = report_of(world)
    assert report["news"] == ["web/page"]
    assert "1 module decided differently: web/page" in report["since"]
    page = world.audit(PAGE).read_text("utf-8")
    assert "Since the report before:" in page
    canary(world.run(), silent)
    assert world.audit(PAGE).read_text("utf-8") == page


@pytest.mark.parametrize(
    ("files", "known"),
    [
        (None, "no such directory"),
        ({"README": "text"}, "no Python file"),
        ({"__init__.py": ""}, "an empty `__init__.py` alone"),
        ({"__init__.py": "import os"}, "an `__init__.py` alone"),
        ({"__init__.py": "", "store.py": ""}, "Python files"),
    ],
)
def test_it_says_what_is_known_of_the_code(
    world: World, files: dict[str, str] | None, known: str
) -> None:
    world.project.config(f'{SETTINGS}\n[graph]\nsource = "src"\n')
    for name, text in (files or {}).items():
        world.project.write(f"src/store/memory/{name}", text)
    world.reported()

    modules = {each["path"]: each["facets"] for each in report_of(world)["modules"]}
    assert modules["store/memory"]["source code"] == [known]
    assert f'"{known}"' in world.audit(PAGE).read_text("utf-8")


@pytest.mark.fault_row(125)
def test_code_that_changes_after_the_report_voids_nothing(world: World) -> None:
    """Source is not pinned. What the report says of it is said once, and covered from then on."""
    world.project.config(f'{SETTINGS}\n[graph]\nsource = "src"\n')
    plan = world.reported()
    page = world.audit(PAGE).read_text("utf-8")
    assert report_of(world)["code"] == dict.fromkeys(("store/memory", "gate/guard"), NO_DIRECTORY)
    assert 'id="word">What the source code is cannot be checked again later' in page
    world.project.write("src/store/memory/store.py", "")

    approve(world.run("bob"), plan, "bob", 7)
    assert apply(world.run(), silent, dry_run=True).left == 2
    assert world.audit(PAGE).read_text("utf-8") == page

    assert canary(world.run(), silent).is_new
    assert report_of(world)["code"]["store/memory"] == PYTHON
    with pytest.raises(GateClosedError) as raised:
        apply(world.run(), silent)
    assert [each.code for each in raised.value.diagnostics] == ["E963"]

    file = world.audit(FILE)
    file.write_text(file.read_text().replace(f'"{PYTHON}"', '"very good code"'))
    with pytest.raises(GateClosedError) as raised:
        approve(world.run("bob"), plan, "bob", 7)
    assert [each.code for each in raised.value.diagnostics] == ["E953"]
