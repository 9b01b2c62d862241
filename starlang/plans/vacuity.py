"""Tests that prove nothing.

A test that expects the default star passes in a rule set without any rule. It is about
something only if a rule would hold were it not for a mask, an `ignoring`, an `unless`,
an exception or evidence against. So those are all taken away, and if still no rule
holds, the test is about nothing.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from attrs import evolve

from starlang.compiler.cases import TestCase
from starlang.diagnostics.model import Diagnostic, at
from starlang.engine.decisions import Outcome
from starlang.manifests.profile import Profile
from starlang.plans.trials import run
from starlang.rulesets.conditions import AllOf, AnyOf, Condition, Not
from starlang.rulesets.model import RuleSet
from starlang.rulesets.predicate import Predicate
from starlang.rulesets.text_predicates import Seeing


def vacuous(rules: RuleSet, profile: Profile, cases: Sequence[TestCase]) -> Iterator[Diagnostic]:
    """A warning for each of `cases` that would pass without what it is about."""
    suspects = [
        trial.case
        for trial in run(rules, profile, cases)
        if trial.passed and trial.explanation.outcome is Outcome.SILENT
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
    """`rules` without anything that keeps a rule from holding."""
    speaking = (
        evolve(rule, condition=_widened(rule.condition)) for rule in rules.rules if rule.sign > 0
    )
    return evolve(rules, rules=tuple(speaking), masks=(), nevers=(), assigns=())


def _widened(condition: Condition) -> Condition:
    """A condition that holds wherever `condition` does, and where only a guard forbids it.

    `Not` counts as a guard within a conjunction; alone it is what the rule is about.
    """
    match condition:
        case AllOf(parts=parts):
            kept = tuple(_widened(part) for part in parts if not isinstance(part, Not))
            return AllOf(kept or parts)
        case AnyOf(parts=parts):
            return AnyOf(tuple(map(_widened, parts)))
        case Not():
            return condition
        case Seeing():
            return condition.bare()
        case Predicate():
            return condition
        case _:
            assert_never(condition)
