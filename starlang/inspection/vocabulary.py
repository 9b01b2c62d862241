"""Rules that hold nowhere, and what the corpus has that is spelt like what they ask for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from starlang.engine.evaluate import joined
from starlang.engine.evaluation import Evaluation
from starlang.inspection.model import Dead, NearMiss
from starlang.manifests.graph import ModuleGraph
from starlang.matching.words import cut
from starlang.rulesets.conditions import walk
from starlang.rulesets.spelling import TEXT_FACETS, spelling
from starlang.text import nearest


def dead(evaluation: Evaluation, rules: Sequence[int]) -> Iterator[Dead]:
    """Each of `rules`, which hold nowhere, with what it asks for in vain."""
    graph = evaluation.graph

    @cache
    def values(facet: str) -> Counter[str]:
        return _values(graph, facet)

    @cache
    def words(facet: str) -> Counter[str]:
        return _words(graph, facet)

    for rule in rules:
        misses = []
        tests = walk(evaluation.rules.rules[rule].condition, denied=False)
        for facet, (wanted, is_word) in (
            (test.facet, each) for test in tests for each in test.named()
        ):
            known = words(facet) if is_word else values(facet)
            if wanted in known:
                continue
            near = nearest(wanted, known) or ""
            misses.append(NearMiss(facet, wanted, near, known[near] if near else 0))
        yield Dead(rule, tuple(misses))


def _values(graph: ModuleGraph, facet: str) -> Counter[str]:
    """Value -> how many modules have it."""
    if facet in TEXT_FACETS:
        return Counter(_texts(graph, facet))
    column = graph.columns.get(facet)
    counts: Counter[str] = Counter()
    if column is not None:
        for code, count in Counter(column.codes).items():
            for value in column.values[code]:
                counts[spelling(value)] += count
    return counts


def _words(graph: ModuleGraph, facet: str) -> Counter[str]:
    """Word -> how many modules have it in this facet."""
    counts: Counter[str] = Counter()
    if facet in TEXT_FACETS:
        for text in _texts(graph, facet):
            counts.update({word.folded for word in cut(text)})
        return counts
    for value, count in _values(graph, facet).items():
        for word in {word.folded for word in cut(value)}:
            counts[word] += count
    return counts


def _texts(graph: ModuleGraph, facet: str) -> Sequence[str]:
    match facet:
        case "path":
            return graph.paths
        case "name":
            return graph.names
        case _:
            return list(map(joined, graph.names, graph.paths))
