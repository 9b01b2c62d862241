"""The commands, each imported only when it is called or helped with.

Importing them all costs more than running one: 1 ms a command.
"""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click.core import Command, Context  # where Typer keeps the Click that it is made of

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


class Commands(TyperGroup):
    """The group of all commands."""

    def list_commands(self, ctx: "Context") -> list[str]:  # noqa: ARG002 -- the shape of an override
        """All names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":  # noqa: ARG002 -- the same
        """The command with this name; a wrong name loads all, so that near ones are found."""
        for name in [cmd_name] if cmd_name in COMMANDS else COMMANDS:
            if name not in self.commands:
                self.commands[name] = _load(name, COMMANDS[name])
        return self.commands.get(cmd_name)


def _load(name: str, entry: Entry) -> "Command":
    function = getattr(import_module(f"starlang.cli.{entry.module}"), entry.function)
    alone = typer.Typer(
        add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}
    )
    alone.command(name, rich_help_panel=entry.panel)(function)
    return typer.main.get_command(alone)
