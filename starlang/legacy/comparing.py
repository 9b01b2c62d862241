"""Old and new answers about one text, side by side.

Old: exclusions replaced one after the other, then the pattern with its look-arounds. New:
all masks and `ignoring` found in the original text, their union blanked, then the pattern.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from attrs import define

from starlang.legacy.matching import admits, found, replaced
from starlang.legacy.nodes import (
    AnyCharacter,
    Class,
    Edge,
    Literal,
    Node,
    Shorthand,
    least_width,
    looks,
    walk,
)
from starlang.legacy.samples import combined, samples
from starlang.legacy.translating import Mask, Test, Translated
from starlang.matching.masks import blank
from starlang.matching.patterns import Finder, Pattern

_FEW, _SOME = 2, 4
"""How many samples of a pattern are combined with others."""

_SLOWER = 20
"""How much longer our own matcher takes than RE2, about."""

_finder = cache(Finder)


@define
class Budget:
    """How often a pattern may still be asked about a text."""

    left: int

    def spend(self, texts: Iterable[str], patterns: int) -> Iterator[str]:
        """The texts, each of which `patterns` are asked about, as long as there is enough left."""
        for text in texts:
            if self.left <= 0:
                return
            self.left -= patterns
            yield text


def old_text(masks: Sequence[Mask], text: str) -> str:
    """`text` as the generator saw it: one exclusion after the other replaced by a space."""
    for mask in masks:
        # Where both agree, RE2 is faster.
        agree = text.isascii() and least_width(mask.tree) > 0
        text = _replaced(mask.matches, text) if agree else replaced(mask.tree, text)
    return text


def _replaced(pattern: Pattern, text: str) -> str:
    parts: list[str] = []
    kept = 0
    for start, end in _finder(pattern).spans(text):
        parts += [text[kept:start], " "]
        kept = end
    return "".join(parts) + text[kept:]


def new_text(patterns: Iterable[Pattern], text: str) -> str:
    """`text` as a rule sees it: all that the patterns find in it blanked at once."""
    return blank(text, [span for each in patterns for span in _finder(each).spans(text)]).text


def old_answer(pattern: Translated, masks: Sequence[Mask], text: str) -> bool:
    """Whether the old pattern was found in `text`."""
    left = old_text(masks, text)
    return any(_was_found(test, left) for test in pattern.tests)


def _was_found(test: Test, text: str) -> bool:
    if text.isascii() and not looks(test.clause.old):
        return _finder(test.matches).found_in(text)
    return found(test.clause.old, text)


def new_answer(pattern: Translated, masks: Sequence[Mask], text: str) -> bool:
    """Whether one of the tests that stand for it holds for `text`."""
    hidden = [span for mask in masks for span in _finder(mask.matches).spans(text)]
    for test in pattern.tests:
        ignored = list(_finder(test.ignoring).spans(text)) if test.ignoring else []
        if _finder(test.matches).found_in(blank(text, [*hidden, *ignored]).text):
            return True
    return False


def where_masks_differ(pair: Sequence[Mask], budget: Budget, *, spaces_count: bool) -> str | None:
    """A text that two exclusions (or one, twice) leave otherwise than their masks do.

    Unless `spaces_count`, texts that differ only in the length of a gap are alike.
    """
    hidden = [mask.matches for mask in pair]
    words, others = samples(pair[0].tree), samples(pair[-1].tree)
    for text in budget.spend(combined(words, others), len(pair)):
        old, new = old_text(pair, text), new_text(hidden, text)
        if old != new and (spaces_count or old.split() != new.split()):
            return text
    return None


def where_tests_differ(pattern: Translated, masks: Sequence[Mask], budget: Budget) -> str | None:
    """A text to which a pattern with look-arounds answers otherwise than its tests do."""
    words = [
        text
        for test in pattern.tests
        if test.ignoring is not None
        for node in (test.clause.core, *test.clause.ignored)
        for text in samples(node, _SOME)
    ]
    others = [text for mask in masks for text in samples(mask.tree, _FEW)]
    slow = sum(test.ignoring is not None for test in pattern.tests)
    patterns = len(masks) + len(pattern.tests) + slow * _SLOWER
    for text in budget.spend(combined(words, [*words, *others]), patterns):
        if old_answer(pattern, masks, text) is not new_answer(pattern, masks, text):
            return text
    return None


def sees_gaps(node: Node) -> bool:
    """Whether the length of a gap can matter to a pattern: some part of it admits a space."""
    one_character = (Literal, AnyCharacter, Shorthand, Class)
    return any(isinstance(each, one_character) and admits(each, " ") for each in walk(node))


def where_alphabets_differ(tree: Node, pattern: Pattern) -> str | None:
    r"""A text with a letter beyond ASCII, to which `\b`, `\w` and `\d` make answers differ."""
    if not any(_asks_for_words(node) for node in walk(tree)):
        return None
    for sample in samples(tree, _SOME):
        for text in (f"é{sample}", f"{sample}é", sample.replace("_", "é").replace(" ", "é")):
            if replaced(tree, text) != new_text([pattern], text):
                return text
    return None


def _asks_for_words(node: Node) -> bool:
    r"""Whether `node` is one of `\b`, `\B`, `\w`, `\W`, `\d` and `\D`."""
    match node:
        case Edge(text=text):
            return text in {r"\b", r"\B"}
        case Shorthand(letter=letter):
            return letter in "wWdD"
        case Class(members=members):
            return any(isinstance(each, Shorthand) and _asks_for_words(each) for each in members)
        case _:
            return False


def where_roots_differ(pattern: Translated, root: str) -> str | None:
    """A path in which a pattern is found only with `root` in front of it."""
    for test in pattern.tests:
        for sample in ("x", *samples(test.clause.core, _SOME)):
            path = f"{sample.lstrip('/')}x" if sample.endswith("/") else sample.lstrip("/")
            if old_answer(pattern, (), root + path) is not new_answer(pattern, (), path):
                return path
    return None
