"""Conditions with their names resolved and their values checked."""

from collections.abc import Callable, Iterator, Sequence
from typing import assert_never

from starlang.checker.predicates import check_predicate, negated
from starlang.checker.scope import FIELD, Scope
from starlang.diagnostics.model import Label
from starlang.rulesets.conditions import AllOf, AnyOf, Condition, Not
from starlang.rulesets.predicate import Predicate
from starlang.rulesets.predicates import Present
from starlang.rulesets.spelling import FIELD_PREFIX, GRAPH, GRAPH_PREFIX
from starlang.syntax import nodes


def check_condition(scope: Scope, condition: nodes.Condition) -> Condition | None:
    """The meaning of `condition`, or None where a diagnostic says what is wrong with it."""
    match condition:
        case nodes.And(parts=parts):
            return _joined(scope, parts, AllOf)
        case nodes.Or(parts=parts):
            return _joined(scope, parts, AnyOf)
        case nodes.Not(part=part):
            return negated(check_condition(scope, part), by=True)
        case _:  # any test: `check_predicate` names each
            return check_predicate(scope, condition)


def check_clauses(
    scope: Scope, when: nodes.Condition, unless: nodes.Condition | None
) -> tuple[Condition, Condition] | None:
    """`when C unless D` as (C, C and not D), or None where something is wrong with either."""
    held = check_condition(scope, when)
    if unless is None:
        return (held, held) if held is not None else None
    barred = check_condition(scope, unless)
    if held is None or barred is None:
        return None
    return held, AllOf((held, Not(barred)))


def kinds(condition: Condition) -> tuple[str, ...]:
    """The facets that `condition` rests on, sorted; those only under `not` add none."""
    return tuple(sorted(set(map(kind, _rests_on(condition, positive=True)))))


def kind(facet: str) -> str:
    """The kind of evidence that a test over `facet` gives: its name, or that of its family."""
    if facet.startswith(GRAPH_PREFIX):
        return GRAPH
    return FIELD if facet.startswith(FIELD_PREFIX) else facet


def _rests_on(condition: Condition, *, positive: bool) -> Iterator[str]:
    match condition:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _rests_on(part, positive=positive)
        case Not(part=Present(facet=facet)) if positive:
            yield facet  # `is missing` is a test of its own, not the denial of another
        case Not(part=part):
            yield from _rests_on(part, positive=not positive)
        case Predicate():
            if positive:
                yield condition.facet
        case _:
            assert_never(condition)


def _joined(
    scope: Scope,
    parts: Sequence[nodes.Condition],
    join: Callable[[tuple[Condition, ...]], Condition],
) -> Condition | None:
    for index, part in enumerate(parts):
        if part in parts[:index]:
            place = Label(scope.source, part.span)
            message = "this part of the condition stands here twice"
            scope.findings.report("W201", place, message, hint="remove one of them")
    checked = [check_condition(scope, part) for part in parts]
    known = tuple(part for part in checked if part is not None)
    return join(known) if len(known) == len(checked) else None
