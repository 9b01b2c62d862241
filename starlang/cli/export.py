"""`starlang export`: the rules as the old JSON."""

from pathlib import Path
from typing import Annotated

from starlang.cli.exits import Exit
from starlang.cli.options import (
    ConfigOption,
    NoColorOption,
    ProfileOption,
    QuietOption,
    RulesOption,
)
from starlang.cli.output import put_document, say, tell
from starlang.cli.parameters import option
from starlang.text import counted


def export(  # noqa: PLR0913 -- the options of the command
    *,
    output: Annotated[
        Path | None,
        option("--output", "-o", metavar="FILE", help="Where to write. [default: stdout]"),
    ] = None,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Write the rules as a star_rules.json of the older tools.

    What was written is imported back and compared, so it decides alike, or nothing is
    written and each part that the old file cannot say is named.
    """
    from starlang.cli.session import fail, open_session
    from starlang.workspace.exporting import export_file
    from starlang.workspace.writing import write_text

    session = open_session(
        config=config, rules=rules, profile=profile, no_color=no_color, quiet=quiet
    )
    made = export_file(session.rules, session.project.profile)
    if not made.text:
        fail(made.diagnostics, no_color=no_color)
    if not quiet:
        say(made.diagnostics, no_color=no_color)
    if output is None:
        put_document(made.text)
        return
    problem = write_text(output, made.text)
    if problem is not None:
        tell(problem)
        raise SystemExit(Exit.WRONG)
    tell(f"{output}: {counted(len(session.rules.rules), 'rule')}", quiet=quiet)
