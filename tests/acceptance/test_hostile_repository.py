"""Nothing of a checkout is executed, whatever it carries."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from program.hostile import Hostile
from program.projects import Project
from program.repositories import commit_all, git
from program.run import environment, installed

pytestmark = [pytest.mark.requirement("R45"), pytest.mark.fault_row(47, 96)]

RULES = """
rule trail-path -> Trail weight 0.80 when path mentions memory
rule busy -> Watch weight 0.20 when used by at least 1 modules

test "a memory is Trail"
  given path "x/memory"
  expect Trail at 0.80
"""
SETTINGS = '[graph]\nsource = "code"\n[verify]\nprotected = ["owner"]\n'


@pytest.fixture
def hostile(tmp_path: Path) -> Hostile:
    """A project in a repository, everything committed, with modules in the library's way."""
    project = Project(tmp_path / "repo")
    project.config(SETTINGS)
    project.rules(RULES)
    for path in ("store/memory", "gate/guard", "web/page"):
        project.manifest(path, owner="ops")
    traces = tmp_path / "traces"
    traces.mkdir()
    for package in ("store/memory", "web/page"):
        project.write(f"code/{package}/__init__.py", f"open('{traces}/source', 'w').close()\n")
    project.write("code/web/page/more.py", "import store.memory\n")
    commit_all(project.root)
    made = Hostile(project.root, traces)
    made.modules()
    commit_all(project.root, "modules")
    return made


def module(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """`python -m starlang` without any option, the working directory first on the path."""
    return subprocess.run(
        [sys.executable, "-m", "starlang", *arguments],
        cwd=cwd,
        env=environment(PATH=f".:{os.environ['PATH']}:"),
        capture_output=True,
        check=False,
    )


def test_the_traps_work(hostile: Hostile) -> None:
    """A trap that nobody can step into proves nothing."""
    hostile.hooks()
    hostile.filters()
    hostile.programs()
    add = ("worktree", "add", "-q", "--detach", hostile.root.with_name("proof"))
    with pytest.raises(AssertionError, match="git-filter-client"):  # a trap that speaks no protocol
        git(hostile.root, *add)
    subprocess.run([sys.executable, "-c", "import json, typing"], cwd=hostile.root, check=True)
    subprocess.run(
        ["/usr/bin/env", "git", "status"],
        cwd=hostile.root,
        env=environment(PATH=f".:{os.environ['PATH']}"),
        check=True,
        capture_output=True,
    )

    assert hostile.found() >= {
        "filter-process",
        "filter-smudge",
        "core.fsmonitor",
        "inside",
        "json",
        "typing",
        "git",
    }


def test_no_module_of_the_checkout_gets_in_the_way(hostile: Hostile) -> None:
    hostile.programs()
    for arguments in (
        ("check", "--format", "sarif"),
        ("plan", "--format", "csv"),
        ("graph", "--format", "json"),
        ("diff", "main:rules/main.star", "rules/main.star"),
        ("inspect",),
        ("--help",),
    ):
        done = module(*arguments, cwd=hostile.root)

        assert hostile.found() == set(), arguments
        assert b"Traceback" not in done.stderr
        assert done.returncode in {0, 1}, done.stderr


def test_a_run_runs_no_program_of_the_repository(hostile: Hostile) -> None:
    hostile.hooks()
    hostile.filters()
    hostile.programs()
    env = {"PATH": f".:{os.environ['PATH']}:bin"}

    for command in ("pin", "backup", "canary", "status", "backup", "gc"):
        done = installed(command, cwd=hostile.root, env=env)
        assert done.code == 0, (command, done.said)

    assert hostile.found() == set()
    tree = hostile.root.with_name("repo-manifests-presmall")
    manifest = "manifests/store/memory/module.manifest.json"
    assert (tree / manifest).read_bytes() == (hostile.root / manifest).read_bytes()
    # Another commit, so the work tree is looked through and replaced.
    later = git(hostile.root, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "more").strip()
    (hostile.root / ".git" / "refs" / "heads" / "main").write_text(f"{later}\n")
    hostile.forget()
    for command in ("pin", "backup"):
        assert installed(command, cwd=hostile.root, env=env).code == 0
    assert hostile.found() == set()


def test_a_partial_clone_fetches_nothing(hostile: Hostile) -> None:
    hostile.partial_clone("rules/main.star")

    done = installed("diff", "HEAD:rules/main.star", "rules/main.star", cwd=hostile.root)

    assert hostile.found() == set()
    assert done.code == 1
    assert "E860" in done.said


def test_a_directory_that_looks_like_a_git_directory_is_not_taken_for_one(
    hostile: Hostile,
) -> None:
    hostile.bare_repository(hostile.root)

    for arguments in (("pin",), ("diff", "HEAD:rules/main.star", "rules/main.star")):
        installed(*arguments, cwd=hostile.root)

    assert hostile.found() == set()


def test_a_submodule_is_not_asked_whether_it_has_changed(hostile: Hostile, tmp_path: Path) -> None:
    other = Project(tmp_path / "other")
    other.write("file", "text\n")
    commit_all(other.root)
    git(
        hostile.root,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "-q",
        "add",
        other.root,
        "sub",
    )
    commit_all(hostile.root, "submodule")
    inside = Hostile(hostile.root / "sub", hostile.traces)
    inside.programs()
    tree = hostile.root.with_name("repo-manifests-presmall")

    for command in ("pin", "backup"):
        assert installed(command, cwd=hostile.root).code == 0
    git(tree, "-c", "protocol.file.allow=always", "submodule", "-q", "update", "--init")
    Hostile(tree / "sub", hostile.traces).programs()
    commit_all(hostile.root, "later")
    hostile.forget()
    for command in ("pin", "backup"):
        installed(command, cwd=hostile.root)

    assert hostile.found() == set()
