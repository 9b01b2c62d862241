"""The one port to files that are read: path -> bytes.

Regular files only, never more than asked for, never waiting. Over the files of the disk may
lie others that exist only in memory: what an editor has not saved yet, rule files of an old
revision, a text in a notebook.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from errno import EINVAL, ENOENT, ENXIO
from pathlib import Path
from stat import S_IMODE, S_ISREG

# Data that ships with the program: grammar, rules, configs, pages of error codes.

_PACKAGE = Path(__file__).resolve().parent.parent


def data_path(*parts: str) -> Path:
    """A file or directory of the packaged data, by its path in the repository.

    An installed wheel has its own copy beside the package; an editable install has none
    and reads the repository's live files.
    """
    packaged = _PACKAGE / "_data"
    root = packaged if packaged.is_dir() else _PACKAGE.parent
    return root.joinpath(*parts)


# What a platform does not have is 0. Opening a named pipe returns at once instead of
# waiting for a writer; a symbolic link as the last part of the path is an error.
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_CHUNK = 1 << 16


class IrregularError(OSError):
    """A directory, device, socket or named pipe where a file is to be read."""


def read_regular(path: str | Path, limit: int, *, follow: bool = False) -> bytes:
    """A regular file, or the first `limit` + 1 bytes of one that is longer than `limit`.

    OSError if it cannot be read, IrregularError if it is not a regular file. Without
    `follow`, a symbolic link is an OSError, too, where the platform can tell.
    """
    try:
        descriptor = os.open(path, _FLAGS | (0 if follow else _NO_LINK))
    except ValueError:  # a null character, or half of a surrogate pair
        raise OSError(EINVAL, "this is not a valid file name", path) from None
    except OSError as error:
        if error.errno == ENXIO:  # a socket, or a device without a driver
            raise IrregularError(f"{path}: not a regular file") from None
        raise
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


class Files:
    """The files of the disk, with `overlays` over them; without `disk`, the overlays alone.

    Overlays are named by their absolute paths with links resolved.
    """

    def __init__(self, overlays: Mapping[str, bytes], *, disk: bool = True) -> None:
        self._overlays = {_key(path): data for path, data in overlays.items()}
        self._has_disk = disk

    def read(self, path: str | Path, limit: int, *, follow: bool = False) -> bytes:
        """What lies at `path`, read as by `read_regular`."""
        laid = self._overlays.get(_key(path)) if self._overlays else None
        if laid is not None:
            return laid[: limit + 1]
        if not self._has_disk:
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), path)
        return read_regular(path, limit, follow=follow)

    def resolved(self, path: Path) -> Path:
        """`path` as an absolute one, and where its links lead; never raises."""
        try:
            return Path(os.path.realpath(path) if self._has_disk else os.path.normpath(path))
        except ValueError:  # no file can have such a name
            return Path(os.path.abspath(path))  # noqa: PTH100 -- it asks the disk for nothing
        except OSError:  # the working directory is gone
            return Path(os.path.normpath(path))

    def is_directory(self, path: Path) -> bool:
        """Whether `path` is a directory, or what lies in memory is in it."""
        return (self._has_disk and _is_directory(path)) or any(self.below(path))

    def beside(self, path: Path, ending: str) -> list[str]:
        """The names of files that end in `ending` in the folder of `path`, sorted."""
        names = {name for name in self.below(path.parent) if "/" not in name}
        if self._has_disk and _is_directory(path.parent):
            names.update(each.name for each in path.parent.iterdir())
        return sorted(name for name in names if name.endswith(ending))

    def below(self, folder: str | Path) -> Iterator[str]:
        """What lies in memory below `folder`, as paths relative to it."""
        prefix = f"{_key(folder).rstrip('/')}/"
        return (path.removeprefix(prefix) for path in self._overlays if path.startswith(prefix))

    @property
    def has_disk(self) -> bool:
        """Whether files of the disk are read at all."""
        return self._has_disk


def _key(path: str | Path) -> str:
    return os.fspath(path).replace(os.sep, "/")


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # the name is too long
        return False


DISK = Files({})
"""The files as they are saved."""

NOWHERE = Path(os.path.abspath("/in memory"))  # noqa: PTH100 -- nothing of it is on the disk
"""The project of files that exist only in memory."""


def files_below(
    top: Path, enters: Callable[[str, str], bool] = lambda _name, _path: True
) -> Iterator[str]:
    """The files below `top`, relative to it; no link to a directory is followed.

    They are sorted within each directory. `enters` says, of the name and the path of a directory,
    whether to look into it. There is no limit to the depth: `os.walk` and `rglob` call themselves
    for each directory, and a `Path` keeps each part of its name.
    """
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        try:
            with os.scandir(f"{top}/{inside}") as found:
                entries = sorted(found, key=lambda each: each.name)
        except OSError:  # it cannot be read, is gone, or its path is too long
            continue
        prefix = f"{inside}/" if inside else ""
        yield from (prefix + each.name for each in entries if _is_file(each))
        for each in reversed(entries):
            path = prefix + each.name
            if each.is_dir(follow_symlinks=False) and enters(each.name, path):
                waiting.append(path)


def _is_file(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads round in circles
        return False


# Writing a result file: whole or not at all.


def leaves(path: Path, root: Path) -> bool:
    """Whether `path` is named as if it lay in the directory `root`, and a link leads out of it."""
    real_root = os.path.realpath(root)
    if Path(os.path.realpath(path)).is_relative_to(real_root):
        return False
    named = Path(os.path.abspath(path))  # noqa: PTH100 -- as it is written, links and all
    beside = Path(os.path.realpath(named.parent)) / named.name
    return beside.is_relative_to(real_root) or named.is_relative_to(
        os.path.abspath(root)  # noqa: PTH100 -- as above
    )


def led_out(paths: Iterable[Path], *roots: Path) -> str | None:
    """Where one of `paths` leaves one of `roots`, in words; None where none does."""
    for path in paths:
        if any(leaves(path, root) for root in roots):
            real = os.path.realpath(path)
            return f"{path} cannot be written: a link leads out of the project, to {real}"
    return None


def write_text(path: Path, text: str, *, within: Path | None = None) -> str | None:
    r"""Writes UTF-8 with `\n`, like `write`."""
    return write(path, text.encode(errors="backslashreplace"), within=within)


def write(path: Path, data: bytes, *, within: Path | None = None) -> str | None:
    """Writes a file; answers with the problem in words, or None.

    A regular file is replaced at once, with its mode. Where a link leads, what is there is
    written, and the link stays; so do a device and a named pipe, which are written into. No
    link is followed out of the directory `within`: whoever made a checkout made its links.
    """
    try:
        if within is not None and (problem := led_out([path], within)):
            return problem
        target = Path(os.path.realpath(path)) if path.is_symlink() else path
        if not path.name or target.is_dir():
            return f"{path} cannot be written: it is a directory"
        if target.exists() and not target.is_file():
            _write_into(target, data)
        else:
            _replace(target, data)
    except FileNotFoundError:
        return f"{path} cannot be written: there is no directory {path.parent}"
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    except ValueError:  # a null character, or half of a surrogate pair
        return f"{path} cannot be written: no file can have this name"
    return None


def _write_into(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NOCTTY", 0))
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


def _replace(path: Path, data: bytes) -> None:
    """Through a temporary file beside `path`, whose mode it keeps."""
    import tempfile

    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".starlang.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(temporary).chmod(_mode(path))
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """The permissions of the file at `path`, or those that a new one gets."""
    with suppress(FileNotFoundError):
        return S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def display(path: Path, project_root: Path) -> str:
    """`path` as people are shown it: relative to the project, or its own name outside of it."""
    try:
        shown = DISK.resolved(path).relative_to(DISK.resolved(project_root)).as_posix()
    except ValueError:
        return path.name
    return "" if shown == "." else shown
