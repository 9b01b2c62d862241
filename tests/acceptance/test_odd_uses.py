"""Odd surroundings and odd sizes: each is answered, in time and in little memory."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen
from program.measured import measured
from program.projects import CONFIG, Project
from program.run import PROGRAM, environment

pytestmark = [pytest.mark.requirement("R45"), pytest.mark.fault_row(131)]

SECONDS = 5
MEGABYTES = 500


@frozen
class Answer:
    """How a run ended."""

    code: int
    out: str
    said: str


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.config()
    made.rules("rule trail -> Trail weight 0.80 when path mentions memory\n")
    made.manifest("a/memory")
    return made


def answer(
    project: Project,
    *arguments: str,
    env: Mapping[str, str | None] | None = None,
    before: Callable[[], None] | None = None,
) -> Answer:
    """Runs the program, which must keep within the limits and have no bug."""
    settings = environment()
    for name, value in (env or {}).items():
        settings.pop(name, None)
        settings |= {} if value is None else {name: value}
    out, err = (project.root.parent / name for name in ("out", "err"))
    with out.open("wb") as to_out, err.open("wb") as to_err:
        command: list[str | Path] = [PROGRAM, *arguments]
        needed = measured(command, project.root, settings, (to_out, to_err), before)
    found = Answer(needed.code, out.read_text("utf-8"), err.read_text("utf-8"))
    assert found.code in {0, 1, 3, 4, 5}, found
    assert "Traceback" not in found.said
    assert needed.seconds < SECONDS, (arguments, found.said[:300])
    assert needed.kilobytes < MEGABYTES << 10, arguments
    return found


def test_only_the_memory_of_the_program_is_measured(tmp_path: Path) -> None:
    of_the_tests = b"x" * (300 << 20)
    with (tmp_path / "out").open("wb") as out:
        little, much = (
            measured([sys.executable, "-c", line], tmp_path, environment(), (out, out))
            for line in ("pass", "b'x' * (200 << 20)")
        )
    assert (little.code, much.code) == (0, 0)
    assert little.kilobytes < 50 << 10 < len(of_the_tests) >> 10
    assert 200 << 10 < much.kilobytes < 250 << 10


def test_stdin_that_is_closed_is_named_where_it_is_read(project: Project) -> None:
    def closed() -> None:
        os.close(0)

    assert answer(project, "plan", before=closed).code == 0
    found = answer(project, "fmt", "-", before=closed)
    assert (found.code, found.said) == (1, "stdin cannot be read: it is closed\n")

    def for_writing() -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 0)

    found = answer(project, "fmt", "-", before=for_writing)
    assert (found.code, found.said) == (1, "stdin cannot be read: Bad file descriptor\n")


@pytest.mark.parametrize("command", ["plan", "fmt a.star", "init"])
def test_a_working_directory_that_is_gone(project: Project, command: str) -> None:
    gone = project.root / "gone"
    gone.mkdir()

    def removed() -> None:
        os.chdir(gone)
        gone.rmdir()

    found = answer(project, *command.split(), before=removed)
    assert found.code == 1
    assert found.said == "the working directory has been removed; change to another one\n"


def test_surroundings_change_nothing(project: Project) -> None:
    plain = answer(project, "plan", "--format", "json").out
    for env in (
        {"HOME": None, "USER": None, "LOGNAME": None, "PATH": None},
        {"HOME": "/nowhere\n", "TMPDIR": "/proc/nowhere", "TMP": "/proc", "TEMP": "/proc"},
        {"LC_ALL": "tlh_QO.KLINGON", "TZ": ":/etc/passwd"},
    ):
        assert answer(project, "plan", "--format", "json", env=env).out == plain


@contextmanager
def deep(root: Path, levels: int) -> Iterator[None]:
    """A directory in `root` so many levels deep, with a manifest in the deepest one."""
    start = os.open(root, os.O_RDONLY)
    place = os.dup(start)
    for _ in range(levels):
        os.mkdir("d", dir_fd=place)
        inner = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    manifest = os.open("module.manifest.json", os.O_WRONLY | os.O_CREAT, dir_fd=place)
    os.write(manifest, b'{"constellation_alignment": {"primary_star": "Supporting"}}')
    os.close(manifest)
    os.close(place)
    try:
        yield
    finally:
        subprocess.run(["/bin/rm", "-rf", root / "d"], check=True)
        os.close(start)


def test_directories_deeper_than_python_calls_itself(project: Project) -> None:
    with deep(project.root / "manifests", 1_900):
        assert answer(project, "init", ".", "--dry-run").code == 0
        planned = answer(project, "plan", "--format", "json").out
    assert "d/" * 1_899 in planned


def test_thousands_of_wrong_names_are_each_a_finding(project: Project) -> None:
    graph = {f"area.modul-{n:04}": [f"area.modle-{n:04}"] for n in range(3_000)}
    project.write("graph.json", json.dumps(graph))
    project.config('[graph]\nimports = "graph.json"\n')
    project.rules("rule busy -> Trail weight 0.80 when used by at least 1 modules\n")
    for number in range(1_000):
        project.write(
            f"manifests/area/module-{number:04}/module.manifest.json",
            json.dumps({"dependencies": {"internal": [f"area/modul-{number:04}x"]}}),
        )
    assert answer(project, "plan").code == 5
    project.write("configs/starlang.toml", "".join(f"k{n} = 1\n" for n in range(60_000)))
    found = answer(project, "check")
    assert (found.code, "and 59,980 more with E702" in found.out + found.said) == (1, True)


@pytest.mark.fault_row(86)
def test_schemas_that_find_millions_of_errors(project: Project) -> None:
    project.write("configs/starlang.toml", f'{CONFIG}schema = "configs/schema.json"\n')
    project.manifest("a/memory", capabilities=[f"c{n}" for n in range(3_000)])
    names = [f"r{number}" for number in range(5_000)]
    several = {"allOf": [{"$ref": "#/$defs/some"}] * 50}
    schemas: list[dict[str, object]] = [
        {"properties": {"capabilities": {"items": {"required": names}}}},
        {"properties": {"capabilities": {"items": {"dependentRequired": {"name": names}}}}},
        {
            "properties": {"capabilities": {"items": several}},
            "$defs": {"some": {"required": names[:400]}},
        },
    ]
    for schema in schemas:
        project.write("configs/schema.json", json.dumps(schema))
        plan = json.loads(answer(project, "plan", "--format", "json").out)
        assert {each["code"] for each in plan["warnings"]} <= {"W510", "W507"}
        assert plan["warnings"]
        assert [each["outcome"] for each in plan["modules"]] == ["promoted"]


def test_a_manifest_that_changes_while_it_is_read(project: Project) -> None:
    file = project.manifest("b/odd")
    texts = [file.read_bytes(), b"", b'{"a": "' + b"x" * 900_000 + b'"}', b"{"]
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            for text in texts:
                file.write_bytes(text)
            file.unlink()
            file.mkdir()
            file.rmdir()

    changing = threading.Thread(target=change)
    changing.start()
    try:
        plans = [answer(project, "plan", "--format", "json") for _ in range(2)]
    finally:
        stop.set()
        changing.join()
    for each in plans:
        outcomes = {m["path"]: m["outcome"] for m in json.loads(each.out)["modules"]}
        assert outcomes["a/memory"] == "promoted"


def test_audit_files_cannot_lead_out_of_the_project(project: Project) -> None:
    project.config('[audit]\nfolder = "/etc"\ntop = "a/../../x"\n')
    found = answer(project, "check")
    assert (found.code, (found.said + found.out).count("error[E705]")) == (1, 2)
