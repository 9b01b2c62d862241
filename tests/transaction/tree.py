"""A tree of files, a transaction over it, and a system that breaks where it is told to."""

import errno
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol, cast

from attrs import define, field, frozen

from starlang.transaction.files import System, digest_of
from starlang.transaction.journal import NOTHING, Progressed, Target
from starlang.transaction.place import Place
from starlang.transaction.running import Runner


class Killed(BaseException):
    """The process died here: nothing of it runs any more."""


class Call(Protocol):
    """A system call."""

    def __call__(self, *arguments: object) -> object: ...


class Fault(StrEnum):
    KILL = "kill"
    SHORT = "short write"
    NO_SPACE = "no space"
    IO = "I/O error"
    MEMORY = "no memory"


_ERRORS = {Fault.NO_SPACE: errno.ENOSPC, Fault.IO: errno.EIO}
_OPENING = {"directory", "beneath", "create", "appendable"}


@define
class Breaking:
    """A system whose call number `at` (from 0) fails in the way of `fault`.

    With `lasting`, every call after it fails as well. `log` has the name of each call.
    """

    at: int = -1
    fault: Fault = Fault.KILL
    lasting: bool = False
    log: list[str] = field(factory=list)
    fired: bool = False
    before: Callable[[str, tuple[object, ...]], None] = lambda _name, _arguments: None
    _real: System = field(factory=System)
    _open: set[int] = field(factory=set)

    def __getattr__(self, name: str) -> Call:
        call: Call = getattr(self._real, name)

        def broken(*arguments: object) -> object:
            if self.fired and self.fault is Fault.KILL:
                raise Killed
            number = len(self.log)
            self.log.append(name)
            self.before(name, arguments)
            if number == self.at or (self.lasting and self.fired):
                return self._fail(name, call, arguments)
            return self._done(name, call, arguments)

        return broken

    def _done(self, name: str, call: Call, arguments: tuple[object, ...]) -> object:
        found = call(*arguments)
        if name in _OPENING:
            self._open.add(cast("int", found))
        elif name == "close":
            self._open.discard(cast("int", arguments[0]))
        return found

    def _fail(self, name: str, call: Call, arguments: tuple[object, ...]) -> object:
        if self.fault is Fault.SHORT:
            if name != "write":
                return self._done(name, call, arguments)
            self.fired = True
            descriptor, data = cast("tuple[int, bytes]", arguments)
            return call(descriptor, data[: max(1, len(data) // 2)])
        self.fired = True
        if self.fault is Fault.KILL:
            for descriptor in self._open:
                os.close(descriptor)
            raise Killed
        if name == "close":
            self._done(name, call, arguments)
        if self.fault is Fault.MEMORY:
            raise MemoryError
        raise OSError(_ERRORS[self.fault], os.strerror(_ERRORS[self.fault]))

    @property
    def system(self) -> System:
        return cast("System", self)


def quiet(_now: Progressed) -> None:
    return


def nothing() -> None:
    return


@frozen
class Tree:
    """Files under `root` that a transaction changes, with their old and new contents."""

    directory: Path
    old: dict[str, bytes]
    new: dict[str, bytes]
    modes: dict[str, int]

    @property
    def root(self) -> Path:
        return self.directory / "manifests"

    @property
    def place(self) -> Place:
        return Place(self.root, self.directory / "state", self.directory / "index.lock")

    def runner(self, system: System | None = None, workers: int = 1) -> Runner:
        return Runner(
            self.place,
            "somebody",
            quiet,
            lambda target: self.old.get(target.path),
            system or System(),
            workers,
        )

    def contents(self) -> list[tuple[Target, bytes]]:
        return [
            (Target(path, self.before(path), digest_of(data), self.modes[path]), data)
            for path, data in sorted(self.new.items())
        ]

    def before(self, path: str) -> str:
        return digest_of(self.old[path]) if path in self.old else NOTHING

    def apply(self, system: System | None = None, workers: int = 1) -> None:
        self.runner(system, workers).apply(self.contents(), {"plan": "p"}, nothing)

    def files(self) -> dict[str, bytes]:
        return {path: data for path, (data, _) in self.found().items()}

    def found(self) -> dict[str, tuple[bytes, int]]:
        """Path -> contents and mode of what lies there; asked thousands of times."""
        root = str(self.root)
        return {
            f"{above}/{name}"[len(root) + 1 :]: _read(f"{above}/{name}")
            for above, _, names in os.walk(root)
            for name in names
        }

    def is_old(self) -> bool:
        created = [path for path in self.new if path not in self.old]
        is_bare = not any((self.root / path).parent.exists() for path in created)
        return self.found() == self._with_modes(self.old) and is_bare

    def is_new(self) -> bool:
        return self.found() == self._with_modes({**self.old, **self.new})

    def _with_modes(self, files: dict[str, bytes]) -> dict[str, tuple[bytes, int]]:
        return {path: (data, self.modes[path]) for path, data in files.items()}

    def leftovers(self) -> list[str]:
        """What should not be there when nothing is unfinished."""
        return [path.name for path in self.directory.iterdir() if path.name == "index.lock"]


def _read(path: str) -> tuple[bytes, int]:
    with open(path, "rb") as file:  # noqa: PTH123 -- a Path for each costs more than reading it
        return file.read(), os.fstat(file.fileno()).st_mode & 0o7777


def tree_at(directory: Path, count: int = 4) -> Tree:
    """What `make_tree` makes, without making it: as another process finds it."""
    every = {f"a{n}/b/m.json": f'{{"star": "old {n}"}}\n'.encode() for n in range(count)}
    new = {path: data.replace(b"old", b"brand new") for path, data in list(every.items())[1:]}
    modes = {path: 0o600 if number % 2 else 0o644 for number, path in enumerate(every)}
    old = dict(list(every.items())[:-1])
    return Tree(directory, old, new, modes)


def make_tree(directory: Path, count: int = 4) -> Tree:
    """`count` files, the first of which is not changed, and the last is to be created."""
    tree = tree_at(directory, count)
    for path, data in tree.old.items():
        file = tree.root / path
        file.parent.mkdir(parents=True)
        file.write_bytes(data)
        file.chmod(tree.modes[path])
    return tree
