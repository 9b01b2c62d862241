"""Conditions that can never hold, or that always hold."""

from collections.abc import Iterator, Mapping

from starlang.checker.analyses.logic import can_hold, must_hold
from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.rulesets.conditions import Condition
from starlang.rulesets.model import RuleSet


def constant_conditions(rules: RuleSet, places: Mapping[str, Label]) -> Iterator[Diagnostic]:
    """W305 for conditions that hold for no module, W306 for those that hold for every one."""
    for rule in rules.rules:
        yield from _constant(f"rule `{rule.name}`", rule.condition, places[rule.at])
    for never in rules.nevers:
        yield from _constant("this exception", never.condition, places[never.at])


def _constant(what: str, condition: Condition, place: Label) -> Iterator[Diagnostic]:
    if not can_hold(condition):
        message = f"{what} can never hold: its parts exclude each other"
        hint = "compare its tests with each other, and with what `not` and `unless` take away"
        yield at(place.source, place.span, "W305", message, hint=hint)
    elif must_hold(condition):
        message = f"{what} holds for every module"
        hint = "remove it, or test something that sets modules apart"
        yield at(place.source, place.span, "W306", message, hint=hint)
