"""`apply`: all that was approved, or nothing; and never over what somebody has edited."""

import os
import subprocess
from collections.abc import Callable
from errno import EINVAL, EIO
from pathlib import Path

import pytest
from program.repositories import commit_all, git
from run.world import World, silent

from starlang.errors import GateClosedError, RefusedError, UnreadyError, UnsafeError
from starlang.run import stops
from starlang.run.apply import apply, recover
from starlang.run.approve import approve
from starlang.run.backup import backup
from starlang.run.canary import canary
from starlang.run.gates import Gates
from starlang.run.pin import pin
from starlang.run.rollback import rollback
from starlang.run.status import status
from starlang.run.transactions import unfinished
from starlang.transaction.journal import Phase, Progress, Progressed

pytestmark = pytest.mark.requirement("R24", "R25", "R28")

TRAIL = '    "primary_star": "✦ Trail (Memory)"'
WATCH = '    "primary_star": "🛡️ Watch (Guardian)"'
SUPPORTING = '    "primary_star": "Supporting"'
SAVED = b'{"saved": "by an editor"}\n'


def codes(error: RefusedError) -> list[str]:
    return [each.code for each in error.diagnostics]


def refused(step: Callable[[], object], kind: type[RefusedError] = GateClosedError) -> list[str]:
    """The codes with which a step refuses."""
    with pytest.raises(kind) as raised:
        step()
    return codes(raised.value)


def at(phase: Phase, act: Callable[[], object]) -> Progress:
    """Does `act` once, when that phase begins."""
    done: list[None] = []

    def progress(now: Progressed) -> None:
        if now.phase is phase and not done:
            done.append(None)
            act()

    return progress


def test_progress_is_reported_by_manifests_and_bytes(world: World) -> None:
    """It is reported after every two hundred; two hundred and twenty change."""
    for number in range(218):
        world.project.manifest(f"store/memory/m{number:03}", owner="ops" * number)
    seen: list[Progressed] = []
    planned = Gates(world.approved()).planned
    sizes = [len(each.after) for each in planned.rewritings]

    apply(world.run(), seen.append)

    assert [each.phase for each in seen if each.done == 0] == [
        *(Phase.CHECKING, Phase.STAGING, Phase.WRITING, Phase.VERIFYING)
    ]
    assert {(each.count, each.size) for each in seen} == {(220, sum(sizes))}
    assert all(each.done_size == sum(sizes[: each.done]) for each in seen)
    assert max(each.done for each in seen) > 0


def interrupted(world: World, phase: Phase = Phase.VERIFYING) -> None:
    """A run that somebody has stopped with ^C."""

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply(world.approved(), at(phase, stop))


def is_new(world: World) -> bool:
    return [
        world.manifest(path).read_text().count(line)
        for path, line in (("store/memory", TRAIL), ("gate/guard", WATCH), ("web/page", SUPPORTING))
    ] == [1, 1, 1]


