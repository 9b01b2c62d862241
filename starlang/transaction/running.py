"""Transactions over a place: apply, recover, roll back, and how all of them stand."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import field, frozen

from starlang.transaction.files import READ, System, opened, read_whole
from starlang.transaction.journal import JOURNAL_NAME as JOURNAL
from starlang.transaction.journal import (
    TARGETS_NAME,
    DamagedError,
    JournalError,
    Progress,
    Record,
    RecordKind,
    Target,
    TargetsError,
    TransactionOutcome,
    decode,
    parse,
)
from starlang.transaction.place import RUNS, Ground, Place, held, release, serials
from starlang.transaction.transaction import (
    GONE,
    Confirm,
    Image,
    Transaction,
    begun,
    carry_out,
    discard,
    existing,
    left_of,
    purge,
    remove,
    require_known,
    undo,
)

WORKERS = 4

_UNFINISHED = frozenset({RecordKind.READY, RecordKind.ROLLBACK})


class UnfinishedError(Exception):
    """A transaction was stopped in the middle, and has to be recovered first."""


@frozen
class TransactionState:
    """How a transaction stands. `facts` are what was said when it was begun.

    `left`: paths of its targets that were edited when it was undone, and not put back.
    `was_committed`: all of them were new once, whatever has become of them since.
    """

    name: str
    last: RecordKind
    facts: dict[str, object]
    left: frozenset[str] = frozenset()
    was_committed: bool = False

    @property
    def is_finished(self) -> bool:
        return self.last not in _UNFINISHED


@frozen
class Runner:
    """Whoever runs transactions: where, as whom, and who is told how far it is.

    `image` gives the old contents of a target from a backup.
    """

    place: Place
    who: str
    progress: Progress
    image: Image
    system: System = field(factory=System)
    workers: int = WORKERS

    def apply(
        self,
        contents: Sequence[tuple[Target, bytes]],
        facts: dict[str, object],
        confirm: Confirm,
    ) -> TransactionOutcome:
        """Gives every target its new contents, or none of them.

        LockedError, UnfinishedError, StaleError and FileExistsError (git is at work) before
        anything is written; ConflictError and what `confirm` raises after all is undone;
        UnsureError, NeitherError, DamagedError and OSError where `recover` has to decide.
        """
        with self._held() as ground:
            for standing in self._standings(ground):
                if not standing.is_finished:
                    raise UnfinishedError(standing.name)
            with begun(ground, contents, facts, self.progress, self.workers) as transaction:
                return carry_out(transaction, confirm, self.image)

    def recover(self, confirm: Confirm, *, back: bool = False) -> TransactionOutcome | None:
        """Finishes the transaction that was stopped, None if there is none.

        Forward, unless `back` or its undoing has begun.
        """
        with self._held() as ground:
            for standing in self._standings(ground):
                if standing.is_finished:
                    continue
                with self._existing(ground, standing.name) as transaction:
                    if back or standing.last is RecordKind.ROLLBACK:
                        return undo(transaction, self.image, "recovered")
                    require_known(transaction)
                    return carry_out(transaction, confirm, self.image)
        return None

    def roll_back(self, names: Sequence[str], *, force: bool = False) -> list[TransactionOutcome]:
        """Undoes the committed transactions `names`, the newest first."""
        found = []
        with self._held() as ground:
            for standing in self._standings(ground):
                if not standing.is_finished:
                    raise UnfinishedError(standing.name)
            for name in sorted(names, reverse=True):
                with self._existing(ground, name) as transaction:
                    found.append(undo(transaction, self.image, "asked for", force=force))
        return found

    def forget(self, names: Sequence[str]) -> None:
        """Removes what is kept of the finished transactions `names`, and with it their undoing."""
        with self._held() as ground:
            finished = {each.name for each in self._standings(ground) if each.is_finished}
            for name in sorted(finished.intersection(names)):
                remove(ground, name)

    @contextmanager
    def _held(self) -> Iterator[Ground]:
        with held(self.system, self.place, self.who) as ground:
            yield ground

    @contextmanager
    def _existing(self, ground: Ground, name: str) -> Iterator[Transaction]:
        with existing(ground, name, self.progress, self.workers) as transaction:
            if transaction is None:
                raise DamagedError(f"the transaction {name} was never ready")
            yield transaction

    def _standings(self, ground: Ground) -> list[TransactionState]:
        """All transactions, without those that never touched a file, which are removed.

        A crash right after the last record leaves the lock of git, which is given back.
        """
        for name in self.system.names(ground.runs):
            if name.endswith(GONE):
                purge(ground, name)
        found = []
        for name in serials(self.system, ground.runs):
            with existing(ground, name, self.progress, self.workers) as transaction:
                if transaction is not None:
                    found.append(_standing(name, transaction))
                    if found[-1].is_finished:
                        release(ground, transaction.directory)
            if not found or found[-1].name != name:
                discard(ground, name)
        return found


def _standing(name: str, transaction: Transaction) -> TransactionState:
    return _as_told(name, transaction.journal.entries)


def _as_told(name: str, entries: Sequence[Record]) -> TransactionState:
    last = entries[-1]
    left = left_of(last.facts) if last.kind is RecordKind.ROLLEDBACK else frozenset[str]()
    was_committed = any(each.kind is RecordKind.COMMIT for each in entries)
    return TransactionState(name, last.kind, entries[0].facts, left, was_committed)


def standings(place: Place) -> list[TransactionState]:
    """How all transactions stand, for whoever only looks: without the lock, and nothing changes.

    DamagedError if a journal is damaged. A transaction that touched nothing is left out.
    It asks for nothing that Linux alone has, so that one can look from anywhere.
    """
    runs = place.state / RUNS
    if not runs.is_dir():
        return []
    found = []
    for name in sorted(each.name for each in runs.iterdir() if each.name.isdigit()):
        data = _read(runs / name / JOURNAL)
        if data is None:
            continue
        try:
            entries, _ = parse(data)
        except JournalError as error:
            raise DamagedError(f"the journal of {name} is damaged: {error}") from None
        if any(entry.kind is RecordKind.READY for entry in entries):
            found.append(_as_told(name, entries))
    return found


def targets_of(place: Place, name: str) -> tuple[Target, ...]:
    """The targets of the transaction `name`, for whoever only looks; DamagedError."""
    data = _read(place.state / RUNS / name / TARGETS_NAME)
    if data is None:
        raise DamagedError("the list of targets is missing")
    try:
        return decode(data)
    except TargetsError as error:
        raise DamagedError(f"the list of targets: {error}") from None


def _read(path: Path) -> bytes | None:
    """The bytes of a file, None if there is none."""
    try:
        descriptor = os.open(path, READ)
    except FileNotFoundError:
        return None
    system = System()
    with opened(system, descriptor):
        return read_whole(system, descriptor)
