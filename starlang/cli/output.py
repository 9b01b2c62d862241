"""Where output goes: data to stdout, messages to stderr; and the exit codes."""

import os
import sys
from collections.abc import Iterable
from enum import IntEnum
from io import StringIO, TextIOWrapper
from typing import TYPE_CHECKING, TextIO

from starlang.text import shown
from starlang.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from starlang.diagnostics.model import Diagnostic
    from starlang.explain.words import Paint

_WIDTH = 80


def prepare() -> None:
    """Makes any text printable, whatever the locale: what cannot be shown is escaped."""
    # Python writes UTF-8 in the C locale; somebody who sets it asks for ASCII.
    encoding = "ascii" if _locale() in {"C", "POSIX"} else None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _locale() -> str:
    """The locale that the user has set, "" if none."""
    settings = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    return next(filter(None, settings), "")


def put(text: str) -> None:
    """Writes `text` for people to stdout."""
    sys.stdout.write(text)


def put_version() -> None:
    """Says which version this is."""
    put(f"starlang {VERSION}\n")


def put_document(text: str) -> None:
    r"""Writes a document for programs to stdout: UTF-8 with `\n`, whatever the locale."""
    put_pieces([text])


def put_pieces(pieces: Iterable[str]) -> None:
    """Writes a document that comes in pieces."""
    sys.stdout.flush()
    sys.stdout.buffer.writelines(piece.encode(errors="backslashreplace") for piece in pieces)


def file_named(output: "Path | None") -> "Path | None":
    """The file that a result is written to; None for stdout, which may be named `-`."""
    return None if str(output) == "-" else output


def write_result(path: "Path | None", text: str, what: str = "", *, quiet: bool = False) -> None:
    """Writes a document to the file at `path` and says `what` it is, or to stdout."""
    if path is None:
        put_document(text)
        return
    write_file(path, text)
    if what:
        tell(f"{path}: {what}", quiet=quiet)


def write_file(path: "Path", text: str) -> None:
    """Writes `text` to the file at `path`; where that cannot be done, says why and leaves."""
    from starlang.project.files import write_text

    problem = write_text(path, text)
    if problem is not None:
        tell(problem)
        raise SystemExit(Exit.WRONG)


def wants_color(stream: TextIO, *, no_color: bool) -> bool:
    """Whether to colour: not where the user, `NO_COLOR` or a pipe says otherwise."""
    if no_color or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def painting(*, no_color: bool) -> "Paint":
    """How words on stdout get their colours; where there are to be none, they stay as they are."""
    from starlang.explain.words import plain
    from starlang.report.terminal import paint

    return paint if wants_color(sys.stdout, no_color=no_color) else plain


def can_draw(stream: TextIO) -> bool:
    """Whether `stream` can carry more than ASCII."""
    return (stream.encoding or "ascii").lower().replace("-", "") in {"utf8", "utf16", "utf32"}


def say(diagnostics: Iterable["Diagnostic"], *, no_color: bool) -> None:
    """Prints diagnostics for people to stderr, a blank line between two."""
    from starlang.diagnostics.terminal import render

    color, draws = wants_color(sys.stderr, no_color=no_color), can_draw(sys.stderr)
    texts = [render(diagnostic, color=color, unicode=draws) + "\n" for diagnostic in diagnostics]
    sys.stderr.write("\n".join(texts))


def tell(message: str, *, quiet: bool = False) -> None:
    """Prints one message to stderr; a name in it cannot steer the terminal."""
    if not quiet:
        sys.stderr.write("".join(f"{shown(line)}\n" for line in message.split("\n")))


def show(views: Iterable["RenderableType"], *, no_color: bool) -> None:
    """Prints rich renderables to stdout, as wide as the terminal, without trailing spaces."""
    from rich.console import Console

    color = wants_color(sys.stdout, no_color=no_color)
    text = StringIO()
    console = Console(
        file=text,
        width=None if sys.stdout.isatty() else _WIDTH,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for view in views:
        console.print(view)
    for line in text.getvalue().splitlines():
        put(f"{line.rstrip()}\n")


class Exit(IntEnum):
    """What a run's exit code means."""

    DONE = 0
    WRONG = 1
    """The input is wrong; diagnostics were printed and nothing was decided."""
    USAGE = 2
    DIFFERENT = 3
    """There is a difference, for commands that were asked to look for one."""
    CLOSED = 4
    """A gate is closed."""
    UNSAFE = 5
    """Decided, but a safety limit forbids to apply it."""
    BUG = 70
    INTERRUPTED = 130
    PIPE = 141
