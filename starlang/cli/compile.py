"""`starlang compile`: the canonical compiled rule set."""

from pathlib import Path
from typing import Annotated

import typer

from starlang.cli.exits import Exit
from starlang.cli.options import (
    ConfigOption,
    NoColorOption,
    ProfileOption,
    QuietOption,
    RulesOption,
)
from starlang.cli.output import count, put_document, tell


def compile_(  # noqa: PLR0913 -- the options of the command
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write. [default: stdout]"),
    ] = None,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Turn rule files into one compiled rule set (JSON) that needs no parser to be read."""
    from starlang.cli.session import open_session
    from starlang.rulesets.codec import dumps
    from starlang.rulesets.digests import semantic_digest
    from starlang.workspace.writing import write_text

    session = open_session(
        config=config, rules=rules, profile=profile, no_color=no_color, quiet=quiet
    )
    compiled = session.rules
    text = dumps(compiled)
    if output is None or str(output) == "-":
        put_document(text)
    elif (problem := write_text(output, text)) is not None:
        tell(problem)
        raise typer.Exit(Exit.WRONG)
    else:
        tell(
            f"{output}: {count(len(compiled.rules), 'rule')} for "
            f"{count(len(compiled.stars) - 1, 'star')}, {semantic_digest(compiled)}",
            quiet=quiet,
        )
