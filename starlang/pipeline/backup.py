"""`backup`: a verified copy of every manifest, and a work tree of HEAD beside the repository."""

import os
import shutil
from collections.abc import Mapping
from hashlib import sha256
from itertools import chain, count
from pathlib import Path
from stat import S_IMODE

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import UnreadyError, UnsafeError
from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.waivers import living_with
from starlang.pipeline import checksums
from starlang.pipeline.audit_files import (
    digest_of,
    document,
    sync_directory,
    write_file,
)
from starlang.pipeline.backup_reading import (
    DIGESTS,
    METADATA,
    PREFIX,
    TREE,
    Metadata,
    metadata_json,
    phase_of,
    read_backup,
)
from starlang.pipeline.excluding import exclude
from starlang.pipeline.ground import Run
from starlang.pipeline.pins import require_pins
from starlang.pipeline.tracking import untracked_findings
from starlang.pipeline.transactions import next_number, require_settled
from starlang.pipeline.worktree import Worktree, add_worktree, worktree_of
from starlang.workspace.tree import read_tree

_SPARE = 16 << 20
"""Bytes that must stay free beside what is written."""


@frozen(eq=False)
class BackedUp:
    """What `backup` made. `directory` is the backup's name under `.backups/`."""

    directory: str
    count: int
    worktree: Worktree


def backup(run: Run) -> BackedUp:
    """Copies every live manifest, reads the copies back, and adds the work tree of HEAD.

    GateClosedError without fresh pins, UnsafeError where a guard is violated or a manifest
    cannot be read, UnreadyError where something else lies at the place of the work tree or
    the disk is too small.
    """
    require_settled(run)
    require_pins(run)
    manifests = guarded_manifests(run)
    worktree = worktree_of(run)
    _require_room(run, manifests, worktree)
    exclude(run.repository, run.backups)
    directory = _write(run, manifests, worktree)
    return BackedUp(directory.name, len(manifests), worktree)


def guarded_manifests(run: Run) -> list[ManifestFile]:
    """Every live manifest; UnsafeError with all violations that the config does not waive."""
    return guarded_tree(run)[0]


def guarded_tree(run: Run) -> tuple[list[ManifestFile], list[Diagnostic]]:
    """The same, with what is wrong with their paths and known to be."""
    config = run.project.config
    manifests, problems = read_tree(
        run.manifests, run.shown_manifests, run.project.profile, config.guards
    )
    found = [*problems, *build_graph(manifests, run.project.profile, ()).problems]
    found += untracked_findings(run, manifests)
    standing = living_with(found, config.waivers, run.shown_manifests)
    if standing.blocking:
        raise UnsafeError(*standing.blocking)
    return manifests, problems


def _require_room(run: Run, manifests: list[ManifestFile], worktree: Worktree) -> None:
    size = sum(len(manifest.data) for manifest in manifests)
    # Twice: once for the backup, once for the copies that `apply` puts aside.
    needed = 2 * size + worktree.size + _SPARE
    free = run.surroundings.free(run.root)
    if free < needed:
        raise UnreadyError(_no_room(needed, free))


def _write(run: Run, manifests: list[ManifestFile], worktree: Worktree) -> Path:
    """The finished backup. It gets its name last, so that one with a name is whole."""
    sequence = next_number(run)
    directory = _free(run.backups / f"{PREFIX}{run.surroundings.name()}")
    partial = directory.with_name(f".{directory.name}.partial")
    try:
        _copy(run, manifests, partial)
        listed = checksums.dumps(_digests(manifests))
        write_file(partial / DIGESTS, listed)
        metadata = _metadata(run, listed, worktree, sequence)
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


def _copy(run: Run, manifests: list[ManifestFile], partial: Path) -> None:
    """Writes what was read and guarded, with the modes of the files, and syncs all at once."""
    for manifest in manifests:
        copy = partial / TREE / manifest.path
        copy.parent.mkdir(parents=True, exist_ok=True)
        mode = S_IMODE((run.manifests / manifest.path).stat(follow_symlinks=False).st_mode)
        with copy.open("xb") as out:
            out.write(manifest.data)
            os.fchmod(out.fileno(), mode)
    os.sync()


def _digests(manifests: list[ManifestFile]) -> Mapping[str, str]:
    return {f"{TREE}/{each.path}": sha256(each.data).hexdigest() for each in manifests}


def _metadata(run: Run, listed: bytes, worktree: Worktree, sequence: int) -> Metadata:
    return Metadata(
        timestamp=run.surroundings.time(),
        manifest_count=listed.count(b"\n"),
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
