"""`starlang compile`: the canonical compiled rule set, and whether it has drifted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

from starlang.cli.exits import Exit
from starlang.cli.options import (
    ConfigOption,
    Format,
    FormatOption,
    NoColorOption,
    ProfileOption,
    QuietOption,
    RulesOption,
)
from starlang.cli.output import put_document, say, show, tell
from starlang.cli.parameters import MisuseError, option
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.cli.session import Session


def compile_(  # noqa: PLR0913 -- the options of the command
    *,
    output: Annotated[
        Path | None,
        option("--output", "-o", metavar="FILE", help="Where to write. [default: stdout]"),
    ] = None,
    lock: Annotated[
        bool,
        option("--lock", help="Write FILE (or the config's `compiled`) and its lock."),
    ] = False,
    check: Annotated[
        bool,
        option("--check", help="Write nothing; exit 3 and say what drifted since it was."),
    ] = False,
    limit: Annotated[
        int, option("--limit", min=0, help="Modules to list with --check; 0 for all.")
    ] = 5,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Turn rule files into one compiled rule set (JSON) that needs no parser to be read.

    With --check, holds the compiled file against its sources, and the lock against schema,
    profile, copies of the canon and the stars that manifests carry.
    """
    from starlang.cli.session import open_session

    if check and lock:
        raise MisuseError("--check writes nothing", "--lock")
    session = open_session(
        config=config, rules=rules, profile=profile, no_color=no_color, quiet=quiet
    )
    if check:
        _check(session, _artifact(session, output), limit, as_json=format_ is Format.JSON)
    if lock:
        output = _artifact(session, output)
    _write(session, output)
    if lock and output is not None:
        _write_lock(session, output)


def _artifact(session: "Session", output: Path | None) -> Path:
    """The compiled file that is meant."""
    found = output or session.project.config.compiled
    if found is None:
        message = "no compiled file is named: give -o FILE, or write `compiled` under `[project]`"
        raise MisuseError(message)
    return found


def _write(session: "Session", output: Path | None) -> None:
    from starlang.rulesets.codec import dumps
    from starlang.rulesets.digests import semantic_digest
    from starlang.workspace.writing import write_text

    compiled = session.rules
    text = dumps(compiled)
    if output is None or str(output) == "-":
        put_document(text)
    elif (problem := write_text(output, text)) is not None:
        tell(problem)
        raise SystemExit(Exit.WRONG)
    else:
        tell(
            f"{output}: {counted(len(compiled.rules), 'rule')} for "
            f"{counted(len(compiled.stars) - 1, 'star')}, {semantic_digest(compiled)}",
            quiet=session.quiet,
        )


def _write_lock(session: "Session", output: Path) -> None:
    from starlang.workspace.lock import encode_lock, lock_of, lock_path
    from starlang.workspace.writing import write_text

    made, path = lock_of(session.project, session.rules), lock_path(output)
    problem = write_text(path, encode_lock(made))
    if problem is not None:
        tell(problem)
        raise SystemExit(Exit.WRONG)
    tell(f"{path}: {counted(len(made.stars), 'module')}", quiet=session.quiet)


def _check(session: "Session", artifact: Path, limit: int, *, as_json: bool) -> NoReturn:
    from starlang.workspace.drift import find_drift
    from starlang.workspace.drift_json import drift_json

    found = find_drift(session.project, session.rules, artifact)
    if as_json:
        put_document(drift_json(found, str(artifact), session.rules))
    else:
        if found.comparison is not None:
            from starlang.reports.diff import diff_view

            show(diff_view(found.comparison, found.flips, limit), no_color=session.no_color)
        say(found.findings, no_color=session.no_color)
        if not found.has_drifted:
            tell(f"{artifact}: nothing has drifted", quiet=session.quiet)
    raise SystemExit(Exit.DIFFERENT if found.has_drifted else Exit.DONE)
