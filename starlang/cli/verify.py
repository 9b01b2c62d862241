"""`starlang verify`: whether the manifests are what the run says."""

from starlang.cli.exits import Exit
from starlang.cli.options import (
    ConfigOption,
    Format,
    FormatOption,
    NoColorOption,
    QuietOption,
)
from starlang.cli.output import put, put_document, say, tell


def verify(
    *,
    config: ConfigOption = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Compare every manifest with backup, plan, schema, contracts and ceilings.

    All of it is counted from the files. Exits with 3 if anything does not hold.
    """
    from starlang.cli.steps import step
    from starlang.pipeline.audit_files import document
    from starlang.pipeline.verifying import FILE, verification_json
    from starlang.pipeline.verifying import verify as look
    from starlang.source.shown import shown

    with step(config, no_color=no_color, unsafe=Exit.DIFFERENT) as run:
        found = look(run)
    if format_ is Format.JSON:
        put_document(document(verification_json(found)).decode())
    else:
        width = max(len(each.name) for each in found.checks)
        for each in found.checks:
            known = f", {len(each.known):,} known findings" if each.known else ""
            line = f"{each.name:<{width}}  {each.verdict.value:<5}  {each.words}{known}"
            put(shown(line) + "\n")
        if not quiet:
            say(found.findings, no_color=no_color)
    if not found.is_complete:
        tell("the full run has not been applied: a module may carry either star", quiet=quiet)
    tell(f"written to {run.shown_audit(FILE)}", quiet=quiet)
    raise SystemExit(Exit.DONE if found.holds else Exit.DIFFERENT)
