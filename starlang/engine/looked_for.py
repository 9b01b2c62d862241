"""What the tests over one text facet look for in a text, as patterns of one automaton.

First the patterns of the tests, then of the masks, then of what tests are `ignoring`; each
in order. `at` is the place of a pattern in that row.
"""

from collections.abc import Sequence
from typing import assert_never

from starlang.matching.alternatives import alternatives, lower_alternatives
from starlang.matching.needles import Needle, regexes
from starlang.matching.patterns import Pattern
from starlang.rulesets.predicate import Predicate
from starlang.rulesets.predicates import Test
from starlang.rulesets.text_predicates import Matches, Mentions, Seeing

What = Test | Pattern | Needle


class LookedFor:
    """The patterns of `tests`, (number, test) pairs over one facet, and of `masks`.

    `masks` are those by place; `ignoring` the tests that ignore what stands there;
    `phrases` the tests with a needle of several words, if texts are `joined`. `touched`
    are the places of tests that masks touch, `needles` those of all needles. `without_text`
    are the tests that hold where there is no text at all.
    """

    def __init__(
        self,
        tests: Sequence[tuple[int, Test]],
        masks: Sequence[Pattern | Needle],
        *,
        joined: bool,
    ) -> None:
        touched = {at: test for at, (_, test) in enumerate(tests) if isinstance(test, Seeing)}
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
        self.ignoring: dict[int, tuple[int, Seeing]] = dict(
            enumerate(ignoring, len(tests) + len(shown))
        )
        self.phrases: dict[int, tuple[int, Seeing]] = {
            at: (self.numbers[at], test)
            for at, test in touched.items()
            if joined and isinstance(test, Mentions) and _has_phrase(test)
        }
        self.touched = frozenset(touched)
        self.without_text = tuple(number for number, test in tests if test.holds(()))
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

    def plain(self) -> list[Sequence[str]]:
        """RE2 patterns, of which one is found in exactly the plain texts that meet a test.

        Plain is an ASCII text in lower case that is not masked nor joined.
        """
        return [_regexes(what, lower=True) for what in self._whats]

    def cased(self) -> list[Sequence[str]]:
        """The same for all texts that are not masked nor joined, but none for needles."""
        return [_regexes(what, lower=False) for what in self._whats]


def _has_phrase(test: Mentions) -> bool:
    return any(len(needle.words) > 1 for needle in test.needles)


def _regexes(what: What, *, lower: bool) -> Sequence[str]:
    match what:
        case Predicate():
            return what.regexes(lower=lower)
        case Pattern():
            return lower_alternatives(what) if lower else alternatives(what)
        case Needle():
            return regexes(what) if lower else ()
        case _:
            assert_never(what)
