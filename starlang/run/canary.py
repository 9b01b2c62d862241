"""`canary`: a sample of all manifests, and the report that an approval is decided from."""

from collections.abc import Mapping
from stat import S_IMODE

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.project.generating import drafts_of, missing_manifests, time_of
from starlang.run import signatures
from starlang.run.apply import require_fit, write_manifests
from starlang.run.approval_file import REPORT_SIGNATURE, unproven
from starlang.run.audit_files import read_file, write_file
from starlang.run.canary_report import (
    FILE,
    CanaryReport,
    Making,
    Reported,
    decided_anew,
    read_report,
    what_changed,
)
from starlang.run.checks import FailedChecksError, failures
from starlang.run.gates import Gates
from starlang.run.ground import Run
from starlang.run.reporting import documents, kept_making, made, mode_of, source_facts
from starlang.run.transactions import Step, require_settled
from starlang.run.trust import no_signers, trust_of
from starlang.text import counted, one_line
from starlang.texts.lookalikes import readable
from starlang.transaction.journal import Progress


@frozen
class CanaryMade:
    """What `canary` made: the report, whether it is a new one, and how many files were written."""

    reported: Reported
    is_new: bool
    written: int | None


@frozen
class CanaryRun:
    """The canary as the library gives it.

    `manifests` are the files of the canary and `changed` those that the plan changes, both
    relative to the project; `written` is how many were written, None if none was to be.
    """

    report: CanaryReport
    manifests: tuple[str, ...]
    changed: tuple[str, ...]
    is_new: bool
    written: int | None

    def __repr__(self) -> str:
        count = counted(len(self.changed), "manifest")
        said = f"{self.report.status}, {count} would change, plan {self.report.plan}"
        return one_line(f"<CanaryRun: {said}>")


def canary_of(made: CanaryMade) -> CanaryRun:
    """What was made, without the plan as the engine has it."""
    reported = made.reported
    changed = reported.in_project(each.path for each in reported.planned.rewritings)
    return CanaryRun(reported.head, reported.listed, changed, made.is_new, made.written)


def canary(
    run: Run, progress: Progress, *, write: bool = False, by: str = "", key: str = ""
) -> CanaryMade:
    """Writes list, report and page; with `write` also the manifests of the canary.

    A report that says the same already is left as it is. `by` is who makes it, git's `user.email`
    if not given; it is signed with the private `key` if that is. GateClosedError without pins and
    a backup; UnsafeError if a ceiling forbids the plan; FailedChecksError if a check fails, after
    the report was written.
    """
    require_settled(run)
    gates = Gates(run)
    require_fit(gates)
    _require_fresh_drafts(gates)
    wanted, author = gates.made, readable(by or run.repository.author())
    kept, code = kept_making(run, wanted), source_facts(run, gates.planned)
    if kept is not None and (kept.code != code or (key and kept.author != author)):
        kept = None
    making = kept or _making(run, wanted, author, code)
    reported = made(wanted, making)
    written = documents(reported)
    signature = _signature(run, written[FILE], author, key) if key else None
    mode = mode_of(run, gates.pinned.pins, gates.newest)
    for name, data in written.items():
        path = run.audit(name)
        if read_file(path) != data:
            run.audit(REPORT_SIGNATURE).unlink(missing_ok=True)
            write_file(path, data, mode)
        elif S_IMODE(path.stat().st_mode) & ~mode:
            path.chmod(mode)
    if signature is not None:
        write_file(run.audit(REPORT_SIGNATURE), signature)
    if failed := failures(reported.checks):
        raise FailedChecksError(*failed, checks=reported.checks)
    if not write:
        return CanaryMade(reported, kept is None, None)
    left = [each for each in gates.left if each.path in reported.sample.written]
    write_manifests(gates, left, Step.CANARY, progress)
    return CanaryMade(reported, kept is None, len(left))


def _require_fresh_drafts(gates: Gates) -> None:
    """GateClosedError if source or CODEOWNERS would give another manifest than the backup has.

    They are not pinned, so whoever approves is shown what they say now. From then on it is the
    backup that counts.
    """
    run, backup = gates.run, gates.backup
    sidecar = run.project.profile.sidecar  # which is made of nothing
    pending = [each.path for each in gates.left if each.is_new and each.path != sidecar]
    if not pending:
        return
    at = time_of(run.project, None, backup.metadata.git_commit)
    made = missing_manifests(run.project, gates.pinned.rules, at)
    now = drafts_of(run.project, made.manifests)
    stale = [path for path in pending if now.get(path) != backup.drafts[path]]
    if stale:
        raise GateClosedError(*(_stale(run.shown(path)) for path in stale))


def _stale(file: str) -> Diagnostic:
    return Diagnostic(
        code="E882",
        message=f"`{file}` would be made differently by now: its source has changed since the "
        "backup",
        file=file,
        hint="begin the run anew: `starlang backup --with-missing`",
    )


def _before(run: Run) -> CanaryReport | None:
    """The report that is about to be written over, None if there is none that can be read."""
    try:
        return read_report(run)
    except GateClosedError:
        return None


def _signature(run: Run, report: bytes, author: str, key: str) -> bytes:
    """The signature of whoever made the report, if it counts."""
    trust = trust_of(run)
    if not trust.signers:
        raise GateClosedError(no_signers("a report"))
    signature, now = signatures.sign(report, key, trust.reports), run.surroundings.now()
    try:
        signatures.verify(report, signature, author, trust, trust.reports, now)
    except signatures.SignatureError as error:
        raise GateClosedError(unproven(run, str(error))) from None
    return signature


def _making(run: Run, wanted: Reported, author: str, code: Mapping[str, str]) -> Making:
    repository, around, before = run.repository, run.surroundings, _before(run)
    return Making(
        made_at=around.time(),
        made_by=readable(around.user),
        author=author,
        commit=repository.head(),
        branch=readable(repository.branch()),
        backup=wanted.backup.directory.name,
        since=readable(what_changed(before, wanted.head)) if before else "",
        news=decided_anew(before, wanted.head) if before else (),
        code=code,
    )
