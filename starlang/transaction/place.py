"""Where transactions over one directory keep their state: a lock, and a directory each."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen

from starlang.transaction.files import (
    DIRECTORY,
    Seen,
    System,
    is_absent,
    look,
    opened,
    read_whole,
    write_whole,
)
from starlang.transaction.journal import NOTHING, Problem, Target

RUNS = "runs"
STAGE = "stage"
LOCK = "lock"
GIT_LOCK = "index.lock"

_WIDTH = 6


class LockedError(Exception):
    """Another process is at work here; the words say who."""


@frozen
class Place:
    """The directory `root` that is written under, and `state`, on the same file system.

    `git_lock` is the lock file of the git index, held while files are exchanged; None
    where there is no git.
    """

    root: Path
    state: Path
    git_lock: Path | None = None


@frozen
class Ground:
    """A place with the descriptors that all is done through; the lock is held."""

    system: System
    place: Place
    root: int
    runs: int


@contextmanager
def held(system: System, place: Place, who: str) -> Iterator[Ground]:
    """The place, locked for this process: LockedError if another one has it."""
    (place.state / RUNS).mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        opened(system, system.directory(os.fspath(place.root))) as root,
        opened(system, system.directory(os.fspath(place.state))) as state,
        opened(system, system.beneath(state, RUNS, DIRECTORY)) as runs,
        opened(system, system.appendable(state, LOCK)) as lock,
    ):
        try:
            system.lock(lock)
        except BlockingIOError:
            raise LockedError(_named(system, lock)) from None
        # On a disk that is full to the last block, one must still be able to go back.
        with suppress(OSError):
            system.truncate(lock, 0)
            write_whole(system, lock, f"{who}, process {os.getpid()}\n".encode())
        yield Ground(system, place, root, runs)


def holder(place: Place) -> str | None:
    """Who is at work here right now, None if nobody is."""
    system = System()
    try:
        state = system.directory(os.fspath(place.state))
    except FileNotFoundError:
        return None
    with opened(system, state), opened(system, system.appendable(state, LOCK)) as lock:
        try:
            system.lock(lock)
        except BlockingIOError:
            return _named(system, lock)
    return None


def _named(system: System, lock: int) -> str:
    words = read_whole(system, lock).decode(errors="replace").strip()
    return words or "another process"


def serials(system: System, runs: int) -> list[str]:
    """The names of all transactions, the oldest first."""
    return sorted(name for name in system.names(runs) if name.isdigit() and len(name) == _WIDTH)


def next_serial(system: System, runs: int) -> str:
    """A name for one more, after all that are there."""
    names = serials(system, runs)
    return f"{int(names[-1]) + 1 if names else 1:0{_WIDTH}d}"


def prepare(ground: Ground, directory: int) -> None:
    """Makes the transaction's own file that the lock of the git index becomes a second name of.

    It has to be durable before `take`: after a power cut the lock could otherwise be there,
    and nothing to tell whose it is.
    """
    if ground.place.git_lock is not None:
        ground.system.close(ground.system.create(directory, GIT_LOCK))


def take(ground: Ground, directory: int) -> None:
    """Takes the lock of the git index, which keeps `git add`, `checkout` and others out.

    It is a second name of a file of the transaction, so that after a crash the transaction
    knows its own. FileExistsError if git is at work.
    """
    path, system = ground.place.git_lock, ground.system
    if path is not None and not _is_own(system, directory, path):
        system.link(directory, GIT_LOCK, os.fspath(path))


def release(ground: Ground, directory: int) -> None:
    """Gives the lock of the git index back, if this transaction has it."""
    path, system = ground.place.git_lock, ground.system
    if path is not None and _is_own(system, directory, path):
        system.unlink(os.fspath(path))


def _is_own(system: System, directory: int, path: Path) -> bool:
    own, held = system.named(GIT_LOCK, directory), system.named(os.fspath(path), None)
    return own is not None and own == held


# Which files can be targets here.


def own(ground: Ground) -> tuple[int, int]:
    """The user that files are made as, and the device that they are made on."""
    status = ground.system.status(ground.runs)
    return status.st_uid, status.st_dev


def unfit_targets(root: Path, state: Path, listed: Sequence[Target]) -> tuple[Problem, ...]:
    """Which files under `root` could not be exchanged with files in `state`, for who only looks."""
    system, status = System(), state.stat()
    with opened(system, system.directory(os.fspath(root))) as directory:
        looked = [unfit(system, directory, each, os.getuid(), status.st_dev) for each in listed]
    return tuple(filter(None, looked))


def unfit(system: System, root: int, target: Target, user: int, device: int) -> Problem | None:
    """Why a file cannot be a target, None if it can."""
    if target.before == NOTHING:
        is_free = is_absent(system, root, target.path)
        return None if is_free else Problem(target.path, "is there already, or a link leads to it")
    seen = look(system, root, target.path)
    words, hint = _unlike(target, seen, user, device)
    return Problem(target.path, words, hint) if words else None


def _unlike(target: Target, seen: Seen | None, user: int, device: int) -> tuple[str, str]:
    words, hint = "", ""
    if seen is None:
        words = "is gone, or is not a regular file, or is reached through a symbolic link"
    elif seen.digest != target.before:
        words = "has been edited since"
    elif seen.mode != target.mode:
        words = f"has the mode {seen.mode:04o}, and had {target.mode:04o}"
    elif seen.links > 1:
        words = f"has {seen.links} names (hard links), which exchanging it would separate"
        hint = "give it contents of its own: copy it beside itself, and rename the copy over it"
    elif seen.owner != user:
        words = "belongs to another user, who would lose it"
        hint = "run starlang as that user, or let the file belong to whoever runs it (`chown`)"
    elif seen.device != device:
        words = "lies on another file system than the git directory"
        hint = "keep the manifests and `.git` on one file system"
    return words, hint
