"""What the steps of a run share: their project, how a refusal is told, and progress."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlang.cli.output import Exit, say, tell
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.diagnostics.model import Diagnostic
    from starlang.project.project import Project
    from starlang.run.checks import Check
    from starlang.run.ground import Run
    from starlang.transaction.journal import Phase, Progress, Progressed

_THOUSAND = 1000


@contextmanager
def step(
    config: Path | None,
    *,
    no_color: bool,
    limit: int = 0,
    unsafe: Exit = Exit.UNSAFE,
    only_looks: bool = False,
) -> "Iterator[Run]":
    """The run that a command works on. What a step refuses is printed, and its code returned.

    `limit` findings with one code are listed, 0 for all. `unsafe` is the code where a safety limit
    forbids to go on. A command that `only_looks` works on any platform.
    """
    from starlang.cli.session import fail, open_session
    from starlang.errors import GateClosedError, InputError, RefusedError, UnsafeError
    from starlang.run.ground import actual, open_run

    session = open_session(config=config, no_color=no_color)
    try:
        run = open_run(session.project, actual(), only_looks=only_looks)
        with _interruptible(run):
            yield run
    except InputError as error:
        fail(error.diagnostics, no_color=no_color)
    except RefusedError as error:
        from starlang.run.checks import FailedChecksError

        checks = error.checks if isinstance(error, FailedChecksError) else ()
        say_why(session.project, error.diagnostics, checks, limit=limit, no_color=no_color)
        code = unsafe if isinstance(error, UnsafeError) else Exit.WRONG
        raise SystemExit(Exit.CLOSED if isinstance(error, GateClosedError) else code) from None


def say_folded(found: "Iterable[Diagnostic]", *, limit: int, no_color: bool) -> None:
    """Prints findings: of each code the first `limit`, 0 for all, and how many more there are."""
    from starlang.diagnostics.model import by_code

    for number, same in enumerate(by_code(found, limit)):
        if number:
            tell("")
        say(same.first, no_color=no_color)
        if same.left:
            more = counted(same.left, "more finding")
            tell(f"\nand {more} with {same.code}; --limit 0 lists all")


def say_why(
    project: "Project",
    found: "Sequence[Diagnostic]",
    checks: "Sequence[Check]",
    *,
    limit: int,
    no_color: bool,
) -> None:
    """Prints why a step goes no further: what was found, and at the end what failed, in short."""
    from starlang.run.checks import what_failed

    say_folded(found, limit=limit, no_color=no_color)
    _advise_entries(project, found)
    lines = [*what_failed(found, checks)]
    if lines and (checks or len(lines) < len(found)):
        tell("\n".join(["\nwhat failed, and the way out:", *lines]))


def _advise_entries(project: "Project", findings: "Sequence[Diagnostic]") -> None:
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
    tell("next: starlang pin")


@contextmanager
def _interruptible(run: "Run") -> "Iterator[None]":
    """On ^C, says whether something has been left half-done."""
    from starlang.run.transactions import unfinished

    try:
        yield
    except KeyboardInterrupt:
        if unfinished(run) is not None:
            tell("stopped in the middle of writing: run `starlang recover`, forward or --back")
        else:
            tell("stopped before any manifest was written")
        raise


def tell_left(  # noqa: PLR0913 -- what was left, and how to print it
    run: "Run",
    name: str,
    left: Iterable[str],
    kept: Iterable[tuple[str, str]],
    *,
    limit: int,
    no_color: bool,
) -> Exit:
    """Names what was left of the run `name` as somebody had edited it, and what was put aside."""
    from starlang.run.stops import kept_aside, left_alone

    found = [left_alone(run, path, name) for path in left]
    aside = (kept_aside(run, path, where) for path, where in kept)
    say_folded([*found, *aside], limit=limit, no_color=no_color)
    return Exit.DIFFERENT if found else Exit.DONE


@contextmanager
def progress(*, quiet: bool) -> "Iterator[Progress]":
    """What a step reports to, while it is at work."""
    if quiet:
        yield _nothing
    elif sys.stderr.isatty():
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
