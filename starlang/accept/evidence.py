"""What the criteria look at: each thing read or made again once, and apart from the others.

The steps of a run refuse at the first gate that is closed, and rightly so. Here every criterion is
to be answered, so that one fault is seen as one fault. Nothing here therefore passes a gate:

- The plan is made from the inputs as they were pinned. Where one has changed since, they are taken
  from the work tree of before the run, if it has them to the byte. So a rule that was changed after
  the run makes "inputs pinned" fail, and not everything that follows from the plan.
- The manifests of before the run are those of the backup. A copy that is damaged is taken from the
  commit of the backup, if that has it to the byte.
- The journal is that of the transaction which wrote the run, even if it was undone since.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from attrs import evolve

from starlang.coverage.coverage import Coverage
from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, InputError, RefusedError
from starlang.manifests.build import ManifestFile
from starlang.manifests.guards import guard
from starlang.project.files import files_below, read_regular
from starlang.project.loading import read_tree
from starlang.project.packages import coverage_of
from starlang.project.planning import NOTHING_THERE
from starlang.project.project import Project, Wanted, compile_project, open_project
from starlang.rules.model import RuleSet
from starlang.rules.shapes import MalformedError
from starlang.run import audit_files
from starlang.run.approval_file import FILE as APPROVAL
from starlang.run.approval_file import Approval, parsed_approval
from starlang.run.artifacts import FinishedRun
from starlang.run.audit_files import LIMIT, digest_of, read_file
from starlang.run.audit_report import artifacts
from starlang.run.backups import (
    DIGESTS,
    NEW,
    TREE,
    Backup,
    Listed,
    backups_of,
    below,
    read_backup,
    unreadable_backups,
)
from starlang.run.canary_report import CanaryReport, Reported, read_report
from starlang.run.checks import Check, Examined, check_tree
from starlang.run.gates import no_backup
from starlang.run.ground import Run
from starlang.run.pin import Pins, current_pins, present_digests, read_pins
from starlang.run.planned import Planned, contents, plan_run
from starlang.run.reporting import documents, made, make_report
from starlang.run.transactions import Step, transactions
from starlang.transaction.journal import RecordKind
from starlang.transaction.running import TransactionState

NEW_RUN = "only a new run can: starlang pin"
LOST = f"restore the file from another copy; {NEW_RUN}"
"""What mends a backup."""


class Evidence:
    """What there is to look at of one run; a property raises what its reading raises."""

    def __init__(self, run: Run) -> None:
        self.run = run

    # The inputs.

    @cached_property
    def pinned(self) -> Pins | None:
        """The pins as they were written, None if there are none."""
        return read_pins(self.run)

    @cached_property
    def _pinned(self) -> Pins | None:
        """The same, and None as well where they cannot be read, which the first criterion says."""
        with suppress(GateClosedError):
            return self.pinned
        return None

    @cached_property
    def changed_inputs(self) -> frozenset[str]:
        """The files that were pinned and are not as they were, or cannot be read."""
        pinned = self._pinned
        now = present_digests(self.run, pinned) if pinned else {}
        return frozenset(name for name in now if pinned and now[name] != pinned.files[name])

    @cached_property
    def now(self) -> tuple[Pins, RuleSet]:
        """What would be pinned now, and the rules as they are now."""
        approval = self.approval
        identity = approval.scope.repository if approval else ""
        return current_pins(self.run, self._pinned.repository if self._pinned else identity)

    @cached_property
    def pins(self) -> Pins:
        """The pins; where they are gone, what would be pinned now."""
        return self._pinned or self.now[0]

    @cached_property
    def _before(self) -> Run:
        """The run over the inputs as they were pinned, as far as anything still has them."""
        there, pinned = self._worktree_root, self._pinned
        if there is None or pinned is None:
            return self.run
        changed = self.changed_inputs
        if not changed:
            return self.run
        for name, digest in pinned.files.items():
            # What lies outside of the project is in no work tree.
            copy = _digest(there / name)
            if copy != digest and (copy or name in changed):
                return self.run
        project = open_project(Wanted(there, there / self.run.project.config.file))
        if not isinstance(project, Project):
            return self.run
        return Run(project, self.run.repository, self.run.surroundings)

    @property
    def _worktree_root(self) -> Path | None:
        """The project in the work tree of before the run, None if that is gone."""
        place = (self.run.repository.top / self.listed.metadata.worktree).resolve()
        root = place / self.run.repository.prefix(self.run.root)
        return root if root.is_dir() else None

    @cached_property
    def rules(self) -> RuleSet:
        """The rules that the run was made from."""
        if self._before is self.run:
            return self.now[1]
        compiled = compile_project(self._before.project)
        if compiled.rules is None:
            raise InputError(compiled.diagnostics)
        return compiled.rules

    @property
    def present_rules(self) -> RuleSet:
        """The rules as they are now; those of the run where these cannot be compiled."""
        with suppress(RefusedError, InputError):
            return self.now[1]
        return self.rules

    # What was before the run.

    @cached_property
    def listed(self) -> Listed:
        """The newest backup, whole or not."""
        found = backups_of(self.run)
        if not found:
            unreadable = (evolve(each, hint=LOST) for each in unreadable_backups(self.run))
            raise GateClosedError(*(*unreadable,) or (self._no_backup(),))
        return found[-1]

    def _no_backup(self) -> Diagnostic:
        """Says that there is none; an approval without one has come from another clone."""
        if self.approval is None:
            return no_backup()
        hint = "accept where the run was made: its backup and its journal are in that clone alone"
        return evolve(no_backup(), message="there is no backup of the run here", hint=hint)

    @cached_property
    def backup(self) -> Backup:
        """The manifests of before the run; what is damaged in the backup is taken from git."""
        try:
            return read_backup(self.listed.directory)
        except GateClosedError:
            found = dict(_mended(self.run, self.listed))
            images, drafts = below(found, TREE), below(found, NEW)
            return Backup(self.listed.directory, self.listed.metadata, images, drafts)

    # The manifests as they are.

    @cached_property
    def _tree(self) -> tuple[list[ManifestFile], list[Diagnostic]]:
        run, config = self.run, self.run.project.config
        manifests, problems = read_tree(
            run.manifests,
            run.shown_manifests,
            run.project.profile,
            config.guards,
            layout=config.layout,
        )
        if not manifests and (gone := [each for each in problems if each.code in NOTHING_THERE]):
            raise InputError(tuple(gone))
        return manifests, problems

    @property
    def manifests(self) -> list[ManifestFile]:
        """The live manifests that can be read, whatever is wrong with their paths."""
        return self._tree[0]

    @property
    def problems(self) -> list[Diagnostic]:
        """What is wrong with files and paths."""
        return self._tree[1]

    @cached_property
    def displacing(self) -> tuple[Diagnostic, ...]:
        """What is wrong with things that lie where a manifest of the run lay, and are none."""
        gone = {self.run.shown(path) for path in self.backup.planned.keys() - self.live.keys()}
        return tuple(each for each in self.problems if each.file in gone)

    @cached_property
    def live(self) -> Mapping[str, bytes]:
        """Path -> bytes of the live manifests."""
        return contents(self.manifests)

    @cached_property
    def coverage(self) -> Coverage:
        return coverage_of(self.run.project)

    # The run.

    @cached_property
    def planned(self) -> Planned:
        """The plan, from inputs and manifests as they were."""
        images = self.backup.planned
        names = {self.run.shown(path) for path in images}
        gone = images.keys() - self.live.keys()
        # What lies in the place of a manifest now was not there when the run was planned.
        found = [
            each
            for each in self.problems
            if each not in self.displacing and (each.file in names or not _of_path(each))
        ]
        paths = ((path.rpartition("/")[0], self.run.shown(path)) for path in sorted(gone))
        found += guard(paths, self.run.project.config.guards)
        return plan_run(self._before, self.rules, self.backup, found)

    @cached_property
    def reported(self) -> Reported:
        """The report over the plan, made again."""
        return make_report(self._before, self.pins, self.backup, self.planned, self.problems)

    @cached_property
    def remade(self) -> Mapping[str, bytes]:
        """Report, page and list over it, as made when the report that lies there says."""
        report = self.report
        return documents(made(self.reported, report.making) if report else self.reported)

    @cached_property
    def transaction(self) -> TransactionState | None:
        """The newest transaction that wrote the full run of this backup, undone since or not."""
        name = self.listed.directory.name
        found = [
            each
            for each in transactions(self.run)
            if each.was_committed
            and each.facts.get("step") == Step.APPLY.value
            and each.facts.get("backup") == name
        ]
        return found[-1] if found else None

    @property
    def is_undone(self) -> bool:
        """Whether the run was written and rolled back."""
        found = self.transaction
        return found is not None and found.last is not RecordKind.COMMIT

    @cached_property
    def facts(self) -> Mapping[str, object]:
        """What the journal says of the run, empty where it says nothing."""
        return self.transaction.facts if self.transaction else {}

    def journaled(self, name: str) -> str:
        """The digest that a file of the run had when it was written, "" if that is not known."""
        files = self.facts.get("files")
        return str(files.get(name, "")) if isinstance(files, dict) else ""

    @cached_property
    def finished(self) -> FinishedRun:
        project = self._before.project
        return FinishedRun(self.run, self.reported, dict(self.facts), project)

    @cached_property
    def artifacts(self) -> Mapping[str, bytes]:
        """What `starlang report` would write now."""
        return artifacts(self.finished)

    @cached_property
    def examined(self) -> Examined:
        """The checks of the live manifests against the backup."""
        before = self.backup.planned
        return check_tree(
            self.run, self.planned, before, self.live, self.problems, is_complete=True
        )

    def check(self, name: str) -> Check | None:
        """One of these checks, None where it was not made."""
        return next((each for each in self.examined.checks if each.name == name), None)

    # What people have written and approved.

    @cached_property
    def report(self) -> CanaryReport | None:
        """The canary report as it lies there, None if there is none that can be read."""
        with suppress(GateClosedError):
            return read_report(self.run)
        return None

    @cached_property
    def approval(self) -> Approval | None:
        """The approval as it lies there, None if there is none that can be read."""
        with suppress(GateClosedError):
            data = read_file(self.run.audit(APPROVAL))
            return None if data is None else parsed_approval(data)
        return None


def _of_path(each: Diagnostic) -> bool:
    """Whether a finding is one of the guards."""
    return each.code.startswith("E60")


def _digest(path: Path) -> str:
    try:
        return digest_of(read_regular(path, LIMIT, follow=True))
    except OSError:
        return ""


def _mended(run: Run, listed: Listed) -> Iterator[tuple[str, bytes]]:
    """Name in a damaged backup -> bytes that it was made from, as far as it or git has them."""
    directory, metadata = listed.directory, listed.metadata
    wanted = _listed_digests(directory, metadata.digests)
    trees = ((kind, files_below(directory / kind)) for kind in (TREE, NEW))
    names = {f"{kind}/{path}" for kind, paths in trees for path in paths}
    prefix = run.repository.prefix(run.manifests)
    for name in sorted(wanted.keys() | names):
        path = name.removeprefix(f"{TREE}/")
        data = read_file(directory / name)
        digest = wanted.get(name)
        if digest is not None and (data is None or sha256(data).hexdigest() != digest):
            place = f"{prefix}/{path}" if prefix else path
            committed = run.repository.show(metadata.git_commit, place)
            if committed is not None and sha256(committed).hexdigest() == digest:
                data = committed
        if data is not None:
            yield name, data


def _listed_digests(directory: Path, digest: str) -> dict[str, str]:
    """The list of digests, empty if it is not the one that was written."""
    data = read_file(directory / DIGESTS) or b""
    if digest_of(data) != digest:
        return {}
    try:
        return audit_files.loads(data)
    except MalformedError:
        return {}
