"""Writing a result file: whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE


def write_text(path: Path, text: str) -> str | None:
    r"""Writes UTF-8 with `\n` through a temporary file beside `path`, whose mode it keeps.

    Answers with the problem in words, or None.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except FileNotFoundError:
        return f"{path} cannot be written: there is no directory {path.parent}"
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="") as out:
            out.write(text)
        Path(temporary).chmod(_mode(path))
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        return f"{path} cannot be written: {error.strerror}"
    return None


def _mode(path: Path) -> int:
    """The permissions of the file at `path`, or those that a new one gets."""
    with suppress(FileNotFoundError):
        return S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
