"""What was read and signed stays so: report, page, list and approval, before and after a run."""

import json
import os
import shutil
from pathlib import Path

import pytest
from program.documents import complaints
from program.repositories import commit_all, git
from program.run import starlang, succeed
from run.test_apply import refused
from run.world import SETTINGS, START, World, silent

from starlang.errors import GateClosedError
from starlang.run.apply import apply
from starlang.run.approval_file import FILE as APPROVAL
from starlang.run.approve import approve
from starlang.run.audit_files import document
from starlang.run.backup import backup
from starlang.run.canary import canary
from starlang.run.canary_report import FILE, LIST, PAGE
from starlang.run.gates import Gates
from starlang.run.rollback import rollback
from starlang.run.status import status
from starlang.run.transactions import SPENT, transactions
from starlang.run.verify import verify
from starlang.texts.lookalikes import readable
from starlang.transaction.journal import Phase, Progressed

pytestmark = pytest.mark.requirement("R47")

THREE = (LIST, FILE, PAGE)
MODULE = "store/memory"


def without_a_module(world: World) -> None:
    """Takes a module out of list, report and page, as somebody who has something to hide."""
    listed = world.audit(LIST)
    listed.write_text("".join(x for x in listed.read_text().splitlines(True) if MODULE not in x))
    report = json.loads(world.audit(FILE).read_bytes())
    report["modules"] = [each for each in report["modules"] if each["path"] != MODULE]
    report["sample"]["chosen"] = [each for each in report["sample"]["chosen"] if MODULE not in each]
    world.audit(FILE).write_text(json.dumps(report, ensure_ascii=False, indent=2, sort_keys=True))
    world.audit(PAGE).write_text(world.audit(PAGE).read_text("utf-8").replace(MODULE, "web/page"))


def open_steps(world: World) -> dict[str, list[tuple[str, str]]]:
    """Step -> code and file of what it complains about, of each step that is open."""
    return {
        each.step: [(finding.code, finding.file) for finding in each.findings]
        for each in status(world.run()).steps
        if each.state.value == "open"
    }


def named(name: str, code: str) -> tuple[str, str]:
    return code, f"docs/audits/small_{name}"


@pytest.mark.fault_row(115)
def test_what_was_taken_out_of_the_report_is_noticed_by_every_step(world: World) -> None:
    plan = world.reported()
    without_a_module(world)
    altered = [named(name, "E971") for name in THREE]

    for step in (
        lambda: approve(world.run("bob"), plan, "bob", 7),
        lambda: apply(world.run(), silent),
    ):
        with pytest.raises(GateClosedError) as raised:
            step()
        assert [(each.code, each.file) for each in raised.value.diagnostics] == altered
    assert open_steps(world) == {"canary": altered}
    assert refused(lambda: verify(world.run())) == ["E955"]
    assert canary(world.run(), silent).is_new
    approve(world.run("bob"), plan, "bob", 7)


@pytest.mark.fault_row(115)
@pytest.mark.parametrize("name", THREE)
def test_each_file_is_made_again_and_compared(world: World, name: str) -> None:
    world.approved()
    file = world.audit(name)
    before = file.read_bytes()
    for data in (before + b" ", before[:-1], before.replace(b"memory", b"m\xd0\xb5mory", 1), None):
        file.unlink() if data is None else file.write_bytes(data)
        if name == FILE and data is None:
            assert refused(lambda: apply(world.run(), silent)) == ["E955"]
        else:
            assert refused(lambda: apply(world.run(), silent))[0] in {"E953", "E960", "E971"}
    file.write_bytes(before)

    assert apply(world.run(), silent).written == 2


def test_whoever_made_it_elsewhere_may_differ_in_all_three_alike(world: World) -> None:
    """Time, maker and commit are shown; a report that was made again is the same report."""
    world.approved()
    for name in (FILE, PAGE):
        file = world.audit(name)
        file.write_text(file.read_text("utf-8").replace("alice", "carol"), "utf-8")

    assert apply(world.run(), silent).written == 2


@pytest.mark.fault_row(62, 121)
@pytest.mark.parametrize("name", [*THREE, APPROVAL])
@pytest.mark.parametrize("how", ["edited", "deleted"])
def test_after_the_run_every_change_is_noticed_and_put_right(
    world: World, name: str, how: str
) -> None:
    run = world.applied()
    assert verify(run).holds
    assert status(world.run()).next == "starlang report"
    file = world.audit(name)
    before = file.read_bytes()
    if how == "edited":
        file.write_bytes(before + b"\n")
    else:
        file.unlink()

    found = verify(world.run())
    assert [(each.code, each.file) for each in found.findings] == [named(name, "E974")]
    assert starlang("verify", cwd=world.root).code == 3
    (step,) = open_steps(world)
    assert step in {"canary", "apply"}
    manifests = world.manifests()
    assert apply(world.run(), silent).put_back == (name,)
    assert file.read_bytes() == before
    assert world.manifests() == manifests
    assert open_steps(world).keys() <= {"verify", "report"}


