"""`starlang recover`: what was stopped in the middle, finished or undone."""

from typing import Annotated

from starlang.cli.options import ConfigOption, NoColorOption, QuietOption
from starlang.cli.output import tell
from starlang.cli.parameters import option
from starlang.text import counted


def recover(
    *,
    back: Annotated[
        bool, option("--back", help="Undo what was begun instead of finishing it.")
    ] = False,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Finish a step that was stopped in the middle of writing, or undo it.

    Afterwards every manifest is as the plan says, or every one is as it was.
    """
    from starlang.cli.progress import progress
    from starlang.cli.steps import step, tell_left
    from starlang.pipeline.applying import recover as finish

    with step(config, no_color=no_color) as run, progress(quiet=quiet) as told:
        outcome = finish(run, told, back=back)
    if outcome is None:
        tell("nothing was stopped in the middle", quiet=quiet)
        return
    manifests = counted(outcome.count, "manifest")
    tell(f"{'finished' if outcome.is_new else 'undone'}: {manifests}", quiet=quiet)
    raise SystemExit(tell_left(run, outcome.left, outcome.kept, no_color=no_color))
