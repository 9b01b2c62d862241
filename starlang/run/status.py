"""`status`: how far a run has come, from its files alone, at any time and after any crash."""

from collections.abc import Callable, Iterator
from enum import StrEnum

from attrs import frozen

from starlang.diagnostics.formats import as_json
from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, InputError, RefusedError
from starlang.run.gates import Gates
from starlang.run.ground import Run
from starlang.run.record import applied_facts, changes_since, moved_away
from starlang.run.report import require_reported
from starlang.run.transactions import stopped, unfinished
from starlang.run.verify import require_verified
from starlang.text import Json, counted, one_line


class StepState(StrEnum):
    """How a step stands."""

    DONE = "done"
    OPEN = "open"
    """It has not been done yet, or has to be done again."""
    WAITING = "waiting"
    """A step before it is open."""


@frozen
class StepStatus:
    """One step: what it is called, how it stands, and in words what came of it."""

    step: str
    state: StepState
    words: str
    findings: tuple[Diagnostic, ...] = ()


@frozen
class Status:
    """All steps in their order, and the command that is due, "" when none is."""

    steps: tuple[StepStatus, ...]
    next: str

    def __repr__(self) -> str:
        done = sum(each.state is StepState.DONE for each in self.steps)
        due = f", next `{self.next}`" if self.next else ""
        return one_line(f"<Status: {done} of {counted(len(self.steps), 'step')} done{due}>")


def status(run: Run) -> Status:
    """How every step stands. Reads files only, and refuses nothing."""
    gates = Gates(run)
    steps = tuple(_steps(gates))
    due = next((each.step for each in steps if each.state is StepState.OPEN), "")
    return Status(steps, _command(gates, due))


def _command(gates: Gates, step: str) -> str:
    """What is to be typed for a step; somebody who approves has to name the plan."""
    if step == "approve":
        return f"starlang approve {gates.reported.head.digits}"
    return f"starlang {step}" if step else ""


def _steps(gates: Gates) -> Iterator[StepStatus]:
    if (recovery := _recovery(gates.run)) is not None:
        yield recovery
        return
    is_waiting = False
    for step, look in _LOOKS:
        found = (
            StepStatus(step, StepState.WAITING, "") if is_waiting else _looked(gates, step, look)
        )
        is_waiting = is_waiting or found.state is not StepState.DONE
        yield found


def _recovery(run: Run) -> StepStatus | None:
    """What stands before everything else: writing that was stopped in the middle."""
    try:
        found = unfinished(run)
    except RefusedError as error:
        return StepStatus(
            "recover", StepState.OPEN, error.diagnostics[0].message, error.diagnostics
        )
    if found is None:
        return None
    finding = stopped(run, found)
    return StepStatus("recover", StepState.OPEN, finding.message, (finding,))


def _looked(gates: Gates, step: str, look: Callable[[Gates], str]) -> StepStatus:
    try:
        return StepStatus(step, StepState.DONE, look(gates))
    except (RefusedError, InputError) as error:
        found = error.diagnostics
        words = found[0].message if len(found) == 1 else counted(len(found), "finding")
        return StepStatus(step, StepState.OPEN, words, found)


def _pin(gates: Gates) -> str:
    pins = gates.pinned.pins
    return f"{counted(len(pins.files), 'file')} by {pins.pinned_by} at {pins.pinned_at}"


def _backup(gates: Gates) -> str:
    backup = gates.backup
    if found := tuple(moved_away(gates.run, backup)):
        raise GateClosedError(*found)
    made = f", and {len(backup.drafts):,} to be made," if backup.drafts else ""
    return f"{counted(len(backup.images), 'manifest')}{made} in {backup.directory.name}"


def _canary(gates: Gates) -> str:
    making = gates.reported.head.making
    changes = counted(len(gates.planned.rewritings), "manifest")
    return f"{changes} would change; reported at {making.made_at} by {making.made_by}"


def _approve(gates: Gates) -> str:
    _ = gates.reported
    if not gates.left:
        return "nothing is left that would have to be approved"
    approval = gates.approval
    return f"by {approval.by} at {approval.at}, until {approval.expires}"


def _apply(gates: Gates) -> str:
    if gates.left:
        done = len(gates.planned.rewritings) - len(gates.left)
        raise GateClosedError(_unwritten(len(gates.left), done))
    facts = applied_facts(gates.run, gates.planned, gates.backup)
    if facts is not None and (found := tuple(changes_since(gates.run, facts))):
        raise GateClosedError(*found)
    number = len(gates.planned.rewritings)
    return f"{counted(number, 'manifest is', 'manifests are')} as planned"


def _verify(gates: Gates) -> str:
    if not gates.planned.rewritings:
        return "there is nothing to verify: the plan changes nothing"
    return require_verified(gates.run, gates)


def _report(gates: Gates) -> str:
    if not gates.planned.rewritings:
        return "there is nothing to report: the plan changes nothing"
    return require_reported(gates.run, gates)


def _unwritten(left: int, done: int) -> Diagnostic:
    written = f", and {counted(done, 'is', 'are')} (the canary)" if done else ""
    return Diagnostic(
        code="E955",
        message=f"{counted(left, 'manifest is', 'manifests are')} not written yet{written}",
        hint="run `starlang apply`",
    )


_LOOKS: tuple[tuple[str, Callable[[Gates], str]], ...] = (
    ("pin", _pin),
    ("backup", _backup),
    ("canary", _canary),
    ("approve", _approve),
    ("apply", _apply),
    ("verify", _verify),
    ("report", _report),
)


# `starlang-status/1`: how far a run has come, for programs.

FORMAT = "starlang-status/1"


def status_json(status: Status) -> dict[str, Json]:
    """The status as plain data."""
    return {
        "format": FORMAT,
        "next": status.next,
        "steps": [
            {
                "step": each.step,
                "state": each.state.value,
                "words": each.words,
                "findings": [as_json(finding) for finding in each.findings],
            }
            for each in status.steps
        ],
    }
