"""Classes of texts: one pass of an automaton a text decides all tests over it.

The short way is taken for lower-case ASCII texts (nearly all paths) in which no mask
and no `ignoring` was found: there a needle is a pattern like any other. All other
texts are decided exactly, word by word and mask by mask, by `Exact`.
"""

from array import array
from collections.abc import Iterable, Sequence

from starlang.engine.classes import Classes, Numbering
from starlang.engine.exact import Exact
from starlang.matching.globs import regex as glob_regex
from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern, PatternSet, escape, in_set
from starlang.rulesets.conditions import (
    HasAtLeast,
    Matches,
    Mentions,
    OneOf,
    OnlyIn,
    Present,
    Test,
    Under,
)

_NOT_PLAIN = -1
_IMPOSSIBLE = r"[^\x00-\x{10FFFF}]"


class TextClasses:
    """Classifies the texts of one text facet.

    `tests` are (number, test) pairs over that facet; `joined` tells that a text is a
    name and a path, which no phrase may cross.
    """

    def __init__(
        self,
        tests: Sequence[tuple[int, Test]],
        masks: Sequence[Pattern | Needle],
        *,
        joined: bool,
    ) -> None:
        self._numbers = tuple(number for number, _ in tests)
        watched = [*map(_mask_regex, masks), *map(in_set, _ignored(tests))]
        self._set = PatternSet([*(_regex(test) for _, test in tests), *watched])
        crossing = {index for index, (_, test) in enumerate(tests) if joined and _has_phrase(test)}
        sees_masks = any(isinstance(test, Mentions | Matches) for _, test in tests)
        masks_at = range(len(tests), len(tests) + len(watched)) if sees_masks else ()
        # What forbids the short way when it is found in a text.
        self._watched = crossing.union(masks_at)
        self._exact = Exact(tests, masks, self._set)
        self._classes: Numbering[tuple[int, ...]] = Numbering()

    def classify(self, texts: Iterable[str], joins: Iterable[int]) -> Classes:
        """The class of each text; `joins` are the places where name and path meet, or -1."""
        by_found: dict[tuple[int, ...], int] = {}
        codes = array("I")
        append, match = codes.append, self._set.match
        for text, join in zip(texts, joins, strict=True):
            if text.isascii() and text.islower():
                found = tuple(match(text.encode()))
                code = by_found.get(found)
                if code is None:
                    code = by_found[found] = self._short_way(found)
                if code != _NOT_PLAIN:
                    append(code)
                    continue
            append(self._classes[self._exact.holding(text, join)])
        return Classes(codes, list(self._classes))

    def _short_way(self, found: tuple[int, ...]) -> int:
        if self._set.is_void(found) or not self._watched.isdisjoint(found):
            return _NOT_PLAIN
        numbers = self._numbers
        return self._classes[tuple(sorted(numbers[at] for at in found if at < len(numbers)))]


def _ignored(tests: Sequence[tuple[int, Test]]) -> list[Pattern]:
    return [
        test.ignoring
        for _, test in tests
        if isinstance(test, Matches) and test.ignoring is not None
    ]


def _has_phrase(test: Test) -> bool:
    return isinstance(test, Mentions) and any(len(needle.words) > 1 for needle in test.needles)


def _regex(test: Test) -> str:
    """An RE2 pattern found in exactly the plain texts that meet `test` (unmasked, unjoined)."""
    match test:
        case OneOf(values=values) | OnlyIn(values=values):
            return rf"^(?:{'|'.join(map(escape, values))})\z"
        case Mentions(needles=needles):
            return "|".join(map(_needle_regex, needles))
        case Matches(pattern=pattern):
            return in_set(pattern)
        case Under(globs=globs):
            return "|".join(map(glob_regex, globs))
        case Present() | HasAtLeast(count=1):
            return r"(?s:.)"
        case _:
            return _IMPOSSIBLE  # a text is no number and no flag, and there is but one


def _mask_regex(mask: Pattern | Needle) -> str:
    return _needle_regex(mask) if isinstance(mask, Needle) else in_set(mask)


def _needle_regex(needle: Needle) -> str:
    words = r"[^a-z0-9/]+".join(map(escape, needle.words))
    end = "" if needle.open else r"(?:[^a-z0-9]|\z)"
    return rf"(?:^|[^a-z0-9]){words}{end}"
