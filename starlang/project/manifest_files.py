"""Finding manifests: one walk over the directories, following no symbolic link."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.guards import not_utf8
from starlang.matching.globs import composed, covers, has_wildcard
from starlang.project.files import DISK, Files


@frozen
class Layout:
    """Which files below the manifests root are manifests.

    `roots` are directories or globs of directories relative to the root, () for all of it.
    `skips_root`: whether a manifest in the root itself is left out; else it is the module `.`.
    `asks_git`: whether what git ignores is left out, as where manifests lie beside the code.
    """

    roots: tuple[str, ...] = ()
    skips_root: bool = False
    asks_git: bool = False


MIRRORED = Layout()
"""One directory that holds manifests and nothing else."""


@frozen
class Tree:
    """What lies under a manifests root.

    `files`: paths of manifests relative to the root, in the order of code points;
    `problems`: what is not a manifest but looks like one, or cannot be looked into;
    `count_ignored`: how many manifests lie in directories that are left out by a setting, which are
    looked into only where somebody asks.
    """

    files: tuple[str, ...]
    problems: tuple[Diagnostic, ...]
    count_ignored: Callable[[], int] = field(default=lambda: 0, eq=False, repr=False)


def find_manifests(  # noqa: PLR0913, PLR0917 -- what a tree depends on, each by name
    root: Path,
    shown_root: str,
    file_names: Sequence[str],
    ignore: Sequence[str],
    port: Files = DISK,
    layout: Layout = MIRRORED,
) -> Tree:
    """Every regular file with one of `file_names` under `root`, on the disk or in memory.

    Directories under one of the globs `ignore`, which are relative to `root`, are left
    out. `shown_root` is how the root is called in findings.
    """
    if not port.is_directory(root):
        return Tree((), (_no_root(shown_root or "."),))
    walk = _Walk(root, shown_root, file_names, ignored(ignore), layout)
    for each in layout.roots:
        if not has_wildcard(each) and not port.is_directory(root / each):
            walk.problems.append(_no_root(f"{shown_root}/{each}".lstrip("/")))
    if port.has_disk:
        walk.run(hidden_by_git(root) if layout.asks_git else frozenset())
    walk.add(port.below(root))
    if not walk.files and not walk.problems:
        walk.problems.append(_none_found(shown_root, file_names))
    return Tree(tuple(sorted(set(walk.files))), in_order(walk.problems), walk.count_ignored)


OWN = ("**/.git", ".backups", "docs/audits")
"""What a run keeps below the project: never manifests, though it has copies of some."""

_MOST_IGNORED = 5_000
"""Directories that are looked into to count the manifests in them; of more, some are not."""


def hidden_by_git(root: Path) -> frozenset[str]:
    """The directories and files below `root` that git ignores; none outside of a repository."""
    from starlang.errors import UnreadyError
    from starlang.project.git import Git, GitError

    listed = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
    try:
        return frozenset(name.rstrip("/") for name in Git(root).names(*listed))
    except (GitError, UnreadyError):
        return frozenset()


def ignored(globs: Sequence[str]) -> Callable[[str, str], bool]:
    """Whether a directory (its path, its name) is under one of `globs`.

    Its parents are not, or it would not be asked about. So of `**/name`, the usual glob, only the
    name is asked: the path of a directory may have two thousand segments.
    """
    plain = frozenset(composed(glob) for glob in globs if not has_wildcard(glob))
    anywhere = [glob[3:] for glob in globs if glob.startswith("**/") and "/" not in glob[3:]]
    names = frozenset(composed(glob) for glob in anywhere if not has_wildcard(glob))
    alike = [glob for glob in anywhere if has_wildcard(glob)]
    others = [glob for glob in globs if has_wildcard(glob) and glob[3:] not in anywhere]

    def is_ignored(path: str, name: str) -> bool:
        return (
            composed(name) in names
            or composed(path) in plain
            or any(covers(glob, name) for glob in alike)
            or any(covers(glob, path) for glob in others)
        )

    return is_ignored


class _Walk:
    def __init__(
        self,
        root: Path,
        shown_root: str,
        file_names: Sequence[str],
        is_ignored: Callable[[str, str], bool],
        layout: Layout,
    ) -> None:
        self._root = os.fspath(root)
        self._prefix = f"{shown_root}/" if shown_root else ""
        self._names = frozenset(file_names)
        self._folded = frozenset(name.casefold() for name in file_names)
        self._is_ignored = is_ignored
        self._layout = layout
        self._hidden: frozenset[str] = frozenset()
        self._is_own = ignored(OWN)
        self._left_out: list[str] = []
        self._waiting = [""]
        self.files: list[str] = []
        self.problems: list[Diagnostic] = []

    def run(self, hidden: frozenset[str]) -> None:
        """Looks through the directories; those in `hidden` are left out."""
        self._hidden = hidden
        while self._waiting:
            directory = self._waiting.pop()
            inside = f"{directory}/" if directory else ""
            try:
                with os.scandir(f"{self._root}/{directory}") as entries:
                    for entry in entries:
                        name = entry.name
                        # Nearly all are plain directories and plain manifests.
                        if name in self._names and entry.is_file(follow_symlinks=False):
                            self._manifest(inside + name)
                        else:
                            self._visit(entry, inside + name)
            except OSError as error:
                self.problems.append(unreadable(self._shown(directory), error))

    def add(self, paths: Iterable[str]) -> None:
        """Adds those of `paths` that are manifests and in no directory that is ignored."""
        for path in paths:
            folder, _, name = path.rpartition("/")
            parents = accumulate(folder.split("/"), "{}/{}".format) if folder else ()
            is_live = not any(self._is_ignored(p, p.rpartition("/")[2]) for p in parents)
            if name in self._names and is_live:
                self._manifest(path)

    def _is_meant(self, directory: str) -> bool:
        """Whether a manifest in `directory` counts."""
        if not directory:
            return not self._layout.skips_root and not self._layout.roots
        return not self._layout.roots or any(covers(each, directory) for each in self._layout.roots)

    def _visit(self, entry: os.DirEntry[str], path: str) -> None:
        if entry.is_dir(follow_symlinks=False):
            if not self._is_left_out(path, entry.name):
                self._waiting.append(path)
                if entry.name in self._names:
                    self.problems.append(irregular(self._shown(path)))
        elif entry.is_symlink():
            self._link(entry, path)
        elif entry.name in self._names:
            self.problems.append(irregular(self._shown(path)))
        elif entry.name.casefold() in self._folded and self._is_meant(path.rpartition("/")[0]):
            self.problems.append(_misspelt(self._shown(path), self._names))

    def _is_left_out(self, path: str, name: str) -> bool:
        if path in self._hidden:
            return True
        if not self._is_ignored(path, name):
            return False
        if not self._is_own(path, name):
            self._left_out.append(path)
        return True

    def count_ignored(self) -> int:
        """How many manifests there would be in directories that settings leave out."""
        count, waiting = 0, [*self._left_out]
        for _ in range(_MOST_IGNORED):
            if not waiting:
                break
            directory = waiting.pop()
            with suppress(OSError), os.scandir(f"{self._root}/{directory}") as entries:
                for entry in entries:
                    path = f"{directory}/{entry.name}"
                    if entry.is_dir(follow_symlinks=False):
                        if path not in self._hidden:
                            waiting.append(path)
                    elif entry.name in self._names and self._is_meant(directory):
                        count += path not in self._hidden
        return count

    def _manifest(self, path: str) -> None:
        if path in self._hidden or not self._is_meant(path.rpartition("/")[0]):
            return
        if not path.isascii() and _shown(path) != path:
            self.problems.append(not_utf8(self._shown(path)))
        else:
            self.files.append(path)

    def _link(self, entry: os.DirEntry[str], path: str) -> None:
        try:
            leads_on = entry.is_dir()
        except OSError:  # it leads round in circles
            leads_on = True
        # Beside code, a link to a directory is a part of that code and no mistake.
        leads_on = leads_on and not self._layout.asks_git
        is_live = path not in self._hidden and not self._is_ignored(path, entry.name)
        if entry.name in self._names or (leads_on and is_live):
            self.problems.append(linked(self._shown(path)))

    def _shown(self, path: str) -> str:
        return (self._prefix + _shown(path)).rstrip("/") or "."


def _shown(path: str) -> str:
    """`path` as text that can be written: bytes that are no UTF-8 become escapes."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def unreadable(file: str, error: OSError) -> Diagnostic:
    """A file or directory that the system does not let us read."""
    return Diagnostic(
        code="E530",
        message=f"`{file}` cannot be read: {error.strerror}",
        file=file,
        hint="make it readable, or let `ignore` in `[guards]` skip its directory",
    )


