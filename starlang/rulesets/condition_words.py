"""Conditions of compiled rules in the words of the language."""

from typing import assert_never

from starlang.rulesets.canonical import decimal_text
from starlang.rulesets.conditions import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Condition,
    Events,
    Flag,
    HasAtLeast,
    Matches,
    Mentions,
    Neighbours,
    Not,
    OneOf,
    OnlyIn,
    Present,
    Test,
    Under,
)
from starlang.rulesets.wording import facet_text, quoted, value_text
from starlang.text import counted


def condition_text(condition: Condition) -> str:
    """`condition` as a rule would say it: `capability is x and not (path under "labs")`."""
    match condition:
        case AllOf(parts=()):
            return "always"
        case AnyOf(parts=()):
            return "never"
        case AllOf(parts=parts):
            return " and ".join(map(_inside, parts))
        case AnyOf(parts=parts):
            return " or ".join(map(_inside, parts))
        case Not(part=part):
            return _negation(part)
        case _:
            return _test(condition)


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """The parts that must all hold."""
    return condition.parts if isinstance(condition, AllOf) else (condition,)


def _inside(part: Condition) -> str:
    text = condition_text(part)
    is_compound = isinstance(part, AllOf | AnyOf) and len(part.parts) > 1
    return f"({text})" if is_compound else text


def _negation(part: Condition) -> str:
    match part:
        case Present(facet=facet):
            return f"{facet_text(facet)} is missing"
        case OneOf(facet=facet, values=(value,)):
            return f"{facet_text(facet)} is not {value_text(value)}"
        case OneOf(facet=facet, values=values):
            return f"{facet_text(facet)} not in {_listed(values)}"
        case _:
            return f"not ({condition_text(part)})"


def _test(test: Test) -> str:  # noqa: C901, PLR0911, PLR0912 -- a table, a line a kind
    facet = facet_text(test.facet)
    match test:
        case OneOf(values=(value,)):
            return f"{facet} is {value_text(value)}"
        case OneOf(values=values):
            return f"{facet} in {_listed(values)}"
        case OnlyIn(values=values):
            return f"{facet} only in {_listed(values)}"
        case Mentions(needles=needles):
            return f"{facet} mentions {', '.join(map(_needle, map(str, needles)))}"
        case Matches(pattern=pattern, ignoring=None):
            return f"{facet} matches {pattern}"
        case Matches(pattern=pattern, ignoring=ignoring):
            return f"{facet} matches {pattern} ignoring {ignoring}"
        case Under(globs=globs):
            return f"{facet} under {', '.join(map(quoted, globs))}"
        case AtLeast(number=number):
            return f"{facet} at least {decimal_text(number)}"
        case AtMost(number=number):
            return f"{facet} at most {decimal_text(number)}"
        case HasAtLeast(count=count):
            return f"{facet} has at least {counted(count, 'value')}"
        case Present():
            return f"{facet} is present"
        case Flag(value=value):
            return f"{facet} is {'true' if value else 'false'}"
        case Events(names=names):
            return " ".join((facet, *_bound(test), ", ".join(map(quoted, names)))).rstrip()
        case Neighbours():
            return f"{facet} {_neighbours(test)}"
        case _:
            assert_never(test)


def _neighbours(test: Neighbours) -> str:
    star = [test.standing, test.star] if test.standing else []
    under = ["under", ", ".join(map(quoted, test.globs))] if test.globs else []
    return " ".join((*_bound(test), "modules", *star, *under))


def _bound(test: Events | Neighbours) -> tuple[str, ...]:
    """How many are asked for, unless it is at least one."""
    if test.at_most:
        return (f"at most {test.count}",)
    return (f"at least {test.count}",) if test.count > 1 else ()


def _listed(values: tuple[str, ...]) -> str:
    return f"{{{', '.join(map(value_text, values))}}}"


def _needle(text: str) -> str:
    return text if text.rstrip("*").replace("_", "a").isalnum() else quoted(text)
