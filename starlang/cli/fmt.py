"""`starlang fmt`: the canonical layout of rule files."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starlang.cli.exits import Exit
from starlang.cli.options import ConfigOption, NoColorOption, QuietOption, RulesOption
from starlang.cli.output import put, put_document, say, tell

if TYPE_CHECKING:
    from starlang.workspace.formatting import Layouts

_PIPE = Path("-")


def fmt(  # noqa: PLR0913 -- the options of the command
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Rule files; `-` is a text from stdin, to stdout. [default: those of the project]"
        ),
    ] = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 3 if a file would change.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would change.")
    ] = False,
    config: ConfigOption = None,
    rules: RulesOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Lay out rule files in the one canonical way; comments stay where they are."""
