"""`backup`: a verified copy of every manifest, and a work tree of HEAD beside the repository."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import chain, count
from pathlib import Path
from stat import S_IMODE

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import UnreadyError, UnsafeError
from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.waivers import ROOT, living_with
from starlang.project.generating import drafts_of, missing_manifests
from starlang.project.git import Git, GitError
from starlang.project.loading import read_tree, sidecar_draft
from starlang.project.planning import NOTHING_THERE, Drafts
from starlang.run import audit_files as checksums
from starlang.run.audit_files import digest_of, document, read_file, sync_directory, write_file
from starlang.run.backups import (
    DIGESTS,
    METADATA,
    NEW,
    PREFIX,
    TREE,
    Metadata,
    metadata_json,
    phase_of,
    read_backup,
)
from starlang.run.ground import Run
from starlang.run.pin import require_pins
from starlang.run.repository import Repository
from starlang.run.transactions import next_number, require_settled
from starlang.text import counted, one_line

# The git work tree of HEAD beside the repository: the tree before the run, for people to look at.
#
# It is not an engine of rollback: a checkout is neither atomic nor byte-exact.

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
            git.out_without_filters("worktree", "remove", "--", path, inside=worktree.path)
        git.out("worktree", "prune")
        git.out("worktree", "add", "--no-checkout", "--detach", "--", path, worktree.commit)
        _check_out(git, path)
    except GitError as error:
        raise UnreadyError(_not_added(worktree.path, str(error))) from None


def _check_out(git: Git, path: str) -> None:
    """Fills a new work tree; one that cannot be filled goes.

    Its config may differ from that of the repository (`includeIf "gitdir:…"`), so the filters
    are those that git knows in the new work tree itself.
    """
    try:
        Git(Path(path)).out_without_filters("reset", "--hard", "--quiet", "--no-recurse-submodules")
    except GitError:
        git.out("worktree", "remove", "--force", "--", path)
        raise


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
    # Whether a submodule has changes would be asked of git in the submodule, with its config.
    options = ("--porcelain", "--ignore-submodules=dirty")
    return bool(Git(path).out_without_filters("status", *options))


def _size(repository: Repository) -> int:
    listed = repository.git.names("ls-tree", "-r", "-l", "-z", "--full-tree", "HEAD")
    sizes = (entry.split(None, 4)[3] for entry in listed)
    return sum(int(size) for size in sizes if size.isdigit())


def _foreign(path: Path) -> Diagnostic:
    return Diagnostic(
        code="E958",
        message=f"{path} exists and is not a work tree of this repository",
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


# Telling git to overlook the backups: a line in `.git/info/exclude`, which no commit carries.

_SPECIAL = "\\*?[ "


def exclude(repository: Repository, directory: Path) -> None:
    """Makes git ignore `directory`, unless it does so already."""
    inside = os.fspath(directory.relative_to(repository.top))
    if repository.git.succeeds("check-ignore", "--quiet", "--", f"{inside}/any"):
        return
    path = repository.common_dir / "info" / "exclude"
    before = read_file(path) or b""
    end = b"" if not before or before.endswith(b"\n") else b"\n"
    write_file(path, before + end + os.fsencode(f"/{_escaped(inside)}/\n"))


def _escaped(path: str) -> str:
    return "".join(f"\\{each}" if each in _SPECIAL else each for each in path)


# Manifests that git does not hold as this repository's own: a run over them would surprise.
#
# A manifest in a submodule, or in a repository of its own, belongs to somebody else. One that
# git ignores shows in no diff that a reviewer sees. One that a sparse checkout leaves out is
# not there, so that no plan would know it.

_LFS = b"version https://git-lfs.github.com/spec/"
"""How a file begins that Git LFS keeps elsewhere."""

MOST_LEVELS = 200
"""Directories above a manifest: what makes and removes them calls itself for each."""

_LEFT_OUT = "S"
"""The tag of `git ls-files -t` for a file that a sparse checkout leaves out."""


def untracked_findings(run: Run, manifests: Iterable[ManifestFile]) -> Iterator[Diagnostic]:
    """A finding for each manifest that is another repository's, ignored, left out or too deep."""
    listed = list(manifests)
    deep = [each for each in listed if each.path.count("/") > MOST_LEVELS]
    if deep:  # and nothing below is asked, for all of it goes down level by level
        words = f"lies more than {MOST_LEVELS} directories deep, which a run does not write to"
        hint = "move it up, or leave its directory out (`ignore` under `[guards]`)"
        yield from (_finding(each.name, words, hint) for each in deep)
        return
    yield from _in_other_repositories(run, listed)
    inside = run.repository.prefix(run.manifests)
    git = run.repository.git
    ignored = git.names(
        "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", inside or "."
    )
    names = {f"{inside}/{each.path}" if inside else each.path: each.name for each in listed}
    for name in ignored:
        if name in names:
            hint = (
                "take it out of `.gitignore` and commit it, or leave its directory out (`[guards]`)"
            )
            yield _finding(names[name], "is ignored by git, so no diff would show its change", hint)
    for each in listed:
        if each.data.startswith(_LFS):
            words = "is a pointer of Git LFS: its contents are not here"
            yield _finding(each.name, words, "fetch them: `git lfs pull`")
    wanted = run.project.profile.file_names
    for entry in git.names("ls-files", "-z", "-t", "--", inside or "."):
        tag, _, name = entry.partition(" ")
        if tag == _LEFT_OUT and name.rpartition("/")[2] in wanted:
            words = "is left out by a sparse checkout, so the plan does not know it"
            yield _finding(name, words, "check everything out: `git sparse-checkout disable`")


