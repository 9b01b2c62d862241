"""Values that a facet could have to meet a test."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import assert_never

from starlang.engine.values import meets
from starlang.manifests.graph import Scalar
from starlang.manifests.profile import FacetSource, ValueType
from starlang.matching.alternatives import alternatives
from starlang.rulesets.conditions import (
    AtLeast,
    AtMost,
    Events,
    Flag,
    HasAtLeast,
    Matches,
    Mentions,
    Neighbours,
    OneOf,
    OnlyIn,
    Present,
    Test,
    Under,
)

_ANY = "anything"
_EDGES = ("(?i)", r"\b", "^", "$", r"\A", r"\z")


def witnesses(test: Test, source: FacetSource) -> Iterator[Scalar]:
    """Values that meet `test`, as far as they can be read off it; the rest is vocabulary."""
    for text in _texts(test):
        value = _typed(text, source.type)
        if value is not None and meets(test, value):
            yield value


def _texts(test: Test) -> Iterator[Scalar]:
    match test:
        case OneOf(values=values) | OnlyIn(values=values):
            yield from values
        case Mentions(needles=needles):
            yield from ("_".join(needle.words) for needle in needles)
        case Matches(pattern=pattern):
            yield from map(_literal, alternatives(pattern))
        case Under(globs=globs):
            yield from (glob.replace("**", "any").replace("*", "any") for glob in globs)
        case AtLeast(number=number) | AtMost(number=number):
            yield number
        case Flag(value=value):
            yield value
        case Present():
            yield _ANY
        case HasAtLeast(count=count):
            yield from [_ANY, *(f"{_ANY}-{number}" for number in range(2, count + 1))]
        case Events() | Neighbours():
            return  # no manifest is asked to change what surrounds it
        case _:
            assert_never(test)


def _literal(regex: str) -> str:
    """What is left of an alternative without its edges; it need not be a text that it finds."""
    for edge in _EDGES:
        regex = regex.replace(edge, "")
    return regex


def _typed(value: Scalar, kind: ValueType) -> Scalar | None:
    """`value` as a value of a facet of this type."""
    if not isinstance(value, str):
        return value if kind.accepts(value) else None
    match kind:
        case ValueType.NUMBER:
            try:
                return Decimal(value)
            except InvalidOperation:
                return None
        case ValueType.FLAG:
            return {"true": True, "false": False}.get(value)
        case _:
            return value or None
