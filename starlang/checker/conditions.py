"""Conditions with their names resolved and their values checked."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import assert_never

from attrs import evolve

from starlang.checker.context import Findings, Placed
from starlang.checker.names import FIELD, Scope
from starlang.checker.patterns import check_needles, check_pattern
from starlang.checker.values import check_before, check_edges, check_globs, check_values
from starlang.diagnostics.model import Label, Replacement
from starlang.manifests.profile import ValueType
from starlang.matching import globs
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not
from starlang.rules.derivations import Names
from starlang.rules.model import REACHING, Never, Rule, circle, needs, read_by
from starlang.rules.predicates import (
    AtLeast,
    AtMost,
    Flag,
    HasAtLeast,
    HasAtMost,
    OneOf,
    OnlyIn,
    Present,
)
from starlang.rules.relations import Events, Neighbours, in_cycle
from starlang.rules.spelling import (
    BUILTIN_FACETS,
    FIELD_PREFIX,
    GRAPH,
    GRAPH_PREFIX,
    TEXT_FACETS,
    facet_text,
    quoted,
)
from starlang.rules.text_predicates import Before, EndsWith, Matches, Mentions, StartsWith, Under
from starlang.syntax import nodes
from starlang.text import did_you_mean

# Tests over neighbours and events, and the order that stars need because of them.


def check_relation(
    scope: Scope, test: nodes.Neighbours | nodes.Events | nodes.InCycle
) -> Condition | None:
    """The meaning of `test`, or None after E201, E227, E307 or E340 to E344."""
    if isinstance(test, nodes.InCycle):
        return in_cycle()
    count = _neighbour_count(scope, test)
    facet = GRAPH_PREFIX + test.relation
    at_most = test.bound is not None and not test.bound.at_least
    if isinstance(test, nodes.Events):
        names = check_events(scope, test.names)
        is_known = check_has_events(scope, test.relation, Label(scope.source, test.span))
        if count is None or names is None or not is_known:
            return None
        return Events(facet, count, at_most, names)
    star = _star(scope, test.standing) if test.standing else ""
    globs = check_globs(scope, test.globs)
    where = None if test.where is None else _where(scope, test.where)
    if count is None or star is None or globs is None or (test.where and where is None):
        return None
    standing = test.standing.word if test.standing else ""
    return Neighbours(facet, count, at_most, standing, star, globs, where)


_RELATIONS = (nodes.Neighbours, nodes.Events, nodes.InCycle)


def _where(scope: Scope, condition: nodes.Condition) -> Condition | None:
    """What neighbours must meet, or None after E227: no relation stands in it."""
    inner = [each for each in nodes.walk(condition) if isinstance(each, _RELATIONS)]
    for test in inner:
        message = "what neighbours must meet has no relation in it: there is no end to it otherwise"
        hint = "derive a facet where the relation holds, and test that facet here"
        scope.findings.report("E227", Label(scope.source, test.span), message, hint=hint)
    checked = check_condition(scope, condition)
    return None if inner else checked


def _neighbour_count(scope: Scope, test: nodes.Neighbours | nodes.Events) -> int | None:
    """The number of the test, 1 if it has none; None after E340 or E341."""
    if test.bound is None:
        return 1
    count, least = test.bound.number.value, int(test.bound.at_least)
    if test.relation == "inside":
        place = Label(scope.source, test.bound.span)
        message = "a module lies inside one module at most, the nearest around it"
        hint = "leave the number out; `not inside modules …` says that it does not"
        scope.findings.report("E340", place, message, hint=hint)
        return None
    if count != int(count) or count < least:
        place = Label(scope.source, test.bound.number.span)
        message = f"`{count}` is not a number to count to: a whole number of at least {least} is"
        hint = "`at most 0` says that there is none; `at least 1` is what is meant without a number"
        scope.findings.report("E341", place, message, hint=hint)
        return None
    return int(count)


def _star(scope: Scope, standing: nodes.StarTest) -> str | None:
    if standing.word != REACHING:
        return scope.star(standing.star)
    hint = "no evidence leads to the default star; `currently` asks for what a manifest carries"
    return scope.gained_star(standing.star, "nothing reaches", hint, code="E342")


def check_events(
    scope: Scope, texts: Sequence[nodes.Text], *, whole: bool = False
) -> tuple[str, ...] | None:
    """The names of events, each once, or None after E344; if `whole`, none may end in `*`."""
    wrong = [text for text in texts if not text.text or "*" in text.text[: None if whole else -1]]
    for text in wrong:
        message = f"`{text.text}` names no event" if text.text else "an empty name of an event"
        hint = 'write the whole name, `"memory.stored@v1"`, or how it begins: `"memory.*"`'
        scope.findings.report("E344", Label(scope.source, text.span), message, hint=hint)
    return None if wrong else tuple(dict.fromkeys(text.text for text in texts))


def check_has_events(scope: Scope, relation: str, place: Label) -> bool:
    """Whether the profile says where the events are; else E202."""
    if scope.profile.source(GRAPH_PREFIX + relation) is not None:
        return True
    message = f"the profile `{scope.profile.name}` does not say what a module {relation}"
    hint = f'add `{relation} = "/json/pointer/*"` to `[graph]` of the profile'
    scope.findings.report("E202", place, message, hint=hint)
    return False


def check_strata(
    rules: Sequence[Placed[Rule]],
    nevers: Sequence[Placed[Never]],
    stars: Sequence[str],
    findings: Findings,
) -> None:
    """Reports E343: stars that need each other in a cycle; `stars` are those to be gained."""
    needed = needs([each.value for each in rules], [each.value for each in nevers], stars)
    found = circle(needed)
    if not found:
        return
    steps = list(pairwise((*found, found[0])))
    places = [_reading(star, read, rules, nevers) for star, read in steps]
    words = [f"{star} reads who reaches {read}" for star, read in steps]
    first, *others = places
    findings.report(
        "E343",
        first,
        f"stars depend on each other in a cycle: {', '.join(words)}",
        label=words[0],
        others=[evolve(p, message=w) for p, w in zip(others, words[1:], strict=True)],
        hint=f"ask what manifests carry before the run, with `currently {steps[0][1]}`",
    )


def _reading(
    star: str, read: str, rules: Sequence[Placed[Rule]], nevers: Sequence[Placed[Never]]
) -> Label:
    """The first declaration that makes `star` need `read`."""
    found = [
        *(r.label for r in rules if r.value.star == star and read in read_by(r.value.condition)),
        *(
            n.label
            for n in nevers
            if star in (n.value.stars or (star,)) and read in read_by(n.value.condition)
        ),
    ]
    return min(found, key=lambda label: (label.source.name, label.span.start))


# Single tests of conditions with their facets resolved and their values checked.


def check_predicate(  # noqa: C901, PLR0911 -- a dispatcher, one return a kind of test
    scope: Scope, test: nodes.Predicate
) -> Condition | None:
    """The meaning of `test`, or None where a diagnostic says what is wrong with it."""
    if isinstance(test, nodes.Neighbours | nodes.Events | nodes.InCycle):
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
        case nodes.Before():
            return _before(scope, test, facet)
        case nodes.Compare():
            return _compare(scope, test, facet)
        case nodes.HasValues():
            return _value_count(scope, test, facet)
        case _:
            assert_never(test)


def negated(condition: Condition | None, *, by: bool) -> Condition | None:
    """`condition`, denied where `by` says so."""
    return Not(condition) if by and condition is not None else condition


def _equality(scope: Scope, test: nodes.Is | nodes.In, facet: str | None) -> Condition | None:
    texts = (test.value,) if isinstance(test, nodes.Is) else test.values
    values = check_values(scope, facet, texts)
    if facet is None or values is None or not _are_values(scope, test, texts, facet):
        return None
    for text in texts:
        _check_given(scope, facet, text.text, Label(scope.source, text.span))
    if isinstance(test, nodes.In) and test.only:
        return OnlyIn(facet, values)
    return negated(OneOf(facet, values), by=test.negated)


_NOTHING = frozenset({"blank", "defined", "empty", "nil", "null", "undefined"})
"""Words that ask whether there is a value in other languages, and would be values here."""
_GIVEN = frozenset({"defined"})


def _are_values(
    scope: Scope, test: nodes.Is | nodes.In, texts: Sequence[nodes.Text], facet: str
) -> bool:
    """Whether the texts are meant as values; else E229 and E230."""
    found = True
    words = facet_text(facet)
    for text in texts:
        place = Label(scope.source, text.span)
        if isinstance(test, nodes.In) and text.text.strip("*") and _has_open_end(text.text):
            found = False
            said = " ".join(_way(text.text))
            hint = f"write `{words} {said}`, or `matches /…/` for anything else"
            message = f"`*` stands for itself in a set, so `{text.text}` is one whole value"
            choices = _without_open_ends(test, scope.written_facet(test))
            scope.findings.report("E229", place, message, hint=hint, choices=choices)
        elif facet != "star" and not text.quoted and text.text in _NOTHING:
            found = False
            is_there = test.negated != (text.text in _GIVEN)
            meant = f"{words} is {'present' if is_there else 'missing'}"
            edit = Replacement(test.span, meant) if isinstance(test, nodes.Is) else None
            message = f"`{text.text}` would be a value like any other here"
            hint = f"write `{meant}`; a value that is spelt so is quoted: {quoted(text.text)}"
            scope.findings.report("E230", place, message, hint=hint, replacement=edit)
    return found


def _way(text: str) -> tuple[str, str]:
    """What a value with a `*` at one end, or both, most likely means: a test, and its value."""
    bare = text.strip("*")
    if text[1:] == bare:
        return "ends with", quoted(bare)
    return "starts with" if text[:-1] == bare else "mentions", quoted(bare)


def _without_open_ends(test: nodes.In, words: str) -> list[Replacement]:
    """The whole set as tests of a facet, joined by `or`; none where `only` asks for all values."""
    if test.only or not words:
        return []
    listed: dict[str, list[str]] = {}
    for value in test.values:
        text = quoted(value.text) if value.quoted else value.text
        way, meant = _way(value.text) if _has_open_end(value.text) else ("in", text)
        listed.setdefault(way, []).append(meant)
    if "in" in listed:
        listed["in"] = [f"{{{', '.join(listed['in'])}}}"]
    tests = [f"{words} {way} {', '.join(found)}" for way, found in listed.items()]
    whole = " or ".join(tests)
    if test.negated or len(tests) > 1:
        whole = f"{'not ' if test.negated else ''}({whole})"
    return [Replacement(test.span, whole)]


def _has_open_end(text: str) -> bool:
    return text.startswith("*") or text.endswith("*")


def _check_given(scope: Scope, facet: str, value: str, place: Label) -> None:
    """Reports E223: a value of a name for conditions that no derivation gives it."""
    known = scope.derived.get(facet, ())
    if scope.is_name(facet) and value not in known:
        values = ", ".join(f"`{each}`" for each in dict.fromkeys(known))
        hint = did_you_mean(value, known) or f"its values are {values}"
        message = f"`{facet}` is never `{value}`: no derivation gives it that value"
        scope.findings.report("E223", place, message, hint=hint)


def _state(scope: Scope, test: nodes.State, facet: str | None) -> Condition | None:
    if facet is None:
        return None
    if test.word in {"present", "missing"}:
        return negated(Present(facet), by=test.negated != (test.word == "missing"))
    if scope.is_name(facet):  # its values are texts, whatever they look like
        _check_given(scope, facet, test.word, Label(scope.source, test.span))
        return negated(OneOf(facet, (test.word,)), by=test.negated)
    if not _fits(scope, test, facet, ValueType.FLAG):
        return None
    return negated(Flag(facet, test.word == "true"), by=test.negated)


def _mentions(scope: Scope, test: nodes.Mentions, facet: str | None) -> Condition | None:
    needles = check_needles(scope, test.needles, test)
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
        _report_misuse(scope, test, f"a `{facet}` is not in a directory", "write `path under …`")
        return None
    return negated(Under(facet, globs), by=test.negated) if globs else None


def _edges(
    scope: Scope, test: nodes.StartsWith | nodes.EndsWith, facet: str | None
) -> Condition | None:
    begins = isinstance(test, nodes.StartsWith)
    texts = check_edges(scope, facet, test.texts, begins=begins)
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
            whole = Replacement(test.span, f"{facet} under {quoted(directory)}")
            is_alone = len(test.texts) == 1 and not test.negated and test.facet.span
            edit = whole if is_alone else None
            scope.findings.report("W315", place, message, hint=hint, replacement=edit)


def _before(scope: Scope, test: nodes.Before, facet: str | None) -> Condition | None:
    day = check_before(scope, test.day)
    if facet is None or not _fits(scope, test, facet, ValueType.TEXT):
        return None
    if facet in BUILTIN_FACETS:
        hint = "name the facet, or the `field`, that has the date"
        _report_misuse(scope, test, f"a `{facet}` is not a date", hint)
        return None
    return negated(Before(facet, day), by=test.negated) if day else None


def _compare(scope: Scope, test: nodes.Compare, facet: str | None) -> Condition | None:
    if facet is None or not _fits(scope, test, facet, ValueType.NUMBER):
        return None
    number = test.number.value
    return AtLeast(facet, number) if test.at_least else AtMost(facet, number)


def _value_count(scope: Scope, test: nodes.HasValues, facet: str | None) -> Condition | None:
    count = test.count.value
    if count < 1 or count != int(count):
        place = Label(scope.source, test.count.span)
        hint = "to ask whether there is a value at all, write `is present` or `is missing`"
        message = "the number of values is a whole number of at least 1"
        written = scope.written_facet(test)
        states = _STATES if written else ()
        choices = [Replacement(test.span, f"{written} is {each}") for each in states]
        scope.findings.report("E310", place, message, hint=hint, choices=choices)
        return None
    if facet in TEXT_FACETS and (count > 1 or not test.at_least):
        hint = "remove the test, or name a facet that can have several values"
        _report_misuse(scope, test, f"a module never has more than one `{facet}`", hint)
        return None
    if facet is None:
        return None
    return (HasAtLeast if test.at_least else HasAtMost)(facet, int(count))


_STATES = ("present", "missing")
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


def check_condition(scope: Scope, condition: nodes.Condition) -> Condition | None:
    """The meaning of `condition`, or None where a diagnostic says what is wrong with it."""
    match condition:
        case nodes.And(parts=parts):
            return _joined(scope, parts, AllOf)
        case nodes.Or(parts=parts):
            return _joined(scope, parts, AnyOf)
        case nodes.Not(part=part):
            return negated(check_condition(scope, part), by=True)
        case _:  # any test: `check_predicate` names each
            return check_predicate(scope, condition)


def check_clauses(
    scope: Scope, when: nodes.Condition, unless: nodes.Condition | None
) -> tuple[Condition, Condition] | None:
    """`when C unless D` as (C, C and not D), or None where something is wrong with either."""
    held = check_condition(scope, when)
    if unless is None:
        return (held, held) if held is not None else None
    barred = check_condition(scope, unless)
    if held is None or barred is None:
        return None
    return held, AllOf((held, Not(barred)))


def kinds(condition: Condition, names: Names) -> tuple[str, ...]:
    """The facets that `condition` rests on, sorted; those only under `not` add none."""
    return tuple(sorted(set(map(kind, names.rests_on(condition)))))


def kind(facet: str) -> str:
    """The kind of evidence that a test over `facet` gives: its name, or that of its family."""
    if facet.startswith(GRAPH_PREFIX):
        return GRAPH
    return FIELD if facet.startswith(FIELD_PREFIX) else facet


def _joined(
    scope: Scope,
    parts: Sequence[nodes.Condition],
    join: Callable[[tuple[Condition, ...]], Condition],
) -> Condition | None:
    for index, part in enumerate(parts):
        if part in parts[:index]:
            place = Label(scope.source, part.span)
            message = "this part of the condition appears here twice"
            scope.findings.report("W201", place, message, hint="remove one of them")
    checked = [check_condition(scope, part) for part in parts]
    known = tuple(part for part in checked if part is not None)
    return join(known) if len(known) == len(checked) else None
