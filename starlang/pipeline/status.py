"""`status`: how far a run has come, from its files alone, at any time and after any crash."""

from collections.abc import Callable, Iterator
from enum import StrEnum

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import InputError, RefusedError
from starlang.pipeline.gates import Gates
from starlang.pipeline.ground import Run


class State(StrEnum):
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
    state: State
    words: str
    findings: tuple[Diagnostic, ...] = ()


@frozen
class Status:
    """All steps in their order, and the command that is due, "" when none is."""

    steps: tuple[StepStatus, ...]
    next: str


def status(run: Run) -> Status:
    """How every step stands. Reads files only, and refuses nothing."""
    steps = tuple(_steps(run))
    due = next((each.step for each in steps if each.state is State.OPEN), "")
    return Status(steps, f"starlang {due}" if due else "")


def _steps(run: Run) -> Iterator[StepStatus]:
    gates, is_waiting = Gates(run), False
    for step, look in _LOOKS:
        found = StepStatus(step, State.WAITING, "") if is_waiting else _looked(gates, step, look)
        is_waiting = is_waiting or found.state is not State.DONE
        yield found


def _looked(gates: Gates, step: str, look: Callable[[Gates], str]) -> StepStatus:
    try:
        return StepStatus(step, State.DONE, look(gates))
    except (RefusedError, InputError) as error:
        first, *others = error.diagnostics
        more = f" (and {len(others):,} more)" if others else ""
        return StepStatus(step, State.OPEN, f"{first.message}{more}", error.diagnostics)


def _pin(gates: Gates) -> str:
    pins = gates.pinned.pins
    return f"{len(pins.files):,} files by {pins.pinned_by} at {pins.pinned_at}"


def _backup(gates: Gates) -> str:
    backup = gates.backup
    return f"{len(backup.images):,} manifests in {backup.directory.name}"


_LOOKS: tuple[tuple[str, Callable[[Gates], str]], ...] = (("pin", _pin), ("backup", _backup))
