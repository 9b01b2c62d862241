"""Declarations with clauses: stars, masks, rules, exceptions, tests."""

from collections.abc import Callable

from starlang.diagnostics.model import Label, Replacement
from starlang.syntax.automaton import Leaf, Tree
from starlang.syntax.build import (
    Builder,
    branch,
    branches,
    condition,
    relation_of,
    span_of,
    token,
    tokens,
)
from starlang.syntax.nodes import (
    AssignDecl,
    BreachSetting,
    CeilingsDecl,
    Cell,
    CombineSetting,
    Condition,
    ConfidenceDecl,
    Declaration,
    DefaultFloor,
    DeriveDecl,
    Entry,
    Expect,
    Facet,
    File,
    ForbidDecl,
    Given,
    GivenModule,
    GivenModules,
    Header,
    MaskDecl,
    Name,
    NeverDecl,
    Number,
    Order,
    PromotedLimit,
    Row,
    RuleDecl,
    Ruleset,
    SameSource,
    Setting,
    StarDecl,
    StarsPerModule,
    Table,
    TestDecl,
    Text,
    ThresholdSetting,
    Use,
    WeightEntry,
    Weights,
)
from starlang.text import Span

# Declarations with entries between braces: rule set, weights, confidence, tables, ceilings.


def ruleset(build: Builder, tree: Tree) -> Ruleset:
    """`ruleset ID "version" { ENTRY … }`"""
    name, version = tokens(tree)[1:3]
    entries = tuple(_entry(build, each) for each in branches(tree))
    return Ruleset(build.name(name), build.string(version), entries, span=span_of(tree))


def _entry(build: Builder, tree: Tree) -> Entry:
    return Entry(build.name(tokens(tree)[0]), build.strings(tree), span=span_of(tree))


def weights(build: Builder, tree: Tree) -> Weights:
    """`weights { FACET N … }`"""
    return Weights(tuple(_weight_entry(build, each) for each in branches(tree)), span=span_of(tree))


def _weight_entry(build: Builder, tree: Tree) -> WeightEntry:
    facet, number = tokens(tree)
    return WeightEntry(build.facet_name(facet), build.number(number), span=span_of(tree))


def confidence(build: Builder, tree: Tree) -> ConfidenceDecl:
    """`confidence { SETTING … }`"""
    settings = tuple(_setting(build, each) for each in branches(tree))
    return ConfidenceDecl(settings, span=span_of(tree))


def _setting(build: Builder, tree: Tree) -> Setting:
    word, *_, last = tokens(tree)
    if tree.data == "combine":
        return CombineSetting(Name(str(last), span=span_of(last)), span=span_of(tree))
    if tree.data == "same":
        return SameSource(tuple(map(build.facet, branches(tree))), span=span_of(tree))
    star = token(tree, "STAR_NAME")
    name = build.name(star) if star else None
    sources = next((_sources(build, word, each) for each in branches(tree)), None)
    return ThresholdSetting(str(word), build.number(last), name, sources, span=span_of(tree))


def _sources(build: Builder, word: Leaf, tree: Tree) -> Number | None:
    if word != "promote":
        message = f"`{word}` asks for no sources: only promotions do"
        hint = "remove it, or write `promote 0.70 from 2 sources`"
        build.report(span_of(tree), "E130", message, hint)
        return None
    return build.number(tokens(tree, "NUMBER")[0])


def table(build: Builder, tree: Tree) -> Table:
    """`table FACET [weight N] [because "…"] { ROW … }`"""
    facet, *others = branches(tree)
    rows = tuple(_row(build, each) for each in others if each.data == "row")
    clauses = build.clauses([each for each in others if each.data != "row"])
    return Table(build.facet(facet), rows, *_shared(build, clauses), span=span_of(tree))


def _row(build: Builder, tree: Tree) -> Row:
    cells = tuple(_cell(build, each) for each in branches(tree) if each.data == "cell")
    clauses = build.clauses([each for each in branches(tree) if each.data != "cell"])
    star = build.name(tokens(tree, "STAR_NAME")[0])
    against = token(tree, "AGAINST") is not None
    return Row(cells, star, against, *_shared(build, clauses), span=span_of(tree))


