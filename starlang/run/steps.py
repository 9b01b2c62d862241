"""The steps of a run as calls: what the commands do, for programs.

    run = starlang.open_run(".")
    run.pin()
    run.backup()
    report = run.canary().report
    run.approve(report.plan, by="alice@example.org")
    run.apply()
    assert run.verify().holds
    run.report()

Each call reads everything afresh. It does what its name says or raises one of
`starlang.RefusedError` and `starlang.InputError`, whose `diagnostics` say why.
"""

from os import PathLike
from pathlib import Path

from attrs import field, frozen

from starlang.errors import SetupError
from starlang.project.project import Project, Wanted, open_project
from starlang.run.apply import Applied
from starlang.run.apply import apply as apply_plan
from starlang.run.apply import recover as recover_run
from starlang.run.approval_file import Approval
from starlang.run.approve import approve as write_approval
from starlang.run.backup import BackedUp
from starlang.run.backup import backup as back_up
from starlang.run.canary import CanaryRun, canary_of
from starlang.run.canary import canary as run_canary
from starlang.run.ground import Run, Surroundings, actual
from starlang.run.ground import open_run as open_ground
from starlang.run.pin import Pinned
from starlang.run.pin import pin as write_pins
from starlang.run.report import WrittenReport
from starlang.run.report import report as write_report
from starlang.run.rollback import RolledBack
from starlang.run.rollback import rollback as roll_back
from starlang.run.status import Status
from starlang.run.status import status as look
from starlang.run.verify import Verification
from starlang.run.verify import verify as verify_tree
from starlang.text import one_line
from starlang.transaction.journal import Progress, Progressed, TransactionOutcome


def _silent(_now: Progressed) -> None:
    return


@frozen
class GuardedRun:
    """The run over the project that `directory` lies in. `progress` is told how far a step is."""

    directory: Path
    progress: Progress = field(default=_silent, repr=False)
    surroundings: Surroundings = field(factory=actual, repr=False)

    def __repr__(self) -> str:
        return one_line(f"<GuardedRun: {self.directory}>")

    def pin(self) -> Pinned:
        """Records the digests of everything that the run is made from."""
        return write_pins(self._run())

    def backup(self, *, with_missing: bool = False) -> BackedUp:
        """Copies every manifest and verifies the copies.

        `with_missing`: the run is to make the manifests as well that `generate` would make.
        """
        return back_up(self._run(), with_missing=with_missing)

    def canary(self, *, write: bool = False, by: str = "", key: str = "") -> CanaryRun:
        """Writes the report; with `write` also the manifests of the canary.

        `by` made it, by default git's `user.email`; signed with the private `key` if given.
        """
        made = run_canary(self._run(), self.progress, write=write, by=by, key=key)
        return canary_of(made)

    def approve(self, digest: str, *, by: str, days: int | None = None, key: str = "") -> Approval:
        """Approves the plan of the report, for `days`; signed with the private `key` if given."""
        run = self._run()
        return write_approval(run, digest, by, days or run.project.config.run.approval.days, key)

    def apply(self, *, dry_run: bool = False) -> Applied:
        """Writes what the approved plan changes."""
        return apply_plan(self._run(), self.progress, dry_run=dry_run)

    def recover(self, *, back: bool = False) -> TransactionOutcome | None:
        """Finishes what was stopped in the middle, or undoes it; None if nothing was."""
        return recover_run(self._run(), self.progress, back=back)

    def verify(self) -> Verification:
        """Compares the manifests with backup, plan, schema, contracts and ceilings."""
        return verify_tree(self._run())

    def report(self) -> WrittenReport:
        """Writes the audit artifacts, and the figures into the document that has their markers."""
        return write_report(self._run())

    def rollback(self, name: str = "", *, force: bool = False) -> RolledBack:
        """Puts every manifest back as the run `name` found it, the newest one if not given."""
        return roll_back(self._run(), self.progress, name, force=force)

    def status(self) -> Status:
        """How far the run has come; changes nothing."""
        return look(self._run(only_looks=True))

    def _run(self, *, only_looks: bool = False) -> Run:
        project = open_project(Wanted(self.directory))
        if not isinstance(project, Project):
            raise SetupError(project)
        return open_ground(project, self.surroundings, only_looks=only_looks)


def open_run(directory: str | PathLike[str] = ".", *, progress: Progress = _silent) -> GuardedRun:
    """The run over the project that `directory` lies in.

    Its calls raise SetupError if the config cannot be used, and RefusedError where no run is
    possible: no git work tree, or no Linux 5.6 or later.
    """
    return GuardedRun(Path(directory), progress)
