"""The syntax tree of a `.star` file.

Spans do not count in equality, so `parse(format(file)) == file` can be stated as a
property. Every node quotes its line of the grammar. Names are as written; nothing is
resolved. A `Name` or `Text` keeps its own span because diagnostics point at it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Never, dataclass_transform

from starlang.text import Source, Span

if TYPE_CHECKING:
    from dataclasses import KW_ONLY

NOWHERE = Span(0, 0)


@dataclass_transform(frozen_default=True)
class _Record:
    """A class whose annotations are the values that it is made of, as they are with attrs.

    But attrs writes and compiles the methods of each class: 30 ms for these 58 at every start.
    """

    _names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._names = tuple(cls.__annotations__)
        setattr(cls, "__match_args__", cls._names)  # noqa: B010 -- mypy knows better

    def __init__(self, *values: object, **named: object) -> None:
        self.__dict__.update(zip(self._names, values, strict=False), **named)

    def __setattr__(self, name: str, _: object) -> Never:
        message = f"{type(self).__name__}.{name} cannot be changed"
        raise AttributeError(message)

    def compared(self) -> tuple[object, ...]:
        """What two records of a class may differ in."""
        return tuple(getattr(self, name) for name in self._names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.compared() == other.compared()

    def __hash__(self) -> int:
        return hash((type(self), self.compared()))

    def __repr__(self) -> str:
        said = (f"{name}={getattr(self, name)!r}" for name in self._names)
        return f"{type(self).__name__}({', '.join(said)})"


class Node(_Record):
    """What all nodes share. `span` is in code points of the source, and not compared."""

    _: "KW_ONLY"
    span: Span = NOWHERE


# Leaves


class Name(Node):
    """An id: `[A-Za-z_][A-Za-z0-9_-]*`, not ending in `-`."""

    text: str


class Text(Node):
    """A string or bare value, decoded; `quoted` tells which it was."""

    text: str
    quoted: bool = True


class Number(Node):
    """A decimal number, exact."""

    value: Decimal


class Regex(Node):
    r"""`/…/` or `/…/i`; `text` is what stands between the slashes, `\/` as written."""

    text: str
    ignore_case: bool = False


class Amount(Node):
    """`N` or `P%`."""

    value: Decimal
    percent: bool = False


class Facet(Node):
    """`path`, `capability`, … or `field "/json/pointer"`, whose name is `field`."""

    name: str
    pointer: str | None = None


# Conditions


class Is(Node):
    """`FACET is [not] VALUE`"""

    facet: Facet
    value: Text
    negated: bool = False


class In(Node):
    """`FACET [not | only] in {VALUE, …}`"""

    facet: Facet
    values: tuple[Text, ...]
    negated: bool = False
    only: bool = False


class Mentions(Node):
    """`FACET [not] mentions NEEDLE, …`; a needle may end in `*`."""

    facet: Facet
    needles: tuple[Text, ...]
    negated: bool = False


class Matches(Node):
    """`FACET [not] matches /…/ [ignoring /…/]`"""

    facet: Facet
    pattern: Regex
    ignoring: Regex | None = None
    negated: bool = False


class Under(Node):
    """`FACET [not] under "glob", …`"""

    facet: Facet
    globs: tuple[Text, ...]
    negated: bool = False


class StartsWith(Node):
    """`FACET [not] starts with "text", …`"""

    facet: Facet
    texts: tuple[Text, ...]
    negated: bool = False


class EndsWith(Node):
    """`FACET [not] ends with "text", …`"""

    facet: Facet
    texts: tuple[Text, ...]
    negated: bool = False


class Before(Node):
    """`FACET [not] before "YYYY-MM-DD"`"""

    facet: Facet
    day: Text
    negated: bool = False


class Compare(Node):
    """`FACET at least N` / `FACET at most N`"""

    facet: Facet
    at_least: bool
    number: Number


class HasValues(Node):
    """`FACET has at least N values` / `FACET has at most N values`"""

    facet: Facet
    at_least: bool
    count: Number


class State(Node):
    """`FACET is [not] missing | present | true | false`; `word` is the last word."""

    facet: Facet
    word: str
    negated: bool = False


class Bound(Node):
    """`at least N` or `at most N`"""

    at_least: bool
    number: Number


class StarTest(Node):
    """`currently STAR` or `reaching STAR`; `word` is the first word."""

    word: str
    star: Name


class Neighbours(Node):
    """`RELATION [BOUND] modules [STANDING] [under "glob", …] [where (C)]`

    `relation` is `uses`, `used by`, `depends on`, `needed by`, `contains` or `inside`.
    """

    relation: str
    bound: Bound | None = None
    standing: StarTest | None = None
    globs: tuple[Text, ...] = ()
    where: "Condition | None" = None


class Events(Node):
    """`publishes | subscribes [BOUND] ["name@v1" | "prefix.*", …]`"""

    relation: str
    bound: Bound | None = None
    names: tuple[Text, ...] = ()


class InCycle(Node):
    """`in a cycle`"""


class And(Node):
    """`C and C …`, at least two parts."""

    parts: tuple["Condition", ...]


class Or(Node):
    """`C or C …`, at least two parts."""

    parts: tuple["Condition", ...]


class Not(Node):
    """`not C`"""

    part: "Condition"


FacetPredicate = (
    Is
    | In
    | Mentions
    | Matches
    | Under
    | StartsWith
    | EndsWith
    | Before
    | Compare
    | HasValues
    | State
)
Predicate = FacetPredicate | Neighbours | Events | InCycle
Condition = Predicate | And | Or | Not


def walk(condition: Condition) -> Iterator[Predicate]:
    """All tests of `condition` as they are written, with repetitions."""
    match condition:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from walk(part)
        case Not(part=part):
            yield from walk(part)
        case _:
            yield condition


# Declarations


class Header(Node):
    """`starlang N`"""

    version: Number


class Entry(Node):
    """`NAME "text", …` inside a ruleset's braces: free text, outside the semantic digest."""

    name: Name
    values: tuple[Text, ...]


