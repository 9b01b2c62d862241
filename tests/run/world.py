"""A project in a git repository, with a clock and a disk of its own, for tests of a run.

The steps up to a state are taken once for all tests that begin with it: a world that nobody has
touched is laid out anew from a copy. A world that is not as it was made takes the steps itself.
"""

import atexit
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from attrs import field, frozen
from program.memory import in_memory
from program.projects import Project
from program.repositories import commit_all, git, lay_out

from starlang.project.project import Project as Opened
from starlang.project.project import Wanted, open_project
from starlang.run.apply import apply
from starlang.run.approve import approve
from starlang.run.backup import backup
from starlang.run.canary import canary
from starlang.run.ground import Run, Surroundings, open_run
from starlang.run.pin import pin
from starlang.transaction.journal import Progressed

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)

RULES = """
rule trail-path -> Trail weight 0.80 when path mentions memory
rule watch-path -> Watch weight 0.90 when path mentions guard

test "a memory is Trail"
  given path "x/memory"
  expect Trail at 0.80
"""

SETTINGS = """
[verify]
protected = ["owner"]
"""


def silent(_now: Progressed) -> None:
    """Nobody is told how far a step is."""


@frozen
class Clock:
    """A clock that tests turn by hand."""

    times: list[datetime] = field(factory=lambda: [START])

    def now(self) -> datetime:
        return self.times[-1]

    def turn(self, time: datetime) -> None:
        self.times.append(time)


@frozen
class World:
    """A project in a repository. `room` ends with the bytes that are free."""

    project: Project
    clock: Clock = field(factory=Clock)
    room: list[int] = field(factory=lambda: [1 << 40])

    @property
    def root(self) -> Path:
        return self.project.root

    def run(self, user: str = "alice") -> Run:
        """The run as `user` sees it; everything is read afresh."""
        opened = open_project(Wanted(self.root))
        assert isinstance(opened, Opened), opened
        return open_run(opened, Surroundings(self.clock.now, user, lambda _: self.room[-1]))

    def prepared(self) -> Run:
        """The run, pinned and backed up."""
        self.reach("prepared", World._prepare)
        return self.run()

    def reported(self) -> str:
        """The same with a canary report; the digest of its plan."""
        return self.reach("reported", World._report)

    def approved(self) -> Run:
        """The same, and approved by Bob."""
        self.reach("approved", World._approve)
        return self.run()

    def applied(self) -> Run:
        """The same, and applied."""
        self.reach("applied", World._apply)
        return self.run()

    def _prepare(self) -> str:
        pin(self.run())
        backup(self.run())
        return ""

    def _report(self) -> str:
        self._prepare()
        return canary(self.run(), silent).reported.head.plan

    def _approve(self) -> str:
        plan = self._report()
        approve(self.run("bob"), plan, "bob", 7)
        return plan

    def _apply(self) -> str:
        plan = self._approve()
        apply(self.run(), silent)
        return plan

    def reach(self, state: str, steps: Callable[["World"], str]) -> str:
        """Takes the steps, or lays out what they have made elsewhere of a world like this.

        `state` names what they make, and what they return is returned.
        """
        if not self._is_untouched():
            return steps(self)
        kept = _kept(state, steps)
        lay_out(kept.world.root.parent, self.root.parent)
        return kept.plan

    def _is_untouched(self) -> bool:
        surroundings = (self.clock.times, self.room, _surroundings())
        return (
            surroundings == ([START], [1 << 40], _SURROUNDINGS)
            and self.root.name == "repo"
            and sum(each.name.startswith("repo") for each in self.root.parent.iterdir()) == 1
            and fingerprint(self.root) == _untouched()
        )

    def manifests(self) -> dict[str, tuple[bytes, int]]:
        """Path under the root -> bytes and mode of every manifest."""
        return {
            path.relative_to(self.root).as_posix(): (path.read_bytes(), path.stat().st_mode)
            for path in self.project.manifests()
        }

    def audit(self, what: str) -> Path:
        """The file of the run that says `what`: it has the name of the rule set."""
        return self.root / "docs" / "audits" / f"small_{what}"

    def manifest(self, path: str) -> Path:
        return self.root / self.project.place(path)


def make_world(directory: Path) -> World:
    """A committed project in `directory`: two modules would be promoted, one would not."""
    project = Project(directory / "repo")
    project.config(SETTINGS)
    project.rules(RULES)
    for path in ("store/memory", "gate/guard", "web/page"):
        project.manifest(path, owner="ops")
    commit_all(project.root)
    return World(project)


def fingerprint(root: Path) -> tuple[str, dict[str, tuple[int, bytes]]]:
    """Everything under `root`; of the index of git what it says, for it has times of files, too."""
    found = {
        path.relative_to(root).as_posix(): (path.lstat().st_mode, _contents(path))
        for path in (root, *root.rglob("*"))
        if path != root / ".git" / "index"
    }
    return git(root, "ls-files", "-s", "-t"), found


def _contents(path: Path) -> bytes:
    if path.is_symlink():
        return os.fsencode(path.readlink())
    return path.read_bytes() if path.is_file() else b""


def _surroundings() -> tuple[int, dict[str, str]]:
    """The umask, and the environment."""
    mask = os.umask(0o077)
    os.umask(mask)
    kept = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    kept.pop("TMPDIR", None)  # is set after this has been imported, in a process without workers
    return mask, kept


_SURROUNDINGS = _surroundings()


@frozen
class Kept:
    """A world in a state, and the digest of the plan that its steps have made."""

    world: World
    plan: str


_AT_EXIT = ExitStack()
atexit.register(_AT_EXIT.close)


@cache
def _directory() -> Path:
    return _AT_EXIT.enter_context(in_memory())


_KEPT: dict[str, Kept] = {}


def _kept(state: str, steps: Callable[[World], str]) -> Kept:
    if state not in _KEPT:
        directory = Path(tempfile.mkdtemp(dir=_directory()))
        world = make_world(directory)
        _KEPT[state] = Kept(world, steps(world))
    return _KEPT[state]


def _fresh() -> Path:
    """The root of a world that nobody has touched."""
    return _kept("fresh", lambda _: "").world.root


@cache
def _untouched() -> tuple[str, dict[str, tuple[int, bytes]]]:
    return fingerprint(_fresh())


def new_world(directory: Path) -> World:
    """The same as `make_world`, from a copy."""
    lay_out(_fresh().parent, directory)
    return World(Project(directory / "repo"))
