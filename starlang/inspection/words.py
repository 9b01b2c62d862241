"""What patterns find inside longer words, and masks that hide nothing."""

from collections.abc import Iterator
from functools import lru_cache

from starlang.engine.evaluate import joined
from starlang.engine.evaluation import Evaluation
from starlang.explain.matches import MatchFinder
from starlang.explain.model import Match
from starlang.inspection.model import Inside
from starlang.matching.needles import Needle, find
from starlang.matching.sight import finder
from starlang.matching.words import cut
from starlang.rulesets.conditions import Condition, walk
from starlang.rulesets.spelling import TEXT_FACETS
from starlang.rulesets.text_predicates import Matches

_words = lru_cache(maxsize=4096)(cut)


def inside_words(evaluation: Evaluation) -> Iterator[Inside]:
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
        yield Inside(rule, text, word, len(modules), len(whole.get((rule, text), ())))


def _seen(match: Match) -> tuple[str, str] | None:
    """What was matched, folded, without what is no part of a word; and the words it lies in.

    None where that is a part of several words: a pattern over `a_b` means more than a word.
    """
    words = [
        word for word in _words(match.value) if word.start < match.end and match.start < word.end
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
            is_used = any(find(what, _words(text), text) for text in texts)
        else:
            is_used = any(map(finder(what).found_in, texts))
        if not is_used:
            yield number
