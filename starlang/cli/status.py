"""`starlang status`: how far the run has come."""

from starlang.cli.options import (
    ConfigOption,
    Format,
    FormatOption,
    NoColorOption,
    QuietOption,
)
from starlang.cli.output import painting, put, put_document, say, tell


def status(
    *,
    config: ConfigOption = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Say how far the run has come and which command is due. Writes nothing."""
    from starlang.cli.steps import step
    from starlang.pipeline.audit_files import document
    from starlang.pipeline.status import status as look
    from starlang.pipeline.status_json import status_json
    from starlang.source.shown import shown

    with step(config, no_color=no_color) as run:
        found = look(run)
    if format_ is Format.JSON:
        put_document(document(status_json(found)).decode())
        return
    paint = painting(no_color=no_color)
    for each in found.steps:
        state = each.state.value
        space = " " * (9 - len(state)) if each.words else ""
        put(f"{each.step:<9}{paint(state, state)}{space}{shown(each.words)}\n")
    if not quiet:
        for each in found.steps:
            if len(each.findings) > 1:
                say(each.findings, no_color=no_color)
        tell(f"next: {found.next}" if found.next else "nothing is due")
