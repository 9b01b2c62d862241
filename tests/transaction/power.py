"""Power cuts: what a disk may hold when the power fails in the middle of a transaction.

A recorder stands between a transaction and the system, and keeps beside every file and
directory what of it is surely on the disk. A cut keeps all that was synced and any part of
what was not: each change of a name may be lost, with all later ones of that name; contents
that were not synced may be old, new, torn or zeros. Such a disk is laid out as real files,
on which recovery then has to do its work.
"""

import os
import random
import stat
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import cast

from attrs import define, field, frozen
from transaction.tree import Call

from starlang.transaction.files import System

Entry = tuple[int, str]
"""A name in a directory, which goes by its inode."""


@frozen
class Change:
    """A change of names: which ones, and what it does to a table of names."""

    names: frozenset[Entry]
    act: Callable[[dict[Entry, int]], None]


@define
class Content:
    """A file: what it holds and what of it is on the disk, and its mode."""

    now: bytes
    mode: int
    durable: bytes = b""
    is_durable: bool = False


@define
class Disk:
    """What is in the cache, and what is on the disk."""

    top: int
    names: dict[Entry, int] = field(factory=dict)
    durable: dict[Entry, int] = field(factory=dict)
    pending: list[Change] = field(factory=list)
    files: dict[int, Content] = field(factory=dict)
    directories: set[int] = field(factory=set)

    def change(self, names: frozenset[Entry], act: Callable[[dict[Entry, int]], None]) -> None:
        act(self.names)
        self.pending.append(Change(names, act))

    def sync_all(self) -> None:
        self.durable = dict(self.names)
        self.pending.clear()
        for content in self.files.values():
            content.durable, content.is_durable = content.now, True

    def sync_directory(self, directory: int) -> None:
        """Its names, and what they depend on."""
        wanted: set[Entry] = set()
        kept: list[Change] = []
        for change in reversed(self.pending):
            is_here = any(inode == directory for inode, _ in change.names)
            if is_here or not wanted.isdisjoint(change.names):
                wanted |= change.names
            else:
                kept.append(change)
        for change in self.pending:
            if change not in kept:
                change.act(self.durable)
        self.pending = kept[::-1]

    def cut(self, chance: random.Random, path: Path) -> None:
        """Lays out, under `path`, what might be found after a power cut now."""
        names = dict(self.durable)
        lost: set[Entry] = set()
        loses = chance.choice([0.1, 0.5, 0.9])
        for change in self.pending:
            if lost.isdisjoint(change.names) and chance.random() > loses:
                change.act(names)
            else:
                lost |= change.names
        inodes = {inode: self._content(self.files[inode], chance) for inode in self.files}
        inside: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for (above, name), inode in names.items():
            inside[above].append((name, inode))
        self._lay_out(self.top, str(path), inside, inodes, {})

    def _content(self, content: Content, chance: random.Random) -> bytes:
        if content.is_durable and content.now == content.durable:
            return content.now
        old = content.durable if content.is_durable else b""
        if content.now.startswith(old):
            more = content.now[len(old) :]
            torn = more[: chance.randrange(len(more) + 1)]
            zeros = bytes(len(more))
            return old + chance.choice([b"", more, torn, zeros])
        return chance.choice([old, content.now, bytes(len(content.now))])

    def _lay_out(
        self,
        directory: int,
        path: str,
        inside: Mapping[int, list[tuple[str, int]]],
        contents: dict[int, bytes],
        made: dict[int, str],
    ) -> None:
        os.mkdir(path)  # noqa: PTH102 -- thousands of files: a Path for each costs as much as they
        for name, inode in inside.get(directory, ()):
            file = f"{path}/{name}"
            if inode in self.directories:
                self._lay_out(inode, file, inside, contents, made)
            elif inode in made:
                os.link(made[inode], file)
            else:
                with open(file, "wb") as opened:  # noqa: PTH123 -- as above
                    opened.write(contents[inode])
                    os.fchmod(opened.fileno(), self.files[inode].mode)
                made[inode] = file


@define
class Recorder:
    """A real system that keeps a disk beside it. `skips`: the number of a sync that is left out."""

    top: Path
    after: Callable[[Disk], None] = lambda _disk: None
    skips: int = -1
    syncs: list[str] = field(factory=list)
    disk: Disk | None = None
    _real: System = field(factory=System)

    def __getattr__(self, name: str) -> Call:
        call: Call = getattr(self._real, name)

        def recorded(*arguments: object) -> object:
            if self.disk is None:
                self.disk = _scanned(self.top)
            if name in {"sync", "sync_all"}:
                self.syncs.append(name)
                if len(self.syncs) - 1 == self.skips:
                    return None
            before = _Before(self.disk, name, arguments)
            found = call(*arguments)
            if before.note(found):
                self.after(self.disk)
            return found

        return recorded

    @property
    def system(self) -> System:
        return cast("System", self)


