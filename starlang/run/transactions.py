"""The transactions over the manifests of a work tree: how they stand, and who runs them."""

from collections.abc import Sequence
from enum import StrEnum

from starlang.errors import GateClosedError
from starlang.run import stops
from starlang.run.audit_files import read_file
from starlang.run.backups import TREE
from starlang.run.ground import Run
from starlang.transaction.journal import Kind, Phase, Progress, Target
from starlang.transaction.place import Place, holder
from starlang.transaction.running import Runner, Standing, standings


class Step(StrEnum):
    """Which step of a run a transaction is."""

    CANARY = "canary"
    APPLY = "apply"


def transactions(run: Run) -> list[Standing]:
    """How all transactions over this work tree stand, the oldest first."""
    with stops.told(run):
        return standings(_place(run))


def unfinished(run: Run) -> Standing | None:
    """The transaction that was stopped in the middle, if one was."""
    return next((each for each in transactions(run) if not each.is_finished), None)


def forget(run: Run, names: Sequence[str]) -> None:
    """Removes what is kept of finished transactions."""
    if names:
        with stops.told(run):
            runner_of(run, _untold, "").forget(names)


def _untold(_phase: Phase, _done: int, _count: int) -> None:
    return


def require_settled(run: Run) -> None:
    """GateClosedError while somebody is at work, a transaction unfinished, or git busy."""
    if who := holder(_place(run)):
        raise GateClosedError(stops.locked(who))
    found = unfinished(run)
    if found is not None:
        raise GateClosedError(stops.unfinished(str(found.facts.get("step", ""))))
    run.repository.refuse_while_busy()


def next_serial(run: Run) -> int:
    """The number of the next full run over this work tree, from 1: an approval names it.

    A canary has the number of the full run that is to follow it, so that none is given
    twice even if what was kept of the last full run has been removed.
    """
    numbers = [1]
    for each in transactions(run):
        serial = each.facts.get("serial")
        if isinstance(serial, int):
            numbers.append(serial + (each.facts.get("step") == Step.APPLY.value))
    return max(numbers)


def committed(run: Run) -> list[Standing]:
    """The transactions that are written and not undone, the oldest first."""
    return [each for each in transactions(run) if each.last is Kind.COMMIT]


def _place(run: Run) -> Place:
    repository = run.repository
    return Place(run.manifests.resolve(), repository.state, repository.git_dir / "index.lock")


def runner_of(run: Run, progress: Progress, backup: str) -> Runner:
    """Whoever runs transactions here; old contents are looked up in the backup of that name."""

    def image(target: Target) -> bytes | None:
        return read_file(run.backups / backup / TREE / target.path) if backup else None

    return Runner(_place(run), run.surroundings.user, progress, image)
