"""The syntax tree of a `.star` file.

Spans do not count in equality, so `parse(format(file)) == file` can be stated as a
property. Every node quotes its line of the grammar. Names are as written; nothing is
resolved. A `Name` or `Text` keeps its own span because diagnostics point at it.
"""

from decimal import Decimal

from attrs import field, frozen

from starlang.text import Source, Span

NOWHERE = Span(0, 0)


def _span() -> Span:
    """The `span` field that every node has: code points of the source, not compared."""
    span: Span = field(default=NOWHERE, eq=False, repr=False, kw_only=True)
    return span


# Leaves


@frozen
class Name:
    """An id: `[A-Za-z_][A-Za-z0-9_-]*`, not ending in `-`."""

    text: str
    span: Span = _span()


@frozen
class Text:
    """A string or bare value, decoded; `quoted` tells which it was."""

    text: str
    quoted: bool = True
    span: Span = _span()


@frozen
class Number:
    """A decimal number, exact."""

    value: Decimal
    span: Span = _span()


@frozen
class Regex:
    r"""`/…/` or `/…/i`; `text` is what stands between the slashes, `\/` as written."""

    text: str
    ignore_case: bool = False
    span: Span = _span()


@frozen
class Amount:
    """`N` or `P%`."""

    value: Decimal
    percent: bool = False
    span: Span = _span()


@frozen
class Facet:
    """`path`, `capability`, … or `field "/json/pointer"`, whose name is `field`."""

    name: str
    pointer: str | None = None
    span: Span = _span()


# Conditions


@frozen
class Is:
    """`FACET is [not] VALUE`"""

    facet: Facet
    value: Text
    negated: bool = False
    span: Span = _span()


@frozen
class In:
    """`FACET [not | only] in {VALUE, …}`"""

    facet: Facet
    values: tuple[Text, ...]
    negated: bool = False
    only: bool = False
    span: Span = _span()


@frozen
class Mentions:
    """`FACET [not] mentions NEEDLE, …`; a needle may end in `*`."""

    facet: Facet
    needles: tuple[Text, ...]
    negated: bool = False
    span: Span = _span()


@frozen
class Matches:
    """`FACET [not] matches /…/ [ignoring /…/]`"""

    facet: Facet
    pattern: Regex
    ignoring: Regex | None = None
    negated: bool = False
    span: Span = _span()


@frozen
class Under:
    """`FACET [not] under "glob", …`"""

    facet: Facet
    globs: tuple[Text, ...]
    negated: bool = False
    span: Span = _span()


@frozen
class StartsWith:
    """`FACET [not] starts with "text", …`"""

    facet: Facet
    texts: tuple[Text, ...]
    negated: bool = False
    span: Span = _span()


@frozen
class EndsWith:
    """`FACET [not] ends with "text", …`"""

    facet: Facet
    texts: tuple[Text, ...]
    negated: bool = False
    span: Span = _span()


@frozen
class Compare:
    """`FACET at least N` / `FACET at most N`"""

    facet: Facet
    at_least: bool
    number: Number
    span: Span = _span()


@frozen
class HasValues:
    """`FACET has at least N values` / `FACET has at most N values`"""

    facet: Facet
    at_least: bool
    count: Number
    span: Span = _span()


@frozen
class State:
    """`FACET is [not] missing | present | true | false`; `word` is the last word."""

    facet: Facet
    word: str
    negated: bool = False
    span: Span = _span()


@frozen
class Bound:
    """`at least N` or `at most N`"""

    at_least: bool
    number: Number
    span: Span = _span()


@frozen
class StarTest:
    """`currently STAR` or `reaching STAR`; `word` is the first word."""

    word: str
    star: Name
    span: Span = _span()


@frozen
class Neighbours:
    """`RELATION [BOUND] modules [STANDING] [under "glob", …]`

    `relation` is `uses`, `used by`, `depends on`, `needed by`, `contains` or `inside`.
    """

    relation: str
    bound: Bound | None = None
    standing: StarTest | None = None
    globs: tuple[Text, ...] = ()
    span: Span = _span()


@frozen
class Events:
    """`publishes | subscribes [BOUND] ["name@v1" | "prefix.*", …]`"""

    relation: str
    bound: Bound | None = None
    names: tuple[Text, ...] = ()
    span: Span = _span()


@frozen
class InCycle:
    """`in a cycle`"""

    span: Span = _span()


@frozen
class And:
    """`C and C …`, at least two parts."""

    parts: tuple["Condition", ...]
    span: Span = _span()


@frozen
class Or:
    """`C or C …`, at least two parts."""

    parts: tuple["Condition", ...]
    span: Span = _span()


@frozen
class Not:
    """`not C`"""

    part: "Condition"
    span: Span = _span()


FacetPredicate = (
    Is | In | Mentions | Matches | Under | StartsWith | EndsWith | Compare | HasValues | State
)
Predicate = FacetPredicate | Neighbours | Events | InCycle
Condition = Predicate | And | Or | Not


# Declarations


@frozen
class Header:
    """`starlang N`"""

    version: Number
    span: Span = _span()


@frozen
class Entry:
    """`NAME "text", …` inside a ruleset's braces: free text, outside the semantic digest."""

    name: Name
    values: tuple[Text, ...]
    span: Span = _span()


@frozen
class Ruleset:
    """`ruleset ID "version" [{ ENTRY … }]`"""

    name: Name
    version: Text
    entries: tuple[Entry, ...] = ()
    span: Span = _span()


@frozen
class Use:
    """`use "file.star"`, relative to this file."""

    path: Text
    span: Span = _span()


@frozen
class Order:
    """`order ID, …`"""

    stars: tuple[Name, ...]
    span: Span = _span()


