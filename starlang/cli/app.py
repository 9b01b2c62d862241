"""The program as Typer sees it: it writes help, words mistakes, and reads what is not plain."""

from collections.abc import Callable
from functools import update_wrapper
from inspect import signature
from types import FunctionType
from typing import TYPE_CHECKING, Annotated, get_args

import typer
from typer.core import TyperGroup

from starlang.cli.commands import COMMANDS, function_of
from starlang.cli.options import MisuseError, Parameter
from starlang.cli.output import put_version

if TYPE_CHECKING:
    from typer._click.core import Command, Context  # where Typer keeps the Click that it is made of

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
    alone.command(name, rich_help_panel=COMMANDS[name].panel)(_for_typer(function, misuse))
    return typer.main.get_command(alone)


def _for_typer(function: FunctionType, misuse: MisuseError | None) -> Callable[[], None]:
    """`function` with its parameters declared as Typer asks."""

    def call(**given: object) -> None:
        try:
            if misuse is not None:
                raise misuse
            function(**given)
        except MisuseError as error:
            raise typer.BadParameter(error.message, param_hint=error.parameter) from None

    update_wrapper(call, function)
    asked = signature(function)
    parameters = asked.parameters.values()
    declared = [each.replace(annotation=_declared(each.annotation)) for each in parameters]
    vars(call)["__signature__"] = asked.replace(parameters=declared)
    return call


def _declared(hint: object) -> object:
    declared, parameter = get_args(hint)
    return Annotated[declared, _info(parameter)]


def _info(parameter: Parameter) -> object:
    # rich takes `[default: 7]` for a style, and drops it.
    words = parameter.help.replace("[", r"\[")
    if not parameter.flags:
        return typer.Argument(metavar=parameter.metavar, help=words)
    return typer.Option(
        *parameter.flags,
        metavar=parameter.metavar,
        help=words,
        min=parameter.min,
        max=parameter.max,
    )


def _version(wanted: bool) -> None:  # noqa: FBT001 -- the shape of a Typer callback
    if wanted:
        put_version()
        raise typer.Exit


def _main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None: ...


def app_for(misuse: MisuseError | None = None) -> typer.Typer:
    """The program; with `misuse`, whichever command is called says that and does nothing else."""
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
