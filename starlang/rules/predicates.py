"""The tests of the language over the values of a facet, but for those of texts, and all tests."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Self, get_args

from attrs import frozen

from starlang.matching.patterns import escape
from starlang.matching.sight import Span
from starlang.rules.predicate import OfSomeValue, Predicate
from starlang.rules.relations import Events, InCycle, Neighbours
from starlang.rules.shapes import (
    CanonicalJson,
    MalformedError,
    Members,
    a_count,
    a_flag,
    a_number,
    asked_by,
    decimal_text,
    texts_of,
)
from starlang.rules.spelling import (
    ALWAYS_THERE,
    TEXT_FACETS,
    Scalar,
    facet_text,
    spelling,
    value_text,
    whole,
)
from starlang.rules.text_predicates import Before, EndsWith, Matches, Mentions, StartsWith, Under
from starlang.text import counted

_ANY_TEXT = r"(?s:.)"
"""Finds something in every text that is not empty."""

_SOME_VALUE = "anything"


@frozen(repr=False)
class OfValues(Predicate):
    """A test that compares values with a list of them."""

    values: tuple[str, ...]

    def meets(self, value: Scalar) -> bool:
        return spelling(value) in self.values

    def spans(self, value: Scalar) -> Sequence[Span]:
        return whole(value) if self.meets(value) else ()

    def to_json(self) -> CanonicalJson:
        return {"facet": self.facet, self.key: list(self.values)}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, values = asked_by(cls.key, members)
        return cls(facet, texts_of(values))

    def faults(self) -> Iterator[str]:
        return iter(())

    def is_certain(self) -> bool:
        return False

    def regexes(self, *, lower: bool) -> Sequence[str]:  # noqa: ARG002 -- the same for all texts
        return [rf"^{escape(value)}\z" for value in self.values]

    def witnesses(self) -> Iterator[Scalar]:
        return iter(self.values)

    def named(self) -> Iterator[tuple[str, bool]]:
        return ((value, False) for value in self.values)

    def _braced(self) -> str:
        return f"{{{', '.join(map(value_text, self.values))}}}"


@frozen(repr=False)
class OneOf(OfValues, OfSomeValue):
    """Some value equals one of `values` (`is`, `in`)."""

    key = "in"

    def words(self) -> str:
        return self._said("is", "in")

    def denied_words(self) -> str:
        return self._said("is not", "not in")

    def _said(self, of_one: str, of_several: str) -> str:
        facet = facet_text(self.facet)
        if len(self.values) == 1:
            return f"{facet} {of_one} {value_text(self.values[0])}"
        return f"{facet} {of_several} {self._braced()}"


@frozen(repr=False)
class OnlyIn(OfValues):
    """There is a value, and all values are among `values`."""

    key = "only_in"

    def holds(self, values: Sequence[Scalar]) -> bool:
        return bool(values) and all(map(self.meets, values))

    def words(self) -> str:
        return f"{facet_text(self.facet)} only in {self._braced()}"

    def showing(self) -> Self:
        return self

    def turns_at(self) -> int:
        return 0

    def is_lasting(self) -> bool:
        return False


@frozen(repr=False)
class OfPlainValue(OfSomeValue):
    """A test over numbers or flags: of one value as a whole, and never of a text."""

    def spans(self, value: Scalar) -> Sequence[Span]:
        return whole(value) if self.meets(value) else ()

    def faults(self) -> Iterator[str]:
        return iter(())

    def is_certain(self) -> bool:
        return False

    def regexes(self, *, lower: bool) -> Sequence[str]:  # noqa: ARG002 -- no text meets it
        return ()

    def named(self) -> Iterator[tuple[str, bool]]:
        return iter(())


@frozen(repr=False)
class OfNumber(OfPlainValue):
    """A test that compares JSON numbers with one."""

    number: Decimal

    def to_json(self) -> CanonicalJson:
        return {"facet": self.facet, self.key: decimal_text(self.number)}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, number = asked_by(cls.key, members)
        return cls(facet, a_number(number))

    def words(self) -> str:
        words = self.key.replace("_", " ")
        return f"{facet_text(self.facet)} {words} {decimal_text(self.number)}"

    def witnesses(self) -> Iterator[Scalar]:
        return iter((self.number,))


@frozen(repr=False)
class AtLeast(OfNumber):
    """Some value is a JSON number of at least `number`."""

    key = "at_least"

    def meets(self, value: Scalar) -> bool:
        return isinstance(value, Decimal) and value >= self.number


@frozen(repr=False)
class AtMost(OfNumber):
    """Some value is a JSON number of at most `number`."""

    key = "at_most"

    def meets(self, value: Scalar) -> bool:
        return isinstance(value, Decimal) and value <= self.number


@frozen(repr=False)
class Flag(OfPlainValue):
    """Some value is the JSON value true (or false)."""

    value: bool

    key = "is"

    def meets(self, value: Scalar) -> bool:
        return value is self.value

    def to_json(self) -> CanonicalJson:
        return {"facet": self.facet, self.key: self.value}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, value = asked_by(cls.key, members)
        return cls(facet, a_flag(value))

    def words(self) -> str:
        return f"{facet_text(self.facet)} is {'true' if self.value else 'false'}"

    def witnesses(self) -> Iterator[Scalar]:
        return iter((self.value,))


@frozen(repr=False)
class OfCount(Predicate):
    """A test of how many different values there are, whichever they are."""

    def meets(self, value: Scalar) -> bool:  # noqa: ARG002 -- every value counts
        return True

    def spans(self, value: Scalar) -> Sequence[Span]:
        return whole(value)

    def regexes(self, *, lower: bool) -> Sequence[str]:  # noqa: ARG002 -- the same for all texts
        return (_ANY_TEXT,) if self.holds(("a text",)) else ()

    def witnesses(self) -> Iterator[Scalar]:
        yield _SOME_VALUE
        yield from (f"{_SOME_VALUE}-{number}" for number in range(2, self.turns_at() + 1))

    def named(self) -> Iterator[tuple[str, bool]]:
        return iter(())


@frozen(repr=False)
class Present(OfCount):
    """The facet has a value."""

    key = "present"

    def holds(self, values: Sequence[Scalar]) -> bool:
        return bool(values)

    def words(self) -> str:
        return f"{facet_text(self.facet)} is present"

    def denied_words(self) -> str:
        return f"{facet_text(self.facet)} is missing"

    def to_json(self) -> CanonicalJson:
        return {"facet": self.facet, self.key: True}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, holds = asked_by(cls.key, members)
        if not a_flag(holds):
            raise MalformedError("`present` is always true")
        return cls(facet)

    def faults(self) -> Iterator[str]:
        return iter(())

    def showing(self) -> Self:
        return self

    def is_certain(self) -> bool:
        return self.facet in ALWAYS_THERE

    def turns_at(self) -> int:
        return 1

    def is_lasting(self) -> bool:
        return True


@frozen(repr=False)
class OfNumberOfValues(OfCount):
    """A test that compares how many different values there are with `count`, at least 1."""

    count: int

    def words(self) -> str:
        words = self.key.replace("_", " ")
        return f"{facet_text(self.facet)} {words} {counted(self.count, 'value')}"

    def to_json(self) -> CanonicalJson:
        return {"facet": self.facet, self.key: self.count}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, count = asked_by(cls.key, members)
        return cls(facet, a_count(count))

    def faults(self) -> Iterator[str]:
        if self.count < 1:
            yield "a number of values is out of range"


@frozen(repr=False)
class HasAtLeast(OfNumberOfValues):
    """The facet has at least `count` different values."""

    key = "has_at_least"

    def holds(self, values: Sequence[Scalar]) -> bool:
        return len(values) >= self.count

    def showing(self) -> Self:
        return self

    def is_certain(self) -> bool:
        return self.count == 1 and self.facet in ALWAYS_THERE

    def turns_at(self) -> int:
        return self.count

    def is_lasting(self) -> bool:
        return True


@frozen(repr=False)
class HasAtMost(OfNumberOfValues):
    """The facet has at most `count` different values, maybe none."""

    key = "has_at_most"

    def holds(self, values: Sequence[Scalar]) -> bool:
        return len(values) <= self.count

    def showing(self) -> Present:
        return Present(self.facet)

    def is_certain(self) -> bool:
        return self.facet in TEXT_FACETS

    def turns_at(self) -> int:
        return self.count + 1

    def is_lasting(self) -> bool:
        return False


FacetTest = (
    OneOf
    | OnlyIn
    | Mentions
    | Matches
    | Under
    | StartsWith
    | EndsWith
    | Before
    | AtLeast
    | AtMost
    | HasAtLeast
    | HasAtMost
    | Present
    | Flag
)
"""The tests over values of facets."""

Test = FacetTest | Events | Neighbours | InCycle

PREDICATES: tuple[type[Test], ...] = get_args(Test)
"""The classes of all tests."""
