"""Checking and testing rule files, those of the project or those that were named."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from attrs import field, frozen

from starlang.checker.allowances import allowances_in
from starlang.checker.analyses.expiry import expired_exceptions
from starlang.checker.analyses.run import analyse
from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.profile import Profile
from starlang.manifests.waivers import expired
from starlang.plans.rule_coverage import Coverage, coverage_of
from starlang.plans.trials import Trial, run
from starlang.plans.vacuity import vacuous
from starlang.workspace.project import Project, rule_sets
from starlang.workspace.run_settings import unknown_stars
from starlang.workspace.sources import Compiled


@frozen
class Report:
    """What checking found, sorted, and how many files it read."""

    diagnostics: tuple[Diagnostic, ...]
    files: int


def check_files(project: Project, files: tuple[Path, ...]) -> Report:
    """Checks the rule sets that `files` belong to; without any, the project's and its config.

    Of a file that the project's rule set uses, what is said is about that file alone.
    """
    found: list[Diagnostic] = []
    names: set[str] = set()
    today = datetime.now(UTC).date()
    for compiled, wanted in rule_sets(project, files):
        told = check(compiled, project.profile, today)
        if compiled.rules is not None and not files:
            found += unknown_stars(project.config.run.bands, compiled.rules)
        found += [each for each in told if wanted is None or each.file in wanted]
        names.update(compiled.names if wanted is None else wanted)
    if not files:
        found += expired((*project.config.waivers, *project.config.canon_known), today)
    return Report(in_order(found), len(names))


def check(compiled: Compiled, profile: Profile, today: date) -> tuple[Diagnostic, ...]:
    """Everything that is wrong or doubtful in a rule set, but for what its comments allow, sorted.

    Reads no file and no clock.
    """
    allowances = allowances_in(compiled.sources)
    found = allowances.keep([*compiled.diagnostics, *_doubts(compiled, profile, today)])
    found += allowances.malformed
    if compiled.rules is not None:  # without, not everything was looked for
        found += allowances.unused()
    return in_order(found)


def _doubts(compiled: Compiled, profile: Profile, today: date) -> Iterator[Diagnostic]:
    """What is probably a mistake in rules that are right."""
    if compiled.rules is None or compiled.checked is None:
        return
    yield from analyse(compiled.rules, compiled.checked)
    yield from expired_exceptions(compiled.checked, today)
    yield from vacuous(compiled.rules, profile, compiled.cases)


@frozen
class Tested:
    """The tests that were run and the rules that fired in them, or why none could be run."""

    trials: tuple[Trial, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    coverage: Coverage = field(factory=lambda: Coverage(0, 0, ()))


def run_tests(project: Project, files: tuple[Path, ...], named: tuple[str, ...] = ()) -> Tested:
    """Runs the tests of `files`, or all of the project; none if the rules are wrong.

    With `named`, only those tests in whose name one of its texts occurs, in any case.
    """
    trials: list[Trial] = []
    rules: dict[str, str] = {}
    for compiled, wanted in rule_sets(project, files):
        if compiled.rules is None:
            return Tested(diagnostics=compiled.diagnostics)
        cases = [
            case
            for case in compiled.cases
            if (wanted is None or case.source.name in wanted) and _is_named(case.name, named)
        ]
        trials += run(compiled.rules, project.profile, cases)
        rules.update((rule.name, rule.at) for rule in compiled.rules.rules)
    return Tested(tuple(trials), coverage=coverage_of(rules, trials))


def _is_named(name: str, named: tuple[str, ...]) -> bool:
    return not named or any(each.casefold() in name.casefold() for each in named)
