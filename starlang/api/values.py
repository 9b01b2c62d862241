"""Values of the library: exact amounts, one line to be shown by, nothing that can be changed.

First what all of them share, then what a decision rests on: scores, the rules that hold and
what matched, exceptions, ceilings.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NoReturn, TypeVar

from attrs import field, frozen

from starlang.engine import decisions as engine
from starlang.explain import model as explain
from starlang.explain.words import short
from starlang.text import Span, one_line

_PATH = 60

V = TypeVar("V")


def amount(micro: int) -> Decimal:
    """An amount of 10^-6 as an exact decimal, with two places at least: `Decimal("0.65")`."""
    return Decimal(short(micro))


def shortened(path: str) -> str:
    """A path of at most 60 characters: of a longer one, its end."""
    return path if len(path) <= _PATH else f"…{path[1 - _PATH :]}"


def refuse_type(what: str, wanted: str, value: object) -> NoReturn:
    """TypeError: the argument `what` is not `wanted`."""
    raise TypeError(f"{what} must be {wanted}, not {type(value).__name__}")


class Shown(ABC):
    """A value that is shown as `<Name: words>`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return one_line(f"<{type(self).__name__}: {self._words()}>")

    @abstractmethod
    def _words(self) -> str: ...


def _copied(items: Mapping[str, V]) -> dict[str, V]:
    return dict(items)


@frozen(repr=False, eq=False)
class ReadOnly(Mapping[str, V]):
    """A mapping that cannot be changed; equal to a dictionary with the same items."""

    _items: dict[str, V] = field(converter=_copied)

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == dict(other) if isinstance(other, Mapping) else NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self._items))

    def __repr__(self) -> str:
        return one_line(repr(self._items))


@frozen(repr=False)
class Score(Shown):
    """What the evidence gives for a star: `raw` may be negative, or exceed 1."""

    star: str
    raw: Decimal

    @property
    def score(self) -> Decimal:
        """The raw score, at least 0: what thresholds are compared with."""
        return max(self.raw, Decimal(0))

    @property
    def confidence(self) -> Decimal:
        """The score, at most 1."""
        return min(self.score, Decimal(1))

    def _words(self) -> str:
        return f"{self.star} {self.raw}"


def score_of(found: engine.Score) -> Score:
    """A score of the engine."""
    return Score(found.star, amount(found.raw))


@frozen(repr=False)
class Match(Shown):
    """What made a test hold: the code points `span` of the `value` of a facet.

    For a test over neighbours the value is the path of one. `more` counts further ones that
    are not listed; it is given with the last that is. `through` are the paths on the way to it,
    of a test over several steps.
    """

    facet: str
    value: str
    span: Span
    more: int = 0
    through: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The matched text."""
        return self.value[self.span.start : self.span.end]

    def _words(self) -> str:
        return f"{self.facet} {self.text!r} in {self.value!r}"


@frozen(repr=False)
class Evidence(Shown):
    """A rule that holds for a module.

    `weight` is below 0 where it is evidence against `star`. `effect` is the raw score of the
    star minus what that would be without the rule. `facet`, `value` and `span` are those of
    the first of `matches`, None where the rule holds because something is missing. `kinds` are
    the facets that the rule rests on. `place` is `file:line:column`.
    """

    rule: str
    star: str
    weight: Decimal
    effect: Decimal
    matches: tuple[Match, ...]
    kinds: tuple[str, ...]
    because: str
    place: str

    @property
    def facet(self) -> str | None:
        """The facet that made the rule hold."""
        return self.matches[0].facet if self.matches else None

    @property
    def value(self) -> str | None:
        """The value of the facet."""
        return self.matches[0].value if self.matches else None

    @property
    def span(self) -> Span | None:
        """The code points of the value that matched."""
        return self.matches[0].span if self.matches else None

    def _words(self) -> str:
        return f"{self.weight:+} {self.star} by {self.rule}"


def evidence_of(row: explain.EvidenceRow) -> Evidence:
    """A row of an explanation."""
    return Evidence(
        row.rule,
        row.star,
        amount(row.sign * row.weight),
        amount(row.effect),
        tuple(
            Match(m.facet, m.value, Span(m.start, m.end), m.more, m.through) for m in row.matches
        ),
        row.kinds,
        row.because,
        row.at,
    )


@frozen(repr=False)
class BearingException(Shown):
    """An exception that bears on a module, in its canonical words."""

    words: str
    because: str
    place: str

    def _words(self) -> str:
        return f"{self.words}, because: {self.because}"


@frozen(repr=False)
class HeldBack(Shown):
    """A star that a ceiling holds back: number `rank` of the `eligible` that it counts.

    `last_path` and `last_score` are those of the last promotion that fitted, None without one.
    """

    star: str
    ceiling: str
    group: str
    place: str
    rank: int
    eligible: int
    last_path: str | None
    last_score: Decimal | None

    def _words(self) -> str:
        return f"{self.star} by `{self.ceiling}`, {self.rank:,} of {self.eligible:,}"


def held_of(held: explain.HeldStar) -> HeldBack:
    """What holds a star back, as an explanation has it."""
    return HeldBack(
        held.star,
        held.ceiling,
        held.group,
        held.at,
        held.rank,
        held.eligible,
        held.last_path,
        None if held.last_path is None else amount(held.last_score),
    )


@frozen(repr=False)
class CeilingPlace(Shown):
    """Where a promotion is under a ceiling: number `place` of at most `limit`."""

    star: str
    ceiling: str
    group: str
    place: int
    limit: int

    def _words(self) -> str:
        return f"{self.star} is {self.place:,} of {self.limit:,}, `{self.ceiling}`"


@frozen(repr=False)
class Thresholds(Shown):
    """From which score the best star is suggested and promoted, and what it must lead by.

    `sources` is how many sources of evidence a promotion takes.
    """

    suggest: Decimal
    promote: Decimal
    margin: Decimal
    sources: int = 1

    def _words(self) -> str:
        asked = f" from {self.sources} sources" if self.sources > 1 else ""
        return f"suggest {self.suggest}, promote {self.promote}{asked}, margin {self.margin}"
