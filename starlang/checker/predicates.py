"""Single tests of conditions with their facets resolved and their values checked."""

from typing import assert_never

from starlang.checker.patterns import check_needles, check_pattern
from starlang.checker.relations import check_relation
from starlang.checker.scope import Scope
from starlang.checker.values import check_edges, check_globs, check_values
from starlang.diagnostics.model import Label
from starlang.manifests.profile import ValueType
from starlang.matching import globs
from starlang.rulesets.conditions import Condition, Not
from starlang.rulesets.predicates import (
    AtLeast,
    AtMost,
    Flag,
    HasAtLeast,
    HasAtMost,
    OneOf,
    OnlyIn,
    Present,
)
from starlang.rulesets.spelling import TEXT_FACETS, quoted
from starlang.rulesets.text_predicates import EndsWith, Matches, Mentions, StartsWith, Under
from starlang.syntax import nodes


def check_predicate(  # noqa: PLR0911 -- a dispatcher, one return a kind of test
    scope: Scope, test: nodes.Predicate
) -> Condition | None:
    """The meaning of `test`, or None where a diagnostic says what is wrong with it."""
    if isinstance(test, nodes.Neighbours | nodes.Events):
        return check_relation(scope, test)
    facet = scope.facet(test.facet)
    match test:
        case nodes.Is() | nodes.In():
            return _equality(scope, test, facet)
        case nodes.State():
            return _state(scope, test, facet)
        case nodes.Mentions():
            return _mentions(scope, test, facet)
        case nodes.Matches():
            return _matches(scope, test, facet)
        case nodes.Under():
            return _under(scope, test, facet)
        case nodes.StartsWith() | nodes.EndsWith():
            return _edges(scope, test, facet)
        case nodes.Compare():
            return _compare(scope, test, facet)
        case nodes.HasValues():
            return _count(scope, test, facet)
        case _:
            assert_never(test)


def negated(condition: Condition | None, *, by: bool) -> Condition | None:
    """`condition`, denied where `by` says so."""
    return Not(condition) if by and condition is not None else condition


def _equality(scope: Scope, test: nodes.Is | nodes.In, facet: str | None) -> Condition | None:
    texts = (test.value,) if isinstance(test, nodes.Is) else test.values
    values = check_values(scope, facet, texts)
    if facet is None or values is None:
        return None
    if isinstance(test, nodes.In) and test.only:
        return OnlyIn(facet, values)
    return negated(OneOf(facet, values), by=test.negated)


def _state(scope: Scope, test: nodes.State, facet: str | None) -> Condition | None:
    if facet is None:
        return None
    if test.word in {"present", "missing"}:
        return negated(Present(facet), by=test.negated != (test.word == "missing"))
    if not _fits(scope, test, facet, ValueType.FLAG):
        return None
    return negated(Flag(facet, test.word == "true"), by=test.negated)


def _mentions(scope: Scope, test: nodes.Mentions, facet: str | None) -> Condition | None:
    needles = check_needles(scope, test.needles)
    if facet is None or not _fits(scope, test, facet, ValueType.TEXT) or needles is None:
        return None
    return negated(Mentions(facet, tuple(each for each, _ in needles)), by=test.negated)


def _matches(scope: Scope, test: nodes.Matches, facet: str | None) -> Condition | None:
    pattern = check_pattern(scope, test.pattern)
    ignoring = check_pattern(scope, test.ignoring, hides=True) if test.ignoring else None
    if facet is None or not _fits(scope, test, facet, ValueType.TEXT):
        return None
    if pattern is None or (test.ignoring and ignoring is None):
        return None
    return negated(Matches(facet, pattern, ignoring), by=test.negated)


def _under(scope: Scope, test: nodes.Under, facet: str | None) -> Condition | None:
    globs = check_globs(scope, test.globs)
    if facet is None or not _fits(scope, test, facet, ValueType.TEXT):
        return None
    if facet in {"name", "text"}:
        _report_misuse(scope, test, f"a `{facet}` lies in no directory", "write `path under …`")
        return None
    return negated(Under(facet, globs), by=test.negated) if globs else None


def _edges(
    scope: Scope, test: nodes.StartsWith | nodes.EndsWith, facet: str | None
) -> Condition | None:
    texts = check_edges(scope, test.texts)
    if facet is None or not _fits(scope, test, facet, ValueType.TEXT) or texts is None:
        return None
    if isinstance(test, nodes.StartsWith):
        _advise_under(scope, test, facet)
        return negated(StartsWith(facet, texts), by=test.negated)
    return negated(EndsWith(facet, texts), by=test.negated)


def _advise_under(scope: Scope, test: nodes.StartsWith, facet: str) -> None:
    """Reports W315: a beginning that ends in `/` is a directory, and `under` knows those."""
    for text in test.texts:
        directory = text.text.removesuffix("/")
        is_directory = directory != text.text and globs.problem(directory) is None
        if is_directory and facet not in {"name", "text"} and not globs.has_wildcard(directory):
            place = Label(scope.source, text.span)
            message = f"`starts with` does not see `{directory}` itself, only what is below it"
            hint = f"write `under {quoted(directory)}` for the directory and all beneath"
            scope.findings.report("W315", place, message, hint=hint)


def _compare(scope: Scope, test: nodes.Compare, facet: str | None) -> Condition | None:
    if facet is None or not _fits(scope, test, facet, ValueType.NUMBER):
        return None
    number = test.number.value
    return AtLeast(facet, number) if test.at_least else AtMost(facet, number)


def _count(scope: Scope, test: nodes.HasValues, facet: str | None) -> Condition | None:
    count = test.count.value
    if count < 1 or count != int(count):
        place = Label(scope.source, test.count.span)
        hint = "to ask whether there is a value at all, write `is present` or `is missing`"
        message = "the number of values is a whole number of at least 1"
        scope.findings.report("E310", place, message, hint=hint)
        return None
    if facet in TEXT_FACETS and (count > 1 or not test.at_least):
        hint = "remove the test, or name a facet that can have several values"
        _report_misuse(scope, test, f"a module never has more than one `{facet}`", hint)
        return None
    if facet is None:
        return None
    return (HasAtLeast if test.at_least else HasAtMost)(facet, int(count))


_VALUES = {ValueType.TEXT: "texts", ValueType.NUMBER: "numbers", ValueType.FLAG: "true and false"}


def _fits(scope: Scope, test: nodes.FacetPredicate, facet: str, needed: ValueType) -> bool:
    """Whether `facet` can have values of the type that `test` looks for; else E217."""
    has = scope.type_of(facet)
    if has in {needed, ValueType.ANY}:
        return True
    hint = "name a facet that can have such values; the profile says which it has"
    message = (
        f"the values of `{facet}` are {_VALUES[has]}, and this test is about {_VALUES[needed]}"
    )
    _report_misuse(scope, test, message, hint)
    return False


def _report_misuse(scope: Scope, test: nodes.FacetPredicate, message: str, hint: str) -> None:
    scope.findings.report("E217", Label(scope.source, test.span), message, hint=hint)
