"""For every state of a run, and whatever somebody does then, the messages lead on.

A cell of the table is a state and an interference. An operator who knows nothing does what is due
by `status`; where that is refused, what the message advises, taken out of the message itself, until
a step works. The same message may not come twice. `make proofs` follows the messages further, until
nothing is due, and has more interferences.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from attrs import define, field, frozen
from program.effort import THOROUGH
from program.memory import in_memory
from program.projects import MIRRORED, Layout, Project
from program.repositories import commit_all, git
from program.tools import needs
from run.world import RULES, SETTINGS, START, World, silent

from starlang.diagnostics.model import Diagnostic
from starlang.errors import InputError, RefusedError
from starlang.run import stops
from starlang.run.apply import apply, recover
from starlang.run.approve import approve
from starlang.run.backup import backup
from starlang.run.canary import canary
from starlang.run.ground import Run
from starlang.run.pin import pin
from starlang.run.report import report as write_report
from starlang.run.rollback import rollback
from starlang.run.status import status
from starlang.run.transactions import unfinished
from starlang.run.verify import verify
from starlang.transaction.journal import Phase, Progressed

pytestmark = pytest.mark.requirement("R31", "R46")


_MOST = 20
"""Steps that an operator takes at most; the longest way that is right has eleven."""


def stop(now: Progressed) -> None:
    """^C while manifests are verified that have been written."""
    if now.phase is Phase.VERIFYING:
        raise KeyboardInterrupt


def stopped(world: World) -> None:
    with pytest.raises(KeyboardInterrupt):
        apply(world.approved(), stop)


def canary_written(world: World) -> None:
    world.prepared()
    canary(world.run(), silent, write=True)


def verified(world: World) -> None:
    verify(world.applied())


def report_written(world: World) -> None:
    verified(world)
    write_report(world.run())


def rolled_back(world: World) -> None:
    world.applied()
    rollback(world.run(), silent)


STATES: dict[str, Callable[[World], object]] = {
    "fresh": lambda _world: None,
    "pinned": lambda world: pin(world.run()),
    "backed up": World.prepared,
    "reported": World.reported,
    "canary written": canary_written,
    "approved": World.approved,
    "stopped": stopped,
    "applied": World.applied,
    "verified": verified,
    "report written": report_written,
    "rolled back": rolled_back,
}


def edit(world: World) -> None:
    file = world.manifest("gate/guard")
    before, after = ("tags: []", "tags: [a]") if world.project.layout.is_yaml else ("[]", '["a"]')
    file.write_text(file.read_text().replace(before, after))


def reformat(world: World) -> None:
    """What a hook does that formats JSON or YAML."""
    for path in world.project.manifests():
        if world.project.layout.is_yaml:
            path.write_text(yaml.safe_dump(yaml.safe_load(path.read_bytes()), indent=4))
        else:
            path.write_text(json.dumps(json.loads(path.read_bytes()), indent=4) + "\n")


def other_branch(world: World) -> None:
    git(world.root, "switch", "-q", "-c", "other")
    made = world.project.manifest("web/memory", owner="ops")
    git(world.root, "add", "--", made)
    git(world.root, "commit", "-q", "-m", "on another branch", "--", made)


def new_rules(world: World) -> None:
    file = world.root / "rules" / "main.star"
    file.write_text(file.read_text().replace("weight 0.90", "weight 0.95"))


def leave(name: str) -> Callable[[World], None]:
    """Somebody has killed git in the middle of something."""

    def act(world: World) -> None:
        (world.root / ".git" / name).touch()

    return act


def delete(name: str) -> Callable[[World], None]:
    """A helpful administrator tidies up."""
    return lambda world: shutil.rmtree(world.root / name, ignore_errors=True)


def checkout(world: World) -> None:
    """Somebody wants the manifests back, and removes a lock that is in the way."""
    (world.root / ".git" / "index.lock").unlink(missing_ok=True)
    git(world.root, "checkout", "-q", "--", f":(glob)**/{world.project.layout.file}")


def commit(world: World) -> None:
    world.project.write("README.md", "something else\n")
    git(world.root, "add", "README.md")
    git(world.root, "commit", "-q", "-m", "something else", "--", "README.md")


def clone(*, has_record: bool) -> Callable[[World], World]:
    """Somebody goes on in another clone.

    It has all that the run has written, and knows that the approval is spent; or it has only what
    was there to be read before.
    """

    def act(world: World) -> World:
        git(world.root, "add", "-A", "--", *(("docs",) * (world.root / "docs").exists()))
        if has_record:
            git(world.root, "add", "-A")
        else:
            git(
                world.root,
                "rm",
                "-q",
                "--cached",
                "--ignore-unmatch",
                "docs/audits/small_spent.json",
            )
        git(world.root, "commit", "-q", "--allow-empty", "-m", "for another clone")
        place = world.root.parent / "clone"
        git(world.root.parent, "clone", "-q", "--", world.root, place)
        return World(Project(place, world.project.layout), world.clock, world.room)

    return act


INTERFERENCES: dict[str, Callable[[World], object]] = {
    "git: another commit": commit,
    "git: another branch": other_branch,
    "git: checkout of the manifests": checkout,
    "git: killed with its lock": leave("index.lock"),
    "git: in the middle of a merge": leave("MERGE_HEAD"),
    "another clone, with the record": clone(has_record=True),
    "another clone, without the record": clone(has_record=False),
    "an editor": edit,
    "a hook that formats": reformat,
    "a clock a year ahead": lambda world: world.clock.turn(START + timedelta(days=400)),
    "a full disk": lambda world: world.room.append(1000),
    "a user: other rules": new_rules,
    "a user: a manifest goes": lambda world: world.manifest("gate/guard").unlink(),
    "a user: a manifest comes": lambda world: world.project.manifest("web/guard", owner="ops"),
    "a user: another mode": lambda world: world.manifest("gate/guard").chmod(0o600),
    "tidying: what starlang keeps": delete(".git/starlang"),
    "tidying: the backups": delete(".backups"),
    "tidying: the audits": delete("docs/audits"),
}

SIMILAR = {"reported", "verified"}
"""States that differ little from the next: `make proofs` has them, too."""

IMPOSSIBLE = {
    ("stopped", "git: another commit"): "git is kept out by its lock",
    ("stopped", "git: another branch"): "git is kept out by its lock",
    ("stopped", "git: killed with its lock"): "the lock is the run's own",
    ("stopped", "another clone, with the record"): "git is kept out by its lock",
    ("stopped", "another clone, without the record"): "git is kept out by its lock",
}
"""Cells that cannot be, each with the reason."""


def undo_edit(world: World) -> None:
    """Puts the manifests that were backed up back as they were, or as they are to be."""
    layout = world.project.layout
    for tree in sorted(world.root.glob(".backups/*/manifests")):
        for copy in sorted(tree.rglob(layout.file)):
            live = world.root / layout.folder / copy.relative_to(tree)
            live.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(copy, live)


def make_room(world: World) -> None:
    world.room.append(1 << 40)
    if world.root.parent.is_mount():
        mount("-o", "remount,size=1g", world.root.parent)


def mount(*arguments: str | Path) -> None:
    done = subprocess.run([needs("mount"), *arguments], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"file systems can be mounted by root: {done.stderr.decode().strip()}")


BY_HAND: tuple[tuple[str, Callable[[World], object]], ...] = (
    ("delete the file", lambda world: (world.root / ".git/index.lock").unlink(missing_ok=True)),
    ("finish or abort it", lambda world: (world.root / ".git/MERGE_HEAD").unlink()),
    ("make room", make_room),
    ("clear the reason", make_room),
    ("set the clock right", lambda world: world.clock.turn(START)),
    ("put the file back", undo_edit),
)
"""Words of a hint that ask for something that no command does -> doing it."""


PLAIN: dict[str, Callable[[Run], object]] = {
    "pin": pin,
    "backup": backup,
    "canary": lambda run: canary(run, silent),
    "apply": lambda run: apply(run, silent),
    "report": write_report,
}
"""Steps that need nothing said."""


@define
class Operator:
    """Somebody who does what is due, or advised, and remembers what was said."""

    world: World
    seen: list[tuple[str, str, str]] = field(factory=list)
    worked: list[str] = field(factory=list)

    def go_on(self) -> None:
        """Takes steps until one works; with THOROUGH until nothing is due."""
        command = self.due() or "starlang verify"
        for _ in range(_MOST):
            problems = self.take(command)
            if not problems:
                self.worked.append(command)
                if not THOROUGH or not (command := self.due()):
                    return
            else:
                command = self.advised(command, problems)
        pytest.fail(f"no end: {self.seen} {self.worked}")

    def due(self) -> str:
        return status(self.world.run()).next

    def take(self, command: str) -> list[Diagnostic]:
        """What is wrong with a step, nothing if it has done what it is for."""
        program, step, *rest = shlex.split(command)
        assert program == "starlang", command
        try:
            return list(self.steps(step, rest))
        except (RefusedError, InputError) as error:
            return list(error.diagnostics)

    def steps(self, step: str, rest: list[str]) -> Iterator[Diagnostic]:
        run = self.world.run()
        match step, rest:
            case (("pin" | "backup" | "canary" | "apply" | "report"), []):
                PLAIN[step](run)
            case "approve", [digest]:
                digits = digest if digest != "DIGEST" else canary(run, silent).reported.head.digits
                approve(self.world.run("bob"), digits, "bob", 7)
            case "verify", []:
                yield from verify(run).findings
            case "status", []:
                yield from (f for each in status(run).steps for f in each.findings)
            case "recover", [] | ["--back"]:
                found = unfinished(run)
                outcome = recover(run, silent, back=bool(rest))
                name = str(found.facts.get("name")) if found else ""
                yield from (
                    stops.left_alone(run, path, name) for path in (outcome.left if outcome else ())
                )
            case "rollback", names:
                is_forced = "--force" in names
                name = next((each for each in names if each != "--force"), "")
                done = rollback(run, silent, name, force=is_forced)
                yield from (stops.left_alone(run, path, done.run) for path in done.left)
            case _:
                pytest.fail(f"nobody can do `starlang {step} {' '.join(rest)}`")

    def advised(self, command: str, problems: list[Diagnostic]) -> str:
        """Does what the message says by hand; the command that comes next."""
        problem = problems[0]
        said = (command, problem.code, problem.message)
        assert said not in self.seen, f"the same message twice: {said}; worked: {self.worked}"
        self.seen.append(said)
        hints = [each.hint for each in problems]
        for words, act in BY_HAND:
            if words in hints[0]:
                act(self.world)
                return command
        found = [each for hint in hints for each in re.findall(r"`((?:starlang|git) [^`]+)`", hint)]
        assert found, f"no way out in: {hints}"
        for each in found:
            if each.startswith("starlang "):
                return str(each)
            subprocess.run(shlex.split(each), cwd=self.world.root, check=True, capture_output=True)
        return command


@frozen
class Kept:
    """Worlds in their states, made once each and laid out again for every cell."""

    directory: Path
    layout: Layout = MIRRORED
    made: dict[str, World] = field(factory=dict)

    def laid_out(self, state: str) -> World:
        """The world in `state`, where it was made: a work tree knows its absolute path."""
        place, copy = self.place, self.directory / state.replace(" ", "-")
        shutil.rmtree(place, ignore_errors=True)
        if state not in self.made:
            project = Project(place / "repo", self.layout)
            project.config(SETTINGS)
            project.rules(RULES)
            for path in ("store/memory", "gate/guard", "web/page"):
                project.manifest(path, owner="ops")
            commit_all(project.root)
            world = World(project)
            STATES[state](world)
            shutil.copytree(place, copy, symlinks=True)
            self.made[state] = world
        else:
            shutil.copytree(copy, place, symlinks=True, dirs_exist_ok=True)
        return World(Project(place / "repo", self.layout))

    @property
    def place(self) -> Path:
        return self.directory / "here"

    @contextmanager
    def on_a_disk(self, state: str, pages: int) -> Iterator[World]:
        """The world in `state` on a file system of its own, with `pages` of 4,096 bytes left."""
        self.laid_out(state)
        shutil.rmtree(self.place)
        self.place.mkdir()
        mount("-t", "tmpfs", "-o", "size=1g", "none", self.place)
        try:
            world = self.laid_out(state)
            disk = os.statvfs(self.place)
            size = (disk.f_blocks - disk.f_bfree + pages) * disk.f_bsize
            mount("-o", f"remount,size={size}", self.place)
            yield world
        finally:
            subprocess.run([needs("umount"), self.place], check=True)


@pytest.fixture(scope="module")
def kept() -> Iterator[Kept]:
    with in_memory() as directory:
        yield Kept(directory)


@pytest.mark.fault_row(124)
@pytest.mark.parametrize("state", [each for each in STATES if THOROUGH or each not in SIMILAR])
def test_every_message_leads_on(kept: Kept, state: str) -> None:
    every_message_leads_on(kept, state, tuple(INTERFERENCES))


def every_message_leads_on(kept: Kept, state: str, interferences: Sequence[str]) -> None:
    """Holds some cells of one state: those that can be."""
    stuck, cells = {}, 0
    possible = [each for each in interferences if (state, each) not in IMPOSSIBLE]
    for interference in possible:
        world = kept.laid_out(state)
        went = INTERFERENCES[interference](world)
        operator = Operator(went if isinstance(went, World) else world)
        try:
            operator.go_on()
        except (AssertionError, pytest.fail.Exception) as error:
            stuck[interference] = str(error).partition("\n")[0]
        cells += bool(operator.worked)

    assert stuck == {}, "\n".join(f"{name}: {words}" for name, words in stuck.items())
    assert cells == len(possible)


@pytest.mark.fault_row(67, 81, 123)
@pytest.mark.parametrize("state", [each for each in STATES if THOROUGH or each not in SIMILAR])
def test_a_disk_that_fills_during_a_step_leads_on(kept: Kept, state: str) -> None:
    """With every room from none to enough; `make test` tries the least."""
    stuck, filled = {}, 0
    for pages in range(100) if THOROUGH else (0, 3):
        with kept.on_a_disk(state, pages) as world:
            operator = Operator(world)
            try:
                operator.go_on()
            except (AssertionError, pytest.fail.Exception) as error:
                stuck[pages] = str(error).partition("\n")[0]
        filled += bool(operator.seen)
        if not operator.seen and not stuck:
            break  # there was room for all of it

    assert stuck == {}
    # What goes on after a stop has its room already.
    assert filled or state == "stopped"


def test_the_table_is_as_large_as_it_has_to_be() -> None:
    assert len(STATES) >= 8
    assert len(INTERFERENCES) >= 12
    assert all(reason for reason in IMPOSSIBLE.values())
    assert {state for state, _ in IMPOSSIBLE} <= STATES.keys()
    assert {interference for _, interference in IMPOSSIBLE} <= INTERFERENCES.keys()
