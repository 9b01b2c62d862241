"""`starlang inspect`: a rule set held against the modules of the repository."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from starlang.cli.exits import Exit
from starlang.cli.options import (
    ConfigOption,
    ManifestsOption,
    NoColorOption,
    ProfileOption,
    QuietOption,
    RulesOption,
)
from starlang.cli.output import can_draw, put_document, say, show, tell
from starlang.cli.parameters import MisuseError, option
from starlang.text import counted


class InspectFormat(StrEnum):
    """What `inspect` writes."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def inspect(  # noqa: PLR0913 -- the options of the command
    *,
    output: Annotated[
        Path | None,
        option("--output", "-o", metavar="FILE", help="Write to FILE instead of stdout."),
    ] = None,
    limit: Annotated[int, option("--limit", min=0, help="Rows to list a table; 0 for all.")] = 10,
    config: ConfigOption = None,
    rules: RulesOption = None,
    manifests: ManifestsOption = None,
    profile: ProfileOption = None,
    format_: Annotated[
        InspectFormat, option("--format", help="How to write what was found.")
    ] = InspectFormat.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Hold the rules against all modules: what each rule does, what none does, what is fragile.

    Every module is decided as if it carried the default star, and compared with the star
    that it carries.
    """
    from starlang.cli.session import open_session
    from starlang.inspection.findings import findings
    from starlang.inspection.inspect import inspect as look

    if format_ is InspectFormat.TEXT and output is not None:
        raise MisuseError("text goes to the terminal", "--output")
    session = open_session(
        config=config,
        rules=rules,
        manifests=manifests,
        profile=profile,
        no_color=no_color,
        quiet=quiet,
    )
    found = look(session.rules, session.graph())
    if format_ is InspectFormat.TEXT:
        from starlang.reports.inspection import inspection_view

        show(inspection_view(found, limit, draws=can_draw(sys.stdout)), no_color=no_color)
        if not quiet:
            listed = list(findings(found))
            shown = listed[: limit or None]
            say(shown, no_color=no_color)
            if len(shown) < len(listed):
                more = counted(len(listed) - len(shown), "finding")
                tell(f"\nand {more} more; --limit 0 lists all", quiet=quiet)
        return
    if format_ is InspectFormat.JSON:
        from starlang.inspection.encoding import encode

        text = encode(found)
    else:
        from starlang.reports.inspection_page import page

        text = page(found)
    if output is None:
        put_document(text)
        return
    from starlang.workspace.writing import write_text

    problem = write_text(output, text)
    if problem is not None:
        tell(problem)
        raise SystemExit(Exit.WRONG)
    tell(f"{output}: {len(text.encode()):,} bytes", quiet=quiet)
