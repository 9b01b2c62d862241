"""How far a step has come: a bar on a terminal, a line a phase elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlang.cli.output import tell
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.transaction.model import Phase, Progress


@contextmanager
def progress(*, quiet: bool) -> "Iterator[Progress]":
    """What a step reports to, while it is at work."""
    if quiet:
        yield _nothing
    elif sys.stderr.isatty():
        yield from _bar()
    else:
        yield _Lines()


def _nothing(_phase: "Phase", _done: int, _count: int) -> None:
    return


class _Lines:
    """A line at the start of each phase, for logs."""

    def __init__(self) -> None:
        self._phase: Phase | None = None

    def __call__(self, phase: "Phase", _done: int, count: int) -> None:
        if phase is not self._phase:
            self._phase = phase
            tell(f"{phase.value} {counted(count, 'manifest')}")


def _bar() -> "Iterator[Progress]":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("")

        def report(phase: "Phase", done: int, count: int) -> None:
            bars.update(task, description=phase.value, completed=done, total=count)

        yield report
