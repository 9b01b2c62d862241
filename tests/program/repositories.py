"""Git repositories in a temporary directory, made by git itself."""

import os
import shutil
import subprocess
from pathlib import Path

from program.run import environment

_IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "Tester"),
        ("EMAIL", "tester@example.org"),
        ("DATE", "2026-01-01T00:00:00Z"),
    )
}
_GIT = shutil.which("git") or "git"
_SETTINGS = [
    part
    # A commit would start a process that looks whether there is something to tidy up.
    for setting in ("core.autocrlf=false", "core.fsync=none", "maintenance.auto=false")
    for part in ("-c", setting)
]


def git(root: Path, *arguments: str | Path) -> str:
    """What `git ARGUMENTS` prints in `root`; it must end with 0."""
    done = subprocess.run(
        [_GIT, *_SETTINGS, *arguments],
        cwd=root,
        env=environment(GIT_CONFIG_NOSYSTEM="1", **_IDENTITY),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return os.fsdecode(done.stdout)


def commit_all(root: Path, message: str = "as it was") -> str:
    """Commits everything under `root`, which becomes a repository if it is none; the commit."""
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main", "--template=")  # no samples, which are copied often
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD").strip()


def lay_out(kept: Path, place: Path) -> None:
    """Copies the repositories and work trees in the directory `kept` into the directory `place`.

    The work trees of git know their absolute paths, and the index the times of all files.
    """
    shutil.copytree(kept, place, symlinks=True, copy_function=_copied, dirs_exist_ok=True)
    for file in (*place.glob("*/.git/worktrees/*/gitdir"), *place.glob("*/.git")):
        if file.is_file():
            file.write_text(file.read_text().replace(f"{kept}/", f"{place}/"))
    for file in place.glob("*/.git"):
        git(file.parent, "add", "--refresh", ".")


def _copied(source: str, target: str) -> None:
    """As copy2, but a file that is the same already is left alone: git's objects are read-only."""
    old, new = Path(target), Path(source)
    if not old.exists() or old.read_bytes() != new.read_bytes():
        old.unlink(missing_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
