"""Runs the program on request, each time as a process of its own that costs next to nothing.

A request is a line of JSON on stdin; the answer is the exit code, on a line. Everything is
imported here, and a few commands are run, so that what they build when they first need it (the
grammar's scanners, the parameters of commands, templates) is there for every run: each is forked
from that.
"""

import json
import os
import pkgutil
import shutil
import sys
import tempfile
import traceback
from importlib import import_module
from io import FileIO, TextIOWrapper
from pathlib import Path
from typing import NoReturn, TypedDict

import starlang
from starlang.cli.main import answer, run
from starlang.report.pages import environment

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {"starlang.__main__", "starlang.spark"}
"""What ends the process, and what needs Spark."""

# No help: Typer asks how wide the terminal is when it imports what writes it.
REHEARSED = (
    ("check",),
    ("fmt", "--check"),
    ("test",),
    ("plan",),
    ("plan", "--format", "json"),
    ("explain", "safety/door_identity"),
)


class Request(TypedDict):
    """`script` is text of Python that is run instead of the program, "" for the program itself."""

    arguments: list[str]
    script: str
    cwd: str
    env: dict[str, str]
    out: str
    err: str


def warm_up() -> None:
    """Imports the program, and runs it in this process where nothing can come of it."""
    for found in pkgutil.walk_packages(starlang.__path__, "starlang."):
        if found.name not in LEFT_OUT:
            import_module(found.name)
    for name in environment().list_templates(["j2"]):
        environment().get_template(name)
    with tempfile.TemporaryDirectory() as directory:
        here = Path(shutil.copytree(ROOT / "examples" / "constellation", Path(directory, "x")))
        rehearse(here)


def rehearse(project: Path) -> None:
    """Runs the commands in the directory `project`; nobody sees what they print."""
    cwd, arguments, kept = Path.cwd(), sys.argv, (os.dup(1), os.dup(2))
    os.chdir(project)
    with Path(os.devnull).open("wb") as nowhere:
        for number in (1, 2):
            os.dup2(nowhere.fileno(), number)
    for each in REHEARSED:
        sys.argv = ["starlang", *each]
        assert answer() == 0, each
    for number, stream in enumerate(kept, 1):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(cwd)
    sys.argv = arguments


def forked(request: Request) -> int:
    """The exit code of the run that was asked for."""
    child = os.fork()
    if child == 0:
        become(request)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def become(request: Request) -> NoReturn:
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    for number, name in ((0, os.devnull), (1, request["out"]), (2, request["err"])):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY
        os.dup2(os.open(name, flags), number)
    sys.stdin = TextIOWrapper(FileIO(0))
    sys.stdout = TextIOWrapper(FileIO(1, "w"), encoding="utf-8")
    sys.stderr = TextIOWrapper(FileIO(2, "w"), encoding="utf-8", line_buffering=True)
    sys.argv = ["starlang", *request["arguments"]]
    code = 70
    try:
        if request["script"]:
            sys.path[0] = ""
            exec(request["script"], {"__name__": "__main__"})  # noqa: S102 -- of a test
            code = 0
        else:
            run()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 70
    except Exception:  # noqa: BLE001 -- it is printed and ends the process, as in Python
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    warm_up()
    for line in sys.stdin:
        sys.stdout.write(f"{forked(json.loads(line))}\n")
        sys.stdout.flush()
