"""Declarations with clauses: stars, masks, rules, exceptions, tests."""

from lark import Token

from starlang.syntax.building.builder import (
    Branch,
    Builder,
    branch,
    branches,
    span_of,
    token,
    tokens,
)
from starlang.syntax.building.conditions import condition, relation_of
from starlang.syntax.nodes import (
    AssignDecl,
    Condition,
    Expect,
    Facet,
    Given,
    GivenModule,
    GivenModules,
    MaskDecl,
    Name,
    NeverDecl,
    Number,
    Order,
    RuleDecl,
    StarDecl,
    TestDecl,
    Text,
    Use,
)

_BECAUSE = 'add `because "…"`: who reads it later wants to know'


def use(build: Builder, tree: Branch) -> Use:
    """`use "file.star"`"""
    return Use(build.strings(tree)[0], span=span_of(tree))


def order(build: Builder, tree: Branch) -> Order:
    """`order ID, …`"""
    return Order(_stars(build, tree), span=span_of(tree))


def star(build: Builder, tree: Branch) -> StarDecl:
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


def mask(build: Builder, tree: Branch) -> MaskDecl:
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


def rule(build: Builder, tree: Branch) -> RuleDecl | None:
    """`rule NAME -> STAR` and its clauses; None without `when`."""
    clauses = build.clauses(branches(tree))
    name = build.name(tokens(tree, "RULE_NAME")[0])
    when, unless = (_condition(build, clauses, word) for word in ("when", "unless"))
    weight, because = _weight(build, clauses), _text(build, clauses, "because")
    (goal,) = _stars(build, tree)
    if when is None:
        hint = f"say when it holds: `rule {name.text} … when CONDITION`"
        build.missing(tokens(tree, "RULE_NAME")[0], "when", f"rule `{name.text}`", hint)
        return None
    against = token(tree, "AGAINST") is not None
    return RuleDecl(name, goal, against, when, unless, weight, because, span=span_of(tree))


def never(build: Builder, tree: Branch) -> NeverDecl | None:
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


def _refuse_both(build: Builder, clauses: dict[str, Branch]) -> None:
    word = "when" if "when" in clauses else "unless"
    message = f"paths and `{word}` exclude each other in an exception"
    hint = 'say it in one condition: `when path under "…" and …`'
    build.report(span_of(clauses[word]), "E109", message, hint)


def assign(build: Builder, tree: Branch) -> AssignDecl | None:
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


def test(build: Builder, tree: Branch) -> TestDecl:
    """`test "name" given … expect …`"""
    given = tuple(_given(build, each) for each in branches(tree) if each.data != "expect")
    expect = _expect(build, branch(tree, "expect"))
    return TestDecl(build.strings(tree)[0], given, expect, span=span_of(tree))


def _given(build: Builder, tree: Branch) -> Given | GivenModules:
    if tree.data == "given_modules":
        modules = tuple(_given_module(build, each) for each in branches(tree))
        return GivenModules(relation_of(tree), modules, span=span_of(tree))
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


def _given_module(build: Builder, tree: Branch) -> GivenModule:
    return GivenModule(build.strings(tree)[0], _stars(build, tree)[0], span=span_of(tree))


def _expect(build: Builder, tree: Branch) -> Expect:
    words = [leaf for leaf in tokens(tree)[1:] if leaf.type not in {"STAR_NAME", "AT", "NUMBER"}]
    stars, score = _stars(build, tree), token(tree, "NUMBER")
    return Expect(
        outcome=str(words[0]) if words else "",
        star=stars[0] if stars else None,
        score=build.number(score) if score else None,
        span=span_of(tree),
    )


def _stars(build: Builder, tree: Branch) -> tuple[Name, ...]:
    return tuple(build.name(leaf) for leaf in tokens(tree, "STAR_NAME"))


def _condition(build: Builder, clauses: dict[str, Branch], word: str) -> Condition | None:
    return condition(build, branches(clauses[word])[0]) if word in clauses else None


def _text(build: Builder, clauses: dict[str, Branch], word: str) -> Text | None:
    return build.strings(clauses[word])[0] if word in clauses else None


def _weight(build: Builder, clauses: dict[str, Branch]) -> Number | None:
    leaf: Token | None = token(clauses["weight"], "NUMBER") if "weight" in clauses else None
    return build.number(leaf) if leaf else None
