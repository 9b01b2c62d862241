"""Directories in memory, for tests that would wait for a disk again and again."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 -- the directories below it are made with names of their own
_ROOM = 2 << 30
"""Bytes that must be free: a run of all tests with two workers leaves a third of that."""


def keep_files_in_memory() -> None:
    """Makes temporary files of tests, and of the programs they start, in memory if it has room.

    On a disk, a run of all tests waits for it longer than it computes.
    """
    if _is_usable():
        os.environ["TMPDIR"] = str(_MEMORY.resolve())
        tempfile.tempdir = None  # was found already, by whoever asked for it first


def _is_usable() -> bool:
    """Whether there is room, and programs can be run: tests of hooks would prove nothing."""
    if not _MEMORY.is_dir() or not os.access(_MEMORY, os.W_OK):
        return False
    found = os.statvfs(_MEMORY)
    return found.f_bavail * found.f_frsize >= _ROOM and not found.f_flag & os.ST_NOEXEC


@contextmanager
def in_memory() -> Iterator[Path]:
    """A directory in memory where there is one, on the disk where there is none; it goes again."""
    above = _MEMORY.resolve() if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=above, ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()
