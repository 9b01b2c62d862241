"""What surrounds a run: git that runs nobody's programs, and places where no run is possible."""

import os
from pathlib import Path

import pytest
from program.projects import Project
from program.repositories import commit_all, git
from program.run import installed, starlang
from run.world import World

from starlang.errors import UnreadyError
from starlang.run.backup import backup
from starlang.run.ground import platform_problem
from starlang.run.pin import pin
from starlang.run.repository import open_repository


def hostile(world: World, traces: Path) -> None:
    """Hooks, a monitor and filters that each leave a trace where they are run."""
    traces.mkdir()
    hooks = world.root / ".git" / "hooks"
    for name in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {traces}/{name}\n")
        (hooks / name).chmod(0o755)
    for setting, program in (
        ("core.fsmonitor", "monitor"),
        ("filter.odd.smudge", "smudge"),
        ("filter.odd.clean", "clean"),
    ):
        git(world.root, "config", setting, f"touch {traces}/{program}; cat")
    git(world.root, "config", "filter.odd.required", "true")


@pytest.mark.fault_row(47)
def test_no_program_that_the_repository_names_is_run(world: World, tmp_path: Path) -> None:
    world.project.write(".gitattributes", "*.json filter=odd\n")
    commit_all(world.root)
    traces = tmp_path / "traces"
    hostile(world, traces)
    git(world.root, "worktree", "add", "-q", "--detach", tmp_path / "proof")
    assert {path.name for path in traces.iterdir()} >= {"post-checkout", "smudge"}
    for path in traces.iterdir():
        path.unlink()

    pin(world.run())
    backup(world.run())

    assert list(traces.iterdir()) == []
    tree = world.root.with_name("repo-manifests-presmall")
    assert (tree / "manifests/web/page/module.manifest.json").is_file()


@pytest.mark.fault_row(64)
def test_the_callers_git_variables_change_nothing(world: World, tmp_path: Path) -> None:
    elsewhere = Project(tmp_path / "elsewhere")
    elsewhere.config()
    commit_all(elsewhere.root)
    env = {
        "GIT_DIR": str(elsewhere.root / ".git"),
        "GIT_INDEX_FILE": str(tmp_path / "index"),
        "GIT_WORK_TREE": str(elsewhere.root),
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
    }

    for command in ("pin", "backup"):
        assert installed(command, cwd=world.root, env=env).code == 0

    assert git(elsewhere.root, "worktree", "list").count("\n") == 1
    assert git(world.root, "worktree", "list").count("\n") == 2


@pytest.mark.fault_row(43)
def test_odd_names_are_carried_and_shown_escaped(world: World) -> None:
    world.project.manifest("web/-a b\x1b[31m\n")
    world.project.config('[guards]\nunportable = "allow"\n')
    pin(world.run())

    made = backup(world.run())

    assert made.count == 4
    world.manifest("web/-a b\x1b[31m\n").unlink()
    done = starlang("status", cwd=world.root)
    assert done.code == 0
    assert b"\x1b" not in done.out + done.err
    assert "web/-a b\\x1b[31m\\n" in done.text


@pytest.mark.parametrize("command", ["pin", "backup", "status"])
def test_a_run_needs_a_git_work_tree_and_says_so(tmp_path: Path, command: str) -> None:
    project = Project(tmp_path / "plain")
    project.config()
    project.rules("")

    done = starlang(command, cwd=project.root)

    assert done.code == 1
    assert "E950" in done.said
    assert "git init" in done.said


def test_a_repository_without_a_commit_is_refused(tmp_path: Path) -> None:
    project = Project(tmp_path / "empty")
    project.config()
    project.rules("")
    git(project.root, "init", "-q")

    done = starlang("pin", cwd=project.root)
    assert (done.code, "E950" in done.said) == (1, True)


def test_a_missing_git_is_named(world: World, tmp_path: Path) -> None:
    done = installed("pin", cwd=world.root, env={"PATH": os.fspath(tmp_path)})

    assert (done.code, "E950" in done.said) == (1, True)


def test_directories_that_lead_out_of_the_project_are_refused(world: World, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (world.root / "docs").mkdir()
    (world.root / "docs" / "audits").symlink_to(tmp_path / "outside")

    with pytest.raises(UnreadyError) as raised:
        world.run()
    assert [each.code for each in raised.value.diagnostics] == ["E950"]
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize(
    ("system", "release", "fits"),
    [
        ("linux", "5.6.0-generic", True),
        ("linux", "6.18.44", True),
        ("linux", "5.5.19", False),
        ("linux", "4.19.0", False),
        ("darwin", "23.1.0", False),
        ("win32", "10", False),
    ],
)
def test_the_platform_is_asked_before_anything_else(
    system: str, release: str, *, fits: bool
) -> None:
    problem = platform_problem(system, release)

    assert (problem is None) == fits
    assert problem is None or problem.code == "E951"


def test_a_work_tree_is_told_from_the_repository_that_it_belongs_to(
    world: World, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    git(world.root, "worktree", "add", "-q", "--detach", other)

    main, linked = open_repository(world.root), open_repository(other)

    assert main.common_dir == linked.common_dir
    assert main.state != linked.state
