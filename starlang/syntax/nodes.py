"""The syntax tree of a `.star` file.

Spans do not count in equality, so `parse(format(file)) == file` can be stated as a
property. Every node quotes its line of the grammar. Names are as written; nothing is
resolved. A `Name` or `Text` keeps its own span because diagnostics point at it.
"""

from collections.abc import Iterator
from decimal import Decimal

from attrs import field, fields, frozen

from starlang.text import Source, Span

NOWHERE = Span(0, 0)


@frozen(repr=False)
class Node:
    """What all nodes share. `span` is in code points of the source, and not compared."""

    span: Span = field(default=NOWHERE, eq=False, kw_only=True)

    def __repr__(self) -> str:  # written once: attrs compiles one a class at every start
        said = [each.name for each in fields(type(self)) if each.name != "span"]
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in said)})"


# Leaves


@frozen(repr=False)
class Name(Node):
    """An id: `[A-Za-z_][A-Za-z0-9_-]*`, not ending in `-`."""

    text: str


@frozen(repr=False)
class Text(Node):
    """A string or bare value, decoded; `quoted` tells which it was."""

    text: str
    quoted: bool = True


@frozen(repr=False)
class Number(Node):
    """A decimal number, exact."""

    value: Decimal


@frozen(repr=False)
class Regex(Node):
    r"""`/…/` or `/…/i`; `text` is what stands between the slashes, `\/` as written."""

    text: str
    ignore_case: bool = False


@frozen(repr=False)
class Amount(Node):
    """`N` or `P%`."""

    value: Decimal
    percent: bool = False


@frozen(repr=False)
class Facet(Node):
    """`path`, `capability`, … or `field "/json/pointer"`, whose name is `field`."""

    name: str
    pointer: str | None = None


# Conditions


@frozen(repr=False)
class Is(Node):
    """`FACET is [not] VALUE`"""

    facet: Facet
    value: Text
    negated: bool = False


@frozen(repr=False)
class In(Node):
    """`FACET [not | only] in {VALUE, …}`"""

    facet: Facet
    values: tuple[Text, ...]
    negated: bool = False
    only: bool = False


@frozen(repr=False)
class Mentions(Node):
    """`FACET [not] mentions NEEDLE, …`; a needle may end in `*`."""

    facet: Facet
    needles: tuple[Text, ...]
    negated: bool = False


@frozen(repr=False)
class Matches(Node):
    """`FACET [not] matches /…/ [ignoring /…/]`"""

    facet: Facet
    pattern: Regex
    ignoring: Regex | None = None
    negated: bool = False


@frozen(repr=False)
class Under(Node):
    """`FACET [not] under "glob", …`"""

    facet: Facet
    globs: tuple[Text, ...]
    negated: bool = False


@frozen(repr=False)
class StartsWith(Node):
    """`FACET [not] starts with "text", …`"""

    facet: Facet
    texts: tuple[Text, ...]
    negated: bool = False


@frozen(repr=False)
class EndsWith(Node):
    """`FACET [not] ends with "text", …`"""

    facet: Facet
    texts: tuple[Text, ...]
    negated: bool = False


@frozen(repr=False)
class Before(Node):
    """`FACET [not] before "YYYY-MM-DD"`"""

    facet: Facet
    day: Text
    negated: bool = False


@frozen(repr=False)
class Compare(Node):
    """`FACET at least N` / `FACET at most N`"""

    facet: Facet
    at_least: bool
    number: Number


@frozen(repr=False)
class HasValues(Node):
    """`FACET has at least N values` / `FACET has at most N values`"""

    facet: Facet
    at_least: bool
    count: Number


@frozen(repr=False)
class State(Node):
    """`FACET is [not] missing | present | true | false`; `word` is the last word."""

    facet: Facet
    word: str
    negated: bool = False


@frozen(repr=False)
class Bound(Node):
    """`at least N` or `at most N`"""

    at_least: bool
    number: Number


@frozen(repr=False)
class StarTest(Node):
    """`currently STAR` or `reaching STAR`; `word` is the first word."""

    word: str
    star: Name


@frozen(repr=False)
class Neighbours(Node):
    """`RELATION [BOUND] modules [STANDING] [under "glob", …] [where (C)]`

    `relation` is `uses`, `used by`, `depends on`, `needed by`, `contains` or `inside`.
    """

    relation: str
    bound: Bound | None = None
    standing: StarTest | None = None
    globs: tuple[Text, ...] = ()
    where: "Condition | None" = None


@frozen(repr=False)
class Events(Node):
    """`publishes | subscribes [BOUND] ["name@v1" | "prefix.*", …]`"""

    relation: str
    bound: Bound | None = None
    names: tuple[Text, ...] = ()


@frozen(repr=False)
class InCycle(Node):
    """`in a cycle`"""


@frozen(repr=False)
class And(Node):
    """`C and C …`, at least two parts."""

    parts: tuple["Condition", ...]


@frozen(repr=False)
class Or(Node):
    """`C or C …`, at least two parts."""

    parts: tuple["Condition", ...]


@frozen(repr=False)
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


@frozen(repr=False)
class Header(Node):
    """`starlang N`"""

    version: Number


@frozen(repr=False)
class Entry(Node):
    """`NAME "text", …` inside a ruleset's braces: free text, outside the semantic digest."""

    name: Name
    values: tuple[Text, ...]


@frozen(repr=False)
class Ruleset(Node):
    """`ruleset ID "version" [{ ENTRY … }]`"""

    name: Name
    version: Text
    entries: tuple[Entry, ...] = ()


@frozen(repr=False)
class Use(Node):
    """`use "file.star"`, relative to this file."""

    path: Text


