"""Whole files by descriptor: read, written, and known by their SHA-256."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ELOOP, ENOENT, ENOTDIR
from hashlib import sha256
from stat import S_IMODE, S_ISREG

from attrs import frozen

from starlang.transaction.system import READ, System

LIMIT = 64 << 20
"""Largest file that is looked at, in bytes; more than any manifest or list of targets."""

_CHUNK = 1 << 20


class IrregularError(OSError):
    """Something that is no regular file, or longer than is read."""


@frozen
class Seen:
    """A file as it was at one moment."""

    digest: str
    mode: int
    links: int
    owner: int
    device: int


@contextmanager
def opened(system: System, descriptor: int) -> Iterator[int]:
    """Closes `descriptor` at the end."""
    try:
        yield descriptor
    finally:
        system.close(descriptor)


def read_whole(system: System, descriptor: int) -> bytes:
    """All bytes of a regular file."""
    status = system.status(descriptor)
    if not S_ISREG(status.st_mode) or status.st_size > LIMIT:
        raise IrregularError("no regular file, or too long a one")
    data = bytearray()
    while piece := system.read(descriptor, min(status.st_size + 1, _CHUNK)):
        data += piece
        if len(data) > LIMIT:
            raise IrregularError("too long a file")
    return bytes(data)


def write_whole(system: System, descriptor: int, data: bytes) -> None:
    """Writes all of `data`, however little the system takes at once."""
    rest = memoryview(data)
    while rest:
        rest = rest[system.write(descriptor, rest) :]


def look(system: System, root: int, path: str) -> Seen | None:
    """The file at `path` under `root`, None if there is none, or no file, or only by a link."""
    try:
        descriptor = system.beneath(root, path, READ)
    except OSError as error:
        if error.errno in {ENOENT, ENOTDIR, ELOOP}:
            return None
        raise
    with opened(system, descriptor):
        status = system.status(descriptor)
        if not S_ISREG(status.st_mode):
            return None
        digest = digest_of(read_whole(system, descriptor))
    return Seen(digest, S_IMODE(status.st_mode), status.st_nlink, status.st_uid, status.st_dev)


def digest_of(data: bytes) -> str:
    """64 hex digits."""
    return sha256(data).hexdigest()


def create_file(system: System, directory: int, name: str, data: bytes, mode: int) -> None:
    """A new file of `mode` with `data`, not yet durable."""
    with opened(system, system.create(directory, name)) as descriptor:
        write_whole(system, descriptor, data)
        system.set_mode(descriptor, mode)


def split(path: str) -> tuple[str, str]:
    """The directory of a POSIX path, "." for none, and its name there."""
    directory, name = os.path.split(path)
    return directory or ".", name
