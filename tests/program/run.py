"""The installed program as a process of its own, and what came of it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

PROGRAM = Path(sys.executable).with_name("starlang")

_KEPT = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT")
_BUG = 70


@frozen
class Done:
    """How a run of the program ended."""

    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """What went to stdout."""
        return self.out.decode()

    @property
    def said(self) -> str:
        """What went to stderr."""
        return self.err.decode()


def environment(**changes: str) -> dict[str, str]:
    """A plain environment: nothing of the caller's terminal, locale or Python gets into it."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", **changes}


def starlang(*arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    """Runs the program; a bug, which is never what a test expects, fails at once."""
    done = subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd,
        env=environment(**(env or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode != _BUG, done.stderr.decode(errors="replace")
    assert b"Traceback (most recent call last)" not in done.stderr, done.stderr.decode()
    return Done(done.returncode, done.stdout, done.stderr)


def succeed(*arguments: str | Path, cwd: Path) -> Done:
    """Runs the program, which must end with 0."""
    done = starlang(*arguments, cwd=cwd)
    assert done.code == 0, done.text + done.said
    return done
