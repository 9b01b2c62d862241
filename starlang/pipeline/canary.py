"""`canary`: a sample of all manifests, and the report that an approval is decided from."""

from attrs import frozen

from starlang.errors import GateClosedError, UnsafeError
from starlang.pipeline.applying import write_manifests
from starlang.pipeline.audit_files import read_file, write_file
from starlang.pipeline.canary_report import Making, Reported, read_report, what_changed
from starlang.pipeline.checks import failures
from starlang.pipeline.gates import Gates
from starlang.pipeline.ground import Run
from starlang.pipeline.reporting import documents, kept_making, made
from starlang.pipeline.transactions import Step, require_settled
from starlang.text import shown
from starlang.transaction.model import Progress


@frozen(eq=False)
class CanaryRun:
    """What `canary` made: the report, whether it is a new one, and how many files were written.

    `changes` says what has changed since the report before, "" if there was none.
    """

    reported: Reported
    is_new: bool
    changes: str
    written: int | None


def canary(run: Run, progress: Progress, *, write: bool = False) -> CanaryRun:
    """Writes list, report and page; with `write` also the manifests of the canary.

    A report that says the same already is left as it is. GateClosedError without pins and a
    backup; UnsafeError if a ceiling forbids the plan, or a check fails, after the report was
    written.
    """
    require_settled(run)
    gates = Gates(run)
    wanted = gates.made
    kept = kept_making(run, wanted)
    changes = _changes(run, wanted) if kept is None else ""
    reported = made(wanted, kept or _making(run, gates.backup.directory.name))
    for name, data in documents(reported).items():
        if read_file(run.audit(name)) != data:
            write_file(run.audit(name), data)
    if failed := failures(reported.checks):
        raise UnsafeError(*failed)
    if not write:
        return CanaryRun(reported, kept is None, changes, None)
    left = [each for each in gates.left if each.path in reported.sample.written]
    write_manifests(gates, left, Step.CANARY, progress)
    return CanaryRun(reported, kept is None, changes, len(left))


def _changes(run: Run, wanted: Reported) -> str:
    """What has changed since the report that is about to be written over."""
    try:
        before = read_report(run)
    except GateClosedError:
        return ""
    return what_changed(before, wanted.head) if before is not None else ""


def _making(run: Run, backup: str) -> Making:
    repository, around = run.repository, run.surroundings
    return Making(
        made_at=around.time(),
        made_by=shown(around.user),
        author=shown(repository.author()),
        commit=repository.head(),
        branch=shown(repository.branch()),
        backup=backup,
    )
