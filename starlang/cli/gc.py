"""`starlang gc`: what past runs have left behind."""

from typing import Annotated

from starlang.cli.options import ConfigOption, NoColorOption, QuietOption
from starlang.cli.output import put, tell
from starlang.cli.parameters import option


def gc(
    *,
    keep: Annotated[
        int, option("--keep", min=1, metavar="N", help="How many of the newest runs to keep.")
    ] = 3,
    write: Annotated[bool, option("--write", help="Remove them; else they are listed.")] = False,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """List what past runs have left behind and nothing needs any more, or remove it.

    Kept are an unfinished run, the last one that is written, and every backup that a run
    which is kept would be rolled back from.
    """
    from starlang.cli.steps import step
    from starlang.pipeline.cleaning import clean, leftovers
    from starlang.text import shown
    from starlang.workspace.tree import display

    with step(config, no_color=no_color) as run:
        found = clean(run, keep) if write else leftovers(run, keep)
    for each in found:
        place = display(each.path, run.root)
        put(shown(f"{each.what:<9}  {each.size:>13,} bytes  {place}") + "\n")
    if not found:
        tell("there is nothing to remove", quiet=quiet)
    elif write:
        tell(f"removed {len(found):,}", quiet=quiet)
    else:
        tell(f"{len(found):,} to remove: starlang gc --keep {keep} --write", quiet=quiet)
