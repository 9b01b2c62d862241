"""Rule sets to be compared: files of the project, or as they were in a git revision."""

from pathlib import Path, PurePosixPath
from typing import NamedTuple

from starlang.diagnostics.model import Diagnostic
from starlang.text import did_you_mean
from starlang.workspace.files import NOWHERE, Files
from starlang.workspace.git import Git, GitError
from starlang.workspace.project import Project
from starlang.workspace.sources import Compiled, read_rule_set

_RULES = (".star", ".json")


class Named(NamedTuple):
    """A rule set that a command names: a file, or `REVISION:PATH`."""

    written: str
    revision: str
    path: Path


def named(written: str, start: Path) -> Named:
    """What `written` means in the directory `start`; a file that is there is never a revision."""
    revision, colon, path = written.partition(":")
    if colon and revision and not (start / written).exists():
        return Named(written, revision, Path(path))
    return Named(written, "", start / written)


def read_named(wanted: Named, project: Project, start: Path) -> Compiled:
    """The rule set, or why there is none. The project's profile is used for every revision."""
    if wanted.revision:
        return _from_git(wanted, project, start)
    inside = wanted.path.resolve().is_relative_to(project.root.resolve())
    root = project.root if inside else wanted.path.parent
    return read_rule_set(wanted.path, root, project.profile)


def _from_git(wanted: Named, project: Project, start: Path) -> Compiled:
    """All rule files below the project as they were, read as any others.

    A path is relative to where the command was given, as a file's is.
    """
    git = Git(project.root)
    try:
        name = _inside(wanted, project.root, start)
        commit = git.line("rev-parse", "--verify", "--quiet", f"{wanted.revision}^{{commit}}")
    except GitError:
        return Compiled(None, (_no_revision(wanted),))
    try:
        listed = git.names("ls-tree", "-r", "-z", "--name-only", commit)
        files = [each for each in listed if each.endswith(_RULES[0]) or each == name]
        if name not in files:
            return Compiled(None, (_no_file(wanted, name, files),))
        then = Files(
            {
                f"{NOWHERE}/{each}": git.out("cat-file", "blob", f"{commit}:./{each}")
                for each in files
            },
            disk=False,
        )
        return read_rule_set(NOWHERE / name, NOWHERE, project.profile, then)
    except GitError as error:
        return Compiled(None, (_failed(wanted, str(error)),))


def _inside(wanted: Named, root: Path, start: Path) -> str:
    """The path relative to the project, POSIX."""
    there = (start / wanted.path).resolve()
    if there.is_relative_to(root.resolve()):
        return there.relative_to(root.resolve()).as_posix()
    return PurePosixPath(wanted.path.as_posix()).as_posix()


def _no_revision(wanted: Named) -> Diagnostic:
    return Diagnostic(
        code="E860",
        message=f"`{wanted.written}` names no file, and git knows no revision `{wanted.revision}`",
        hint="name a rule file, or REVISION:FILE, such as `main:rules/main.star`",
    )


def _no_file(wanted: Named, name: str, files: list[str]) -> Diagnostic:
    return Diagnostic(
        code="E861",
        message=f"there is no rule file `{name}` in the revision `{wanted.revision}`",
        hint=did_you_mean(name, files) or "name a file as it was called in that revision",
    )


def _failed(wanted: Named, words: str) -> Diagnostic:
    return Diagnostic(
        code="E860",
        message=f"git cannot show `{wanted.written}`: {words}",
        hint="see whether `git show` can, in the directory of the project",
    )