def irregular(file: str) -> Diagnostic:
    """A directory, device, socket or named pipe called like a manifest."""
    return Diagnostic(
        code="E531",
        message=f"`{file}` is called like a manifest and is not a regular file",
        file=file,
        hint="rename it or delete it",
    )


def linked(file: str) -> Diagnostic:
    """A symbolic link in the place of a manifest or of a directory."""
    return Diagnostic(
        code="E607",
        message=f"`{file}` is a symbolic link, which is not followed",
        file=file,
        hint="put the file or directory itself there, or delete the link",
    )


def _misspelt(file: str, file_names: Iterable[str]) -> Diagnostic:
    called = " or ".join(f"`{name}`" for name in sorted(file_names))
    return Diagnostic(
        code="W505",
        message=f"`{file}` is not read: manifests are called {called}",
        file=file,
        hint="rename it if it is a manifest",
    )


def _no_root(root: str) -> Diagnostic:
    return Diagnostic(
        code="E532",
        message=f"there is no directory `{root}`, where the manifests should be",
        file=root,
        hint="set `manifests` in configs/starlang.toml, or give `--manifests DIR`",
    )


def _none_found(root: str, file_names: Sequence[str]) -> Diagnostic:
    called = " or ".join(f"`{name}`" for name in file_names)
    return Diagnostic(
        code="E524",
        message=f"there is no {called} under `{root or '.'}`",
        file=root,
        hint="set `manifests` in configs/starlang.toml, or `file` in the profile; if there is none "
        "yet, `starlang generate` makes them",
    )
