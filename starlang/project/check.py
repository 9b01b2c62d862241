"""Checking and testing rule files, those of the project or those that were named."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from starlang.checker.allowances import allowances_in
from starlang.checker.lints.run import analyse, expired_exceptions
from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.profile import Profile
from starlang.manifests.waivers import expired
from starlang.project.files import display
from starlang.project.project import Compiled, Project, rule_sets
from starlang.project.settings import unknown_stars
from starlang.rules.derivations import derivation_words

if TYPE_CHECKING:
    from starlang.rule_tests import Coverage, Trial
    from starlang.rules.model import RuleSet


@frozen
class Report:
    """What checking found, sorted, and the rule files that it read."""

    diagnostics: tuple[Diagnostic, ...]
    names: frozenset[str]

    @property
    def files(self) -> int:
        """How many files were read."""
        return len(self.names)


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
            found += project.config.severities.unknown(compiled.rules)
            found += broken(project, compiled.rules)
        found += [each for each in told if wanted is None or each.file in wanted]
        names.update(compiled.names if wanted is None else wanted)
    if not files:
        config = project.config
        entries = (*config.waivers, *config.canon_known, *config.coverage.exclude)
        found += expired(entries, today)
    return Report(in_order(found), frozenset(names))


def broken(project: Project, rules: "RuleSet") -> tuple[Diagnostic, ...]:
    """What the manifests of the project break that must never be, less what its config accepts.

    A manifest that cannot be read is a finding: nobody knows whether it breaks anything.
    Manifests are read only where there is a forbid.
    """
    if not rules.forbids or not project.config.manifests.is_dir():
        return ()
    from starlang.explain.forbids import ask, doubts, findings
    from starlang.manifests.survey import ManifestPlaces
    from starlang.manifests.waivers import BROKEN, living_with
    from starlang.project.imports import texts_of
    from starlang.project.planning import load_for

    graph = load_for(project, rules)
    places = ManifestPlaces(graph.files, texts_of(graph, project.root), graph.profile.format_of)
    readable = {*graph.files}
    unread = [
        each for each in graph.problems if each.is_error and each.file and each.file not in readable
    ]
    asked = ask(rules, graph)
    found = [*unread, *findings(asked.violations, graph, places), *doubts(asked)]
    root = display(project.config.manifests, project.root)
    standing = living_with(found, project.config.waivers, root)
    known = [each for each in project.config.waivers if each.code == BROKEN]
    unused = living_with(found, known, root).unused
    return (*standing.open, *unused)


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
    if compiled.cases:  # what runs tests is not imported for rules without any
        from starlang.rule_tests import vacuous

        yield from vacuous(compiled.rules, profile, compiled.cases)


def _nothing_covered() -> "Coverage":
    from starlang.rule_tests import Coverage

    return Coverage(0, 0, ())


@frozen
class Tested:
    """The tests that were run and the rules that fired in them, or why none could be run."""

    trials: tuple["Trial", ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    coverage: "Coverage" = field(factory=_nothing_covered)


def run_tests(project: Project, files: tuple[Path, ...], named: tuple[str, ...] = ()) -> Tested:
    """Runs the tests of `files`, or all of the project; none if the rules are wrong.

    With `named`, only those tests in whose name one of its texts occurs, in any case.
    """
    from starlang.rule_tests import coverage_of, run

    trials: list[Trial] = []
    rules: dict[str, str] = {}
    derivations: dict[str, str] = {}
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
        derivations.update((each.at, derivation_words(each)) for each in compiled.rules.derivations)
    return Tested(tuple(trials), coverage=coverage_of(rules, derivations, trials))


def _is_named(name: str, named: tuple[str, ...]) -> bool:
    return not named or any(each.casefold() in name.casefold() for each in named)
