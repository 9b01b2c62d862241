"""The tests of the language over the values of a facet, each of them one class.

They differ in what makes them hold:

- `OfSomeValue`: some value meets it, so that further values never end it. Most are.
- `OnlyIn` and `OfCount` are about all values together. Some of these hold without any value.
- `Seeing`: some text meets it, seen through masks and by words or patterns. Where the facet
  is the path, the name or the text of a module, it must be asked with the `Sight` of the
  text and never with the bare text.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Self, get_args

from attrs import evolve, frozen

from starlang.matching.globs import covers
from starlang.matching.globs import problem as glob_problem
from starlang.matching.globs import regex as glob_regex
from starlang.matching.patterns import (
    Pattern,
    alternatives,
    escape,
    lower_alternatives,
    pattern_problem,
)
from starlang.matching.sight import Sight, Span
from starlang.matching.words import Needle
from starlang.matching.words import regexes as needle_regexes
from starlang.rules.predicate import Predicate
from starlang.rules.relations import Events, Neighbours
from starlang.rules.shapes import (
    Json,
    MalformedError,
    Members,
    a_count,
    a_flag,
    a_needle,
    a_number,
    a_pattern,
    asked_by,
    decimal_text,
    each,
    needle_json,
    pattern_json,
    texts_of,
)
from starlang.rules.spelling import (
    ALWAYS_THERE,
    Scalar,
    facet_text,
    listed,
    quoted,
    spelling,
    value_text,
    whole,
)
from starlang.text import counted

_ANY_TEXT = r"(?s:.)"
"""Finds something in every text that is not empty."""

_SOME_VALUE = "anything"
_EDGES = ("(?i)", r"\b", "^", "$", r"\A", r"\z")


@frozen
class OfSomeValue(Predicate):
    """A test that holds where some value meets it."""

    def holds(self, values: Sequence[Scalar]) -> bool:
        return any(map(self.meets, values))

    def turns_at(self) -> int:
        return 0

    def is_lasting(self) -> bool:
        return True


@frozen
class OfValues(Predicate):
    """A test that compares values with a list of them."""

    values: tuple[str, ...]

    def meets(self, value: Scalar) -> bool:
        return spelling(value) in self.values

    def spans(self, value: Scalar) -> Sequence[Span]:
        return whole(value) if self.meets(value) else ()

    def to_json(self) -> Json:
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


@frozen
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


@frozen
class OnlyIn(OfValues):
    """There is a value, and all values are among `values`."""

    key = "only_in"

    def holds(self, values: Sequence[Scalar]) -> bool:
        return bool(values) and all(map(self.meets, values))

    def words(self) -> str:
        return f"{facet_text(self.facet)} only in {self._braced()}"

    def turns_at(self) -> int:
        return 0

    def is_lasting(self) -> bool:
        return False


@frozen
class Seeing(OfSomeValue):
    """A test that looks into texts, which masks touch where they are a path, a name or a text."""

    @abstractmethod
    def sees(self, sight: Sight) -> bool:
        """Whether something in the text meets the test."""

    @abstractmethod
    def seen(self, sight: Sight) -> Sequence[Span]:
        """Spans of the original text in which the test is met, sorted."""

    @abstractmethod
    def bare(self) -> Self:
        """The test without what it ignores."""

    def meets(self, value: Scalar) -> bool:
        return isinstance(value, str) and self.sees(Sight(value))

    def spans(self, value: Scalar) -> Sequence[Span]:
        return self.seen(Sight(value)) if isinstance(value, str) else ()

    def is_certain(self) -> bool:
        return False


@frozen
class Mentions(Seeing):
    """Some value contains one of the needles as whole words."""

    needles: tuple[Needle, ...]

    key = "mentions"

    def sees(self, sight: Sight) -> bool:
        return bool(self.seen(sight))

    def seen(self, sight: Sight) -> Sequence[Span]:
        return sight.mentions(self.needles)

    def bare(self) -> Self:
        return self

    def words(self) -> str:
        return f"{facet_text(self.facet)} mentions {', '.join(map(_needle_text, self.needles))}"

    def to_json(self) -> Json:
        return {"facet": self.facet, self.key: list(map(needle_json, self.needles))}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, needles = asked_by(cls.key, members)
        return cls(facet, each(a_needle, needles))

    def faults(self) -> Iterator[str]:
        return iter(())

    def regexes(self, *, lower: bool) -> Sequence[str]:
        return [regex for one in self.needles for regex in needle_regexes(one)] if lower else ()

    def witnesses(self) -> Iterator[Scalar]:
        return ("_".join(needle.words) for needle in self.needles)

    def named(self) -> Iterator[tuple[str, bool]]:
        closed = (needle for needle in self.needles if not needle.open)
        return ((word, True) for needle in closed for word in needle.words)


@frozen
class Matches(Seeing):
    """Some value contains a match of `pattern` after `ignoring` (and all masks) is blanked."""

    pattern: Pattern
    ignoring: Pattern | None = None

    key = "matches"

    def sees(self, sight: Sight) -> bool:
        return sight.has_match(self.pattern, self.ignoring)

    def seen(self, sight: Sight) -> Sequence[Span]:
        return sight.matches(self.pattern, self.ignoring)

    def bare(self) -> Self:
        return evolve(self, ignoring=None)

    def words(self) -> str:
        hidden = f" ignoring {self.ignoring}" if self.ignoring else ""
        return f"{facet_text(self.facet)} matches {self.pattern}{hidden}"

    def to_json(self) -> Json:
        hidden = {"ignoring": pattern_json(self.ignoring)} if self.ignoring else {}
        return {"facet": self.facet, self.key: pattern_json(self.pattern), **hidden}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        asked = dict(members)
        ignoring = a_pattern(asked.pop("ignoring")) if "ignoring" in asked else None
        facet, pattern = asked_by(cls.key, asked)
        return cls(facet, a_pattern(pattern), ignoring)

    def faults(self) -> Iterator[str]:
        for pattern in (self.pattern, self.ignoring):
            if pattern and pattern_problem(pattern):
                yield f"the pattern `{pattern}` is refused"

    def regexes(self, *, lower: bool) -> Sequence[str]:
        return lower_alternatives(self.pattern) if lower else alternatives(self.pattern)

    def witnesses(self) -> Iterator[Scalar]:
        return map(_literal, alternatives(self.pattern))

    def named(self) -> Iterator[tuple[str, bool]]:
        return iter(())


@frozen
class Under(OfSomeValue):
    """Some value lies under one of the globs."""

    globs: tuple[str, ...]

    key = "under"

    def meets(self, value: Scalar) -> bool:
        return isinstance(value, str) and any(covers(glob, value) for glob in self.globs)

    def spans(self, value: Scalar) -> Sequence[Span]:
        return whole(value) if self.meets(value) else ()

    def words(self) -> str:
        return f"{facet_text(self.facet)} under {listed(self.globs)}"

    def to_json(self) -> Json:
        return {"facet": self.facet, self.key: list(self.globs)}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, globs = asked_by(cls.key, members)
        return cls(facet, texts_of(globs))

    def faults(self) -> Iterator[str]:
        return (f"`{glob}` is no glob" for glob in self.globs if glob_problem(glob))

    def is_certain(self) -> bool:
        return self.facet == "path" and "**" in self.globs

    def regexes(self, *, lower: bool) -> Sequence[str]:  # noqa: ARG002 -- the same for all texts
        return list(map(glob_regex, self.globs))

    def witnesses(self) -> Iterator[Scalar]:
        return (glob.replace("**", "any").replace("*", "any") for glob in self.globs)

    def named(self) -> Iterator[tuple[str, bool]]:
        return iter(())


@frozen
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


@frozen
class OfNumber(OfPlainValue):
    """A test that compares JSON numbers with one."""

    number: Decimal

    def to_json(self) -> Json:
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


@frozen
class AtLeast(OfNumber):
    """Some value is a JSON number of at least `number`."""

    key = "at_least"

    def meets(self, value: Scalar) -> bool:
        return isinstance(value, Decimal) and value >= self.number


@frozen
class AtMost(OfNumber):
    """Some value is a JSON number of at most `number`."""

    key = "at_most"

    def meets(self, value: Scalar) -> bool:
        return isinstance(value, Decimal) and value <= self.number


@frozen
class Flag(OfPlainValue):
    """Some value is the JSON value true (or false)."""

    value: bool

    key = "is"

    def meets(self, value: Scalar) -> bool:
        return value is self.value

    def to_json(self) -> Json:
        return {"facet": self.facet, self.key: self.value}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, value = asked_by(cls.key, members)
        return cls(facet, a_flag(value))

    def words(self) -> str:
        return f"{facet_text(self.facet)} is {'true' if self.value else 'false'}"

    def witnesses(self) -> Iterator[Scalar]:
        return iter((self.value,))


@frozen
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


@frozen
class Present(OfCount):
    """The facet has a value."""

    key = "present"

    def holds(self, values: Sequence[Scalar]) -> bool:
        return bool(values)

    def words(self) -> str:
        return f"{facet_text(self.facet)} is present"

    def denied_words(self) -> str:
        return f"{facet_text(self.facet)} is missing"

    def to_json(self) -> Json:
        return {"facet": self.facet, self.key: True}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, holds = asked_by(cls.key, members)
        if not a_flag(holds):
            raise MalformedError("`present` is always true")
        return cls(facet)

    def faults(self) -> Iterator[str]:
        return iter(())

    def is_certain(self) -> bool:
        return self.facet in ALWAYS_THERE

    def turns_at(self) -> int:
        return 1

    def is_lasting(self) -> bool:
        return True


@frozen
class HasAtLeast(OfCount):
    """The facet has at least `count` different values; `count` is at least 1."""

    count: int

    key = "has_at_least"

    def holds(self, values: Sequence[Scalar]) -> bool:
        return len(values) >= self.count

    def words(self) -> str:
        return f"{facet_text(self.facet)} has at least {counted(self.count, 'value')}"

    def to_json(self) -> Json:
        return {"facet": self.facet, self.key: self.count}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, count = asked_by(cls.key, members)
        return cls(facet, a_count(count))

    def faults(self) -> Iterator[str]:
        if self.count < 1:
            yield "a number of values is out of range"

    def is_certain(self) -> bool:
        return self.count == 1 and self.facet in ALWAYS_THERE

    def turns_at(self) -> int:
        return self.count

    def is_lasting(self) -> bool:
        return True


FacetTest = (
    OneOf | OnlyIn | Mentions | Matches | Under | AtLeast | AtMost | HasAtLeast | Present | Flag
)
"""The tests over values of facets."""

Test = FacetTest | Events | Neighbours

PREDICATES: tuple[type[Test], ...] = get_args(Test)
"""The classes of all tests."""


def _needle_text(needle: Needle) -> str:
    text = str(needle)
    return text if text.rstrip("*").replace("_", "a").isalnum() else quoted(text)


def _literal(regex: str) -> str:
    """What is left of an alternative without its edges; it need not be a text that it finds."""
    for edge in _EDGES:
        regex = regex.replace(edge, "")
    return regex
