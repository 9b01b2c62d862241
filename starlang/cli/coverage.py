"""`starlang coverage`, `generate`: packages and manifests, and those that are missing."""

from typing import TYPE_CHECKING, Annotated, assert_never

from starlang.cli.options import (
    LISTED,
    ConfigOption,
    FailOn,
    FailOnOption,
    FindingsFormat,
    FindingsLimitOption,
    Format,
    FormatOption,
    ManifestsOption,
    NoColorOption,
    ProfileOption,
    QuietOption,
)
from starlang.cli.output import MENDED, Exit, painting, put_document, put_lines, say, tell
from starlang.cli.parameters import MisuseError, argument, option
from starlang.cli.session import open_session, write_findings
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.project.generating import Generated


def coverage(  # noqa: PLR0913 -- the options of the command
    *,
    since: Annotated[
        str | None,
        option(
            "--since",
            metavar="REVISION",
            help="Report only packages that have changed since HEAD left REVISION.",
        ),
    ] = None,
    limit: Annotated[
        int, option("--limit", metavar="N", min=0, help="Lines per list in the text; 0 for all.")
    ] = 10,
    config: ConfigOption = None,
    manifests: ManifestsOption = None,
    profile: ProfileOption = None,
    format_: Annotated[
        FindingsFormat, option("--format", metavar="FORMAT", help="How to write the result.")
    ] = FindingsFormat.TEXT,
    fail_on: FailOnOption = FailOn.ERROR,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Report which packages have a manifest, and which manifests have a package.

    Packages are directories with an `__init__.py` that git knows. Each is covered, missing,
    refused by a guard, or excluded.
    """
    from starlang.coverage.coverage import findings
    from starlang.errors import RefusedError
    from starlang.project.packages import changed_since, coverage_of

    if since is not None and format_ in {FindingsFormat.TEXT, FindingsFormat.JSON}:
        raise MisuseError("it narrows findings; choose another --format, such as github", "--since")
    session = open_session(
        config=config,
        manifests=manifests,
        profile=profile,
        no_color=no_color,
        quiet=quiet,
        format_=format_,
        command="coverage",
        limit=limit and MENDED,
    )
    try:
        found = coverage_of(session.project)
        only = None if since is None else changed_since(session.project, since)
    except RefusedError as error:
        session.fail(error.diagnostics)
    told = [*findings(found, only)]
    match format_:
        case FindingsFormat.TEXT:
            from starlang.report.coverage import coverage_lines

            put_lines(coverage_lines(found, limit, painting(no_color=no_color)))
            shown = [*found.unused, *(each for each in told if each.is_error)]
            say(
                [each for each in shown if not each.code.startswith("E6")],
                no_color=no_color,
                limit=limit,
            )
        case FindingsFormat.JSON:
            from starlang.coverage.encoding import encode

            put_document(encode(found))
        case FindingsFormat.SARIF | FindingsFormat.GITHUB | FindingsFormat.JUNIT:
            write_findings(format_, told, session, command="coverage")
        case _:
            assert_never(format_)
    if not found.holds:
        raise SystemExit(Exit.DIFFERENT)
    # Errors here are about packages that the shares count already.
    unlisted = () if only is None else found.unused
    warnings = [each for each in (*told, *unlisted) if not each.is_error]
    raise SystemExit(session.exit_on(warnings, fail_on))


def generate(  # noqa: PLR0913 -- the options of the command
    packages: Annotated[
        list[str] | None,
        argument(
            metavar="[PACKAGES]...",
            help="Paths of packages, whose manifests are shown in full; without one, all.",
        ),
    ] = None,
    *,
    write: Annotated[
        bool, option("--write", help="Write the manifests: all of them, or none.")
    ] = False,
    at: Annotated[
        str | None,
        option("--at", metavar="TIME", help="The time in new manifests. [default: that of HEAD]"),
    ] = None,
    limit: FindingsLimitOption = LISTED,
    config: ConfigOption = None,
    format_: FormatOption = Format.TEXT,
    fail_on: FailOnOption = FailOn.ERROR,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Make manifests for packages that have none, from their source and the rules.

    Source is parsed and never imported; what cannot be known is left out and reported. No
    manifest that exists is ever changed, and nothing is written without --write.
    """
    from starlang.cli.steps import progress, say_folded, step
    from starlang.errors import RefusedError
    from starlang.project.generating import generate as make
    from starlang.project.planning import read_schema

    session = open_session(
        config=config,
        no_color=no_color,
        quiet=quiet,
        format_=format_,
        command="generate",
        limit=limit and MENDED,
    )
    schema = read_schema(session.project)
    if isinstance(schema, tuple):
        session.fail(schema)
    only = frozenset(each.strip("/") for each in packages) if packages else None
    try:
        made = make(session.project, session.rules, schema, at=at, only=only)
    except RefusedError as error:
        session.fail(error.diagnostics)
    _show_generated(made, format_, whole=only is not None)
    if not quiet:
        say_folded([*made.errors, *made.problems], config, limit=limit, no_color=no_color)
    if not write:
        raise SystemExit(session.exit_on((*made.errors, *made.problems), fail_on))
    from starlang.run.create import create

    with (
        step(config, no_color=no_color, command="generate") as run,
        progress(quiet=quiet) as told,
    ):
        created = create(run, made, told)
    if not created.count:
        tell("nothing is to be made", quiet=quiet)
        return
    tell(f"made {counted(created.count, 'manifest')} in the run {created.name}", quiet=quiet)
    tell("to take it back: starlang rollback", quiet=quiet)


def _show_generated(made: "Generated", format_: Format, *, whole: bool) -> None:
    match format_:
        case Format.JSON:
            from starlang.generate.encoding import encode

            listed = ((each.file, each.text, each.facts) for each in made.manifests)
            put_document(encode(listed, (*made.errors, *made.problems)))
        case Format.TEXT if whole:
            for each in made.manifests:
                put_lines([each.file, *each.text.rstrip("\n").split("\n")])
        case Format.TEXT:
            from starlang.report.coverage import generated_lines

            put_lines(generated_lines(made))
        case _:
            assert_never(format_)
