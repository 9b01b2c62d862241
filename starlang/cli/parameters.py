"""What commands take, declared without Typer.

Importing Typer takes longer than most commands do. A command line that is plain is read
by `starlang.cli.plain`; the others, and help, are Typer's (`starlang.cli.app`).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Parameter(NamedTuple):
    """An option, or an argument, which has no `flags`. `min` and `max` are for integers.

    `choices` are the words that a text may be, where the type does not say so: the function
    imports what defines them, which nobody waits for until help is asked for.
    """

    flags: tuple[str, ...]
    help: str
    metavar: str | None = None
    min: int | None = None
    max: int | None = None
    choices: Callable[[], Sequence[str]] | None = None


def option(
    *flags: str,
    help: str,  # noqa: A002 -- the same
    metavar: str | None = None,
    min: int | None = None,  # noqa: A002 -- the same
    max: int | None = None,  # noqa: A002 -- the same
    choices: Callable[[], Sequence[str]] | None = None,
) -> Parameter:
    """An option, for the annotation of a command's parameter."""
    return Parameter(flags, help, metavar, min, max, choices)


def argument(*, help: str, metavar: str | None = None) -> Parameter:  # noqa: A002 -- as above
    """An argument, for the annotation of a command's parameter."""
    return Parameter((), help, metavar)


class MisuseError(Exception):
    """The command line asks for what is not possible; `parameter` is the part that does."""

    def __init__(self, message: str, parameter: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.parameter = parameter
