"""Telling git to overlook the backups: a line in `.git/info/exclude`, which no commit carries."""

import os
from pathlib import Path

from starlang.pipeline.audit_files import read_file, write_file
from starlang.pipeline.repository import Repository

_SPECIAL = "\\*?[ "


def exclude(repository: Repository, directory: Path) -> None:
    """Makes git ignore `directory`, unless it does so already."""
    inside = os.fspath(directory.relative_to(repository.top))
    if repository.git.succeeds("check-ignore", "--quiet", "--", f"{inside}/any"):
        return
    path = repository.common_dir / "info" / "exclude"
    before = read_file(path) or b""
    end = b"" if not before or before.endswith(b"\n") else b"\n"
    write_file(path, before + end + os.fsencode(f"/{_escaped(inside)}/\n"))


def _escaped(path: str) -> str:
    return "".join(f"\\{each}" if each in _SPECIAL else each for each in path)
