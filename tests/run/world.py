"""A project in a git repository, with a clock and a disk of its own, for tests of a run."""

from datetime import UTC, datetime
from pathlib import Path

from attrs import field, frozen
from program.projects import Project

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
        pin(self.run())
        backup(self.run())
        return self.run()

    def reported(self) -> str:
        """The same with a canary report; the digest of its plan."""
        self.prepared()
        return canary(self.run(), silent).reported.head.plan

    def approved(self) -> Run:
        """The same, and approved by Bob."""
        approve(self.run("bob"), self.reported(), "bob", 7)
        return self.run()

    def applied(self) -> Run:
        """The same, and applied."""
        apply(self.approved(), silent)
        return self.run()

    def manifests(self) -> dict[str, tuple[bytes, int]]:
        """Path under the root -> bytes and mode of every manifest."""
        return {
            path.relative_to(self.root).as_posix(): (path.read_bytes(), path.stat().st_mode)
            for path in sorted(self.root.glob("manifests/**/*.json"))
        }

    def audit(self, what: str) -> Path:
        """The file of the run that says `what`: it has the name of the rule set."""
        return self.root / "docs" / "audits" / f"small_{what}"

    def manifest(self, path: str) -> Path:
        return self.root / "manifests" / path / "module.manifest.json"
