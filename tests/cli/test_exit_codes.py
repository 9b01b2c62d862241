"""Every exit code of docs/commands.md, each for a reason of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from program.projects import Project
from program.run import PROGRAM, environment, installed, starlang, succeed

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("test",),
        ("compile",),
        ("plan",),
        ("plan", "--reassess"),
        ("explain", "gate/guard"),
        ("codes",),
        ("codes", "E801"),
        ("--version",),
        ("--help",),
        ("plan", "-h"),
    ],
    ids=" ".join,
)
def test_done(promoting: Project, command: tuple[str, ...]) -> None:
    assert installed(*command, cwd=promoting.root).code == 0


def test_the_installed_program_leaves_with_them(promoting: Project) -> None:
    """Most tests fork the program from a warm process; this is the way people start it."""
    promoting.manifest("store/Upper")

    assert installed("explain", "none", cwd=promoting.root).code == 1
    assert installed("paln", cwd=promoting.root).code == 2
    assert installed("plan", cwd=promoting.root).code == 5
    promoting.manifest("store/Upper").unlink()
    assert installed("plan", "--detailed-exitcode", cwd=promoting.root).code == 3


@pytest.mark.parametrize("command", ["check", "test", "compile", "plan", "explain store/memory"])
def test_wrong_rules(promoting: Project, command: str) -> None:
    promoting.rules("rule trail-path -> Trial weight 0.80 when path mentions memory")

    done = starlang(*command.split(), cwd=promoting.root)

    assert done.code == 1
    assert "E201" in done.text + done.said
    assert "Trail" in done.text + done.said


def test_a_failing_test_is_wrong(promoting: Project) -> None:
    promoting.rules('test "never" given path "a/b" expect Trail')

    assert starlang("test", cwd=promoting.root).code == 1


def test_rules_without_tests_are_not_tested(promoting: Project) -> None:
    promoting.rules("rule trail-path -> Trail weight 0.80 when path mentions memory")

    assert starlang("test", cwd=promoting.root).code == 1


def test_an_unknown_module_is_wrong(promoting: Project) -> None:
    assert starlang("explain", "gate/gaurd", cwd=promoting.root).code == 1


@pytest.mark.parametrize(
    "command",
    [
        ("paln",),
        ("plan", "--fromat", "json"),
        ("plan", "--format", "yaml"),
        ("plan", "--limit", "-1"),
        ("plan", "--limit", "many"),
        ("plan", "--outcome", "promotd"),
        ("plan", "--star", "Trial"),
        ("plan", "--under", "a//b"),
        ("plan", "surplus"),
        ("explain",),
        ("import", "star_rules.json"),
        ("import", "star_rules.json", "-o", "rules", "--combine", "noisy_or"),
        ("codes", "E000"),
        (),
    ],
    ids=" ".join,
)
def test_wrong_command_line(promoting: Project, command: tuple[str, ...]) -> None:
    done = starlang(*command, cwd=promoting.root)

    assert done.code == 2
    assert done.err != b"" or command == ()


@pytest.mark.parametrize("option", ["--outcome=promotd", "--under=a//b", "--limit=-1"])
def test_a_wrong_command_line_wins_over_wrong_rules(promoting: Project, option: str) -> None:
    promoting.rules("rule")

    assert starlang("plan", option, cwd=promoting.root).code == 2


def test_a_difference_is_told_on_request(promoting: Project) -> None:
    assert starlang("plan", cwd=promoting.root).code == 0
    assert starlang("plan", "--detailed-exitcode", cwd=promoting.root).code == 3
    assert starlang("plan", "--detailed-exitcode", "--reassess", cwd=promoting.root).code == 0


def test_no_difference_is_none(promoting: Project) -> None:
    promoting.manifest("store/memory", star="✦ Trail (Memory)")

    assert starlang("plan", "--detailed-exitcode", cwd=promoting.root).code == 0


@pytest.mark.requirement("R18")
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("manifests/store/Memory/module.manifest.json", "{}"),
        ("manifests/lukhas/core/module.manifest.json", "{}"),
        ("manifests/store/broken/module.manifest.json", '{"module": '),
        ("manifests/store/list/module.manifest.json", "[]"),
    ],
    ids=["uppercase", "prefix", "truncated", "no object"],
)
def test_what_is_unsafe_wins_over_a_difference(promoting: Project, file: str, text: str) -> None:
    promoting.write(file, text)

    done = starlang("plan", "--detailed-exitcode", cwd=promoting.root)

    assert done.code == 5
    assert "store/memory" in done.text, "the plan is printed all the same"


def test_wrong_input_wins_over_what_is_unsafe(promoting: Project) -> None:
    promoting.write("manifests/store/broken/module.manifest.json", "[")
    promoting.rules("rule")

    assert starlang("plan", cwd=promoting.root).code == 1


@pytest.mark.parametrize("command", ["plan", "plan --format json", "--help", "codes"])
def test_a_reader_that_has_gone(promoting: Project, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [PROGRAM, *command.split()],
            cwd=promoting.root,
            env=environment(),
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)

    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="signals and pipe sizes as POSIX has them")
def test_interrupted(hortus: Path) -> None:
    """The plan is longer than the pipe, so once its first byte has come the program is writing."""
    with subprocess.Popen(
        [PROGRAM, "plan", "--format", "json", "--quiet"],
        cwd=hortus,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pipesize=4096,
        bufsize=0,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.read(1) == b"{"
        running.send_signal(signal.SIGINT)
        code = running.wait()
        said = running.stderr.read()

    assert (code, said) == (130, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
@pytest.mark.parametrize("command", ["plan --format json", "plan", "--version", "compile -q"])
def test_a_full_disk_is_no_bug(promoting: Project, command: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [PROGRAM, *command.split()],
            cwd=promoting.root,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 1
    assert b"No space left on device" in done.stderr


def test_a_bug_is_called_one(promoting: Project, tmp_path: Path) -> None:
    """A library that is broken stands for a bug: nothing in the input is wrong."""
    (tmp_path / "re2.py").write_text("raise RuntimeError('broken on purpose')")
    env = environment(PYTHONPATH=str(tmp_path))

    def run(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, "check"],
            cwd=promoting.root,
            env={**env, **more},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    told, traced = run(), run(STARLANG_TRACEBACK="1")

    assert told.returncode == 70
    assert "RuntimeError: broken on purpose" in told.stderr
    assert "Traceback" not in told.stderr
    assert "STARLANG_TRACEBACK" in told.stderr
    assert "Traceback" in traced.stderr


def test_each_code_of_the_page_is_tested_here() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    table = page.split("## Exit codes")[1].split("##")[0]
    listed = {int(row.split("|")[1]) for row in table.splitlines() if row[2:3].isdigit()}

    assert listed == {0, 1, 2, 3, 4, 5, 70, 130, 141}


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    import starlang as package  # noqa: PLC0415 -- the name of the helper, too

    assert succeed("--version", cwd=tmp_path).text == f"starlang {package.__version__}\n"
