"""The commands, each imported only when it is called or helped with.

Importing them all costs more than running one: 1 ms a command.
"""

from importlib import import_module
from types import FunctionType
from typing import NamedTuple

AUTHOR, INSPECT, RUN = "Author", "Inspect", "Run"


class Entry(NamedTuple):
    """Where a command is: its module, its function, and the panel of the help it stands in."""

    module: str
    function: str
    panel: str


COMMANDS = {
    "init": Entry("compile", "init", AUTHOR),
    "check": Entry("check", "check", AUTHOR),
    "fmt": Entry("check", "fmt", AUTHOR),
    "test": Entry("check", "run_test_blocks", AUTHOR),
    "compile": Entry("compile", "compile_", AUTHOR),
    "canon": Entry("compile", "canon", AUTHOR),
    "import": Entry("compile", "import_", AUTHOR),
    "export": Entry("compile", "export", AUTHOR),
    "codes": Entry("check", "codes", AUTHOR),
    "plan": Entry("plan", "plan", INSPECT),
    "explain": Entry("plan", "explain", INSPECT),
    "inspect": Entry("inspect", "inspect", INSPECT),
    "diff": Entry("inspect", "diff", INSPECT),
    "graph": Entry("inspect", "graph", INSPECT),
    "pin": Entry("run", "pin", RUN),
    "backup": Entry("run", "backup", RUN),
    "canary": Entry("run", "canary", RUN),
    "approve": Entry("run", "approve", RUN),
    "apply": Entry("run", "apply", RUN),
    "recover": Entry("run", "recover", RUN),
    "verify": Entry("run", "verify", RUN),
    "rollback": Entry("run", "rollback", RUN),
    "gc": Entry("run", "gc", RUN),
    "status": Entry("run", "status", RUN),
}
"""Command -> entry, in the order of the help."""


def function_of(name: str) -> FunctionType:
    """The function of a command."""
    entry = COMMANDS[name]
    function: FunctionType = getattr(import_module(f"starlang.cli.{entry.module}"), entry.function)
    return function
