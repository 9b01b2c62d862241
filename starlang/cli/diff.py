"""`starlang diff`: what changed between two rule sets, and what that does to modules."""

from pathlib import Path
from typing import Annotated

from starlang.cli.exits import Exit
from starlang.cli.options import (
    ConfigOption,
    Format,
    FormatOption,
    ManifestsOption,
    NoColorOption,
    ProfileOption,
    QuietOption,
)
from starlang.cli.output import put_document, show, tell
from starlang.cli.parameters import argument, option


def diff(  # noqa: PLR0913 -- the options of the command
    old: Annotated[str, argument(metavar="OLD", help="A rule set: FILE or REVISION:FILE.")],
    new: Annotated[str, argument(metavar="NEW", help="The one to compare it with.")],
    *,
    reassess: Annotated[
        bool,
        option("--reassess", help="Decide every module as if it carried the default star."),
    ] = False,
    limit: Annotated[int, option("--limit", min=0, help="Modules to list a group; 0 for all.")] = 5,
    config: ConfigOption = None,
    manifests: ManifestsOption = None,
    profile: ProfileOption = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Say what changed between two rule sets, and which modules flip because of which change."""
    from starlang.cli.session import fail, open_session
    from starlang.comparison.changes import compare
    from starlang.comparison.encoding import Side
    from starlang.errors import UnreadyError
    from starlang.workspace.comparing import compare_modules
    from starlang.workspace.revisions import named, read_named

    session = open_session(
        config=config, manifests=manifests, profile=profile, no_color=no_color, quiet=quiet
    )
    sides = []
    for written in (old, new):
        try:
            read = read_named(named(written, Path.cwd()), session.project, Path.cwd())
        except UnreadyError as error:
            fail(error.diagnostics, no_color=no_color)
        if read.rules is None:
            fail(read.diagnostics, no_color=no_color)
        sides.append(Side(written, read.rules))
    before, after = sides
    found = compare(before.rules, after.rules)
    moved = None
    if found.changes:
        moved = compare_modules(session.project, before.rules, after.rules, reassess=reassess)
        if moved is None:
            tell("no manifests here: no modules are compared", quiet=quiet)
    if format_ is Format.JSON:
        from starlang.comparison.encoding import encode

        put_document(encode(before, after, found, moved, reassess=reassess))
    else:
        from starlang.reports.diff import diff_view

        show(diff_view(found, moved, limit), no_color=no_color)
    raise SystemExit(Exit.DIFFERENT if found.changes else Exit.DONE)
