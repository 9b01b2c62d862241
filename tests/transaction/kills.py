"""Processes that are killed at a real system call, by strace, and what becomes of the tree."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from program.run import environment
from program.tools import needs
from transaction.test_faults import applied, half_applied, settled
from transaction.tree import Tree, make_tree

CALLS = {
    "openat2": {"beneath"},
    "renameat2": {"exchange", "move"},
    "syncfs": {"sync_all"},
    "fsync": {"sync"},
    "linkat": {"link"},
    "unlink": {"unlink"},
    "unlinkat": {"unlink", "remove_directory"},
    "mkdirat": {"make_directory"},
    "fchmod": {"set_mode"},
    "ftruncate": {"truncate"},
    "write": {"write"},
}
"""Call of the system -> the methods of the seam that make it."""

SCENES: dict[str, tuple[Callable[[Path], Tree], str]] = {
    "apply": (make_tree, "apply"),
    "recover forward": (half_applied, "recover"),
    "recover back": (half_applied, "back"),
    "roll back": (applied, "roll back"),
}

_HERE = Path(__file__).resolve().parents[1]
_LINE = re.compile(r"^(?:\[pid +[0-9]+\] |[0-9]+ +)?([a-z0-9]+)\(")
_KILLED = -9


def traced(step: str, tree: Tree, *options: str) -> "subprocess.CompletedProcess[bytes]":
    """The step in a process under strace, with these options."""
    child = [sys.executable, str(_HERE / "transaction" / "child.py"), step, str(tree.directory)]
    return subprocess.run(
        [needs("strace"), "-f", "-qq", *options, *child],
        env={**environment(PYTHONPATH=str(_HERE), PYTHONDONTWRITEBYTECODE="1")},
        capture_output=True,
        check=False,
    )


def calls_of(step: str, tree: Tree, log: Path) -> Counter[str]:
    """How often each call is made."""
    done = traced(step, tree, "-o", str(log), "-e", f"trace={','.join(CALLS)}")
    assert done.returncode == 0, done.stderr.decode()
    names = (_LINE.match(line) for line in log.read_text(errors="replace").splitlines())
    return Counter(name[1] for name in names if name)


def killed_everywhere(
    scene: str, directory: Path, *, ends_only: bool = False
) -> Iterator[tuple[str, bool, bool]]:
    """Kills a step at each of its calls: the call, whether it was killed, whether all was well.

    With `ends_only`, of the calls of one kind at the first and the last.
    """
    make, step = SCENES[scene]
    counts = calls_of(step, make(directory / "count"), directory / "log")
    number = 0
    for call, count in sorted(counts.items()):
        for when in {1, count} if ends_only else range(1, count + 1):
            number += 1
            tree = make(directory / f"{number}")
            inject = f"inject={call}:signal=KILL:when={when}"
            done = traced(step, tree, "-o", os.devnull, "-e", f"trace={call}", "-e", inject)
            fired = done.returncode in {_KILLED, 128 - _KILLED}
            yield f"{call} {when}", fired, settled(tree, back=bool(number % 2))
