"""The packages of a project, as git knows them, and how its manifests cover them.

A package is a directory with an `__init__.py` that git tracks or would track. What git
ignores is no package, unless it is tracked all the same.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from stat import S_ISLNK, S_ISREG

from starlang.coverage.coverage import Coverage, Found, Terms, measure
from starlang.diagnostics.model import Diagnostic
from starlang.errors import UnreadyError
from starlang.project.files import display
from starlang.project.git import Git, GitError
from starlang.project.manifest_files import find_manifests
from starlang.project.project import Project

INIT = "__init__.py"
_COMMITS = 1_000
"""So many commits back renames are looked for."""


def source_of(project: Project) -> Path:
    """The directory that the paths of packages are relative to."""
    config = project.config
    return config.coverage.source or config.source or project.root


def package_at(source: Path, root: Path) -> str:
    """The dotted name of a source that is a package itself: `shop` for `src/shop`; else "".

    It ends at the `root` of the project, whose name is another one in each clone.
    """
    names, place, root = [], source.resolve(), root.resolve()
    while place != root and place.is_relative_to(root) and (place / INIT).is_file():
        names.append(place.name)
        place = place.parent
    return ".".join(reversed(names))


def coverage_of(project: Project) -> Coverage:
    """Packages and manifests of the project, compared; UnreadyError where git knows neither."""
    config, settings = project.config, project.config.coverage
    waivers = [each for each in config.waivers if each.code.startswith("E6")]
    return measure(
        look(project), Terms(config.guards, waivers, settings.exclude, settings.at_least)
    )


def look(project: Project) -> Found:
    """What there is to compare."""
    config, source = project.config, source_of(project)
    files = python_files(source)
    packages = {path.rpartition("/")[0] for path in files if path.rpartition("/")[2] == INIT}
    prefix, names = display(config.manifests, project.root), project.profile.file_names
    tree = find_manifests(
        config.manifests, prefix, names, config.guards.ignore, layout=config.layout
    )
    inside = f"{prefix}/" if prefix else ""
    manifests = {path.rpartition("/")[0]: inside + path for path in tree.files}
    left = manifests.keys() - packages
    return Found(
        packages=packages,
        files=files,
        manifests=manifests,
        renamed=_renamed(Git(source), left, packages) if left else {},
        prefix=prefix,
        source=display(source, project.root),
        file_name=names[0],
        ignored=tree.count_ignored(),
        can_make=project.profile.can_make,
    )


def coverage_at(project: Project, commit: str, manifests: Iterable[str]) -> Coverage:
    """The same of the packages of a commit and of these manifests, whatever lies there now.

    `manifests` are paths below the manifests root. UnreadyError where git does not work.
    """
    config, settings = project.config, project.config.coverage
    source, prefix = source_of(project), display(config.manifests, project.root)
    git, name = Git(project.root), project.profile.file_names[0]
    place = display(source, project.root)
    try:
        inside = "/".join(filter(None, (git.line("rev-parse", "--show-prefix"), place)))
        below = f"{inside}/".replace("//", "/") if inside else ""
        listing = ("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
        listed = git.names(*listing, "--", *([below] if below else []))
    except GitError as error:
        raise UnreadyError(_no_work_tree(str(error).partition("\n")[0])) from None
    files = {each.removeprefix(below) for each in listed if each.endswith(".py")}
    packages = {each.rpartition("/")[0] for each in files if each.rpartition("/")[2] == INIT}
    under = f"{prefix}/" if prefix else ""
    found = Found(
        packages=packages,
        files=files,
        manifests={each.rpartition("/")[0]: under + each for each in manifests},
        renamed={},
        prefix=prefix,
        source=place,
        file_name=name,
    )
    waivers = [each for each in config.waivers if each.code.startswith("E6")]
    return measure(found, Terms(config.guards, waivers, settings.exclude, settings.at_least))


def python_files(source: Path) -> set[str]:
    """The Python files that git knows below `source` and that are there, relative to it."""
    listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.py")
    if not source.is_dir():
        raise UnreadyError(_no_source(source.name))
    try:
        listed = Git(source).names(*listing)
    except GitError as error:
        raise UnreadyError(_no_work_tree(str(error).partition("\n")[0])) from None
    # What is deleted and not yet removed from the index is listed as well.
    inside = f"{source}/"
    return {path for path in listed if _is_there(inside + path)}


def _is_there(path: str) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):  # it is gone, or the name is too long
        return False
    return S_ISREG(mode) or S_ISLNK(mode)


# Where packages were before: what git knows of renames, newest first.


def _renamed(git: Git, left: AbstractSet[str], packages: AbstractSet[str]) -> dict[str, str]:
    """Path of a manifest without a package -> where git has seen the package go."""
    steps: dict[str, str] = {}
    for renames in _renames(git):
        for old, new in _directories(renames).items():
            steps.setdefault(old, new)
    found = ((path, _followed(path, steps, packages)) for path in sorted(left))
    return {path: to for path, to in found if to is not None}


def _followed(path: str, steps: Mapping[str, str], packages: AbstractSet[str]) -> str | None:
    seen = {path}
    while (to := steps.get(path)) is not None and to not in seen:
        if to in packages:
            return to
        seen.add(to)
        path = to
    return None


def _directories(renames: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Directory -> where most of its files went that kept their place within it."""
    votes: dict[str, Counter[str]] = {}
    for old, new in renames:
        before, after = old.split("/"), new.split("/")
        while before and after and before[-1] == after[-1]:
            before, after = before[:-1], after[:-1]
            votes.setdefault("/".join(before), Counter())["/".join(after)] += 1
    return {old: min(to, key=lambda new: (-to[new], new)) for old, to in votes.items()}


