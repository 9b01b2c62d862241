"""Writing what a plan says, and taking it back: transactions over the manifests of a run."""

import os
import struct
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from shlex import quote
from stat import S_IMODE

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, InputError, RefusedError, UnsafeError
from starlang.run import stops
from starlang.run.backups import Backup
from starlang.run.checks import FailedChecksError, check_tree, failures
from starlang.run.gates import Gates
from starlang.run.ground import Run
from starlang.run.planned import Rewriting, contents
from starlang.run.record import applied_facts, changes_since, put_back, read_facts
from starlang.run.transactions import (
    Step,
    committed,
    next_serial,
    owner,
    record_spent,
    require_own,
    require_settled,
    runner_of,
    spent_approvals,
    unfinished,
)
from starlang.transaction.journal import (
    Problem,
    Progress,
    RecordKind,
    StaleError,
    Target,
    TransactionOutcome,
)
from starlang.transaction.place import unfit_targets

MODE = 0o644
"""The mode of a manifest that is made."""


@frozen
class Applied:
    """How many manifests `apply` wrote, how many were as planned already, and how many are left.

    `is_first`: no approval was known here before to have been used. `put_back` are files of an
    earlier run that were edited or missing, and are as they were. `warnings` are about the
    approval.
    """

    written: int
    already: int
    left: int = 0
    put_back: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    is_first: bool = False


def apply(run: Run, progress: Progress, *, dry_run: bool = False) -> Applied:
    """Writes all that the approved plan changes and that has not been written yet.

    GateClosedError if a step is missing, an input has changed or a manifest was edited;
    UnsafeError if what was written does not hold, after all of it has been taken back.
    """
    require_settled(run)
    gates = Gates(run)
    count = len(gates.planned.rewritings)
    if not gates.left:
        return Applied(0, count, put_back=_put_back(run, gates, dry_run=dry_run))
    approval, is_first = gates.approval, not spent_approvals(run)
    already = count - len(gates.left)
    if dry_run:
        return Applied(0, already, len(gates.left), warnings=approval.warnings)
    try:
        facts = {"approval": approval.digest, **read_facts(run, gates.reported)}
        outcome = write_manifests(gates, gates.left, Step.APPLY, progress, facts)
    except UnsafeError:
        _take_back_canary(run, gates, progress)
        raise
    record_spent(run)
    return Applied(outcome.count, already, warnings=approval.warnings, is_first=is_first)


def _put_back(run: Run, gates: Gates, *, dry_run: bool) -> tuple[str, ...]:
    """Puts back what was read and signed, if this clone has applied the plan."""
    facts = applied_facts(run, gates.planned, gates.backup)
    if facts is None or dry_run or not any(changes_since(run, facts)):
        return ()
    return put_back(run, gates.pinned.pins, gates.made, facts)


def write_manifests(
    gates: Gates,
    rewritings: Sequence[Rewriting],
    step: Step,
    progress: Progress,
    about: Mapping[str, object] | None = None,
) -> TransactionOutcome:
    """One transaction over `rewritings`; before it is committed, the whole tree is checked.

    Its journal says what is written, and `about` it.
    """
    if not rewritings:
        return TransactionOutcome("", is_new=True, count=0)
    run = gates.run
    facts: dict[str, object] = {
        "step": step.value,
        **owner(run, gates.backup.metadata.sequence),
        "backup": gates.backup.directory.name,
        "plan": gates.planned.digest,
        "edits": gates.planned.edits_digest,
        **(about or {}),
        "serial": next_serial(run),
        "by": run.surroundings.user,
        "at": run.surroundings.time(),
    }
    made = [(_target(each, gates.backup), each.after) for each in rewritings]
    runner = runner_of(run, progress, facts)
    with stops.told(run):
        _require_changeable(run, [target for target, _ in made])
        return runner.apply(made, facts, lambda: _confirm(run, is_complete=step is Step.APPLY))


def require_fit(gates: Gates) -> None:
    """GateClosedError if a manifest that is left could not be written, as by its owner."""
    run = gates.run
    listed = [_target(each, gates.backup) for each in gates.left]
    with stops.told(run):
        found = unfit_targets(run.manifests.resolve(), run.repository.git_dir, listed)
        if found:
            raise StaleError(*found)
        _require_changeable(run, listed)


