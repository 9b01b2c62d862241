"""Declarations with entries between braces: rule set, weights, confidence, tables, ceilings."""

from starlang.syntax.building.builder import (
    Branch,
    Builder,
    branch,
    branches,
    span_of,
    token,
    tokens,
)
from starlang.syntax.nodes import (
    BreachSetting,
    CeilingsDecl,
    Cell,
    CombineSetting,
    ConfidenceDecl,
    DefaultFloor,
    Entry,
    Name,
    Number,
    PromotedLimit,
    Row,
    Ruleset,
    StarsPerModule,
    Table,
    Text,
    ThresholdSetting,
    WeightEntry,
    Weights,
)


def ruleset(build: Builder, tree: Branch) -> Ruleset:
    """`ruleset ID "version" { ENTRY … }`"""
    name, version = tokens(tree)[1:3]
    entries = tuple(_entry(build, each) for each in branches(tree))
    return Ruleset(build.name(name), build.string(version), entries, span=span_of(tree))


def _entry(build: Builder, tree: Branch) -> Entry:
    return Entry(build.name(tokens(tree)[0]), build.strings(tree), span=span_of(tree))


def weights(build: Builder, tree: Branch) -> Weights:
    """`weights { FACET N … }`"""
    return Weights(tuple(_weight(build, each) for each in branches(tree)), span=span_of(tree))


def _weight(build: Builder, tree: Branch) -> WeightEntry:
    facet, number = tokens(tree)
    return WeightEntry(build.facet_name(facet), build.number(number), span=span_of(tree))


def confidence(build: Builder, tree: Branch) -> ConfidenceDecl:
    """`confidence { SETTING … }`"""
    settings = tuple(_setting(build, each) for each in branches(tree))
    return ConfidenceDecl(settings, span=span_of(tree))


def _setting(build: Builder, tree: Branch) -> CombineSetting | ThresholdSetting:
    word, *_, last = tokens(tree)
    if tree.data == "combine":
        return CombineSetting(Name(str(last), span=span_of(last)), span=span_of(tree))
    star = token(tree, "STAR_NAME")
    name = build.name(star) if star else None
    return ThresholdSetting(str(word), build.number(last), name, span=span_of(tree))


def table(build: Builder, tree: Branch) -> Table:
    """`table FACET [weight N] [because "…"] { ROW … }`"""
    facet, *others = branches(tree)
    rows = tuple(_row(build, each) for each in others if each.data == "row")
    clauses = build.clauses([each for each in others if each.data != "row"])
    return Table(build.facet(facet), rows, *_shared(build, clauses), span=span_of(tree))


def _row(build: Builder, tree: Branch) -> Row:
    cells = tuple(_cell(build, each) for each in branches(tree) if each.data == "cell")
    clauses = build.clauses([each for each in branches(tree) if each.data != "cell"])
    star = build.name(tokens(tree, "STAR_NAME")[0])
    against = token(tree, "AGAINST") is not None
    return Row(cells, star, against, *_shared(build, clauses), span=span_of(tree))


def _shared(build: Builder, clauses: dict[str, Branch]) -> tuple[Number | None, Text | None]:
    """The weight and the reason that a table and its rows may give."""
    weight, because = clauses.get("weight"), clauses.get("because")
    return (
        build.number(tokens(weight, "NUMBER")[0]) if weight is not None else None,
        build.strings(because)[0] if because is not None else None,
    )


def _cell(build: Builder, tree: Branch) -> Cell:
    leaf = tokens(tree)[-1]
    value = build.regex(leaf) if leaf.type == "REGEX" else build.value(leaf)
    return Cell(value, under=token(tree, "UNDER") is not None, span=span_of(tree))


def ceilings(build: Builder, tree: Branch) -> CeilingsDecl:
    """`ceilings { LIMIT … }`"""
    entries = tuple(_limit(build, each) for each in branches(tree))
    return CeilingsDecl(entries, span=span_of(tree))


def _limit(
    build: Builder, tree: Branch
) -> PromotedLimit | StarsPerModule | DefaultFloor | BreachSetting:
    leaves, span = tokens(tree), span_of(tree)
    match str(tree.data):
        case "breach":
            return BreachSetting(Name(str(leaves[-1]), span=span_of(leaves[-1])), span=span)
        case "stars_per_module":
            return StarsPerModule(build.number(leaves[2]), span=span)
        case "floor":
            return DefaultFloor(build.amount(leaves[2]), build.name(leaves[3]), span=span)
        case _:
            return _promoted(build, tree)


def _promoted(build: Builder, tree: Branch) -> PromotedLimit:
    clauses = build.clauses(branches(tree))
    to, scope, per = (clauses.get(word) for word in ("to", "scope", "per"))
    return PromotedLimit(
        amount=build.amount(tokens(tree)[2]),
        star=build.name(tokens(to, "STAR_NAME")[0]) if to is not None else None,
        globs=build.strings(scope) if scope is not None else (),
        per=build.facet(branch(per, "facet")) if per is not None else None,
        span=span_of(tree),
    )
