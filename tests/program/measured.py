"""What a program needs: its time, and the most memory that it had."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import IO

from attrs import frozen

_STARTER = """
import os, signal, sys
report, program = int(sys.argv[1]), sys.argv[2:]
os.set_inheritable(report, False)
ignored = [signal.SIGPIPE, signal.SIGXFSZ]  # by this Python
child = os.posix_spawn(program[0], program, os.environb, setsigdef=ignored)
_, status, used = os.wait4(child, 0)
code = os.waitstatus_to_exitcode(status)
os.write(report, f"{code} {used.ru_utime + used.ru_stime} {used.ru_maxrss}".encode())
"""
"""Starts a program from a process of a few megabytes, and writes what it needed.

Linux counts for a process what the one that started it had at that time, so a program would seem
to need all that the tests before this one have left.
"""


@frozen
class Needed:
    """How a program ended, its seconds of computing, and the most memory that it had."""

    code: int
    seconds: float
    kilobytes: int


def measured(
    command: Sequence[str | Path],
    cwd: Path,
    env: Mapping[str, str],
    streams: tuple[IO[bytes], IO[bytes]],
    before: Callable[[], None] | None = None,
) -> Needed:
    """Runs a program whose stdin is empty, and whose stdout and stderr are `streams`.

    `before` is called in the process that starts it, which it has its surroundings from.
    """
    reading, writing = os.pipe()
    with os.fdopen(reading) as report:
        with Popen(
            [sys.executable, "-ISc", _STARTER, str(writing), *command],
            cwd=cwd,
            env=env,
            stdin=DEVNULL,
            stdout=streams[0],
            stderr=streams[1],
            pass_fds=[writing],
            preexec_fn=before,  # noqa: PLW1509 -- it changes what a process has, and takes no lock
        ):
            os.close(writing)
        code, seconds, kilobytes = report.read().split()
    return Needed(int(code), float(seconds), int(kilobytes))
