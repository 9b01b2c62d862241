"""What a transaction is about: files with the digests that they have, and are to get."""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256

from attrs import frozen

NAME = "targets"
FORMAT = "starlang-targets/1"

_MODES = 0o7777
_DIGITS = 64


class TargetsError(Exception):
    """A list of targets that is not as it was written."""


@frozen
class Target:
    """A file. `path` is relative to the root, POSIX; the digests are SHA-256 in hex."""

    path: str
    before: str
    after: str
    mode: int


def encode(targets: Sequence[Target]) -> bytes:
    """The list as it is kept beside the journal."""
    listed = [[each.path, each.before, each.after, each.mode] for each in targets]
    return f"{json.dumps({'format': FORMAT, 'targets': listed})}\n".encode()


def decode(data: bytes) -> tuple[Target, ...]:
    """What `encode` wrote; TargetsError for anything else."""
    try:
        document = json.loads(data)
        if document["format"] != FORMAT:
            raise TargetsError(f"it is of format `{document['format']}`")
        return tuple(_target(each) for each in document["targets"])
    except (ValueError, KeyError, TypeError):
        raise TargetsError("it is no list of targets") from None


def tree_digest(targets: Iterable[tuple[str, str]]) -> str:
    """One digest over (path, digest) of files, whatever their order."""
    lines = sorted(f"{digest}  {path}\n" for path, digest in targets)
    return sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _target(found: object) -> Target:
    match found:
        case [str() as path, str() as before, str() as after, int() as mode] if (
            len(before) == len(after) == _DIGITS and 0 <= mode <= _MODES and "\0" not in path
        ):
            return Target(path, before, after, mode)
        case _:
            raise ValueError(found)