def test_only_the_lines_of_the_stars_change(world: World) -> None:
    world.applied()

    changed = git(world.root, "diff", "-U0", "--", "manifests").splitlines()
    lines = [line for line in changed if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    assert lines == [f"-{SUPPORTING}", f"+{WATCH}", f"-{SUPPORTING}", f"+{TRAIL}"]
    assert is_new(world)


def test_applying_again_writes_nothing_and_needs_no_approval(world: World) -> None:
    world.applied()
    before = world.manifests()
    world.audit("canary_approved.txt").unlink()

    done = apply(world.run(), silent)

    assert (done.written, done.already) == (0, 2)
    assert world.manifests() == before


def test_modes_are_kept_and_come_back(world: World) -> None:
    world.manifest("gate/guard").chmod(0o600)
    before = world.manifests()
    world.applied()

    assert {mode for _, mode in world.manifests().values()} == {mode for _, mode in before.values()}
    done = rollback(world.run(), silent)

    assert (done.count, done.left, done.kept) == (2, (), ())
    assert world.manifests() == before
    assert git(world.root, "status", "--porcelain", "--", "manifests") == ""


def test_a_dry_run_passes_every_gate_and_writes_nothing(world: World) -> None:
    run = world.approved()
    before = world.manifests()

    done = apply(run, silent, dry_run=True)

    assert (done.written, done.already, done.left) == (0, 0, 2)
    assert world.manifests() == before


@pytest.mark.requirement("R21")
def test_the_rest_is_written_after_the_canary(world: World) -> None:
    for name in ("a", "b", "c", "d"):
        world.project.manifest(f"store/memory/{name}", owner="ops")
    world.prepared()
    made = canary(world.run(), silent, write=True)
    assert made.written == 2
    assert len(made.reported.sample.paths) == 3
    changed = (
        git(world.root, "diff", "--name-only").split() or git(world.root, "ls-files", "-m").split()
    )
    assert len(changed) <= made.written
    approve(world.run("bob"), made.reported.head.plan, "bob", 7)

    done = apply(world.run(), silent)

    assert (done.written, done.already) == (4, 2)
    assert is_new(world)
    before = world.root / ".backups"
    undone = rollback(world.run(), silent)
    assert (undone.count, undone.already) == (6, 0)
    (copy,) = before.iterdir()
    for path in copy.glob("manifests/**/*.json"):
        live = world.root / path.relative_to(copy)
        assert live.read_bytes() == path.read_bytes()


@pytest.mark.requirement("R31")
def test_nothing_is_written_without_an_approval(world: World) -> None:
    world.reported()
    before = world.manifests()

    assert refused(lambda: apply(world.run(), silent)) == ["E955"]
    assert world.manifests() == before


@pytest.mark.fault_row(72)
def test_a_manifest_edited_after_the_approval_stops_everything(world: World) -> None:
    run = world.approved()
    world.manifest("web/page").write_bytes(SAVED)
    before = world.manifests()

    assert refused(lambda: apply(run, silent)) == ["E959"]
    assert world.manifests() == before


@pytest.mark.fault_row(72, 77)
def test_one_that_is_edited_while_all_are_looked_at_is_stale(world: World) -> None:
    run = world.approved()
    edit = at(Phase.CHECKING, lambda: world.manifest("gate/guard").write_bytes(SAVED))

    assert refused(lambda: apply(run, edit)) == ["E923"]
    assert world.manifest("gate/guard").read_bytes() == SAVED
    assert SUPPORTING in world.manifest("store/memory").read_text()


@pytest.mark.fault_row(73)
def test_one_that_is_saved_while_others_are_written_is_kept_and_they_come_back(
    world: World,
) -> None:
    run = world.approved()
    save = at(Phase.WRITING, lambda: world.manifest("store/memory").write_bytes(SAVED))

    assert refused(lambda: apply(run, save)) == ["E924"]
    assert world.manifest("store/memory").read_bytes() == SAVED
    assert SUPPORTING in world.manifest("gate/guard").read_text()


@pytest.mark.fault_row(75)
def test_git_is_kept_out_while_manifests_are_written(world: World) -> None:
    run = world.approved()
    answers = []

    def put_back() -> None:
        command = ["/usr/bin/env", "git", "checkout", "--", "manifests"]
        done = subprocess.run(command, cwd=world.root, capture_output=True, check=False)
        answers.append((done.returncode, b"index.lock" in done.stderr))

    apply(run, at(Phase.WRITING, put_back))

    assert answers == [(128, True)]
    assert '"Trail"' not in git(
        world.root, "show", "HEAD:manifests/store/memory/module.manifest.json"
    )
    assert "Trail" in world.manifest("store/memory").read_text()
    git(world.root, "checkout", "--", "manifests")
    assert "Trail" not in world.manifest("store/memory").read_text()


@pytest.mark.fault_row(83, 35)
def test_what_does_not_hold_is_taken_back_with_its_canary(world: World) -> None:
    for name in ("a", "b", "c", "d"):
        world.project.manifest(f"store/memory/{name}", owner="ops")
    world.prepared()
    plan = canary(world.run(), silent, write=True).reported.head.plan
    approve(world.run("bob"), plan, "bob", 7)
    page = world.manifest("web/page")
    original = page.read_bytes()
    spoil = at(Phase.VERIFYING, lambda: page.write_bytes(original.replace(b"ops", b"eve")))

    found = refused(lambda: apply(world.run(), spoil), UnsafeError)

    assert found == ["E932", "E959"]
    page.write_bytes(original)
    (copy,) = (world.root / ".backups").iterdir()
    for path in copy.glob("manifests/**/*.json"):
        assert (world.root / path.relative_to(copy)).read_bytes() == path.read_bytes()


@pytest.mark.fault_row(82)
@pytest.mark.parametrize("phase", [Phase.WRITING, Phase.VERIFYING])
@pytest.mark.parametrize("back", [True, False])
def test_what_was_interrupted_is_finished_or_undone(
    world: World, phase: Phase, *, back: bool
) -> None:
    before = world.manifests()
    interrupted(world, phase)
    assert unfinished(world.run()) is not None

    outcome = recover(world.run(), silent, back=back)

    assert outcome is not None
    assert outcome.is_new is not back
    assert is_new(world) is not back
    assert back is (world.manifests() == before)
    assert recover(world.run(), silent) is None
    assert not (world.root / ".git" / "index.lock").exists()


@pytest.mark.fault_row(71)
def test_after_an_interruption_every_step_names_the_way_out(world: World) -> None:
    interrupted(world)

    assert refused(lambda: apply(world.run(), silent)) == ["E922"]
    assert refused(lambda: canary(world.run(), silent)) == ["E922"]
    assert refused(lambda: backup(world.run())) == ["E922"]
    assert refused(lambda: pin(world.run())) == ["E922"]
    found = status(world.run())
    assert [(each.step, each.state.value) for each in found.steps] == [("recover", "open")]
    assert found.next == "starlang recover"


def test_a_rollback_undoes_what_was_interrupted(world: World) -> None:
    before = world.manifests()
    interrupted(world)

    assert rollback(world.run(), silent).count == 2
    assert world.manifests() == before


@pytest.mark.fault_row(70)
def test_whoever_comes_second_is_told_who_is_at_work(world: World) -> None:
    found: list[str] = []

    def second() -> None:
        with pytest.raises(GateClosedError) as raised:
            apply(world.run("carol"), silent)
        found.append(raised.value.diagnostics[0].message)
        assert codes(raised.value) == ["E921"]

    apply(world.approved(), at(Phase.WRITING, second))

    assert found == [f"another starlang is at work here: alice, process {os.getpid()}"]
    assert is_new(world)


@pytest.mark.fault_row(78)
def test_recovery_stops_at_a_manifest_that_is_neither(world: World) -> None:
    interrupted(world)
    world.manifest("store/memory").write_bytes(SAVED)
    before = world.manifests()

    assert refused(lambda: recover(world.run(), silent)) == ["E930"]
    assert world.manifests() == before
    outcome = recover(world.run(), silent, back=True)
    assert outcome is not None
    assert outcome.left == ("store/memory/module.manifest.json",)
    assert world.manifest("store/memory").read_bytes() == SAVED


@pytest.mark.fault_row(107)
@pytest.mark.requirement("R46")
def test_what_git_has_put_back_after_a_stop_is_not_called_damaged(world: World) -> None:
    """A checkout undid what the stopped run had written: going back ends it, apply works anew."""
    interrupted(world)
    (world.root / ".git" / "index.lock").rename(world.root / ".git" / "held")
    git(world.root, "checkout", "-q", "--", "manifests")
    (world.root / ".git" / "held").rename(world.root / ".git" / "index.lock")

    assert refused(lambda: recover(world.run(), silent)) == ["E939", "E939"]
    assert recover(world.run(), silent, back=True) is not None
    assert apply(world.run(), silent).written == 2


def test_going_forward_needs_the_inputs_that_were_pinned(world: World) -> None:
    interrupted(world)
    with (world.root / "rules" / "main.star").open("a") as out:
        out.write("rule more -> Watch weight 0.90 when path mentions page\n")

    assert refused(lambda: recover(world.run(), silent)) == ["E956"]
    assert recover(world.run(), silent, back=True) is not None


@pytest.mark.fault_row(80)
def test_without_its_records_a_run_goes_on_from_the_files(world: World) -> None:
    """Somebody has deleted what starlang keeps, and the lock of git that was left."""
    interrupted(world)
    state = world.root / ".git" / "starlang"
    for path in sorted(state.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert refused(lambda: apply(world.run(), silent)) == ["E952"]
    (world.root / ".git" / "index.lock").unlink()

    done = apply(world.run(), silent)

    assert done.already + done.written == 2
    assert is_new(world)


@pytest.mark.fault_row(78)
def test_a_damaged_record_is_named_and_nothing_changes(world: World) -> None:
    world.applied()
    journal = world.root / ".git" / "starlang" / "runs" / "000001" / "journal"
    data = bytearray(journal.read_bytes())
    data[40] ^= 1
    journal.write_bytes(data)
    before = world.manifests()

    assert refused(lambda: rollback(world.run(), silent), UnreadyError) == ["E927"]
    assert world.manifests() == before


@pytest.mark.fault_row(68)
def test_an_end_that_may_not_be_recorded_is_not_called_a_success(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = world.approved()
    count = [0]
    sync = os.fsync

    def failing(descriptor: int) -> None:
        count[0] += 1
        if count[0] == 2:
            raise OSError(EIO, os.strerror(EIO))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    assert refused(lambda: apply(run, silent), UnreadyError) == ["E926"]
    monkeypatch.undo()

    recover(world.run(), silent)
    assert is_new(world)


@pytest.mark.fault_row(61)
def test_a_place_that_cannot_be_written_is_named_before_anything_is(world: World) -> None:
    run = world.approved()
    state = world.root / ".git" / "starlang"
    state.mkdir(exist_ok=True)
    (state / "runs").write_text("a file, where a directory should be")

    assert refused(lambda: apply(run, silent), UnreadyError) == ["E925"]
    assert SUPPORTING in world.manifest("gate/guard").read_text()


@pytest.mark.fault_row(48)
def test_a_file_system_that_cannot_exchange_is_named(world: World) -> None:
    def incapable() -> None:
        with stops.told(world.run()):
            raise OSError(EINVAL, os.strerror(EINVAL))

    assert refused(incapable, UnreadyError) == ["E928"]


@pytest.mark.fault_row(69)
def test_without_memory_it_stops_cleanly(world: World) -> None:
    run = world.approved()
    before = world.manifests()

    def starve() -> None:
        raise MemoryError

    assert refused(lambda: apply(run, at(Phase.STAGING, starve)), UnreadyError) == ["E925"]
    assert recover(world.run(), silent) is None
    assert world.manifests() == before


def test_of_many_manifests_that_are_stale_each_is_named(world: World) -> None:
    paths = [f"store/memory/m{number:02}" for number in range(30)]
    for path in paths:
        world.project.manifest(path, owner="ops")
    run = world.approved()

    def edit() -> None:
        for path in paths:
            world.manifest(path).write_bytes(SAVED)

    with pytest.raises(GateClosedError) as raised:
        apply(run, at(Phase.CHECKING, edit))

    assert codes(raised.value) == ["E923"] * 30
    named = [each.file for each in raised.value.diagnostics]
    assert named == [f"manifests/{path}/module.manifest.json" for path in paths]


def test_a_manifest_that_would_grow_too_long_stops_the_plan(world: World) -> None:
    file = world.manifest("gate/guard")
    text = file.read_text().rstrip().removesuffix("}")
    file.write_text(f'{text.rstrip()},\n  "more": "{"x" * ((1 << 20) - len(text) - 20)}"\n}}\n')
    assert file.stat().st_size < 1 << 20
    world.prepared()

    assert refused(lambda: canary(world.run(), silent), UnsafeError) == ["E920"]


@pytest.mark.fault_row(76)
def test_git_that_begins_meanwhile_is_not_disturbed(world: World) -> None:
    run = world.approved()
    lock = world.root / ".git" / "index.lock"

    begin = at(Phase.STAGING, lambda: lock.write_bytes(b"git's own"))

    assert refused(lambda: apply(run, begin)) == ["E952"]
    assert lock.read_bytes() == b"git's own"
    assert SUPPORTING in world.manifest("gate/guard").read_text()


@pytest.mark.fault_row(84)
def test_a_rollback_leaves_what_was_edited_since(world: World) -> None:
    run = world.applied()
    world.manifest("gate/guard").write_bytes(SAVED)

    done = rollback(run, silent)

    assert (done.count, done.left) == (1, ("gate/guard/module.manifest.json",))
    assert world.manifest("gate/guard").read_bytes() == SAVED
    assert SUPPORTING in world.manifest("store/memory").read_text()


def test_there_is_nothing_to_roll_back_before_a_run(world: World) -> None:
    assert refused(lambda: rollback(world.prepared(), silent)) == ["E931"]


@pytest.mark.fault_row(79)
def test_a_rollback_takes_the_backup_where_its_own_copy_is_gone(world: World) -> None:
    before = world.manifests()
    run = world.applied()
    for path in (world.root / ".git" / "starlang").rglob("stage/*"):
        path.unlink()

    rollback(run, silent)

    assert world.manifests() == before


def test_manifests_behind_a_link_inside_of_the_repository(world: World) -> None:
    (world.root / "manifests").rename(world.root / "real")
    (world.root / "manifests").symlink_to("real")
    commit_all(world.root)

    run = world.applied()

    assert is_new(world)
    assert rollback(run, silent).count == 2
    assert (world.root / "manifests").is_symlink()


def test_a_plan_without_edits_needs_nothing(world: World) -> None:
    world.project.rules('never promote "**" because "frozen"\n')
    world.prepared()

    done = apply(world.run(), silent)

    assert (done.written, done.already, done.left) == (0, 0, 0)
    assert Path(world.root, ".git", "starlang").exists() is False
