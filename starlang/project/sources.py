"""The Python files of a project, read once: results are kept by the git blob of a file.

A blob is known by its bytes alone, so a result holds for every commit, branch and work tree,
and nothing has to be asked of git to know whether a file has changed. Results are kept in the
git directory, where they dirty nothing; they may be deleted at any time.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha1
from pathlib import Path
from sys import version_info

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

Read = SourceFile | Unread


def blob_of(data: bytes) -> str:
    """The name of the git blob with these bytes, as repositories with SHA-1 have it."""
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@collector_paused()
def read_files(root: Path, paths: Iterable[str]) -> dict[str, Read]:
    """What each file says that is named relative to `root`, sorted by path.

    What is new to this repository is parsed, by several processes if it is much, and kept.
    """
    blobs: dict[str, bytes] = {}
    named: dict[str, str | Unread] = {}
    inside = f"{root}/"  # text: to join thousands of paths takes longer than to read the files
    for path in sorted(paths):
        try:
            data = read_regular(inside + path, MAX_SOURCE)
        except OSError as error:
            named[path] = Unread(error.strerror or "it is not a regular file")
        else:
            named[path] = blob = blob_of(data)
            blobs[blob] = data
    kept = _kept_in(root)
    known = _results_in(kept)
    found = parsed(blobs, known)
    if kept is not None and found.keys() != known.keys():
        _keep(kept, found)
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
    return _results_in(_kept_in(root))


def _results_in(path: Path | None) -> dict[str, Read]:
    if path is None:
        return {}
    found: dict[str, Read] = {}
    try:
        document = jiter.from_json(read_regular(path, _MAX_KEPT))
        if document["reader"] != _reader():
            return {}
        for blob, entry in document["files"].items():
            if len(entry) == len(Unread._fields):
                found[blob] = Unread(*entry)
                continue
            imports, typed, names, exports, all_line, computed, stars, dynamic, extends = entry
            "".join(names.values())  # a TypeError if they are no texts
            found[blob] = SourceFile(
                imports=_texts(imports),
                typed=_texts(typed),
                names=names,
                exports=None if exports is None else _texts(exports),
                all_line=all_line,
                computed=computed,
                stars=tuple(map(tuple, stars)),
                dynamic=dynamic,
                extends=extends,
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return found


def _texts(listed: list[str]) -> tuple[str, ...]:
    """The texts as a tuple; TypeError if they are none."""
    "".join(listed)
    return tuple(listed)


def _keep(path: Path, found: Mapping[str, Read]) -> None:
    """Writes the results; that it cannot be done costs time and nothing else."""
    document = {"reader": _reader(), "files": dict(sorted(found.items()))}
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return
    write_text(path, json.dumps(document, separators=(",", ":")), within=path.parent.parent)
