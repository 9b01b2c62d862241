"""No command writes into a tree: git sees no difference after any of them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance.reading import live_files
from acceptance.trees import Tree
from program.run import environment

pytestmark = pytest.mark.requirement("R33")

COMMANDS = [
    ("check",),
    ("test",),
    ("compile",),
    ("plan",),
    ("plan", "--format", "json", "--reassess"),
    ("plan", "--format", "csv"),
    ("explain", "core", "aka_qualia/memory"),
    ("codes", "E602"),
]


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.autocrlf=false")
    done = subprocess.run(
        ["/usr/bin/env", "git", *identity, *arguments],
        cwd=root,
        env=environment(GIT_CONFIG_NOSYSTEM="1"),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def committed(tree: Tree) -> Tree:
    git(tree.root, "init", "-q")
    git(tree.root, "add", "-A")
    git(tree.root, "commit", "-q", "-m", "as it was")
    return tree


def times(tree: Tree) -> Iterator[int]:
    """When each manifest was last changed, in nanoseconds."""
    for file in live_files(tree.root / tree.manifests).values():
        yield file.stat().st_mtime_ns


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_git_sees_no_difference(committed: Tree, command: tuple[str, ...]) -> None:
    before = list(times(committed))

    done = committed.run(*command)

    assert done.code in {0, 1, 5}
    assert git(committed.root, "status", "--porcelain", "--ignored") == ""
    assert list(times(committed)) == before


def test_an_import_writes_where_it_is_told_and_replaces_nothing(committed: Tree) -> None:
    command = ("import", "star_rules.json", "-o", "rules")

    refused = committed.run(*command)

    assert refused.code == 1
    assert "rules/constellation.star" in refused.said
    assert git(committed.root, "status", "--porcelain") == ""
