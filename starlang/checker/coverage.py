"""Whether a condition holds for a module of which only the path is known."""

from typing import assert_never

from starlang.rulesets.conditions import AllOf, AnyOf, Condition, Not
from starlang.rulesets.predicate import Predicate
from starlang.rulesets.text_predicates import Seeing


def covers_path(condition: Condition, path: str) -> bool | None:
    """Yes, no, or None where it depends on more than the path (words and patterns included)."""
    match condition:
        case Seeing():
            return None  # masks are not known here
        case Predicate(facet=facet):
            return condition.holds((path,)) if facet == "path" else None
        case Not(part=part):
            known = covers_path(part, path)
            return None if known is None else not known
        case AllOf(parts=parts):
            found = {covers_path(part, path) for part in parts}
            return False if False in found else None if None in found else True
        case AnyOf(parts=parts):
            found = {covers_path(part, path) for part in parts}
            return True if True in found else None if None in found else False
        case _:
            assert_never(condition)
