"""`starlang test`: the test blocks of the rule files."""

import re
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from starlang.cli.parameters import MisuseError, argument, option
from starlang.text import shown

if TYPE_CHECKING:
    from starlang.cli.session import Session
    from starlang.plans.trials import Trial
    from starlang.workspace.checking import Tested

_ALL = 100


def run(  # noqa: PLR0913 -- the options of the command
    files: Annotated[
        list[Path] | None,
        argument(
            metavar="[FILES]...",
            help="Rule files whose tests to run. [default: all of the project]",
        ),
    ] = None,
    *,
    named: Annotated[
        list[str] | None,
        option("-k", metavar="TEXT", help="Only tests in whose name TEXT occurs."),
    ] = None,
    coverage: Annotated[
        bool, option("--coverage", help="List the rules that fired in no test.")
    ] = False,
    fail_under: Annotated[
        str | None,
        option("--fail-under", metavar="PERCENT", help="Fail if fewer rules fired."),
    ] = None,
    junit: Annotated[
        Path | None,
        option("--junit", metavar="FILE", help="Write the results as JUnit XML to FILE too."),
    ] = None,
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

    wanted = _percent(fail_under)
    session = open_session(
        config=config, rules=rules, profile=profile, no_color=no_color, quiet=quiet
    )
    tested = run_tests(session.project, tuple(files or ()), tuple(named or ()))
    if tested.diagnostics:
        fail(tested.diagnostics, no_color=no_color)
    if junit is not None:
        _write_junit(tested.trials, session, junit)
    if format_ is Format.JSON:
        from starlang.plans.rule_coverage import coverage_json
        from starlang.plans.trials import encode

        put_document(encode(tested.trials, coverage_json(tested.coverage)))
    else:
        _put(tested, coverage=coverage, color=wants_color(sys.stdout, no_color=no_color))
    passed = _told(tested, is_named=bool(named), quiet=quiet)
    is_under = wanted is not None and tested.coverage.share * 100 < wanted
    if coverage or wanted is not None:
        tell(tested.coverage.words, quiet=quiet and not is_under)
    if is_under:
        tell(f"that is less than the {fail_under}% that were asked for")
    raise SystemExit(Exit.DONE if passed and not is_under else Exit.WRONG)


def _put(tested: "Tested", *, coverage: bool, color: bool) -> None:
    for trial in tested.trials:
        if not trial.passed:
            put(_failure(trial, color=color))
    for name, at in tested.coverage.never if coverage else ():
        put(shown(f"never fired: {name}  {at}") + "\n")


def _told(tested: "Tested", *, is_named: bool, quiet: bool) -> bool:
    """Says how many passed; whether all did, and there were any."""
    failed = sum(not trial.passed for trial in tested.trials)
    if tested.trials:
        tell(f"{len(tested.trials) - failed:,} passed, {failed:,} failed", quiet=quiet)
    elif is_named:
        tell("no test has such a name")
    else:
        tell("no tests found: a rule file without tests proves nothing")
    return bool(tested.trials) and not failed


def _percent(written: str | None) -> Fraction | None:
    """The share that was asked for, exactly as it was written."""
    if written is None:
        return None
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", written) or Fraction(written) > _ALL:
        raise MisuseError(f"{written!r} is no percentage", "--fail-under")
    return Fraction(written)


def _write_junit(trials: "tuple[Trial, ...]", session: "Session", path: Path) -> None:
    from starlang.reports.tests import junit
    from starlang.workspace.repository import repository_of
    from starlang.workspace.writing import write_text

    problem = write_text(path, junit(trials, repository_of(session.project)))
    if problem is not None:
        tell(problem)
        raise SystemExit(Exit.WRONG)


def _failure(trial: "Trial", *, color: bool) -> str:
    from starlang.explain.text import plain, render
    from starlang.reports.colours import paint as in_colour

    paint = in_colour if color else plain
    head = paint("against", "FAILED")
    return (
        f"{head} {shown(trial.case.name)}  {shown(trial.case.at)}\n"
        f"  expected {trial.expected}\n"
        f"  found    {trial.found}\n"
        f"{render(trial.explanation, paint=paint)}\n\n"
    )
