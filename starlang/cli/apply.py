"""`starlang apply`: the approved plan, written as one."""

from typing import Annotated

from starlang.cli.options import ConfigOption, NoColorOption, QuietOption
from starlang.cli.output import tell
from starlang.cli.parameters import option
from starlang.text import counted


def apply(
    *,
    dry_run: Annotated[
        bool, option("--dry-run", help="Look at every gate, and write nothing.")
    ] = False,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Write what the approved plan changes: all of it, or nothing.

    Only the values that the plan names change. What was written already stays; a manifest
    that somebody has edited stops everything before anything is written.
    """
    from starlang.cli.progress import progress
    from starlang.cli.steps import step
    from starlang.pipeline.applying import apply as write

    with step(config, no_color=no_color) as run, progress(quiet=quiet) as told:
        done = write(run, told, dry_run=dry_run)
    already = f"; {counted(done.already, 'manifest')} as planned already" if done.already else ""
    if dry_run and done.left:
        tell(
            f"every gate is open; {counted(done.left, 'manifest')} to be written{already}",
            quiet=quiet,
        )
    elif done.written:
        tell(f"wrote and verified {counted(done.written, 'manifest')}{already}", quiet=quiet)
    else:
        tell(f"nothing to write{already}", quiet=quiet)
    tell("next: starlang apply" if done.left else "next: starlang verify", quiet=quiet)
