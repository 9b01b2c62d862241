"""Test blocks: what they give and expect must make sense before it can be run."""

from collections.abc import Sequence

from attrs import evolve

from starlang.checker.conditions import check_events, check_has_events
from starlang.checker.context import Located, Placed, declared
from starlang.checker.names import Scope
from starlang.checker.rules import Shared
from starlang.checker.values import (
    check_path,
    check_score,
    json_value,
    report_type,
    warn_never_given,
)
from starlang.diagnostics.model import Label
from starlang.rules.conditions import AnyOf, condition_text, normal
from starlang.rules.derivations import Names
from starlang.rules.predicates import OneOf
from starlang.rules.spelling import EVENTS
from starlang.syntax.nodes import Expect, File, ForbidDecl, Given, GivenModules, TestDecl, Text
from starlang.text import did_you_mean


def check_trials(files: Sequence[File], shared: Shared) -> tuple[Placed[TestDecl], ...]:
    """The `test` blocks.

    Reports E201, E202, E206, E228, E252, E319 to E322, E344, E345 and W202.
    """
    names: dict[str, Label] = {}
    forbids = [each.node.name.text for each in declared(files, ForbidDecl)]
    found: list[Placed[TestDecl]] = []
    for test in declared(files, TestDecl):
        scope = shared.scope(test.source)
        place = test.label(test.node.name)
        first = names.setdefault(test.node.name.text, place)
        if first is not place:
            scope.findings.report(
                "W202",
                place,
                f"two tests are called `{test.node.name.text}`",
                others=[evolve(first, message="the first one")],
                hint="say in the name what sets this one apart",
            )
        _check_forbid(scope, test.node.expect, forbids)
        _check_given(scope, test, shared.derivations.names)
        _check_expected(scope, test.node.expect)
        found.append(Placed(test.node, place))
    return tuple(found)


def _check_forbid(scope: Scope, expect: Expect, known: Sequence[str]) -> None:
    """Reports E252: a name that no `forbid` has."""
    name = expect.forbid
    if name is not None and name.text not in known:
        place = Label(scope.source, name.span)
        hint = did_you_mean(name.text, known) or 'declare it: `forbid "…" when …`'
        message = f"no `forbid` is called `{name.text}`"
        scope.findings.report("E252", place, message, hint=hint)


def _check_given(scope: Scope, test: Located[TestDecl], names: Names) -> None:
    seen: set[str] = set()
    _check_neighbours(scope, test.node)
    for given in test.node.given:
        if isinstance(given, GivenModules):
            for fact in (fact for module in given.modules for fact in module.facts):
                _check_fact(scope, fact, names)
        elif given.facet.name in EVENTS and given.facet.pointer is None:
            _check_events(scope, given, seen)
        elif facet := _check_facet(scope, given, names):
            _check_once(scope, given, facet, seen)


def _check_fact(scope: Scope, fact: Given, names: Names) -> None:
    """Reports E345 for what is said of a neighbour elsewhere, and what is wrong with the rest."""
    hint = _ELSEWHERE.get(fact.facet.name) if fact.facet.pointer is None else None
    if hint is None:
        _check_facet(scope, fact, names)
        return
    place = Label(scope.source, fact.span)
    message = f"the `{fact.facet.name}` of a neighbour is not a fact after `with`"
    scope.findings.report("E345", place, message, hint=hint)


_ELSEWHERE = {
    "path": "its path comes right after the relation",
    "star": 'write it before `with`: `"…" star STAR with …`',
}
"""Facet of a neighbour -> where it is given."""


def _check_facet(scope: Scope, given: Given, names: Names) -> str | None:
    """The facet that is given, None where it cannot be; its values are checked."""
    facet = scope.facet(given.facet)
    if facet == "text":
        hint = "give `name` and `path`: the text is made of both"
        place = Label(scope.source, given.facet.span)
        scope.findings.report("E321", place, "`text` cannot be given", hint=hint)
        return None
    if facet is not None and scope.is_name(facet):
        _report_name(scope, given, facet, names)
        return None
    for value in given.values if facet is not None else ():
        _check_value(scope, facet or "", value)
    return facet


