"""Every command, in every format, with every fault of its output and of what it is about.

Commands and formats are those that the program has, so that a new one is in the matrix at once.
The cells run in this process, on streams like those of the program; of every format one cell is
a process of its own.
"""

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from io import BufferedWriter, TextIOWrapper
from pathlib import Path
from subprocess import DEVNULL, PIPE, run
from threading import Thread
from xml.etree import ElementTree as ET

import pytest
from attrs import frozen
from program.projects import Project
from program.repositories import commit_all
from program.run import PROGRAM, environment

from starlang.cli.commands import COMMANDS, RUN, exits_of, function_of
from starlang.cli.main import answer
from starlang.cli.output import Exit, WholeStream
from starlang.cli.plain import TakenParameter, taken

pytestmark = [pytest.mark.requirement("R45"), pytest.mark.fault_row(91, 93)]

GIVEN: Mapping[str, tuple[str, ...]] = {
    "init": ("fresh",),
    "compile": ("--check", "-o", "rules.json"),
    "canon": ("check", "copy.json"),
    "import": ("old.json", "-o", "imported"),
    "explain": ("core/a",),
    "diff": ("rules/other.star",),
    "approve": ("00000000",),
}
"""What a command is given, where it takes something."""

FINDINGS = {"json", "sarif", "github", "junit"}
"""Formats in which a finding is a document."""

UNCONCERNED = {"init", "import", "codes"}
"""Commands that read no config."""


def formats() -> list[tuple[str, str]]:
    """Every command with every format that it has, "" where it has no choice."""
    found: list[tuple[str, str]] = []
    for name in COMMANDS:
        hints = function_of(name).__annotations__.items()
        parameters = [taken(each, hint) for each, hint in hints if hint]
        choices = next(filter(None, map(choices_of, parameters)), [""])
        found += ((name, choice) for choice in choices)
    return found


def choices_of(parameter: TakenParameter) -> list[str]:
    return parameter.choices if "--format" in parameter.parameter.flags else []


CELLS = formats()


def line(name: str, format_: str) -> list[str]:
    """The command line."""
    return [name, *GIVEN.get(name, ()), *(["--format", format_] if format_ else [])]


@frozen
class Ended:
    """How a command ended in this process; `out` is what its reader got."""

    code: int
    out: bytes
    err: bytes


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = Project(tmp_path_factory.mktemp("matrix") / "project")
    project.config()
    project.rules(
        """
        rule a -> Trail weight 0.90 when path mentions memory
        rule idle -> Watch weight 0.10 when owner is someone
        test "a memory" given path "x/memory" expect Watch
        """
    )
    project.rules("rule b   -> Trail weight 0.80 when path mentions memory", "rules/other.star")
    project.manifest("core/a")
    project.manifest("core/memory")
    project.write("copy.json", '{"stars": [{"id": "Trail", "label": "Memory"}]}')
    old = Path(__file__).resolve().parents[1] / "legacy" / "golden" / "star_rules.json"
    project.write("old.json", old.read_text("utf-8"))
    project.write("rules.json", "{}")
    project.write("pkg/__init__.py", "")
    commit_all(project.root)
    return project.root


def unchanged(_root: Path) -> None:
    """The project as it is."""


WRITES = {"init", "fmt", "import"} | {name for name in COMMANDS if COMMANDS[name].panel == RUN}
"""Commands after which the project is another one."""


