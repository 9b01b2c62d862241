"""`check --fix`: makes the edits that hints name, and removes what makes no difference.

A hint that names what is to be written is an edit; it is made if the finding goes away and no
other comes. What is only removed has to leave the digests of the rule set as they were.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from starlang.checker.allowances import allowances_in
from starlang.checker.lints.run import analyse, expired_exceptions
from starlang.diagnostics.model import Diagnostic, Replacement, in_order
from starlang.manifests.profile import Profile
from starlang.manifests.waivers import expired
from starlang.project.files import DISK, Files, display, write_text
from starlang.project.project import Compiled, Project, read_rule_set, rule_sets
from starlang.project.settings import unknown_stars
from starlang.rules.derivations import derivation_words
from starlang.rules.sections import semantic_digest, text_digest
from starlang.text import Source, Span

if TYPE_CHECKING:
    from starlang.rule_tests import Coverage, Trial
    from starlang.rules.model import RuleSet

# Checking and testing rule files, those of the project or those that were named.


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
            found += project.config.severities.unknown(compiled.rules)
            found += broken(project, compiled.rules)
        found += [each for each in told if wanted is None or each.file in wanted]
        names.update(compiled.names if wanted is None else wanted)
    if not files:
        config = project.config
        entries = (*config.waivers, *config.canon_known, *config.coverage.exclude)
        found += expired(entries, today)
    return Report(in_order(found), len(names))


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


_LISTED = frozenset({"W201"})
"""An item that stands in its list twice."""
_COMMENT = frozenset({"W314"})
"""A comment that allows nothing."""

_PASSES = 10
"""How often a file is looked at again: a fix can make room for the next."""


@frozen
class Fixed:
    """How many findings were fixed in which files, and what could not be written."""

    count: int
    files: tuple[str, ...]
    problems: tuple[str, ...] = ()


def fix_files(project: Project, files: tuple[Path, ...]) -> Fixed:
    """Fixes what can be in the rule files of the project, or in `files`.

    What is removed leaves what the rule set decides, and says, the same.
    """
    count, written = 0, dict[str, None]()
    for _ in range(_PASSES):
        replaced = _replaced(project, check_files(project, files).diagnostics)
        if not replaced:
            break
        for name, (text, edits) in replaced.items():
            problem = write_text(project.root / name, text, within=project.root)
            if problem is not None:
                return Fixed(count, tuple(written), (problem,))
            count += edits
            written[name] = None
    for _ in range(_PASSES):
        texts, fixed = _fixes(check_files(project, files).diagnostics)
        proven = {name: text for name, text in texts.items() if _is_proven(project, name, text)}
        if not proven:
            break
        for name, text in proven.items():
            problem = write_text(project.root / name, text, within=project.root)
            if problem is not None:
                return Fixed(count, tuple(written), (problem,))
            count += fixed[name]
            written[name] = None
    return Fixed(count, tuple(written))


def _replaced(project: Project, found: Iterable[Diagnostic]) -> dict[str, tuple[str, int]]:
    """File -> its text with the edits of hints made, as many as help, and how many those are."""
    edits: dict[str, list[tuple[Replacement, bool]]] = {}
    sources: dict[str, Source] = {}
    for each in found:
        if each.replacement is not None and each.labels:
            source = each.labels[0].source
            sources[source.name] = source
            is_syntax = each.code.startswith(_SYNTAX)
            edits.setdefault(source.name, []).append((each.replacement, is_syntax))
    made = {}
    for name, listed in edits.items():
        text, count = sources[name].text, 0
        before = _found_with(project, name, None)
        # From the end, so that what is not yet made stays where it was found.
        for edit, is_syntax in sorted(listed, key=lambda each: each[0].span, reverse=True):
            changed = replaced(text, edit)
            after = _found_with(project, name, changed)
            if _is_better(before, after, is_syntax=is_syntax):
                text, before, count = changed, after, count + 1
        if count:
            made[name] = text, count
    return made


_SYNTAX = "E1"


def _is_better(before: Counter[str], after: Counter[str], *, is_syntax: bool) -> bool:
    """Whether there is less, and nothing new; what is behind an error of syntax is seen later."""
    if not is_syntax:
        return after < before
    first, then = (
        Counter({c: n for c, n in e.items() if c[:2] == _SYNTAX}) for e in (before, after)
    )
    return then < first


def replaced(text: str, edit: Replacement) -> str:
    """`text` with one edit made."""
    return text[: edit.span.start] + edit.text + text[edit.span.end :]


def _found_with(project: Project, name: str, text: str | None) -> Counter[str]:
    """How often each code is found in the rule set of a file, with `text` in the file if given."""
    path = project.root / name
    port = DISK
    if text is not None:
        port = Files({f"{DISK.resolved(project.root)}/{name}": text.encode()})
    root = project.config.rules
    own = read_rule_set(root, project.root, project.profile, port) if root else Compiled(None)
    if name not in own.names:
        own = read_rule_set(path, project.root, project.profile, port)
    return Counter(each.code for each in own.diagnostics)


def _fixes(found: Iterable[Diagnostic]) -> tuple[dict[str, str], dict[str, int]]:
    """File -> its text with what can be removed left out, and how much that is."""
    spans: dict[str, list[Span]] = {}
    texts: dict[str, str] = {}
    for each in found:
        if each.code not in _LISTED | _COMMENT or not each.labels:
            continue
        source, span = each.labels[0].source, each.labels[0].span
        remove = _comment if each.code in _COMMENT else _item
        cut = remove(source.text, span)
        if cut is not None:
            texts[source.name] = source.text
            spans.setdefault(source.name, []).append(cut)
    counts = {}
    for name, cuts in spans.items():
        texts[name], counts[name] = _without(texts[name], cuts)
    return texts, counts


def _without(text: str, cuts: list[Span]) -> tuple[str, int]:
    """The text without `cuts`, of those that overlap only the last; and how many that are."""
    count, end = 0, len(text)
    for cut in sorted(set(cuts), reverse=True):
        if cut.end <= end:
            text = text[: cut.start] + text[cut.end :]
            count, end = count + 1, cut.start
    return text, count


def _item(text: str, span: Span) -> Span | None:
    """An item of a list with the comma that joins it to the next or the one before."""
    start, end = span
    after = _skip(text, end)
    if text[after : after + 1] == ",":
        return Span(start, _skip(text, after + 1))
    before = start
    while text[before - 1 : before] in {" ", "\t"}:
        before -= 1
    return Span(before - 1, end) if text[before - 1 : before] == "," else None


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] in {" ", "\t"}:
        at += 1
    return at


def _comment(text: str, span: Span) -> Span:
    """A comment with the blanks before it, and with its line if it has that to itself."""
    start = span.start
    while text[start - 1 : start] in {" ", "\t"}:
        start -= 1
    is_alone = start == 0 or text[start - 1] == "\n"
    ends_line = text[span.end : span.end + 1] == "\n"
    return Span(start, span.end + 1 if is_alone and ends_line else span.end)


def _is_proven(project: Project, name: str, text: str) -> bool:
    """Whether the rule set that the file belongs to is the same with `text` in it."""
    root = project.config.rules
    own = read_rule_set(root, project.root, project.profile) if root else Compiled(None)
    if own.rules is None or name not in own.names:
        root = project.root / name
        own = read_rule_set(root, project.root, project.profile)
    if own.rules is None or root is None:
        return False
    fixed = Files({f"{DISK.resolved(project.root)}/{name}": text.encode()})
    changed = read_rule_set(root, project.root, project.profile, fixed)
    if changed.rules is None:
        return False
    before, after = own.rules, changed.rules
    return (semantic_digest(before), text_digest(before)) == (
        semantic_digest(after),
        text_digest(after),
    )
