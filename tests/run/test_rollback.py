"""`rollback`: a run stays open until nothing of it is left, and says what it has changed."""

import json
import os
import re
import shlex
import subprocess
from datetime import timedelta
from errno import EPERM
from pathlib import Path

import pytest
from program.repositories import commit_all, git
from program.run import Done, starlang
from run.world import START, World, silent

from starlang.errors import GateClosedError, UnreadyError
from starlang.run.apply import apply, recover
from starlang.run.approve import approve
from starlang.run.backup import backup
from starlang.run.canary import canary
from starlang.run.pin import pin
from starlang.run.rollback import rollback
from starlang.transaction.files import System
from starlang.transaction.journal import Phase, Progressed

pytestmark = pytest.mark.requirement("R28", "R46")

SAVED = b'{"saved": "by an editor"}\n'


def advised(done: Done) -> list[str]:
    """The arguments of the command of starlang that a message advises."""
    (command,) = set(re.findall(r"`starlang ([^`]+)`", done.said))
    return shlex.split(command)


def refusal(world: World, name: str = "") -> tuple[str, str, str]:
    """Code, message and hint with which a rollback is refused; it has changed nothing."""
    before = world.manifests()
    with pytest.raises(GateClosedError) as raised:
        rollback(world.run(), silent, name)
    assert world.manifests() == before
    (found,) = raised.value.diagnostics
    return found.code, found.message, found.hint


def second_run(world: World) -> None:
    """Another run, after the first is committed: one more module, with rules of its own."""
    commit_all(world.root, "the first run")
    world.project.manifest("web/guard", owner="ops")
    commit_all(world.root, "one more module")
    world.clock.turn(START + timedelta(days=30))
    world.applied()


def reformat(world: World) -> None:
    """What a hook does that formats JSON: every manifest has the same values in other bytes."""
    for path in world.root.glob("manifests/**/*.json"):
        path.write_text(json.dumps(json.loads(path.read_bytes()), indent=4) + "\n")


@pytest.mark.fault_row(84, 101)
@pytest.mark.parametrize("everywhere", [False, True])
def test_what_was_edited_since_is_put_back_by_the_command_that_the_message_names(
    world: World, *, everywhere: bool
) -> None:
    before = world.manifests()
    world.applied()
    if everywhere:
        reformat(world)
    else:
        world.manifest("gate/guard").write_bytes(SAVED)
    edited = world.manifest("gate/guard").read_bytes()

    left = starlang("rollback", cwd=world.root)
    assert left.code == 3
    assert f"put back and verified {'0 manifests' if everywhere else '1 manifest'}" in left.said
    assert world.manifest("gate/guard").read_bytes() == edited

    forced = starlang(*advised(left), cwd=world.root)
    assert forced.code == 0
    assert f"put back and verified {'2 manifests' if everywhere else '1 manifest'}" in forced.said
    changed = {"manifests/web/page/module.manifest.json"} if everywhere else set()
    assert {path for path in before if world.manifests()[path] != before[path]} == changed
    kept = {Path(each).read_bytes() for each in re.findall(r"is kept in (\S+)", forced.said)}
    assert edited in kept
    assert len(kept) == (2 if everywhere else 1)


@pytest.mark.fault_row(101)
def test_a_rollback_may_be_asked_for_until_nothing_is_left(world: World) -> None:
    before = world.manifests()
    world.applied()
    after = world.manifest("gate/guard").read_bytes()
    world.manifest("gate/guard").write_bytes(SAVED)
    assert rollback(world.run(), silent).left == ("gate/guard/module.manifest.json",)
    assert rollback(world.run(), silent).left == ("gate/guard/module.manifest.json",)

    world.manifest("gate/guard").write_bytes(after)
    done = rollback(world.run(), silent)

    assert (done.count, done.already, done.left) == (1, 1, ())
    assert world.manifests() == before
    assert refusal(world)[0] == "E931"


def test_what_is_edited_after_it_was_put_back_is_nobodys_business(world: World) -> None:
    world.applied()
    world.manifest("gate/guard").write_bytes(SAVED)
    rollback(world.run(), silent)
    world.manifest("store/memory").write_bytes(SAVED)

    done = rollback(world.run(), silent, force=True)

    assert (done.count, done.left) == (1, ())
    assert world.manifest("store/memory").read_bytes() == SAVED
    assert world.manifest("gate/guard").read_bytes() != SAVED


def test_what_a_recovery_has_left_is_put_back_by_the_command_that_it_names(world: World) -> None:
    before = world.manifests()

    def stop(now: Progressed) -> None:
        if now.phase is Phase.VERIFYING:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply(world.approved(), stop)
    world.manifest("gate/guard").write_bytes(SAVED)

    left = starlang("recover", "--back", cwd=world.root)
    assert left.code == 3
    starlang(*advised(left), cwd=world.root)
    assert world.manifests() == before


