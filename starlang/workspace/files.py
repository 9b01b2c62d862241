"""Reading one file: regular files only, never more than asked for, never waiting."""

import os
from pathlib import Path
from stat import S_ISREG

# What a platform does not have is 0. Opening a named pipe returns at once instead of
# waiting for a writer; a symbolic link as the last part of the path is an error.
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_CHUNK = 1 << 16


class IrregularError(OSError):
    """A directory, device, socket or named pipe where a file is to be read."""


def read_regular(path: str | Path, limit: int, *, follow: bool = False) -> bytes:
    """A regular file, or the first `limit` + 1 bytes of one that is longer than `limit`.

    OSError if it cannot be read, IrregularError if it is no regular file. Without
    `follow`, a symbolic link is an OSError, too, where the platform can tell.
    """
    descriptor = os.open(path, _FLAGS | (0 if follow else _NO_LINK))
    try:
        status = os.fstat(descriptor)
        if not S_ISREG(status.st_mode):
            raise IrregularError(f"{path}: not a regular file")
        return _read(descriptor, status.st_size, limit)
    finally:
        os.close(descriptor)


def _read(descriptor: int, size: int, limit: int) -> bytes:
    data = os.read(descriptor, min(size, limit) + 1)
    # Less than was asked for is the end; all of it means that the file grows, or is longer
    # than it says.
    more = data if size < len(data) <= limit else b""
    while more and len(data) <= limit:
        more = os.read(descriptor, min(limit + 1 - len(data), _CHUNK))
        data += more
    return data
