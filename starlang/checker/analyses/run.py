"""All analyses of a rule set."""

from starlang.checker.amounts import micro
from starlang.checker.analyses.alternatives import covered_alternatives
from starlang.checker.analyses.boundaries import sums_on_thresholds
from starlang.checker.analyses.conditions import constant_conditions
from starlang.checker.analyses.joints import slow_joints
from starlang.checker.analyses.limits import crossing_ceilings, loose_ceilings
from starlang.checker.analyses.reach import unreachable_stars
from starlang.checker.analyses.subsumed import subsumed_rules
from starlang.checker.analyses.weightless import weightless_rules
from starlang.checker.checked import Checked
from starlang.diagnostics.model import Diagnostic, in_order
from starlang.rulesets.model import RuleSet


def analyse(rules: RuleSet, checked: Checked) -> tuple[Diagnostic, ...]:
    """What is probably a mistake in `rules`, which were compiled from `checked`; sorted."""
    places = checked.places()
    settings = checked.settings
    scores = (test.value.expect.score for test in checked.tests)
    tested = {micro(score.value) for score in scores if score is not None}
    return in_order(
        (
            *constant_conditions(rules, places),
            *unreachable_stars(rules, places, settings),
            *weightless_rules(rules, places),
            *sums_on_thresholds(rules, places, settings, tested),
            *subsumed_rules(rules, places),
            *covered_alternatives(checked.written),
            *slow_joints(checked.written),
            *crossing_ceilings(checked.limits, rules.ceilings, settings),
            *loose_ceilings(checked.limits, rules.ceilings),
        )
    )
