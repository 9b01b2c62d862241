"""Git repositories in a temporary directory, made by git itself."""

import os
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


def git(root: Path, *arguments: str | Path) -> str:
    """What `git ARGUMENTS` prints in `root`; it must end with 0."""
    done = subprocess.run(
        ["/usr/bin/env", "git", "-c", "core.autocrlf=false", *arguments],
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
        git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD").strip()
