"""`starlang plan`: the dry run."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from starlang.cli.exits import Exit
from starlang.cli.filters import about, outcomes_named, refuse_globs
from starlang.cli.options import (
    ConfigOption,
    ManifestsOption,
    NoColorOption,
    ProfileOption,
    QuietOption,
    RulesOption,
)
from starlang.cli.output import put_document, put_pieces, show, tell
from starlang.cli.parameters import MisuseError, option
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.cli.session import Session
    from starlang.diagnostics.model import Diagnostic
    from starlang.plans.model import Plan


class PlanFormat(StrEnum):
    """What `plan` writes to stdout."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    SARIF = "sarif"
    GITHUB = "github"


def plan(  # noqa: PLR0913 -- the options of the command
    *,
    output: Annotated[
        Path | None,
        option("--output", "-o", metavar="FILE", help="Write the plan as JSON to FILE too."),
    ] = None,
    reassess: Annotated[
        bool,
        option("--reassess", help="Decide every module as if it carried the default star."),
    ] = False,
    detailed_exitcode: Annotated[
        bool,
        option("--detailed-exitcode", help="Exit 3 if the plan would change a manifest."),
    ] = False,
    outcome: Annotated[
        list[str] | None, option("--outcome", help="List modules with this outcome only.")
    ] = None,
    under: Annotated[
        list[str] | None, option("--under", metavar="GLOB", help="List modules under GLOB.")
    ] = None,
    star: Annotated[
        list[str] | None, option("--star", help="List modules about this star only.")
    ] = None,
    limit: Annotated[int, option("--limit", min=0, help="Modules to list a group; 0 for all.")] = 5,
    config: ConfigOption = None,
    rules: RulesOption = None,
    manifests: ManifestsOption = None,
    profile: ProfileOption = None,
    format_: Annotated[
        PlanFormat, option("--format", help="How to write the plan.")
    ] = PlanFormat.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Show what a run would do to every module, and why. Writes no manifest."""
    from starlang.cli.session import open_session

    if output is not None and str(output) == "-":
        raise MisuseError("--format json prints the plan", "--output")
    outcomes = outcomes_named(outcome or [])
    refuse_globs(under or [])
    session = open_session(
        config=config,
        rules=rules,
        manifests=manifests,
        profile=profile,
        no_color=no_color,
        quiet=quiet,
    )
    if format_ in {PlanFormat.SARIF, PlanFormat.GITHUB} and session.rule_errors:
        # Whoever reads the findings of a run wants these too, which leave nothing to plan.
        _put_findings(session.rule_errors, (), session, format_)
        raise SystemExit(Exit.WRONG)
    keeps = about(session, under or [], star or [])
    made = session.plan(reassess=reassess)
    if output is not None:
        _write(made, output, quiet=quiet)
    match format_:
        case PlanFormat.JSON:
            from starlang.plans.encoding import pieces

            put_pieces(pieces(made))
        case PlanFormat.CSV:
            from starlang.plans.tables import to_csv

            put_document(to_csv(made))
        case PlanFormat.SARIF | PlanFormat.GITHUB:
            _put_findings((*made.blocked, *made.warnings), made.known, session, format_)
        case PlanFormat.TEXT:
            from starlang.reports.plan import Shown, plan_view

            default = session.rules.default.id
            chosen = Shown(frozenset(outcomes), keeps, limit)
            show(plan_view(made, default, chosen), no_color=no_color)
    raise SystemExit(_exit(made, detailed=detailed_exitcode))


def _put_findings(
    found: "tuple[Diagnostic, ...]",
    known: "tuple[Diagnostic, ...]",
    session: "Session",
    format_: PlanFormat,
) -> None:
    from starlang.workspace.repository import repository_of

    repository = repository_of(session.project)
    if format_ is PlanFormat.SARIF:
        from starlang.diagnostics.formats import sarif_document

        put_document(sarif_document(found, repository, known))
    else:
        from starlang.diagnostics.formats import github_commands

        put_document(github_commands(found, repository))


def _exit(made: "Plan", *, detailed: bool) -> Exit:
    if made.blocked:
        return Exit.UNSAFE
    return Exit.DIFFERENT if detailed and made.edits else Exit.DONE


def _write(made: "Plan", output: Path, *, quiet: bool) -> None:
    from starlang.plans.encoding import encode
    from starlang.workspace.writing import write_text

    problem = write_text(output, encode(made))
    if problem is not None:
        tell(problem)
        raise SystemExit(Exit.WRONG)
    tell(f"{output}: {counted(len(made.edits), 'edit')}", quiet=quiet)
