"""The Python files of a project, read once: results are kept by the git blob of a file.

A blob is known by its bytes alone, so a result holds for every commit, branch and work tree,
and nothing has to be asked of git to know whether a file has changed. Results are kept in the
git directory, where they dirty nothing; they may be deleted at any time.

Beside them is the blob of each path with the state that the file had: inode, size and both times.
A file in that state is not opened again, as with the index of git, whose own blobs are of no use
here: they may be of what a filter makes of a file. Who changes a file and puts back its size and
`mtime` changes its `ctime`. Only a clock that ticks slowly could hide a change, so a state is
kept if it was settled well before the file was read.
"""

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha1
from pathlib import Path
from sys import version_info
from time import time_ns

import jiter

from starlang.collector import collector_paused
from starlang.generate.reader import (
    MAX_SOURCE,
    VERSION,
    SourceFile,
    Unread,
    read_source,
)
from starlang.project.files import read_regular, write_text
from starlang.project.git import Git, GitError

_ALONE = 200
"""Files that are parsed without a second process, which takes as long to start as they do."""

_CHUNK = 64
_MAX_KEPT = 256 << 20
"""Largest file of results that is read, in bytes: that of some hundred thousand files."""

_TICK = 2_000_000_000
"""Nanoseconds between two times that every file system can tell apart: 2 seconds on FAT."""

Read = SourceFile | Unread


def blob_of(data: bytes) -> str:
    """The name of the git blob with these bytes, as repositories with SHA-1 have it."""
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@collector_paused()
def read_files(root: Path, paths: Iterable[str], *, now: int | None = None) -> dict[str, Read]:
    """What each file says that is named relative to `root`, sorted by path.

    What is new to this repository is parsed, by several processes if it is much, and kept. `now`
    is in nanoseconds since 1970, that of the clock if it is not given.
    """
    kept = _kept_in(root)
    known, seen = _results_in(kept)
    settled = (time_ns() if now is None else now) - _TICK
    blobs: dict[str, bytes] = {}
    named: dict[str, str | Unread] = {}
    states: dict[str, str] = {}
    inside = f"{root}/"  # text: to join thousands of paths takes longer than to read the files
    for path in sorted(paths):
        try:
            status = os.lstat(inside + path)
            state = f"{status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
            before, _, blob = seen.get(path, "").rpartition(" ")
            if before != state or blob not in known:
                data = read_regular(inside + path, MAX_SOURCE)
                blob = blob_of(data)
                blobs[blob] = data
        except OSError as error:
            named[path] = Unread(error.strerror or "it is not a regular file")
            continue
        named[path] = blob
        if status.st_mtime_ns < settled and status.st_ctime_ns < settled:
            states[path] = f"{state} {blob}"
    unchanged = (each for each in named.values() if each in known)
    found = {each: known[each] for each in unchanged} | parsed(blobs, known)
    if kept is not None and (found.keys() != known.keys() or states != seen):
        _keep(kept, found, states)
    return {path: found[each] if isinstance(each, str) else each for path, each in named.items()}


def parsed(blobs: Mapping[str, bytes], known: Mapping[str, Read]) -> dict[str, Read]:
    """Blob -> what the file says; those that are `known` are not parsed again."""
    new = {blob: data for blob, data in blobs.items() if blob not in known}
    found = {blob: known[blob] for blob in blobs if blob in known}
    return found | dict(zip(new, _each_parsed(list(new.values())), strict=True))


def _each_parsed(sources: list[bytes]) -> Iterator[Read]:
    workers = min(os.cpu_count() or 1, len(sources) // _ALONE + 1)
    if workers == 1:
        yield from map(read_source, sources)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(read_source, sources, chunksize=_CHUNK)


# Results in the git directory.


def _kept_in(root: Path) -> Path | None:
    try:
        return Path(Git(root).line("rev-parse", "--absolute-git-dir")) / "starlang" / "sources.json"
    except GitError:
        return None


def _reader() -> str:
    """Who has read: another version of starlang or of Python may read the same bytes otherwise."""
    return f"{VERSION} {version_info.major}.{version_info.minor}"


def kept_results(root: Path) -> dict[str, Read]:
    """Blob -> what is kept of it; nothing where the file is not there, or not as it was written."""
    return _results_in(_kept_in(root))[0]


def _results_in(path: Path | None) -> tuple[dict[str, Read], dict[str, str]]:
    """What is kept of each blob, and path -> the state of a file and the blob that it had then."""
    if path is None:
        return {}, {}
    found: dict[str, Read] = {}
    try:
        document = jiter.from_json(read_regular(path, _MAX_KEPT))
        if document["reader"] != _reader():
            return {}, {}
        seen = document["seen"]
        _texts(seen.values())
        for blob, entry in document["files"].items():
            if len(entry) == len(Unread._fields):
                found[blob] = Unread(*entry)
                continue
            imports, typed, bound, exports, all_line, computed, stars, dynamic, extends = entry
            found[blob] = SourceFile(
                imports=_texts(imports),
                typed=_texts(typed),
                bound="" + bound,  # a TypeError if it is no text
                exports=None if exports is None else _texts(exports),
                all_line=all_line,
                computed=computed,
                stars=tuple(map(tuple, stars)) if stars else (),
                dynamic=dynamic,
                extends=extends,
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}, {}
    return found, seen


def _texts(listed: Collection[str]) -> tuple[str, ...]:
    """The texts as a tuple; TypeError if they are none."""
    "".join(listed)
    return tuple(listed)


def _keep(path: Path, found: Mapping[str, Read], states: Mapping[str, str]) -> None:
    """Writes the results; that it cannot be done costs time and nothing else."""
    document = {"reader": _reader(), "seen": states, "files": dict(sorted(found.items()))}
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return
    write_text(path, json.dumps(document, separators=(",", ":")), within=path.parent.parent)
