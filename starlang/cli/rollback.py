"""`starlang rollback`: every manifest as the run found it."""

from typing import Annotated

from starlang.cli.options import ConfigOption, NoColorOption, QuietOption
from starlang.cli.output import tell
from starlang.cli.parameters import option
from starlang.text import counted


def rollback(
    *,
    force: Annotated[
        bool,
        option(
            "--force", help="Put back manifests that were edited since, too; the edits are kept."
        ),
    ] = False,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Put every manifest back as the run found it: bytes, modes and times.

    A manifest that somebody has edited since is named and left as it is.
    """
    from starlang.cli.progress import progress
    from starlang.cli.steps import step, tell_left
    from starlang.pipeline.applying import rollback as undo

    with step(config, no_color=no_color) as run, progress(quiet=quiet) as told:
        done = undo(run, told, force=force)
    tell(
        f"put back and verified {counted(done.count, 'manifest')}, as in {done.backup}", quiet=quiet
    )
    raise SystemExit(tell_left(run, done.left, done.kept, no_color=no_color))
