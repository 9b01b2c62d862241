"""Trials: the `test` blocks of rule files, run by the evaluator that plans are made by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, assert_never

from attrs import evolve, frozen

from starlang.compiler import TestCase
from starlang.diagnostics.model import Diagnostic, at
from starlang.engine.ceilings import Settlement, unlimited
from starlang.engine.decisions import Outcome
from starlang.engine.evaluate import Evaluation, Evaluator
from starlang.engine.promotions import promotions
from starlang.explain.encoding import explanation_json, line
from starlang.explain.explain import Explainer, score_of
from starlang.explain.forbids import ask
from starlang.explain.model import Explanation
from starlang.explain.words import short
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.profile import Profile
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.derivations import Names
from starlang.rules.model import RuleSet
from starlang.rules.predicate import Predicate
from starlang.rules.spelling import BUILTIN_FACETS, Scalar, quoted
from starlang.rules.text_predicates import Seeing
from starlang.text import Json

if TYPE_CHECKING:
    from starlang.manifests.graph import Relations


FORMAT = "starlang-tests/1"

_GIVEN = (Outcome.PROMOTED, Outcome.ASSIGNED)

FORBIDDEN, NOT_FORBIDDEN = "forbidden", "not forbidden"


@frozen
class Trial:
    """One test block and what came of it. `expected` and `found` say it in the same words.

    `derived` are the places of the derivations that hold for its module or a neighbour.
    """

    case: TestCase
    passed: bool
    expected: str
    found: str
    explanation: Explanation
    derived: frozenset[str] = frozenset()


def run(rules: RuleSet, profile: Profile, cases: Sequence[TestCase]) -> tuple[Trial, ...]:
    """Runs `cases`, each on a module of its own and without ceilings, in the given order."""
    evaluator = Evaluator(rules)
    return tuple(_run(evaluator, profile, case) for case in cases)


def _run(evaluator: Evaluator, profile: Profile, case: TestCase) -> Trial:
    evaluation = evaluator.evaluate(_module(profile, case))
    explanation = Explainer(evaluation, _without_ceilings(evaluation)).explain(0)
    expected, found = _expected(case), _found(case, explanation)
    passed = _is_met(case, explanation)
    if case.forbid:
        found = _forbidden(evaluation, case)
        passed = found == expected
    return Trial(case, passed, expected, found, explanation, _derived(evaluation))


def _derived(evaluation: Evaluation) -> frozenset[str]:
    derivations = evaluation.rules.derivations
    return frozenset(
        derivations[number].at
        for facet in evaluation.derived.values()
        for module in range(len(evaluation.graph))
        for number in facet.holding(module)
    )


def _forbidden(evaluation: Evaluation, case: TestCase) -> str:
    """Whether the module breaks the forbid that the case names, in the words of a test."""
    rules = evaluation.rules
    asked = evolve(rules, forbids=tuple(f for f in rules.forbids if f.name == case.forbid))
    broken = any(each.module == 0 for each in ask(asked, evaluation.graph).violations)
    return f"{FORBIDDEN if broken else NOT_FORBIDDEN} {quoted(case.forbid)}"


def _module(profile: Profile, case: TestCase) -> ModuleGraph:
    """A graph of the module that `case` gives, and after it of its neighbours.

    Nothing else is known of it, and of them what the case says.
    """
    others = _neighbours(case)
    facts = [dict(case.given), *(each.facts for each in others.values())]
    count = len(facts)
    columns = {
        facet: FacetColumn(tuple(each.get(facet, ()) for each in facts), range(count))
        for facet in sorted(set().union(*facts).difference(BUILTIN_FACETS))
    }
    return ModuleGraph(
        paths=(_text(case.values("path")), *others),
        names=tuple(_text(each.get("name", ())) for each in facts),
        stars=(tuple(map(str, case.values("star"))), *(each.stars for each in others.values())),
        files=("",) * count,
        digests=("",) * count,
        columns=columns,
        relations=_relations(case, list(others)) if others else None,
        profile=profile,
    )


class _Other(NamedTuple):
    """What a case says of a neighbour, whichever relations it names it in."""

    stars: tuple[str, ...]
    facts: dict[str, tuple[Scalar, ...]]


def _neighbours(case: TestCase) -> dict[str, _Other]:
    """The neighbours by path; what several relations say of one adds up."""
    found: dict[str, _Other] = {}
    for each in case.neighbours:
        before = found.get(each.path, _Other((), {}))
        facts = {facet: (*before.facts.get(facet, ()), *said) for facet, said in each.given}
        stars = (each.star,) if each.star else before.stars
        found[each.path] = _Other(stars, before.facts | facts)
    return found


def _relations(case: TestCase, others: Sequence[str]) -> "Relations":
    """The relations that the case gives; where modules lie decides nothing here."""
    from starlang.manifests.graph import Relations, adjacency  # noqa: PLC0415 -- few tests have any

    numbers = {path: number for number, path in enumerate(others, 1)}
    uses: list[list[int]] = [[] for _ in range(len(others) + 1)]
    inside: list[list[int]] = [[] for _ in range(len(others) + 1)]
    for each in case.neighbours:
        match each.relation:
            case "uses" | "depends on":
                uses[0].append(numbers[each.path])
            case "used by" | "needed by":
                uses[numbers[each.path]].append(0)
            case "inside":
                inside[0].append(numbers[each.path])
            case _:
                inside[numbers[each.path]].append(0)
    return Relations(adjacency(uses), adjacency(inside))


def _text(values: tuple[Scalar, ...]) -> str:
    return str(values[0]) if values else ""


def _without_ceilings(evaluation: Evaluation) -> Settlement:
    return unlimited(promotions(evaluation))


def _is_met(case: TestCase, explanation: Explanation) -> bool:
    if case.score is not None and _score(case, explanation) != case.score:
        return False
    outcome = explanation.outcome
    if not case.outcome:
        is_given = outcome in _GIVEN and explanation.star != explanation.default
        if case.star == explanation.default:
            return not is_given
        return is_given and explanation.star == case.star
    if case.outcome == Outcome.BARRED and case.star:
        return case.star in explanation.barred
    if outcome != case.outcome:
        return False
    return not case.star or _subject(explanation) == case.star


def _subject(explanation: Explanation) -> str | None:
    """The star that an outcome is about: the best one, or the one carried."""
    if explanation.outcome in {Outcome.KEPT, *_GIVEN}:
        return explanation.star
    return explanation.best.star if explanation.best else None


def _score(case: TestCase, explanation: Explanation) -> int:
    if case.star:
        return score_of(explanation.scores, case.star)
    return explanation.best.score if explanation.best else 0


def _expected(case: TestCase) -> str:
    if case.forbid:
        return f"{case.outcome} {quoted(case.forbid)}"
    at = "" if case.score is None else f"at {short(case.score)}"
    return " ".join(word for word in (case.outcome, case.star, at) if word)


def _found(case: TestCase, explanation: Explanation) -> str:
    star = _subject(explanation) or ""
    words = [explanation.outcome.value, star]
    if case.score is not None:
        words.append(f"at {short(_score(case, explanation))}")
    return " ".join(word for word in words if word)


def encode(trials: Sequence[Trial], coverage: Json) -> str:
    """`starlang-tests/1` as JSON text: a test a line, ending in a newline."""
    failed = sum(not trial.passed for trial in trials)
    head = f'"format": "{FORMAT}",\n"passed": {len(trials) - failed},\n"failed": {failed}'
    head += f',\n"coverage": {line(coverage)}'
    tests = ",\n".join(line(_trial(trial)) for trial in trials)
    return f'{{\n{head},\n"tests": [\n{tests}\n]\n}}\n'


def _trial(trial: Trial) -> dict[str, Json]:
    return {
        "name": trial.case.name,
        "at": trial.case.at,
        "passed": trial.passed,
        "expected": trial.expected,
        "found": trial.found,
        "module": explanation_json(trial.explanation),
    }


# Tests that prove nothing.
#
# A test that expects the default star passes in a rule set without any rule. It is about
# something only if a rule would hold were it not for a mask, an `ignoring`, an `unless`,
# an exception or evidence against. So those are all taken away, and if still no rule
# holds, the test is about nothing.


def vacuous(rules: RuleSet, profile: Profile, cases: Sequence[TestCase]) -> Iterator[Diagnostic]:
    """A warning for each of `cases` that would pass without what it is about."""
    suspects = [
        trial.case
        for trial in run(rules, profile, cases)
        if trial.passed and trial.explanation.outcome is Outcome.SILENT and not trial.case.forbid
    ]
    for trial in run(_unguarded(rules), profile, suspects):
        if trial.explanation.outcome is Outcome.SILENT:
            yield at(
                trial.case.source,
                trial.case.span,
                "W390",
                "this test would pass without any rule",
                hint="give the module something that a rule looks for",
            )


def _unguarded(rules: RuleSet) -> RuleSet:
    """`rules` without anything that keeps a rule from holding.

    A derived facet may be given, or what it is derived from: guards of derivations count, too.
    """
    names = Names(rules.derivations)
    speaking = (
        evolve(rule, condition=_widened(rule.condition, names))
        for rule in rules.rules
        if rule.sign > 0
    )
    return evolve(rules, rules=tuple(speaking), masks=(), nevers=(), assigns=())


def _widened(condition: Condition, names: Names) -> Condition:
    """A condition that holds wherever `condition` does, and where only a guard forbids it.

    `Not` counts as a guard within a conjunction; alone it is what the rule is about.
    """
    match condition:
        case AllOf(parts=parts):
            kept = tuple(_widened(part, names) for part in parts if not isinstance(part, Not))
            return AllOf(kept or parts)
        case AnyOf(parts=parts):
            return AnyOf(tuple(_widened(part, names) for part in parts))
        case Not():
            return condition
        case Predicate():
            alone = condition.bare() if isinstance(condition, Seeing) else condition
            origin = names.expanded(condition)
            return alone if origin is condition else AnyOf((alone, _widened(origin, names)))
        case _:
            assert_never(condition)


# Which rules have fired in tests, and which never did. A derivation fires where it holds.


@frozen
class Coverage:
    """`fired` of `total` rules; `never` are the names of the others with their places.

    Derivations, if there are any, are counted as rules are: `has_derivations`.
    """

    fired: int
    total: int
    never: tuple[tuple[str, str], ...]
    has_derivations: bool = False

    @property
    def share(self) -> Fraction:
        """The share that has fired; of no rules, all."""
        return Fraction(self.fired, self.total) if self.total else Fraction(1)

    @property
    def words(self) -> str:
        """`12 of 45 rules fired (26.6%)`; the share is cut off, never rounded up."""
        tenths = (self.share * 1000).__floor__()
        what = "rules and derivations" if self.has_derivations else "rules"
        count = f"{self.fired:,} of {self.total:,} {what}"
        return f"{count} fired in tests ({tenths // 10}.{tenths % 10}%)"


def coverage_of(
    rules: Mapping[str, str], derivations: Mapping[str, str], trials: Iterable[Trial]
) -> Coverage:
    """The coverage of `rules` (name -> place) and `derivations` (place -> words) by `trials`."""
    tried = tuple(trials)
    fired = {row.rule for trial in tried for row in trial.explanation.rows} & rules.keys()
    held = frozenset[str]().union(*(trial.derived for trial in tried))
    never = [(name, at) for name, at in rules.items() if name not in fired]
    never += [(name, at) for at, name in derivations.items() if at not in held]
    total = len(rules) + len(derivations)
    return Coverage(total - len(never), total, tuple(never), bool(derivations))


def coverage_json(coverage: Coverage) -> dict[str, Json]:
    """The coverage as plain data."""
    return {
        "rules": coverage.total,
        "fired": coverage.fired,
        "never": [{"rule": name, "at": at} for name, at in coverage.never],
    }