@pytest.mark.fault_row(121)
def test_after_the_run_a_work_tree_that_was_moved_is_noticed(world: World) -> None:
    verify(world.applied())
    (tree,) = world.root.parent.glob("repo-manifests-*")
    tree.rename(tree.with_name("elsewhere"))

    assert [each.code for each in verify(world.run()).findings] == ["E975"]
    (found,) = open_steps(world).items()
    assert found == ("backup", [("E975", "")])
    hint = next(each.findings[0].hint for each in status(world.run()).steps if each.findings)
    command = hint.partition("`")[2].rstrip("`").split()
    git(world.root, *command[1:])
    assert verify(world.run()).holds


@pytest.mark.requirement("R23")
@pytest.mark.fault_row(52, 116)
def test_a_spent_approval_is_recorded_in_what_is_committed(world: World, tmp_path: Path) -> None:
    world.approved()
    approval = world.audit(APPROVAL).read_bytes()
    commit_all(world.root, "approved")
    for name in ("early", "late"):
        git(tmp_path, "clone", "-q", f"file://{world.root}", name)
    assert apply(world.run(), silent).written == 2
    assert complaints("spent", world.audit(SPENT).read_bytes()) == []
    rollback(world.run(), silent)
    commit_all(world.root, "applied, and taken back")
    git(tmp_path / "late", "pull", "-q")

    late = World(type(world.project)(tmp_path / "late"), world.clock)
    backup(late.run("ci"))
    assert late.audit(APPROVAL).read_bytes() == approval
    assert refused(lambda: apply(late.run("ci"), silent)) == ["E965"]
    early = World(type(world.project)(tmp_path / "early"), world.clock)
    backup(early.run("ci"))
    assert apply(early.run("ci"), silent).written == 2  # it cannot know


@pytest.mark.requirement("R23")
@pytest.mark.fault_row(52)
def test_an_approval_for_a_later_run_than_the_next_is_refused(world: World, tmp_path: Path) -> None:
    world.approved()
    commit_all(world.root, "approved")
    git(tmp_path, "clone", "-q", f"file://{world.root}", "clone")
    apply(world.run(), silent)
    rollback(world.run(), silent)
    approve(world.run("bob"), Gates(world.run()).planned.digest, "bob", 7)
    other = World(type(world.project)(tmp_path / "clone"), world.clock)
    shutil.copy(world.audit(APPROVAL), other.audit(APPROVAL))
    backup(other.run())

    with pytest.raises(GateClosedError) as raised:
        apply(other.run(), silent)
    (finding,) = raised.value.diagnostics
    assert finding.code == "E965"
    assert "run 2" in finding.message
    shutil.copy(world.audit(SPENT), other.audit(SPENT))
    assert apply(other.run(), silent).written == 2


@pytest.mark.fault_row(52)
def test_a_record_that_was_taken_back_is_written_again(world: World) -> None:
    verify(world.applied())
    world.audit(SPENT).unlink()

    assert open_steps(world) == {"apply": [named(SPENT, "E974")]}
    assert apply(world.run(), silent).put_back == (SPENT,)
    rollback(world.run(), silent)
    world.audit(SPENT).unlink()
    assert refused(lambda: apply(world.run(), silent)) == ["E965"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "starlang-spent/1"}', "{}"])
def test_a_record_that_cannot_be_read_stops_everything(world: World, text: str) -> None:
    world.approved()
    world.audit(SPENT).write_text(text)

    assert refused(lambda: apply(world.run(), silent)) == ["E953"]


def test_an_approval_whose_run_failed_is_not_spent(world: World) -> None:
    run = world.approved()
    saved = b'{"saved": "by an editor"}\n'
    page = world.manifest("store/memory")
    before = page.read_bytes()

    def save(now: Progressed) -> None:
        if now.phase is Phase.WRITING:
            page.write_bytes(saved)

    assert refused(lambda: apply(run, save)) == ["E924"]
    assert [each.was_committed for each in transactions(world.run())] == [False]
    page.write_bytes(before)

    assert apply(world.run(), silent).written == 2


OVERRIDE, ZERO_WIDTH, CYRILLIC_E, BLANK = "\u202e", "\u200b", "\u0435", "\u2800"


