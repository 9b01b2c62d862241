"""`starlang fmt`: the canonical layout of rule files."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from starlang.cli.exits import Exit
from starlang.cli.options import ConfigOption, NoColorOption, QuietOption, RulesOption
from starlang.cli.output import put, put_document, say, tell, wants_color
from starlang.cli.parameters import MisuseError, argument, option
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.workspace.formatting import Layout, Layouts

_PIPE = Path("-")


def fmt(  # noqa: PLR0913 -- the options of the command
    files: Annotated[
        list[Path] | None,
        argument(
            metavar="[FILES]...",
            help="Rule files, or `-` for stdin to stdout; without any, those of the project.",
        ),
    ] = None,
    *,
    check: Annotated[
        bool, option("--check", help="Write nothing; exit with 3 if a file would change.")
    ] = False,
    diff: Annotated[bool, option("--diff", help="Write nothing; show what would change.")] = False,
    config: ConfigOption = None,
    rules: RulesOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Lay out rule files in their canonical form, in place; comments are kept."""
    piped = _PIPE in (files or ())
    if piped and files != [_PIPE]:
        raise MisuseError("`-` stands alone", "FILES")
    layouts = _layouts(files, config=config, rules=rules, no_color=no_color)
    say(layouts.diagnostics, no_color=no_color)
    differing = [file for file in layouts.files if file.differs]
    done = len(differing)
    if diff:
        _show(differing, color=wants_color(sys.stdout, no_color=no_color))
    elif piped and not check:
        for file in layouts.files:
            put_document(file.after)
    else:
        done = _list(differing, write=not check)
    if not piped:
        word = "would change" if check or diff else "changed"
        _sum_up(len(layouts.files), f"{done:,} {word}" if differing else "", quiet=quiet)
    wrong = bool(layouts.diagnostics) or done < len(differing)
    raise SystemExit(_code(wrong=wrong, different=check and bool(differing)))


def _layouts(
    files: list[Path] | None, *, config: Path | None, rules: Path | None, no_color: bool
) -> "Layouts":
    from starlang.cli.session import open_session
    from starlang.syntax.scanner import MAX_BYTES
    from starlang.workspace.formatting import format_files, format_piped, format_project

    if not files:
        session = open_session(config=config, rules=rules, no_color=no_color)
        return format_project(session.project)
    if files == [_PIPE]:
        return format_piped(sys.stdin.buffer.read(MAX_BYTES + 1))
    return format_files(files)


def _show(files: Sequence["Layout"], *, color: bool) -> None:
    """Writes a patch, which is for programs too: its bytes are those of the files."""
    from starlang.reports.colours import paint
    from starlang.reports.patch import patch

    kinds = {"+": "for", "-": "against"} if color else {}
    for file in files:
        for line in patch(file.name, file.before, file.after):
            text = line.removesuffix("\n")
            put_document(paint(kinds.get(line[0], ""), text) + line[len(text) :])
    sys.stdout.flush()


def _list(files: Sequence["Layout"], *, write: bool) -> int:
    """Names the files, with `write` those that could be written, and says how many these are."""
    from starlang.workspace.formatting import write_layout

    listed = 0
    for file in files:
        problem = write_layout(file) if write else None
        if problem is None:
            put(f"{file.name}\n")
            listed += 1
        else:
            tell(problem)
    return listed


def _sum_up(count: int, done: str, *, quiet: bool) -> None:
    files = counted(count, "file")
    tell(f"{files}: {done or 'nothing to change'}", quiet=quiet)


def _code(*, wrong: bool, different: bool) -> Exit:
    if wrong:
        return Exit.WRONG
    return Exit.DIFFERENT if different else Exit.DONE