def _shared(build: Builder, clauses: dict[str, Tree]) -> tuple[Number | None, Text | None]:
    """The weight and the reason that a table and its rows may give."""
    weight, because = clauses.get("weight"), clauses.get("because")
    return (
        build.number(tokens(weight, "NUMBER")[0]) if weight is not None else None,
        build.strings(because)[0] if because is not None else None,
    )


def _cell(build: Builder, tree: Tree) -> Cell:
    leaf = tokens(tree)[-1]
    value = build.regex(leaf) if leaf.type == "REGEX" else build.value(leaf)
    return Cell(value, under=token(tree, "UNDER") is not None, span=span_of(tree))


def ceilings(build: Builder, tree: Tree) -> CeilingsDecl:
    """`ceilings { LIMIT … }`"""
    entries = tuple(_limit(build, each) for each in branches(tree))
    return CeilingsDecl(entries, span=span_of(tree))


def _limit(
    build: Builder, tree: Tree
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


def _promoted(build: Builder, tree: Tree) -> PromotedLimit:
    clauses = build.clauses(branches(tree))
    to, scope, per = (clauses.get(word) for word in ("to", "scope", "per"))
    return PromotedLimit(
        amount=build.amount(tokens(tree)[2]),
        star=build.name(tokens(to, "STAR_NAME")[0]) if to is not None else None,
        globs=build.strings(scope) if scope is not None else (),
        per=build.facet(branch(per, "facet")) if per is not None else None,
        span=span_of(tree),
    )


_BECAUSE = 'add `because "…"`: who reads it later wants to know'


def use(build: Builder, tree: Tree) -> Use:
    """`use "file.star"`"""
    return Use(build.strings(tree)[0], span=span_of(tree))


def order(build: Builder, tree: Tree) -> Order:
    """`order ID, …`"""
    return Order(_stars(build, tree), span=span_of(tree))


def star(build: Builder, tree: Tree) -> StarDecl:
    """`[default] star ID` and its clauses."""
    clauses = build.clauses(branches(tree))
    texts = {name: _text(build, clauses, name) for name in ("label", "emoji", "domain")}
    aka = tokens(clauses["aka"], "VALUE", "STRING") if "aka" in clauses else []
    return StarDecl(
        _stars(build, tree)[0],
        is_default=token(tree, "DEFAULT") is not None,
        **texts,
        aka=tuple(build.value(leaf) for leaf in aka),
        span=span_of(tree),
    )


def mask(build: Builder, tree: Tree) -> MaskDecl:
    """`mask mentions NEEDLE, …` or `mask matches /…/`, and a reason."""
    clauses = build.clauses(branches(tree))
    if "because" not in clauses:
        build.missing(tokens(tree)[0], "because", "this mask", _BECAUSE)
    pattern = token(tree, "REGEX")
    return MaskDecl(
        tuple(build.value(leaf) for leaf in tokens(tree, "NEEDLE", "STRING")),
        build.regex(pattern) if pattern else None,
        _text(build, clauses, "because"),
        span=span_of(tree),
    )


def derive(build: Builder, tree: Tree) -> DeriveDecl | None:
    """`derive FACET VALUE` and its clauses; None without `when`."""
    facet, *rest = branches(tree)
    (value,) = tokens(tree, "VALUE", "STRING", "NUMBER")
    clauses = build.clauses(rest)
    when, unless = (_condition(build, clauses, word) for word in ("when", "unless"))
    named, given = build.facet(facet), build.value(value)
    if when is None:
        what = f"derive {named.name} {value}"
        hint = f"say when it has the value: `{what} when CONDITION`"
        build.missing(tokens(tree)[0], "when", f"`{what}`", hint)
        return None
    because = _text(build, clauses, "because")
    return DeriveDecl(named, given, when, unless, because, span=span_of(tree))


def rule(build: Builder, tree: Tree) -> RuleDecl | None:
    """`rule NAME -> STAR` and its clauses; None without `when`."""
    clauses = build.clauses(branches(tree))
    name = build.name(tokens(tree, "RULE_NAME")[0])
    when, unless = (_condition(build, clauses, word) for word in ("when", "unless"))
    weight, because = _rule_weight(build, clauses), _text(build, clauses, "because")
    (goal,) = _stars(build, tree)
    if when is None:
        hint = f"say when it holds: `rule {name.text} … when CONDITION`"
        build.missing(tokens(tree, "RULE_NAME")[0], "when", f"rule `{name.text}`", hint)
        return None
    against = token(tree, "AGAINST") is not None
    return RuleDecl(name, goal, against, when, unless, weight, because, span=span_of(tree))


def never(build: Builder, tree: Tree) -> NeverDecl | None:
    """`never promote` and its clauses; None if it says neither where nor when."""
    clauses = build.clauses(branches(tree))
    place = tokens(tree)[1]
    if "because" not in clauses:
        build.missing(place, "because", "this exception", _BECAUSE)
    where = clauses.get("globs")
    when, unless = (_condition(build, clauses, word) for word in ("when", "unless"))
    if where is None and when is None:
        build.missing(place, "when", "this exception", 'name paths, `"labs"`, or say `when …`')
        return None
    if where is not None and {"when", "unless"} & clauses.keys():
        _refuse_both(build, clauses)
    return NeverDecl(
        stars=_stars(build, clauses["to"]) if "to" in clauses else (),
        globs=build.strings(where) if where is not None else (),
        when=when,
        unless=unless,
        exempt=build.strings(clauses["except"]) if "except" in clauses else (),
        because=_text(build, clauses, "because"),
        until=_text(build, clauses, "until"),
        span=span_of(tree),
    )


def _refuse_both(build: Builder, clauses: dict[str, Tree]) -> None:
    word = "when" if "when" in clauses else "unless"
    message = f"paths and `{word}` exclude each other in an exception"
    hint = 'say it in one condition: `when path under "…" and …`'
    build.report(span_of(clauses[word]), "E109", message, hint)


def forbid(build: Builder, tree: Tree) -> ForbidDecl | None:
    """`forbid "name"` and its clauses; None without `when`."""
    clauses = build.clauses(branches(tree))
    place = tokens(tree)[1]
    when, unless = (_condition(build, clauses, word) for word in ("when", "unless"))
    if "because" not in clauses:
        build.missing(place, "because", "this `forbid`", _BECAUSE)
    if when is None:
        build.missing(place, "when", "this `forbid`", "say what must never be: `when CONDITION`")
        return None
    return ForbidDecl(
        build.strings(tree)[0],
        when,
        unless,
        exempt=build.strings(clauses["except"]) if "except" in clauses else (),
        because=_text(build, clauses, "because"),
        until=_text(build, clauses, "until"),
        span=span_of(tree),
    )


def assign(build: Builder, tree: Tree) -> AssignDecl | None:
    """`assign "path", …` and its clauses; None without `to`."""
    clauses = build.clauses(branches(tree))
    place = tokens(tree)[0]
    if "because" not in clauses:
        build.missing(place, "because", "this assignment", _BECAUSE)
    if "to" not in clauses:
        build.missing(place, "to", "this assignment", "say which star: `to STAR`")
        return None
    return AssignDecl(
        paths=build.strings(tree),
        star=_stars(build, clauses["to"])[0],
        because=_text(build, clauses, "because"),
        until=_text(build, clauses, "until"),
        span=span_of(tree),
    )


def test(build: Builder, tree: Tree) -> TestDecl:
    """`test "name" given … expect …`"""
    given = tuple(_given_part(build, each) for each in branches(tree) if each.data != "expect")
    expect = _expect(build, branch(tree, "expect"))
    return TestDecl(build.strings(tree)[0], given, expect, span=span_of(tree))


def _given_part(build: Builder, tree: Tree) -> Given | GivenModules:
    if tree.data == "given_modules":
        modules = tuple(_given_module(build, each) for each in branches(tree))
        return GivenModules(relation_of(tree), modules, span=span_of(tree))
    return _given(build, tree)


def _given(build: Builder, tree: Tree) -> Given:
    if tree.data == "given_events":
        first = tokens(tree)[0]
        return Given(
            Facet(str(first), span=span_of(first)), build.strings(tree), span=span_of(tree)
        )
    values = tokens(tree, "VALUE", "STRING", "NUMBER")
    return Given(
        build.facet(branch(tree, "facet")),
        tuple(build.value(leaf) for leaf in values),
        span=span_of(tree),
    )


def _given_module(build: Builder, tree: Tree) -> GivenModule:
    star = next(iter(_stars(build, tree)), None)
    facts = tuple(_given(build, each) for each in branches(tree))
    return GivenModule(build.strings(tree)[0], star, facts, span=span_of(tree))


def _expect(build: Builder, tree: Tree) -> Expect:
    if token(tree, "FORBIDDEN"):
        outcome = "not forbidden" if token(tree, "NOT") else "forbidden"
        return Expect(outcome, forbid=build.strings(tree)[0], span=span_of(tree))
    words = [leaf for leaf in tokens(tree)[1:] if leaf.type not in {"STAR_NAME", "AT", "NUMBER"}]
    stars, score = _stars(build, tree), token(tree, "NUMBER")
    return Expect(
        outcome=str(words[0]) if words else "",
        star=stars[0] if stars else None,
        score=build.number(score) if score else None,
        span=span_of(tree),
    )


def _stars(build: Builder, tree: Tree) -> tuple[Name, ...]:
    return tuple(build.name(leaf) for leaf in tokens(tree, "STAR_NAME"))


def _condition(build: Builder, clauses: dict[str, Tree], word: str) -> Condition | None:
    return condition(build, branches(clauses[word])[0]) if word in clauses else None


def _text(build: Builder, clauses: dict[str, Tree], word: str) -> Text | None:
    return build.strings(clauses[word])[0] if word in clauses else None


def _rule_weight(build: Builder, clauses: dict[str, Tree]) -> Number | None:
    leaf: Leaf | None = token(clauses["weight"], "NUMBER") if "weight" in clauses else None
    return build.number(leaf) if leaf else None


# From the parser's tree to a `File`.

_MAKERS: dict[str, Callable[[Builder, Tree], Declaration | None]] = {
    "ruleset": ruleset,
    "use": use,
    "order": order,
    "star": star,
    "weights": weights,
    "confidence": confidence,
    "mask": mask,
    "derive": derive,
    "rule": rule,
    "table": table,
    "never": never,
    "forbid": forbid,
    "assign": assign,
    "ceilings": ceilings,
    "test": test,
}


def build_file(build: Builder, trees: list[Tree]) -> File:
    """The file whose header and declarations are `trees`; what cannot be made is left out."""
    headers = [tree for tree in trees if tree.data == "header"]
    others = [tree for tree in trees if tree.data != "header"]
    _check_header(build, headers, others)
    made = (_MAKERS[str(tree.data)](build, tree) for tree in others)
    return File(
        build.source,
        _header(build, headers[0]) if headers else None,
        tuple(each for each in made if each is not None),
        span=Span(0, len(build.source.text)),
    )


def check_trees(build: Builder, trees: list[Tree]) -> None:
    """Reports what is wrong with declarations that are no part of the file."""
    for tree in trees:
        if tree.data != "header":
            _MAKERS[str(tree.data)](build, tree)


def _header(build: Builder, tree: Tree) -> Header:
    return Header(build.number(tokens(tree, "NUMBER")[0]), span=span_of(tree))


def _check_header(build: Builder, headers: list[Tree], others: list[Tree]) -> None:
    if not headers:
        end = len(build.source.text)
        place = span_of(tokens(others[0])[0]) if others else Span(end, end)
        message = "the file does not say which version of the language it is written in"
        hint = "begin the file with `starlang 1`"
        build.report(
            place, "E111", message, hint, choices=[Replacement(Span(0, 0), "starlang 1\n")]
        )
        return
    if others and span_of(others[0]) < span_of(headers[0]):
        hint = "move it to the top of the file"
        build.report(span_of(headers[0]), "E111", "`starlang 1` must come first in a file", hint)
    for second in headers[1:]:
        label = Label(build.source, span_of(headers[0]), "the first one")
        build.report(
            span_of(second), "E109", "`starlang` appears twice", "remove this one", (label,)
        )
