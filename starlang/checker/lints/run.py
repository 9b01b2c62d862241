"""All analyses of a rule set."""

from collections.abc import Iterator
from datetime import date

from starlang.checker.context import Checked
from starlang.checker.lints.ceilings import crossing_ceilings, loose_ceilings
from starlang.checker.lints.logic import (
    constant_conditions,
    covered_derivations,
    looking_through,
)
from starlang.checker.lints.patterns import covered_alternatives, slow_joints
from starlang.checker.lints.repeats import subsumed_rules
from starlang.checker.lints.scores import sums_on_thresholds, unreachable_stars, weightless_rules
from starlang.checker.values import micro
from starlang.diagnostics.model import Diagnostic, Label, at, in_order
from starlang.rules.derivations import Names
from starlang.rules.model import RuleSet

# Exceptions whose day has come.


def expired_exceptions(checked: Checked, today: date) -> Iterator[Diagnostic]:
    """W311, and W336 for forbids, with `until` of `today` or a day before; they still hold."""
    for never in checked.nevers:
        yield from _expired(never.value.until, never.label, today)
    for assign in checked.assigns:
        yield from _expired(assign.value.until, assign.label, today)
    for forbid in checked.forbids:
        if (until := forbid.value.until) and date.fromisoformat(until) <= today:
            message = f"forbid `{forbid.value.name}` was to hold until {until}, and still holds"
            hint = "remove it, or decide on another day and say why"
            yield at(forbid.label.source, forbid.label.span, "W336", message, hint=hint)


def _expired(until: str, place: Label, today: date) -> Iterator[Diagnostic]:
    if until and date.fromisoformat(until) <= today:
        message = f"this exception should have gone by {until}, and still holds"
        hint = "remove it, or decide on another day and say why"
        yield at(place.source, place.span, "W311", message, hint=hint)


def analyse(rules: RuleSet, checked: Checked) -> tuple[Diagnostic, ...]:
    """What is probably a mistake in `rules`, which were compiled from `checked`; sorted."""
    places = checked.places()
    filled = [facet.name for facet in checked.profile.facets]
    look = looking_through(Names(rules.derivations, filled))
    settings = checked.settings
    scores = (test.value.expect.score for test in checked.tests)
    tested = {micro(score.value) for score in scores if score is not None}
    return in_order(
        (
            *constant_conditions(rules, places, look),
            *unreachable_stars(rules, places, settings, look),
            *weightless_rules(rules, places, look),
            *sums_on_thresholds(rules, places, settings, tested, look),
            *subsumed_rules(rules, places, look),
            *covered_derivations(rules, places, look),
            *covered_alternatives(checked.written),
            *slow_joints(checked.written),
            *crossing_ceilings(checked.limits, rules.ceilings, settings),
            *loose_ceilings(checked.limits, rules.ceilings),
        )
    )
