"""Whether a condition holds for a module of which only the path is known."""

from starlang.matching.globs import covers
from starlang.rulesets.conditions import AllOf, AnyOf, Condition, Not, OneOf, OnlyIn, Under


def covers_path(condition: Condition, path: str) -> bool | None:
    """Yes, no, or None where it depends on more than the path (words and patterns included)."""
    match condition:
        case Under(facet="path", globs=globs):
            return any(covers(glob, path) for glob in globs)
        case OneOf(facet="path", values=values) | OnlyIn(facet="path", values=values):
            return path in values
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
            return None
