"""Rules that hold nowhere, and what the corpus has that is spelt like what they ask for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from starlang.engine.evaluate import Evaluation, joined
from starlang.explain.explain import MatchFinder
from starlang.explain.model import Match
from starlang.inspect.model import DeadRule, InsideWord, NearMiss
from starlang.manifests.graph import ModuleGraph
from starlang.matching.sight import finder
from starlang.matching.words import Needle, cut, find
from starlang.rules.conditions import Condition, walk
from starlang.rules.spelling import TEXT_FACETS, spelling
from starlang.rules.text_predicates import Matches
from starlang.text import nearest


def dead(evaluation: Evaluation, rules: Sequence[int]) -> Iterator[DeadRule]:
    """Each of `rules`, which hold nowhere, with what it asks for in vain."""
    graph = evaluation.graph

    @cache
    def values(facet: str) -> Counter[str]:
        return _values(graph, facet)

    @cache
    def words(facet: str) -> Counter[str]:
        return _vocabulary(graph, facet)

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
        yield DeadRule(rule, tuple(misses))


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


def _vocabulary(graph: ModuleGraph, facet: str) -> Counter[str]:
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


# What patterns find inside longer words, and masks that hide nothing.

_inside = lru_cache(maxsize=4096)(cut)


def inside_words(evaluation: Evaluation) -> Iterator[InsideWord]:
    """Each text that a pattern over path, name or text finds inside longer words.

    The most frequent first. A pattern that means whole words is better written as `mentions`.
    """
    rules, graph = evaluation.rules.rules, evaluation.graph
    looking = {n for n, rule in enumerate(rules) if _has_pattern(rule.condition)}
    matches = MatchFinder(evaluation)
    found: dict[tuple[int, str, str], set[int]] = {}
    whole: dict[tuple[int, str], set[int]] = {}
    for module in range(len(graph)):
        for rule in evaluation.case(module).rules:
            if rule not in looking:
                continue
            for match in matches.find(rules[rule].condition, module) or ():
                if match.facet in TEXT_FACETS and (seen := _seen(match)) is not None:
                    text, word = seen
                    if text == word:
                        whole.setdefault((rule, text), set()).add(module)
                    else:
                        found.setdefault((rule, text, word), set()).add(module)
    ordered = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
    for (rule, text, word), modules in ordered:
        yield InsideWord(rule, text, word, len(modules), len(whole.get((rule, text), ())))


def _seen(match: Match) -> tuple[str, str] | None:
    """What was matched, folded, without what is not a part of a word; and the words it lies in.

    None where that is a part of several words: a pattern over `a_b` means more than a word.
    """
    words = [
        word for word in _inside(match.value) if word.start < match.end and match.start < word.end
    ]
    if len(words) != 1:
        return None
    (word,) = words
    start, end = max(match.start, word.start), min(match.end, word.end)
    return match.value[start:end].casefold(), match.value[word.start : word.end].casefold()


def _has_pattern(condition: Condition) -> bool:
    tests = walk(condition, denied=False)
    return any(isinstance(test, Matches) and test.facet in TEXT_FACETS for test in tests)


def idle_masks(evaluation: Evaluation) -> Iterator[int]:
    """Numbers of the masks that hide nothing in any path or name."""
    graph = evaluation.graph
    texts = [*graph.paths, *graph.names, *map(joined, graph.names, graph.paths)]
    for number, mask in enumerate(evaluation.rules.masks):
        what = mask.what
        if isinstance(what, Needle):
            is_used = any(find(what, _inside(text), text) for text in texts)
        else:
            is_used = any(map(finder(what).found_in, texts))
        if not is_used:
            yield number
