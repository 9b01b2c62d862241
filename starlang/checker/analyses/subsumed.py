"""Rules whose evidence another rule for the same star gives already.

Where weights add up, the same fact counts twice; where the largest counts, the weaker
rule counts never. A rule that adds a fact of another kind (`path mentions memory and
owner is search`) is a bonus, not a repetition.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, permutations

from attrs import evolve

from starlang.checker.analyses.logic import can_hold, follows
from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.rulesets.model import Combine, Rule, RuleSet
from starlang.rulesets.wording import short_amount

_MOST_RULES = 150
"""Above so many rules for a star only equal conditions are compared: pairs grow as the square."""


def subsumed_rules(rules: RuleSet, places: Mapping[str, Label]) -> Iterator[Diagnostic]:
    """W304 for rules that never hold without another one for the same star."""
    combine = rules.confidence.combine
    holding = (rule for rule in rules.rules if can_hold(rule.condition))
    ordered = sorted(holding, key=lambda rule: (rule.star, rule.sign, rule.name))
    for _, group in groupby(ordered, key=lambda rule: (rule.star, rule.sign)):
        told: set[str] = set()
        for rule, other in _pairs(list(group)):
            if rule.name in told or other.name in told or not _repeats(combine, rule, other):
                continue
            told.add(rule.name)
            yield _warning(combine, rule, other, places)


def _pairs(group: Sequence[Rule]) -> Iterator[tuple[Rule, Rule]]:
    if len(group) <= _MOST_RULES:
        yield from permutations(group, 2)
        return
    firsts: dict[object, Rule] = {}
    for rule in group:
        first = firsts.setdefault(rule.condition, rule)
        if first is not rule:
            yield rule, first


def _repeats(combine: Combine, rule: Rule, other: Rule) -> bool:
    if combine is Combine.MAX:
        return rule.weight <= other.weight and follows(rule.condition, other.condition)
    return rule.kinds == other.kinds and follows(rule.condition, other.condition)


def _warning(combine: Combine, rule: Rule, other: Rule, places: Mapping[str, Label]) -> Diagnostic:
    if combine is Combine.MAX:
        effect = (
            f"and is never the larger one, so its weight of {short_amount(rule.weight)} is lost"
        )
        hint = "remove it, or give it more weight than the other"
    else:
        effect = "so the same evidence counts twice"
        hint = "remove it, or let it test something that the other does not"
    place = places[rule.at]
    return at(
        place.source,
        place.span,
        "W304",
        f"rule `{rule.name}` never holds without `{other.name}`, {effect}",
        others=[evolve(places[other.at], message="this one holds wherever it does")],
        hint=hint,
    )
