"""Values that a facet could have to meet a test."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from starlang.manifests.profile import FacetSource, ValueType
from starlang.rulesets.predicates import Test
from starlang.rulesets.spelling import Scalar


def witnesses(test: Test, source: FacetSource) -> Iterator[Scalar]:
    """Values that meet `test`, as far as they can be read off it; the rest is vocabulary."""
    for text in test.witnesses():
        value = _typed(text, source.type)
        if value is not None and test.meets(value):
            yield value


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
