"""What the steps of a run share: their project, how a refusal is told, and progress."""

import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlang.cli.output import MENDED, Exit, say, tell
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.diagnostics.model import Diagnostic
    from starlang.project.project import Project
    from starlang.run.checks import Check
    from starlang.run.ground import Run
    from starlang.transaction.journal import Phase, Progress, Progressed

_THOUSAND = 1000
_COMMAND = re.compile(r"\bstarlang ([a-z]+)\b(?! --config)")


def repeat_config(text: str, config: Path | None) -> str:
    """`text` with the `config` that the user has given in each command that it names.

    Whoever follows a message would otherwise go on with the run of another config.
    """
    if config is None:
        return text
    from starlang.cli.commands import COMMANDS, function_of

    def repeated(found: re.Match[str]) -> str:
        name = found[1]
        takes_one = name in COMMANDS and "config" in (function_of(name).__kwdefaults__ or {})
        return f"{found[0]} --config {shlex.quote(str(config))}" if takes_one else found[0]

    return _COMMAND.sub(repeated, text)


def say_drafts(drafts: int, doubts: int, config: Path | None, *, quiet: bool) -> None:
    """Says how many manifests are to be made, and where to see them."""
    words = counted(drafts, "manifest is to be made", "manifests are to be made")
    where = "; `starlang coverage` lists its package" if drafts == 1 else ""
    where = "; `starlang coverage` lists their packages" if drafts > 1 else where
    told = f"; {counted(doubts, 'warning')} by `starlang generate`" if doubts else ""
    tell(repeat_config(f"{words}{where}{told}", config), quiet=quiet)


def tell_next(command: str, config: Path | None, *, quiet: bool) -> None:
    """Says which command comes next."""
    tell(repeat_config(f"next: {command}", config), quiet=quiet)


@contextmanager
def step(  # noqa: PLR0913 -- what the steps of a run differ in
    config: Path | None,
    *,
    no_color: bool,
    limit: int = 0,
    unsafe: Exit = Exit.UNSAFE,
    only_looks: bool = False,
    format_: str = "text",
    command: str = "",
) -> "Iterator[Run]":
    """The run that a command works on. What a step refuses is printed, and its code returned.

    `limit` findings with one code are listed, 0 for all. `unsafe` is the code where a safety limit
    forbids to go on. A command that `only_looks` works on any platform. What a `command` refuses
    is written in its `format_` as well, where that is one for findings.
    """
    from starlang.cli.session import open_session
    from starlang.errors import GateClosedError, InputError, RefusedError, UnsafeError
    from starlang.run.ground import actual, open_run

    session = open_session(
        config=config,
        no_color=no_color,
        format_=format_,
        command=command,
        limit=limit and MENDED,
    )
    try:
        run = open_run(session.project, actual(), only_looks=only_looks)
        with _interruptible(run, config):
            yield run
    except InputError as error:
        session.fail(tuple(_with_config(error.diagnostics, config)))
    except RefusedError as error:
        from starlang.run.checks import FailedChecksError

        checks = error.checks if isinstance(error, FailedChecksError) else ()
        project, found = session.project, error.diagnostics
        session.put_document_of(tuple(_with_config(found, config)))
        say_why(project, found, checks, config, limit=limit, no_color=no_color)
        code = unsafe if isinstance(error, UnsafeError) else Exit.WRONG
        raise SystemExit(Exit.CLOSED if isinstance(error, GateClosedError) else code) from None


def _with_config(found: "Iterable[Diagnostic]", config: Path | None) -> "Iterator[Diagnostic]":
    """The findings, with the `config` in the commands of their hints."""
    from attrs import evolve

    for each in found:
        yield evolve(each, hint=repeat_config(each.hint, config)) if each.hint else each


def say_folded(
    found: "Iterable[Diagnostic]", config: Path | None, *, limit: int, no_color: bool
) -> None:
    """Prints findings: of each code the first `limit`, 0 for all, and how many more there are."""
    from starlang.diagnostics.model import by_code

    for number, same in enumerate(by_code(found, limit)):
        if number:
            tell("")
        say(_with_config(same.first, config), no_color=no_color, limit=0)
        if same.left:
            more = counted(same.left, "more finding")
            tell(f"\nand {more} with {same.code}; --limit 0 lists all")


