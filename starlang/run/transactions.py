"""The transactions over the manifests of a work tree: how they stand, and who runs them."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from attrs import asdict, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, InputError, RefusedError
from starlang.rules.shapes import Members, a_count, a_list, a_text, an_object, record
from starlang.run import stops
from starlang.run.audit_files import document, read_document, read_file, write_file
from starlang.run.backups import TREE, backups_of
from starlang.run.ground import BACKUPS, Run
from starlang.text import Json
from starlang.transaction.journal import Progress, Progressed, RecordKind, Target
from starlang.transaction.place import Place, holder
from starlang.transaction.running import Runner, TransactionState, standings, targets_of

SPENT = "spent.json"
FORMAT = "starlang-spent/1"


class Step(StrEnum):
    """Which step of a run a transaction is."""

    CANARY = "canary"
    APPLY = "apply"
    GENERATE = "generate"


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


def transactions(run: Run) -> list[TransactionState]:
    """How the transactions of this run, and of those before it, stand, the oldest first."""
    return [each for each in _everybodys(run) if _is_own(run, each)]


def _everybodys(run: Run) -> list[TransactionState]:
    """How all transactions over this work tree stand, whichever config they belong to."""
    with stops.told(run):
        return standings(_place(run))


def _is_own(run: Run, standing: TransactionState) -> bool:
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


def unfinished(run: Run) -> TransactionState | None:
    """The transaction that was stopped in the middle, if one was, whichever config's it is."""
    return next((each for each in _everybodys(run) if not each.is_finished), None)


def require_own(run: Run, found: TransactionState) -> None:
    """GateClosedError if another config has begun the transaction."""
    if not _is_own(run, found):
        raise GateClosedError(stopped(run, found))


def stopped(run: Run, found: TransactionState) -> Diagnostic:
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


def _untold(_now: Progressed) -> None:
    return


def require_settled(run: Run) -> None:
    """GateClosedError while somebody is at work, a transaction unfinished, or git busy."""
    if who := holder(_place(run)):
        raise GateClosedError(stops.locked(who))
    found = unfinished(run)
    if found is not None:
        raise GateClosedError(stopped(run, found))
    run.repository.refuse_while_busy()


@frozen
class Spent:
    """An approval that was used: its digest, the plan, the number of the run, when and by whom."""

    approval: str
    plan: str
    serial: int
    at: str
    by: str


def spent_approvals(run: Run) -> tuple[Spent, ...]:
    """Every approval that is known to have been used here, by the record or by the journals."""
    found = {each.approval: each for each in _recorded(run)}
    for each in transactions(run):
        facts = each.facts
        serial = facts.get("serial")
        if each.was_committed and facts.get("step") == Step.APPLY.value and isinstance(serial, int):
            texts = (str(facts.get(key, "")) for key in ("approval", "plan"))
            approval, plan = texts
            spent = Spent(approval, plan, serial, str(facts.get("at")), str(facts.get("by")))
            found.setdefault(approval, spent)
    return tuple(sorted(found.values(), key=lambda each: (each.serial, each.approval)))


def _recorded(run: Run) -> tuple[Spent, ...]:
    """Those in the record that is committed."""
    return read_document(run.audit(SPENT), FORMAT, _restored) or ()


def is_recorded(run: Run) -> bool:
    """Whether the record names every approval that is known to have been used."""
    return _recorded(run) == spent_approvals(run)


def record_spent(run: Run) -> None:
    """Brings the record up to date."""
    known = spent_approvals(run)
    if _recorded(run) != known:
        entries: list[Json] = [asdict(each) for each in known]
        write_file(run.audit(SPENT), document({"format": FORMAT, "approvals": entries}))


def _restored(value: Members) -> tuple[Spent, ...]:
    listed = record(value, frozenset({"format", "approvals"}))["approvals"]
    return tuple(_spent(an_object(each)) for each in a_list(listed))


def _spent(value: Members) -> Spent:
    found = record(value, frozenset({"approval", "plan", "serial", "at", "by"}))
    texts = {name: a_text(found[name]) for name in ("approval", "plan", "at", "by")}
    return Spent(**texts, serial=a_count(found["serial"]))


def next_serial(run: Run) -> int:
    """The number of the next full run over this repository, from 1: an approval names it.

    A canary has the number of the full run that is to follow it, so that none is given
    twice even if what was kept of the last full run has been removed. A full run that was
    undone before it was done has used up nothing.
    """
    numbers = [1, *(each.serial + 1 for each in spent_approvals(run))]
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


def targets(run: Run, standing: TransactionState) -> tuple[Target, ...]:
    """The manifests that a transaction is about."""
    with stops.told(run):
        return targets_of(_place(run, standing.facts), standing.name)


def written_under(run: Run, standing: TransactionState) -> Path:
    """The directory that the targets of a transaction lie under."""
    return _place(run, standing.facts).root


def committed(run: Run) -> list[TransactionState]:
    """The transactions that are written and not undone, the oldest first."""
    return [each for each in transactions(run) if each.last is RecordKind.COMMIT]


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
