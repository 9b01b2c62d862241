"""The transactions over the manifests of a work tree: how they stand, and who runs them."""

from collections.abc import Sequence
from enum import StrEnum

from attrs import asdict, frozen

from starlang.errors import GateClosedError
from starlang.explain.encoding import Json
from starlang.rules.shapes import Members, a_count, a_list, a_text, an_object, record
from starlang.run import stops
from starlang.run.audit_files import document, read_document, read_file, write_file
from starlang.run.backups import TREE
from starlang.run.ground import Run
from starlang.transaction.journal import Kind, Phase, Progress, Target
from starlang.transaction.place import Place, holder
from starlang.transaction.running import Runner, Standing, standings

SPENT = "phase4_spent.json"
FORMAT = "starlang-spent/1"


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
        if each.was_written and facts.get("step") == Step.APPLY.value and isinstance(serial, int):
            texts = (str(facts.get(key, "")) for key in ("approval", "plan"))
            approval, plan = texts
            spent = Spent(approval, plan, serial, str(facts.get("at")), str(facts.get("by")))
            found.setdefault(approval, spent)
    return tuple(sorted(found.values(), key=lambda each: (each.serial, each.approval)))


def _recorded(run: Run) -> tuple[Spent, ...]:
    """Those in the record that is committed."""
    return read_document(run.audits / SPENT, FORMAT, _restored) or ()


def is_recorded(run: Run) -> bool:
    """Whether the record names every approval that is known to have been used."""
    return _recorded(run) == spent_approvals(run)


def record_spent(run: Run) -> None:
    """Brings the record up to date."""
    known = spent_approvals(run)
    if _recorded(run) != known:
        entries: list[Json] = [asdict(each) for each in known]
        write_file(run.audits / SPENT, document({"format": FORMAT, "approvals": entries}))


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
    twice even if what was kept of the last full run has been removed.
    """
    numbers = [1, *(each.serial + 1 for each in spent_approvals(run))]
    for each in transactions(run):
        serial = each.facts.get("serial")
        if isinstance(serial, int) and each.facts.get("step") == Step.CANARY.value:
            numbers.append(serial)
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
