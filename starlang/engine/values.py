"""Classes of facets whose values come from a list in the manifest."""

from array import array
from collections.abc import Sequence

from starlang.engine.classes import Classes, numbered
from starlang.manifests.graph import Column
from starlang.rulesets.predicates import Test


def classify(tests: Sequence[tuple[int, Test]], column: Column) -> Classes:
    """The class of each module; `tests` are (number, test) pairs, sorted by number."""
    of_values, held = numbered(
        tuple(number for number, test in tests if test.holds(values)) for values in column.values
    )
    return Classes(array("i", map(of_values.__getitem__, column.codes)), held)
