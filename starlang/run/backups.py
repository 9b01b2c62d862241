"""Backups as they lie under `.backups/`: found, read, and held against their own digests."""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError
from starlang.rules.shapes import MalformedError, Members, a_count, a_text, record_with
from starlang.run import audit_files as checksums
from starlang.run.audit_files import digest_of, read_document, read_file
from starlang.run.ground import Run
from starlang.text import Json, counted

PREFIX = "manifests_"
METADATA = "backup_metadata.json"
DIGESTS = "SHA256SUMS"
TREE = "manifests"
NEW = "new"
"""Where the drafts lie that a run is to make, beside the copies of what there is."""
FORMAT = "starlang-backup/1"


@frozen
class Metadata:
    """What a backup says of itself. `digests` is the digest of its list of digests.

    `sequence` numbers the runs of one name over this work tree: a backup begins a run.

    `manifests` is the directory that was copied, `worktree` where the work tree lies,
    both as the project names them. `drafts` is how many manifests the run is to make.
    """

    timestamp: str
    sequence: int
    manifest_count: int
    git_commit: str
    git_branch: str
    phase: str
    manifests: str
    digests: str
    worktree: str
    made_by: str
    drafts: int = 0


@frozen
class Backup:
    """A backup whose every file is as its list says.

    `images`: path of a manifest under the manifests root -> its bytes. `drafts`: the same of the
    manifests that the run is to make, as `generate` would make them.
    """

    directory: Path
    metadata: Metadata
    images: Mapping[str, bytes]
    drafts: Mapping[str, bytes] = field(factory=dict)

    @property
    def planned(self) -> Mapping[str, bytes]:
        """All that the plan is made over."""
        return {**self.images, **self.drafts}

    @property
    def tree(self) -> Path:
        """The copy of the manifests root."""
        return self.directory / TREE


@frozen(eq=False)
class Listed:
    """A backup as it is listed: where it lies, and what it says of itself."""

    directory: Path
    metadata: Metadata


def phase_of(run: Run) -> str:
    """What the backups of this run say that they were made before."""
    return f"{run.name}_pre_regeneration"


def backups_of(run: Run) -> tuple[Listed, ...]:
    """The finished backups of this run under `.backups/`, the oldest first.

    They are in the order of their sequence: a clock may be wrong. One that came by a commit was
    not made here, and one whose metadata cannot be read is none.
    """
    if not run.backups.is_dir():
        return ()
    found = []
    committed = committed_backups(run)
    for path in run.backups.iterdir():
        if path.name.startswith(PREFIX) and path.name not in committed:
            with suppress(GateClosedError):
                metadata = read_metadata(path)
                if metadata.phase == phase_of(run):
                    found.append(Listed(path, metadata))
    return tuple(sorted(found, key=_order))


def unreadable_backups(run: Run) -> tuple[Diagnostic, ...]:
    """Why backups that lie there cannot be used: their metadata cannot be read."""
    found: list[Diagnostic] = []
    for path in sorted(run.backups.iterdir()) if run.backups.is_dir() else ():
        if path.name.startswith(PREFIX):
            try:
                read_metadata(path)
            except GateClosedError as error:
                found += error.diagnostics
    return tuple(found)


def _order(listed: Listed) -> tuple[int, str]:
    return listed.metadata.sequence, listed.directory.name


def committed_backups(run: Run) -> frozenset[str]:
    """The names of backups that git tracks: somebody has committed them."""
    inside = run.repository.prefix(run.backups)
    names = run.repository.git.names("ls-files", "-z", "--", inside)
    return frozenset(name.removeprefix(f"{inside}/").partition("/")[0] for name in names)


def read_metadata(directory: Path) -> Metadata:
    """What the backup in `directory` says of itself."""
    found = read_document(directory / METADATA, FORMAT, _metadata)
    if found is None:
        raise GateClosedError(_damaged(directory, f"it has no {METADATA}"))
    return found


def read_backup(directory: Path) -> Backup:
    """The backup in `directory`, every file of it read and compared; else GateClosedError."""
    metadata = read_metadata(directory)
    listed = read_file(directory / DIGESTS) or b""
    if digest_of(listed) != metadata.digests:
        raise GateClosedError(_damaged(directory, f"{DIGESTS} is not the list that was written"))
    try:
        digests = checksums.loads(listed)
    except MalformedError as error:
        raise GateClosedError(_damaged(directory, f"{DIGESTS}: {error}")) from None
    found: dict[str, bytes] = {}
    for name, digest in digests.items():
        data = read_file(directory / name)
        if data is None or sha256(data).hexdigest() != digest:
            words = "is missing" if data is None else "is not what was backed up"
            raise GateClosedError(_damaged(directory, f"{name} {words}"))
        found[name] = data
    images, drafts = below(found, TREE), below(found, NEW)
    whole = (len(images), len(drafts)) == (metadata.manifest_count, metadata.drafts)
    if not whole or not found:
        words = f"it has {counted(len(found), 'manifest')}"
        copied = metadata.manifest_count + metadata.drafts
        raise GateClosedError(_damaged(directory, f"{words}, and {copied:,} were copied"))
    return Backup(directory, metadata, images, drafts)


def below(files: Mapping[str, bytes], directory: str) -> dict[str, bytes]:
    """The files of a backup in one of its directories, by their paths there."""
    prefix = f"{directory}/"
    return {n.removeprefix(prefix): data for n, data in files.items() if n.startswith(prefix)}


def metadata_json(metadata: Metadata) -> dict[str, Json]:
    """The metadata as `backup_metadata.json` holds it."""
    return {
        "format": FORMAT,
        "timestamp": metadata.timestamp,
        "sequence": metadata.sequence,
        "manifest_count": metadata.manifest_count,
        "git_commit": metadata.git_commit,
        "git_branch": metadata.git_branch,
        "phase": metadata.phase,
        "manifests": metadata.manifests,
        "digests": metadata.digests,
        "worktree": metadata.worktree,
        "made_by": metadata.made_by,
        **({"drafts": metadata.drafts} if metadata.drafts else {}),
    }


_TEXTS = ("timestamp", "git_commit", "git_branch", "phase", "manifests", "digests", "worktree")
_MEMBERS = frozenset({"format", "manifest_count", "sequence", "made_by", *_TEXTS})


def _metadata(value: Members) -> Metadata:
    found = record_with(value, _MEMBERS, frozenset({"drafts"}))
    return Metadata(
        timestamp=a_text(found["timestamp"]),
        sequence=a_count(found["sequence"]),
        manifest_count=a_count(found["manifest_count"]),
        git_commit=a_text(found["git_commit"]),
        git_branch=a_text(found["git_branch"]),
        phase=a_text(found["phase"]),
        manifests=a_text(found["manifests"]),
        digests=a_text(found["digests"]),
        worktree=a_text(found["worktree"]),
        made_by=a_text(found["made_by"]),
        drafts=a_count(found.get("drafts", 0)),
    )


def _damaged(directory: Path, words: str) -> Diagnostic:
    return Diagnostic(
        code="E957",
        message=f"the backup `{directory.name}` is damaged: {words}",
        hint="run `starlang backup` while the manifests are as they were",
    )
