"""`starlang pin`: the digests of everything that a run is made from."""

from starlang.cli.options import ConfigOption, NoColorOption, QuietOption
from starlang.cli.output import tell
from starlang.source.counted import counted


def pin(
    *, config: ConfigOption = None, quiet: QuietOption = False, no_color: NoColorOption = False
) -> None:
    """Record what the run is made from: rules, canon, exceptions, profile, schema, config.

    Each later step refuses to go on when one of them has changed, and names it.
    """
    from starlang.cli.steps import step
    from starlang.pipeline.pins import FILE
    from starlang.pipeline.pins import pin as write_pins

    with step(config, no_color=no_color) as run:
        pinned = write_pins(run)
    files = counted(len(pinned.pins.files), "file")
    if pinned.is_new:
        tell(f"pinned {files} in {run.shown_audit(FILE)}", quiet=quiet)
    else:
        tell(f"{files} are as they were pinned at {pinned.pins.pinned_at}", quiet=quiet)
    tell("next: starlang backup", quiet=quiet)
