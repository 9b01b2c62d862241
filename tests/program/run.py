"""The program as a process of its own, and what came of it."""

import atexit
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from subprocess import PIPE

from attrs import frozen

from starlang.cli.commands import COMMANDS, exits_of

PROGRAM = Path(sys.executable).with_name("starlang")

_SERVER = Path(__file__).with_name("server.py")
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


def installed(*arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    """Runs the program as it is installed."""
    done = subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd,
        env=environment(**(env or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return _as_declared(Done(done.returncode, done.stdout, done.stderr), arguments)


def starlang(*arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    """Runs the program in a process that is forked from a warm one, where that can be done.

    It costs a tenth of a start; `installed` is for what depends on the start.
    """
    if not hasattr(os, "fork"):
        return installed(*arguments, cwd=cwd, env=env)
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        streams = (out.name, err.name)
        code = _forked(*arguments, cwd=cwd, env=environment(**(env or {})), streams=streams)
        return _as_declared(Done(code, out.read(), err.read()), arguments)


def script(text: str, *, cwd: Path) -> Done:
    """Runs a program in Python that uses the library, in a process as that of `starlang`."""
    if not hasattr(os, "fork"):
        done = subprocess.run(
            [sys.executable, "-c", text],
            cwd=cwd,
            env=environment(),
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        code = _forked(cwd=cwd, env=environment(), streams=(out.name, err.name), script=text)
        return Done(code, out.read(), err.read())


def on_terminal(*arguments: str | Path, cwd: Path) -> tuple[int, str]:
    """The same on a terminal of 80 columns: the exit code, and all that a person sees there."""
    ours, its = os.openpty()
    try:
        env = environment(COLUMNS="80", NO_COLOR="1", TERM="dumb")
        with ThreadPoolExecutor(1) as reading:  # a terminal holds a few kilobytes
            seen = reading.submit(lambda: b"".join(_chunks(ours)))
            streams = (os.ttyname(its), os.ttyname(its))
            code = _forked(*arguments, cwd=cwd, env=env, streams=streams)
            os.close(its)
            return code, seen.result().decode().replace("\r\n", "\n")
    finally:
        os.close(ours)


def _chunks(terminal: int) -> Iterator[bytes]:
    with suppress(OSError):  # Linux says that the other end is closed by an error
        while chunk := os.read(terminal, 1 << 16):
            yield chunk


def _forked(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str],
    streams: tuple[str, str],
    script: str = "",
) -> int:
    """The exit code of a run whose output goes to the two files `streams`."""
    request = {
        "arguments": list(map(str, arguments)),
        "script": script,
        "cwd": str(cwd),
        "env": env,
        "out": streams[0],
        "err": streams[1],
    }
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(f"{json.dumps(request)}\n")
    server.stdin.flush()
    return int(server.stdout.readline())


@cache
def _server() -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [sys.executable, _SERVER], env=environment(), stdin=PIPE, stdout=PIPE, encoding="utf-8"
    )
    atexit.register(_stop, server)
    return server


def _stop(server: subprocess.Popen[str]) -> None:
    with server:
        if server.stdin is not None:
            server.stdin.close()


def modules_imported(*arguments: str | Path, cwd: Path) -> set[str]:
    """Every Python module that a run of the program imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", PROGRAM, *arguments],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE))


def succeed(*arguments: str | Path, cwd: Path) -> Done:
    """Runs the program, which must end with 0."""
    done = starlang(*arguments, cwd=cwd)
    assert done.code == 0, done.text + done.said
    return done


def _as_declared(done: Done, arguments: Sequence[str | Path]) -> Done:
    """Fails for a bug, which no test expects, and for a code that help does not name."""
    name = str(arguments[0]) if arguments else ""
    if name in COMMANDS:
        assert done.code in exits_of(name), (name, done.code, done.said)
    assert done.code != _BUG, done.err.decode(errors="replace")
    assert b"Traceback (most recent call last)" not in done.err, done.err.decode()
    return done
