"""`starlang canon check`: whether every copy of the canon agrees with the rules."""

from enum import StrEnum
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
from starlang.cli.output import put, put_document, say, tell
from starlang.cli.parameters import argument
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.diagnostics.model import Diagnostic


class Action(StrEnum):
    """What is done with the canon."""

    CHECK = "check"


def canon(  # noqa: PLR0913 -- the options of the command
    action: Annotated[Action, argument(metavar="check", help="What to do.")],  # noqa: ARG001 -- there is one so far
    files: Annotated[
        list[Path] | None,
        argument(metavar="[FILES]...", help="JSON files that repeat the canon. [default: config]"),
    ] = None,
    *,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Compare every copy of the canon with the stars of the rules, and name each difference.

    Copies are the old rule file, its canon, and JSON Schemas that list the labels.
    """
    from starlang.cli.session import fail, open_session
    from starlang.comparison.canon import check_canon
    from starlang.diagnostics.formats import json_document
    from starlang.text import shown
    from starlang.workspace.canons import canon_files

    session = open_session(
        config=config, rules=rules, profile=profile, no_color=no_color, quiet=quiet
    )
    read, problems = canon_files(session.project, files or [])
    if problems:
        fail(tuple(problems), no_color=no_color)
    if not read:
        fail((_nothing(),), no_color=no_color)
    found = check_canon(session.rules, read, session.project.profile)
    if format_ is Format.JSON:
        put_document(json_document(found.differences))
    else:
        for name, number in found.copies:
            put(shown(f"{number:>4}  {name}") + "\n")
        if not quiet:
            say(found.differences, no_color=no_color)
        number = len(found.copies)
        copies = counted(number, "copy", "copies")
        tell(f"{copies}: {counted(len(found.differences), 'difference')}", quiet=quiet)
    raise SystemExit(Exit.DIFFERENT if found.differences else Exit.DONE)


def _nothing() -> "Diagnostic":
    from starlang.diagnostics.model import Diagnostic

    return Diagnostic(
        code="E875",
        message="no file is named that could repeat the canon, so nothing was compared",
        hint="name files, or list them in the config: `copies` under `[canon]`, or a `schema`",
    )
