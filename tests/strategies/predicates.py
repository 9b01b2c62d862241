"""Tests of the language and nodes of conditions, made from their classes.

Each class is built with a strategy for each of its fields, found by the name of the field. So a
new class is in every property by itself, and one with a new field fails here until it is said
what stands in it.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def built(
    classes: Sequence[type[T]], said: Mapping[str, st.SearchStrategy[object]]
) -> list[st.SearchStrategy[T]]:
    """For each of `classes` instances of it; `said` are strategies by the name of a field."""
    return [
        st.builds(made, **{name: said[name] for name in vars(made)["__match_args__"]})
        for made in classes
    ]
