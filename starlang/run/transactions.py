"""The transactions over the manifests of a work tree: how they stand, and who runs them."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, InputError, RefusedError
from starlang.run import stops
from starlang.run.audit_files import read_file
from starlang.run.backups import TREE, backups_of
from starlang.run.ground import BACKUPS, Run
from starlang.transaction.journal import Kind, Phase, Progress, Target
from starlang.transaction.place import Place, holder
from starlang.transaction.running import Runner, Standing, standings, targets_of


class Step(StrEnum):
    """Which step of a run a transaction is."""

    CANARY = "canary"
    APPLY = "apply"


def owner(run: Run, number: int) -> dict[str, object]:
    """Whose a transaction is, as its first record says: the run, and where its manifests lie."""
    repository = run.repository
    return {
        "name": f"{run.name}-{number}",
        "number": number,
        "config": run.config,
        "prefix": run.name,
        "project": repository.prefix(run.root),
        "root": repository.prefix(run.manifests),
        "branch": repository.branch(),
        "commit": repository.head(),
    }


def transactions(run: Run) -> list[Standing]:
    """How the transactions of this run, and of those before it, stand, the oldest first."""
    return [each for each in _everybodys(run) if _is_own(run, each)]


def _everybodys(run: Run) -> list[Standing]:
    """How all transactions over this work tree stand, whichever config they belong to."""
    with stops.told(run):
        return standings(_place(run))


def _is_own(run: Run, standing: Standing) -> bool:
    """Whether a transaction was made with this config.

    A config may be renamed, and so may a rule set, and either may be unreadable by now: it is
    enough that one of the two is the same.
    """
    facts = standing.facts
    if facts.get("config") == run.config:
        return True
    with suppress(InputError, RefusedError):
        same_project = facts.get("project") == run.repository.prefix(run.root)
        return same_project and facts.get("prefix") == run.name
    return False


def unfinished(run: Run) -> Standing | None:
    """The transaction that was stopped in the middle, if one was, whichever config's it is."""
    return next((each for each in _everybodys(run) if not each.is_finished), None)


def require_own(run: Run, found: Standing) -> None:
    """GateClosedError if another config has begun the transaction."""
    if not _is_own(run, found):
        raise GateClosedError(stopped(run, found))


def stopped(run: Run, found: Standing) -> Diagnostic:
    """Says which step was stopped in the middle, and with which config it goes on."""
    config = ""
    if not _is_own(run, found):
        config = os.path.relpath(run.repository.top / str(found.facts.get("config", "")))
    return stops.unfinished(str(found.facts.get("step", "")), config)


def forget(run: Run, names: Sequence[str]) -> None:
    """Removes what is kept of finished transactions."""
    if names:
        with stops.told(run):
            runner_of(run, _untold, {}).forget(names)


def _untold(_phase: Phase, _done: int, _count: int) -> None:
    return


def require_settled(run: Run) -> None:
    """GateClosedError while somebody is at work, a transaction unfinished, or git busy."""
    if who := holder(_place(run)):
        raise GateClosedError(stops.locked(who))
    found = unfinished(run)
    if found is not None:
        raise GateClosedError(stopped(run, found))
    run.repository.refuse_while_busy()


def next_serial(run: Run) -> int:
    """The number of the next full run over this work tree, from 1: an approval names it.

    A canary has the number of the full run that is to follow it, so that none is given
    twice even if what was kept of the last full run has been removed. A full run that was
    undone before it was done has used up nothing.
    """
    numbers = [1]
    for each in transactions(run):
        serial = each.facts.get("serial")
        if isinstance(serial, int):
            is_used = each.facts.get("step") == Step.APPLY.value and each.was_committed
            numbers.append(serial + is_used)
    return max(numbers)


def next_number(run: Run) -> int:
    """The number of the next run of this name over this work tree, from 1."""
    numbers = [each.metadata.sequence for each in backups_of(run)]
    for each in transactions(run):
        number = each.facts.get("number")
        numbers += [number] if isinstance(number, int) else []
    return max(numbers, default=0) + 1


def targets(run: Run, standing: Standing) -> tuple[Target, ...]:
    """The manifests that a transaction is about."""
    with stops.told(run):
        return targets_of(_place(run, standing.facts), standing.name)


def written_under(run: Run, standing: Standing) -> Path:
    """The directory that the targets of a transaction lie under."""
    return _place(run, standing.facts).root


def committed(run: Run) -> list[Standing]:
    """The transactions that are written and not undone, the oldest first."""
    return [each for each in transactions(run) if each.last is Kind.COMMIT]


def _place(run: Run, facts: Mapping[str, object] | None = None) -> Place:
    """Where transactions are; with `facts`, where the one was that they are of."""
    repository, root = run.repository, (facts or {}).get("root")
    manifests = repository.top / root if isinstance(root, str) else run.manifests
    return Place(manifests.resolve(), repository.state, repository.git_dir / "index.lock")


def runner_of(run: Run, progress: Progress, facts: Mapping[str, object]) -> Runner:
    """Whoever runs the transaction that `facts` are of; its backup has the old contents, too."""
    project, backup = facts.get("project"), str(facts.get("backup", ""))
    root = run.repository.top / project if isinstance(project, str) else run.root

    def image(target: Target) -> bytes | None:
        return read_file(root / BACKUPS / backup / TREE / target.path) if backup else None

    return Runner(_place(run, facts), run.surroundings.user, progress, image)
