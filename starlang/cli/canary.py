"""`starlang canary`: a sample of what the plan changes, and the report to decide from."""

from typing import Annotated

from starlang.cli.options import ConfigOption, NoColorOption, QuietOption
from starlang.cli.output import tell
from starlang.cli.parameters import option
from starlang.source.counted import counted


def canary(
    *,
    write: Annotated[
        bool, option("--write", help="Write the manifests of the canary, and no others.")
    ] = False,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Choose a sample of what the plan changes, check all of it, and report it for approval.

    The report shows every change with its explanation and its diff. Without --write no
    manifest is written.
    """
    from starlang.cli.progress import progress
    from starlang.cli.steps import step
    from starlang.pipeline.canary import canary as run_canary
    from starlang.pipeline.canary_report import PAGE

    with step(config, no_color=no_color) as run, progress(quiet=quiet) as told:
        made = run_canary(run, told, write=write)
    sample, head = made.reported.sample, made.reported.head
    changing = counted(len(made.reported.planned.rewritings), "manifest")
    tell(f"the plan changes {changing}; the canary is {len(sample.paths):,} of them", quiet=quiet)
    for group in sample.critical:
        if not group.size:
            tell(f"no module changes under the critical prefix {group.name}/", quiet=quiet)
    where = run.shown_audit(PAGE)
    tell(f"report: {where}" if made.is_new else f"the report is as it was: {where}", quiet=quiet)
    if made.written is not None:
        left = f"wrote {counted(made.written, 'manifest')} of the canary"
        tell(left if made.written else "the canary is written already", quiet=quiet)
    tell(f"next: read the report, then starlang approve {head.plan[7:23]}", quiet=quiet)
