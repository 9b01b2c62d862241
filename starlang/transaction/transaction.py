"""One transaction: begun, carried out, undone.

What has been done is read from the contents: a target that has its old digest is not yet
exchanged, or exchanged back; one that has its new digest is exchanged. So carrying out
and undoing may each be done again from any point.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import accumulate, count, islice
from typing import TypeVar

from attrs import frozen

from starlang.transaction import journal as target_lists
from starlang.transaction.files import (
    DIRECTORY,
    READ,
    create_file,
    digest_of,
    look,
    make_directories,
    missing_directories,
    opened,
    read_whole,
    remove_directories,
    split,
    write_whole,
)
from starlang.transaction.journal import JOURNAL_NAME as JOURNAL
from starlang.transaction.journal import (
    NOTHING,
    ConflictError,
    DamagedError,
    FailedError,
    Journal,
    JournalError,
    NeitherError,
    Phase,
    Problem,
    Progress,
    Progressed,
    PutBackError,
    RecordKind,
    StaleError,
    StoppedError,
    Target,
    TargetsError,
    TransactionOutcome,
    UnsureError,
    tree_digest,
)
from starlang.transaction.place import (
    STAGE,
    Ground,
    next_serial,
    own,
    prepare,
    release,
    take,
    unfit,
)

GONE = ".gone"
"""How the name of a transaction ends that is being removed."""

CHUNK = 200
"""Files a worker is given at once, and between two reports of progress."""

Image = Callable[[Target], bytes | None]
"""Gives the old contents of a target from elsewhere, None if they are not there."""

Confirm = Callable[[], None]
"""Looks at the finished tree before it is committed; raises to have it undone."""

T = TypeVar("T")


@frozen(eq=False)
class Meter:
    """Reports how far a transaction is. `sums`: bytes of the first 0, 1, … files, () if unknown."""

    progress: Progress
    sums: tuple[int, ...] = ()

    def report(self, phase: Phase, done: int, count: int) -> None:
        """Reports `done` of `count` files, if it is time again."""
        if done % CHUNK == 0:
            sums = self.sums or (0,) * (count + 1)
            self.progress(Progressed(phase, done, count, sums[done], sums[-1]))


@frozen(eq=False)
class Transaction:
    """A transaction whose directory is open, and whose lock is held."""

    ground: Ground
    name: str
    directory: int
    stage: int
    journal: Journal
    targets: tuple[Target, ...]
    meter: Meter
    workers: int

    @property
    def directories(self) -> list[str]:
        """The directories that it makes, each after the one it is in."""
        found = self.journal.entries[0].facts.get("directories")
        listed = found if isinstance(found, list) else []
        return [each for each in listed if isinstance(each, str)]


@contextmanager
def existing(
    ground: Ground, name: str, progress: Progress, workers: int
) -> Iterator[Transaction | None]:
    """The transaction `name`; None if it never got to touch a file. DamagedError."""
    system = ground.system
    with (
        opened(system, system.beneath(ground.runs, name, DIRECTORY)) as directory,
        opened(system, system.appendable(directory, JOURNAL)) as descriptor,
    ):
        try:
            journal = Journal(system, descriptor)
        except JournalError as error:
            raise DamagedError(f"the journal of {name} is damaged: {error}") from None
        if not journal.has(RecordKind.READY):
            yield None
            return
        listed = _targets(ground, directory, journal)
        with opened(system, system.beneath(directory, STAGE, DIRECTORY)) as stage:
            meter = Meter(progress)
            yield Transaction(ground, name, directory, stage, journal, listed, meter, workers)


def _targets(ground: Ground, directory: int, journal: Journal) -> tuple[Target, ...]:
    """The list of targets that the first record names."""
    system = ground.system
    try:
        with opened(
            system, system.beneath(directory, target_lists.TARGETS_NAME, READ)
        ) as descriptor:
            data = read_whole(system, descriptor)
    except FileNotFoundError:
        raise DamagedError("the list of targets is missing") from None
    if journal.entries[0].facts.get("targets") != digest_of(data):
        raise DamagedError("the list of targets is not the one that was written")
    try:
        return target_lists.decode(data)
    except TargetsError as error:
        raise DamagedError(f"the list of targets: {error}") from None


@contextmanager
def begun(
    ground: Ground,
    contents: Sequence[tuple[Target, bytes]],
    facts: dict[str, object],
    progress: Progress,
    workers: int,
) -> Iterator[Transaction]:
    """A new transaction, ready: all new contents are staged and durable.

    StaleError if a target is not as `contents` say. OSError, and FileExistsError where git
    is at work. Whatever is raised in here, nothing under the root has been touched, and
    nothing is left behind.
    """
    system = ground.system
    listed = tuple(target for target, _ in contents)
    meter = Meter(progress, tuple(accumulate((len(data) for _, data in contents), initial=0)))
    _require_fresh(ground, listed, meter)
    name = next_serial(system, ground.runs)
    system.make_directory(ground.runs, name)
    try:
        with opened(system, system.beneath(ground.runs, name, DIRECTORY)) as directory:
            system.make_directory(directory, STAGE)
            with (
                opened(system, system.beneath(directory, STAGE, DIRECTORY)) as stage,
                opened(system, system.appendable(directory, JOURNAL)) as descriptor,
            ):
                journal = Journal(system, descriptor)
                transaction = Transaction(
                    ground, name, directory, stage, journal, listed, meter, workers
                )
                _make_ready(transaction, [data for _, data in contents], facts)
                yield transaction
    except (OSError, StaleError, KeyboardInterrupt):
        with suppress(OSError):
            discard(ground, name)
        raise


def _make_ready(
    transaction: Transaction, contents: Sequence[bytes], facts: dict[str, object]
) -> None:
    ground, directory = transaction.ground, transaction.directory
    system = ground.system
    listed = target_lists.encode(transaction.targets)
    create_file(system, directory, target_lists.TARGETS_NAME, listed, 0o600)
    _stage(transaction, contents)
    prepare(ground, directory)
    system.sync_all(directory)
    take(ground, directory)
    created = (each.path for each in transaction.targets if each.before == NOTHING)
    if made := missing_directories(system, ground.root, created):
        facts = {**facts, "directories": [*made]}
    transaction.journal.note(RecordKind.BEGIN, targets=digest_of(listed), **facts)
    transaction.journal.append(RecordKind.READY, count=len(transaction.targets))


def discard(ground: Ground, name: str) -> None:
    """Removes a transaction that touched nothing, if it is one."""
    system = ground.system
    with (
        opened(system, system.beneath(ground.runs, name, DIRECTORY)) as directory,
        opened(system, system.appendable(directory, JOURNAL)) as descriptor,
    ):
        is_ready = Journal(system, descriptor).has(RecordKind.READY)
    if not is_ready:
        remove(ground, name)


def remove(ground: Ground, name: str) -> None:
    """Removes a transaction that is finished, or never was ready.

    It loses its name first: what is half removed is not a transaction any more.
    """
    system = ground.system
    with opened(system, system.beneath(ground.runs, name, DIRECTORY)) as directory:
        release(ground, directory)
    # Or a power cut could bring the lock of git back, and nothing to tell whose it is.
    system.sync_all(ground.runs)
    system.rename(ground.runs, name, f"{name}{GONE}")
    purge(ground, f"{name}{GONE}")


def purge(ground: Ground, name: str) -> None:
    """Removes a directory that is not a transaction any more."""
    system = ground.system
    with opened(system, system.beneath(ground.runs, name, DIRECTORY)) as directory:
        _remove_contents(ground, directory)
    system.remove_directory(ground.runs, name)
    system.sync(ground.runs)


def _remove_contents(ground: Ground, directory: int) -> None:
    system = ground.system
    names = system.names(directory)
    if STAGE in names:
        with opened(system, system.beneath(directory, STAGE, DIRECTORY)) as stage:
            for name in system.names(stage):
                system.unlink(name, stage)
        system.remove_directory(directory, STAGE)
    for name in sorted(set(names) - {STAGE}):
        system.unlink(name, directory)


def _require_fresh(ground: Ground, listed: Sequence[Target], meter: Meter) -> None:
    """StaleError, naming every target that is not what it was planned to be."""
    user, device = own(ground)
    problems: list[Problem] = []
    for number, target in enumerate(listed):
        meter.report(Phase.CHECKING, number, len(listed))
        if problem := unfit(ground.system, ground.root, target, user, device):
            problems.append(problem)
    if problems:
        raise StaleError(*problems)


def _stage(transaction: Transaction, contents: Sequence[bytes]) -> None:
    """Writes the new contents, with the modes and attributes of the files."""
    system, root = transaction.ground.system, transaction.ground.root

    def stage(number: int) -> None:
        target = transaction.targets[number]
        attributes: dict[str, bytes] = {}
        if target.before != NOTHING:
            with opened(system, system.beneath(root, target.path, READ)) as old:
                attributes = system.attributes(old)
        descriptor = system.create(transaction.stage, str(number))
        with opened(system, descriptor):
            write_whole(system, descriptor, contents[number])
            for name, value in attributes.items():
                system.set_attribute(descriptor, name, value)
            system.set_mode(descriptor, target.mode)

    _each(transaction, Phase.STAGING, stage)


def _each(transaction: Transaction, phase: Phase, work: Callable[[int], T]) -> list[T]:
    """`work` on the number of every target, by all workers."""
    count = len(transaction.targets)
    numbers = iter(range(count))
    found: list[T] = []
    if transaction.workers == 1:
        while chunk := list(islice(numbers, CHUNK)):
            transaction.meter.report(phase, len(found), count)
            found += map(work, chunk)
        return found
    with ThreadPoolExecutor(transaction.workers) as pool:
        while chunk := list(islice(numbers, CHUNK * transaction.workers)):
            transaction.meter.report(phase, len(found), count)
            shares = [chunk[start : start + CHUNK] for start in range(0, len(chunk), CHUNK)]
            for share in pool.map(lambda each: list(map(work, each)), shares):
                found += share
    return found


def carry_out(transaction: Transaction, confirm: Confirm, image: Image) -> TransactionOutcome:
    """Exchanges what is not yet exchanged, verifies all of it, and commits.

    `require_known` comes first where the transaction was begun by another process.
    ConflictError if a file was edited meanwhile; then, and when `confirm` raises, everything
    is undone. NeitherError, DamagedError and OSError leave the transaction to be recovered.
    """
    take(transaction.ground, transaction.directory)
    conflicts = _exchanged(transaction, image)
    if conflicts:
        undo(transaction, image, "edited")
        raise ConflictError(*conflicts)
    try:
        confirm()
    except Exception:
        undo(transaction, image, "refused")
        raise
    _commit(transaction)
    return TransactionOutcome(transaction.name, is_new=True, count=len(transaction.targets))


def _exchanged(transaction: Transaction, image: Image) -> list[Problem]:
    """Exchanges and verifies all; the files that were edited meanwhile.

    FailedError where the system refuses one: what was begun is undone, unless that fails, too.
    """
    try:
        conflicts = _exchange_all(transaction)
        if not conflicts:
            transaction.ground.system.sync_all(transaction.stage)
            conflicts = _verify(transaction)
    except FailedError as error:
        with suppress(OSError, DamagedError, StoppedError):
            undo(transaction, image, "refused by the system")
            error.is_undone = True
        raise
    return conflicts


def _commit(transaction: Transaction) -> None:
    tree = tree_digest((each.path, each.after) for each in transaction.targets)
    try:
        transaction.journal.append(RecordKind.COMMIT, tree=tree)
    except OSError as error:
        raise UnsureError(error.strerror or str(error)) from error
    release(transaction.ground, transaction.directory)


def require_known(transaction: Transaction) -> None:
    """NeitherError for a target of another digest, PutBackError for one that is old again.

    DamagedError if the stage lacks what is new. Right after it was begun that is not a question:
    whoever saves then is a conflict.
    """
    states = _each(transaction, Phase.CHECKING, lambda number: _state(transaction, number))
    neither = [
        Problem(target.path, "is neither as it was nor as it is to be")
        for target, (live, _) in zip(transaction.targets, states, strict=True)
        if live not in {target.before, target.after}
    ]
    if neither:
        raise NeitherError(*neither)
    put_back = [
        Problem(target.path, "has been put back since, by git or by hand")
        for target, (live, staged) in zip(transaction.targets, states, strict=True)
        if live == staged == target.before != target.after
    ]
    if put_back:
        raise PutBackError(*put_back)
    for target, (live, staged) in zip(transaction.targets, states, strict=True):
        if live == target.before and staged != target.after:
            raise DamagedError(f"what was staged for `{target.path}` is missing or damaged")


def _state(transaction: Transaction, number: int) -> tuple[str, str]:
    """The digests of a target and of what is staged for it, "" for no file."""
    system, target = transaction.ground.system, transaction.targets[number]
    live = look(system, transaction.ground.root, target.path)
    staged = look(system, transaction.stage, str(number))
    return live.digest if live else "", staged.digest if staged else ""


def _exchange_all(transaction: Transaction) -> list[Problem]:
    """Exchanges every target that is old; what was edited at that moment is put back."""
    conflicts: list[Problem] = []
    if made := transaction.directories:
        make_directories(transaction.ground.system, transaction.ground.root, made)
        # A file that is moved into a directory that is not durable could be lost with it.
        transaction.ground.system.sync_all(transaction.stage)
    for number, target in enumerate(transaction.targets):
        transaction.meter.report(Phase.WRITING, number, len(transaction.targets))
        live, staged = _state(transaction, number)
        if live == target.after and staged != target.after:
            continue
        try:
            is_exchanged = live == target.before and _exchange(transaction, number, target.before)
        except OSError as error:
            words = f"cannot be written: {error.strerror or error}"
            raise FailedError(Problem(target.path, words), error, is_undone=False) from error
        if not is_exchanged:
            conflicts.append(Problem(target.path, "was edited while it was written"))
            break
    return conflicts


def _exchange(transaction: Transaction, number: int, expected: str, staged: str = "") -> bool:
    """Exchanges a target with what is staged; back again if not `expected` came out of it."""
    system, target = transaction.ground.system, transaction.targets[number]
    directory, name = split(target.path)
    staged = staged or str(number)
    if target.before == NOTHING:
        return _moved(transaction, target, staged, expected)
    mine = look(system, transaction.stage, staged)
    root = transaction.ground.root
    with opened(system, system.beneath(root, directory, DIRECTORY)) as parent:
        system.exchange(transaction.stage, staged, parent, name)
        displaced = look(system, transaction.stage, staged)
        if displaced is not None and displaced.digest == expected:
            return True
        system.exchange(transaction.stage, staged, parent, name)
        again = look(system, transaction.stage, staged)
        if mine is None or again is None or again.digest != mine.digest:
            # Saved once more in between: the newest contents belong to the path.
            system.exchange(transaction.stage, staged, parent, name)
    return False


def _moved(transaction: Transaction, target: Target, staged: str, expected: str) -> bool:
    """Puts a file where nothing is, or takes it away if it has the digest that is `expected`.

    Whatever else is there, or has got there meanwhile, stays.
    """
    system, root = transaction.ground.system, transaction.ground.root
    directory, name = split(target.path)
    with opened(system, system.beneath(root, directory, DIRECTORY)) as parent:
        try:
            if expected == NOTHING:
                system.move(transaction.stage, staged, parent, name)
                return True
            system.move(parent, name, transaction.stage, staged)
            taken = look(system, transaction.stage, staged)
            if taken is not None and taken.digest == expected:
                return True
            system.move(transaction.stage, staged, parent, name)
        except FileExistsError:
            pass
    return False


def _verify(transaction: Transaction) -> list[Problem]:
    """Every target, read back: it has the new contents, and nobody wrote into the old file."""

    def problem(number: int) -> Problem | None:
        target = transaction.targets[number]
        live, displaced = _state(transaction, number)
        if (live, displaced) == (target.after, target.before):
            return None
        return Problem(target.path, "was edited while it was written")

    found = _each(transaction, Phase.VERIFYING, problem)
    return [each for each in found if each is not None]


def undo(
    transaction: Transaction, image: Image, why: str, *, force: bool = False
) -> TransactionOutcome:
    """Puts back what was displaced, byte for byte, with its mode.

    A file that was edited since is left as it is; with `force` it is put back, too, and the
    edited contents are kept. It may be asked for again until nothing is left: then those that
    were left are looked at once more, and what was edited after it had been put back is not
    touched. DamagedError if the old contents are nowhere to be found.
    """
    system = transaction.ground.system
    take(transaction.ground, transaction.directory)
    reopened = _left_before(transaction)
    if transaction.journal.last is not RecordKind.ROLLBACK:
        transaction.journal.append(RecordKind.ROLLBACK, why=why)
    already, skipped = 0, set[str]()
    left: list[str] = []
    kept: list[tuple[str, str]] = []
    for number, target in enumerate(transaction.targets):
        transaction.meter.report(Phase.UNDOING, number, len(transaction.targets))
        live, staged = _state(transaction, number)
        if live == target.before:
            already += 1
            continue
        if live != target.after and reopened is not None and target.path not in reopened:
            skipped.add(target.path)
            continue
        if live != target.after and not (force and live):
            left.append(target.path)
            continue
        where = str(number)
        if staged != target.before:
            if staged not in {"", target.after}:
                kept.append((target.path, where))
            where = _restored(transaction, number, image)
        if not _exchange(transaction, number, live, where):
            left.append(target.path)
        elif live != target.after:
            kept.append((target.path, where))
    remove_directories(system, transaction.ground.root, transaction.directories)
    system.sync_all(transaction.stage)
    left += _edited_meanwhile(transaction, {*left, *skipped})
    transaction.journal.append(RecordKind.ROLLEDBACK, left=left)
    release(transaction.ground, transaction.directory)
    return TransactionOutcome(
        transaction.name,
        is_new=False,
        count=len(transaction.targets) - already - len(left) - len(skipped),
        already=already,
        left=tuple(left),
        kept=tuple((path, f"{transaction.name}/{STAGE}/{where}") for path, where in kept),
    )


def _left_before(transaction: Transaction) -> frozenset[str] | None:
    """The targets that were left when it was undone before, None if it never was."""
    for entry in reversed(transaction.journal.entries):
        if entry.kind is RecordKind.ROLLEDBACK:
            return left_of(entry.facts)
    return None


def left_of(facts: Mapping[str, object]) -> frozenset[str]:
    """The targets that the record of an undoing names as left."""
    found = facts.get("left")
    listed = found if isinstance(found, list) else []
    return frozenset(each for each in listed if isinstance(each, str))


def _restored(transaction: Transaction, number: int, image: Image) -> str:
    """The name in the stage to exchange a target with: of its old contents, or of nothing.

    The contents are from elsewhere. No file had the name, so what was put aside before stays.
    """
    system, stage = transaction.ground.system, transaction.stage
    names = (f"{number}.{turn}" for turn in count(1))
    name = next(each for each in names if system.named(each, stage) is None)
    target = transaction.targets[number]
    if target.before != NOTHING:
        data = image(target)
        if data is None or digest_of(data) != target.before:
            raise DamagedError(f"the old contents of `{target.path}` are lost: no copy is whole")
        create_file(system, stage, name, data, target.mode)
        system.sync_all(stage)
    return name


def _edited_meanwhile(transaction: Transaction, left: Iterable[str]) -> list[str]:
    """The targets that somebody has edited right after they were put back.

    NeitherError for one that has its new contents still.
    """
    known = set(left)

    def look_again(number: int) -> tuple[Target, str]:
        return transaction.targets[number], _state(transaction, number)[0]

    seen = _each(transaction, Phase.VERIFYING, look_again)
    if stuck := [
        Problem(target.path, "has not been put back")
        for target, live in seen
        if live == target.after != target.before and target.path not in known
    ]:
        raise NeitherError(*stuck)
    return [
        target.path for target, live in seen if live != target.before and target.path not in known
    ]
