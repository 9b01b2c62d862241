"""What the steps of a run share: the project they work on, and how a refusal is told."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlang.cli.exits import Exit
from starlang.cli.output import say, tell

if TYPE_CHECKING:
    from starlang.pipeline.ground import Run


@contextmanager
def step(config: Path | None, *, no_color: bool, unsafe: Exit = Exit.UNSAFE) -> "Iterator[Run]":
    """The run that a command works on. What a step refuses is printed, and its code returned.

    `unsafe` is the code where a safety limit forbids to go on.
    """
    from starlang.cli.session import fail, open_session
    from starlang.errors import GateClosedError, InputError, RefusedError, UnsafeError
    from starlang.pipeline.ground import open_run
    from starlang.pipeline.surroundings import actual

    session = open_session(config=config, no_color=no_color)
    try:
        run = open_run(session.project, actual())
        with _interruptible(run):
            yield run
    except InputError as error:
        fail(error.diagnostics, no_color=no_color)
    except RefusedError as error:
        say(error.diagnostics, no_color=no_color)
        code = unsafe if isinstance(error, UnsafeError) else Exit.WRONG
        raise SystemExit(Exit.CLOSED if isinstance(error, GateClosedError) else code) from None


@contextmanager
def _interruptible(run: "Run") -> "Iterator[None]":
    """On ^C, says whether something has been left half-done."""
    from starlang.pipeline.transactions import unfinished

    try:
        yield
    except KeyboardInterrupt:
        if unfinished(run) is not None:
            tell("stopped in the middle of writing: run `starlang recover`, forward or --back")
        raise


def tell_left(
    run: "Run",
    left: Iterable[str],
    kept: Iterable[tuple[str, str]],
    *,
    no_color: bool,
) -> Exit:
    """Names what was left as somebody had edited it, and what was put aside."""
    from starlang.pipeline.stops import kept_aside, left_alone

    found = [left_alone(run, path) for path in left]
    say([*found, *(kept_aside(run, path, where) for path, where in kept)], no_color=no_color)
    return Exit.DIFFERENT if found else Exit.DONE
