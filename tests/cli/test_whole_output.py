"""Output is complete and valid, or the command fails loudly."""

import fcntl
import json
import os
import resource
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from program.projects import Project
from program.run import PROGRAM, environment, starlang

pytestmark = pytest.mark.requirement("R45")

SARIF = Path(__file__).resolve().parents[1] / "diagnostics" / "sarif-schema-2.1.0.json"


def run(project: Project, *arguments: str, stdout: int, env: dict[str, str] | None = None) -> int:
    """The exit code of the program, whose stdout is the file descriptor `stdout`."""
    done = subprocess.run(
        [PROGRAM, *arguments],
        cwd=project.root,
        env=environment(**(env or {})),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    return done.returncode


@pytest.mark.fault_row(91)
@pytest.mark.parametrize("command", [("check", "--format", "json"), ("plan", "--format", "json")])
def test_what_is_cut_short_is_not_a_success(
    promoting: Project, tmp_path: Path, command: Sequence[str]
) -> None:
    never = 'rule r{0} -> Trail weight 0.10 when path is "a" and path is "b{0}"'
    promoting.rules("\n".join(never.format(number) for number in range(40)))
    for number in range(40):
        promoting.manifest(f"more/m{number}")
    whole = starlang(*command, cwd=promoting.root)
    assert len(whole.out) > 8_000
    path = tmp_path / "out.json"
    for unbuffered in ("", "1"):
        with path.open("wb") as out:
            done = subprocess.run(
                [PROGRAM, *command],
                cwd=promoting.root,
                env=environment(PYTHONUNBUFFERED=unbuffered),
                stdout=out,
                stderr=subprocess.PIPE,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000)),
                check=False,
            )
        assert (done.returncode, b"cannot be written" in done.stderr) == (1, True)
    if Path("/dev/full").exists():
        with Path("/dev/full").open("wb") as full:
            assert run(promoting, *command, stdout=full.fileno()) == 1


@pytest.mark.fault_row(91)
def test_a_pipe_that_is_not_ready_gets_everything(promoting: Project) -> None:
    promoting.rules(
        "\n".join(f'rule r{n} -> Trail weight 0.10 when path is "{n}"' for n in range(1_500))
    )
    whole = starlang("compile", cwd=promoting.root).out
    assert len(whole) > 1 << 17
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETFL, os.O_NONBLOCK)
    with subprocess.Popen(
        [PROGRAM, "compile"], cwd=promoting.root, env=environment(), stdout=writing
    ) as process:
        os.close(writing)
        with open(reading, "rb") as pipe:  # noqa: PTH123 -- a file descriptor
            received = pipe.read()
    assert (process.returncode, received) == (0, whole)


@pytest.mark.fault_row(91)
def test_closed_streams(promoting: Project) -> None:
    for shell, code in (
        ("check --format json >&-", 1),
        ("check 2>&-", 0),
        ("plan >&- 2>&-", 1),
        ("test >&-", 0),  # it says nothing on stdout
        ("fmt --check <&-", 3),
    ):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{PROGRAM} {shell}"],
            cwd=promoting.root,
            env=environment(),
            capture_output=True,
            check=False,
        )
        assert (done.returncode, b"Traceback" in done.stderr) == (code, False), shell


@pytest.mark.fault_row(92)
@pytest.mark.parametrize("arguments", [("plan", "-o"), ("compile", "-o"), ("test", "--junit")])
def test_a_result_goes_into_what_is_there(
    promoting: Project, tmp_path: Path, arguments: Sequence[str]
) -> None:
    target, link, fifo = tmp_path / "target", tmp_path / "link", tmp_path / "fifo"
    target.write_text("before", "utf-8")
    target.chmod(0o640)
    link.symlink_to(target)
    os.mkfifo(fifo)

    assert starlang(*arguments, str(link), cwd=promoting.root).code == 0
    written = target.read_bytes()
    assert link.is_symlink()
    assert written[:1] in {b"{", b"<"}
    assert stat.S_IMODE(target.stat().st_mode) == 0o640

    descriptor = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    assert starlang(*arguments, str(fifo), cwd=promoting.root).code == 0
    assert os.read(descriptor, 1 << 16) == written[: 1 << 16]
    os.close(descriptor)
    assert stat.S_ISFIFO(fifo.stat().st_mode)

    for directory in (str(tmp_path), ".", "/"):
        assert starlang(*arguments, directory, cwd=promoting.root).code in {1, 2}
    device = tmp_path / "null"
    device.symlink_to("/dev/null")
    assert starlang(*arguments, str(device), cwd=promoting.root).code == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.fault_row(92)
