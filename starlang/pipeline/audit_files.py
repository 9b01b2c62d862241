"""The files that people and auditors read, and those of a backup: written whole, read strictly.

A file is written beside its place, synced and renamed, so that at any moment it is the
old one or the new one. What is read was perhaps edited by hand: every shape other than
the one that is written is refused by name.
"""

import json
import os
import tempfile
from collections.abc import Callable
from errno import ENOENT
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, UnreadyError
from starlang.explain.encoding import Json
from starlang.manifests.reader import read
from starlang.manifests.refusals import Refusal
from starlang.rulesets.shapes import MalformedError, Members, an_object
from starlang.workspace.files import read_regular

T = TypeVar("T")

LIMIT = 256 << 20
"""Largest file of a run that is read, in bytes: plans of a million modules are large."""

_MODE = 0o644


def write_file(path: Path, data: bytes) -> None:
    """Puts `data` at `path`, whole and durable; its directory is made. UnreadyError if it fails."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fchmod(out.fileno(), _MODE)
            os.fsync(out.fileno())
        Path(temporary).replace(path)
        sync_directory(path.parent)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise UnreadyError(_unwritable(path, error)) from error


def sync_directory(path: Path) -> None:
    """Makes the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def document(value: Json) -> bytes:
    """A JSON document for people to read: keys sorted, two spaces, a final line end."""
    return f"{json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)}\n".encode()


def digest_of(data: bytes) -> str:
    """`sha256:` and 64 hex digits."""
    return f"sha256:{sha256(data).hexdigest()}"


def read_file(path: Path) -> bytes | None:
    """The bytes of a regular file, None if there is none; GateClosedError if it cannot be read."""
    try:
        data = read_regular(path, LIMIT)
    except OSError as error:
        if error.errno == ENOENT:
            return None
        raise GateClosedError(_damaged(path, error.strerror or str(error))) from None
    if len(data) > LIMIT:
        raise GateClosedError(_damaged(path, f"it has more than {LIMIT:,} bytes"))
    return data


def read_document(path: Path, form: str, made: Callable[[Members], T]) -> T | None:
    """What `made` makes of the JSON object of format `form` at `path`, None if there is no file."""
    data = read_file(path)
    return None if data is None else parsed(path, data, form, made)


def parsed(path: Path, data: bytes, form: str, made: Callable[[Members], T]) -> T:
    """The same of bytes that were read already."""
    value = read(data, LIMIT)
    if isinstance(value, Refusal):
        raise GateClosedError(_damaged(path, value.message))
    try:
        return made(_of_format(an_object(value), form))
    except MalformedError as error:
        raise GateClosedError(_damaged(path, str(error))) from None


def _of_format(members: Members, wanted: str) -> Members:
    if members.get("format") != wanted:
        raise MalformedError(_format_words(members.get("format"), wanted))
    return members


def _format_words(found: object, wanted: str) -> str:
    family = wanted.rpartition("/")[0]
    if isinstance(found, str) and found.rpartition("/")[0] == family:
        return f"it is of format `{found}`, and this version reads `{wanted}`"
    return f"it is not of format `{wanted}`"


def _damaged(path: Path, words: str) -> Diagnostic:
    return Diagnostic(
        code="E953",
        message=f"`{path.name}` is not as starlang wrote it: {words}",
        file=path.name,
        hint="restore it from git, or run the step that writes it again (`starlang status`)",
    )


def _unwritable(path: Path, error: OSError) -> Diagnostic:
    return Diagnostic(
        code="E954",
        message=f"{path} cannot be written: {error.strerror}",
        hint="make room, or let whoever runs starlang write there; nothing else was changed",
    )
