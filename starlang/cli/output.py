"""Where output goes: data to stdout, messages to stderr; and the exit codes.

Everything that commands print goes through `WholeStream`: a stream takes all of it, or the command
fails. A write may be cut short by a limit or a full disk, and Python drops the rest of it where
output is not buffered; a pipe may not be ready; and a stream may be closed from the start.
"""

import errno
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from enum import IntEnum
from io import BufferedWriter, RawIOBase, StringIO, TextIOWrapper
from typing import TYPE_CHECKING, TextIO

from starlang.printable import COLOUR_MARK, Paint, lines_text, paragraph, plain, without_commands
from starlang.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import ReadableBuffer
    from rich.console import RenderableType
    from rich.segment import Segment

    from starlang.diagnostics.model import Diagnostic

_LONGEST = 1_000_000
"""More columns than any line has."""

MENDED = 20
"""How many findings with one code are listed where people mend them one by one; rows likewise."""


class WholeStream(RawIOBase):
    """The stream of a file descriptor, to which everything is written or it is an OSError."""

    def __init__(self, descriptor: int, *, closed: bool, required: bool) -> None:
        self._descriptor = descriptor
        self._is_closed = closed
        self._is_required = required

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: "ReadableBuffer", /) -> int:
        rest = memoryview(data).cast("B")
        count = len(rest)
        if self._is_closed:
            if self._is_required:
                raise OSError(errno.EBADF, "the stream is closed")
            return count
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                from select import select

                select([], [self._descriptor], [])
        return count


_replaced: list[TextIOWrapper | None] = []
"""The streams that were there before: given up, they would close their file descriptors."""


def prepare() -> None:
    """Makes any text printable, whatever the locale: what cannot be shown is escaped.

    Nothing that is opened later takes the place of a stream that is closed: data would go there.
    """
    is_closed = {number: _occupied(number) for number in (0, 1, 2)}
    # Python writes UTF-8 in the C locale; somebody who sets it asks for ASCII.
    ascii_only = _locale() in {"C", "POSIX"}
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, TextIOWrapper):
            continue
        whole = WholeStream(number, closed=is_closed[number], required=number == 1)
        made = TextIOWrapper(
            BufferedWriter(whole),
            encoding="ascii" if ascii_only or stream is None else stream.encoding,
            errors="backslashreplace",
            line_buffering=number == 2 or os.isatty(number),  # noqa: PLR2004 -- stderr
        )
        _replaced.append(stream)
        setattr(sys, name, made)


def _occupied(number: int) -> bool:
    """Opens the null device as file descriptor `number` if it is closed; whether it was."""
    with suppress(OSError):
        os.fstat(number)
        return False
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    return True


def _locale() -> str:
    """The locale that the user has set, "" if none."""
    settings = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    return next(filter(None, settings), "")


def put(text: str) -> None:
    """Writes lines for people to stdout; where a line may hold a line end, see `put_lines`."""
    sys.stdout.write(_printable(text.split("\n")))


def put_lines(lines: Iterable[str]) -> None:
    """Writes lines for people to stdout; whatever is in one of them, it stays one line."""
    sys.stdout.write(_printable([*lines, ""]))


def more(listed: Sequence[object], limit: int) -> list[str]:
    """The line below a list of which the first `limit` are printed, 0 for all; none if all are."""
    left = len(listed) - limit if limit else 0
    return [f"and {left:,} more (--limit 0 lists all)"] if left > 0 else []


def _printable(lines: Iterable[str]) -> str:
    text = lines_text(lines)
    if COLOUR_MARK not in text:
        return text
    from starlang.report.terminal import with_colours

    return with_colours(text)


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


def put_bytes(data: bytes) -> None:
    """Writes a document that is no text to stdout."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


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
    write_data(path, text.encode(errors="backslashreplace"))


def write_data(path: "Path", data: bytes) -> None:
    """Writes `data` to the file at `path`; where that cannot be done, says why and leaves."""
    from starlang.project.files import write

    problem = write(path, data)
    if problem is not None:
        tell(problem)
        raise SystemExit(Exit.WRONG)


def begin_file(path: "Path | None") -> None:
    """Removes what an earlier run has written to `path`, so that it is not taken for this one's."""
    if path is not None and path.is_file() and not path.is_symlink():
        with suppress(OSError):  # writing it will say what is wrong
            path.unlink()


