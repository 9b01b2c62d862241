"""`starlang backup`: the manifests as they are, put aside."""

from starlang.cli.options import ConfigOption, NoColorOption, QuietOption
from starlang.cli.output import tell
from starlang.text import counted


def backup(
    *, config: ConfigOption = None, quiet: QuietOption = False, no_color: NoColorOption = False
) -> None:
    """Copy every manifest, verify the copies, and put a git work tree of HEAD beside it all.

    Nothing is written while a path breaks a guard; every violation is listed.
    """
    from starlang.cli.steps import step
    from starlang.pipeline.backup import backup as back_up
    from starlang.pipeline.ground import BACKUPS

    with step(config, no_color=no_color) as run:
        made = back_up(run)
    manifests = counted(made.count, "manifest")
    tell(f"copied and verified {manifests}: {BACKUPS}/{made.directory}", quiet=quiet)
    how = "is there already" if made.worktree.exists else "added"
    tell(
        f"work tree of {made.worktree.commit[:12]} {how}: ../{made.worktree.path.name}", quiet=quiet
    )
    tell("next: starlang canary", quiet=quiet)
