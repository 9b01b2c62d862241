"""`approve`: a person's word for exactly one plan, in one place, once, until a day."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from pipeline.test_apply import refused
from pipeline.world import START, World, silent
from program.repositories import commit_all, git

from starlang.errors import RefusedError
from starlang.pipeline.applying import apply, rollback
from starlang.pipeline.approval import FILE
from starlang.pipeline.approving import approve
from starlang.pipeline.backup import backup
from starlang.pipeline.canary import canary
from starlang.pipeline.gates import Gates
from starlang.pipeline.pins import pin
from starlang.pipeline.status import State, status
from starlang.pipeline.transactions import forget, transactions

pytestmark = pytest.mark.requirement("R23")


def closed(world: World) -> list[str]:
    """The codes with which `apply` refuses; no manifest has changed."""
    before = world.manifests()
    found = refused(lambda: apply(world.run(), silent))
    assert world.manifests() == before
    return found


def test_it_says_who_when_and_what(world: World) -> None:
    plan = world.reported()
    made = approve(world.run("bob"), plan, "bob@example.org", 3)

    lines = dict(
        line.split(": ", 1) for line in world.audit(FILE).read_text().splitlines() if ": " in line
    )
    head = git(world.root, "rev-parse", "HEAD").strip()
    assert lines["plan"] == plan
    assert lines["manifests"] == "2"
    assert lines["branch"] == "main"
    assert lines["commit"] == lines["repository"] == head
    assert lines["approved by"] == made.by == "bob@example.org"
    assert lines["approved at"] == "2026-03-01T12:00:00Z"
    assert lines["expires at"] == "2026-03-04T12:00:00Z"


@pytest.mark.parametrize("named", ["", "1234567", "ffffffffffff", "sha256:"])
def test_whoever_approves_has_to_name_the_plan(world: World, named: str) -> None:
    world.reported()

    assert refused(lambda: approve(world.run(), named, "bob", 7)) == ["E967"]
    assert not world.audit(FILE).exists()


@pytest.mark.parametrize("by", ["", " bob", "bob\nexpires at: 2099-01-01T00:00:00Z"])
def test_a_name_is_one_line(world: World, by: str) -> None:
    plan = world.reported()

    assert refused(lambda: approve(world.run(), plan, by, 7)) == ["E967"]


@pytest.mark.requirement("R31")
def test_there_is_nothing_to_approve_before_a_canary(world: World) -> None:
    run = world.prepared()

    assert refused(lambda: approve(run, "12345678", "bob", 7)) == ["E955"]


@pytest.mark.fault_row(49)
@pytest.mark.parametrize("number", range(18))
def test_no_line_of_it_can_be_changed(world: World, number: int) -> None:
    world.approved()
    lines = world.audit(FILE).read_text().splitlines(keepends=True)
    assert len(lines) == 18
    lines[number] = lines[number].rstrip("\n") + " \n"
    world.audit(FILE).write_text("".join(lines))

    assert closed(world) == ["E962"]


@pytest.mark.fault_row(49, 50)
@pytest.mark.parametrize("damage", ["empty", "crlf", "cut", "twice", "latin", "more"])
def test_no_byte_of_it_can_be_changed(world: World, damage: str) -> None:
    world.approved()
    file = world.audit(FILE)
    data = file.read_bytes()
    file.write_bytes(
        {
            "empty": b"",
            "crlf": data.replace(b"\n", b"\r\n"),
            "cut": data[:-20],
            "twice": data + data,
            "latin": data.replace(b"bob", b"b\xf6b"),
            "more": data + b"and everything else\n",
        }[damage]
    )

    assert closed(world) == ["E962"]


@pytest.mark.fault_row(51)
def test_it_is_for_one_branch(world: World) -> None:
    world.approved()
    git(world.root, "switch", "-q", "-c", "other")

    assert closed(world) == ["E963"]


@pytest.mark.fault_row(51)
def test_it_is_for_one_commit_but_may_be_committed_itself(world: World) -> None:
    world.approved()
    commit_all(world.root, "the report and its approval")
    apply(world.run(), silent, dry_run=True)
    world.project.write("code.py", "x = 1\n")
    commit_all(world.root, "something else")

    assert closed(world) == ["E963"]


@pytest.mark.fault_row(51)
def test_it_is_not_for_another_history(world: World) -> None:
    world.approved()
    git(world.root, "checkout", "-q", "--orphan", "main2")
    commit_all(world.root, "a new beginning")
    git(world.root, "branch", "-q", "-D", "main")
    git(world.root, "branch", "-q", "-m", "main")

    assert closed(world) == ["E963"]


@pytest.mark.fault_row(50, 52, 63)
def test_it_expires(world: World) -> None:
    world.approved()
    world.clock.turn(START + timedelta(days=7))
    apply(world.run(), silent, dry_run=True)
    world.clock.turn(START + timedelta(days=7, seconds=1))

    assert closed(world) == ["E964"]


@pytest.mark.fault_row(63)
def test_one_from_the_future_is_refused(world: World) -> None:
    world.approved()
    world.clock.turn(START - timedelta(hours=1))

    assert closed(world) == ["E964"]


@pytest.mark.fault_row(52)
def test_it_is_good_for_one_run(world: World) -> None:
    rollback(world.applied(), silent)

    assert closed(world) == ["E965"]
    approve(world.run("bob"), Gates(world.run()).planned.digest, "bob", 7)
    apply(world.run(), silent)


@pytest.mark.fault_row(52)
def test_it_is_used_even_if_the_run_has_been_forgotten(world: World) -> None:
    for name in ("a", "b", "c", "d"):
        world.project.manifest(f"store/memory/{name}", owner="ops")
    world.approved()
    old = world.audit(FILE).read_bytes()
    report = world.audit("canary_report.json").read_bytes()
    apply(world.run(), silent)
    rollback(world.run(), silent)
    canary(world.run(), silent, write=True)
    forget(world.run(), ["000001"])
    assert [each.name for each in transactions(world.run())] == ["000002"]
    world.audit(FILE).write_bytes(old)
    world.audit("canary_report.json").write_bytes(report)

    assert closed(world) == ["E965"]


@pytest.mark.fault_row(52)
def test_an_older_one_cannot_be_put_back(world: World) -> None:
    world.approved()
    old = world.audit(FILE).read_bytes()
    world.clock.turn(START + timedelta(seconds=1))
    approve(world.run("bob"), Gates(world.run()).planned.digest, "bob", 7)
    apply(world.run(), silent)
    rollback(world.run(), silent)
    world.audit(FILE).write_bytes(old)

    assert closed(world) == ["E965"]


def test_an_identical_plan_keeps_it(world: World) -> None:
    world.approved()
    before = world.audit("canary_report.json").read_bytes()
    world.clock.turn(START + timedelta(hours=1))
    pin(world.run("carol"))
    made = canary(world.run("carol"), silent)

    assert not made.is_new
    assert world.audit("canary_report.json").read_bytes() == before
    assert apply(world.run(), silent).written == 2


def test_a_second_backup_of_the_same_bytes_keeps_it(world: World) -> None:
    world.approved()
    world.clock.turn(START + timedelta(hours=1))
    backup(world.run("carol"))
    assert not canary(world.run("carol"), silent).is_new

    assert apply(world.run(), silent).written == 2
    assert rollback(world.run(), silent).count == 2


def test_a_digest_may_be_written_in_capitals(world: World) -> None:
    plan = world.reported()

    approve(world.run(), plan.upper(), "bob", 7)


@pytest.mark.fault_row(56)
def test_another_plan_voids_it_and_names_what_would_change(world: World) -> None:
    world.approved()
    with (world.root / "rules" / "main.star").open("a") as out:
        out.write("rule more -> Watch weight 0.90 when path mentions page\n")
    assert closed(world) == ["E956"]
    pin(world.run())

    with pytest.raises(RefusedError) as raised:
        apply(world.run(), silent)

    (finding,) = raised.value.diagnostics
    assert finding.code == "E960"
    assert "web/page (unchanged -> 🛡️ Watch (Guardian))" in finding.message


@pytest.mark.fault_row(56)
def test_a_report_that_failed_cannot_be_approved(world: World) -> None:
    world.project.config('[verify]\nprotected = ["owner", "tier"]\n')
    world.prepared()
    with pytest.raises(RefusedError) as raised:
        canary(world.run(), silent)
    assert [each.code for each in raised.value.diagnostics] == ["E985"]

    assert refused(lambda: approve(world.run(), "12345678", "bob", 7)) == ["E961"]
    found = {each.step: each.state for each in status(world.run()).steps}
    assert (found["backup"], found["canary"]) == (State.DONE, State.OPEN)


@pytest.mark.fault_row(62)
def test_no_byte_of_the_report_can_be_changed_afterwards(world: World) -> None:
    world.approved()
    file = world.audit("canary_report.json")
    data = file.read_bytes()
    for place in range(0, len(data), 97):
        file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert set(closed(world)) <= {"E953", "E960", "E961", "E963"}, place
    file.write_bytes(data)

    assert apply(world.run(), silent).written == 2


@pytest.mark.fault_row(62)
@pytest.mark.parametrize("file", ["canary_report.json"])
def test_a_report_that_was_damaged_is_named(world: World, file: str) -> None:
    world.approved()
    world.audit(file).write_text("{")

    assert closed(world) == ["E953"]


def test_a_run_in_another_clone_needs_its_own_backup(world: World, tmp_path: Path) -> None:
    """What an approval stands on is not in git: the backup that makes it revocable."""
    world.approved()
    commit_all(world.root, "approved")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", world.root, clone)
    shutil.copytree(world.root / "docs", clone / "docs", dirs_exist_ok=True)
    other = World(type(world.project)(clone), world.clock)

    assert refused(lambda: apply(other.run(), silent)) == ["E955"]
