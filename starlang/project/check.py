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
    from starlang.manifests.graph import ModuleGraph
    from starlang.rule_tests import Coverage, Trial
    from starlang.rules.model import RuleSet


@frozen
class Report:
    """What checking found, sorted, and the rule files that it read.

    `ignored` is how many manifests are in directories that settings leave out, 0 where none was
    read.
    """

    diagnostics: tuple[Diagnostic, ...]
    names: frozenset[str]
    ignored: int = 0

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
    ignored = 0
    today = datetime.now(UTC).date()
    for compiled, wanted in rule_sets(project, files):
        told = check(compiled, project.profile, today)
        if compiled.rules is not None and not files:
            found += unknown_stars(project.config.run.bands, compiled.rules)
            found += project.config.severities.unknown(compiled.rules)
            of_manifests, ignored = against_manifests(project, compiled.rules)
            found += of_manifests
        found += [each for each in told if wanted is None or each.file in wanted]
        names.update(compiled.names if wanted is None else wanted)
    if not files:
        config = project.config
        entries = (*config.waivers, *config.canon_known, *config.coverage.exclude)
        found += expired(entries, today)
    return Report(in_order(found), frozenset(names), ignored)


_OF_TYPES = frozenset({"E521", "W560", "W806"})
"""Values of another type than a rule asks for."""


def against_manifests(project: Project, rules: "RuleSet") -> tuple[tuple[Diagnostic, ...], int]:
    """What manifests have that rules forbid or cannot compare, less what the config accepts.

    A manifest that cannot be read is a finding where there is a forbid: nobody knows whether it
    breaks anything. Manifests are read only where there is one, or where a rule asks for a number,
    a flag or a date. The number is that of manifests that `ignore` leaves out.
    """
    if not (rules.forbids or _asks_for_types(rules)) or not project.config.manifests.is_dir():
        return (), 0
    from starlang.manifests.waivers import BROKEN, living_with
    from starlang.plan.findings import not_dates
    from starlang.project.planning import load_for

    graph = load_for(project, rules)
    found = [each for each in graph.problems if each.code in _OF_TYPES]
    found += not_dates(rules, graph)
    if rules.forbids:
        found += _forbidden(project, rules, graph)
    root = display(project.config.manifests, project.root)
    standing = living_with(found, project.config.waivers, root)
    known = [each for each in project.config.waivers if each.code == BROKEN]
    unused = living_with(found, known, root).unused
    return (*standing.open, *unused), graph.ignored


def _asks_for_types(rules: "RuleSet") -> bool:
    from starlang.rules.conditions import walk_all
    from starlang.rules.model import all_conditions_of
    from starlang.rules.predicates import AtLeast, AtMost, Flag
    from starlang.rules.text_predicates import Before

    tests = (test for each in all_conditions_of(rules) for test in walk_all(each))
    return any(isinstance(test, AtLeast | AtMost | Flag | Before) for test in tests)


def _forbidden(project: Project, rules: "RuleSet", graph: "ModuleGraph") -> Iterator[Diagnostic]:
    """Modules that break a forbid, and manifests of which nobody knows whether they do."""
    from starlang.explain.forbids import ask, doubts, findings
    from starlang.manifests.survey import ManifestPlaces
    from starlang.project.loading import texts_of

    readable = {*graph.files}
    yield from (
        each
        for each in graph.problems
        if each.is_error and each.file and each.file not in readable and each.code not in _OF_TYPES
    )
    asked = ask(rules, graph)
    places = ManifestPlaces(graph.files, texts_of(graph, project.root), graph.profile.format_of)
    yield from findings(asked.violations, graph, places)
    yield from doubts(asked)


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