def untracked(run: Run, manifests: Iterable[ManifestFile]) -> tuple[str, ...]:
    """The manifests that git does not know yet: no diff would show what a run changes in them."""
    inside = run.repository.prefix(run.manifests)
    others = run.repository.git.names("ls-files", "-z", "--others", "--", inside or ".")
    names = frozenset(others)
    prefix = f"{inside}/" if inside else ""
    return tuple(each.name for each in manifests if f"{prefix}{each.path}" in names)


def _in_other_repositories(run: Run, manifests: Iterable[ManifestFile]) -> Iterator[Diagnostic]:
    """Those below a directory with a `.git` of its own, as submodules and nested clones have it."""
    root = run.manifests
    is_root_other = os.path.lexists(root / ".git") and root != run.repository.top
    known: dict[str, bool] = {"": is_root_other, ROOT: is_root_other}

    def is_other(directory: str) -> bool:
        if directory not in known:
            above = directory.rpartition("/")[0]
            known[directory] = is_other(above) or os.path.lexists(root / directory / ".git")
        return known[directory]

    for each in manifests:
        if is_other(each.module):
            yield _finding(each.name, "lies in another repository (a submodule, or a clone)")


def _finding(name: str, words: str, hint: str = "") -> Diagnostic:
    return Diagnostic(
        code="E934",
        message=f"`{name}` {words}",
        file=name,
        hint=hint
        or "leave its directory out (`ignore` under `[guards]`), or make it the repository's own",
    )


_SPARE = 16 << 20
"""Bytes that must stay free beside what is written."""


@frozen
class BackedUp:
    """What `backup` made. `directory` is the backup's name under `.backups/`.

    `untracked` are manifests that git does not know yet, as findings name them. `drafts` are
    manifests that the run is to make, `doubts` what their sources do not say.
    """

    directory: str
    count: int
    worktree: Worktree
    untracked: tuple[str, ...] = ()
    drafts: int = 0
    doubts: tuple[Diagnostic, ...] = ()

    def __repr__(self) -> str:
        return one_line(f"<BackedUp: {counted(self.count, 'manifest')} in {self.directory}>")


def backup(run: Run, *, with_missing: bool = False) -> BackedUp:
    """Copies every live manifest, reads the copies back, and adds the work tree of HEAD.

    `with_missing`: the run is to make the manifests that are missing as well, as `generate` would
    now. They lie beside the copies, so the plan stays the same whatever becomes of the source.
    InputError where one cannot be made; GateClosedError without fresh pins, UnsafeError where a
    guard is violated or a manifest cannot be read, UnreadyError where something else lies at the
    place of the work tree or the disk is too small.
    """
    require_settled(run)
    rules = require_pins(run).rules
    manifests = guarded_tree(run, makes_some=with_missing)[0]
    missing = missing_manifests(run.project, rules) if with_missing else None
    made = drafts_of(run.project, missing.manifests) if missing else {}
    drafts = {**made, **sidecar_draft(run.manifests, run.project.profile)}
    worktree = worktree_of(run)
    _require_room(run, [*(each.data for each in manifests), *drafts.values()], worktree)
    exclude(run.repository, run.backups)
    directory = _write(run, manifests, drafts, worktree)
    return BackedUp(
        directory.name,
        len(manifests),
        worktree,
        untracked(run, manifests),
        len(made),
        missing.problems if missing else (),
    )


