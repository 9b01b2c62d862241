"""What holds for every rule set that the compiler makes.

A compiled file comes from anywhere. One that breaks these promises would stop the
evaluator in the middle of its work, whatever its digest says.
"""

from collections.abc import Collection, Iterator

from starlang.matching.patterns import Pattern, pattern_problem
from starlang.rulesets.conditions import walk
from starlang.rulesets.model import MICRO, RuleSet
from starlang.rulesets.predicates import Test
from starlang.rulesets.spelling import GRAPH_PREFIX
from starlang.rulesets.strata import REACHING, circle, needs
from starlang.rulesets.surroundings import Neighbours, OfRelation


def problem_of(rules: RuleSet) -> str | None:
    """The first promise that `rules` breaks, in a few words, or None."""
    return next(_problems(rules), None)


def _problems(rules: RuleSet) -> Iterator[str]:
    ids = [star.id for star in rules.stars]
    if len(set(ids)) < len(ids) or sum(star.is_default for star in rules.stars) != 1:
        yield "its stars are not all different, or not exactly one of them is the default"
        return
    gained = {star.id for star in rules.stars if not star.is_default}
    yield from (f"no star `{star}` can be gained" for star in _aims(rules) if star not in gained)
    yield from (f"no star `{each.star}`" for each in rules.assigns if each.star not in ids)
    yield from _wrong_amounts(rules)
    for condition in (*(r.condition for r in rules.rules), *(n.condition for n in rules.nevers)):
        for test in walk(condition):
            yield from _wrong_test(test)
            if isinstance(test, Neighbours):
                yield from _wrong_star(test, ids, gained)
    if circle(needs(rules.rules, rules.nevers, sorted(gained))):
        yield "its stars need each other in a circle"
    for mask in rules.masks:
        if isinstance(mask.what, Pattern) and pattern_problem(mask.what):
            yield f"the pattern `{mask.what}` is refused"


def _aims(rules: RuleSet) -> Iterator[str]:
    yield from rules.order
    yield from (rule.star for rule in rules.rules)
    yield from (star for never in rules.nevers for star in never.stars)
    yield from (star for star, _ in rules.confidence.promote_star)
    yield from (limit.star for limit in rules.ceilings.limits if limit.star)


def _wrong_amounts(rules: RuleSet) -> Iterator[str]:
    for rule in rules.rules:
        if not 0 < rule.weight <= MICRO or rule.sign not in {1, -1}:
            yield f"rule `{rule.name}` has no weight above 0, at most 1, for or against its star"
    confidence = rules.confidence
    thresholds = (confidence.promote, *(value for _, value in confidence.promote_star))
    if not 0 < confidence.suggest <= min(thresholds) <= max(thresholds) <= MICRO:
        yield "its thresholds are out of range"
    if not 0 <= confidence.margin <= MICRO or rules.ceilings.stars_per_module < 1:
        yield "its margin, or the number of stars of a module, is out of range"
    limits = [limit.amount for limit in rules.ceilings.limits]
    floors = [floor.amount for floor in rules.ceilings.floors]
    if any(amount.value < 0 for amount in (*limits, *floors)):
        yield "a ceiling is below 0"


def _wrong_test(test: Test) -> Iterator[str]:
    yield from test.faults()
    if test.facet.startswith(GRAPH_PREFIX) and not isinstance(test, OfRelation):
        yield f"`{test.facet}` is no facet"


def _wrong_star(test: Neighbours, known: Collection[str], gained: Collection[str]) -> Iterator[str]:
    if test.standing and test.star not in (gained if test.standing == REACHING else known):
        yield f"no star `{test.star}` that neighbours could have"