def _renames(git: Git) -> Iterator[list[tuple[str, str]]]:
    """The renames of Python files: those not committed yet, then commit by commit."""
    options = ("-r", "-z", "-M", "--name-status", "--diff-filter=R", "--relative")
    try:
        yield from _by_commit(git.names("diff-index", "--cached", *options, "HEAD", "--", "*.py"))
        commits = git.out("rev-list", f"--max-count={_COMMITS}", "HEAD")
        listed = git.names("diff-tree", "--stdin", *options, "--", "*.py", given=commits)
    except GitError:  # there is no commit yet
        return
    yield from _by_commit(listed)


def _by_commit(listed: Sequence[str]) -> Iterator[list[tuple[str, str]]]:
    """`R100`, the old and the new path; before those of a commit stands its name."""
    words = iter(listed)
    renames: list[tuple[str, str]] = []
    for word in words:
        if word.startswith("R"):
            renames.append((next(words), next(words)))
        elif renames:
            yield renames
            renames = []
    yield renames


def changed_since(project: Project, revision: str) -> frozenset[str]:
    """The packages of which a Python file has changed on HEAD since it left `revision`."""
    git = Git(source_of(project))
    try:
        commit = git.line(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
        bases = git.found("merge-base", commit, "HEAD")
        base = bases[0].strip() if bases else commit
        options = ("-r", "-z", "--name-only", "--relative")
        listed = git.names("diff-tree", *options, base, "HEAD", "--", "*.py")
    except GitError:
        raise UnreadyError(_no_revision(revision)) from None
    return frozenset(path.rpartition("/")[0] for path in listed)


def _no_revision(revision: str) -> Diagnostic:
    return Diagnostic(
        code="E860",
        message=f"git knows no revision `{revision}` to compare HEAD with",
        hint="name a branch or a commit; a checkout in CI may have to fetch it first",
    )


def _no_source(name: str) -> Diagnostic:
    return Diagnostic(
        code="E988",
        message=f"there is no directory `{name}` to look for packages in",
        hint="correct `source` under `[coverage]` or `[graph]` in the config",
    )


def _no_work_tree(words: str) -> Diagnostic:
    return Diagnostic(
        code="E988",
        message=f"packages are what git knows, and git does not work here: {words}",
        hint="run `git init`, or change to a work tree",
    )
