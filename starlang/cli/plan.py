"""`starlang plan` and `starlang explain`: what becomes of every module, and why."""

import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

from starlang.cli.options import (
    DIFFERS,
    ConfigOption,
    FailOn,
    FailOnOption,
    FindingsFormat,
    Format,
    FormatOption,
    ManifestsOption,
    NoColorOption,
    ProfileOption,
    QuietOption,
    RulesOption,
    WithMissingOption,
    outcome_names,
)
from starlang.cli.output import (
    MENDED,
    Exit,
    begin_file,
    more,
    painting,
    put,
    put_bytes,
    put_document,
    put_lines,
    put_pieces,
    show,
    tell,
    text_width,
    write_data,
    write_file,
)
from starlang.cli.parameters import MisuseError, argument, option
from starlang.cli.session import (
    about,
    find_module,
    outcomes_named,
    refuse,
    refuse_globs,
    write_findings,
)
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.cli.session import Session
    from starlang.explain.model import Explanation
    from starlang.plan.model import Plan
    from starlang.tables.model import Table


class PlanFormat(StrEnum):
    """What `plan` writes to stdout."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    ARROW = "arrow"
    PARQUET = "parquet"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


class PlanTable(StrEnum):
    """The tables of a plan, as `starlang.tables.plan` defines them."""

    MODULES = "modules"
    EVIDENCE = "evidence"
    SCORES = "scores"
    DEFERRED = "deferred"
    EDITS = "edits"
    CEILINGS = "ceilings"


BINARY = (PlanFormat.ARROW, PlanFormat.PARQUET)
"""Formats that are no text."""


def plan(  # noqa: PLR0913 -- the options of the command
    *,
    output: Annotated[
        Path | None,
        option(
            "--output",
            "-o",
            metavar="FILE",
            help="Also write the plan to FILE as JSON; the table with --format arrow or parquet.",
        ),
    ] = None,
    table: Annotated[
        PlanTable,
        option(
            "--table", metavar="TABLE", help="Which table --format csv, arrow and parquet write."
        ),
    ] = PlanTable.MODULES,
    reassess: Annotated[
        bool,
        option("--reassess", help="Decide every module as if it carried the default star."),
    ] = False,
    detailed_exitcode: Annotated[
        bool,
        option("--detailed-exitcode", help="Exit with 3 if the plan would change a manifest."),
    ] = False,
    outcome: Annotated[
        list[str] | None,
        option(
            "--outcome",
            metavar="OUTCOME",
            choices=outcome_names,
            help="List only modules with this outcome, or `differs`: from what the rules say.",
        ),
    ] = None,
    under: Annotated[
        list[str] | None, option("--under", metavar="GLOB", help="List only modules under GLOB.")
    ] = None,
    star: Annotated[
        list[str] | None,
        option(
            "--star",
            metavar="STAR",
            help="List only modules that have this star, or score best for it.",
        ),
    ] = None,
    limit: Annotated[
        int,
        option(
            "--limit",
            metavar="N",
            min=0,
            help="Modules to list per group; 0 for all, and for all findings.",
        ),
    ] = 5,
    with_missing: WithMissingOption = False,
    config: ConfigOption = None,
    rules: RulesOption = None,
    manifests: ManifestsOption = None,
    profile: ProfileOption = None,
    format_: Annotated[
        PlanFormat, option("--format", metavar="FORMAT", help="How to write the plan.")
    ] = PlanFormat.TEXT,
    fail_on: FailOnOption = FailOn.ERROR,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Show what a run would do to every module, and why. Writes no manifest."""
    from starlang.cli.session import open_session

    _refuse_combination(output, table, format_)
    outcomes = outcomes_named(outcome or [])
    refuse_globs(under or [])
    begin_file(output)
    session = open_session(
        config=config,
        rules=rules,
        manifests=manifests,
        profile=profile,
        no_color=no_color,
        quiet=quiet,
        format_=format_,
        command="plan",
        limit=limit and MENDED,
    )
    keeps = about(session, under or [], star or [])
    made = session.plan(reassess=reassess, with_missing=with_missing)
    differs = DIFFERS in (outcome or ())
    if output is not None and format_ not in BINARY:
        _write_plan(made, output, quiet=quiet)
    match format_:
        case PlanFormat.JSON:
            from starlang.plan.encoding import pieces

            put_pieces(pieces(made, differing=differs))
        case PlanFormat.CSV | PlanFormat.ARROW | PlanFormat.PARQUET:
            rows = _table(made, table, [each for each in made if _is_chosen(each, outcome, keeps)])
            _write_table(rows, format_, output, quiet=quiet)
        case PlanFormat.SARIF | PlanFormat.GITHUB | PlanFormat.JUNIT:
            write_findings(
                FindingsFormat(format_.value),
                (*made.blocked, *made.broken, *made.warnings),
                session,
                command="plan",
                accepted=made.known,
            )
        case PlanFormat.TEXT:
            from starlang.report.plan import Shown, plan_view

            default = session.rules.default.id
            chosen = Shown(frozenset(outcomes), keeps, limit, differs=differs)
            show(plan_view(made, default, chosen), no_color=no_color)
        case _:
            assert_never(format_)
    raise SystemExit(_exit(made, session, fail_on, detailed=detailed_exitcode))