class Ruleset(Node):
    """`ruleset ID "version" [{ ENTRY … }]`"""

    name: Name
    version: Text
    entries: tuple[Entry, ...] = ()


class Use(Node):
    """`use "file.star"`, relative to this file."""

    path: Text


class Order(Node):
    """`order ID, …`"""

    stars: tuple[Name, ...]


class StarDecl(Node):
    """`[default] star ID [label "…"] [emoji "…"] [domain "…"] [aka VALUE, …]`"""

    name: Name
    is_default: bool = False
    label: Text | None = None
    emoji: Text | None = None
    domain: Text | None = None
    aka: tuple[Text, ...] = ()


class WeightEntry(Node):
    """`FACET N` inside `weights { … }`"""

    facet: Name
    weight: Number


class Weights(Node):
    """`weights { FACET N … }`"""

    entries: tuple[WeightEntry, ...]


class CombineSetting(Node):
    """`combine sum | max | noisy_or`"""

    method: Name


class ThresholdSetting(Node):
    """`suggest N`, `margin N`, or `promote [STAR] N [from N sources]`; `name` is the first word."""

    name: str
    value: Number
    star: Name | None = None
    sources: Number | None = None


class SameSource(Node):
    """`same source FACET, …`"""

    facets: tuple[Facet, ...]


Setting = CombineSetting | ThresholdSetting | SameSource
"""What stands in a `confidence` block."""


class ConfidenceDecl(Node):
    """`confidence { SETTING … }`"""

    settings: tuple[Setting, ...]


class MaskDecl(Node):
    """`mask mentions NEEDLE, … | matches /…/  because "…"`"""

    needles: tuple[Text, ...]
    pattern: Regex | None
    because: Text | None = None


class DeriveDecl(Node):
    """`derive FACET VALUE when C [unless C] [because "…"]`"""

    facet: Facet
    value: Text
    when: Condition
    unless: Condition | None = None
    because: Text | None = None


class RuleDecl(Node):
    """`rule NAME -> STAR | against STAR  [weight N] when C [unless C] [because "…"]`"""

    name: Name
    star: Name
    against: bool
    when: Condition
    unless: Condition | None = None
    weight: Number | None = None
    because: Text | None = None


