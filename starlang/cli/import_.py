"""`starlang import`: the old JSON rules as rule files."""

from pathlib import Path
from typing import Annotated

from starlang.cli.exits import Exit
from starlang.cli.options import NoColorOption, QuietOption
from starlang.cli.output import put, say, tell
from starlang.cli.parameters import MisuseError, argument, option


def import_(  # noqa: PLR0913 -- the options of the command
    source: Annotated[Path, argument(metavar="STAR_RULES_JSON", help="The old rule file.")],
    *,
    output: Annotated[
        Path, option("--output", "-o", metavar="DIR", help="Where to write the rule files.")
    ],
    canon: Annotated[
        Path | None, option("--canon", metavar="FILE", help="The old star_canon.json.")
    ] = None,
    combine: Annotated[
        str, option("--combine", help="`sum` as the generator did, `max` as the suggester.")
    ] = "sum",
    force: Annotated[bool, option("--force", help="Replace rule files in DIR.")] = False,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Turn a star_rules.json into rule files, and say what was changed."""
    from starlang.rulesets.model import Combine
    from starlang.workspace.importing import import_file, write_files

    if combine not in {Combine.SUM, Combine.MAX}:
        raise MisuseError(f"{combine!r}: one of sum, max", "--combine")
    imported = import_file(source, canon, Combine(combine))
    say(imported.diagnostics, no_color=no_color)
    if any(diagnostic.is_error for diagnostic in imported.diagnostics):
        raise SystemExit(Exit.WRONG)
    if problems := write_files(output, imported.files, force=force):
        tell("\n".join(problems))
        raise SystemExit(Exit.WRONG)
    for name, _ in imported.files:
        put(f"{(output / name).as_posix()}\n")
    for note in imported.notes:
        tell(f"note: {note}", quiet=quiet)
