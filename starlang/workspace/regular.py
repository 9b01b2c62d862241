"""Reading a file that a user named, whatever lies there."""

import os
import stat
from pathlib import Path

_MOST_BYTES = 1 << 26
"""No more of a file is read into memory; the limits of what is read are far below."""

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


class NotRegularError(OSError):
    """What lies at a path is no regular file; its words say what it is."""


def read_regular(path: Path) -> bytes:
    """The bytes of the regular file at `path`. Never waits for the other end of a pipe.

    Raises NotRegularError, or another OSError where it cannot be read.
    """
    _require_regular(path.stat().st_mode)
    no_waiting = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, os.O_RDONLY | no_waiting)
    with os.fdopen(descriptor, "rb") as file:
        # Once more: what lies there may have changed in between.
        _require_regular(os.fstat(descriptor).st_mode)
        return file.read(_MOST_BYTES)


def _require_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise NotRegularError(next((word for test, word in _KINDS if test(mode)), "a device"))