@frozen(repr=False)
class Order(Node):
    """`order ID, …`"""

    stars: tuple[Name, ...]


@frozen(repr=False)
class StarDecl(Node):
    """`[default] star ID [label "…"] [emoji "…"] [domain "…"] [aka VALUE, …]`"""

    name: Name
    is_default: bool = False
    label: Text | None = None
    emoji: Text | None = None
    domain: Text | None = None
    aka: tuple[Text, ...] = ()


@frozen(repr=False)
class WeightEntry(Node):
    """`FACET N` inside `weights { … }`"""

    facet: Name
    weight: Number


@frozen(repr=False)
class Weights(Node):
    """`weights { FACET N … }`"""

    entries: tuple[WeightEntry, ...]


@frozen(repr=False)
class CombineSetting(Node):
    """`combine sum | max | noisy_or`"""

    method: Name


@frozen(repr=False)
class ThresholdSetting(Node):
    """`suggest N`, `margin N`, or `promote [STAR] N [from N sources]`; `name` is the first word."""

    name: str
    value: Number
    star: Name | None = None
    sources: Number | None = None


@frozen(repr=False)
class SameSource(Node):
    """`same source FACET, …`"""

    facets: tuple[Facet, ...]


Setting = CombineSetting | ThresholdSetting | SameSource
"""What stands in a `confidence` block."""


@frozen(repr=False)
class ConfidenceDecl(Node):
    """`confidence { SETTING … }`"""

    settings: tuple[Setting, ...]


@frozen(repr=False)
class MaskDecl(Node):
    """`mask mentions NEEDLE, … | matches /…/  because "…"`"""

    needles: tuple[Text, ...]
    pattern: Regex | None
    because: Text | None = None


@frozen(repr=False)
class DeriveDecl(Node):
    """`derive FACET VALUE when C [unless C] [because "…"]`"""

    facet: Facet
    value: Text
    when: Condition
    unless: Condition | None = None
    because: Text | None = None


@frozen(repr=False)
class RuleDecl(Node):
    """`rule NAME -> STAR | against STAR  [weight N] when C [unless C] [because "…"]`"""

    name: Name
    star: Name
    against: bool
    when: Condition
    unless: Condition | None = None
    weight: Number | None = None
    because: Text | None = None


@frozen(repr=False)
class Cell(Node):
    """`VALUE`, `/…/` or `under "glob"` in a table."""

    value: Text | Regex
    under: bool = False


@frozen(repr=False)
class Row(Node):
    """`CELL, … -> STAR | against STAR  [weight N] [because "…"]`"""

    cells: tuple[Cell, ...]
    star: Name
    against: bool
    weight: Number | None = None
    because: Text | None = None


@frozen(repr=False)
class Table(Node):
    """`table FACET [weight N] [because "…"] { ROW … }`"""

    facet: Facet
    rows: tuple[Row, ...]
    weight: Number | None = None
    because: Text | None = None


@frozen(repr=False)
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


@frozen(repr=False)
class AssignDecl(Node):
    """`assign "path", … to STAR [because "…"] [until "date"]`"""

    paths: tuple[Text, ...]
    star: Name
    because: Text | None = None
    until: Text | None = None


@frozen(repr=False)
class ForbidDecl(Node):
    """`forbid "name" when C [unless C] [except "path", …] because "…" [until "date"]`"""

    name: Text
    when: Condition
    unless: Condition | None = None
    exempt: tuple[Text, ...] = ()
    because: Text | None = None
    until: Text | None = None


@frozen(repr=False)
class PromotedLimit(Node):
    """`at most AMOUNT promoted [to STAR] [under "glob", …] [per star | per FACET]`"""

    amount: Amount
    star: Name | None = None
    globs: tuple[Text, ...] = ()
    per: Facet | None = None


@frozen(repr=False)
class StarsPerModule(Node):
    """`at most N stars per module`"""

    count: Number


@frozen(repr=False)
class DefaultFloor(Node):
    """`at least AMOUNT STAR`, STAR being the default star"""

    amount: Amount
    star: Name


@frozen(repr=False)
class BreachSetting(Node):
    """`on breach abort | defer`"""

    action: Name


@frozen(repr=False)
class CeilingsDecl(Node):
    """`ceilings { LIMIT … }`"""

    entries: tuple[PromotedLimit | StarsPerModule | DefaultFloor | BreachSetting, ...]


@frozen(repr=False)
class Given(Node):
    """`FACET VALUE, …` after `given`; bare `true`, `false` and numbers are the JSON values."""

    facet: Facet
    values: tuple[Text, ...]


@frozen(repr=False)
class GivenModule(Node):
    """`"path" [star STAR] [with FACET VALUE and …]`: a neighbour, and what is known of it.

    At least one of both is given. Without a star it carries the default one.
    """

    path: Text
    star: Name | None = None
    facts: tuple[Given, ...] = ()


@frozen(repr=False)
class GivenModules(Node):
    """`RELATION "path" [star STAR] [with …], …` after `given`"""

    relation: str
    modules: tuple[GivenModule, ...]


@frozen(repr=False)
class Expect(Node):
    """`expect [OUTCOME] [STAR] [at SCORE]`, at least one of outcome and star; or `FORBIDDEN`.

    Outcomes: suggested, contested, weak, silent, barred, kept; "" for a bare star. After
    `forbidden` and `not forbidden` the name of a `forbid` follows, and nothing else.
    """

    outcome: str
    star: Name | None = None
    score: Number | None = None
    forbid: Text | None = None


@frozen(repr=False)
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


@frozen(repr=False)
class File(Node):
    """`HEADER DECLARATION …`"""

    source: Source = field(eq=False, repr=False)
    header: Header | None
    declarations: tuple[Declaration, ...]