class Cell:
    """A command in a directory of its own, whose streams are what a test makes of them."""

    def __init__(self, home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._home, self._scratch, self._patch = home, scratch, monkeypatch
        self._is_stale = True

    def run(
        self,
        arguments: list[str],
        *,
        change: Callable[[Path], object] = unchanged,
        out: str = "file",
        err: str = "file",
    ) -> Ended:
        root = self._scratch / "project"
        if self._is_stale:
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(self._home, root, symlinks=True)
        change(root)
        self._is_stale = change is not unchanged or arguments[0] in WRITES
        self._patch.chdir(root)
        self._patch.setattr(sys, "argv", ["starlang", *arguments])
        streams = [Stream(out, self._scratch / "out"), Stream(err, self._scratch / "err")]
        for name, stream in zip(("stdout", "stderr"), streams, strict=True):
            self._patch.setattr(sys, name, stream.text(required=name == "stdout"))
        code = answer()
        self._patch.undo()
        return Ended(code, *(stream.received() for stream in streams))


class Stream:
    """A stream of a kind: a `file`, `closed`, `full`, or a `pipe` that is not ready."""

    def __init__(self, kind: str, path: Path) -> None:
        self._kind, self._path = kind, path
        self._got = b""
        self._reader: Thread | None = None
        match kind:
            case "pipe":
                reading, self._descriptor = os.pipe()
                fcntl.fcntl(self._descriptor, fcntl.F_SETFL, os.O_NONBLOCK)
                self._filled = fill(self._descriptor)
                self._reader = Thread(target=self._read, args=(reading,))
                self._reader.start()
            case "full":
                self._descriptor = os.open("/dev/full", os.O_WRONLY)
            case "closed":
                self._descriptor = os.open(os.devnull, os.O_WRONLY)
            case _:
                self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def text(self, *, required: bool) -> TextIOWrapper:
        closed = self._kind == "closed"
        whole = WholeStream(self._descriptor, closed=closed, required=required)
        return TextIOWrapper(
            BufferedWriter(whole), "utf-8", "backslashreplace", line_buffering=not required
        )

    def received(self) -> bytes:
        os.close(self._descriptor)
        if self._reader is not None:
            self._reader.join()
            return self._got[self._filled :]
        return self._path.read_bytes() if self._kind == "file" else b""

    def _read(self, descriptor: int) -> None:
        with open(descriptor, "rb") as pipe:
            self._got = pipe.read()


def fill(descriptor: int) -> int:
    """Fills a pipe, so that the next write finds it not ready; the number of bytes."""
    count = 0
    while True:
        try:
            count += os.write(descriptor, b"." * 4096)
        except BlockingIOError:
            return count


@pytest.fixture
def cell(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cell:
    return Cell(home, tmp_path, monkeypatch)


@pytest.mark.parametrize(("name", "format_"), CELLS, ids=[" ".join(each) for each in CELLS])
def test_every_cell(cell: Cell, name: str, format_: str) -> None:
    usual = cell.run(line(name, format_))
    assert usual.code in set(exits_of(name)) - {Exit.USAGE, Exit.BUG}, usual
    assert usual.out or usual.err
    assert is_document(format_, usual.out), usual.out
    for fault in FAULTS:
        assert fault(cell, name, format_, usual), f"{fault.__name__} has looked at nothing"


def stdout_is_closed(cell: Cell, name: str, format_: str, usual: Ended) -> bool:
    return nothing_can_be_written(cell.run(line(name, format_), out="closed"), usual)


def disk_is_full(cell: Cell, name: str, format_: str, usual: Ended) -> bool:
    return nothing_can_be_written(cell.run(line(name, format_), out="full"), usual)


def nothing_can_be_written(found: Ended, usual: Ended) -> bool:
    assert b"Traceback" not in found.err
    if usual.out:
        assert found.code == Exit.WRONG
        assert b"the output cannot be written" in found.err
    else:
        assert (found.code, found.err) == (usual.code, usual.err)
    return True


def stderr_is_closed(cell: Cell, name: str, format_: str, usual: Ended) -> bool:
    found = cell.run(line(name, format_), err="closed")
    assert (found.code, found.out) == (usual.code, usual.out)
    return True


def pipe_is_not_ready(cell: Cell, name: str, format_: str, usual: Ended) -> bool:
    found = cell.run(line(name, format_), out="pipe")
    assert found == usual
    return True


def config_is_broken(cell: Cell, name: str, format_: str, usual: Ended) -> bool:
    found = cell.run(line(name, format_), change=break_config)
    if name in UNCONCERNED:
        assert found == usual
        return True
    assert found.code == Exit.WRONG
    return names(found, format_, "E702")


def break_config(root: Path) -> None:
    with (root / "configs" / "starlang.toml").open("a", encoding="utf-8") as config:
        config.write("bogus = 1\n")


def there_is_no_manifest(cell: Cell, name: str, format_: str, usual: Ended) -> bool:
    found = cell.run(line(name, format_), change=lambda root: shutil.rmtree(root / "manifests"))
    assert found.code in exits_of(name)
    assert found.code not in {Exit.USAGE, Exit.BUG}
    assert found.out or found.err
    if name in {"plan", "explain", "inspect", "graph"}:
        assert found.code == Exit.WRONG
        return names(found, format_, "E532")
    assert is_document(format_, found.out)
    assert b"Traceback" not in found.err + usual.err
    return True


def one_manifest_is_bad(cell: Cell, name: str, format_: str, usual: Ended) -> bool:
    found = cell.run(line(name, format_), change=spoil)
    assert found.code in set(exits_of(name)) - {Exit.USAGE, Exit.BUG}
    assert is_document(format_, found.out)
    if name in {"plan", "graph"} and format_ == "json":
        modules = [each["path"] for each in json.loads(found.out)["modules"]]
        assert {"core/a", "core/memory"} <= set(modules)
    if name == "explain":
        assert b"core/a" in found.out
    if name == "plan":
        assert found.code == Exit.UNSAFE
        return format_ in {"csv", *MAGIC} or names(found, format_, "E5")
    return found.code == usual.code or bool(found.err + found.out)


def spoil(root: Path) -> None:
    bad = root / "manifests" / "core" / "bad" / "module.manifest.json"
    bad.parent.mkdir()
    bad.write_text('{"v":007}', "utf-8")


FAULTS = (
    stdout_is_closed,
    stderr_is_closed,
    disk_is_full,
    pipe_is_not_ready,
    config_is_broken,
    there_is_no_manifest,
    one_manifest_is_bad,
)


def names(found: Ended, format_: str, code: str) -> bool:
    """Whether a finding with `code` is in a document of the format, or else on stderr."""
    if format_ not in FINDINGS:
        return code.encode() in found.err + found.out
    assert is_document(format_, found.out)
    return bool(found.out) and code.encode() in found.out


MAGIC = {"arrow": b"\xff\xff\xff\xff", "parquet": b"PAR1"}
"""What a table for programs begins with."""


def is_document(format_: str, out: bytes) -> bool:
    """Whether `out` is one document of the format, with a line end."""
    if format_ in MAGIC:
        return not out or out.startswith(MAGIC[format_])
    text = out.decode()
    assert not text or text.endswith("\n")
    match format_:
        case "json" | "sarif":
            assert isinstance(json.loads(text), dict)
        case "junit":
            assert ET.fromstring(text).tag == "testsuites"  # noqa: S314 -- our own
        case "github":
            assert all(each.startswith("::") for each in text.splitlines())
        case _:
            assert "\0" not in text
    return True


WRITERS = {format_: cells for cells in reversed(CELLS) for format_ in cells[1:]}


@pytest.mark.parametrize("format_", sorted(WRITERS))
def test_every_writer_as_a_process(home: Path, format_: str) -> None:
    name, _ = WRITERS[format_] if format_ else ("fmt", "")
    extra = ["--check"] if name == "fmt" else []
    with Path("/dev/full").open("wb") as full:
        done = run(
            [PROGRAM, *line(name, format_), *extra],
            cwd=home,
            env=environment(),
            stdin=DEVNULL,
            stdout=full,
            stderr=PIPE,
            check=False,
        )
    assert (done.returncode, b"cannot be written" in done.stderr) == (Exit.WRONG, True)


def test_the_matrix_has_all_of_the_program() -> None:
    assert {name for name, _ in CELLS} == set(COMMANDS)
    assert {"text", "json", "csv", "sarif", "github", "junit", "dot", "html", "markdown"} <= set(
        WRITERS
    )
