"""`starlang coverage`: which packages have a manifest, and which manifests have a package."""

from typing import Annotated, assert_never

from starlang.cli.options import (
    ConfigOption,
    FindingsFormat,
    ManifestsOption,
    NoColorOption,
    ProfileOption,
    QuietOption,
)
from starlang.cli.output import Exit, put_document, say, show
from starlang.cli.parameters import MisuseError, option
from starlang.cli.session import fail, open_session, write_findings


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
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Say which packages have a manifest, and which manifests have a package.

    Packages are directories with an `__init__.py` that git knows. Each is covered, missing,
    refused by a guard, or excluded.
    """
    from starlang.coverage.coverage import findings
    from starlang.errors import RefusedError
    from starlang.project.packages import changed_since, coverage_of

    if since is not None and format_ in {FindingsFormat.TEXT, FindingsFormat.JSON}:
        raise MisuseError("it narrows findings; choose another --format, such as github", "--since")
    session = open_session(
        config=config, manifests=manifests, profile=profile, no_color=no_color, quiet=quiet
    )
    try:
        found = coverage_of(session.project)
        only = None if since is None else changed_since(session.project, since)
    except RefusedError as error:
        fail(error.diagnostics, no_color=no_color)
    match format_:
        case FindingsFormat.TEXT:
            from starlang.report.coverage import coverage_view

            show(coverage_view(found, limit), no_color=no_color)
            shown = [*found.unused, *(each for each in findings(found) if each.is_error)]
            say([each for each in shown if not each.code.startswith("E6")], no_color=no_color)
        case FindingsFormat.JSON:
            from starlang.coverage.encoding import encode

            put_document(encode(found))
        case FindingsFormat.SARIF | FindingsFormat.GITHUB | FindingsFormat.JUNIT:
            write_findings(format_, [*findings(found, only)], session, command="coverage")
        case _:
            assert_never(format_)
    raise SystemExit(Exit.DONE if found.holds else Exit.DIFFERENT)
