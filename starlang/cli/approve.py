"""`starlang approve`: somebody's word that the plan may be applied."""

from typing import Annotated

from starlang.cli.options import ConfigOption, NoColorOption, QuietOption
from starlang.cli.output import tell
from starlang.cli.parameters import argument, option
from starlang.source.counted import counted


def approve(  # noqa: PLR0913 -- the options of the command
    *,
    digest: Annotated[
        str,
        argument(metavar="DIGEST", help="The plan's digest, or its first 8 digits or more."),
    ],
    by: Annotated[
        str | None,
        option("--by", metavar="NAME", help="Who approves. [default: git's user.email]"),
    ] = None,
    days: Annotated[
        int | None,
        option("--days", min=1, max=90, help="How long it holds. [default: 7]"),
    ] = None,
    sign: Annotated[
        str | None,
        option("--sign", metavar="KEY", help="Sign with this private SSH key."),
    ] = None,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Approve the plan of the canary report: once, here, and until a day.

    The digest stands at the end of the report. Whatever changes the plan voids the approval.
    """
    from starlang.cli.steps import step
    from starlang.pipeline.approval import FILE
    from starlang.pipeline.approving import approve as write_approval

    with step(config, no_color=no_color) as run:
        name = by or run.repository.author() or run.surroundings.user
        held = days or run.project.config.run.approval.days
        made = write_approval(run, digest, name, held, sign or "")
    edits = counted(int(made.scope.manifests), "manifest")
    tell(f"{made.by} approves changes of {edits}, until {made.expires}", quiet=quiet)
    if made.fingerprint:
        tell(f"signed with {made.fingerprint}", quiet=quiet)
    tell(f"written to {run.shown_audit(FILE)}", quiet=quiet)
    tell("next: starlang apply", quiet=quiet)
