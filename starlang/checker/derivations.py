"""Derivations: facets that rules make, names for conditions among them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise

from attrs import evolve, field, frozen

from starlang.checker.conditions import check_clauses
from starlang.checker.context import Findings, Located, Placed, declared
from starlang.checker.names import Scope, facets
from starlang.checker.values import check_derived_value, text_of
from starlang.diagnostics.model import Label, named_replacement
from starlang.manifests.profile import Profile
from starlang.rules.conditions import Condition, facets_in, normal
from starlang.rules.derivations import (
    Names,
    cycle,
    derivation_key,
    derivation_words,
    read_through,
)
from starlang.rules.model import REACHING, Ceiling, Derivation
from starlang.rules.spelling import RESERVED_NAMES
from starlang.syntax import nodes
from starlang.syntax.scanner import MAX_DERIVED
from starlang.text import Span, did_you_mean


@frozen
class Derivations:
    """What the derivations of all files say.

    `names` are those for conditions. `unknown` are the names of which something is wrong, so
    that nothing can be said of what rests on them.
    """

    all: tuple[Placed[Derivation], ...] = ()
    names: Names = field(factory=lambda: Names(()))
    unknown: frozenset[str] = frozenset()


def derived_values(files: Sequence[nodes.File]) -> Mapping[str, tuple[str, ...]]:
    """Derived facet -> the values that derivations give it, as they are written."""
    found: dict[str, tuple[str, ...]] = {}
    for each in declared(files, nodes.DeriveDecl):
        name = each.node.facet.name
        found[name] = (*found.get(name, ()), each.node.value.text)
    return {name: values for name, values in found.items() if name not in RESERVED_NAMES}


def check_derivations(files: Sequence[nodes.File], scopes: Mapping[str, Scope]) -> Derivations:
    """The `derive` declarations; `scopes` by the name of a file.

    Reports E221, E224 to E226, W317 and what is wrong with their parts.
    """
    found: list[Placed[Derivation]] = []
    said: dict[tuple[str, str, str], Placed[Derivation]] = {}
    wrong: set[str] = set()
    for each in declared(files, nodes.DeriveDecl):
        scope = scopes[each.source.name]
        made = _derivation(scope, each)
        if made is None:
            wrong.add(each.node.facet.name)
        else:
            first = said.setdefault(derivation_key(_normal(made.value)), made)
            if first is not made:
                _warn_repeated(made, first, scope.findings)
            found.append(made)
    if not found:
        return Derivations(unknown=frozenset(wrong))
    scope = scopes[files[0].source.name]
    if _report_many(found, scope) or _report_cycle(found, scope.findings):
        return Derivations(tuple(found), unknown=frozenset(scope.derived))
    made_of = [each.value for each in found]
    names = Names(made_of, facets(scope.profile))
    return Derivations(tuple(found), names, read_on(wrong, made_of))


def read_on(wrong: set[str], derivations: Sequence[Derivation]) -> frozenset[str]:
    """`wrong`, and all derived facets that rest on them."""
    resting = {
        each.facet
        for each in derivations
        if read_through(facets_in(each.condition), derivations) & wrong
    }
    return frozenset(wrong | resting)


def _derivation(scope: Scope, derive: Located[nodes.DeriveDecl]) -> Placed[Derivation] | None:
    node = derive.node
    can_be = _check_facet(scope, node.facet)
    value = check_derived_value(scope, node.facet.name, node.value) if can_be else None
    follows = _check_reaching(scope, node)
    clauses = check_clauses(scope, node.when, node.unless)
    if value is None or not follows or clauses is None:
        return None
    made = Derivation(node.facet.name, value, clauses[1], text_of(node.because), derive.at(node))
    span = Span(node.facet.span.start, node.value.span.end)
    return Placed(made, Label(derive.source, span))


def _check_facet(scope: Scope, facet: nodes.Facet) -> bool:
    """Whether rules may make the facet; else E224."""
    if facet.pointer is None and facet.name not in RESERVED_NAMES:
        return True
    what = 'field "…"' if facet.pointer is not None else facet.name
    message = f"`{what}` cannot be derived: it is what the manifest or the language says it is"
    if facet.name == "star":
        hint = "evidence for a star is a rule: `rule NAME -> STAR when …`"
    else:
        hint = "choose a name of your own, or a facet of the profile"
    scope.findings.report("E224", Label(scope.source, facet.span), message, hint=hint)
    return False


def _check_reaching(scope: Scope, node: nodes.DeriveDecl) -> bool:
    """Whether the value follows from facts alone; else E225."""
    conditions = [node.when, *([node.unless] if node.unless else [])]
    tests = chain.from_iterable(map(nodes.walk, conditions))
    asked = (each.standing for each in tests if isinstance(each, nodes.Neighbours))
    found = [each for each in asked if each is not None and each.word == REACHING]
    for each in found:
        message = "a facet cannot be derived from who reaches a star: facts come before scores"
        hint = f"write `currently {each.star.text}`: what manifests carry is known before the run"
        scope.findings.report("E225", Label(scope.source, each.span), message, hint=hint)
    return not found


def _warn_repeated(made: Placed[Derivation], first: Placed[Derivation], findings: Findings) -> None:
    """Reports W317: the same value for the same reason a second time."""
    findings.report(
        "W317",
        made.label,
        f"`{derivation_words(made.value)}` is said twice under the same condition",
        others=[evolve(first.label, message="said here already")],
        hint="remove one of them",
    )


def _normal(derivation: Derivation) -> Derivation:
    return evolve(derivation, condition=normal(derivation.condition))


def _report_many(derivations: Sequence[Placed[Derivation]], scope: Scope) -> bool:
    """Reports E226: more derived facets than can be put in order quickly."""
    firsts: dict[str, Label] = {}
    for each in derivations:
        firsts.setdefault(each.value.facet, each.label)
    if len(firsts) <= MAX_DERIVED:
        return False
    facet, place = list(firsts.items())[MAX_DERIVED]
    message = f"`{facet}` is one derived facet too many: a rule set has at most {MAX_DERIVED}"
    hint = "one facet with many values does the work of many facets"
    scope.findings.report("E226", place, message, hint=hint)
    return True


def _report_cycle(derivations: Sequence[Placed[Derivation]], findings: Findings) -> bool:
    """Reports E221: derived facets that read each other in a cycle."""
    found = cycle(each.value for each in derivations)
    if not found:
        return False
    steps = list(pairwise((*found, found[0])))
    first, *others = (_reading(derivations, facet, read) for facet, read in steps)
    words = [f"`{facet}` reads `{read}`" for facet, read in steps]
    findings.report(
        "E221",
        first,
        f"derived facets depend on each other in a cycle: {', '.join(words)}",
        label=words[0],
        others=[evolve(at, message=said) for at, said in zip(others, words[1:], strict=True)],
        hint="let one of them rest on what manifests say; a name for what they share may help",
    )
    return True


def _reading(derivations: Sequence[Placed[Derivation]], facet: str, read: str) -> Label:
    """The first declaration that makes `facet` need `read`."""
    found = [
        each.label
        for each in derivations
        if each.value.facet == facet and read in facets_in(each.value.condition)
    ]
    return min(found, key=lambda label: (label.source.name, label.span.start))


def check_unread(
    derivations: Derivations,
    reading: Iterable[Condition],
    limits: Sequence[Placed[Ceiling]],
    profile: Profile,
    findings: Findings,
) -> None:
    """Reports W316, once a name: nothing reads it. `reading` are conditions of all that may."""
    made = [each.value for each in derivations.all]
    filled = [each.condition for each in made if profile.facet(each.facet) is not None]
    read = {each.value.per for each in limits}.union(*map(facets_in, (*reading, *filled)))
    known = read_through(read, made) | derivations.unknown
    told: set[str] = set()
    for each in derivations.all:
        facet = each.value.facet
        if facet in known or facet in told or profile.facet(facet) is not None:
            continue
        told.add(facet)
        message = f"`{facet}` is derived, and nothing reads it"
        hint = did_you_mean(facet, [each.name for each in profile.facets])
        start = each.label.span.start
        named = named_replacement(each.label.source, Span(start, start + len(facet)), hint)
        hint = hint or "test it in a rule, or remove it"
        findings.report("W316", each.label, message, hint=hint, replacement=named)
