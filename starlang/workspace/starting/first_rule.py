"""The first rule: the evidence that goes best with a star that modules carry now."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from starlang.manifests.graph import ModuleGraph
from starlang.matching.words import cut
from starlang.rulesets.spelling import value_text
from starlang.syntax.words import RESERVED

_ENOUGH = 3
"""How many modules make more than a coincidence."""

_LONG = 4
"""Shorter words mean too many things."""


@frozen
class Evidence:
    """Modules with `facet` `value` (a word, for `path`): `carrying` of `modules` carry `star`."""

    facet: str
    value: str
    star: str
    carrying: int
    modules: int


def best_evidence(
    graph: ModuleGraph, carried: Sequence[str | None], default: str
) -> Evidence | None:
    """The value or word that speaks most clearly for a star, None if none does.

    Clear: most of its modules that have a star other than the default carry this one.
    """
    by_value: dict[tuple[str, str], Counter[str]] = {}
    for module, star in enumerate(carried):
        for key in _values(graph, module):
            by_value.setdefault(key, Counter())[star or default] += 1
    found = [
        Evidence(facet, value, star, count, counts.total())
        for (facet, value), counts in by_value.items()
        for star, count in counts.items()
        if star != default and count >= _ENOUGH
    ]
    clear = [each for each in found if 2 * each.carrying > each.modules]
    return min(
        clear,
        key=lambda each: (-(2 * each.carrying - each.modules), each.facet, each.value, each.star),
        default=None,
    )


def _values(graph: ModuleGraph, module: int) -> Iterator[tuple[str, str]]:
    for facet, column in graph.columns.items():
        for value in column.of(module):
            if isinstance(value, str) and value.isprintable() and value:
                yield facet, value
    words = dict.fromkeys(word.folded for word in cut(graph.paths[module]))
    yield from (("path", word) for word in words if len(word) >= _LONG and word.isascii())


def rule_text(evidence: Evidence) -> str:
    """The rule and its test."""
    value = _value(evidence.value)
    test = f"path mentions {value}" if evidence.facet == "path" else f"{evidence.facet} is {value}"
    given = _value(evidence.value)
    because = (
        f"{evidence.carrying:,} of {evidence.modules:,} modules with it carry {evidence.star}"
        if evidence.modules
        else "an example: replace it"
    )
    return f"""rule first -> {evidence.star} weight 0.75
  when {test}
  because "{because}"

test "the first rule promotes"
  given {evidence.facet} {given}
  expect {evidence.star} at 0.75
"""


def _value(value: str) -> str:
    text = value_text(value)
    return f'"{text}"' if text in RESERVED else text


def carried_ids(labels: Sequence[Sequence[str]], ids: Mapping[str, str]) -> list[str | None]:
    """The star that each module carries, None for the default or an unknown one."""
    return [ids.get(each[0]) if each else None for each in labels]
