"""The git work tree that a project lies in."""

import os
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, UnreadyError
from starlang.project.git import Git, GitError

_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisect",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase or `git am`",
}
"""What lies in the git directory while git is in the middle of something."""
_IN_GIT_DIRECTORY = "it lies in a git directory"


@frozen
class Repository:
    """A work tree. `top` is its root, `git_dir` its own git directory, both absolute.

    `common_dir` is the git directory that all work trees of the repository share.
    """

    top: Path
    git_dir: Path
    common_dir: Path
    git: Git

    @property
    def state(self) -> Path:
        """Where the state of runs over this work tree is kept; it never dirties the tree."""
        return self.git_dir / "starlang"

    def commit(self, revision: str = "HEAD") -> str | None:
        """The commit that `revision` names, None if there is none."""
        try:
            return self.git.line("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        except GitError:
            return None

    def head(self) -> str:
        """The commit of HEAD."""
        found = self.commit()
        if found is None:
            raise UnreadyError(_no_commit())
        return found

    def branch(self) -> str:
        """The branch that is checked out, "" for a detached HEAD."""
        found = self.git.found("symbolic-ref", "--quiet", "HEAD")
        return "".join(found).removesuffix("\n").removeprefix("refs/heads/")

    def remotes(self) -> tuple[str, ...]:
        """The names of the remotes."""
        return tuple(self.git.line("remote").splitlines())

    def branches(self) -> tuple[str, ...]:
        """The full names of the local branches."""
        return tuple(self.git.line("for-each-ref", "--format=%(refname)", "refs/heads").split())

    def is_reference(self, name: str) -> bool:
        """Whether `name` is the full name of a branch, here or of a remote."""
        inside = name.startswith(("refs/heads/", "refs/remotes/"))
        return inside and self.git.succeeds("show-ref", "--verify", "--quiet", name)

    def author(self) -> str:
        """The mail address that git would commit with, "" if it has none."""
        return self.setting("user.email")

    def setting(self, name: str) -> str:
        """A value of git's own configuration, which no commit carries; "" if it has none."""
        try:
            return self.git.line("config", "--get", name)
        except GitError:
            return ""

    def prefix(self, path: Path) -> str:
        """`path` relative to the root of the work tree, POSIX; "" for the root itself."""
        inside = path.resolve().relative_to(self.top).as_posix()
        return "" if inside == "." else inside

    def mentioning(self, word: str, commit: str, directories: Sequence[str]) -> tuple[str, ...]:
        """The files of `commit` that lie in one of `directories` itself and contain `word`."""
        inside = ("".join(f"\\{c}" if c in "\\*?[" else c for c in each) for each in directories)
        places = [f":(top,glob){each}/*" if each else ":(top,glob)*" for each in inside]
        options = ("-z", "-l", "--text", "--full-name", "--fixed-strings", "-e", word)
        found = self.git.found("grep", "--no-color", *options, commit, "--", *places)
        return tuple(each.removeprefix(f"{commit}:") for each in found)

    def show(self, commit: str, path: str) -> bytes | None:
        """The bytes of the file `path` in `commit`, None if it has none."""
        try:
            return self.git.out("cat-file", "blob", f"{commit}:{path}")
        except GitError:
            return None

    def refuse_while_busy(self) -> None:
        """Raises while git is in the middle of something that a run would get mixed into."""
        for name, words in _UNDER_WAY.items():
            if (self.git_dir / name).exists():
                raise GateClosedError(_busy(words))
        if (self.git_dir / "index.lock").exists():
            raise GateClosedError(_locked(self.git_dir / "index.lock"))


def open_repository(directory: Path) -> Repository:
    """The work tree that `directory` lies in; UnreadyError if it lies in none."""
    try:
        inside, *paths = _answers(Git(directory))
    except GitError as error:
        if "dubious ownership" in str(error):
            raise UnreadyError(_not_trusted(directory, str(error))) from None
        words = str(error).partition("\n")[0]
        if words.endswith("must be run in a work tree"):
            words = _IN_GIT_DIRECTORY
        raise UnreadyError(_no_work_tree(directory, words)) from None
    if inside != "true":  # a git before 2.25, or a git directory that names a work tree
        raise UnreadyError(_no_work_tree(directory, _IN_GIT_DIRECTORY))
    top, git_dir, common = (Path(os.path.normpath(directory / each)) for each in paths)
    return Repository(top.resolve(), git_dir.resolve(), common.resolve(), Git(top))


def _answers(git: Git) -> list[str]:
    """Whether it is in a work tree, the top, the git directory, and the one that all share."""
    options = (
        "--is-inside-work-tree",
        "--show-toplevel",
        "--absolute-git-dir",
        "--git-common-dir",
    )
    found = git.line("rev-parse", *options).split("\n")
    if len(found) != len(options):  # a name has a line end in it
        found = [git.line("rev-parse", each) for each in options]
    return found


def _no_work_tree(directory: Path, words: str) -> Diagnostic:
    return Diagnostic(
        code="E950",
        message=f"a run needs a git work tree, and {directory} is not in one: {words}",
        hint="run `git init` and commit the project, or change to a work tree",
    )


def _not_trusted(directory: Path, words: str) -> Diagnostic:
    """Git says itself which command makes it trust the repository."""
    commands = (line.strip() for line in words.split("\n") if line.strip().startswith("git config"))
    command = next(commands, f"git config --global --add safe.directory {directory}")
    return Diagnostic(
        code="E950",
        message=f"git does not trust the repository of {directory}: it belongs to another user",
        hint=f"if you do, `{command}`",
    )


def _no_commit() -> Diagnostic:
    return Diagnostic(
        code="E950",
        message="the repository has no commit yet, so there is nothing to go back to",
        hint="commit the project first",
    )


def _busy(words: str) -> Diagnostic:
    return Diagnostic(
        code="E952",
        message=f"git is in the middle of {words}",
        hint="finish or abort it, then run the step again",
    )


def _locked(lock: Path) -> Diagnostic:
    return Diagnostic(
        code="E952",
        message=f"git is at work, or was stopped in the middle of it: {lock} exists",
        hint="wait for the other git command; if none runs, delete the file",
    )
