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
    "init": Entry("init", "init", AUTHOR),
    "check": Entry("check", "check", AUTHOR),
    "fmt": Entry("fmt", "fmt", AUTHOR),
    "test": Entry("test", "run", AUTHOR),
    "compile": Entry("compile", "compile_", AUTHOR),
    "canon": Entry("canon", "canon", AUTHOR),
    "import": Entry("import_", "import_", AUTHOR),
    "export": Entry("export", "export", AUTHOR),
    "codes": Entry("codes", "codes", AUTHOR),
    "plan": Entry("plan", "plan", INSPECT),
    "explain": Entry("explain", "explain", INSPECT),
    "inspect": Entry("inspect", "inspect", INSPECT),
    "diff": Entry("diff", "diff", INSPECT),
    "graph": Entry("graph", "graph", INSPECT),
    "pin": Entry("pin", "pin", RUN),
    "backup": Entry("backup", "backup", RUN),
    "canary": Entry("canary", "canary", RUN),
    "approve": Entry("approve", "approve", RUN),
    "apply": Entry("apply", "apply", RUN),
    "recover": Entry("recover", "recover", RUN),
    "verify": Entry("verify", "verify", RUN),
    "rollback": Entry("rollback", "rollback", RUN),
    "gc": Entry("gc", "gc", RUN),
    "status": Entry("status", "status", RUN),
}
"""Command -> entry, in the order of the help."""


def function_of(name: str) -> FunctionType:
    """The function of a command."""
    entry = COMMANDS[name]
    function: FunctionType = getattr(import_module(f"starlang.cli.{entry.module}"), entry.function)
    return function
