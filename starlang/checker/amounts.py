"""Numbers of rule files as exact amounts of 10^-6."""

from decimal import Decimal

from starlang.checker.scope import Scope
from starlang.diagnostics.model import Label
from starlang.rulesets.model import MICRO
from starlang.syntax.nodes import Number

_RANGE_HINT = "write a decimal like 0.40"


def check_weight(scope: Scope, number: Number) -> int | None:
    """A weight in 10^-6, or None after E301: more than 0, at most 1, at most six places."""
    problem = _problem(number.value)
    if problem is None and not 0 < number.value <= 1:
        problem = "it is more than 0 and at most 1"
    if problem is not None:
        place = Label(scope.source, number.span)
        message = f"`{_written(scope, number)}` is no weight: {problem}"
        scope.findings.report("E301", place, message, hint=_RANGE_HINT)
        return None
    return micro(number.value)


def check_threshold(scope: Scope, number: Number, what: str, *, zero: bool) -> int | None:
    """A threshold in 10^-6, or None after E302: 0 to 1, at most six places; 0 only if `zero`."""
    problem = _problem(number.value)
    if problem is None and not (0 < number.value <= 1 or (zero and number.value == 0)):
        problem = f"it is {'at least' if zero else 'more than'} 0 and at most 1"
    if problem is not None:
        place = Label(scope.source, number.span)
        message = f"`{_written(scope, number)}` is no value for `{what}`: {problem}"
        scope.findings.report("E302", place, message, hint=_RANGE_HINT)
        return None
    return micro(number.value)


def check_score(scope: Scope, number: Number) -> int | None:
    """A score that a test expects in 10^-6, or None after E319: at least 0, six places."""
    problem = _problem(number.value)
    if problem is None and number.value < 0:
        problem = "it is at least 0"
    if problem is not None:
        place = Label(scope.source, number.span)
        message = f"`{_written(scope, number)}` is no score: {problem}"
        scope.findings.report("E319", place, message, hint=_RANGE_HINT)
        return None
    return micro(number.value)


def micro(value: Decimal) -> int:
    """`value`, which has at most six places, in 10^-6."""
    return int(value.scaleb(6))


def _problem(value: Decimal) -> str | None:
    # In integers, since Decimal arithmetic rounds numbers of more than 28 digits.
    numerator, denominator = value.as_integer_ratio()
    return "it has at most six places" if numerator * MICRO % denominator else None


def _written(scope: Scope, number: Number) -> str:
    return scope.source.text[number.span.start : number.span.end]
