"""The test blocks of rule files, ready to be run."""

from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import NamedTuple

from attrs import evolve, field, frozen

from starlang.checker.context import Checked, Placed
from starlang.checker.values import json_value, micro
from starlang.manifests.profile import DEPENDENCIES, Profile
from starlang.rules.conditions import normal
from starlang.rules.derivations import derivation_key, read_facets
from starlang.rules.model import (
    Assign,
    Ceilings,
    Derivation,
    FacetUse,
    Forbid,
    Mask,
    Never,
    Rule,
    RuleSet,
    Star,
)
from starlang.rules.sections import (
    floor_json,
    limit_json,
    never_json,
    section_digest,
    what_json,
)
from starlang.rules.shapes import CanonicalJson, amount_text, compact, scalar_json
from starlang.rules.spelling import (
    EVENTS,
    FIELD_PREFIX,
    GRAPH_PREFIX,
    IN_CYCLE,
    OVER_STEPS,
    Scalar,
)
from starlang.syntax.nodes import Facet, Given, GivenModule, GivenModules, TestDecl
from starlang.text import Source, Span

# Checked -> RuleSet.
#
# The order of files, declarations, clauses and list items leaves no trace: everything is
# sorted by what it says. Only `at` still tells where a declaration stood.


def compile_rules(checked: Checked) -> RuleSet:
    """The rule set in normal form; `checked` must be without errors (`checked.ok`)."""
    made = RuleSet(
        id=checked.id,
        version=checked.version,
        stars=_stars(checked),
        order=checked.order,
        rules=_rules(checked),
        masks=_masks(checked),
        confidence=checked.confidence,
        nevers=_nevers(checked),
        assigns=_assigns(checked),
        ceilings=_ceilings(checked),
        entries=checked.entries,
        tests=_digest_of_tests(checked),
        derivations=_derivations(checked),
        forbids=_forbids(checked),
    )
    joined = (facet for facets in checked.confidence.same for facet in facets)
    return evolve(made, facets=_uses(checked.profile, read_facets(made).union(joined)))


def _uses(profile: Profile, read: Collection[str]) -> tuple[FacetUse, ...]:
    """What the rules read, as the profile defines it. Who uses whom rests on the dependencies."""
    names = set(read)
    if names & {GRAPH_PREFIX + each for each in (*OVER_STEPS, *OVER_STEPS.values(), IN_CYCLE)}:
        names.add(DEPENDENCIES)
    sources = sorted((*profile.facets, *profile.relations), key=_name)
    return tuple(source.use for source in sources if source.name in names)


def _digest_of_tests(checked: Checked) -> str:
    cases = compile_cases(checked)
    return section_digest(cases_json(cases)) if cases else ""


def _stars(checked: Checked) -> tuple[Star, ...]:
    stars = (evolve(s.value, aliases=tuple(sorted(set(s.value.aliases)))) for s in checked.stars)
    return tuple(sorted(stars, key=attrgetter("id")))


def _derivations(checked: Checked) -> tuple[Derivation, ...]:
    """Each once; of two reasons for the same the first in the alphabet is kept."""
    found = [
        evolve(each.value, condition=normal(each.value.condition)) for each in checked.derivations
    ]
    ordered = sorted(found, key=lambda each: (derivation_key(each), each.because, each.at))
    once = {derivation_key(each): each for each in reversed(ordered)}
    return tuple(each for each in ordered if once[derivation_key(each)] is each)


def _rules(checked: Checked) -> tuple[Rule, ...]:
    rules = (evolve(r.value, condition=normal(r.value.condition)) for r in checked.rules)
    return tuple(sorted(rules, key=attrgetter("name")))


def _masks(checked: Checked) -> tuple[Mask, ...]:
    """Each text once; of two reasons for one text the first in the alphabet is kept."""
    masks = [mask.value for mask in checked.masks]
    ordered = sorted(masks, key=lambda mask: (compact(what_json(mask.what)), mask.because, mask.at))
    once = {mask.what: mask for mask in reversed(ordered)}
    return tuple(mask for mask in ordered if once[mask.what] is mask)


def _nevers(checked: Checked) -> tuple[Never, ...]:
    nevers = [
        evolve(
            never.value,
            stars=tuple(sorted(never.value.stars)),
            condition=normal(never.value.condition),
            unless_paths=tuple(sorted(never.value.unless_paths)),
        )
        for never in checked.nevers
    ]
    return tuple(sorted(nevers, key=lambda n: (compact(never_json(n)), n.because, n.until, n.at)))


def _forbids(checked: Checked) -> tuple[Forbid, ...]:
    forbids = [
        evolve(
            each.value,
            condition=normal(each.value.condition),
            unless_paths=tuple(sorted(set(each.value.unless_paths))),
        )
        for each in checked.forbids
    ]
    return tuple(sorted(forbids, key=_name))


def _assigns(checked: Checked) -> tuple[Assign, ...]:
    return tuple(sorted((each.value for each in checked.assigns), key=attrgetter("path")))


