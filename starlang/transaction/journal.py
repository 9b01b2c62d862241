"""The journal: what a transaction has decided, a record a line, only ever appended to.

A line is `CRC-32 LENGTH JSON`, in hex, decimal and canonical JSON. Each record names the
digest of the one before, so that none can be left out. A last line that is cut off or torn
is what a crash leaves, and decided nothing; anything else that does not fit is damage.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from hashlib import sha256
from zlib import crc32

from attrs import frozen

from starlang.transaction.files import System, digest_of, read_whole, write_whole

# What a transaction is about: files with the digests that they have, and are to get.

TARGETS_NAME = "targets"
TARGETS_FORMAT = "starlang-targets/1"

_MODES = 0o7777
_DIGITS = 64


class TargetsError(Exception):
    """A list of targets that is not as it was written."""


NOTHING = ""
"""The digest of no file: what is before a file that a transaction creates."""


@frozen
class Target:
    """A file. `path` is relative to the root, POSIX; the digests are SHA-256 in hex.

    `before` is NOTHING for a file that is to be created.
    """

    path: str
    before: str
    after: str
    mode: int


def encode(targets: Sequence[Target]) -> bytes:
    """The list as it is kept beside the journal."""
    listed = [[each.path, each.before, each.after, each.mode] for each in targets]
    return f"{json.dumps({'format': TARGETS_FORMAT, 'targets': listed})}\n".encode()


def decode(data: bytes) -> tuple[Target, ...]:
    """What `encode` wrote; TargetsError for anything else."""
    try:
        document = json.loads(data)
        if document["format"] != TARGETS_FORMAT:
            raise TargetsError(f"it is of format `{document['format']}`")
        return tuple(_target(each) for each in document["targets"])
    except (ValueError, KeyError, TypeError):
        raise TargetsError("it is not a list of targets") from None


def tree_digest(targets: Iterable[tuple[str, str]]) -> str:
    """One digest over (path, digest) of files, whatever their order."""
    lines = sorted(f"{digest}  {path}\n" for path, digest in targets)
    return sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _target(found: object) -> Target:
    match found:
        case [str() as path, str() as before, str() as after, int() as mode] if (
            len(before) in {0, _DIGITS}
            and len(after) == _DIGITS
            and 0 <= mode <= _MODES
            and "\0" not in path
        ):
            return Target(path, before, after, mode)
        case _:
            raise ValueError(found)


# What a transaction reports, and why it stops.


class Phase(StrEnum):
    """What is under way, for people who wait."""

    CHECKING = "checking"
    STAGING = "staging"
    WRITING = "writing"
    VERIFYING = "verifying"
    UNDOING = "undoing"


@frozen
class Progressed:
    """How far a phase is: `done` of `count` files.

    `size` is how many bytes the new contents of all files have, and `done_size` those of the
    files that are done; both are 0 where a transaction is taken up that another process began.
    """

    phase: Phase
    done: int
    count: int
    done_size: int = 0
    size: int = 0


Progress = Callable[[Progressed], None]
"""Called now and then while files are written."""


@frozen
class Problem:
    """A file that is not as it should be. `path` is relative to the root.

    `hint` says what to do about it where that is not the same for all such files.
    """

    path: str
    words: str
    hint: str = ""


class StoppedError(Exception):
    """The transaction went no further. `problems` say which files are to blame."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{each.path} {each.words}" for each in problems))
        self.problems = problems


class StaleError(StoppedError):
    """Files are not as planned. Nothing was written."""


class ConflictError(StoppedError):
    """Files were edited while they were written. Everything is as it was, edits included."""


class NeitherError(StoppedError):
    """Files are neither old nor new, so recovery cannot go on. Nothing was changed."""


class PutBackError(StoppedError):
    """Files have been put back by somebody else, so that it can only be undone. Nothing changed."""


class FailedError(StoppedError):
    """The system refuses a file. Everything is as it was if `is_undone`, else it is unfinished."""

    def __init__(self, problem: Problem, error: OSError, *, is_undone: bool) -> None:
        super().__init__(problem)
        self.error = error
        self.is_undone = is_undone