def say_why(  # noqa: PLR0913 -- what was found, and how to print it
    project: "Project",
    found: "Sequence[Diagnostic]",
    checks: "Sequence[Check]",
    config: Path | None,
    *,
    limit: int,
    no_color: bool,
) -> None:
    """Prints why a step goes no further: what was found, and at the end what failed, in short."""
    from starlang.run.checks import what_failed

    say_folded(found, config, limit=limit, no_color=no_color)
    _advise_entries(project, found, config)
    lines = [*what_failed(found, checks)]
    if lines and (checks or len(lines) < len(found)):
        text = "\n".join(["\nwhat failed, and the way out:", *lines])
        tell(repeat_config(text, config))


def _advise_entries(
    project: "Project", findings: "Sequence[Diagnostic]", config: Path | None
) -> None:
    """Says what to write into the config to go on with findings that may stay as they are."""
    from starlang.manifests.waivers import entries_of, folded
    from starlang.project.config import FILE
    from starlang.project.files import display

    root = display(project.config.manifests, project.root)
    entries = folded(entries_of(findings, root, project.profile.file_names))
    if not entries:
        return
    file = project.config.file or FILE.as_posix()
    tell(f"\nto go on with what is known, put into {file}, each with your reason:\n")
    for each in entries:
        what = f"# {counted(each.count, 'finding')}" if each.count > 1 else ""
        tell("\n".join(filter(None, (what, *each.lines("")))) + "\n")
    tell_next("starlang pin", config, quiet=False)


@contextmanager
def _interruptible(run: "Run", config: Path | None) -> "Iterator[None]":
    """On ^C, says whether something has been left half-done."""
    from starlang.run.transactions import unfinished

    try:
        yield
    except KeyboardInterrupt:
        if unfinished(run) is not None:
            words = "stopped in the middle of writing: run `starlang recover`, forward or --back"
            tell(repeat_config(words, config))
        else:
            tell("stopped before any manifest was written")
        raise


def tell_left(  # noqa: PLR0913 -- what was left, and how to print it
    run: "Run",
    name: str,
    left: Iterable[str],
    kept: Iterable[tuple[str, str]],
    config: Path | None,
    *,
    limit: int,
    no_color: bool,
) -> Exit:
    """Names what was left of the run `name` as somebody had edited it, and what was put aside."""
    from starlang.run.stops import kept_aside, left_alone

    found = [left_alone(run, path, name) for path in left]
    aside = (kept_aside(run, path, where) for path, where in kept)
    say_folded([*found, *aside], config, limit=limit, no_color=no_color)
    return Exit.DIFFERENT if found else Exit.DONE


@contextmanager
def progress(*, quiet: bool) -> "Iterator[Progress]":
    """What a step reports to, while it is at work."""
    if quiet:
        yield _nothing
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        yield from _bar()
    else:
        yield _Lines()


def _nothing(_now: "Progressed") -> None:
    return


class _Lines:
    """A line at the start of each phase, for logs."""

    def __init__(self) -> None:
        self._phase: Phase | None = None

    def __call__(self, now: "Progressed") -> None:
        if now.phase is not self._phase:
            self._phase = now.phase
            size = f", {_bytes(now.size)}" if now.size else ""
            tell(f"{now.phase.value} {counted(now.count, 'manifest')}{size}")


def _bytes(size: int) -> str:
    """A number of bytes in the unit that gives it one to three digits before the point."""
    number, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB"):
        if number < _THOUSAND:
            break
        number, unit = number / _THOUSAND, larger
    return f"{size} bytes" if unit == "bytes" else f"{number:.1f} {unit}"


def _bar() -> "Iterator[Progress]":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[size]}"),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", size="")

        def report(now: "Progressed") -> None:
            size = f"{_bytes(now.done_size)} of {_bytes(now.size)}" if now.size else ""
            bars.update(
                task, description=now.phase.value, completed=now.done, total=now.count, size=size
            )

        yield report