class Cell(Node):
    """`VALUE`, `/…/` or `under "glob"` in a table."""

    value: Text | Regex
    under: bool = False


class Row(Node):
    """`CELL, … -> STAR | against STAR  [weight N] [because "…"]`"""

    cells: tuple[Cell, ...]
    star: Name
    against: bool
    weight: Number | None = None
    because: Text | None = None


class Table(Node):
    """`table FACET [weight N] [because "…"] { ROW … }`"""

    facet: Facet
    rows: tuple[Row, ...]
    weight: Number | None = None
    because: Text | None = None


class NeverDecl(Node):
    """`never promote [to STAR, …] ("glob", … | when C [unless C]) CLAUSE …`

    Clauses: `except "path", …`, `because "…"`, `until "date"`.
    """

    stars: tuple[Name, ...]
    globs: tuple[Text, ...]
    when: Condition | None
    unless: Condition | None = None
    exempt: tuple[Text, ...] = ()
    because: Text | None = None
    until: Text | None = None


class AssignDecl(Node):
    """`assign "path", … to STAR [because "…"] [until "date"]`"""

    paths: tuple[Text, ...]
    star: Name
    because: Text | None = None
    until: Text | None = None


class ForbidDecl(Node):
    """`forbid "name" when C [unless C] [except "path", …] because "…" [until "date"]`"""

    name: Text
    when: Condition
    unless: Condition | None = None
    exempt: tuple[Text, ...] = ()
    because: Text | None = None
    until: Text | None = None


class PromotedLimit(Node):
    """`at most AMOUNT promoted [to STAR] [under "glob", …] [per star | per FACET]`"""

    amount: Amount
    star: Name | None = None
    globs: tuple[Text, ...] = ()
    per: Facet | None = None


class StarsPerModule(Node):
    """`at most N stars per module`"""

    count: Number


class DefaultFloor(Node):
    """`at least AMOUNT STAR`, STAR being the default star"""

    amount: Amount
    star: Name


class BreachSetting(Node):
    """`on breach abort | defer`"""

    action: Name


class CeilingsDecl(Node):
    """`ceilings { LIMIT … }`"""

    entries: tuple[PromotedLimit | StarsPerModule | DefaultFloor | BreachSetting, ...]


class Given(Node):
    """`FACET VALUE, …` after `given`; bare `true`, `false` and numbers are the JSON values."""

    facet: Facet
    values: tuple[Text, ...]


class GivenModule(Node):
    """`"path" [star STAR] [with FACET VALUE and …]`: a neighbour, and what is known of it.

    At least one of both is given. Without a star it carries the default one.
    """

    path: Text
    star: Name | None = None
    facts: tuple[Given, ...] = ()


class GivenModules(Node):
    """`RELATION "path" [star STAR] [with …], …` after `given`"""

    relation: str
    modules: tuple[GivenModule, ...]


class Expect(Node):
    """`expect [OUTCOME] [STAR] [at SCORE]`, at least one of outcome and star; or `FORBIDDEN`.

    Outcomes: suggested, contested, weak, silent, barred, kept; "" for a bare star. After
    `forbidden` and `not forbidden` the name of a `forbid` follows, and nothing else.
    """

    outcome: str
    star: Name | None = None
    score: Number | None = None
    forbid: Text | None = None


class TestDecl(Node):
    """`test "name" [given FACET VALUE, … | given RELATION …] expect …`"""

    __test__ = False  # pytest would collect the class by its name

    name: Text
    given: tuple[Given | GivenModules, ...]
    expect: Expect


Declaration = (
    Ruleset
    | Use
    | Order
    | StarDecl
    | Weights
    | ConfidenceDecl
    | MaskDecl
    | DeriveDecl
    | RuleDecl
    | Table
    | NeverDecl
    | ForbidDecl
    | AssignDecl
    | CeilingsDecl
    | TestDecl
)


class File(Node):
    """`HEADER DECLARATION …`"""

    source: Source
    header: Header | None
    declarations: tuple[Declaration, ...]

    def compared(self) -> tuple[object, ...]:
        """All but the source."""
        return self.header, self.declarations
