"""`starlang accept`: whether everything holds that was asked of a run, criterion by criterion."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, assert_never

from starlang.accept.criterion import SHOWN
from starlang.cli.options import ConfigOption, NoColorOption, QuietOption
from starlang.cli.output import Exit, painting, put_document, put_lines, say, tell
from starlang.cli.parameters import option
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.accept.accept import Acceptance


class AcceptFormat(StrEnum):
    """How the criteria are written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"


def accept(
    *,
    limit: Annotated[
        int,
        option("--limit", metavar="N", min=0, help="Findings to list per criterion; 0 for all."),
    ] = SHOWN,
    config: ConfigOption = None,
    format_: Annotated[
        AcceptFormat, option("--format", metavar="FORMAT", help="How to write the criteria.")
    ] = AcceptFormat.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Answer every criterion of acceptance, each from the files as they are. Writes nothing.

    Each says what was compared, how much of it, where it was read, and what mends it. Exits with 0
    only if all hold, and with 3 if anything does not.
    """
    from starlang.accept.accept import accept as look
    from starlang.accept.accept import acceptance_json, acceptance_junit, acceptance_markdown
    from starlang.cli.steps import step
    from starlang.run.audit_files import document

    with step(config, limit=limit, no_color=no_color, format_=format_, command="accept") as run:
        found = look(run)
    match format_:
        case AcceptFormat.JSON:
            put_document(document(acceptance_json(found)).decode())
        case AcceptFormat.MARKDOWN:
            put_document(acceptance_markdown(found, limit))
        case AcceptFormat.JUNIT:
            put_document(acceptance_junit(found))
        case AcceptFormat.TEXT:
            _put_table(found, no_color=no_color)
        case _:
            assert_never(format_)
    if format_ is AcceptFormat.TEXT and not quiet:
        _say_why(found, limit, no_color=no_color)
    raise SystemExit(Exit.DONE if found.accepted else Exit.DIFFERENT)


def _put_table(found: "Acceptance", *, no_color: bool) -> None:
    paint = painting(no_color=no_color)
    width = max(len(each.criterion.name) for each in found.criteria)
    for each in found.criteria:
        result = each.result.value
        read = f" ({each.answer.read})" if each.answer.read else ""
        name = f"{each.criterion.number:>2}  {each.criterion.name:<{width}}"
        put_lines([f"{name}  {paint(result, f'{result:<5}')}  {each.answer.words}{read}"])


def _say_why(found: "Acceptance", limit: int, *, no_color: bool) -> None:
    """What fails, each with what mends it, and the whole last."""
    for each in found.failing:
        name = f"{each.criterion.number} {each.criterion.name}"
        tell(f"\n{name} fails; to mend it: {each.mends}\n")
        if not each.answer.findings:
            tell(f"nothing was compared: {each.answer.words}")
        say(each.shown(limit), no_color=no_color, limit=0)
        if each.more(limit):
            tell(each.more(limit))
    if found.reasons:
        tell("\nthe whole fails:\n")
        say(found.reasons, no_color=no_color, limit=limit)
    count = counted(len(found.failing), "criterion fails", "criteria fail")
    if found.accepted:
        tell("accepted")
    else:
        tell(f"\nnot accepted: {count}" if found.failing else "\nnot accepted")