def _refuse_combination(output: Path | None, table: PlanTable, format_: PlanFormat) -> None:
    """A usage error for options that cannot be meant together, before anything is read."""
    if output is not None and str(output) == "-":
        raise MisuseError("it names a file; --format json prints the plan", "--output")
    if table is not PlanTable.MODULES and format_ not in {PlanFormat.CSV, *BINARY}:
        raise MisuseError("a table is written with --format csv, arrow or parquet", "--table")
    if format_ not in BINARY:
        _refuse_ending(output)
        return
    if output is None and sys.stdout.isatty():
        raise MisuseError("a terminal cannot show it; name a file with -o FILE", "--format")
    from starlang.errors import MissingPackageError
    from starlang.tables.arrow import arrow

    try:
        arrow()
    except MissingPackageError as error:
        raise MisuseError(str(error), "--format") from None


def _refuse_ending(output: Path | None) -> None:
    """A usage error for a file that is named differently from what it would hold: JSON."""
    ending = "" if output is None else output.suffix.removeprefix(".")
    if ending in list(BINARY):
        raise MisuseError(f"{output} would be written as JSON; add --format {ending}", "--output")
    if ending == PlanFormat.CSV:
        message = f"{output} would be written as JSON; --format csv writes to stdout"
        raise MisuseError(message, "--output")


def _is_chosen(
    each: "Explanation",
    outcomes: list[str] | None,
    keeps: "Callable[[Explanation], bool] | None" = None,
) -> bool:
    """Whether a module has one of `outcomes`, if there are any, and is kept."""
    has = not outcomes or each.outcome.value in outcomes or (DIFFERS in outcomes and each.differs)
    return has and (keeps is None or keeps(each))


def _table(made: "Plan", name: PlanTable, modules: "Sequence[Explanation]") -> "Table":
    """A table of the plan; those about modules list only `modules`."""
    from starlang.tables.model import TableOf
    from starlang.tables.plan import PLAN_TABLES, Listed

    return TableOf(PLAN_TABLES[name.value], Listed(made, tuple(modules)))


def _write_table(table: "Table", format_: PlanFormat, output: Path | None, *, quiet: bool) -> None:
    """CSV goes to stdout; the others to `output`, or as a stream to stdout."""
    if format_ is PlanFormat.CSV:
        from starlang.tables.model import to_csv

        put_document(to_csv(table))
        return
    from starlang.tables.arrow import FileFormat, file_bytes

    form = FileFormat(format_.value)
    if output is None:
        put_bytes(file_bytes(table, FileFormat.STREAM if form is FileFormat.ARROW else form))
        return
    data = file_bytes(table, form)
    write_data(output, data)
    tell(f"{output}: {len(data):,} bytes", quiet=quiet)


def _exit(made: "Plan", session: "Session", fail_on: FailOn, *, detailed: bool) -> Exit:
    if made.blocked:
        return Exit.UNSAFE
    if failed := session.exit_on((*made.broken, *made.warnings), fail_on):
        return failed
    return Exit.DIFFERENT if detailed and (made.edits or made.new) else Exit.DONE


def _write_plan(made: "Plan", output: Path, *, quiet: bool) -> None:
    from starlang.plan.encoding import encode

    write_file(output, encode(made))
    tell(f"{output}: {counted(len(made.edits), 'edit')}", quiet=quiet)


