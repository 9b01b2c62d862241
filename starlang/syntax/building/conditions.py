"""Conditions: what stands after `when` and `unless`."""

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
from starlang.syntax.nodes import (
    And,
    Bound,
    Compare,
    Condition,
    EndsWith,
    Events,
    Facet,
    HasValues,
    In,
    Is,
    Matches,
    Mentions,
    Neighbours,
    Not,
    Or,
    Predicate,
    Standing,
    StartsWith,
    State,
    Under,
)
from starlang.text import Span

_OF_STRINGS = {"under": Under, "starts": StartsWith, "ends": EndsWith}
"""The tests that ask for a list of strings."""

_STATES = ("MISSING", "PRESENT", "TRUE", "FALSE")


def condition(build: Builder, tree: Branch) -> Condition:
    """The condition that `tree` stands for. Recursive: the depth of nesting is limited."""
    match str(tree.data):
        case "and":
            return And(_parts(build, tree), span=span_of(tree))
        case "or":
            return Or(_parts(build, tree), span=span_of(tree))
        case "not":
            return Not(condition(build, branches(tree)[0]), span=span_of(tree))
        case "group":
            return condition(build, branches(tree)[0])
        case _:
            return _predicate(build, tree)


def _parts(build: Builder, tree: Branch) -> tuple[Condition, ...]:
    return tuple(condition(build, part) for part in branches(tree))


def _predicate(build: Builder, tree: Branch) -> Predicate | Not:
    if tree.data == "neighbours":
        return _neighbours(build, tree)
    if tree.data == "events":
        return Events(
            str(tokens(tree)[0]), _bound(build, tree), build.strings(tree), span=span_of(tree)
        )
    return _facet_test(build, tree)


def _neighbours(build: Builder, tree: Branch) -> Neighbours:
    return Neighbours(
        relation_of(tree),
        _bound(build, tree),
        _standing(build, tree),
        build.strings(tree),
        span=span_of(tree),
    )


def relation_of(tree: Branch) -> str:
    """The relation that `tree` begins with, in its words."""
    first, *others = tokens(tree)
    return f"{first} {others[0]}" if first.type == "USED" else str(first)


def _bound(build: Builder, tree: Branch) -> Bound | None:
    number = token(tree, "NUMBER")
    if number is None:
        return None
    at, *_ = tokens(tree, "AT")
    at_least = token(tree, "LEAST") is not None
    return Bound(at_least, build.number(number), span=Span(span_of(at).start, span_of(number).end))


def _standing(build: Builder, tree: Branch) -> Standing | None:
    word, star = token(tree, "CURRENTLY", "REACHING"), token(tree, "STAR_NAME")
    if word is None or star is None:
        return None
    span = Span(span_of(word).start, span_of(star).end)
    return Standing(str(word), build.name(star), span=span)


def _facet_test(build: Builder, tree: Branch) -> Predicate | Not:
    facet = build.facet(branch(tree, "facet"))
    negated = token(tree, "NOT") is not None
    span = span_of(tree)
    match str(tree.data):
        case "is":
            return _is(build, tree, facet, negated=negated)
        case "in":
            values = tuple(build.value(leaf) for leaf in tokens(tree, "VALUE", "STRING"))
            only = token(tree, "ONLY") is not None
            return In(facet, values, negated=negated, only=only, span=span)
        case "mentions":
            needles = tuple(build.value(leaf) for leaf in tokens(tree, "NEEDLE", "STRING"))
            return Mentions(facet, needles, negated=negated, span=span)
        case "matches":
            pattern, *rest = (build.regex(leaf) for leaf in tokens(tree, "REGEX"))
            ignoring = rest[0] if rest else None
            return Matches(facet, pattern, ignoring, negated=negated, span=span)
        case "under" | "starts" | "ends" as rule:
            return _OF_STRINGS[rule](facet, build.strings(tree), negated=negated, span=span)
        case _:
            count = _count(build, tree, facet, span)
            return Not(count, span=span) if negated else count


def _is(build: Builder, tree: Branch, facet: Facet, *, negated: bool) -> Is | State:
    leaf = tokens(tree)[-1]
    if leaf.type in _STATES:
        return State(facet, str(leaf), negated=negated, span=span_of(tree))
    value = build.value(leaf)
    if "*" in value.text:
        _warn_of_star(build, leaf)
    return Is(facet, value, negated=negated, span=span_of(tree))


def _warn_of_star(build: Builder, leaf: Token) -> None:
    message = "`*` stands for itself after `is`"
    hint = f"use `mentions` or `under`; where the value has a `*`, write `in {{{leaf}}}`"
    build.report(span_of(leaf), "W102", message, hint)


def _count(build: Builder, tree: Branch, facet: Facet, span: Span) -> Compare | HasValues:
    number = build.number(tokens(tree, "NUMBER")[0])
    at_least = token(tree, "LEAST") is not None
    if tree.data == "has":
        return HasValues(facet, at_least, number, span=span)
    return Compare(facet, at_least, number, span=span)
