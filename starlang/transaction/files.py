"""Whole files by descriptor: read, written, and known by their SHA-256."""

import ctypes
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ctypes import c_char_p, c_int, c_long, c_size_t, c_uint, c_uint64
from errno import EEXIST, ELOOP, ENOENT, ENOTDIR, ENOTEMPTY
from functools import cache
from hashlib import sha256
from stat import S_IMODE, S_ISREG

from attrs import frozen

# The system calls of a transaction, Linux 5.6 or later.
#
# Paths under the root are opened by `openat2`, which refuses every symbolic link on the
# way and every way out, however the tree changes meanwhile. Files are put in place by
# `renameat2(RENAME_EXCHANGE)`: at no moment is there no file.

_OPENAT2 = 437
_NO_REPLACE, _EXCHANGE = 1, 2
_NO_XDEV, _NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 1, 2, 4, 8
_RESOLVE = _NO_XDEV | _NO_MAGICLINKS | _NO_SYMLINKS | _BENEATH


def _flag(name: str) -> int:
    """A flag of this system; 0 where it has none, and no run is possible, but one can look."""
    return int(getattr(os, name, 0))


_ALWAYS = _flag("O_CLOEXEC") | _flag("O_NOFOLLOW")

DIRECTORY = os.O_RDONLY | _flag("O_DIRECTORY")
READ = os.O_RDONLY | _flag("O_NONBLOCK")
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT


class _How(ctypes.Structure):
    """`struct open_how`."""

    _fields_ = (("flags", c_uint64), ("mode", c_uint64), ("resolve", c_uint64))


