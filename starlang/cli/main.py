"""The program's entry: commands in three panels, and what becomes of errors."""

import os
import sys
from typing import Annotated

import typer

from starlang.cli import check, codes, explain, import_, plan, test
from starlang.cli import compile as compile_
from starlang.cli.exits import Exit
from starlang.cli.output import prepare, tell
from starlang.version import VERSION

_AUTHOR, _INSPECT = "Author", "Inspect"

app = typer.Typer(
    name="starlang",
    help="Rules that say which star a module has: check them, test them, see what they do.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 -- the shape of a Typer callback
    if wanted:
        sys.stdout.write(f"starlang {VERSION}\n")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None: ...


app.command("check", rich_help_panel=_AUTHOR)(check.check)
app.command("test", rich_help_panel=_AUTHOR)(test.run)
app.command("compile", rich_help_panel=_AUTHOR)(compile_.compile_)
app.command("import", rich_help_panel=_AUTHOR)(import_.import_)
app.command("codes", rich_help_panel=_AUTHOR)(codes.codes)
app.command("plan", rich_help_panel=_INSPECT)(plan.plan)
app.command("explain", rich_help_panel=_INSPECT)(explain.explain)


def run() -> None:
    """Runs the program and leaves with its exit code; bad input never ends in a traceback."""
    prepare()
    try:
        app()
    except KeyboardInterrupt:
        _leave(Exit.INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone; nothing more may be written, not even while closing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(Exit.PIPE)
    except Exception as error:
        if os.environ.get("STARLANG_TRACEBACK"):
            raise
        tell(
            f"starlang has a bug: {type(error).__name__}: {error}\n"
            "Nothing was written. Set STARLANG_TRACEBACK=1 and run again to see where it comes "
            "from; please report it with that output."
        )
        _leave(Exit.BUG)


def _leave(code: Exit) -> None:
    sys.exit(code)
