"""Writing a result file: whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_text(path: Path, text: str) -> str | None:
    r"""Writes UTF-8 with `\n` through a temporary file beside `path`.

    Answers with the problem in words, or None.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="") as out:
            out.write(text)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        return f"{path} cannot be written: {error.strerror}"
    return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