def _report_name(scope: Scope, given: Given, facet: str, names: Names) -> None:
    """Reports E228: no manifest says what stands for conditions; what to give instead."""
    wanted = OneOf(facet, tuple(value.text for value in given.values))
    meant = normal(names.expanded(wanted))
    is_known = meant not in {wanted, AnyOf(())}
    hint = f"give what makes it hold: {condition_text(meant)}" if is_known else ""
    place = Label(scope.source, given.span)
    message = f"`{facet}` stands for conditions, and no manifest has it"
    scope.findings.report("E228", place, message, hint=hint)


def _check_events(scope: Scope, given: Given, seen: set[str]) -> None:
    """Reports E202, E320 and E344."""
    _check_once(scope, given, given.facet.name, seen)
    check_has_events(scope, given.facet.name, Label(scope.source, given.facet.span))
    check_events(scope, given.values, whole=True)


def _check_neighbours(scope: Scope, test: TestDecl) -> None:
    """Reports E345: a neighbour that is the module itself, or that carries two stars."""
    own = {v.text for g in test.given if isinstance(g, Given) for v in g.values if _is_path(g)}
    stars: dict[str, str] = {}
    for given in test.given:
        for each in given.modules if isinstance(given, GivenModules) else ():
            path = check_path(scope, each.path)
            star = scope.star(each.star) if each.star else None
            place = Label(scope.source, each.span)
            if path in own:
                message, hint = f"`{path}` is the module itself", "name another module"
                scope.findings.report("E345", place, message, hint=hint)
            elif path and star and stars.setdefault(path, star) != star:
                message = f"`{path}` carries `{stars[path]}` already"
                hint = "a module carries one star in a test: name the same one, or another module"
                scope.findings.report("E345", place, message, hint=hint)


def _is_path(given: Given) -> bool:
    return given.facet.name == "path"


def _check_value(scope: Scope, facet: str, value: Text) -> None:
    """Reports E309 and E318 (no path), E323 (a value of the wrong type) and W312."""
    if facet == "path":
        check_path(scope, value)
    warn_never_given(scope, facet, value)
    needed = scope.type_of(facet)
    if not needed.accepts(json_value(value)):
        report_type(scope, facet, value, needed)


def _check_once(scope: Scope, given: Given, facet: str, seen: set[str]) -> None:
    """Reports E320: a facet given twice, or two values where a module has one."""
    hint = "write one `given` for it, its values separated by commas"
    if facet in seen:
        place = Label(scope.source, given.facet.span)
        scope.findings.report("E320", place, f"`{facet}` is given twice", hint=hint)
    seen.add(facet)
    if facet in {"path", "name"} and len(given.values) > 1:
        place = Label(scope.source, given.values[1].span)
        hint = "write a test for each"
        scope.findings.report("E320", place, f"a module has one `{facet}`", hint=hint)


def _check_expected(scope: Scope, expect: Expect) -> None:
    star = scope.star(expect.star) if expect.star else None
    default = scope.canon.default
    score = check_score(scope, expect.score) if expect.score else None
    is_default = default is not None and star == default.value.id
    if expect.outcome == "silent" and (star or score):
        said = "`silent` means that there is evidence for no star"
        _report_contradiction(scope, expect, said, "write `expect silent` alone")
    elif expect.outcome and is_default:
        said = f"a star that can be gained follows `{expect.outcome}`, not the default"
        _report_contradiction(scope, expect, said, f"write `expect {star}`, or name another star")


def _report_contradiction(scope: Scope, expect: Expect, said: str, hint: str) -> None:
    place = Label(scope.source, expect.span)
    scope.findings.report("E322", place, f"this can never be: {said}", hint=hint)