def guarded_tree(
    run: Run, *, makes_some: bool = False
) -> tuple[list[ManifestFile], list[Diagnostic]]:
    """Every live manifest, with what is wrong with their paths and known to be.

    UnsafeError with all violations that the config does not waive. Where the run `makes_some`,
    there may be none yet.
    """
    config = run.project.config
    manifests, problems = read_tree(
        run.manifests,
        run.shown_manifests,
        run.project.profile,
        config.guards,
        layout=config.layout,
    )
    if makes_some:
        problems = [each for each in problems if each.code not in NOTHING_THERE]
    found = [*problems, *build_graph(manifests, run.project.profile, ()).problems]
    found += untracked_findings(run, manifests)
    standing = living_with(found, config.waivers, run.shown_manifests)
    if standing.blocking:
        raise UnsafeError(*standing.blocking)
    return manifests, problems


def _require_room(run: Run, contents: list[bytes], worktree: Worktree) -> None:
    size = sum(map(len, contents))
    # Twice: once for the backup, once for the copies that `apply` puts aside.
    needed = 2 * size + worktree.size + _SPARE
    free = run.surroundings.free(run.root)
    if free < needed:
        raise UnreadyError(_no_room(needed, free))


def _write(run: Run, manifests: list[ManifestFile], drafts: Drafts, worktree: Worktree) -> Path:
    """The finished backup. It gets its name last, so that one with a name is whole."""
    sequence = next_number(run)
    directory = _free(run.backups / f"{PREFIX}{run.surroundings.name()}")
    partial = directory.with_name(f".{directory.name}.partial")
    try:
        _copy(run, manifests, drafts, partial)
        listed = checksums.dumps(_digests(manifests, drafts))
        write_file(partial / DIGESTS, listed)
        counts = (len(manifests), len(drafts))
        metadata = _metadata(run, listed, counts, worktree, sequence)
        write_file(partial / METADATA, document(metadata_json(metadata)))
        read_backup(partial)
        add_worktree(run.repository, worktree)
        partial.rename(directory)
        sync_directory(run.backups)
    except OSError as error:
        raise UnreadyError(_failed(error)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return directory


def _free(directory: Path) -> Path:
    """That directory, or one beside it where it exists: two configs may begin in one second."""
    others = (directory.with_name(f"{directory.name}_{number}") for number in count(2))
    return next(path for path in chain((directory,), others) if not path.exists())


def _copy(run: Run, manifests: list[ManifestFile], drafts: Drafts, partial: Path) -> None:
    """Writes what was read and guarded, with the modes of the files, and syncs all at once."""
    for manifest in manifests:
        copy = partial / TREE / manifest.path
        copy.parent.mkdir(parents=True, exist_ok=True)
        mode = S_IMODE((run.manifests / manifest.path).stat(follow_symlinks=False).st_mode)
        with copy.open("xb") as out:
            out.write(manifest.data)
            os.fchmod(out.fileno(), mode)
    for path, data in drafts.items():
        copy = partial / NEW / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
    os.sync()


def _digests(manifests: list[ManifestFile], drafts: Drafts) -> Mapping[str, str]:
    copies = {f"{TREE}/{each.path}": each.data for each in manifests}
    copies |= {f"{NEW}/{path}": data for path, data in drafts.items()}
    return {name: sha256(data).hexdigest() for name, data in copies.items()}


def _metadata(
    run: Run, listed: bytes, counts: tuple[int, int], worktree: Worktree, sequence: int
) -> Metadata:
    return Metadata(
        timestamp=run.surroundings.time(),
        manifest_count=counts[0],
        drafts=counts[1],
        git_commit=run.repository.head(),
        git_branch=run.repository.branch(),
        phase=phase_of(run),
        sequence=sequence,
        manifests=run.shown_manifests,
        digests=digest_of(listed),
        worktree=os.path.relpath(worktree.path, run.repository.top),
        made_by=run.surroundings.user,
    )


def _no_room(needed: int, free: int) -> Diagnostic:
    return Diagnostic(
        code="E954",
        message=f"the disk is too small: {needed:,} bytes are needed, and {free:,} are free",
        hint="make room, then run `starlang backup` again; nothing was written",
    )


def _failed(error: OSError) -> Diagnostic:
    return Diagnostic(
        code="E954",
        message=f"the backup cannot be written: {error.strerror}",
        hint="make room under `.backups/`, then run `starlang backup` again",
    )
