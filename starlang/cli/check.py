"""`starlang check`: every error and warning of the rule files."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from starlang.cli.exits import Exit
from starlang.cli.options import (
    ConfigOption,
    NoColorOption,
    ProfileOption,
    QuietOption,
    RulesOption,
)
from starlang.cli.output import can_draw, put, put_document, tell, wants_color
from starlang.cli.parameters import argument, option
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.cli.session import Session
    from starlang.diagnostics.model import Diagnostic


class CheckFormat(StrEnum):
    """What `check` writes to stdout."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


def check(  # noqa: PLR0913 -- the options of the command
    files: Annotated[
        list[Path] | None,
        argument(metavar="[FILES]...", help="Rule files. [default: those of the project]"),
    ] = None,
    *,
    fix: Annotated[
        bool,
        option("--fix", help="Remove what surely makes no difference, then check."),
    ] = False,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    format_: Annotated[
        CheckFormat, option("--format", help="How to write the findings.")
    ] = CheckFormat.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Find every error in rule files, and what is probably a mistake."""
    from starlang.cli.session import open_session
    from starlang.workspace.checking import check_files

    session = open_session(
        config=config, rules=rules, profile=profile, no_color=no_color, quiet=quiet
    )
    if fix:
        _fix(session, tuple(files or ()))
    report = check_files(session.project, tuple(files or ()))
    _put(report.diagnostics, session, format_, no_color=no_color)
    errors = sum(diagnostic.is_error for diagnostic in report.diagnostics)
    warnings = len(report.diagnostics) - errors
    tell(f"{counted(report.files, 'file')}: {_found(errors, warnings)}", quiet=quiet)
    raise SystemExit(Exit.WRONG if errors else Exit.DONE)


def _fix(session: "Session", files: tuple[Path, ...]) -> None:
    """Fixes what can be, and says how much that was."""
    from starlang.workspace.fixing import fix_files

    fixed = fix_files(session.project, files)
    for problem in fixed.problems:
        tell(problem)
    if fixed.problems:
        raise SystemExit(Exit.WRONG)
    where = f" in {', '.join(fixed.files)}" if fixed.files else ""
    tell(f"fixed {counted(fixed.count, 'finding')}{where}", quiet=session.quiet)


def _put(
    found: tuple["Diagnostic", ...], session: "Session", format_: CheckFormat, *, no_color: bool
) -> None:
    from starlang.workspace.repository import repository_of

    match format_:
        case CheckFormat.TEXT:
            from starlang.diagnostics.terminal import render

            color, draws = wants_color(sys.stdout, no_color=no_color), can_draw(sys.stdout)
            for diagnostic in found:
                put(f"{render(diagnostic, color=color, unicode=draws)}\n\n")
        case CheckFormat.JSON:
            from starlang.diagnostics.formats import json_document

            put_document(json_document(found))
        case CheckFormat.SARIF:
            from starlang.diagnostics.formats import sarif_document

            put_document(sarif_document(found, repository_of(session.project)))
        case CheckFormat.GITHUB:
            from starlang.diagnostics.formats import github_commands

            put_document(github_commands(found, repository_of(session.project)))
        case CheckFormat.JUNIT:
            from starlang.diagnostics.junit import junit_document

            put_document(junit_document("starlang check", found, repository_of(session.project)))


def _found(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "nothing to complain about"
    return f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
