"""The git work tree of HEAD beside the repository: the tree before the run, for people to look at.

It is no engine of rollback: a checkout is neither atomic nor byte-exact.
"""

import os
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import UnreadyError
from starlang.pipeline.ground import Run
from starlang.pipeline.repository import Repository
from starlang.workspace.git import Git, GitError

_PLACE = "worktrees"
"""Where work trees lie in the state of a run whose repository has no room beside it."""


@frozen
class Worktree:
    """The work tree at `path`, of `commit`. `size`: bytes that a checkout of it takes.

    `exists`: it is there already, of this repository and at this commit; its `size` is 0.
    `older`: it is there at this other commit, and unchanged, "" if it is not. `is_beside`:
    it lies beside the repository, as everywhere where that directory can be written.
    """

    path: Path
    commit: str
    exists: bool
    size: int
    older: str = ""
    is_beside: bool = True


def worktree_path(run: Run) -> Path:
    """Where the work tree of a run lies: beside the repository, or else in its git directory."""
    repository = run.repository
    inside = repository.prefix(run.root).replace("/", "-")
    parts = filter(None, (repository.top.name, inside, f"manifests-pre{run.name}"))
    beside = repository.top.with_name("-".join(parts))
    if os.path.lexists(beside) or os.access(beside.parent, os.W_OK | os.X_OK):
        return beside
    return repository.state / _PLACE / beside.name


def worktree_of(run: Run) -> Worktree:
    """What lies, or is to lie, there; UnreadyError if that is something else, or was changed."""
    repository, path = run.repository, worktree_path(run)
    head, is_beside = repository.head(), path.parent == repository.top.parent
    size = _size(repository)
    if not os.path.lexists(path):
        return Worktree(path, head, exists=False, size=size, is_beside=is_beside)
    commit = worktrees(repository).get(path)
    if commit is None or path.is_symlink():
        raise UnreadyError(_foreign(path))
    if commit == head:
        return Worktree(path, head, exists=True, size=0, is_beside=is_beside)
    if _is_changed(path):
        raise UnreadyError(_changed(path, commit))
    return Worktree(path, head, exists=False, size=size, older=commit, is_beside=is_beside)


def add_worktree(repository: Repository, worktree: Worktree) -> None:
    """Checks the commit out at the path, unless it is there already; an older one goes."""
    if worktree.exists:
        return
    git = repository.git
    try:
        path = os.fspath(worktree.path)
        if worktree.older:
            git.out(*git.without_filters(), "worktree", "remove", "--", path)
        git.out("worktree", "prune")
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


def _is_changed(path: Path) -> bool:
    """Whether something in a work tree is not as it was checked out."""
    git = Git(path)
    return bool(git.out(*git.without_filters(), "status", "--porcelain"))


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


def _changed(path: Path, commit: str) -> Diagnostic:
    return Diagnostic(
        code="E958",
        message=f"{path} is the work tree of {commit[:12]}, and somebody has changed files in it",
        hint=f"keep what is needed of it, then `git worktree remove --force {path}`",
    )


def _not_added(path: Path, words: str) -> Diagnostic:
    return Diagnostic(
        code="E958",
        message=f"git cannot put a work tree at {path}: {words}",
        hint="clear the reason, then run `starlang backup` again",
    )
