"""The program's entry: commands in three panels, and what becomes of errors."""

import errno
import gc
import os
import sys
from contextlib import suppress
from typing import Annotated, NoReturn

import typer

from starlang.cli.commands import Commands
from starlang.cli.exits import Exit
from starlang.cli.output import prepare, put, tell
from starlang.version import VERSION

app = typer.Typer(
    name="starlang",
    cls=Commands,
    help="Rules that say which star a module has: check them, test them, see what they do.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 -- the shape of a Typer callback
    if wanted:
        put(f"starlang {VERSION}\n")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None: ...


def run() -> NoReturn:
    """Runs the program and leaves with its exit code; bad input never ends in a traceback.

    It leaves at once: taking apart all modules and documents, only to give back memory that
    goes with the process, costs a seventh of a plan.
    """
    # A run is short and makes no circles of objects: collecting costs a tenth of its time.
    gc.disable()
    prepare()
    try:
        code = _run_command()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = _stop(Exit.INTERRUPTED)
    except BrokenPipeError:
        code = _stop(Exit.PIPE)
    except Exception as error:
        if os.environ.get("STARLANG_TRACEBACK"):
            raise
        code = _stop(*_failure(error))
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


def _run_command() -> int:
    """The exit code of the command. Typer hides ^C and a closed pipe in codes of its own."""
    try:
        app()
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):
            raise left.__context__ from None
        if left.code == Exit.INTERRUPTED:
            raise KeyboardInterrupt from None
        return left.code if isinstance(left.code, int) else Exit.BUG
    return Exit.DONE


def _failure(error: Exception) -> tuple[Exit, str]:
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        return Exit.WRONG, f"the output cannot be written: {error.strerror}"
    return Exit.BUG, (
        f"starlang has a bug: {type(error).__name__}: {error}\n"
        "Set STARLANG_TRACEBACK=1 and run again to see where it comes from; please report it "
        "with that output."
    )


_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def _stop(code: Exit, message: str = "") -> Exit:
    """Says `message` and drops what is still to be written, or leaving would try it again."""
    with suppress(OSError):
        tell(message, quiet=not message)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    return code
