"""Rule sets with all that facts can say, on random graphs, against plain loops.

Facts are derived from each other and from neighbours, neighbours are asked about theirs, promotions
take several sources, and forbids say what must never be. The plain evaluator finds each fact anew
wherever it is asked for one.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from random import Random

import pytest
from attrs import evolve
from engine.naive import Asked, Finding, find_out, most_sources, raw_score, spelled
from engine.test_evaluate import finding
from engine.test_order import mixed as shuffled
from engine.test_sources import compare_sources
from graph.naive import Around
from graph.test_random import EVENT_NAMES, Surrounded, of_neighbours, relations, surrounded
from hypothesis import given
from hypothesis import strategies as st
from strategies.rule_sets import DERIVED, NAMES_FOR_CONDITIONS, PLAIN, World, any_test_over

from starlang.engine.evaluate import evaluate
from starlang.explain.forbids import ask
from starlang.explain.model import Match
from starlang.matching.patterns import Pattern
from starlang.plan.make import Inputs, make_plan
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not, facets_in, where_of
from starlang.rules.derivations import derivation_key, derivation_words
from starlang.rules.model import Derivation, FacetUse, Forbid, RuleSet
from starlang.rules.predicate import OfSomeValue
from starlang.rules.predicates import HasAtLeast, HasAtMost, OnlyIn, Present, Test
from starlang.rules.relations import Neighbours
from starlang.rules.sources import observed
from starlang.rules.spelling import EVENTS, IN_CYCLE, RELATIONS, Scalar
from starlang.rules.text_predicates import Matches

GIVEN_BY_MANIFESTS = ("path", "name", "text", "star", "size", "any")
IN_ORDER = ("ui", "word", "owner", "capability")
"""Derived facets, each of which may read those before it; the profile has the last two."""


@cache
def facts(readable: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    """A condition over facets that are known, of a module or of its neighbours."""
    test = st.sampled_from(readable).flatmap(any_test_over)
    near = st.builds(
        lambda relation, where: (
            evolve(relation, where=where) if isinstance(relation, Neighbours) else relation
        ),
        relations(()),
        of_neighbours(readable),
    )
    broad = st.sampled_from((Matches("path", Pattern("[a-m]")), Matches("text", Pattern("o|y"))))
    one = st.one_of(test, test.map(Not), broad, near, near)
    pairs = st.tuples(one, one)
    return st.one_of(one, pairs.map(AllOf), pairs.map(AnyOf))


@st.composite
def factual(draw: st.DrawFn) -> Surrounded:
    """A world in which rules, exceptions and forbids read facts that rules make."""
    world = draw(surrounded())
    said: list[Derivation] = []
    for place, facet in enumerate(IN_ORDER):
        readable = (*GIVEN_BY_MANIFESTS, *IN_ORDER[:place])
        known = DERIVED if facet in NAMES_FOR_CONDITIONS else DERIVED | DERIVED | PLAIN
        made = st.builds(Derivation, st.just(facet), known, facts(readable))
        said += draw(st.lists(made, min_size=2 * (facet in {"ui", "owner"}), max_size=3))
    once = {derivation_key(each): each for each in said}
    derived = sorted({each.facet for each in said})
    readable = ("path", "any", *derived, *derived)

    def reading(condition: Condition) -> Condition:
        fact = draw(facts(readable))
        shapes = (condition, fact, AllOf((condition, fact)), AnyOf((condition, fact)))
        return draw(st.sampled_from(shapes))

    rules = tuple(evolve(r, condition=reading(r.condition)) for r in world.rules.rules)
    forbids = tuple(
        Forbid(f"forbid {at}", draw(facts(readable)), (world.graph.paths[0],) if at else ())
        for at in range(draw(st.integers(0, 2)))
    )
    # The compiler names the facets of the profile that rules read.
    used = tuple(FacetUse(each, (f"/{each}",)) for each in ("capability", "owner", "size"))
    derivations = tuple(once[key] for key in sorted(once))
    changed = evolve(
        world.rules, rules=rules, derivations=derivations, forbids=forbids, facets=used
    )
    return evolve(world, rules=changed)


def plainly(world: Surrounded, module: int) -> Finding:
    around = Around(world.rules, world.graph, world.uses)
    return find_out(world.rules, world.graph, module, near=around)


def found(rules: RuleSet, world: Surrounded) -> tuple[list[Finding], set[tuple[str, str]]]:
    """What the program decides about each module, and which forbids each breaks."""
    evaluation = evaluate(rules, world.graph)
    violations = ask(rules, world.graph).violations
    return (
        [finding(evaluation, module) for module in range(len(world.graph))],
        {(each.forbid.name, each.path) for each in violations},
    )


def check_against_plain_loops(world: Surrounded) -> None:
    decisions, broken = found(world.rules, world)
    around = Around(world.rules, world.graph, world.uses)

    assert decisions == [plainly(world, module) for module in range(len(world.graph))]
    assert broken == {
        (forbid.name, path)
        for module, path in enumerate(world.graph.paths)
        for forbid in world.rules.forbids
        if path not in forbid.unless_paths
        and Asked(world.rules, world.graph, module, around).holds(forbid.condition)
    }


# A name stands for its conditions.


def meaning(test: Test, values: Sequence[tuple[Scalar, Condition]]) -> Condition:
    """What a test over a name says, by the conditions of its values."""
    whens: dict[Scalar, list[Condition]] = {}
    for value, when in values:
        whens.setdefault(value, []).append(when)
    each = {value: AnyOf(tuple(when)) for value, when in whens.items()}
    met = AnyOf(tuple(when for value, when in each.items() if test.meets(value)))
    others = AnyOf(tuple(when for value, when in each.items() if not test.meets(value)))
    match test:
        case OfSomeValue() | Present():
            return met
        case OnlyIn():
            return AllOf((met, Not(others)))
        case HasAtLeast(count=count):
            return at_least(tuple(each.values()), count)
        case HasAtMost(count=count):
            shows = AnyOf((*each.values(), AllOf(())))  # it lists the values that there are
            return AllOf((Not(at_least(tuple(each.values()), count + 1)), shows))
        case _:
            raise AssertionError(test)


def at_least(whens: tuple[Condition, ...], count: int) -> Condition:
    if not count:
        return AllOf(())
    if not whens:
        return AnyOf(())
    first, *rest = whens
    others = tuple(rest)
    return AnyOf((AllOf((first, at_least(others, count - 1))), at_least(others, count)))


Meanings = dict[str, list[tuple[Scalar, Condition]]]


def put_in(condition: Condition, names: Meanings) -> Condition:
    """`condition` with the meaning of each name in its place, also of what neighbours must meet."""
    match condition:
        case AllOf(parts=parts):
            return AllOf(tuple(put_in(part, names) for part in parts))
        case AnyOf(parts=parts):
            return AnyOf(tuple(put_in(part, names) for part in parts))
        case Not(part=part):
            return Not(put_in(part, names))
        case Neighbours():
            where = where_of(condition)
            inner = put_in(where, names) if where else None
            # There a name may stand for a relation, and what it stands for must not.
            is_said = inner is not None and not any("graph:" in each for each in facets_in(inner))
            return evolve(condition, where=inner) if is_said else condition
        case _:
            is_name = condition.facet in names
            return meaning(condition, names[condition.facet]) if is_name else condition


def without_names(rules: RuleSet) -> RuleSet:
    """`rules` with the conditions of names in their place; the names themselves stay declared."""
    names: Meanings = {}
    for name in NAMES_FOR_CONDITIONS:
        said = [each for each in rules.derivations if each.facet == name]
        if said:
            names[name] = [(each.value, put_in(each.condition, names)) for each in said]
    return evolve(
        rules,
        rules=tuple(evolve(r, condition=put_in(r.condition, names)) for r in rules.rules),
        nevers=tuple(evolve(n, condition=put_in(n.condition, names)) for n in rules.nevers),
        forbids=tuple(evolve(f, condition=put_in(f.condition, names)) for f in rules.forbids),
        derivations=tuple(
            evolve(d, condition=put_in(d.condition, names)) for d in rules.derivations
        ),
    )


def check_substitution(world: Surrounded) -> None:
    """Conditions in the place of their name change nothing."""
    assert found(without_names(world.rules), world) == found(world.rules, world)


def check_order(world: Surrounded, chance: Random) -> None:
    """The order of declarations changes nothing."""
    rules = world.rules
    other = evolve(
        rules,
        rules=shuffled(chance, rules.rules),
        derivations=shuffled(chance, rules.derivations),
        forbids=shuffled(chance, rules.forbids),
    )
    (decisions, broken), (same, as_broken) = found(rules, world), found(other, world)

    assert [by_name(each) for each in same] == [by_name(each) for each in decisions]
    assert as_broken == broken


def by_name(each: Finding) -> Finding:
    return evolve(each, evidence=tuple(sorted(each.evidence)))


# An explanation is the computation.


def matches_in(matches: Sequence[Match]) -> Iterator[Match]:
    """All matches, with those that derived values come from."""
    for match in matches:
        yield match
        for origin in match.origins:
            yield from matches_in(origin.matches)


def check_explanations(world: Surrounded) -> None:
    """The rows that are shown add up to the score, and what they list is there and made them."""
    rules, around = world.rules, Around(world.rules, world.graph, world.uses)
    named = {rule.name: rule for rule in rules.rules}
    for module, each in enumerate(make_plan(rules, world.graph, Inputs({}))):
        asked = Asked(rules, world.graph, module, around)
        holding = [rule.name for rule in rules.rules if asked.holds(rule.condition)]
        assert sorted(row.rule for row in each.rows) == sorted(holding)
        scores = {score.star: score.raw for score in each.scores}
        for star in {row.star for row in each.rows}:
            ups = [row.weight for row in each.rows if row.star == star and row.sign > 0]
            downs = [row.weight for row in each.rows if row.star == star and row.sign < 0]
            assert scores[star] == raw_score(rules.confidence.combine, ups, downs)
        for row in each.rows:
            shows = asked.shows(named[row.rule].condition)
            assert {match.facet for match in row.matches} == set(map(plain, shows))
            for match in matches_in(row.matches):
                check(asked, match)


def plain(facet: str) -> str:
    return facet.removeprefix("graph:")


def check(asked: Asked, match: Match) -> None:
    """What is listed is a value that the module has, and the derivations that it names give it."""
    if match.facet in {*RELATIONS, *EVENTS, IN_CYCLE}:
        assert match.value in {*asked.graph.paths, *EVENT_NAMES}
        return
    values = {spelled(value) for value in asked.values(match.facet)}
    assert match.value in values
    assert 0 <= match.start <= match.end <= len(match.value)
    giving = [each for each in asked.deriving(match.facet) if spelled(each.value) == match.value]
    assert len(match.origins) == len(giving)
    assert {origin.derivation for origin in match.origins} == {
        derivation_words(each) for each in giving
    }


@pytest.mark.requirement("R06", "R12", "R13", "R39", "R44", "R51")
@given(world=factual(), chance=st.randoms(use_true_random=False))
def test_facts_are_what_plain_loops_find_in_any_order_and_with_names_put_in(
    world: Surrounded, chance: Random
) -> None:
    """One test, since drawing such a world takes longer than deciding it five times."""
    check_against_plain_loops(world)
    check_substitution(world)
    check_order(world, chance)
    check_explanations(world)
    compare_sources(World(world.rules, world.graph))


@pytest.mark.requirement("R07")
@given(st.lists(st.sets(st.sampled_from("abcde")), max_size=7))
def test_sources_are_counted_as_the_best_way_to_give_them_out(rows: list[set[str]]) -> None:
    assert observed(rows).count == most_sources(rows)
