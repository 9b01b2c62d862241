"""What every test of the language must answer.

A test is a class that knows everything about itself (`starlang.rules.predicates`). It is
asked in many places: the engine wants to know whether values meet it, and which patterns
find the texts that do; an explanation, where in a value it is met, and how to say it;
why-not, which values would meet it; a compiled file, how it is written and read back; the
checker, whether it can be false at all. `Predicate` lists these questions as abstract
methods, so that a class which leaves one out cannot be made. What is not abstract here is
true of every test, whatever it asks.

What a new test needs beside its class, which is in `predicates` (or in `text_predicates` where
only texts meet it, in `relations` where it is about what surrounds a module):

- its line in `grammar/star.lark`, which says the keywords too, its node in `syntax.nodes`, and
  how that is made in `syntax.build`;
- its checking in `checker.conditions`;
- its line in `configs/schemas/ruleset.schema.json` and its row in `docs/language.md`.

Its name goes into `FacetTest` (`predicates`). Then mypy names the one table that is left, of what
a test says about another (`checker.lints.logic`). The property tests are made from the classes,
so it is in them by itself.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

from attrs import evolve, fields, frozen

from starlang.matching.sight import Span
from starlang.rules.shapes import CanonicalJson, Members
from starlang.rules.spelling import Scalar


@frozen(repr=False)
class Predicate(ABC):
    """A test over the values of one facet."""

    facet: str

    key: ClassVar[str]
    """The member that names the test in a compiled file."""

    def __repr__(self) -> str:  # written once: attrs compiles one a class at every start
        return f"<{type(self).__name__}: {self.words()}>"

    @abstractmethod
    def holds(self, values: Sequence[Scalar]) -> bool:
        """Whether a module with these values, all different, meets the test."""

    @abstractmethod
    def meets(self, value: Scalar) -> bool:
        """Whether this one value has a part in it when the test holds."""

    @abstractmethod
    def spans(self, value: Scalar) -> Sequence[Span]:
        """Where in the spelling of `value` the test is met; empty where it is not."""

    @abstractmethod
    def words(self) -> str:
        """The test as a rule would say it."""

    def denied_words(self) -> str:
        """`not` the test as a rule would say it; some tests have a shorter way."""
        return f"not ({self.words()})"

    @abstractmethod
    def to_json(self) -> CanonicalJson:
        """The test in a compiled file: the facet, and beside `key` what is asked."""

    @classmethod
    @abstractmethod
    def from_json(cls, members: Members) -> Self:
        """The test that a compiled file says; or `MalformedError`."""

    @abstractmethod
    def faults(self) -> Iterator[str]:
        """What the compiler would not have made, in a few words: a compiled file may be forged."""

    def normal(self) -> Self:
        """One form for all ways to say the same: no list has an order, so each is sorted."""
        said = [(each.name, getattr(self, each.name)) for each in fields(type(self))]
        lists = {name: value for name, value in said if type(value) is tuple}
        ordered = {name: tuple(sorted(set(value))) for name, value in lists.items()}
        return evolve(self, **ordered)  # type: ignore[arg-type]  # -- names of its own fields

    @abstractmethod
    def showing(self) -> "Predicate":
        """The test that holds, where this one does, if an explanation lists something for it.

        A test that counts up to a number holds where there is nothing to count, too.
        """

    @abstractmethod
    def is_certain(self) -> bool:
        """Whether every module meets the test, whatever its manifest says."""

    @abstractmethod
    def regexes(self, *, lower: bool) -> Sequence[str]:
        """RE2 patterns, of which one is found in exactly the texts that meet the test.

        The empty text is left out of it. With `lower` only texts in lower-case ASCII are
        looked at. Words are found by patterns only there: without `lower` they have none.
        """

    @abstractmethod
    def witnesses(self) -> Iterator[Scalar]:
        """Values that may meet the test, as far as they can be read off it."""

    @abstractmethod
    def turns_at(self) -> int:
        """The number of values at which the answer changes, whichever they are; else 0."""

    @abstractmethod
    def is_lasting(self) -> bool:
        """Whether further values never end it once it holds."""

    @abstractmethod
    def named(self) -> Iterator[tuple[str, bool]]:
        """What it names, and whether as a word: a value that no module has may be misspelt."""


@frozen(repr=False)
class OfSomeValue(Predicate):
    """A test that holds where some value meets it."""

    def holds(self, values: Sequence[Scalar]) -> bool:
        return any(map(self.meets, values))

    def showing(self) -> Self:
        return self

    def turns_at(self) -> int:
        return 0

    def is_lasting(self) -> bool:
        return True
