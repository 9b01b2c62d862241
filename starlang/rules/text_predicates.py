"""The tests of the language that are met by texts alone: their words, patterns and edges.

`Seeing` are those that masks touch where the text is the path, the name, or name and path of
a module. There they must be asked with the `Sight` of the text, never with the bare text. All
others look at the text as it is.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Self

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
from starlang.rules.predicate import OfSomeValue
from starlang.rules.shapes import (
    CanonicalJson,
    Members,
    a_needle,
    a_pattern,
    a_text,
    asked_by,
    each,
    needle_json,
    pattern_json,
    texts_of,
)
from starlang.rules.spelling import (
    BUILTIN_FACETS,
    Scalar,
    day_of,
    facet_text,
    is_day,
    listed,
    quoted,
    whole,
)

FIRST_DAY = date.min.isoformat()
"""No day is before this one."""

_EDGES = ("(?i)", r"\b", "^", "$", r"\A", r"\z")


@frozen(repr=False)
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


@frozen(repr=False)
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

    def to_json(self) -> CanonicalJson:
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


@frozen(repr=False)
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

    def to_json(self) -> CanonicalJson:
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


@frozen(repr=False)
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

    def to_json(self) -> CanonicalJson:
        return {"facet": self.facet, self.key: list(self.globs)}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, globs = asked_by(cls.key, members)
        return cls(facet, texts_of(globs))

    def faults(self) -> Iterator[str]:
        return (f"`{glob}` is not a valid glob" for glob in self.globs if glob_problem(glob))

    def is_certain(self) -> bool:
        return self.facet == "path" and "**" in self.globs

    def regexes(self, *, lower: bool) -> Sequence[str]:  # noqa: ARG002 -- the same for all texts
        return list(map(glob_regex, self.globs))

    def witnesses(self) -> Iterator[Scalar]:
        return (glob.replace("**", "any").replace("*", "any") for glob in self.globs)

    def named(self) -> Iterator[tuple[str, bool]]:
        return iter(())


@frozen(repr=False)
class OfEdge(OfSomeValue):
    """A test of how a text begins or ends: exactly, on the text as it is, which no mask touches."""

    texts: tuple[str, ...]

    @abstractmethod
    def edge(self, value: str, text: str) -> Span | None:
        """Where `text` is at this edge of `value`, or None."""

    def meets(self, value: Scalar) -> bool:
        return bool(self.spans(value))

    def spans(self, value: Scalar) -> Sequence[Span]:
        if not isinstance(value, str):
            return ()
        return sorted(span for text in self.texts if (span := self.edge(value, text)))

    def words(self) -> str:
        return self._said("")

    def denied_words(self) -> str:
        return self._said("not ")

    def _said(self, denied: str) -> str:
        words = self.key.replace("_", " ")
        return f"{facet_text(self.facet)} {denied}{words} {listed(self.texts)}"

    def to_json(self) -> CanonicalJson:
        return {"facet": self.facet, self.key: list(self.texts)}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, texts = asked_by(cls.key, members)
        return cls(facet, texts_of(texts))

    def faults(self) -> Iterator[str]:
        if "" in self.texts:
            yield "every text begins and ends with an empty one"

    def is_certain(self) -> bool:
        return False

    def witnesses(self) -> Iterator[Scalar]:
        return iter(self.texts)

    def named(self) -> Iterator[tuple[str, bool]]:
        return iter(())


@frozen(repr=False)
class StartsWith(OfEdge):
    """Some value is a text that begins with one of `texts`."""

    key = "starts_with"

    def edge(self, value: str, text: str) -> Span | None:
        return (0, len(text)) if value.startswith(text) else None

    def regexes(self, *, lower: bool) -> Sequence[str]:  # noqa: ARG002 -- the same for all texts
        return [f"^{escape(text)}" for text in self.texts]


@frozen(repr=False)
class EndsWith(OfEdge):
    """Some value is a text that ends with one of `texts`."""

    key = "ends_with"

    def edge(self, value: str, text: str) -> Span | None:
        return (len(value) - len(text), len(value)) if value.endswith(text) else None

    def regexes(self, *, lower: bool) -> Sequence[str]:  # noqa: ARG002 -- the same for all texts
        return [rf"{escape(text)}\z" for text in self.texts]


@frozen(repr=False)
class Before(OfSomeValue):
    """Some value is a date, or a date-time, of a day before `day`, which is `YYYY-MM-DD`.

    No path, name or star is asked whether it is a date.
    """

    day: str

    key = "before"

    def meets(self, value: Scalar) -> bool:
        day = day_of(value) if isinstance(value, str) else ""
        return "" < day < self.day

    def spans(self, value: Scalar) -> Sequence[Span]:
        return ((0, len(self.day)),) if self.meets(value) else ()

    def words(self) -> str:
        return f"{facet_text(self.facet)} before {quoted(self.day)}"

    def denied_words(self) -> str:
        return f"{facet_text(self.facet)} not before {quoted(self.day)}"

    def to_json(self) -> CanonicalJson:
        return {"facet": self.facet, self.key: self.day}

    @classmethod
    def from_json(cls, members: Members) -> Self:
        facet, day = asked_by(cls.key, members)
        return cls(facet, a_text(day))

    def faults(self) -> Iterator[str]:
        if self.facet in BUILTIN_FACETS:
            yield f"`{self.facet}` is not a date"
        if not is_day(self.day) or self.day == FIRST_DAY:
            yield f"`{self.day}` is not a day that another one is before"

    def is_certain(self) -> bool:
        return False

    def regexes(self, *, lower: bool) -> Sequence[str]:  # noqa: ARG002 -- no text facet is asked
        return ()

    def witnesses(self) -> Iterator[Scalar]:
        yield (date.fromisoformat(self.day) - timedelta(days=1)).isoformat()

    def named(self) -> Iterator[tuple[str, bool]]:
        return iter(())


def _needle_text(needle: Needle) -> str:
    text = str(needle)
    return text if text.rstrip("*").replace("_", "a").isalnum() else quoted(text)


def _literal(regex: str) -> str:
    """What is left of an alternative without its edges; it need not be a text that it finds."""
    for edge in _EDGES:
        regex = regex.replace(edge, "")
    return regex
