"""Trials: the `test` blocks of rule files, run by the evaluator that plans are made by."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from typing import NamedTuple, assert_never

from attrs import evolve, frozen

from starlang.compiler import GivenNeighbour, TestCase
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
from starlang.manifests.graph import FacetColumn, ModuleGraph, Relations, adjacency
from starlang.manifests.profile import Profile
from starlang.matching.globs import composed
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.derivations import Names
from starlang.rules.model import RuleSet
from starlang.rules.predicate import Predicate
from starlang.rules.spelling import BUILTIN_FACETS, Scalar, quoted
from starlang.rules.text_predicates import Seeing
from starlang.text import Json

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
    found: dict[int, Trial] = {}
    for numbers in _batches(rules, cases):
        found |= zip(numbers, _run(evaluator, profile, [cases[n] for n in numbers]), strict=True)
    return tuple(found[number] for number in range(len(cases)))


def _batches(rules: RuleSet, cases: Sequence[TestCase]) -> Iterator[Sequence[int]]:
    """The numbers of cases that are decided together, as if they were one repository.

    An evaluation has a price of its own, and modules without neighbours do not see each other. A
    case with neighbours is alone, and so is one about a path that the rules single out: several
    cases may be about the same path, and an assignment is of one module.
    """
    singled = _singled_out(rules)
    together = []
    for number, case in enumerate(cases):
        if case.neighbours or composed(_text(case.values("path"))) in singled:
            yield (number,)
        else:
            together.append(number)
    if together:
        yield together


def _singled_out(rules: RuleSet) -> frozenset[str]:
    barred = (each.unless_paths for each in rules.nevers)
    forbidden = (each.unless_paths for each in rules.forbids)
    paths = chain((each.path for each in rules.assigns), *barred, *forbidden)
    return frozenset(map(composed, paths))


def _run(evaluator: Evaluator, profile: Profile, cases: Sequence[TestCase]) -> Iterator[Trial]:
    evaluation = evaluator.evaluate(_modules(profile, cases))
    explainer = Explainer(evaluation, _without_ceilings(evaluation))
    broken = _broken(evaluation, {case.forbid for case in cases})
    for module, case in enumerate(cases):
        explanation = explainer.explain(module)
        expected, found = _expected(case), _found(case, explanation)
        passed = _is_met(case, explanation)
        if case.forbid:
            is_broken = (case.forbid, module) in broken
            found = f"{FORBIDDEN if is_broken else NOT_FORBIDDEN} {quoted(case.forbid)}"
            passed = found == expected
        about = range(len(evaluation.graph)) if case.neighbours else (module,)
        derived = _derived(evaluation, about)
        yield Trial(case, passed, expected, found, explanation, derived)


def _derived(evaluation: Evaluation, modules: Iterable[int]) -> frozenset[str]:
    derivations = evaluation.rules.derivations
    return frozenset(
        derivations[number].at
        for facet in evaluation.derived.values()
        for module in modules
        for number in facet.holding(module)
    )


def _broken(evaluation: Evaluation, names: Collection[str]) -> frozenset[tuple[str, int]]:
    """The forbids of these names that modules break, each with the number of the module."""
    rules = evaluation.rules
    asked = evolve(rules, forbids=tuple(each for each in rules.forbids if each.name in names))
    violations = ask(asked, evaluation.graph).violations
    return frozenset((each.forbid.name, each.module) for each in violations)


def _modules(profile: Profile, cases: Sequence[TestCase]) -> ModuleGraph:
    """A graph of the modules that `cases` give, and after them of the neighbours of the only one.

    Nothing else is known of them, and where they lie relates none to another.
    """
    others = _neighbours(cases[0]) if len(cases) == 1 else {}
    facts = [*(dict(case.given) for case in cases), *(each.facts for each in others.values())]
    count = len(facts)
    columns = {
        facet: FacetColumn(tuple(each.get(facet, ()) for each in facts), range(count))
        for facet in sorted(set().union(*facts).difference(BUILTIN_FACETS))
    }
    stars = (tuple(map(str, case.values("star"))) for case in cases)
    return ModuleGraph(
        paths=(*(_text(case.values("path")) for case in cases), *others),
        names=tuple(_text(each.get("name", ())) for each in facts),
        stars=(*stars, *(each.stars for each in others.values())),
        files=("",) * count,
        digests=("",) * count,
        columns=columns,
        relations=_relations(cases[0].neighbours, list(others), count),
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


def _relations(given: Sequence[GivenNeighbour], others: Sequence[str], count: int) -> Relations:
    """The relations that a case gives to the first of `count` modules; `others` are the last."""
    numbers = {path: number for number, path in enumerate(others, count - len(others))}
    uses: list[list[int]] = [[] for _ in range(count)]
    inside: list[list[int]] = [[] for _ in range(count)]
    for each in given:
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