class System:
    """What the operating system is asked for. Every method may raise OSError."""

    def directory(self, path: str) -> int:
        """A descriptor of the directory at `path`, which is not a link."""
        return os.open(path, DIRECTORY | _ALWAYS)

    def beneath(self, root: int, path: str, flags: int) -> int:
        """A descriptor of `path` under the directory `root`, with no link on the way."""
        how = _How(flags | _ALWAYS, 0, _RESOLVE)
        name = os.fsencode(path)
        found = _libc().syscall(
            c_long(_OPENAT2),
            c_int(root),
            c_char_p(name),
            ctypes.byref(how),
            c_size_t(ctypes.sizeof(how)),
        )
        return _checked(found, path)

    def create(self, directory: int, name: str) -> int:
        """A new file, for writing, that nobody else may read yet."""
        return os.open(name, _CREATE | _ALWAYS, 0o600, dir_fd=directory)

    def appendable(self, directory: int, name: str) -> int:
        """The file for reading and appending, made if there is none."""
        return os.open(name, _APPEND | _ALWAYS, 0o600, dir_fd=directory)

    def read(self, descriptor: int, count: int) -> bytes:
        return os.read(descriptor, count)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        return os.write(descriptor, data)

    def status(self, descriptor: int) -> os.stat_result:
        return os.fstat(descriptor)

    def named(self, name: str, directory: int | None) -> tuple[int, int] | None:
        """What tells the file at `name` from all others, None if there is none."""
        try:
            found = os.stat(name, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def set_mode(self, descriptor: int, mode: int) -> None:
        os.fchmod(descriptor, mode)

    def attributes(self, descriptor: int) -> dict[str, bytes]:
        """The extended attributes of a file, access control lists among them."""
        return {name: os.getxattr(descriptor, name) for name in os.listxattr(descriptor)}

    def set_attribute(self, descriptor: int, name: str, value: bytes) -> None:
        os.setxattr(descriptor, name, value)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def make_directory(self, directory: int, name: str, mode: int = 0o700) -> None:
        os.mkdir(name, mode, dir_fd=directory)

    def names(self, directory: int) -> list[str]:
        return os.listdir(directory)

    def truncate(self, descriptor: int, length: int) -> None:
        os.ftruncate(descriptor, length)

    def sync(self, descriptor: int) -> None:
        """Makes one file, or the names in one directory, durable."""
        os.fsync(descriptor)

    def sync_all(self, descriptor: int) -> None:
        """Makes everything on the file system of `descriptor` durable."""
        _checked(_libc().syncfs(c_int(descriptor)), "")

    def exchange(self, one: int, name: str, other: int, other_name: str) -> None:
        """Swaps two files of one file system, in one atomic step."""
        _renamed((one, name), (other, other_name), _EXCHANGE)

    def move(self, one: int, name: str, other: int, other_name: str) -> None:
        """Moves a file within one file system; FileExistsError if something is there."""
        _renamed((one, name), (other, other_name), _NO_REPLACE)

    def rename(self, directory: int, name: str, new: str) -> None:
        os.rename(name, new, src_dir_fd=directory, dst_dir_fd=directory)

    def link(self, directory: int, name: str, path: str) -> None:
        """A second name for a file; FileExistsError if `path` is there."""
        os.link(name, path, src_dir_fd=directory, follow_symlinks=False)

    def unlink(self, name: str, directory: int | None = None) -> None:
        os.unlink(name, dir_fd=directory)

    def remove_directory(self, directory: int, name: str) -> None:
        os.rmdir(name, dir_fd=directory)

    def lock(self, descriptor: int) -> None:
        """An exclusive lock that dies with the process; BlockingIOError if another has it."""
        import fcntl  # noqa: PLC0415 -- Windows has none, and imports this file to look at runs

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _renamed(old: tuple[int, str], new: tuple[int, str], flags: int) -> None:
    found = _libc().renameat2(
        c_int(old[0]),
        c_char_p(os.fsencode(old[1])),
        c_int(new[0]),
        c_char_p(os.fsencode(new[1])),
        c_uint(flags),
    )
    _checked(found, new[1])


def _checked(found: int, path: str) -> int:
    if found < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return found


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


LIMIT = 64 << 20
"""Largest file that is looked at, in bytes; more than any manifest or list of targets."""

_CHUNK = 1 << 20


class IrregularError(OSError):
    """Something that is not a regular file, or longer than is read."""


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


def is_absent(system: System, root: int, path: str) -> bool:
    """Whether nothing at all is at `path` under `root`, and no link is on the way."""
    directory, name = split(path)
    try:
        parent = system.beneath(root, directory, DIRECTORY)
    except FileNotFoundError:
        return directory == "." or is_absent(system, root, directory)
    except OSError as error:
        if error.errno in {ENOTDIR, ELOOP}:
            return False
        raise
    with opened(system, parent):
        return system.named(name, parent) is None


def missing_directories(system: System, root: int, paths: Iterable[str]) -> tuple[str, ...]:
    """The directories on the way to `paths` that are not there, each after the one it is in."""
    wanted = {parent for path in paths for parent in _parents(path)}
    return tuple(each for each in sorted(wanted) if is_absent(system, root, each))


def _parents(path: str) -> Iterator[str]:
    while (path := os.path.dirname(path)) not in {"", "/"}:  # noqa: PTH120 -- POSIX in a root
        yield path


def make_directories(system: System, root: int, directories: Iterable[str]) -> None:
    """Makes those that are not there, in this order."""
    for each in directories:
        directory, name = split(each)
        with (
            opened(system, system.beneath(root, directory, DIRECTORY)) as parent,
            suppress(FileExistsError),
        ):
            system.make_directory(parent, name, 0o777)


def remove_directories(system: System, root: int, directories: Sequence[str]) -> None:
    """Removes those that are there and empty, the last one first."""
    for each in reversed(directories):
        directory, name = split(each)
        try:
            parent = system.beneath(root, directory, DIRECTORY)
        except OSError as error:
            if error.errno in {ENOENT, ENOTDIR, ELOOP}:
                continue
            raise
        with opened(system, parent):
            try:
                system.remove_directory(parent, name)
            except OSError as error:
                if error.errno not in {ENOENT, ENOTDIR, ENOTEMPTY, EEXIST}:
                    raise


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
