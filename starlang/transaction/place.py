"""Where transactions over one directory keep their state: a lock, and a directory each."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EEXIST, ENOENT
from pathlib import Path

from attrs import frozen

from starlang.transaction.files import opened, read_whole, write_whole
from starlang.transaction.journal import NAME as JOURNAL
from starlang.transaction.journal import Entry, parse
from starlang.transaction.system import DIRECTORY, READ, System
from starlang.transaction.targets import NAME as TARGETS

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
            words = read_whole(system, lock).decode(errors="replace").strip()
            raise LockedError(words or "another process") from None
        system.truncate(lock, 0)
        write_whole(system, lock, f"{who}, process {os.getpid()}\n".encode())
        yield Ground(system, place, root, runs)


def serials(system: System, runs: int) -> list[str]:
    """The names of all transactions, the oldest first."""
    return sorted(name for name in system.names(runs) if name.isdigit() and len(name) == _WIDTH)


def next_serial(system: System, runs: int) -> str:
    """A name for one more, after all that are there."""
    names = serials(system, runs)
    return f"{int(names[-1]) + 1 if names else 1:0{_WIDTH}d}"


@contextmanager
def taken(ground: Ground, directory: int) -> Iterator[None]:
    """Holds the lock of the git index, which keeps `git add`, `checkout` and others out.

    It is a second name of a file of the transaction, so that nobody can mistake it for
    another's: after a crash the transaction finds its own. FileExistsError if git is at work.
    """
    path = ground.place.git_lock
    if path is not None and not _is_own(ground, directory, path):
        try:
            ground.system.unlink(GIT_LOCK, directory)
        except FileNotFoundError:
            pass
        ground.system.close(ground.system.create(directory, GIT_LOCK))
        ground.system.link(directory, GIT_LOCK, os.fspath(path))
    yield
    if path is not None and _is_own(ground, directory, path):
        ground.system.unlink(os.fspath(path))


def _is_own(ground: Ground, directory: int, path: Path) -> bool:
    try:
        own = os.stat(GIT_LOCK, dir_fd=directory, follow_symlinks=False)
        return os.path.samestat(own, path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False
