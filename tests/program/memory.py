"""Directories in memory, for tests that would wait for a disk again and again."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 -- the directories below it are made with names of their own


@contextmanager
def in_memory() -> Iterator[Path]:
    """A directory in memory where there is one, on the disk where there is none; it goes again."""
    above = _MEMORY.resolve() if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=above, ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()
