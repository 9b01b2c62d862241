"""`canary`: a sample of all manifests, and the report that an approval is decided from."""

from attrs import frozen

from starlang.errors import UnsafeError
from starlang.pipeline.applying import write_manifests
from starlang.pipeline.audit_files import document, write_file
from starlang.pipeline.canary_page import page
from starlang.pipeline.canary_report import (
    FILE,
    LIST,
    PAGE,
    CanaryReport,
    Reported,
    labels_of,
    list_text,
    read_report,
    report_json,
    same_but_for_time,
    status_of,
)
from starlang.pipeline.checks import check_tree, failures
from starlang.pipeline.gates import Gates
from starlang.pipeline.ground import Run
from starlang.pipeline.sampling import sample
from starlang.pipeline.transactions import Step, require_settled
from starlang.transaction.model import Progress


@frozen(eq=False)
class CanaryRun:
    """What `canary` made: the report, whether it is a new one, and how many files were written."""

    reported: Reported
    is_new: bool
    written: int | None


def canary(run: Run, progress: Progress, *, write: bool = False) -> CanaryRun:
    """Writes list, report and page; with `write` also the manifests of the canary.

    GateClosedError without pins and a backup; UnsafeError if a ceiling forbids the plan, or a
    check fails, after the report was written.
    """
    require_settled(run)
    gates = Gates(run)
    reported = _reported(run, gates)
    found = read_report(run)
    is_new = found is None or not same_but_for_time(found, reported.head)
    if is_new or not run.audit(PAGE).exists():
        write_file(run.audit(LIST), list_text(reported).encode())
        write_file(run.audit(FILE), document(report_json(reported)))
        write_file(run.audit(PAGE), page(reported).encode())
    if failed := failures(reported.checks):
        raise UnsafeError(*failed)
    if not write:
        return CanaryRun(reported, is_new, None)
    left = [each for each in gates.left if each.path in reported.sample.written]
    write_manifests(gates, left, Step.CANARY, progress)
    return CanaryRun(reported, is_new, len(left))


def _reported(run: Run, gates: Gates) -> Reported:
    """The report over all that the plan changes, whatever of it has been written already."""
    planned, backup, settings = gates.planned, gates.backup, run.project.config.run
    modules = [each.module for each in planned.rewritings]
    changing = [each.path for each in planned.rewritings]
    chosen = sample(backup.images, changing, settings.percent, settings.critical, settings.seed)
    files = {**backup.images, **planned.after}
    found = check_tree(run, planned, backup.images, files, gates.problems, is_complete=True)
    repository = run.repository
    head = CanaryReport(
        status=status_of(found.checks),
        plan=planned.digest,
        edits=planned.edits_digest,
        backup=backup.directory.name,
        commit=repository.head(),
        branch=repository.branch(),
        lineage=repository.lineage(),
        author=repository.author(),
        made_at=run.surroundings.time(),
        made_by=run.surroundings.user,
        changes={m: labels_of(planned.plan[m]) for m in modules},
    )
    return Reported(head, backup, planned, chosen, found.checks)
