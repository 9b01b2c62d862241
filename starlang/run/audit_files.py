"""The files that people and auditors read, and those of a backup: written whole, read strictly.

A file is written beside its place, synced and renamed, so that at any moment it is the
old one or the new one. What is read was perhaps edited by hand: every shape other than
the one that is written is refused by name.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from errno import ENOENT
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TypeVar

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, UnreadyError
from starlang.project.files import read_regular
from starlang.rules.shapes import MalformedError, Members, an_object
from starlang.text import Json
from starlang.texts.json import Refusal, read
from starlang.texts.lookalikes import escaped_unseen, escaped_words

T = TypeVar("T")

LIMIT = 256 << 20
"""Largest file of a run that is read, in bytes: plans of a million modules are large."""

_MODE = 0o644
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def write_file(path: Path, data: bytes, mode: int = _MODE) -> None:
    """Puts `data` at `path`, whole and durable; its directory is made. UnreadyError if it fails.

    The file gets `mode`, less what the umask takes away.
    """
    temporary = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(temporary, _CREATE, mode), "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_directory(path.parent)
    except OSError as error:
        raise UnreadyError(_unwritable(path, error)) from error


def strictest(quoted: Iterable[Path]) -> int:
    """The mode for a file that quotes these files: nobody reads in it what they may not read."""
    mode = _MODE
    for path in quoted:
        try:
            mode &= path.stat(follow_symlinks=False).st_mode
        except OSError:  # what is gone is not quoted
            continue
    return mode | 0o600


def sync_directory(path: Path) -> None:
    """Makes the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def document(value: Json) -> bytes:
    """A JSON document for people to read: keys sorted, two spaces, a final line end.

    What nobody sees in it, or takes for something else, is escaped as JSON does it.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    return f"{escaped_words(escaped_unseen(text, _as_json), _as_json)}\n".encode()


def _as_json(character: str) -> str:
    return json.dumps(character)[1:-1]


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
        hint="make room, or let the user who runs starlang write there; then run the step again",
    )


# Lists of SHA-256 in the format of coreutils, which `sha256sum --check` reads.
#
# A name with a backslash or a line end is escaped, and its line begins with a backslash.

_LINE = re.compile(r"(\\?)([0-9a-f]{64})  (.+)")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_MEANT = {"\\": "\\", "n": "\n", "r": "\r"}


def dumps(digests: Mapping[str, str]) -> bytes:
    """Name -> 64 hex digits as a list, sorted by name."""
    return "".join(_line(digests[name], name) for name in sorted(digests)).encode()


def loads(data: bytes) -> dict[str, str]:
    """The digests of a list; MalformedError where it is none."""
    try:
        *lines, last = data.decode().split("\n")
    except UnicodeDecodeError:
        raise MalformedError("it is not UTF-8") from None
    if last:
        raise MalformedError("its last line is cut off")
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line)
        name = match and (_unescaped(match[3]) if match[1] else match[3])
        if match is None or name is None or name in found:
            raise MalformedError(f"line {number} is not a digest and the name of a separate file")
        found[name] = match[2]
    return found


def _line(digest: str, name: str) -> str:
    escaped = "".join(_ESCAPES.get(character, character) for character in name)
    return f"{'' if escaped == name else chr(92)}{digest}  {escaped}\n"


def _unescaped(text: str) -> str | None:
    if any(character not in _MEANT for character in _ESCAPED.findall(text)):
        return None
    return _ESCAPED.sub(lambda match: _MEANT[match[1]], text)
