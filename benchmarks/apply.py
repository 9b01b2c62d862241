"""Writing 1,421 manifests as one, against a bare batch over the same files.

    python benchmarks/apply.py [DIRECTORY]

The bare batch writes all new contents, syncs the file system, renames all, and syncs again:
durable, but with nobody's edits looked at and no way back. What is measured of a transaction
begins with a ready plan and ends with its commit. Runs alternate; medians are compared.
"""

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from starlang.transaction.files import digest_of
from starlang.transaction.journal import Progressed, Target
from starlang.transaction.place import Place
from starlang.transaction.running import Runner

COUNT = 1_421
SIZE = 2_600
ROUNDS = 9
LIMIT = 2.0
ROLLBACK_LIMIT = 1.0
_LIBC = ctypes.CDLL(None, use_errno=True)


def quiet(_now: Progressed) -> None:
    """Nobody is told."""


def nothing() -> None:
    """There is nothing else to check."""


def world(top: Path) -> dict[str, tuple[bytes, bytes]]:
    """Path -> old and new contents of as many manifests as the corpus has, on the disk."""
    files = {}
    for number in range(COUNT):
        old = f'{{"star": "Supporting", "number": {number}}}'.ljust(SIZE).encode()
        path = f"d{number % 40}/p{number}/module.manifest.json"
        files[path] = (old, old.replace(b"Supporting", b"Trail"))
        file = top / path
        file.parent.mkdir(parents=True)
        file.write_bytes(old)
        file.chmod(0o644)
    os.sync()
    return files


def bare(top: Path, files: dict[str, tuple[bytes, bytes]]) -> None:
    """Write all, `syncfs`, rename all, `syncfs`."""
    handle = os.open(top, os.O_RDONLY)
    for path, (_, new) in files.items():
        (top / f"{path}.new").write_bytes(new)
    _LIBC.syncfs(handle)
    for path in files:
        (top / f"{path}.new").replace(top / path)
    _LIBC.syncfs(handle)
    os.close(handle)


def timed(what: Callable[[], object]) -> float:
    """Seconds by the clock."""
    start = perf_counter()
    what()
    return perf_counter() - start


def main() -> None:
    """Alternates, and prints medians, ratios and spread."""
    base = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    times: dict[str, list[float]] = {"bare": [], "apply": [], "rollback": []}
    for number in range(ROUNDS):
        top = Path(tempfile.mkdtemp(dir=base, prefix=".bench."))
        try:
            files = world(top / "a")
            other = world(top / "b")
            targets = [
                (Target(path, digest_of(old), digest_of(new), 0o644), new)
                for path, (old, new) in sorted(files.items())
            ]
            place = Place(top / "a", top / "state", top / "index.lock")
            runner = Runner(place, "bench", quiet, lambda _: None)
            steps: list[tuple[str, Callable[[], object]]] = [
                ("bare", partial(bare, top / "b", other)),
                ("apply", partial(runner.apply, targets, {}, nothing)),
            ]
            for name, step in steps if number % 2 else steps[::-1]:
                times[name].append(timed(step))
            times["rollback"].append(timed(partial(runner.roll_back, ["000001"])))
        finally:
            shutil.rmtree(top)
    medians = {name: median(each) for name, each in times.items()}
    for name, each in times.items():
        spread = (max(each) - min(each)) / medians[name]
        print(f"{name:<9} {medians[name]:.3f} s  (spread {spread:.0%} over {len(each)} runs)")
    ratio = medians["apply"] / medians["bare"]
    print(f"apply / bare: {ratio:.2f} (limit {LIMIT})")
    print(f"rollback of {COUNT:,} files, verified: {medians['rollback']:.3f} s")
    print("reached" if ratio <= LIMIT and medians["rollback"] <= ROLLBACK_LIMIT else "NOT reached")


if __name__ == "__main__":
    main()
