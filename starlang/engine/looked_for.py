"""What the tests over one text facet look for in a text, as patterns of one automaton.

First the patterns of the tests, then of the masks, then of what tests are `ignoring`; each
in order. `at` is the place of a pattern in that row.
"""

from collections.abc import Sequence

from starlang.matching.alternatives import alternatives, lower_alternatives
from starlang.matching.globs import regex as glob_regex
from starlang.matching.needles import Needle
from starlang.matching.patterns import Pattern, escape
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

What = Test | Pattern | Needle
Seen = Mentions | Matches
"""Tests that masks touch."""


class LookedFor:
    """The patterns of `tests`, (number, test) pairs over one facet, and of `masks`.

    `masks` are those by place; `ignoring` the tests that ignore what stands there;
    `phrases` the tests with a needle of several words, if texts are `joined`. `touched`
    are the places of tests that masks touch, `needles` those of all needles.
    """

    def __init__(
        self,
        tests: Sequence[tuple[int, Test]],
        masks: Sequence[Pattern | Needle],
        *,
        joined: bool,
    ) -> None:
        touched = {at: test for at, (_, test) in enumerate(tests) if isinstance(test, Seen)}
        shown = masks if touched else ()  # they touch nothing here
        ignoring = [
            (number, test)
            for number, test in tests
            if isinstance(test, Matches) and test.ignoring is not None
        ]
        hidden = [test.ignoring for _, test in ignoring if test.ignoring is not None]
        whats: list[What] = [*(test for _, test in tests), *shown, *hidden]
        self._whats = whats
        self.numbers = [number for number, _ in tests]
        self.masks = dict(enumerate(shown, len(tests)))
        self.ignoring: dict[int, tuple[int, Seen]] = dict(
            enumerate(ignoring, len(tests) + len(shown))
        )
        self.phrases: dict[int, tuple[int, Seen]] = {
            at: (self.numbers[at], test)
            for at, test in touched.items()
            if joined and isinstance(test, Mentions) and _has_phrase(test)
        }
        self.touched = frozenset(touched)
        self.needles = frozenset(
            at for at, what in enumerate(whats) if isinstance(what, Mentions | Needle)
        )

    def mentions(self) -> list[tuple[int, Needle]]:
        """Every needle of the tests, with the number of its test."""
        return [
            (self.numbers[at], needle)
            for at, what in enumerate(self._whats)
            if isinstance(what, Mentions)
            for needle in what.needles
        ]

    def plain(self) -> list[tuple[str, ...]]:
        """RE2 patterns, of which one is found in exactly the plain texts that meet a test.

        Plain is an ASCII text in lower case that is not masked nor joined.
        """
        return list(map(_plain, self._whats))

    def cased(self) -> list[tuple[str, ...]]:
        """The same for all texts that are not masked nor joined, but none for needles."""
        return list(map(_cased, self._whats))


def _has_phrase(test: Mentions) -> bool:
    return any(len(needle.words) > 1 for needle in test.needles)


def _plain(what: What) -> tuple[str, ...]:
    match what:
        case Mentions(needles=needles):
            return tuple(regex for needle in needles for regex in _needle_regexes(needle))
        case Needle():
            return _needle_regexes(what)
        case Matches(pattern=pattern) | (Pattern() as pattern):
            return lower_alternatives(pattern)
        case _:
            return _cased(what)


def _cased(what: What) -> tuple[str, ...]:
    match what:
        case OneOf(values=values) | OnlyIn(values=values):
            return tuple(rf"^{escape(value)}\z" for value in values)
        case Matches(pattern=pattern) | (Pattern() as pattern):
            return alternatives(pattern)
        case Under(globs=globs):
            return tuple(map(glob_regex, globs))
        case Present() | HasAtLeast(count=1):
            return (r"(?s:.)",)
        case _:
            return ()  # a text is no number and no flag, and there is but one


def _needle_regexes(needle: Needle) -> tuple[str, ...]:
    """Two, because RE2 does not merge patterns that begin with `(?:^|[^a-z0-9])`."""
    words = r"[^a-z0-9/]+".join(map(escape, needle.words))
    end = "" if needle.open else r"(?:[^a-z0-9]|\z)"
    return rf"^{words}{end}", rf"[^a-z0-9]{words}{end}"