@pytest.mark.fault_row(31, 58, 59, 119)
def test_what_deceives_the_eye_is_shown_escaped_and_named(world: World) -> None:
    """In a path, an owner and the text of a manifest; a look-alike of another path, and of one."""
    world.project.manifest(f"store/m{CYRILLIC_E}mory/guard", owner="ops")
    world.project.manifest("attic/guard", owner=f"o{ZERO_WIDTH}ps")
    file = world.project.manifest("hall/guard", owner=f"{BLANK}ops")
    text = file.read_text("utf-8").replace("hall.guard", f"hall.{OVERRIDE}draug")
    file.write_text(text, "utf-8")
    world.project.config(SETTINGS + '[guards]\nunportable = "allow"\n[canary]\npercent = 100\n')
    commit_all(world.root, "odd")
    world.prepared()

    found = canary(world.run(), silent).reported.oddities

    looks = [each.message for each in found if each.code == "W977"]
    assert looks == [
        "`store/m\\u0435mory` looks like `store/memory`: it has U+0435 CYRILLIC SMALL LETTER IE",
        "`o\\u200bps` looks like `ops`: it has U+200B ZERO WIDTH SPACE",
        "`\\u2800ops` looks like `ops`: it has U+2800 BRAILLE PATTERN BLANK",
    ]
    unseen = "".join(each.message for each in found if each.code == "W976")
    for name in ("U+202E RIGHT-TO-LEFT OVERRIDE", "U+200B ZERO WIDTH SPACE", "U+2800 BRAILLE"):
        assert name in unseen
    for name in THREE:
        read = world.audit(name).read_text("utf-8")
        for character in (OVERRIDE, ZERO_WIDTH, CYRILLIC_E, BLANK):
            assert character not in read, (name, character)
    assert "store/m\\u0435mory/guard" in world.audit(LIST).read_text()
    report = json.loads(world.audit(FILE).read_bytes())
    assert f"store/m{CYRILLIC_E}mory/guard" in {each["path"] for each in report["modules"]}
    assert complaints("canary", world.audit(FILE).read_bytes()) == []
    done = succeed("canary", cwd=world.root)
    assert "W977" in done.said
    assert CYRILLIC_E not in done.said.partition("report is as it was")[0]
    approve(world.run("bob"), report["plan"], "bob", 7)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u0441ore", "\\u0441ore"),
        ("\u043e\u0441\u0430", "\\u043e\\u0441\\u0430"),
        ("\uff4f\uff50\uff53", "\\uff4f\\uff50\\uff53"),
        ("a\u200db", "a\\u200db"),
        ("a\u3164", "a\\u3164"),
        ("\ufe0fa", "\\ufe0fa"),
    ],
)
def test_what_could_be_read_as_something_else_is_escaped(text: str, shown: str) -> None:
    assert readable(text) == shown
    assert json.loads(document(text)) == text
    assert text not in document(text).decode()


@pytest.mark.parametrize(
    "text",
    [
        "caf\xe9",
        "\u043f\u0430\u043c\u044f\u0442\u044c",
        "\u65e5\u672c",
        "Stra\xdfe",
        "\u2726 Trail (Memory)",
        "\U0001f6e1\ufe0f Watch",
        "1\ufe0f\u20e3",
        "\U0001f469\u200d\U0001f680",
    ],
)
def test_what_cannot_deceive_is_shown_as_it_is(text: str) -> None:
    assert readable(text) == text
    assert text in document(text).decode()


@pytest.mark.fault_row(119)
def test_an_approver_is_named_in_letters_that_pass_for_no_others(world: World) -> None:
    plan = world.reported()

    with pytest.raises(GateClosedError) as raised:
        approve(world.run(), plan, "\u0430lice@example.org", 7)
    (finding,) = raised.value.diagnostics
    assert finding.code == "E967"
    assert "`\\u0430lice@example.org`" in finding.message
    assert "U+0430 CYRILLIC SMALL LETTER A" in finding.message


def modes(world: World) -> set[int]:
    names = (*THREE, "verification.json")
    return {world.audit(name).stat().st_mode & 0o777 for name in names}


@pytest.mark.fault_row(45, 120)
def test_reports_are_as_secret_as_what_they_quote(world: World) -> None:
    verify(world.applied())
    assert modes(world) == {0o644}
    world.manifest("gate/guard").chmod(0o640)
    (world.root / "rules" / "main.star").chmod(0o604)
    canary(world.run(), silent)
    verify(world.run())

    assert modes(world) == {0o600}


@pytest.mark.fault_row(120)
def test_reports_go_by_the_umask(world: World) -> None:
    before = os.umask(0o077)
    try:
        world.applied()
        verify(world.run())
    finally:
        os.umask(before)

    assert modes(world) == {0o600}
    others = (APPROVAL, SPENT, "digests.json")
    assert {world.audit(name).stat().st_mode & 0o777 for name in others} == {0o600}


@pytest.mark.fault_row(116)
def test_apply_says_what_other_clones_cannot_know(world: World) -> None:
    world.clock.turn(START)
    succeed("pin", cwd=world.root)
    succeed("backup", cwd=world.root)
    succeed("canary", cwd=world.root)
    plan = json.loads(world.audit(FILE).read_bytes())["plan"]
    succeed("approve", plan, "--by", "bob", cwd=world.root)

    done = succeed("apply", cwd=world.root)

    assert "this clone cannot know" in done.said
    assert f"recorded in docs/audits/small_{SPENT}" in done.said
    assert "a clone without it cannot know" in done.said
