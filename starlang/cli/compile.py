"""Commands that turn rules into something else, or something into rules.

`init`, `compile`, `canon check`, `import`, `export`.
"""

import os
import re
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, assert_never

from starlang.cli.options import (
    ConfigOption,
    FailOn,
    FailOnOption,
    FindingsFormat,
    FindingsFormatOption,
    FindingsLimitOption,
    Format,
    FormatOption,
    NoColorOption,
    OutputOption,
    ProfileOption,
    QuietOption,
    RuleFileArgument,
    RulesOption,
)
from starlang.cli.output import (
    MENDED,
    Exit,
    file_named,
    more,
    put_document,
    put_lines,
    say,
    show,
    tell,
    text_width,
    write_file,
    write_result,
)
from starlang.cli.parameters import MisuseError, argument, option
from starlang.text import counted, shown

if TYPE_CHECKING:
    from starlang.cli.session import Session
    from starlang.diagnostics.model import Diagnostic
    from starlang.init.found import Wanted
    from starlang.init.init import Told, Undecided
    from starlang.rules.model import RuleSet


def compile_(  # noqa: PLR0913 -- the options of the command
    file: RuleFileArgument = None,
    *,
    output: OutputOption = None,
    lock: Annotated[
        bool,
        option("--lock", help="Write FILE (or the config's `compiled`) and its lock."),
    ] = False,
    check: Annotated[
        bool,
        option(
            "--check",
            help="Write nothing; report what has drifted, and exit with 3 if anything has.",
        ),
    ] = False,
    limit: Annotated[
        int,
        option(
            "--limit",
            metavar="N",
            min=0,
            help="Modules to list per group with --check; 0 for all.",
        ),
    ] = 5,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    format_: FormatOption = Format.TEXT,
    fail_on: FailOnOption = FailOn.ERROR,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Turn rule files into one compiled rule set (JSON) that needs no parser to be read.

    With --check, compares the compiled file with its sources, and the lock with schema,
    profile, copies of the canon and the stars that manifests carry.
    """
    from starlang.cli.session import open_session

    output = file_named(output)
    if check and lock:
        raise MisuseError("--check writes nothing: leave out one of them", "--lock")
    session = open_session(
        config=config,
        rules=rules,
        profile=profile,
        file=file,
        no_color=no_color,
        quiet=quiet,
        format_=format_ if check else Format.TEXT,
        command="compile",
        limit=limit and MENDED,
    )
    if check:
        found = _drifted(session, _artifact(session, output), limit, format_)
        raise SystemExit(session.exit_on((*session.doubts, *found), fail_on))
    if lock:
        output = _artifact(session, output)
    compiled = session.rules
    if failed := session.exit_on(session.doubts, fail_on):
        raise SystemExit(failed)
    _write_compiled(compiled, output, quiet=quiet)
    if lock and output is not None:
        _write_lock(session, output)


def _artifact(session: "Session", output: Path | None) -> Path:
    """The compiled file that is meant."""
    found = output or session.project.config.compiled
    if found is not None and not found.name:  # `.` or `/`
        raise MisuseError(f"{str(found)!r} is a directory, not a file", "--output")
    if found is None:
        message = "no compiled file is named: give -o FILE, or write `compiled` under `[project]`"
        raise MisuseError(message)
    return found


def _write_compiled(compiled: "RuleSet", output: Path | None, *, quiet: bool) -> None:
    from starlang.rules.compiled_file import dumps
    from starlang.rules.sections import semantic_digest

    rules, stars = counted(len(compiled.rules), "rule"), counted(len(compiled.stars) - 1, "star")
    what = f"{rules} for {stars}, {semantic_digest(compiled)}"
    write_result(output, dumps(compiled), what, quiet=quiet)


def _write_lock(session: "Session", output: Path) -> None:
    from starlang.project.drift import encode_lock, lock_of, lock_path

    made, path = lock_of(session.project, session.rules), lock_path(output)
    write_file(path, encode_lock(made))
    tell(f"{path}: {counted(len(made.stars), 'module')}", quiet=session.quiet)


def _drifted(
    session: "Session", artifact: Path, limit: int, format_: Format
) -> tuple["Diagnostic", ...]:
    """What is found beside a drift; with a drift the command ends here."""
    from starlang.project.drift import drift_json, find_drift

    found = find_drift(session.project, session.rules, artifact)
    match format_:
        case Format.JSON:
            put_document(drift_json(found, str(artifact), session.rules))
        case Format.TEXT:
            if found.comparison is not None:
                from starlang.report.diff import diff_view

                show(diff_view(found.comparison, found.flips, limit), no_color=session.no_color)
            told = session.weighed(found.findings)
            say(told, no_color=session.no_color, limit=limit and MENDED)
            if not found.has_drifted:
                tell(f"{artifact}: nothing has drifted", quiet=session.quiet)
        case _:
            assert_never(format_)
    if found.has_drifted:
        raise SystemExit(Exit.DIFFERENT)
    return found.findings


class Action(StrEnum):
    """What is done with the canon."""

    CHECK = "check"


def canon(  # noqa: PLR0913 -- the options of the command
    action: Annotated[  # noqa: ARG001 -- there is one so far
        Action, argument(metavar="check", help="Compare the copies; there is no other action.")
    ],
    files: Annotated[
        list[Path] | None,
        argument(
            metavar="[FILES]...",
            help="JSON files that repeat the canon. [default: those that the config names]",
        ),
    ] = None,
    *,
    limit: FindingsLimitOption = MENDED,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    format_: FindingsFormatOption = FindingsFormat.TEXT,
    fail_on: FailOnOption = FailOn.ERROR,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Compare every copy of the canon with the stars of the rules, and name each difference.

    Copies are the old rule file, its canon, and JSON Schemas that list the labels.
    """
    from starlang.cli.session import open_session, write_findings
    from starlang.project.revisions import canon_agreement

    session = open_session(
        config=config,
        rules=rules,
        profile=profile,
        no_color=no_color,
        quiet=quiet,
        format_=format_,
        command="canon check",
        limit=limit,
    )
    found = canon_agreement(session.project, session.rules, files or [])
    if found.unreadable:
        session.fail(found.unreadable)
    if not found.copies and not found.differences:
        session.fail((_no_copies(),))
    if format_ is FindingsFormat.TEXT:
        put_lines(f"{number:>4}  {name}" for name, number in found.copies[: limit or None])
        put_lines(more(found.copies, limit))
        if not quiet:
            told = session.weighed([*found.differences, *found.unused])
            say(told, no_color=no_color, limit=limit)
        copies = counted(len(found.copies), "copy", "copies")
        known = f", and {len(found.known):,} known" if found.known else ""
        tell(f"{copies}: {counted(len(found.differences), 'difference')}{known}", quiet=quiet)
    else:
        write_findings(
            format_, found.differences, session, command="canon check", accepted=found.known
        )
    if found.differences:
        raise SystemExit(Exit.DIFFERENT)
    raise SystemExit(session.exit_on(found.unused, fail_on))


def _no_copies() -> "Diagnostic":
    from starlang.diagnostics.model import Diagnostic

    return Diagnostic(
        code="E875",
        message="no file is named that could repeat the canon, so nothing was compared",
        hint="name files, or list them in the config: `copies` under `[canon]`, or a `schema`",
    )


class Combining(StrEnum):
    """How the older tools added up weights."""

    SUM = "sum"
    MAX = "max"


def import_(  # noqa: PLR0913 -- the options of the command
    source: Annotated[Path, argument(metavar="STAR_RULES_JSON", help="The old rule file.")],
    *,
    output: Annotated[
        Path, option("--output", "-o", metavar="DIR", help="Where to write the rule files.")
    ],
    canon: Annotated[
        Path | None, option("--canon", metavar="FILE", help="The old star_canon.json.")
    ] = None,
    exceptions: Annotated[
        Path | None,
        option("--exceptions", metavar="FILE", help="The old star_rules_exceptions.json."),
    ] = None,
    combine: Annotated[
        Combining,
        option(
            "--combine",
            metavar="HOW",
            help="How weights add up: `sum` as the generator did, `max` as the suggester.",
        ),
    ] = Combining.SUM,
    force: Annotated[bool, option("--force", help="Replace rule files in DIR.")] = False,
    limit: FindingsLimitOption = MENDED,
    fail_on: FailOnOption = FailOn.ERROR,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Turn a star_rules.json into rule files, and report what was changed.

    Nothing is written where a finding counts as a failure.
    """
    from starlang.cli.session import exit_on
    from starlang.project.legacy_files import import_file, write_files
    from starlang.project.severities import Severities
    from starlang.rules.model import Combine

    if source.suffix == ".star":
        raise MisuseError(f"{source} is a rule file already", "STAR_RULES_JSON")
    imported = import_file(source, canon, Combine(combine.value), exceptions)
    say(imported.diagnostics, no_color=no_color, limit=limit)
    if any(diagnostic.is_error for diagnostic in imported.diagnostics):
        raise SystemExit(Exit.WRONG)
    if failed := exit_on(Severities(), imported.diagnostics, fail_on):
        raise SystemExit(failed)
    if problems := write_files(output, imported.files, force=force):
        tell("\n".join(problems))
        raise SystemExit(Exit.WRONG)
    for name, _ in imported.files:
        put_lines([(output / name).as_posix()])
    for note in imported.notes[: limit or None]:
        tell(f"note: {note}", quiet=quiet)
    for line in more(imported.notes, limit):
        tell(line, quiet=quiet)


def export(  # noqa: PLR0913 -- the options of the command
    file: RuleFileArgument = None,
    *,
    output: OutputOption = None,
    limit: FindingsLimitOption = MENDED,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    fail_on: FailOnOption = FailOn.ERROR,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Write the rules as a star_rules.json of the older tools.

    What was written is imported back and compared, so it decides alike, or nothing is
    written and each part that the old file cannot say is named.
    """
    from starlang.cli.session import fail, open_session
    from starlang.project.legacy_files import export_file

    output = file_named(output)
    session = open_session(
        config=config, rules=rules, profile=profile, file=file, no_color=no_color, quiet=quiet
    )
    made = export_file(session.rules, session.project.profile)
    if not made.text:
        fail(made.diagnostics, no_color=no_color, limit=limit)
    if not quiet:
        say(made.diagnostics, no_color=no_color, limit=limit)
    if failed := session.exit_on(made.diagnostics, fail_on):
        raise SystemExit(failed)
    write_result(output, made.text, counted(len(session.rules.rules), "rule"), quiet=quiet)


_COLUMN = 11


def init(  # noqa: PLR0913 -- the options of the command
    directory: Annotated[
        Path, argument(metavar="[DIR]", help="The directory of the new project.")
    ] = Path(),
    *,
    manifests: Annotated[
        str | None,
        option(
            "--manifests",
            metavar="DIR",
            help="The directory of the manifests, relative to DIR.",
        ),
    ] = None,
    file: Annotated[
        str | None,
        option("--file", metavar="NAME", help="The file name of the manifests."),
    ] = None,
    star: Annotated[
        str | None,
        option("--star", metavar="POINTER", help="Where a manifest has the role of its module."),
    ] = None,
    workflow: Annotated[
        str | None,
        option(
            "--workflow",
            metavar="PACKAGE",
            help="Also write a GitHub workflow that installs PACKAGE, such as `starlang==1.0`.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, option("--dry-run", help="Report what would be written, and write nothing.")
    ] = False,
    limit: FindingsLimitOption = MENDED,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Start a project: config, canon, a first rule with a test. Replaces no file."""
    from starlang.init.found import Wanted
    from starlang.init.init import Undecided, prepare, write

    directory = Path(os.path.normpath(directory))  # `a/../b` is b, also where there is no a
    if directory.exists() and not directory.is_dir():
        raise MisuseError(f"{directory} is not a directory", "DIR")
    wanted = Wanted(file or "", manifests or "", star or "", workflow or "")
    _check_wanted(directory, wanted)
    start = prepare(directory, wanted)
    if isinstance(start, Undecided):
        _tell(start.told)
        _ask(start, directory, wanted, limit)
        raise SystemExit(Exit.WRONG)
    if not quiet:
        _tell(start.told)
    if dry_run:
        put_lines(f"would write {(directory / name).as_posix()}" for name, _ in start.files)
        return
    if problems := write(directory, start.files):
        tell("\n".join(problems))
        raise SystemExit(Exit.WRONG)
    put_lines((directory / name).as_posix() for name, _ in start.files)
    code, errors = _try_out(directory, start.rules, quiet=quiet)
    say(errors, no_color=no_color, limit=limit)
    raise SystemExit(code)


_PINNED = re.compile(r"[^\s'\"<>=@]+(==| ?@ ?)[^\s'\"<>]+|[^\s'\"<>]+\.whl")
"""A package of one version: `name==1.0`, `name @ https://…`, a wheel."""


def _check_wanted(directory: Path, wanted: "Wanted") -> None:
    from starlang.init.found import ENDINGS
    from starlang.texts.pointers import pointer_problem

    if wanted.file and (not wanted.file.endswith(ENDINGS) or "/" in wanted.file):
        endings = ", ".join(ENDINGS)
        words = f"{wanted.file!r} is not the name of a manifest, without a path: {endings}"
        raise MisuseError(words, "--file")
    if wanted.star and (pointer_problem(wanted.star) or wanted.star.endswith("/")):
        words = f"{wanted.star!r} is not a JSON pointer, such as `/metadata/role`"
        raise MisuseError(words, "--star")
    if wanted.package and not _PINNED.fullmatch(wanted.package):
        words = f"{wanted.package!r} names no version: a workflow that installs the newest "
        words += "one changes by itself; write `starlang==1.0` or `starlang @ https://…`"
        raise MisuseError(words, "--workflow")
    if not wanted.manifests:
        return
    path = Path(wanted.manifests)
    if path.is_absolute() or ".." in path.parts:
        hint = f"a directory in {directory.as_posix()}, relative to it"
        raise MisuseError(hint, "--manifests")
    if not (directory / path).is_dir():
        raise MisuseError(f"there is no directory {directory / path}", "--manifests")


def _tell(told: "Told") -> None:
    for what, sentence in told:
        first, *rest = _lines(sentence, _COLUMN) or [""]
        tell(what.ljust(_COLUMN) + first)
        for line in rest:
            tell(" " * _COLUMN + line)


def _lines(sentence: str, indent: int) -> list[str]:
    """A sentence in lines that are to be indented; a path in it is not broken."""
    width = max(text_width(sys.stderr) - indent, 1)
    return wrap(shown(sentence), width, break_long_words=False, break_on_hyphens=False)


def _ask(found: "Undecided", directory: Path, wanted: "Wanted", limit: int) -> None:
    """Lists the fields that could be the star, and the command for each; `limit` of them."""
    listed = found.fields[: limit or None]
    words = [f"{counted(len(found.fields), 'field')} could be the star of a module:", ""]
    for each in listed:
        words.append(f"{shown(each.pointer)}  in {each.carrying:,} of {found.modules:,}")
        words += [f"    {line}" for line in _lines(each.words, 4)]
    words += ["", "Nothing is written. Choose one of them:", ""]
    known = (
        ("--file", wanted.file),
        ("--manifests", wanted.manifests),
        ("--workflow", wanted.package),
    )
    given = [part for name, value in known if value for part in (name, value)]
    place = [] if directory == Path() else [directory.as_posix()]
    for each in listed:
        usual = f"  # as in the profile {found.profile}" if each.pointer == found.usual else ""
        command = shlex.join(["starlang", "init", *place, *given, "--star", each.pointer])
        words.append(f"  {shown(command)}{usual}")
    words += more(found.fields, limit)
    tell("\n".join(words))


def _try_out(directory: Path, rules: str, *, quiet: bool) -> tuple[Exit, tuple["Diagnostic", ...]]:
    """Runs what the author would run next, and says what is wrong with it.

    A plan is blocked where no manifest carries a star: nobody can guess where they belong.
    """
    from starlang.cli.session import open_session
    from starlang.project.check import check_files, run_tests

    config = directory / "configs" / "starlang.toml"
    session = open_session(config=config, quiet=True)
    report = check_files(session.project, ())
    errors = tuple(each for each in report.diagnostics if each.is_error)
    if errors:
        return Exit.WRONG, errors
    passed = sum(trial.passed for trial in run_tests(session.project, ()).trials)
    made = session.plan(reassess=False)
    promoted = len({edit.file for edit in made.edits})
    change = f"would change {promoted:,}"
    if made.blocked:
        change = f"is blocked by {counted(len(made.blocked), 'finding')}"
    tell(
        f"\nThe rules are right, {counted(passed, 'test')} passed, and a plan over "
        f"{counted(len(made), 'module')} {change}.\n"
        f"Next: starlang plan, and more rules in {rules}",
        quiet=quiet,
    )
    return Exit.UNSAFE if made.blocked else Exit.DONE, made.blocked
