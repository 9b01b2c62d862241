"""What the steps of a run share: the project they work on, and how a refusal is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from starlang.cli.exits import Exit
from starlang.cli.output import say

if TYPE_CHECKING:
    from starlang.pipeline.ground import Run


@contextmanager
def step(config: Path | None, *, no_color: bool) -> "Iterator[Run]":
    """The run that a command works on. What a step refuses is printed, and its code returned."""
    from starlang.cli.session import fail, open_session
    from starlang.errors import GateClosedError, InputError, RefusedError, UnsafeError
    from starlang.pipeline.ground import open_run
    from starlang.pipeline.surroundings import actual

    session = open_session(config=config, no_color=no_color)
    try:
        yield open_run(session.project, actual())
    except InputError as error:
        fail(error.diagnostics, no_color=no_color)
    except RefusedError as error:
        say(error.diagnostics, no_color=no_color)
        code = Exit.UNSAFE if isinstance(error, UnsafeError) else Exit.WRONG
        raise typer.Exit(Exit.CLOSED if isinstance(error, GateClosedError) else code) from None