def explain(  # noqa: PLR0913 -- the options of the command
    modules: Annotated[
        list[str] | None,
        argument(metavar="[MODULES]...", help="Paths of modules, or of their manifests."),
    ] = None,
    *,
    why_not: Annotated[
        str | None,
        option(
            "--why-not",
            metavar="STAR",
            help="Say what is missing for STAR, and the smallest changes that would promote to it.",
        ),
    ] = None,
    outcome: Annotated[
        list[str] | None,
        option(
            "--outcome",
            metavar="OUTCOME",
            choices=outcome_names,
            help="Explain modules with this outcome, or `differs`: from what the rules say.",
        ),
    ] = None,
    under: Annotated[
        list[str] | None, option("--under", metavar="GLOB", help="Explain the modules under GLOB.")
    ] = None,
    reassess: Annotated[
        bool, option("--reassess", help="Decide as if the module carried the default star.")
    ] = False,
    limit: Annotated[
        int,
        option(
            "--limit",
            metavar="N",
            min=0,
            help="Modules to explain as text; 0 for all, and for all that is counted in them.",
        ),
    ] = MENDED,
    config: ConfigOption = None,
    rules: RulesOption = None,
    manifests: ManifestsOption = None,
    profile: ProfileOption = None,
    format_: FormatOption = Format.TEXT,
    no_color: NoColorOption = False,
) -> None:
    """Explain why a module gets its star, why it gets none, or why it does not get another."""
    from starlang.cli.session import open_session

    outcomes_named(outcome or [])
    refuse_globs(under or [])
    if not modules and not outcome and not under:
        raise MisuseError("name a module, or --under GLOB, or --outcome")
    session = open_session(
        config=config,
        rules=rules,
        manifests=manifests,
        profile=profile,
        no_color=no_color,
        quiet=True,
        format_=format_,
        command="explain",
        limit=limit,
    )
    star = None if why_not is None else _star(session, why_not)
    made = session.plan(reassess=reassess)
    found = [find_module(session, made, each, no_color=no_color) for each in modules or []]
    known = [each for each in found if each is not None]
    chosen = _chosen(known if modules else list(made), outcome or [], under or [])
    if not chosen and len(known) == len(found):
        tell("no module is chosen: none has such an outcome, or is there")
    if star is not None:
        is_set = len(found) != 1 or bool(outcome or under)
        _answer(chosen, star, limit, is_set=is_set, format_=format_, no_color=no_color)
    else:
        _explain(chosen, limit, format_=format_, no_color=no_color)
    is_wrong = len(known) < len(found) or not chosen
    raise SystemExit(Exit.WRONG if is_wrong else Exit.DONE)


def _explain(chosen: list["Explanation"], limit: int, *, format_: Format, no_color: bool) -> None:
    match format_:
        case Format.JSON:
            from starlang.explain.encoding import encode

            put_document(encode(chosen))
        case Format.TEXT:
            from starlang.explain.words import render

            paint, width = painting(no_color=no_color), text_width(sys.stdout)
            first = chosen[: limit or None]
            put("\n\n".join(render(each, width=width, paint=paint) for each in first))
            put("\n" if chosen else "")
            left = more(chosen, limit)
            put_lines(["", *left] if left else [])
        case _:
            assert_never(format_)


def _answer(  # noqa: PLR0913 -- what was asked, and how to print it
    chosen: list["Explanation"],
    star: str,
    limit: int,
    *,
    is_set: bool,
    format_: Format,
    no_color: bool,
) -> None:
    """What keeps `star` from the chosen modules: of one in full, of several by cause."""
    from starlang.why_not.ask import Asker, grouped
    from starlang.why_not.encoding import encode
    from starlang.why_not.words import render, render_groups

    asker = Asker(chosen[0].grounds) if chosen else None
    groups = grouped(asker, chosen, star) if is_set and asker else ()
    answers = [] if is_set or asker is None else [asker.why_not(each, star) for each in chosen]
    match format_:
        case Format.JSON:
            put_document(encode(star, answers, groups))
        case Format.TEXT:
            paint, width = painting(no_color=no_color), text_width(sys.stdout)
            whole = not limit
            texts = [render(each, width=width, paint=paint, whole=whole) for each in answers]
            if groups:
                texts.append(render_groups(groups, star, width=width, paint=paint, whole=whole))
            put("".join(f"{text}\n" for text in texts))
        case _:
            assert_never(format_)


def _star(session: "Session", name: str) -> str:
    """The id of the star called `name`: an id, a label or an alias."""
    from starlang.engine.decisions import StarLabels

    star = StarLabels(session.rules).star(name)
    if star is None:
        refuse("--why-not", name, [each.id for each in session.rules.stars])
    return star


def _chosen(
    known: list["Explanation"], outcomes: list[str], globs: list[str]
) -> list["Explanation"]:
    from starlang.matching.globs import covers

    return [
        each
        for each in known
        if _is_chosen(each, outcomes)
        and (not globs or any(covers(glob, each.path) for glob in globs))
    ]
