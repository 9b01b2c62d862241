"""`starlang test`: the test blocks of the rule files."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from starlang.cli.output import put, put_document, tell, wants_color

if TYPE_CHECKING:
    from starlang.plans.trials import Trial


def run(  # noqa: PLR0913 -- the options of the command
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Rule files whose tests to run. [default: all of the project]"),
    ] = None,
    *,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Run the tests in rule files; what fails is explained."""
    from starlang.cli.session import fail, open_session
    from starlang.workspace.checking import run_tests

    session = open_session(
        config=config, rules=rules, profile=profile, no_color=no_color, quiet=quiet
    )
    tested = run_tests(session.project, tuple(files or ()))
    if tested.diagnostics:
        fail(tested.diagnostics, no_color=no_color)
    trials = tested.trials
    if format_ is Format.JSON:
        from starlang.plans.trials import encode

        put_document(encode(trials))
    else:
        for trial in trials:
            if not trial.passed:
                put(_failure(trial, color=wants_color(sys.stdout, no_color=no_color)))
    failed = sum(not trial.passed for trial in trials)
    if not trials:
        tell("no tests found: a rule file without tests proves nothing")
    else:
        tell(f"{len(trials) - failed:,} passed, {failed:,} failed", quiet=quiet)
    raise typer.Exit(Exit.WRONG if failed or not trials else Exit.DONE)


def _failure(trial: "Trial", *, color: bool) -> str:
    from starlang.explain.text import plain, render
    from starlang.reports.colours import paint as in_colour
    from starlang.source.shown import shown

    paint = in_colour if color else plain
    head = paint("against", "FAILED")
    return (
        f"{head} {shown(trial.case.name)}  {shown(trial.case.at)}\n"
        f"  expected {trial.expected}\n"
        f"  found    {trial.found}\n"
        f"{render(trial.explanation, paint=paint)}\n\n"
    )
