"""What surrounds a run: git that runs nobody's programs, and places where no run is possible."""

import os
import re
import shlex
import subprocess
from functools import partial
from pathlib import Path

import pytest
from program.projects import Project
from program.repositories import commit_all, git
from program.run import environment, installed, starlang, succeed
from run.world import World, silent

from starlang.errors import GateClosedError, UnreadyError, UnsafeError
from starlang.run.backup import backup
from starlang.run.canary import canary
from starlang.run.ground import platform_problem
from starlang.run.pin import pin
from starlang.run.repository import open_repository


def hostile(world: World, traces: Path) -> None:
    """Hooks, a monitor and filters that each leave a trace where they are run."""
    traces.mkdir()
    hooks = world.root / ".git" / "hooks"
    hooks.mkdir()
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


def test_a_git_directory_is_not_taken_for_a_work_tree(world: World, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare")
    git(tmp_path, "init", "-q", "--bare", "named")
    git(tmp_path / "named", "config", "core.worktree", world.root)
    git(tmp_path / "named", "config", "core.bare", "false")

    for directory in (world.root / ".git", tmp_path / "bare", tmp_path / "named"):
        with pytest.raises(UnreadyError) as raised:
            open_repository(directory)
        assert [each.code for each in raised.value.diagnostics] == ["E950"]


def test_a_repository_is_the_same_from_below_and_with_a_line_end_in_its_name(
    tmp_path: Path,
) -> None:
    root = tmp_path / "two\nlines"
    (root / "deep" / "er").mkdir(parents=True)
    git(root, "init", "-q")

    for directory in (root, root / "deep" / "er"):
        found = open_repository(directory)
        assert (found.top, found.git_dir, found.common_dir) == (root, root / ".git", root / ".git")


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


@pytest.mark.fault_row(109)
def test_a_repository_that_git_does_not_trust_is_named_with_the_command_of_git(
    world: World, tmp_path: Path
) -> None:
    if os.geteuid():
        pytest.skip("needs root, to give a repository to somebody else")
    for path in (world.root, *world.root.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    home = {"HOME": os.fspath(tmp_path)}

    refused = installed("pin", cwd=world.root, env=home)
    assert (refused.code, "E950" in refused.said, "git init" in refused.said) == (1, True, False)
    (command,) = re.findall(r"`(git config [^`]+)`", " ".join(refused.said.split()))
    subprocess.run(shlex.split(command), cwd=world.root, env=environment(**home), check=True)
    assert "E950" not in installed("pin", cwd=world.root, env=home).said


@pytest.mark.fault_row(44, 110)
def test_manifests_that_git_keeps_elsewhere_are_named_with_what_fetches_them(world: World) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"
    world.manifest("web/page").write_text(pointer)
    pin(world.run())

    with pytest.raises(UnsafeError) as raised:
        backup(world.run())
    found = {each.code: each for each in raised.value.diagnostics}
    assert found["E934"].file == "manifests/web/page/module.manifest.json"
    assert "`git lfs pull`" in found["E934"].hint


@pytest.mark.fault_row(44)
def test_what_a_sparse_checkout_leaves_out_comes_back_by_the_command_that_is_named(
    world: World,
) -> None:
    git(world.root, "sparse-checkout", "set", "--no-cone", "/*", "!/manifests/web")
    pin(world.run())

    with pytest.raises(UnsafeError) as raised:
        backup(world.run())
    (found,) = raised.value.diagnostics
    (command,) = re.findall(r"`(git [^`]+)`", found.hint)
    git(world.root, *shlex.split(command)[1:])
    assert backup(world.run()).count == 3


@pytest.mark.fault_row(110)
def test_manifests_that_git_does_not_know_yet_are_said_at_the_backup(world: World) -> None:
    world.project.manifest("web/new", owner="ops")
    succeed("pin", cwd=world.root)

    said = succeed("backup", cwd=world.root).said
    assert "1 manifest is not in git yet" in said
    assert "manifests/web/new/module.manifest.json" in said
    commit_all(world.root)
    succeed("pin", cwd=world.root)
    assert "not in git" not in succeed("backup", cwd=world.root).said


@pytest.mark.fault_row(111)
def test_a_config_with_other_line_ends_is_not_called_another_one(world: World) -> None:
    pin(world.run())
    config = world.root / "configs" / "starlang.toml"
    config.write_bytes(config.read_bytes().replace(b"\n", b"\r\n"))

    with pytest.raises(GateClosedError) as raised:
        backup(world.run())
    (found,) = raised.value.diagnostics
    assert (found.code, "line ends" in found.message, "another" in found.message) == (
        "E956",
        True,
        False,
    )


@pytest.mark.fault_row(106)
def test_where_the_directory_beside_cannot_be_written_the_work_tree_lies_in_the_git_directory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(world.run())
    access = os.access
    beside = world.root.parent
    monkeypatch.setattr(os, "access", lambda path, mode: path != beside and access(path, mode))

    made = backup(world.run())

    assert not made.worktree.is_beside
    assert made.worktree.path.is_relative_to(world.root / ".git")
    assert (made.worktree.path / "manifests/web/page/module.manifest.json").is_file()
    assert backup(world.run()).worktree.exists


@pytest.mark.fault_row(40, 45)
@pytest.mark.parametrize("what", ["links", "mode", "owner"])
def test_what_apply_could_not_write_is_refused_by_the_canary_already(
    world: World, what: str
) -> None:
    world.prepared()
    file = world.manifest("gate/guard")
    match what:
        case "links":
            os.link(file, world.root / "another name")
        case "mode":
            file.chmod(0o600)
        case _:
            if os.geteuid():
                pytest.skip("needs root, to give a file to somebody else")
            os.chown(file, 12345, 12345)

    with pytest.raises(GateClosedError) as raised:
        canary(world.run(), silent)
    (found,) = raised.value.diagnostics
    assert (found.code, found.file) == ("E923", "manifests/gate/guard/module.manifest.json")
    assert not world.audit("canary_report.json").exists()


@pytest.mark.fault_row(45, 126)
@pytest.mark.parametrize("place", ["gate/guard/module.manifest.json", "gate/guard"])
@pytest.mark.parametrize("attribute", ["i", "a"])
def test_what_even_root_cannot_replace_is_found_before_anything_is_written(
    world: World, place: str, attribute: str
) -> None:
    """Of a file that apply could not replace, the command that is named takes the attribute."""
    world.prepared()
    file = world.root / "manifests" / place
    change = partial(subprocess.run, cwd=world.root, capture_output=True, check=False)
    if change(["/usr/bin/env", "chattr", f"+{attribute}", file]).returncode:
        pytest.skip("needs a file system and a user that can make a file immutable")
    try:
        with pytest.raises(GateClosedError) as raised:
            canary(world.run(), silent)
        (found,) = raised.value.diagnostics
        (command,) = re.findall("`(chattr [^`]+)`", found.hint)
    finally:
        done = change(["/usr/bin/env", "chattr", "-ia", file])
    change(["/usr/bin/env", "chattr", f"+{attribute}", file])
    assert change(["/usr/bin/env", *shlex.split(command)]).returncode == done.returncode == 0

    assert (found.code, found.file) == ("E923", "manifests/gate/guard/module.manifest.json")
    assert f"`manifests/{place}` is immutable" in found.message
    assert len(canary(world.run(), silent).reported.planned.rewritings) == 2