def _ceilings(checked: Checked) -> Ceilings:
    limits = sorted(
        (each.value for each in checked.limits), key=lambda limit: compact(limit_json(limit))
    )
    floors = sorted(
        (each.value for each in checked.floors), key=lambda floor: compact(floor_json(floor))
    )
    return Ceilings(
        limits=tuple(limits),
        floors=tuple(floors),
        stars_per_module=checked.stars_per_module,
        on_breach=checked.on_breach,
    )


_name = attrgetter("name")


Facts = tuple[tuple[str, tuple[Scalar, ...]], ...]
"""(facet, values) pairs, sorted by facet; facets that are not given are missing."""


class GivenNeighbour(NamedTuple):
    """Another module: how the one under test stands to it, its path, and what is known of it.

    `star` is "" where the test does not say which it carries. `given` are (facet, values) pairs
    as those of the module itself.
    """

    relation: str
    path: str
    star: str
    given: Facts = ()


@frozen
class TestCase:
    """What a `test` block gives and expects.

    `neighbours` are sorted. `outcome` is the expected outcome by name, or "" for a
    bare star, which means promoted or assigned (for the default star: not promoted). `star`
    is an id or "", `score` in 10^-6 or None where the test does not say. `forbid` is the name
    of one where the outcome is `forbidden` or `not forbidden`. `at` is `file:line:column`.
    """

    __test__ = False  # pytest would collect the class by its name

    name: str
    given: Facts
    outcome: str = ""
    star: str = ""
    score: int | None = None
    at: str = ""
    neighbours: tuple[GivenNeighbour, ...] = ()
    forbid: str = ""
    source: Source = field(kw_only=True, eq=False, repr=False)
    span: Span = field(kw_only=True, eq=False, repr=False)

    def values(self, facet: str) -> tuple[Scalar, ...]:
        """The values given for `facet`; () where it is missing."""
        return dict(self.given).get(facet, ())


def compile_cases(checked: Checked) -> tuple[TestCase, ...]:
    """The test blocks of all files, in the order of files and lines."""
    return tuple(map(_case, checked.tests))


def _case(test: Placed[TestDecl]) -> TestCase:
    node, source = test.value, test.label.source
    expect = node.expect
    neighbours = {
        _neighbour(g.relation, each)
        for g in node.given
        if isinstance(g, GivenModules)
        for each in g.modules
    }
    return TestCase(
        name=node.name.text,
        given=_facts(g for g in node.given if isinstance(g, Given)),
        neighbours=tuple(sorted(neighbours, key=_neighbour_key)),
        outcome=expect.outcome,
        star=expect.star.text if expect.star else "",
        score=micro(expect.score.value) if expect.score else None,
        at=source.place(node.span),
        forbid=expect.forbid.text if expect.forbid else "",
        source=source,
        span=test.label.span,
    )


def _neighbour(relation: str, module: GivenModule) -> GivenNeighbour:
    star = module.star.text if module.star else ""
    return GivenNeighbour(relation, module.path.text, star, _facts(module.facts))


def _neighbour_key(each: GivenNeighbour) -> tuple[str, ...]:
    return each.relation, each.path, each.star, compact(_facts_json(each.given))


def _facts(given: Iterable[Given]) -> Facts:
    """What is given, the values of each facet together."""
    found: dict[str, list[Scalar]] = {}
    for each in given:
        found.setdefault(_facet(each.facet), []).extend(map(json_value, each.values))
    return tuple((facet, _each_once(found[facet])) for facet in sorted(found))


def _each_once(values: Iterable[Scalar]) -> tuple[Scalar, ...]:
    """As a manifest has them: the number 1 and `true` are two values, though Python's are equal."""
    return tuple({(type(value), value): value for value in values}.values())


def _facet(facet: Facet) -> str:
    if facet.pointer is not None:
        return f"{FIELD_PREFIX}{facet.pointer}"
    return f"{GRAPH_PREFIX}{facet.name}" if facet.name in EVENTS else facet.name


def cases_json(cases: tuple[TestCase, ...]) -> CanonicalJson:
    """`cases` without their places, sorted by name."""
    return [_json(case) for case in sorted(cases, key=lambda case: case.name)]


def _facts_json(given: Facts) -> CanonicalJson:
    return {facet: list(map(scalar_json, values)) for facet, values in given}


def _neighbour_json(each: GivenNeighbour) -> CanonicalJson:
    facts = [_facts_json(each.given)] if each.given else []
    return [each.relation, each.path, each.star, *facts]


def _json(case: TestCase) -> CanonicalJson:
    return {
        "given": _facts_json(case.given),
        "name": case.name,
        **_neighbours(case),
        **({"forbid": case.forbid} if case.forbid else {}),
        "outcome": case.outcome,
        "score": amount_text(case.score) if case.score is not None else "",
        "star": case.star,
    }


def _neighbours(case: TestCase) -> dict[str, CanonicalJson]:
    """The neighbours, if any are given."""
    if not case.neighbours:
        return {}
    return {"neighbours": list(map(_neighbour_json, case.neighbours))}