@frozen
class StarDecl:
    """`[default] star ID [label "…"] [emoji "…"] [domain "…"] [aka VALUE, …]`"""

    name: Name
    is_default: bool = False
    label: Text | None = None
    emoji: Text | None = None
    domain: Text | None = None
    aka: tuple[Text, ...] = ()
    span: Span = _span()


@frozen
class WeightEntry:
    """`FACET N` inside `weights { … }`"""

    facet: Name
    weight: Number
    span: Span = _span()


@frozen
class Weights:
    """`weights { FACET N … }`"""

    entries: tuple[WeightEntry, ...]
    span: Span = _span()


@frozen
class CombineSetting:
    """`combine sum | max | noisy_or`"""

    method: Name
    span: Span = _span()


@frozen
class ThresholdSetting:
    """`suggest N`, `margin N`, `promote N` or `promote STAR N`; `name` is the first word."""

    name: str
    value: Number
    star: Name | None = None
    span: Span = _span()


@frozen
class ConfidenceDecl:
    """`confidence { SETTING … }`"""

    settings: tuple[CombineSetting | ThresholdSetting, ...]
    span: Span = _span()


@frozen
class MaskDecl:
    """`mask mentions NEEDLE, … | matches /…/  because "…"`"""

    needles: tuple[Text, ...]
    pattern: Regex | None
    because: Text | None = None
    span: Span = _span()


@frozen
class RuleDecl:
    """`rule NAME -> STAR | against STAR  [weight N] when C [unless C] [because "…"]`"""

    name: Name
    star: Name
    against: bool
    when: Condition
    unless: Condition | None = None
    weight: Number | None = None
    because: Text | None = None
    span: Span = _span()


@frozen
class Cell:
    """`VALUE`, `/…/` or `under "glob"` in a table."""

    value: Text | Regex
    under: bool = False
    span: Span = _span()


@frozen
class Row:
    """`CELL, … -> STAR | against STAR  [weight N] [because "…"]`"""

    cells: tuple[Cell, ...]
    star: Name
    against: bool
    weight: Number | None = None
    because: Text | None = None
    span: Span = _span()


@frozen
class Table:
    """`table FACET [weight N] [because "…"] { ROW … }`"""

    facet: Facet
    rows: tuple[Row, ...]
    weight: Number | None = None
    because: Text | None = None
    span: Span = _span()


@frozen
class NeverDecl:
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
    span: Span = _span()


@frozen
class AssignDecl:
    """`assign "path", … to STAR [because "…"] [until "date"]`"""

    paths: tuple[Text, ...]
    star: Name
    because: Text | None = None
    until: Text | None = None
    span: Span = _span()


@frozen
class ForbidDecl:
    """`forbid "name" when C [unless C] [except "path", …] because "…" [until "date"]`"""

    name: Text
    when: Condition
    unless: Condition | None = None
    exempt: tuple[Text, ...] = ()
    because: Text | None = None
    until: Text | None = None
    span: Span = _span()


@frozen
class PromotedLimit:
    """`at most AMOUNT promoted [to STAR] [under "glob", …] [per star | per FACET]`"""

    amount: Amount
    star: Name | None = None
    globs: tuple[Text, ...] = ()
    per: Facet | None = None
    span: Span = _span()


@frozen
class StarsPerModule:
    """`at most N stars per module`"""

    count: Number
    span: Span = _span()


@frozen
class DefaultFloor:
    """`at least AMOUNT STAR`, STAR being the default star"""

    amount: Amount
    star: Name
    span: Span = _span()


@frozen
class BreachSetting:
    """`on breach abort | defer`"""

    action: Name
    span: Span = _span()


@frozen
class CeilingsDecl:
    """`ceilings { LIMIT … }`"""

    entries: tuple[PromotedLimit | StarsPerModule | DefaultFloor | BreachSetting, ...]
    span: Span = _span()


@frozen
class Given:
    """`FACET VALUE, …` after `given`; bare `true`, `false` and numbers are the JSON values."""

    facet: Facet
    values: tuple[Text, ...]
    span: Span = _span()


@frozen
class GivenModule:
    """`"path" star STAR`: a neighbour, and the star that it carries."""

    path: Text
    star: Name
    span: Span = _span()


@frozen
class GivenModules:
    """`RELATION "path" star STAR, …` after `given`"""

    relation: str
    modules: tuple[GivenModule, ...]
    span: Span = _span()


@frozen
class Expect:
    """`expect [OUTCOME] [STAR] [at SCORE]`, at least one of outcome and star; or `FORBIDDEN`.

    Outcomes: suggested, contested, weak, silent, barred, kept; "" for a bare star. After
    `forbidden` and `not forbidden` the name of a `forbid` follows, and nothing else.
    """

    outcome: str
    star: Name | None = None
    score: Number | None = None
    forbid: Text | None = None
    span: Span = _span()


@frozen
class TestDecl:
    """`test "name" [given FACET VALUE, … | given RELATION …] expect …`"""

    __test__ = False  # pytest would collect the class by its name

    name: Text
    given: tuple[Given | GivenModules, ...]
    expect: Expect
    span: Span = _span()


Declaration = (
    Ruleset
    | Use
    | Order
    | StarDecl
    | Weights
    | ConfidenceDecl
    | MaskDecl
    | RuleDecl
    | Table
    | NeverDecl
    | ForbidDecl
    | AssignDecl
    | CeilingsDecl
    | TestDecl
)


@frozen
class File:
    """`HEADER DECLARATION …`"""

    source: Source = field(eq=False, repr=False)
    header: Header | None
    declarations: tuple[Declaration, ...]
    span: Span = _span()
