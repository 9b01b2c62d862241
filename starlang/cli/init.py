"""`starlang init`: a project that works at once."""

import os
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

from starlang.cli.exits import Exit
from starlang.cli.options import NoColorOption, QuietOption
from starlang.cli.output import put, say, tell
from starlang.cli.parameters import MisuseError, argument, option
from starlang.text import counted, shown

if TYPE_CHECKING:
    from starlang.diagnostics.model import Diagnostic
    from starlang.workspace.starting.start import Start

_COLUMN = 11
_WIDTH = 80


def init(  # noqa: PLR0913 -- the options of the command
    directory: Annotated[
        Path, argument(metavar="[DIR]", help="Where the project is to be.")
    ] = Path(),
    *,
    manifests: Annotated[
        str | None, option("--manifests", metavar="DIR", help="Where in it manifests lie.")
    ] = None,
    file: Annotated[
        str | None,
        option("--file", metavar="NAME", help="What manifests are called."),
    ] = None,
    dry_run: Annotated[
        bool, option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Start a project: config, canon, a first rule with a test. Replaces no file."""
    from starlang.workspace.starting.start import prepare, write

    directory = Path(os.path.normpath(directory))  # `a/../b` is b, also where there is no a
    if directory.exists() and not directory.is_dir():
        raise MisuseError(f"{directory} is no directory", "DIR")
    _refuse_outside(directory, manifests, file)
    start = prepare(directory, file=file, manifests=manifests)
    if not quiet:
        _tell(start)
    if dry_run:
        put("".join(f"would write {(directory / name).as_posix()}\n" for name, _ in start.files))
        return
    if problems := write(directory, start.files):
        tell("\n".join(problems))
        raise SystemExit(Exit.WRONG)
    put("".join(f"{(directory / name).as_posix()}\n" for name, _ in start.files))
    code, errors = _checked(directory, quiet=quiet)
    say(errors, no_color=no_color)
    raise SystemExit(code)


def _refuse_outside(directory: Path, manifests: str | None, file: str | None) -> None:
    if file is not None and (not file.endswith(".json") or "/" in file):
        raise MisuseError("the name of a .json file, without a path", "--file")
    if manifests is None:
        return
    path = Path(manifests)
    if path.is_absolute() or ".." in path.parts:
        hint = f"a directory in {directory.as_posix()}, relative to it"
        raise MisuseError(hint, "--manifests")
    if not (directory / path).is_dir():
        raise MisuseError(f"there is no {directory / path}", "--manifests")


def _tell(start: "Start") -> None:
    for what, sentence in start.told:
        first, *rest = wrap(shown(sentence), _WIDTH - _COLUMN, break_on_hyphens=False) or [""]
        tell(what.ljust(_COLUMN) + first)
        for line in rest:
            tell(" " * _COLUMN + line)


def _checked(directory: Path, *, quiet: bool) -> tuple[Exit, tuple["Diagnostic", ...]]:
    """Runs what the author would run next, and says what is wrong with it.

    A plan is blocked where no manifest carries a star: nobody can guess where they belong.
    """
    from starlang.cli.session import open_session
    from starlang.workspace.checking import check_files, run_tests

    config = directory / "configs" / "starlang.toml"
    session = open_session(config=config, quiet=True)
    report = check_files(session.project, ())
    errors = tuple(each for each in report.diagnostics if each.is_error)
    if errors:
        return Exit.WRONG, errors
    passed = sum(trial.passed for trial in run_tests(session.project, ()).trials)
    made = session.plan(reassess=False)
    promoted = len({edit.file for edit in made.edits})
    tell(
        f"\nThe rules are right, {counted(passed, 'test')} passed, and a plan over "
        f"{counted(len(made), 'module')} would change {promoted:,}.\n"
        "Next: starlang plan, and more rules in rules/main.star",
        quiet=quiet,
    )
    return Exit.UNSAFE if made.blocked else Exit.DONE, made.blocked
