"""Runs the program on request, each time as a process of its own that costs next to nothing.

A request is a line of JSON on stdin; the answer is the exit code, on a line. Everything is
imported and the grammar built once, here, and each run is forked from that.
"""

import json
import os
import sys
from io import FileIO, TextIOWrapper
from typing import NoReturn, TypedDict

import jsonschema  # noqa: F401 -- imported for all runs
import jsonschema_rs  # noqa: F401 -- the same
import rich.console  # noqa: F401 -- the same

import starlang.api
import starlang.cli.session
import starlang.project.check
import starlang.project.legacy_files  # noqa: F401 -- the same
from starlang.cli.main import run
from starlang.syntax.parse import parse
from starlang.text import Source


class Request(TypedDict):
    arguments: list[str]
    cwd: str
    env: dict[str, str]
    out: str
    err: str


def answer(request: Request) -> int:
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
        run()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 70
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    parse(Source("warm.star", "starlang 1"))
    for line in sys.stdin:
        sys.stdout.write(f"{answer(json.loads(line))}\n")
        sys.stdout.flush()