@pytest.mark.fault_row(102)
def test_on_a_branch_without_the_run_nothing_is_claimed_and_it_is_not_used_up(
    world: World,
) -> None:
    before = world.manifests()
    git(world.root, "branch", "other")
    world.applied()
    commit_all(world.root, "the run")
    git(world.root, "switch", "-q", "other")

    code, message, hint = refusal(world)
    assert (code, "`other`" in message) == ("E931", True)
    (command,) = re.findall(r"`(git switch [^`]+)`", hint)
    subprocess.run(shlex.split(command), cwd=world.root, check=True, capture_output=True)

    assert rollback(world.run(), silent).count == 2
    assert world.manifests() == before


@pytest.mark.fault_row(103)
@pytest.mark.parametrize("begun", [False, True])
def test_an_older_run_is_undone_only_by_its_name(world: World, *, begun: bool) -> None:
    """The second rollback is a slip; or the next run has only begun, with a backup."""
    before = world.manifests()
    world.applied()
    if begun:
        commit_all(world.root, "the first run")
        backup(world.run())
    else:
        second_run(world)
        assert rollback(world.run(), silent).run == "small-2"

    code, message, hint = refusal(world)
    assert code == "E931"
    assert "2026-03-01T12:00:00Z, main at " in message
    (command,) = re.findall(r"`starlang rollback (\S+)`", hint)
    assert command == "small-1"

    assert rollback(world.run(), silent, command).count == 2
    now = world.manifests()
    assert {path: now[path] for path in before} == before


@pytest.mark.fault_row(103)
def test_a_run_that_a_later_one_has_written_over_waits_for_that_one(world: World) -> None:
    world.applied()
    commit_all(world.root, "the first run")
    rules = world.root / "rules" / "main.star"
    rules.write_text(rules.read_text().replace("-> Watch", "-> Trail"))
    for path in ("gate/guard", "store/memory"):
        world.manifest(path).write_text(
            re.sub('"[^"]*(Watch|Trail)[^"]*"', '"Supporting"', world.manifest(path).read_text())
        )
    commit_all(world.root, "other rules, and the stars taken back")
    world.applied()

    code, _, hint = refusal(world, "small-1")
    assert (code, "`starlang rollback small-2`" in hint) == ("E937", True)
    assert rollback(world.run(), silent, "small-2").count == 2


def test_a_name_that_no_run_has_is_answered_with_those_that_there_are(world: World) -> None:
    world.applied()

    code, message, _ = refusal(world, "small-9")
    assert code == "E931"
    assert "`small-1`" in message


@pytest.mark.fault_row(45, 67, 104)
def test_an_error_in_the_middle_of_writing_is_undone_and_names_the_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.manifests()
    run = world.approved()
    exchange = System.exchange

    def refused(self: System, one: int, name: str, other: int, other_name: str) -> None:
        if Path(f"/proc/self/fd/{other}").readlink().name == "memory":
            raise OSError(EPERM, os.strerror(EPERM))
        exchange(self, one, name, other, other_name)

    monkeypatch.setattr(System, "exchange", refused)
    with pytest.raises(UnreadyError) as raised:
        apply(run, silent)
    monkeypatch.undo()

    (found,) = raised.value.diagnostics
    assert (found.code, found.file) == ("E925", "manifests/store/memory/module.manifest.json")
    assert world.manifests() == before
    assert not (world.root / ".git" / "index.lock").exists()
    assert recover(world.run(), silent) is None
    assert apply(world.run(), silent).written == 2


@pytest.mark.fault_row(104)
def test_a_file_that_cannot_be_changed_stops_everything_and_is_named(world: World) -> None:
    """As somebody does with `chattr +i`."""
    before = world.manifests()
    run = world.approved()
    file = world.manifest("store/memory")
    if subprocess.run(["/usr/bin/env", "chattr", "+i", file], check=False).returncode:
        pytest.skip("needs a file system and a user that can make a file immutable")
    try:
        with pytest.raises((UnreadyError, GateClosedError)) as raised:
            apply(run, silent)
    finally:
        subprocess.run(["/usr/bin/env", "chattr", "-i", file], check=True)

    assert [each.file for each in raised.value.diagnostics] == [
        "manifests/store/memory/module.manifest.json"
    ]
    assert world.manifests() == before
    assert not (world.root / ".git" / "index.lock").exists()
    assert apply(world.run(), silent).written == 2


def test_it_says_which_run_and_what_it_has_changed(world: World) -> None:
    world.applied()

    done = starlang("rollback", cwd=world.root)

    assert done.code == 0
    assert "put back and verified 2 manifests\n" in done.said
    assert re.search(
        r"as before the run small-1 \(2026-03-01T12:00:00Z, main at [0-9a-f]{12}\)", done.said
    )


def test_a_plan_can_be_approved_again_after_a_rollback(world: World) -> None:
    world.applied()
    rollback(world.run(), silent)
    pin(world.run())
    plan = canary(world.run(), silent).reported.head.plan
    approve(world.run("bob"), plan, "bob", 7)

    assert apply(world.run(), silent).written == 2
    assert rollback(world.run(), silent).count == 2
