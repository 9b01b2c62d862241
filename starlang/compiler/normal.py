"""The normal form of conditions: one form for all ways to arrange the same parts.

`and` and `or` are flat, without repeated parts, and sorted; nothing is denied twice;
lists of values, needles and globs are sorted. No test is changed and none is dropped,
so an explanation can name the parts as they were written.
"""

from typing import assert_never

from attrs import evolve

from starlang.rulesets.canonical import condition_key
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


def normal(condition: Condition) -> Condition:
    """`condition` in normal form; it holds for exactly the same modules."""
    match condition:
        case AllOf(parts=parts):
            return _all_of(parts)
        case AnyOf(parts=parts):
            return _any_of(parts)
        case Not(part=part):
            inner = normal(part)
            return inner.part if isinstance(inner, Not) else Not(inner)
        case _:
            return _normal_test(condition)


def _all_of(parts: tuple[Condition, ...]) -> Condition:
    flat: list[Condition] = []
    for part in map(normal, parts):
        flat += part.parts if isinstance(part, AllOf) else [part]
    return flat[0] if len(set(flat)) == 1 else AllOf(_sorted(flat))


def _any_of(parts: tuple[Condition, ...]) -> Condition:
    flat: list[Condition] = []
    for part in map(normal, parts):
        flat += part.parts if isinstance(part, AnyOf) else [part]
    return flat[0] if len(set(flat)) == 1 else AnyOf(_sorted(flat))


def _sorted(parts: list[Condition]) -> tuple[Condition, ...]:
    return tuple(sorted(set(parts), key=condition_key))


def _normal_test(test: Test) -> Test:
    match test:
        case OneOf() | OnlyIn():
            return evolve(test, values=tuple(sorted(set(test.values))))
        case Mentions():
            return evolve(test, needles=tuple(sorted(set(test.needles))))
        case Under() | Neighbours():
            return evolve(test, globs=tuple(sorted(set(test.globs))))
        case Events():
            return evolve(test, names=tuple(sorted(set(test.names))))
        case Matches() | AtLeast() | AtMost() | HasAtLeast() | Present() | Flag():
            return test
        case _:
            assert_never(test)