class DamagedError(Exception):
    """What the transaction keeps for itself is damaged; the words say what."""


class UnsureError(Exception):
    """All files are new, but whether that is decided durably is not known."""


@frozen
class TransactionOutcome:
    """What became of a transaction: how many files it has exchanged.

    `already` is how many were as they were to be. `left` are files that were edited since, and
    are as their editors left them. `kept`: path -> where the contents lie that an editor wrote
    into a file that was displaced.
    """

    name: str
    is_new: bool
    count: int
    already: int = 0
    left: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()


JOURNAL_NAME = "journal"
VERSION = 1

_LINE = re.compile(rb"([0-9a-f]{8}) ([0-9]{1,7}) (\{.*\})\n")
_MEMBERS = frozenset({"v", "seq", "prev", "kind", "facts"})


class RecordKind(StrEnum):
    """What a record decides."""

    BEGIN = "BEGIN"
    """These are the targets. Nothing under the root has been touched."""
    READY = "READY"
    """Everything is staged and durable: from here on the transaction can be finished."""
    ROLLBACK = "ROLLBACK"
    """It is undone, from here on for ever."""
    COMMIT = "COMMIT"
    """All files are new, and were verified."""
    ROLLEDBACK = "ROLLEDBACK"
    """All files are old again, apart from those that somebody has edited since."""


class JournalError(Exception):
    """The journal is damaged, or of another version; the words say how."""


@frozen
class Record:
    """A record: its kind, what it says, and the digest of its line."""

    kind: RecordKind
    facts: dict[str, object]
    digest: str


class Journal:
    """The records of a transaction, and the descriptor that they are appended through."""

    def __init__(self, system: System, descriptor: int) -> None:
        """Reads what is there; JournalError. What a crash left of a line is taken away."""
        self._system, self._descriptor = system, descriptor
        data = read_whole(system, descriptor)
        self.entries, whole = parse(data)
        if whole < len(data):
            system.truncate(descriptor, whole)
            system.sync(descriptor)

    @property
    def last(self) -> RecordKind | None:
        """The kind of the last record."""
        return self.entries[-1].kind if self.entries else None

    def has(self, kind: RecordKind) -> bool:
        return any(entry.kind is kind for entry in self.entries)

    def append(self, kind: RecordKind, **facts: object) -> None:
        """Adds a record; it is durable when this returns. OSError leaves that open."""
        self.note(kind, **facts)
        self._system.sync(self._descriptor)

    def note(self, kind: RecordKind, **facts: object) -> None:
        """Adds a record that will be durable with the next one that is appended."""
        previous = self.entries[-1].digest if self.entries else ""
        record = {
            "v": VERSION,
            "seq": len(self.entries),
            "prev": previous,
            "kind": kind.value,
            "facts": facts,
        }
        text = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
        line = b"%08x %d %s\n" % (crc32(text), len(text), text)
        write_whole(self._system, self._descriptor, line)
        self.entries.append(Record(kind, facts, digest_of(line)))


def parse(data: bytes) -> tuple[list[Record], int]:
    """The records of a journal, and how many bytes they take; JournalError."""
    entries: list[Record] = []
    whole = 0
    lines = re.findall(rb"[^\n]*\n|[^\n]+$", data)
    for number, line in enumerate(lines):
        try:
            entries.append(_entry(line, number, entries[-1].digest if entries else ""))
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines) - 1:
                break
            raise JournalError(f"record {number + 1} is damaged: {error}") from None
        whole += len(line)
    return entries, whole


def _entry(line: bytes, number: int, previous: str) -> Record:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError("it is not a record")
    text = match[3]
    if len(text) != int(match[2]) or crc32(text) != int(match[1], 16):
        raise ValueError("its check sum is another")
    record = json.loads(text)
    if record["v"] != VERSION:
        raise ValueError(f"it is of version {record['v']}, and this starlang writes {VERSION}")
    if set(record) != _MEMBERS or record["seq"] != number or record["prev"] != previous:
        raise ValueError("it does not follow the one before")
    if not isinstance(record["facts"], dict):
        raise TypeError("it says nothing")
    return Record(RecordKind(record["kind"]), record["facts"], digest_of(line))
