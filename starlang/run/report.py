"""`report`: writes what a run has done, for people, auditors and programs.

It comes after `verify`, so that nothing is reported that does not hold.
"""

from collections.abc import Mapping
from errno import ENOENT
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, UnreadyError
from starlang.project.files import read_regular
from starlang.run.artifacts import FinishedRun, commit_message, finished_run
from starlang.run.audit_files import LIMIT, read_file, write_file
from starlang.run.audit_report import artifacts, block, with_block, without_markers
from starlang.run.gates import Gates
from starlang.run.ground import Run
from starlang.run.planned import contents
from starlang.run.reporting import mode_of
from starlang.run.transactions import require_settled
from starlang.run.verify import require_applied, require_verified
from starlang.text import counted, one_line


@frozen
class WrittenReport:
    """What `report` wrote. `written` and `same` are names of files, relative to the project.

    `missing` says that the document for the figures has no place for them, None if it has.
    """

    plan: str
    written: tuple[str, ...]
    same: tuple[str, ...]
    missing: Diagnostic | None

    def __repr__(self) -> str:
        state = f"{counted(len(self.written), 'file')} written, {len(self.same)} as before"
        return one_line(f"<WrittenReport: {state}, plan {self.plan}>")


def report(run: Run) -> WrittenReport:
    """Writes all artifacts of the run, and the figures into the document that has their markers.

    GateClosedError before the plan is applied and verified. A file that is as it would be
    written is left alone.
    """
    require_settled(run)
    gates = Gates(run)
    finished = the_finished(run, gates)
    mode = mode_of(run, gates.pinned.pins, gates.newest)
    written: list[str] = []
    same: list[str] = []
    for name, data in artifacts(finished).items():
        is_same = read_file(run.audit(name)) == data
        if not is_same:
            write_file(run.audit(name), data, mode)
        (same if is_same else written).append(run.shown_audit(name))
    top = run.project.config.run.audit.top
    before, after = top_before_and_after(finished)
    if before is not None and after is not None:
        if before != after:
            write_file(run.root / top, after, (run.root / top).stat().st_mode & 0o777)
        (same if before == after else written).append(top)
    missing = without_markers(top, run.name) if after is None else None
    return WrittenReport(finished.planned.digest, tuple(written), tuple(same), missing)


def message_of(run: Run) -> str:
    """The message for the commit; nothing is written. GateClosedError as for `report`."""
    return commit_message(the_finished(run, Gates(run)))


def the_finished(run: Run, gates: Gates) -> FinishedRun:
    """The run, if its plan is written and everything was verified."""
    _ = gates.pinned
    require_applied(run, gates.newest, gates.planned, contents(gates.live))
    require_verified(run, gates)
    return finished_run(run, gates.made)


def top_before_and_after(finished: FinishedRun) -> tuple[bytes | None, bytes | None]:
    """The document with the figures as it is, and as it is to be.

    None is in the place of one that is not there, or has no markers.
    """
    run = finished.run
    data = _read(run.root / run.project.config.run.audit.top)
    return data, None if data is None else with_block(data, run.name, block(finished))


def _read(path: Path) -> bytes | None:
    try:
        return read_regular(path, LIMIT)
    except OSError as error:
        if error.errno == ENOENT:
            return None
        raise UnreadyError(
            _unreadable(path, error.strerror or "it is not a regular file")
        ) from None


def differing(run: Run, wanted: Mapping[str, bytes]) -> tuple[str, ...]:
    """The names of artifacts that are not as they would be written now."""
    return tuple(name for name, data in wanted.items() if read_file(run.audit(name)) != data)


def require_reported(run: Run, gates: Gates) -> str:
    """That every artifact is as it would be written, in words; else GateClosedError."""
    finished = finished_run(run, gates.made)
    wanted = artifacts(finished)
    if found := differing(run, wanted):
        raise GateClosedError(_not_reported(run, found))
    return f"{counted(len(wanted), 'file')} of {finished.day}"


def _not_reported(run: Run, found: tuple[str, ...]) -> Diagnostic:
    first = run.shown_audit(found[0])
    others = f" and {counted(len(found) - 1, 'more file')}" if len(found) > 1 else ""
    return Diagnostic(
        code="E955",
        message=f"the run is not reported as it is: `{first}`{others} is missing or differs",
        hint="run `starlang report`",
    )


def _unreadable(path: Path, words: str) -> Diagnostic:
    return Diagnostic(
        code="E954",
        message=f"{path} cannot be read: {words}",
        hint="put a regular file there, or name another one: `top` under `[audit]`",
    )
