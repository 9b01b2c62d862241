"""What rules and derivations do in no module, and what modules have that is spelt like it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from starlang.engine.evaluate import Evaluation, joined
from starlang.explain.explain import MatchFinder
from starlang.explain.model import sources_of
from starlang.inspect.model import DeadRule, DerivationUse, NearMiss
from starlang.manifests.graph import ModuleGraph
from starlang.matching.words import cut
from starlang.rules.conditions import Condition, walk
from starlang.rules.derivations import Names
from starlang.rules.sources import Sources
from starlang.rules.spelling import TEXT_FACETS, Scalar, spelling
from starlang.text import nearest


class Vocabulary:
    """The values and words that modules have, as rules see them."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        profile = evaluation.graph.profile
        filled = [each.facet for each in evaluation.rules.derivations if profile.facet(each.facet)]
        self._names = Names(evaluation.rules.derivations, filled)
        self._known = cache(self._find)

    def misses(self, condition: Condition) -> Iterator[NearMiss]:
        """What `condition` asks for and no module has, each with what is spelt like it.

        Of a name for conditions, these are looked at.
        """
        tests = walk(self._names.expanded(condition), denied=False)
        asked = ((test.facet, *each) for test in tests for each in test.named())
        for facet, wanted, is_word in dict.fromkeys(asked):
            known = self._known(facet, is_word)
            if wanted not in known:
                near = nearest(wanted, known) or ""
                yield NearMiss(facet, wanted, near, known[near] if near else 0)

    def _find(self, facet: str, is_word: bool) -> Counter[str]:  # noqa: FBT001 -- a key
        """Value or word -> how many modules have it."""
        if facet in TEXT_FACETS:
            counts = Counter(_texts(self._evaluation.graph, facet))
        else:
            counts = _values(self._evaluation, facet)
        if not is_word:
            return counts
        words: Counter[str] = Counter()
        for value, count in counts.items():
            for word in {word.folded for word in cut(value)}:
                words[word] += count
        return words


def _values(evaluation: Evaluation, facet: str) -> Counter[str]:
    column = evaluation.column(facet)
    counts: Counter[str] = Counter()
    if column is not None:
        for code, count in Counter(column.codes).items():
            for value in column.values[code]:
                counts[spelling(value)] += count
    return counts


def _texts(graph: ModuleGraph, facet: str) -> Sequence[str]:
    match facet:
        case "path":
            return graph.paths
        case "name":
            return graph.names
        case _:
            return list(map(joined, graph.names, graph.paths))


def dead(evaluation: Evaluation, rules: Sequence[int]) -> Iterator[DeadRule]:
    """Each of `rules`, which hold nowhere, with what it asks for in vain."""
    vocabulary = Vocabulary(evaluation)
    for rule in rules:
        misses = vocabulary.misses(evaluation.rules.rules[rule].condition)
        yield DeadRule(rule, tuple(misses))


# What each derivation does.


def derivation_uses(evaluation: Evaluation) -> Iterator[DerivationUse]:
    """Each derivation of the rule set, in order."""
    if not evaluation.rules.derivations:
        return
    vocabulary, sources = Vocabulary(evaluation), Sources(evaluation.rules)
    finder = MatchFinder(evaluation)
    for number in range(len(evaluation.rules.derivations)):
        yield _use(evaluation, number, vocabulary, sources, finder)


def _use(
    evaluation: Evaluation,
    number: int,
    vocabulary: Vocabulary,
    sources: Sources,
    finder: MatchFinder,
) -> DerivationUse:
    each = evaluation.rules.derivations[number]
    is_name = evaluation.graph.profile.facet(each.facet) is None
    search = finder.search(each.condition)
    counts: Counter[str] = Counter()
    origins: Counter[str] = Counter()
    for module in _holding(evaluation, number):
        counts[_effect(evaluation, number, module, is_name=is_name)] += 1
        origins.update(set(sources_of(sources, search(module) or ())))
    is_idle = not counts["gives"] and not counts["says"]
    return DerivationUse(
        number,
        is_name,
        counts.total(),
        counts["gives"],
        counts["says"],
        counts["differs"],
        tuple(sorted(origins.items(), key=lambda pair: (-pair[1], pair[0]))),
        tuple(vocabulary.misses(each.condition)) if is_idle and not counts else (),
    )


def _holding(evaluation: Evaluation, number: int) -> Iterator[int]:
    """The modules for which a derivation holds."""
    derived = evaluation.derived[evaluation.rules.derivations[number].facet]
    holding = [number in held for held in derived.held]
    return (module for module, code in enumerate(derived.codes) if holding[code])


def _effect(evaluation: Evaluation, number: int, module: int, *, is_name: bool) -> str:
    """What a derivation that holds for `module` does there."""
    each = evaluation.rules.derivations[number]
    column = None if is_name else evaluation.graph.columns.get(each.facet)
    own = () if column is None else column.of(module)
    if own:
        return "says" if _has(own, each.value) else "differs"
    values = evaluation.derived[each.facet].column.of(module)
    return "gives" if _has(values, each.value) else "nothing"


def _has(values: Sequence[Scalar], value: Scalar) -> bool:
    return any(type(each) is type(value) and each == value for each in values)