def _inode(descriptor: object) -> int:
    return os.fstat(cast("int", descriptor)).st_ino


@define
class _Before:
    """A call that is about to be made, and what it does to the disk once it is."""

    disk: Disk
    name: str
    arguments: tuple[object, ...]
    _lost: Entry | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        if self.name == "unlink":
            name, *rest = self.arguments
            if rest and rest[0] is not None:
                self._lost = _inode(rest[0]), str(name)
            else:
                path = Path(str(name))
                self._lost = path.parent.stat().st_ino, path.name

    def note(self, found: object) -> bool:
        """Whether something has changed."""
        noting = getattr(self, f"_{self.name}", None)
        if noting is None:
            return False
        noting(*self.arguments, found)
        return True

    def _create(self, directory: object, name: str, found: object) -> None:
        status = os.fstat(cast("int", found))
        self.disk.files[status.st_ino] = Content(b"", stat.S_IMODE(status.st_mode))
        self._put((_inode(directory), name), status.st_ino)

    def _appendable(self, directory: object, name: str, found: object) -> None:
        if (_inode(directory), name) not in self.disk.names:
            self._create(directory, name, found)

    def _make_directory(self, directory: object, name: str, *_: object) -> None:
        inode = os.stat(name, dir_fd=cast("int", directory)).st_ino
        self.disk.directories.add(inode)
        self._put((_inode(directory), name), inode)

    def _link(self, directory: object, name: str, path: str, _found: object) -> None:
        inode = self.disk.names[_inode(directory), name]
        self._put((Path(path).parent.stat().st_ino, Path(path).name), inode)

    def _put(self, entry: Entry, inode: int) -> None:
        def act(names: dict[Entry, int]) -> None:
            names[entry] = inode

        self.disk.change(frozenset({entry}), act)

    def _unlink(self, *_: object) -> None:
        entry = self._lost
        assert entry is not None
        self._take_away(entry)

    def _remove_directory(self, directory: object, name: str, _found: object) -> None:
        self._take_away((_inode(directory), name))

    def _take_away(self, entry: Entry) -> None:
        def act(names: dict[Entry, int]) -> None:
            names.pop(entry, None)

        self.disk.change(frozenset({entry}), act)

    def _rename(self, directory: object, name: str, new: str, _found: object) -> None:
        old, entry = (_inode(directory), name), (_inode(directory), new)

        def act(names: dict[Entry, int]) -> None:
            if old in names:
                names[entry] = names.pop(old)

        self.disk.change(frozenset({old, entry}), act)

    def _exchange(
        self, one: object, name: str, other: object, other_name: str, _found: object
    ) -> None:
        first, second = (_inode(one), name), (_inode(other), other_name)

        def act(names: dict[Entry, int]) -> None:
            if first in names and second in names:
                names[first], names[second] = names[second], names[first]

        self.disk.change(frozenset({first, second}), act)

    def _move(self, one: object, name: str, other: object, other_name: str, _found: object) -> None:
        old, entry = (_inode(one), name), (_inode(other), other_name)

        def act(names: dict[Entry, int]) -> None:
            if old in names:
                names[entry] = names.pop(old)

        self.disk.change(frozenset({old, entry}), act)

    def _write(self, descriptor: object, *_: object) -> None:
        self.disk.files[_inode(descriptor)].now = _contents(descriptor)

    def _truncate(self, descriptor: object, *_: object) -> None:
        self.disk.files[_inode(descriptor)].now = _contents(descriptor)

    def _set_mode(self, descriptor: object, mode: int, _found: object) -> None:
        self.disk.files[_inode(descriptor)].mode = mode

    def _sync(self, descriptor: object, _found: object) -> None:
        inode = _inode(descriptor)
        if inode in self.disk.directories:
            self.disk.sync_directory(inode)
        else:
            content = self.disk.files[inode]
            content.durable, content.is_durable = content.now, True

    def _sync_all(self, _descriptor: object, _found: object) -> None:
        self.disk.sync_all()


def _contents(descriptor: object) -> bytes:
    return Path(f"/proc/self/fd/{descriptor}").read_bytes()


def _scanned(top: Path) -> Disk:
    """The disk as it is before anything is done, all of it durable."""
    disk = Disk(top.stat().st_ino)
    disk.directories.add(disk.top)
    for directory, entry in _walk(top):
        status = entry.stat(follow_symlinks=False)
        disk.names[directory, entry.name] = status.st_ino
        if entry.is_dir():
            disk.directories.add(status.st_ino)
        else:
            mode = stat.S_IMODE(status.st_mode)
            disk.files[status.st_ino] = Content(Path(entry.path).read_bytes(), mode)
    disk.sync_all()
    return disk


def _walk(directory: Path) -> Iterator[tuple[int, "os.DirEntry[str]"]]:
    inode = directory.stat().st_ino
    for entry in os.scandir(directory):
        yield inode, entry
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