def test_yesterdays_report_does_not_outlive_todays_failure(promoting: Project) -> None:
    report, plan = promoting.root / "out.xml", promoting.root / "plan.json"
    assert starlang("test", "--junit", "out.xml", cwd=promoting.root).code == 0
    assert starlang("plan", "-o", "plan.json", cwd=promoting.root).code == 0
    for break_it, text in ((promoting.rules, "rule broken ->"), (promoting.config, "bogus = 1\n")):
        report.write_text("green", "utf-8")
        plan.write_text("{}", "utf-8")
        break_it(text)
        assert starlang("test", "--junit", "out.xml", cwd=promoting.root).code == 1
        assert starlang("plan", "-o", "plan.json", cwd=promoting.root).code == 1
        assert not report.exists()
        assert not plan.exists()


def found_in(format_: str, out: bytes) -> bool:
    """Whether `out` is a valid document of the format, with at least one finding."""
    match format_:
        case "json":
            return bool(json.loads(out)["diagnostics"])
        case "sarif":
            document = json.loads(out)
            validator = jsonschema_rs.Draft4Validator(json.loads(SARIF.read_text("utf-8")))
            return validator.is_valid(document) and bool(document["runs"][0]["results"])
        case "github":
            return out.startswith(b"::error ")
        case _:
            return int(ET.fromstring(out).get("failures", "0")) > 0  # noqa: S314 -- our own


@pytest.mark.fault_row(93)
@pytest.mark.parametrize("format_", ["json", "sarif", "github", "junit"])
def test_a_failure_of_set_up_is_a_document_too(promoting: Project, format_: str) -> None:
    config = promoting.root / "configs" / "starlang.toml"
    good = config.read_text("utf-8")
    for text, commands in (
        (f"{good}bogus = 1\n", (("check",), ("plan",), ("canon", "check"))),
        ("[project\n", (("check",), ("plan",))),
        (good.replace("constellation-1.1", "unknown-profile"), (("check",), ("plan",))),
        (good.replace('"manifests"', '"nowhere"'), (("plan",),)),
        (good.replace("main.star", "absent.star"), (("check",), ("plan",), ("canon", "check"))),
        (f'{good}schema = "configs/absent.json"\n', (("plan",),)),
    ):
        config.write_text(text, "utf-8")
        for command in commands:
            done = starlang(*command, "--format", format_, cwd=promoting.root)

            assert done.code == 1, (command, text)
            assert found_in(format_, done.out), (command, text, done.out)


@pytest.mark.fault_row(99)
def test_nothing_is_written_through_a_link_that_leaves_the_project(
    promoting: Project, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    loose = 'starlang   1\nruleset x   "1"\ndefault star Supporting\n'
    kept = outside / "kept.star"
    kept.write_text(loose, "utf-8")
    root, old = promoting.root, outside / "old.json"
    old.write_text(json.dumps({"rules": {}, "canon": {}}), "utf-8")
    (root / "link.star").symlink_to(kept)
    (root / "dangling.star").symlink_to(outside / "new.star")
    (root / "sub").mkdir()
    (root / "sub" / "up.star").symlink_to("../../outside/kept.star")
    (root / "away").symlink_to(outside)
    (root / "inside.star").symlink_to("rules/loose.star")
    (root / "rules" / "loose.star").write_text(loose, "utf-8")
    before = {path: path.read_bytes() for path in outside.iterdir()}

    for name in ("link.star", "sub/up.star", "away/kept.star", str(root / "link.star")):
        done = starlang("fmt", name, cwd=root)
        assert (done.code, "leads out of the project" in done.said) == (1, True), name
    assert starlang("fmt", "--check", "link.star", cwd=root).code == 3
    assert starlang("fmt", "dangling.star", cwd=root).code == 1
    assert starlang("fmt", "link.star", cwd=root / "sub").code == 1
    assert starlang("init", "away", cwd=root).code == 1
    assert starlang("init", "away/new", cwd=root).code == 1
    (root / "fresh").mkdir()
    (root / "fresh" / "rules").symlink_to(outside)
    assert starlang("init", "fresh", cwd=root).code == 1
    source = Path(__file__).resolve().parents[1] / "legacy" / "golden" / "star_rules.json"
    for arguments in (("-o", "away"), ("-o", "away/new"), ("-o", "away", "--force")):
        done = starlang("import", str(source), *arguments, cwd=root)
        assert (done.code, "leads out of the project" in done.said) == (1, True), done.said
    assert {path: path.read_bytes() for path in outside.iterdir()} == before

    assert starlang("fmt", "inside.star", cwd=root).code == 0
    assert (root / "inside.star").is_symlink()
    assert (root / "rules" / "loose.star").read_text("utf-8") != loose
    assert starlang("fmt", str(kept), cwd=root).code == 0
