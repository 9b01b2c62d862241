"""The program as Typer sees it: it writes help, words mistakes, and reads what is not plain."""

import inspect
import os
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from shutil import get_terminal_size
from types import FunctionType
from typing import TYPE_CHECKING, Annotated, get_args

import typer
from typer._click.exceptions import UsageError  # where Typer keeps the Click that it is made of
from typer.core import TyperCommand, TyperGroup

from starlang.cli.commands import COMMANDS, exits_of, function_of
from starlang.cli.output import put_version
from starlang.cli.parameters import MisuseError
from starlang.cli.plain import TakenParameter, taken

if TYPE_CHECKING:
    from typer._click.core import Command, Context

_WIDTH = 80
_HELP = {"help_option_names": ["-h", "--help"]}


class Commands(TyperGroup):
    """The group of all commands."""

    def list_commands(self, ctx: "Context") -> list[str]:  # noqa: ARG002 -- the shape of an override
        """All names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
        """The command with this name; a wrong name loads all, so that near ones are found."""
        for name in [cmd_name] if cmd_name in COMMANDS else COMMANDS:
            if name not in self.commands:
                self.commands[name] = command_of(name, function_of(name), ctx.obj)
        return self.commands.get(cmd_name)


def command_of(name: str, function: FunctionType, misuse: MisuseError | None = None) -> "Command":
    """The command `name`, which calls `function`; with `misuse` it only says that."""
    alone = typer.Typer(add_completion=False, context_settings=_HELP)
    codes = "; ".join(f"{code} {words}" for code, words in exits_of(name).items())
    alone.command(
        name,
        cls=OneCommand,
        rich_help_panel=COMMANDS[name].panel,
        epilog=f"Exit codes: {codes}.",
    )(_for_typer(function, misuse))
    return typer.main.get_command(alone)


class OneCommand(TyperCommand):
    """A command, which says where rules go if they are given as what it does not take."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        rules = [each for each in args if each.endswith(".star")]  # Click takes words from `args`
        try:
            return super().parse_args(ctx, args)
        except UsageError as error:
            names = {name for each in self.params for name in (each.name, *each.opts)}
            if error.message.startswith("Got unexpected extra") and rules and "--rules" in names:
                error.message += (
                    "; it takes one rule file, with all that this file uses"
                    if "file" in names
                    else f"; name the rules by --rules {rules[0]}"
                )
            raise


def _for_typer(function: FunctionType, misuse: MisuseError | None) -> Callable[[], None]:
    """`function` with its parameters declared as Typer asks."""

    def call(**given: object) -> None:
        try:
            if misuse is not None:
                raise misuse
            function(**given)
        except MisuseError as error:
            if error.parameter is None:
                raise UsageError(error.message) from None
            raise typer.BadParameter(error.message, param_hint=error.parameter) from None

    update_wrapper(call, function)
    asked = inspect.signature(function)
    parameters = asked.parameters.values()
    declared = [each.replace(annotation=_declared(each)) for each in parameters]
    vars(call)["__signature__"] = asked.replace(parameters=declared)
    return call


def _declared(each: inspect.Parameter) -> object:
    return Annotated[get_args(each.annotation)[0], _info(taken(each.name, each.annotation), each)]


def _info(each: TakenParameter, declared: inspect.Parameter) -> object:
    parameter = each.parameter
    # rich takes `[default: 7]` for a style, and drops it.
    words = help_of(each, declared.default).replace("[", r"\[")
    if not parameter.flags:
        return typer.Argument(metavar=parameter.metavar, help=words, show_default=False)
    return typer.Option(
        *parameter.flags,
        metavar=parameter.metavar,
        help=words,
        min=parameter.min,
        max=parameter.max,
        autocompletion=None if parameter.choices is None else parameter.choices,
        show_default=False,
    )


def help_of(each: TakenParameter, default: object) -> str:
    """What is said of a parameter: its words, the choice, and what is taken without it."""
    words, mark, rest = each.parameter.help.partition("[default: ")
    parts = [words.rstrip()]
    if len(each.choices) > 1:
        parts.append(f"One of {', '.join(each.choices)}.")
    if mark:
        parts.append(f"{mark}{rest}")
    elif isinstance(default, str | int | Path) and not isinstance(default, bool):
        parts.append(f"[default: {default}]")
    return " ".join(parts)


def _version(wanted: bool) -> None:  # noqa: FBT001 -- the shape of a Typer callback
    if wanted:
        put_version()
        raise typer.Exit


def _main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


def app_for(misuse: MisuseError | None = None) -> typer.Typer:
    """The program; with `misuse`, whichever command is called says that and does nothing else."""
    # On a narrower terminal Typer would cut words; there the terminal breaks the lines.
    os.environ["TERMINAL_WIDTH"] = str(max(_WIDTH, get_terminal_size().columns))
    app = typer.Typer(
        name="starlang",
        cls=Commands,
        help="Rules that say which star a module has: check them, test them, see what they do.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={**_HELP, "obj": misuse},
    )
    app.callback()(_main)
    return app
