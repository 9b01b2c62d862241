"""Commands that read rule files: `check`, `fmt`, `test`, and `codes` about what they find."""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, assert_never

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
    ProfileOption,
    QuietOption,
    RuleFilesArgument,
    RulesOption,
)
from starlang.cli.output import (
    MENDED,
    Exit,
    begin_file,
    file_named,
    more,
    put,
    put_document,
    put_lines,
    say,
    tell,
    text_width,
    wants_color,
    write_result,
)
from starlang.cli.parameters import MisuseError, argument, option
from starlang.text import counted, ignored_words

if TYPE_CHECKING:
    from fractions import Fraction

    from starlang.cli.session import Session
    from starlang.diagnostics.model import Diagnostic
    from starlang.project.check import Tested
    from starlang.project.fixes import Fixed
    from starlang.project.format_files import Layout, Layouts
    from starlang.rule_tests import Trial


def check(  # noqa: PLR0913 -- the options of the command
    files: RuleFilesArgument = None,
    *,
    fix: Annotated[
        bool,
        option("--fix", help="Make the edits that hints name and remove what has no effect first."),
    ] = False,
    limit: FindingsLimitOption = MENDED,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    format_: FindingsFormatOption = FindingsFormat.TEXT,
    fail_on: FailOnOption = FailOn.ERROR,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Find every error in rule files, and what is probably a mistake."""
    from starlang.cli.session import open_session, write_findings
    from starlang.project.check import check_files
    from starlang.project.severities import failing

    if fix:
        _fix_settings(config, rules, profile, quiet=quiet)
    session = open_session(
        config=config,
        rules=rules,
        profile=profile,
        no_color=no_color,
        quiet=quiet,
        format_=format_,
        command="check",
        limit=limit,
    )
    if fix:
        _fix(session, tuple(files or ()))
    report = check_files(session.project, tuple(files or ()))
    write_findings(format_, report.diagnostics, session, command="check")
    found = session.weighed(report.diagnostics)
    tell(f"{counted(report.files, 'file')}: {_counts(found)}", quiet=quiet)
    if report.ignored:
        tell(ignored_words(report.ignored), quiet=quiet)
    raise SystemExit(Exit.WRONG if failing(found, fail_on) else Exit.DONE)


def _fix(session: "Session", files: tuple[Path, ...]) -> None:
    """Fixes what can be, and says how much that was."""
    from starlang.project.fixes import fix_files

    _tell_fixed(fix_files(session.project, files), quiet=session.quiet)


def _fix_settings(
    config: Path | None, rules: Path | None, profile: str | None, *, quiet: bool
) -> None:
    """Fixes what can be in the config and the profile, and says how much that was, if any."""
    from starlang.project.fixes import fix_settings
    from starlang.project.project import Wanted

    with suppress(FileNotFoundError):  # the directory is gone: opening the project says so
        fixed = fix_settings(Wanted(Path.cwd(), config, rules, profile=profile))
        if fixed.count or fixed.problems:
            _tell_fixed(fixed, quiet=quiet)


def _tell_fixed(fixed: "Fixed", *, quiet: bool) -> None:
    for problem in fixed.problems:
        tell(problem)
    if fixed.problems:
        raise SystemExit(Exit.WRONG)
    where = f" in {', '.join(fixed.files)}" if fixed.files else ""
    tell(f"fixed {counted(fixed.count, 'finding')}{where}", quiet=quiet)


def _counts(found: "Sequence[Diagnostic]") -> str:
    """How many findings there are of each severity; notes are named where there are any."""
    if not found:
        return "no problems found"
    numbers = Counter(each.severity.value for each in found)
    named = ["error", "warning", *(["note"] if numbers["note"] else [])]
    return ", ".join(counted(numbers[each], each) for each in named)


_PIPE = Path("-")


def fmt(  # noqa: PLR0913 -- the options of the command
    files: Annotated[
        list[Path] | None,
        argument(
            metavar="[FILES]...",
            help="Rule files, or `-` for stdin to stdout. [default: all of the rule set]",
        ),
    ] = None,
    *,
    check: Annotated[
        bool, option("--check", help="Write nothing; exit with 3 if a file would change.")
    ] = False,
    diff: Annotated[bool, option("--diff", help="Write nothing; show what would change.")] = False,
    limit: FindingsLimitOption = MENDED,
    config: ConfigOption = None,
    rules: RulesOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Lay out rule files in their canonical form, in place; comments are kept."""
    piped = _PIPE in (files or ())
    if piped and files != [_PIPE]:
        raise MisuseError("`-` must be the only argument", "FILES")
    layouts = _layouts(files, config=config, rules=rules, no_color=no_color)
    say(layouts.diagnostics, no_color=no_color, limit=limit)
    differing = [file for file in layouts.files if file.differs]
    done = len(differing)
    if diff:
        _put_patch(differing, color=wants_color(sys.stdout, no_color=no_color))
    elif piped and not check:
        for file in layouts.files:
            put_document(file.after)
    else:
        done = _write_or_name(differing, write=not check)
    if not piped and (layouts.files or not layouts.diagnostics):
        word = "would change" if check or diff else "changed"
        _sum_up(len(layouts.files), f"{done:,} {word}" if differing else "", quiet=quiet)
    wrong = bool(layouts.diagnostics) or done < len(differing)
    raise SystemExit(_code(wrong=wrong, different=check and bool(differing)))


def _layouts(
    files: list[Path] | None, *, config: Path | None, rules: Path | None, no_color: bool
) -> "Layouts":
    from starlang.cli.session import open_session
    from starlang.project.format_files import format_files, format_piped, format_project
    from starlang.syntax.scanner import MAX_BYTES

    if not files:
        session = open_session(config=config, rules=rules, no_color=no_color)
        return format_project(session.project)
    if files == [_PIPE]:
        return format_piped(_read_stdin(MAX_BYTES + 1))
    return format_files(files)


def _read_stdin(size: int) -> bytes:
    """What comes in, up to `size` bytes; says so and leaves where nothing can."""
    stream: TextIO | None = sys.stdin  # None where it was closed when the program began
    try:
        if stream is not None:
            return stream.buffer.read(size)
        problem = "it is closed"
    except OSError as error:
        problem = error.strerror or str(error)
    tell(f"stdin cannot be read: {problem}")
    raise SystemExit(Exit.WRONG)


def _put_patch(files: Sequence["Layout"], *, color: bool) -> None:
    """Writes a patch, which is for programs too: its bytes are those of the files."""
    from starlang.text import patch

    kinds = {"+": 32, "-": 31} if color else {}  # green and red, as git has them
    for file in files:
        for line in patch(file.name, file.before, file.after):
            text = line.removesuffix("\n")
            code = kinds.get(line[0])
            painted = text if code is None else f"\x1b[{code}m{text}\x1b[0m"
            put_document(painted + line[len(text) :])
    sys.stdout.flush()


def _write_or_name(files: Sequence["Layout"], *, write: bool) -> int:
    """Names the files, with `write` those that could be written, and says how many these are."""
    from starlang.project.format_files import write_layout

    listed = 0
    for file in files:
        problem = write_layout(file) if write else None
        if problem is None:
            put_lines([file.name])
            listed += 1
        else:
            tell(problem)
    return listed


def _sum_up(count: int, done: str, *, quiet: bool) -> None:
    files = counted(count, "file")
    tell(f"{files}: {done or 'nothing to change'}", quiet=quiet)


def _code(*, wrong: bool, different: bool) -> Exit:
    if wrong:
        return Exit.WRONG
    return Exit.DIFFERENT if different else Exit.DONE


_ALL = 100


def run_test_blocks(  # noqa: PLR0913 -- the options of the command
    files: RuleFilesArgument = None,
    *,
    named: Annotated[
        list[str] | None,
        option("-k", metavar="TEXT", help="Run only tests whose name contains TEXT."),
    ] = None,
    coverage: Annotated[
        bool, option("--coverage", help="List the rules that fired in no test.")
    ] = False,
    fail_under: Annotated[
        str | None,
        option(
            "--fail-under",
            metavar="PERCENT",
            help="Fail if a smaller share of the rules fired in tests.",
        ),
    ] = None,
    junit: Annotated[
        Path | None,
        option("--junit", metavar="FILE", help="Also write the results to FILE as JUnit XML."),
    ] = None,
    limit: Annotated[
        int, option("--limit", metavar="N", min=0, help="Tests or rules to list; 0 for all.")
    ] = MENDED,
    config: ConfigOption = None,
    rules: RulesOption = None,
    profile: ProfileOption = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Run the tests in rule files, and explain those that fail."""
    from starlang.cli.session import open_session
    from starlang.project.check import run_tests

    wanted = _percent(fail_under)
    if str(junit) == "-" and format_ is Format.JSON:
        raise MisuseError("--format json is written to stdout, too; name a file", "--junit")
    begin_file(file_named(junit))
    session = open_session(
        config=config,
        rules=rules,
        profile=profile,
        no_color=no_color,
        quiet=quiet,
        format_=format_,
        command="test",
        limit=limit,
    )
    tested = run_tests(session.project, tuple(files or ()), tuple(named or ()))
    if tested.diagnostics:
        session.fail(tested.diagnostics)
    is_under = wanted is not None and tested.coverage.share * 100 < wanted
    missed = [f"{tested.coverage.words}, and {fail_under}% are asked for"] if is_under else []
    if not tested.trials:
        missed.append(_none_chosen(named or []))
    if junit is not None:
        _write_junit(tested.trials, missed, session, file_named(junit))
    match format_:
        case _ if str(junit) == "-":
            pass  # stdout has the XML
        case Format.JSON:
            from starlang.rule_tests import coverage_json, encode

            put_document(encode(tested.trials, coverage_json(tested.coverage)))
        case Format.TEXT:
            color = wants_color(sys.stdout, no_color=no_color)
            _put_failures(tested, limit, coverage=coverage, color=color)
        case _:
            assert_never(format_)
    passed = _tell_passed(tested, named or [], quiet=quiet)
    if coverage or wanted is not None:
        tell(tested.coverage.words, quiet=quiet and not is_under)
    if is_under:
        tell(f"that is less than the {fail_under}% that were asked for")
    raise SystemExit(Exit.DONE if passed and not is_under else Exit.WRONG)


def _put_failures(tested: "Tested", limit: int, *, coverage: bool, color: bool) -> None:
    failed = [trial for trial in tested.trials if not trial.passed]
    for trial in failed[: limit or None]:
        put_lines(_failure(trial, color=color))
    put_lines(more(failed, limit))
    never = tested.coverage.never if coverage else ()
    put_lines(f"never fired: {name}  {at}" for name, at in never[: limit or None])
    put_lines(more(never, limit))


def _tell_passed(tested: "Tested", named: list[str], *, quiet: bool) -> bool:
    """Says how many passed; whether all did, and there were any."""
    failed = sum(not trial.passed for trial in tested.trials)
    if tested.trials:
        tell(f"{len(tested.trials) - failed:,} passed, {failed:,} failed", quiet=quiet)
    else:
        tell(_none_chosen(named))
    return bool(tested.trials) and not failed


def _none_chosen(named: list[str]) -> str:
    if named:
        return f"no test has {' or '.join(map(repr, named))} in its name"
    return "no tests found: a rule file without tests proves nothing"


def _percent(written: str | None) -> "Fraction | None":
    """The share that was asked for, exactly as it was written."""
    from fractions import Fraction

    if written is None:
        return None
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", written) or Fraction(written) > _ALL:
        raise MisuseError(f"{written!r} is not a percentage from 0 to 100", "--fail-under")
    return Fraction(written)


def _write_junit(
    trials: "tuple[Trial, ...]", missed: Sequence[str], session: "Session", path: Path | None
) -> None:
    """Writes the tests as JUnit XML: one suite per file, one case per test.

    What the whole has `missed` is a suite as well, or the report of a failure would be green.
    """
    from starlang.diagnostics.junit import JUnitCase, Suite, render
    from starlang.explain.words import render as explained
    from starlang.project.revisions import repository_of

    repository = repository_of(session.project)
    suites: dict[str, list[JUnitCase]] = {}
    for trial in trials:
        name, line, _ = trial.case.at.rsplit(":", 2)
        file, words = repository.path(name), f"expected {trial.expected}, found {trial.found}"
        failure = None if trial.passed else f"{words}\n{explained(trial.explanation)}"
        case = JUnitCase(trial.case.name, file, file, int(line), words if failure else "", failure)
        suites.setdefault(file, []).append(case)
    written = [Suite(file, tuple(cases)) for file, cases in suites.items()]
    if missed:
        whole = (
            JUnitCase("the whole", "starlang test", summary=each, failure=each) for each in missed
        )
        written.append(Suite("starlang test", tuple(whole)))
    write_result(path, render("starlang test", written))


def _failure(trial: "Trial", *, color: bool) -> Iterator[str]:
    from starlang.explain.words import render
    from starlang.printable import plain
    from starlang.report.terminal import paint as ansi

    paint = ansi if color else plain
    yield f"{paint('against', 'FAILED')} {trial.case.name}  {trial.case.at}"
    yield f"  expected {trial.expected}"
    yield f"  found    {trial.found}"
    width = text_width(sys.stdout)
    yield from render(trial.explanation, width=width, paint=paint).split("\n")
    yield ""


_FAMILIES: Mapping[int, str] = {
    100: "Rule files: text and syntax",
    200: "Rule files: names and declarations",
    300: "Rule files: weights, thresholds, conditions, exceptions, tests",
    400: "Rule files that use each other",
    420: "Rules compared with all modules",
    500: "Manifests: text, JSON and shape",
    540: "The graph: dependencies, imports and events",
    550: "Coverage: packages and manifests",
    600: "Manifests: paths and names",
    700: "Config, profile and schema",
    800: "Plans and what they start from",
    850: "Compiled rule sets, drift, copies of the canon, export",
    900: "Import of old rules",
    920: "A run: writing, recovering, rolling back",
    950: "A run: steps and gates",
    980: "A run: verification",
    988: "Coverage: the repository",
}
"""What codes are about, from the number at which a family begins to the next one."""


def _family(code: str) -> str:
    """What family a code belongs to."""
    number = int(code[1:])
    return _FAMILIES[max(start for start in _FAMILIES if start <= number)]


def codes(
    code: Annotated[
        str | None,
        argument(metavar="[CODE]", help="A code such as E104; without one, all are listed."),
    ] = None,
) -> None:
    """Explain a diagnostic code and how to resolve it, or list all codes."""
    from starlang.project.files import data_path
    from starlang.text import did_you_mean

    pages = {page.stem: page for page in sorted(data_path("docs", "codes").glob("*.md"))}
    if code is None:
        _list_codes(pages)
        return
    wanted = pages.get(code.upper())
    if wanted is None:
        hint = did_you_mean(code.upper(), pages)
        tell(f"there is no code {code}; {hint or '`starlang codes` lists all of them'}")
        raise SystemExit(Exit.USAGE)
    put(wanted.read_text(encoding="utf-8"))


def _list_codes(pages: Mapping[str, Path]) -> None:
    """Every code with the title of its page, family by family."""
    titles: dict[str, list[str]] = {name: [] for name in _FAMILIES.values()}
    for code, page in pages.items():
        first = page.read_text(encoding="utf-8").partition("\n")[0]
        titles[_family(code)].append(f"  {first.removeprefix('# ')}\n")
    put("\n".join(f"{name}\n{''.join(lines)}" for name, lines in titles.items()))
