"""The program's entry, and what becomes of errors."""

import gc

# A run is short and makes no circles of objects: collecting costs a tenth of its time.
gc.disable()

import errno
import os
import sys
from contextlib import suppress
from typing import NoReturn

from starlang.cli.output import Exit, prepare, tell
from starlang.cli.parameters import MisuseError
from starlang.cli.plain import plain_call


def run() -> NoReturn:
    """Runs the program and leaves with its exit code; bad input never ends in a traceback.

    It leaves at once: taking apart all modules and documents, only to give back memory that
    goes with the process, costs a seventh of a plan.
    """
    prepare()
    # Python started to parse sources would have the working directory on its import path.
    os.environ["PYTHONSAFEPATH"] = "1"
    os._exit(answer())


def answer() -> int:
    """Runs the command of `sys.argv` until all that it writes is written; its exit code."""
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
    return code


def _run_command() -> int:
    """The exit code of the command."""
    call = plain_call(sys.argv[1:])
    try:
        if call is None:
            return _run_typer(None)
        call()
    except MisuseError as misuse:
        return _run_typer(misuse)
    except SystemExit as left:
        return _code(left)
    return Exit.DONE


def _run_typer(misuse: MisuseError | None) -> int:
    """The same by Typer, which hides ^C and a closed pipe in codes of its own."""
    from starlang.cli.app import app_for

    try:
        app_for(misuse)()
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):
            raise left.__context__ from None
        if left.code == Exit.INTERRUPTED:
            raise KeyboardInterrupt from None
        return _code(left)
    return Exit.DONE


def _code(left: SystemExit) -> int:
    return left.code if isinstance(left.code, int) else Exit.BUG


def _failure(error: Exception) -> tuple[Exit, str]:
    if isinstance(error, OSError):
        if isinstance(error, FileNotFoundError) and error.filename is None and not _is_anywhere():
            return Exit.WRONG, "the working directory has been removed; change to another one"
        what = f"`{error.filename}`" if error.filename is not None else "the output"
        if error.errno in _UNWRITABLE:
            return Exit.WRONG, f"{what} cannot be written: {error.strerror}"
        # The machine refuses something that it was asked for: a name that is too long, a right.
        return Exit.WRONG, f"{what} cannot be used: {error.strerror or error}"
    return Exit.BUG, (
        f"starlang has a bug: {type(error).__name__}: {error}\n"
        "Set STARLANG_TRACEBACK=1 and run again to see where it comes from; please report it "
        "with that output."
    )


def _is_anywhere() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 -- as `Path.cwd`, which would be imported for it
    except OSError:
        return False
    return True


_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


def _stop(code: Exit, message: str = "") -> Exit:
    """Says `message` and drops what is still to be written, or leaving would try it again."""
    with suppress(OSError):
        tell(message, quiet=not message)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    return code
