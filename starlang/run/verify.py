"""`verify`: whether the manifests are what the run says, asked of the files alone."""

from collections.abc import Mapping
from hashlib import sha256

from attrs import frozen

from starlang.diagnostics.formats import as_json
from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, UnsafeError
from starlang.manifests.waivers import expired
from starlang.rules.shapes import Members, a_flag, a_list, a_text, an_object
from starlang.run.audit_files import document, read_document, read_file, write_file
from starlang.run.backups import Backup
from starlang.run.canary_report import FILE as REPORT
from starlang.run.checks import Check, Verdict, check_json, check_tree, failures
from starlang.run.gates import Gates
from starlang.run.ground import Run
from starlang.run.planned import Planned, contents
from starlang.run.record import applied_facts, changes_since, files_read, moved_away
from starlang.run.reporting import mode_of, require_report
from starlang.run.transactions import committed, require_settled
from starlang.text import Json, counted, one_line
from starlang.transaction.journal import tree_digest

FILE = "verification.json"
FORMAT = "starlang-verification/1"


@frozen
class Verification:
    """What `verify` found. `before` and `after`: star -> modules that carry it.

    `tree` is the digest of all manifests. `warnings` about manifests are not what the run is held
    against, and a plan would have them as well.
    """

    checks: tuple[Check, ...]
    findings: tuple[Diagnostic, ...]
    plan: str
    backup: str
    tree: str
    at: str
    by: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.findings

    def __repr__(self) -> str:
        state = "holds" if self.holds else counted(len(self.findings), "finding")
        return one_line(f"<Verification: {counted(len(self.checks), 'check')}, {state}>")


def verify(run: Run) -> Verification:
    """Compares the manifests with backup, plan, schema, contracts and ceilings; writes the report.

    GateClosedError without pins or a backup, while a step is unfinished, and before the plan of
    the run is applied: manifests held against themselves would always agree.
    """
    require_settled(run)
    gates = Gates(run)
    backup = gates.newest
    late = expired(run.project.config.waivers, run.surroundings.now().date())
    try:
        files = contents(gates.live)
        planned = gates.planned
    except UnsafeError as error:
        raise UnsafeError(*error.diagnostics, *late) from None
    require_applied(run, backup, planned, files)
    before, problems = backup.planned, gates.problems
    examined = check_tree(run, planned, before, files, problems, is_complete=True)
    checks = (*examined.checks, _read(run, gates))
    found = Verification(
        checks,
        (*failures(checks), *late),
        planned.digest,
        backup.directory.name,
        tree_of(files),
        run.surroundings.time(),
        run.surroundings.user,
        examined.before,
        examined.after,
        examined.warnings,
    )
    mode = mode_of(run, gates.pinned.pins, backup)
    write_file(run.audit(FILE), document(verification_json(found)), mode)
    return found


def require_applied(run: Run, backup: Backup, planned: Planned, files: Mapping[str, bytes]) -> None:
    """GateClosedError unless the full run that `backup` began is written, and not undone.

    A plan that changes nothing can be verified, but not after a run: what that has written would
    be held against itself. What starlang keeps about its runs may be gone; then the manifests
    tell, if all are new.
    """
    written = committed(run)
    if not planned.rewritings:
        if written:
            raise GateClosedError(_nothing_to_verify(str(written[-1].facts.get("name"))))
        return
    is_written = applied_facts(run, planned, backup) is not None
    if not is_written and any(files.get(e.path) != e.after for e in planned.rewritings):
        raise GateClosedError(_not_applied())


def _not_applied() -> Diagnostic:
    return Diagnostic(
        code="E955",
        message="the plan of this run is not applied yet, so there is nothing to verify",
        hint="run `starlang apply`",
    )


def _nothing_to_verify(last: str) -> Diagnostic:
    return Diagnostic(
        code="E938",
        message=f"the plan of this run changes nothing, and what was written before it by `{last}` "
        "would be held against itself",
        hint="nothing is to be done: `starlang status` says so",
    )


def _read(run: Run, gates: Gates) -> Check:
    """What was read and signed: as it would be made again, and as it was when it was used."""
    name, facts = "report and approval", applied_facts(run, gates.planned, gates.newest)
    if facts is None and read_file(run.audit(REPORT)) is None:
        return Check(name, 0, "files: there is no report yet", otherwise=Verdict.DOES_NOT_APPLY)
    found = () if facts is None else tuple(changes_since(run, facts))
    if not found:
        try:
            require_report(run, gates.made)
        except GateClosedError as error:
            found = error.diagnostics
    found += tuple(moved_away(run, gates.newest))
    return Check(name, len(files_read(facts)), "files", found)


def tree_of(files: Mapping[str, bytes]) -> str:
    """One digest over all manifests."""
    digests = ((path, sha256(data).hexdigest()) for path, data in files.items())
    return f"sha256:{tree_digest(digests)}"


def verification_json(found: Verification) -> dict[str, Json]:
    """The report as plain data."""
    return {
        "format": FORMAT,
        "holds": found.holds,
        "plan": found.plan,
        "backup": found.backup,
        "tree": found.tree,
        "verified_at": found.at,
        "verified_by": found.by,
        "distribution": {"before": dict(found.before), "after": dict(found.after)},
        "checks": [check_json(each) for each in found.checks],
        "findings": [as_json(each) for each in found.findings],
    }


def require_verified(run: Run, gates: Gates) -> str:
    """What was verified of the manifests as they are, in words; else GateClosedError.

    Nobody is told that everything held if something was not checked.
    """
    found = read_document(run.audit(FILE), FORMAT, _restored)
    if found is None or found.tree != tree_of(contents(gates.live)):
        raise GateClosedError(_not_verified())
    if not found.holds:
        raise GateClosedError(_does_not_hold(run.shown_audit(FILE)))
    if not found.reservations:
        return f"everything held at {found.at}"
    return f"what was checked held at {found.at}; {'; '.join(found.reservations)}"


@frozen
class _Verified:
    """What a report of `verify` says. `reservations`: checks that neither hold nor fail."""

    at: str
    tree: str
    holds: bool
    reservations: tuple[str, ...]


def _restored(value: Members) -> _Verified:
    checks = [an_object(each) for each in a_list(value.get("checks"))]
    verdicts = [(a_text(each.get("verdict")), a_text(each.get("check"))) for each in checks]
    return _Verified(
        a_text(value.get("verified_at")),
        a_text(value.get("tree")),
        a_flag(value.get("holds")),
        tuple(
            f"{reserved}: {', '.join(names)}"
            for reserved in (Verdict.NOT_CHECKED, Verdict.MISSED_BEFORE)
            if (names := [name for verdict, name in verdicts if verdict == reserved])
        ),
    )


def _not_verified() -> Diagnostic:
    return Diagnostic(
        code="E955",
        message="the manifests as they are now have not been verified",
        hint="run `starlang verify`",
    )


def _does_not_hold(file: str) -> Diagnostic:
    return Diagnostic(
        code="E986",
        message="`starlang verify` has found something that does not hold",
        file=file,
        hint="run it again to see what; `starlang rollback` puts everything back",
    )
