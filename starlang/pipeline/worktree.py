"""The git work tree of HEAD beside the repository: the tree before the run, for people to look at.

It is no engine of rollback: a checkout is neither atomic nor byte-exact.
"""

import os
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import UnreadyError
from starlang.pipeline.repository import Repository
from starlang.workspace.git import GitError

SUFFIX = "-manifests-prephase4"


@frozen
class Worktree:
    """The work tree at `path`, of `commit`. `size`: bytes that a checkout of it takes.

    `exists`: it is there already, of this repository and at this commit; its `size` is 0.
    """

    path: Path
    commit: str
    exists: bool
    size: int


def worktree_of(repository: Repository) -> Worktree:
    """What lies, or is to lie, beside the repository; UnreadyError if that is something else."""
    path = repository.top.with_name(f"{repository.top.name}{SUFFIX}")
    head = repository.head()
    if not os.path.lexists(path):
        return Worktree(path, head, exists=False, size=_size(repository))
    commit = worktrees(repository).get(path)
    if commit is None or path.is_symlink():
        raise UnreadyError(_foreign(path))
    if commit != head:
        raise UnreadyError(_older(path, commit, head))
    return Worktree(path, head, exists=True, size=0)


def add_worktree(repository: Repository, worktree: Worktree) -> None:
    """Checks the commit out at the path, unless it is there already."""
    if worktree.exists:
        return
    git = repository.git
    try:
        git.out("worktree", "prune")
        path = os.fspath(worktree.path)
        git.out(*git.without_filters(), "worktree", "add", "--detach", "--", path, worktree.commit)
    except GitError as error:
        raise UnreadyError(_not_added(worktree.path, str(error))) from None


def worktrees(repository: Repository) -> dict[Path, str]:
    """Path -> commit of all work trees of the repository."""
    found: dict[Path, str] = {}
    path = Path()
    for line in repository.git.names("worktree", "list", "--porcelain", "-z"):
        key, _, value = line.partition(" ")
        if key == "worktree":
            path = Path(value)
        elif key == "HEAD":
            found[path] = value
    return found


def _size(repository: Repository) -> int:
    listed = repository.git.names("ls-tree", "-r", "-l", "-z", "--full-tree", "HEAD")
    sizes = (entry.split(None, 4)[3] for entry in listed)
    return sum(int(size) for size in sizes if size.isdigit())


def _foreign(path: Path) -> Diagnostic:
    return Diagnostic(
        code="E958",
        message=f"{path} exists and is no work tree of this repository",
        hint="move it away: the work tree before the run is put there",
    )


def _older(path: Path, commit: str, head: str) -> Diagnostic:
    return Diagnostic(
        code="E958",
        message=f"{path} is a work tree at {commit[:12]}, and HEAD is {head[:12]}",
        hint=f"if nobody needs it any more: `git worktree remove {path}`",
    )


def _not_added(path: Path, words: str) -> Diagnostic:
    return Diagnostic(
        code="E958",
        message=f"git cannot put a work tree at {path}: {words}",
        hint="clear the reason, then run `starlang backup` again",
    )
