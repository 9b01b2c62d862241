"""What is kept of Python files: a file that has changed is read again, however it has changed."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import time_ns

import pytest

from starlang.generate.reader import SourceFile
from starlang.project.sources import read_files

LATER = time_ns() + 10**13
"""A time at which files that are written during the tests are settled."""

KEPT = ".git/starlang/sources.json"


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    command = ["/usr/bin/env", "git", *identity, *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A work tree with two files of the same size, in two commits."""
    git(tmp_path, "init", "-q")
    for one, two in (("aa", "bb"), ("cc", "dd")):
        (tmp_path / "one.py").write_text(f"import {one}\n")
        (tmp_path / "two.py").write_text(f"import {two}\n")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", one)
    return tmp_path


def imports(root: Path, now: int | None = LATER) -> list[str]:
    """What each of the two files imports, `-` for one that is not read."""
    found = read_files(root, ["one.py", "two.py"], now=now)
    return [each.imports[0] if isinstance(each, SourceFile) else "-" for each in found.values()]


def touched(path: Path, like: os.stat_result) -> None:
    """Gives a file the `mtime` that it had; its `ctime` moves on with the clock."""
    os.utime(path, ns=(like.st_atime_ns, like.st_mtime_ns))
    while path.stat().st_ctime_ns == like.st_ctime_ns:
        os.utime(path, ns=(like.st_atime_ns, like.st_mtime_ns))


def edited(root: Path) -> None:
    before = (root / "one.py").stat()
    (root / "one.py").write_text("import ee\n")
    touched(root / "one.py", before)


def replaced(root: Path) -> None:
    before = (root / "one.py").stat()
    (root / "new").write_text("import ee\n")
    os.utime(root / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (root / "new").replace(root / "one.py")


def swapped(root: Path) -> None:
    (root / "one.py").rename(root / "three")
    (root / "two.py").rename(root / "one.py")
    (root / "three").rename(root / "two.py")


def linked(root: Path) -> None:
    (root / "one.py").rename(root / "three.py")
    (root / "one.py").symlink_to("three.py")


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (edited, ["ee", "dd"]),
        (replaced, ["ee", "dd"]),
        (swapped, ["dd", "cc"]),
        (linked, ["-", "dd"]),
        (lambda root: (root / "one.py").unlink(), ["-", "dd"]),
        (lambda root: git(root, "checkout", "-q", "HEAD~"), ["aa", "bb"]),
    ],
)
@pytest.mark.parametrize("now", [LATER, None, 0], ids=["settled", "clock", "long ago"])
def test_a_file_that_has_changed_is_read_again(
    root: Path, change: Callable[[Path], None], after: list[str], now: int | None
) -> None:
    """Size and `mtime` may be the same, and the clock may have been set back."""
    assert imports(root) == imports(root) == ["cc", "dd"]

    change(root)
    assert imports(root, now) == imports(root, now) == after


def test_a_file_in_the_same_state_is_not_opened_again(root: Path) -> None:
    """Seen by a lie: what is kept says of one file that it had the bytes of the other."""
    imports(root)
    kept = json.loads((root / KEPT).read_text())
    first, second = (state.split(" ") for state in kept["seen"].values())
    kept["seen"]["one.py"] = " ".join([*first[:-1], second[-1]])
    (root / KEPT).write_text(json.dumps(kept))

    assert imports(root) == ["dd", "dd"]
    touched(root / "one.py", (root / "one.py").stat())
    assert imports(root) == ["cc", "dd"]


@pytest.mark.parametrize("time", ["st_mtime_ns", "st_ctime_ns"])
def test_the_state_of_a_file_is_kept_once_it_is_settled(root: Path, time: str) -> None:
    """Within two seconds of a change there may be another one that no time of the file shows."""
    file = root / "one.py"
    os.utime(file, ns=(0, LATER if time == "st_mtime_ns" else 0))
    changed = getattr(file.stat(), time)
    for later, is_kept in ((2_000_000_000, False), (2_000_000_001, True)):
        imports(root, changed + later)
        assert ("one.py" in json.loads((root / KEPT).read_text())["seen"]) == is_kept


@pytest.mark.parametrize("seen", [None, [], {"one.py": 1}, {"one.py": ""}, {"one.py": "1 2 3"}])
def test_states_that_nobody_has_kept_count_for_nothing(root: Path, seen: object) -> None:
    imports(root)
    kept = json.loads((root / KEPT).read_text())
    (root / KEPT).write_text(json.dumps({**kept, "seen": seen}))

    assert imports(root) == ["cc", "dd"]


def test_a_state_whose_blob_is_not_kept_is_read_again(root: Path) -> None:
    imports(root)
    kept = json.loads((root / KEPT).read_text())
    (root / KEPT).write_text(json.dumps({**kept, "files": {}}))

    assert imports(root) == ["cc", "dd"]
