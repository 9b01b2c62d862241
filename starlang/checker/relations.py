"""Tests over neighbours and events, and the order that stars need because of them."""

from collections.abc import Sequence
from itertools import pairwise

from attrs import evolve

from starlang.checker.checked import Placed
from starlang.checker.findings import Findings
from starlang.checker.scope import Scope
from starlang.checker.values import check_globs
from starlang.diagnostics.model import Label
from starlang.rulesets.conditions import Condition
from starlang.rulesets.model import Never, Rule
from starlang.rulesets.spelling import GRAPH_PREFIX
from starlang.rulesets.strata import REACHING, circle, needs, read_by
from starlang.rulesets.surroundings import Events, Neighbours
from starlang.syntax import nodes


def check_relation(scope: Scope, test: nodes.Neighbours | nodes.Events) -> Condition | None:
    """The meaning of `test`, or None after E201, E307 or E340 to E344."""
    count = _count(scope, test)
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
    if count is None or star is None or globs is None:
        return None
    standing = test.standing.word if test.standing else ""
    return Neighbours(facet, count, at_most, standing, star, globs)


def _count(scope: Scope, test: nodes.Neighbours | nodes.Events) -> int | None:
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
        message = f"`{count}` is no number to count to: a whole number of at least {least} is"
        hint = "`at most 0` says that there is none; `at least 1` is what is meant without a number"
        scope.findings.report("E341", place, message, hint=hint)
        return None
    return int(count)


def _star(scope: Scope, standing: nodes.Standing) -> str | None:
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
    """Reports E343: stars that need each other in a circle; `stars` are those to be gained."""
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
        f"stars need each other in a circle: {', '.join(words)}",
        label=words[0],
        others=[evolve(p, message=w) for p, w in zip(others, words[1:], strict=True)],
        hint=f"write `currently {steps[0][1]}`: what manifests carry is known before the run",
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