def _require_changeable(run: Run, listed: Sequence[Target]) -> None:
    """StaleError if the file system forbids, by an attribute, to replace a target."""
    above: dict[Path, bool] = {}
    found = []
    for each in listed:
        path = run.manifests / each.path
        directory = path.parent
        if directory not in above:
            above[directory] = _is_immutable(directory)
        if above[directory] or _is_immutable(path):
            name = run.shown(each.path)
            name = name.rpartition("/")[0] if above[directory] else name
            hint = f"run `chattr -ia {quote(name)}`, and the step again"
            found.append(Problem(each.path, f"cannot be replaced: `{name}` is immutable", hint))
    if found:
        raise StaleError(*found)


_GET_FLAGS = 2 << 30 | struct.calcsize("l") << 16 | ord("f") << 8 | 1
"""FS_IOC_GETFLAGS of Linux, which Python has no name for."""
_FIXED = 0x10 | 0x20
"""FS_IMMUTABLE_FL and FS_APPEND_FL: `chattr +i` and `chattr +a`."""


def _is_immutable(path: Path) -> bool:
    """Whether `path` has an attribute that keeps even root from replacing it."""
    from fcntl import ioctl  # noqa: PLC0415 -- Windows has none, and imports this file, too

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return False  # whatever it is, looking at the target has named it
    try:
        flags = ioctl(descriptor, _GET_FLAGS, bytes(struct.calcsize("l")))
    except OSError:
        return False  # a file system without such attributes
    finally:
        os.close(descriptor)
    return bool(int.from_bytes(flags[:4], sys.byteorder) & _FIXED)


def _confirm(run: Run, *, is_complete: bool) -> None:
    """Looks at the files as they are now, with everything read again."""
    try:
        gates = Gates(run)
        files = contents(gates.live)
        before, problems = gates.backup.planned, gates.problems
        found = check_tree(run, gates.planned, before, files, problems, is_complete=is_complete)
    except (RefusedError, InputError) as error:
        raise UnsafeError(stops.undone(), *error.diagnostics) from None
    if failed := failures(found.checks):
        raise FailedChecksError(stops.undone(), *failed, checks=found.checks)


def _take_back_canary(run: Run, gates: Gates, progress: Progress) -> None:
    """What failed is the plan, so its canary goes as well."""
    backup = gates.backup.directory.name
    found = [each for each in committed(run) if each.facts.get("backup") == backup]
    if found:
        with stops.told(run):
            runner_of(run, progress, found[0].facts).roll_back([each.name for each in found])


def recover(run: Run, progress: Progress, *, back: bool = False) -> TransactionOutcome | None:
    """Finishes what was stopped, or takes it `back`; None if nothing was.

    Going forward is applying, so that it needs the same inputs; going back needs none.
    """
    found = unfinished(run)
    if found is None:
        with stops.told(run):
            return runner_of(run, progress, {}).recover(_nothing)
    if not back:
        require_own(run, found)
    if not back and found.last is not RecordKind.ROLLBACK:
        _require_inputs(run)
    is_complete = found.facts.get("step") == Step.APPLY.value
    with stops.told(run):
        outcome = runner_of(run, progress, found.facts).recover(
            lambda: _confirm(run, is_complete=is_complete), back=back
        )
    record_spent(run)
    return outcome


def _target(each: Rewriting, backup: Backup) -> Target:
    mode = MODE
    if not each.is_new:
        mode = S_IMODE((backup.tree / each.path).stat(follow_symlinks=False).st_mode)
    return Target(each.path, each.digest_before, sha256(each.after).hexdigest(), mode)


def _require_inputs(run: Run) -> None:
    """GateClosedError if an input is not as it was pinned; the way out is to go back first."""
    try:
        _ = Gates(run).pinned
    except (GateClosedError, InputError) as error:
        found = (evolve(each, hint=_GO_BACK) for each in error.diagnostics)
        raise GateClosedError(*found) from None


_GO_BACK = "undo the change, and recover again; or go back first: `starlang recover --back`"


def _nothing() -> None:
    return
