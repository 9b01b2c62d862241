"""Rule sets to be compared: files of the project, or as they were in a git revision."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from attrs import frozen

from starlang.canon_copies import CanonFile, check_canon
from starlang.diagnostics.formats import Checkout
from starlang.diagnostics.model import Diagnostic
from starlang.manifests.waivers import living_with
from starlang.project.files import NOWHERE, Files, data_path, display
from starlang.project.git import Git, GitError
from starlang.project.inputs import read_bytes
from starlang.project.project import Compiled, Project, read_rule_set
from starlang.rules.model import RuleSet
from starlang.text import Source, did_you_mean
from starlang.texts.json import Refusal, read

# Where a project lies in its repository, for those who show findings there.


def repository_of(project: Project) -> Checkout:
    """The repository of `project`: the nearest directory above it with a `.git`.

    No git is asked. Without one the project is taken for the whole repository.
    """
    rules = project.config.rules
    fallback = project.config.file or (display(rules, project.root) if rules else "")
    return checkout_at(project.root, fallback)


def checkout_at(project_root: Path, fallback: str) -> Checkout:
    """The repository of the project at `project_root`; `fallback` as in `Checkout`."""
    root = project_root.resolve()
    tops = (each for each in (root, *root.parents) if (each / ".git").exists())
    inside = root.relative_to(next(tops, root)).as_posix()
    pages = data_path("docs", "codes").glob("*.md")
    return Checkout(
        prefix="" if inside == "." else f"{inside}/",
        fallback=fallback,
        pages={page.stem: page.read_text(encoding="utf-8") for page in sorted(pages)},
    )


_RULES = (".star", ".json")


class NamedRules(NamedTuple):
    """A rule set that a command names: a file, or `REVISION:PATH`."""

    written: str
    revision: str
    path: Path


def named(written: str, start: Path) -> NamedRules:
    """What `written` means in the directory `start`; a file that is there is never a revision."""
    revision, colon, path = written.partition(":")
    if colon and revision and not (start / written).exists():
        return NamedRules(written, revision, Path(path))
    return NamedRules(written, "", start / written)


def read_named(wanted: NamedRules, project: Project, start: Path) -> Compiled:
    """The rule set, or why there is none. The project's profile is used for every revision."""
    if wanted.revision:
        return _from_git(wanted, project, start)
    inside = wanted.path.resolve().is_relative_to(project.root.resolve())
    root = project.root if inside else wanted.path.parent
    return read_rule_set(wanted.path, root, project.profile)


def _from_git(wanted: NamedRules, project: Project, start: Path) -> Compiled:
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


def _inside(wanted: NamedRules, root: Path, start: Path) -> str:
    """The path relative to the project, POSIX."""
    there = (start / wanted.path).resolve()
    if there.is_relative_to(root.resolve()):
        return there.relative_to(root.resolve()).as_posix()
    return PurePosixPath(wanted.path.as_posix()).as_posix()


def _no_revision(wanted: NamedRules) -> Diagnostic:
    return Diagnostic(
        code="E860",
        message=f"`{wanted.written}` names no file, and git knows no revision `{wanted.revision}`",
        hint="name a rule file, or REVISION:FILE, such as `main:rules/main.star`",
    )


def _no_file(wanted: NamedRules, name: str, files: list[str]) -> Diagnostic:
    return Diagnostic(
        code="E861",
        message=f"there is no rule file `{name}` in the revision `{wanted.revision}`",
        hint=did_you_mean(name, files) or "name a file as it was called in that revision",
    )


def _failed(wanted: NamedRules, words: str) -> Diagnostic:
    return Diagnostic(
        code="E860",
        message=f"git cannot show `{wanted.written}`: {words}",
        hint="see whether `git show` can, in the directory of the project",
    )


# The canon of a project against the files that repeat it: those named, or those of its config.


@frozen(eq=False)
class Agreement:
    """What was compared: each copy with the number of its stars or aliases.

    `differences` are those that the config does not accept, `known` the others, and `unused`
    a warning for each entry that accepts nothing. `unreadable` says what could not be read.
    """

    copies: tuple[tuple[str, int], ...]
    differences: tuple[Diagnostic, ...]
    known: tuple[Diagnostic, ...]
    unused: tuple[Diagnostic, ...]
    unreadable: tuple[Diagnostic, ...]


def canon_agreement(project: Project, rules: RuleSet, named: Sequence[Path] = ()) -> Agreement:
    """The stars of `rules` against the files `named`, else the copies and schema of the config.

    Without any copy nothing is compared, and nothing differs.
    """
    files, unreadable = _files(project, named)
    root = project.config.rules
    name = display(root, project.root) if root else ""
    found = check_canon(rules, files, project.profile, name)
    standing = living_with(found.differences if files else (), project.config.canon_known, "")
    known = tuple(finding for finding, _ in standing.waived)
    unused = () if named else standing.unused
    return Agreement(found.copies, standing.open, known, unused, tuple(unreadable))


def _files(project: Project, named: Sequence[Path]) -> tuple[list[CanonFile], list[Diagnostic]]:
    config = project.config
    listed = [path.resolve() for path in named] or [*config.copies]
    schema = config.schema if not named else None
    files: list[CanonFile] = []
    problems: list[Diagnostic] = []
    for path in [*listed, *([schema] if schema else [])]:
        found = _read(path, display(path, project.root), may_lack=path is schema)
        if isinstance(found, CanonFile):
            files.append(found)
        else:
            problems.append(found)
    return files, problems


def _read(path: Path, name: str, *, may_lack: bool) -> CanonFile | Diagnostic:
    data = read_bytes(path, name)
    if isinstance(data, Diagnostic):
        return data
    value = read(data)
    if isinstance(value, Refusal):
        return value.diagnostic(name, data)
    return CanonFile(Source(name, data.decode()), value, may_lack)
