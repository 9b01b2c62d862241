"""A rule set after changes of thresholds, weights, exceptions, assignments and ceilings."""

from collections.abc import Sequence
from fractions import Fraction

from attrs import evolve

from starlang.counterfactual.model import MANIFEST_KINDS, Change, Kind
from starlang.rulesets.model import MICRO, RuleSet


def changed_rules(rules: RuleSet, changes: Sequence[Change]) -> RuleSet:
    """`rules` after those of `changes` that are about rules; `rules` itself if none is."""
    for change in changes:
        if change.kind not in MANIFEST_KINDS:
            rules = _changed(rules, change)
    return rules


def _changed(rules: RuleSet, change: Change) -> RuleSet:  # noqa: PLR0911 -- a table, a kind a line
    confidence, amount = rules.confidence, change.amount
    match change.kind:
        case Kind.PROMOTE:
            stars = {**dict(confidence.promote_star), change.subject: amount}
            changed = evolve(confidence, promote_star=tuple(sorted(stars.items())))
            return evolve(rules, confidence=changed)
        case Kind.SUGGEST:
            return evolve(rules, confidence=evolve(confidence, suggest=amount))
        case Kind.MARGIN:
            return evolve(rules, confidence=evolve(confidence, margin=amount))
        case Kind.WEIGHT:
            return evolve(
                rules,
                rules=tuple(
                    evolve(rule, weight=amount) if rule.name == change.subject else rule
                    for rule in rules.rules
                ),
            )
        case Kind.EXCEPT:
            return _with_except(rules, int(change.subject), str(change.value))
        case Kind.UNASSIGN:
            kept = tuple(each for each in rules.assigns if each.path != change.subject)
            return evolve(rules, assigns=kept)
        case _:
            return _with_limit(rules, change)


def _with_except(rules: RuleSet, number: int, path: str) -> RuleSet:
    never = rules.nevers[number]
    changed = evolve(never, unless_paths=(*never.unless_paths, path))
    return evolve(rules, nevers=(*rules.nevers[:number], changed, *rules.nevers[number + 1 :]))


def _with_limit(rules: RuleSet, change: Change) -> RuleSet:
    """With another amount of a ceiling or floor, which is found by where it was declared."""
    ceilings = rules.ceilings

    def amount(percent: bool) -> Fraction:  # noqa: FBT001 -- what the record says of itself
        return Fraction(change.amount, MICRO) if percent else Fraction(change.amount)

    return evolve(
        rules,
        ceilings=evolve(
            ceilings,
            limits=tuple(
                evolve(each, amount=evolve(each.amount, value=amount(each.amount.percent)))
                if each.text == change.subject
                else each
                for each in ceilings.limits
            ),
            floors=tuple(
                evolve(each, amount=evolve(each.amount, value=amount(each.amount.percent)))
                if each.text == change.subject
                else each
                for each in ceilings.floors
            ),
        ),
    )
