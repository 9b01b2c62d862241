"""`starlang check`: every error and warning of the rule files."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from starlang.cli.exits import Exit
from starlang.cli.options import (
    ConfigOption,
    Format,
    FormatOption,
    NoColorOption,
    ProfileOption,
    QuietOption,
    RulesOption,
)
from starlang.cli.output import can_draw, count, put, put_document, tell, wants_color


def check(  # noqa: PLR0913 -- the options of the command
    files: Annotated[
        list[Path] | None, typer.Argument(help="Rule files. [default: those of the project]")
    ] = None,
    *,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Find every error in rule files, and what is probably a mistake."""
    from starlang.cli.session import open_session
    from starlang.workspace.checking import check_files

    session = open_session(
        config=config, rules=rules, profile=profile, no_color=no_color, quiet=quiet
    )
    report = check_files(session.project, tuple(files or ()))
    if format_ is Format.JSON:
        from starlang.diagnostics.json import dumps

        put_document(dumps(report.diagnostics))
    else:
        from starlang.diagnostics.text import render

        color, draws = wants_color(sys.stdout, no_color=no_color), can_draw(sys.stdout)
        for diagnostic in report.diagnostics:
            put(f"{render(diagnostic, color=color, unicode=draws)}\n\n")
    errors = sum(diagnostic.is_error for diagnostic in report.diagnostics)
    warnings = len(report.diagnostics) - errors
    tell(f"{count(report.files, 'file')}: {_found(errors, warnings)}", quiet=quiet)
    raise typer.Exit(Exit.WRONG if errors else Exit.DONE)


def _found(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "nothing to complain about"
    return f"{count(errors, 'error')}, {count(warnings, 'warning')}"