def wants_color(stream: TextIO, *, no_color: bool) -> bool:
    """Whether to colour: not where the user, `NO_COLOR` or a pipe says otherwise."""
    if no_color or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def painting(*, no_color: bool) -> Paint:
    """How words on stdout get their colours; where there are to be none, they stay as they are."""
    if not wants_color(sys.stdout, no_color=no_color):
        return plain
    from starlang.report.terminal import paint

    return paint


def can_draw(stream: TextIO) -> bool:
    """Whether `stream` can carry more than ASCII."""
    return (stream.encoding or "ascii").lower().replace("-", "") in {"utf8", "utf16", "utf32"}


def say(diagnostics: Iterable["Diagnostic"], *, no_color: bool, limit: int = MENDED) -> None:
    """Prints diagnostics for people to stderr, a blank line between two.

    Of each code the first `limit`, 0 for all; the others are counted.
    """
    _put_message("\n".join(_rendered(diagnostics, sys.stderr, limit, no_color=no_color)))


def put_findings(diagnostics: Iterable["Diagnostic"], *, no_color: bool, limit: int) -> None:
    """Prints diagnostics for people to stdout, a blank line after each; `limit` as in `say`."""
    for text in _rendered(diagnostics, sys.stdout, limit, no_color=no_color):
        sys.stdout.write(f"{text}\n")


def _rendered(
    diagnostics: Iterable["Diagnostic"], stream: TextIO, limit: int, *, no_color: bool
) -> Iterator[str]:
    from starlang.diagnostics.model import first_of_each
    from starlang.diagnostics.terminal import render

    color, draws = wants_color(stream, no_color=no_color), can_draw(stream)
    kept, left = first_of_each(diagnostics, limit)
    for each in kept:
        yield f"{render(each, color=color, unicode=draws)}\n"
    if left:
        more = ", ".join(f"{count:,} more with {code}" for code, count in left.items())
        yield f"and {more} (--limit 0 lists all)\n"


def tell(message: str, *, quiet: bool = False) -> None:
    """Prints one message to stderr; a name in it cannot steer the terminal."""
    if not quiet:
        _put_message(_printable([*message.split("\n"), ""]))


def _put_message(text: str) -> None:
    """Writes to stderr, after what went to stdout before: both may go to the same place."""
    with suppress(OSError):  # the end of the command says that it could not be written
        sys.stdout.flush()
    sys.stderr.write(text)


def text_width(stream: TextIO) -> int:
    """How many columns prose may take: those of a terminal, up to 80; in a pipe no line is broken.

    Whoever greps a line of a log wants all of it, and a path in it can be copied.
    """
    if not stream.isatty():
        return _LONGEST
    from shutil import get_terminal_size

    from starlang.explain.words import WIDTH

    return min(WIDTH, get_terminal_size().columns)


def show(views: Iterable["RenderableType"], *, no_color: bool) -> None:
    """Prints rich renderables to stdout, as wide as the terminal, without trailing spaces.

    In a pipe each is as wide as it is, so that no line is broken. So it is on a terminal where a
    path is longer than a line: the terminal goes on in the next one, and it can still be copied.
    """
    from rich.console import Console
    from rich.measure import Measurement
    from rich.segment import Segment, Segments

    color = wants_color(sys.stdout, no_color=no_color)
    text = StringIO()
    console = Console(
        file=text,
        width=None if sys.stdout.isatty() else _LONGEST,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    unlimited = console.options.update_width(_LONGEST)

    def rendered(view: "RenderableType", width: int) -> list[Segment]:
        return list(console.render(view, console.options.update_width(max(width, 1))))

    for view in views:
        segments = rendered(view, Measurement.get(console, unlimited, view).maximum)
        if sys.stdout.isatty() and _longest_path(segments) <= console.width:
            segments = rendered(view, console.width)
        steady = (each._replace(text=paragraph(each.text)) for each in segments)
        console.print(Segments(steady), end="", crop=False)
    lines = text.getvalue().split("\n")
    sys.stdout.write("\n".join(without_commands(line.rstrip()) for line in lines))


def _longest_path(segments: Iterable["Segment"]) -> int:
    words = "".join(each.text for each in segments).split()
    return max((len(word) for word in words if "/" in word), default=0)


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
