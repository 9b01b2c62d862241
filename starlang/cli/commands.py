"""The commands, each imported only when it is called or helped with.

Importing them all costs more than running one: 1 ms a command.
"""

from collections.abc import Mapping
from importlib import import_module
from types import FunctionType
from typing import NamedTuple

from starlang.cli.output import Exit

AUTHOR, INSPECT, RUN = "Author", "Inspect", "Run"


class CommandEntry(NamedTuple):
    """Where a command is: its module, its function, and the panel of the help that lists it.

    `exits` are the exit codes that it has a reason of its own for, in words. Any command can
    also end with those of `EXITS`.
    """

    module: str
    function: str
    panel: str
    exits: Mapping[Exit, str] = {}


EXITS: Mapping[Exit, str] = {
    Exit.DONE: "done",
    Exit.WRONG: "the input is wrong, or the output cannot be written",
    Exit.USAGE: "the command line is wrong",
    Exit.BUG: "a bug in the program",
    Exit.INTERRUPTED: "interrupted",
    Exit.PIPE: "the reader of the output has gone",
}
"""What an exit code means in every command."""

_CLOSED = {Exit.CLOSED: "a gate of the run is closed"}
_LIMITED = {**_CLOSED, Exit.UNSAFE: "a safety limit forbids it"}

COMMANDS = {
    "init": CommandEntry(
        "compile",
        "init",
        AUTHOR,
        {
            Exit.WRONG: "several fields could be the star: nothing is written",
            Exit.UNSAFE: "the first plan is blocked",
        },
    ),
    "check": CommandEntry("check", "check", AUTHOR),
    "fmt": CommandEntry("check", "fmt", AUTHOR, {Exit.DIFFERENT: "a file would change (--check)"}),
    "test": CommandEntry(
        "check", "run_test_blocks", AUTHOR, {Exit.WRONG: "a test fails, or none ran"}
    ),
    "compile": CommandEntry(
        "compile", "compile_", AUTHOR, {Exit.DIFFERENT: "something has drifted (--check)"}
    ),
    "canon": CommandEntry("compile", "canon", AUTHOR, {Exit.DIFFERENT: "a copy differs"}),
    "import": CommandEntry("compile", "import_", AUTHOR),
    "export": CommandEntry("compile", "export", AUTHOR),
    "codes": CommandEntry("check", "codes", AUTHOR),
    "plan": CommandEntry(
        "plan",
        "plan",
        INSPECT,
        {
            Exit.WRONG: "the input is wrong, or a module breaks a forbid already",
            Exit.DIFFERENT: "a manifest would change (--detailed-exitcode)",
            Exit.UNSAFE: "the plan is blocked",
        },
    ),
    "explain": CommandEntry("plan", "explain", INSPECT),
    "inspect": CommandEntry("inspect", "inspect", INSPECT),
    "diff": CommandEntry("inspect", "diff", INSPECT, {Exit.DIFFERENT: "the rule sets differ"}),
    "graph": CommandEntry("inspect", "graph", INSPECT),
    "coverage": CommandEntry(
        "coverage", "coverage", INSPECT, {Exit.DIFFERENT: "less is covered than is asked for"}
    ),
    "generate": CommandEntry("coverage", "generate", RUN, _LIMITED),
    "pin": CommandEntry("run", "pin", RUN, _CLOSED),
    "backup": CommandEntry("run", "backup", RUN, _LIMITED),
    "canary": CommandEntry("run", "canary", RUN, _LIMITED),
    "approve": CommandEntry("run", "approve", RUN, _LIMITED),
    "apply": CommandEntry("run", "apply", RUN, _LIMITED),
    "recover": CommandEntry(
        "run",
        "recover",
        RUN,
        {Exit.DIFFERENT: "a manifest that was edited is left as it is", **_LIMITED},
    ),
    "verify": CommandEntry(
        "run", "verify", RUN, {Exit.DIFFERENT: "something does not hold", **_CLOSED}
    ),
    "report": CommandEntry(
        "run", "report", RUN, {Exit.DIFFERENT: "a document lacks the markers", **_CLOSED}
    ),
    "accept": CommandEntry(
        "accept", "accept", RUN, {Exit.DIFFERENT: "a criterion does not hold", **_CLOSED}
    ),
    "rollback": CommandEntry(
        "run",
        "rollback",
        RUN,
        {Exit.DIFFERENT: "a manifest that was edited is left as it is", **_LIMITED},
    ),
    "gc": CommandEntry("run", "gc", RUN, _CLOSED),
    "status": CommandEntry("run", "status", RUN, _CLOSED),
}
"""Command -> entry, in the order of the help."""


def function_of(name: str) -> FunctionType:
    """The function of a command."""
    entry = COMMANDS[name]
    function: FunctionType = getattr(import_module(f"starlang.cli.{entry.module}"), entry.function)
    return function


def exits_of(name: str) -> dict[Exit, str]:
    """The exit codes of a command and what they mean, sorted; those for all commands included."""
    return dict(sorted({**EXITS, **COMMANDS[name].exits}.items()))
