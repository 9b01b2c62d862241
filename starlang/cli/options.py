"""What commands take, declared without Typer, and the options that mean the same everywhere.

Importing Typer takes longer than most commands do. A command line that is plain is read
by `starlang.cli.plain`; the others, and help, are Typer's (`starlang.cli.app`).
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple


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


ConfigOption = Annotated[
    Path | None,
    option(
        "--config",
        metavar="FILE",
        help="The project's config. [default: configs/starlang.toml, searched upward]",
    ),
]
RulesOption = Annotated[
    Path | None,
    option("--rules", metavar="FILE", help="The root rule file, or a compiled rule set."),
]
RuleFilesArgument = Annotated[
    list[Path] | None,
    argument(metavar="[FILES]...", help="Rule files. [default: all of the rule set]"),
]
RuleFileArgument = Annotated[
    Path | None,
    argument(metavar="[FILE]", help="A file of the rule set. [default: that of the project]"),
]
ManifestsOption = Annotated[
    Path | None,
    option("--manifests", metavar="DIR", help="The directory that holds the manifests."),
]
ProfileOption = Annotated[
    str | None,
    option(
        "--profile", metavar="NAME|FILE", help="The manifest profile: a built-in name or a file."
    ),
]
QuietOption = Annotated[bool, option("--quiet", "-q", help="No messages, only data.")]
NoColorOption = Annotated[bool, option("--no-color", help="No colours.")]


class Format(StrEnum):
    """How commands write a result that people and programs read."""

    TEXT = "text"
    JSON = "json"


class FindingsFormat(StrEnum):
    """How commands write findings, which CI servers read as well."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


FormatOption = Annotated[
    Format, option("--format", metavar="FORMAT", help="How to write the result.")
]
FindingsFormatOption = Annotated[
    FindingsFormat, option("--format", metavar="FORMAT", help="How to write the findings.")
]


def outcome_names() -> list[str]:
    """The outcomes that a module can have."""
    from starlang.engine.decisions import Outcome

    return [outcome.value for outcome in Outcome]
