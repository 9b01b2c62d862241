"""How many sources evidence has: by hand, on real manifests, and counted a second way."""

from pathlib import Path

import pytest
from attrs import evolve
from engine.naive import Asked
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from program.projects import rule_set_at
from strategies.rule_sets import PLAIN, World, any_test_over, worlds

import starlang
from starlang.engine.ceilings import settle
from starlang.engine.evaluate import evaluate
from starlang.explain.explain import Explainer
from starlang.inspect.origins import origins
from starlang.manifests.graph import ModuleGraph
from starlang.matching.words import Needle
from starlang.rules.conditions import AllOf, AnyOf, Condition, Not, normal
from starlang.rules.derivations import derivation_key
from starlang.rules.model import Derivation, FacetUse, RuleSet
from starlang.rules.predicates import HasAtMost, Present
from starlang.rules.text_predicates import Mentions

pytestmark = pytest.mark.requirement("R07")

PROFILE = "constellation-1.1"
NODE_FROM_PATH = (("node", "path"),)
BOTH_FROM_PATH = (("capability", "node", "path"),)


def asking(rules: RuleSet, sources: int, same: tuple[tuple[str, ...], ...] = ()) -> RuleSet:
    return evolve(rules, confidence=evolve(rules.confidence, sources=sources, same=same))


@given(world=worlds())
@settings(max_examples=examples(80))
def test_an_explanation_lists_the_sources_that_the_engine_counted(world: World) -> None:
    compare_sources(world)


def compare_sources(world: World) -> None:
    evaluation = evaluate(world.rules, world.graph)
    explainer = Explainer(evaluation, settle(evaluation))
    confidence = world.rules.confidence
    for module in range(len(world.graph)):
        each = explainer.explain(module)
        lacking = evaluation.case(module).lacking
        about = {row.star for row in each.rows if row.sign > 0}
        for star in about:
            found, asked = each.sources_of(star), confidence.sources_at(star)
            assert (star in lacking) is (asked > 1 and found.count < asked)
        assert each.lacks_sources is (
            each.best is not None
            and each.best.star in lacking
            and each.best.score >= each.promote_at
        )


# The counts of the design, by the program, and by loops over what rows list. Who is promoted at
# all is tested against plain loops elsewhere (`test_evaluate`).


def promoted(rules: RuleSet, graph: ModuleGraph, *, reassess: bool = True) -> list[int]:
    """The modules that a plan promotes, by number."""
    evaluation = evaluate(rules, graph, reassess=reassess)
    deferred = settle(evaluation).deferred
    every = range(len(graph))
    return [n for n in every if evaluation.decision(n).outcome == "promoted" and n not in deferred]


def table(rules: RuleSet, graph: ModuleGraph, *, reassess: bool = True) -> list[int]:
    """Promotions: asking for one source, for two, and for two with what was read off paths."""
    ways = ((1, ()), (2, ()), (2, NODE_FROM_PATH), (2, BOTH_FROM_PATH))
    return [len(promoted(asking(rules, *way), graph, reassess=reassess)) for way in ways]


def counted_plainly(rules: RuleSet, graph: ModuleGraph, *, reassess: bool = True) -> list[int]:
    """The same, from the facets that the rows of each promotion list."""
    counts = [0, 0, 0, 0]
    one = asking(rules, 1)
    evaluation = evaluate(one, graph, reassess=reassess)
    for module in promoted(one, graph, reassess=reassess):
        asked, star = Asked(rules, graph, module), evaluation.decision(module).star
        speaking = [rule for rule in rules.rules if rule.star == star and rule.sign > 0]
        rows = [asked.shows(rule.condition) for rule in speaking if asked.holds(rule.condition)]
        for place, merged in enumerate(((), (), ("node",), ("node", "capability"))):
            texts = {"path", "name", "text", *merged}
            sources = [{"path" if facet in texts else facet for facet in row} for row in rows]
            enough = len([row for row in sources if row]) > 1 and len(set().union(*sources)) > 1
            counts[place] += enough or place == 0
    return counts


def test_counts_on_the_corpus_with_the_shipped_rules(corpus: Path, project_root: Path) -> None:
    rules = rule_set_at(project_root / "rules" / "constellation.star")
    graph = starlang.load(corpus / "manifests", profile=PROFILE)
    assert table(rules, graph) == counted_plainly(rules, graph) == [565, 565, 14, 0]


def test_counts_on_the_greenhouse(project_root: Path) -> None:
    """Of the plan, under its ceilings: reassessed without ceilings, 21 are promoted."""
    example = project_root / "examples" / "constellation"
    rules = rule_set_at(example / "rules" / "hortus.star")
    graph = starlang.load(example / "manifests", profile=PROFILE)
    expected = [14, 14, 13, 9]
    assert table(rules, graph, reassess=False) == expected
    assert counted_plainly(rules, graph, reassess=False) == expected
    assert table(rules, graph) == counted_plainly(rules, graph) == [21, 21, 20, 12]


def test_counts_on_the_corpus_with_nodes_derived_from_words(
    corpus: Path, project_root: Path
) -> None:
    """A list of words that gives most nodes: those that it gives count as the path."""
    rules = rule_set_at(project_root / "rules" / "constellation.star")
    graph = starlang.load(corpus / "manifests", profile=PROFILE)
    [words] = [
        each
        for each in origins(evaluate(rules, graph, reassess=True)).facets
        if each.facet == "node"
    ]
    derivations, before = [], list[Condition]()
    for each in words.words:
        test = Mentions("path", (Needle((each.word,)),))
        first = normal(AllOf((test, *map(Not, before))))
        derivations.append(Derivation("node", each.value, first))
        before.append(test)
    derivations.append(Derivation("node", words.usual, normal(Not(AnyOf(tuple(before))))))
    derived = evolve(rules, derivations=tuple(sorted(derivations, key=derivation_key)))
    kept = promoted(asking(derived, 2), graph)

    def told(path: str) -> str:
        parts = set(path.replace("/", "_").replace("-", "_").replace(".", "_").split("_"))
        return next((each.value for each in words.words if each.word in parts), words.usual)

    differing = [
        module
        for module, path in enumerate(graph.paths)
        if graph.columns["node"].of(module) != (told(path),)
    ]
    as_one = promoted(asking(rules, 2, NODE_FROM_PATH), graph)
    plain = promoted(asking(rules, 2), graph)
    assert kept == [n for n in plain if n in {*as_one, *differing}]
    assert len(kept) == 18
    assert len(as_one) == 14


@st.composite
def deriving(draw: st.DrawFn) -> World:
    """A world with a facet that derivations fill in, another one from it, and a name."""
    world = draw(worlds())
    over_texts = st.sampled_from(("path", "text", "name")).flatmap(any_test_over)
    over_facts = st.sampled_from(("path", "capability", "size")).flatmap(any_test_over)
    said = [
        *draw(st.lists(st.builds(Derivation, st.just("capability"), PLAIN, over_texts))),
        *draw(st.lists(st.builds(Derivation, st.just("owner"), PLAIN, over_facts), max_size=3)),
        *draw(st.lists(st.builds(Derivation, st.just("ui"), PLAIN, over_facts), max_size=3)),
    ]
    once = {derivation_key(each): each for each in said}
    tests: tuple[Condition, ...] = (
        Present("ui"),
        Present("owner"),
        Present("capability"),
        HasAtMost("ui", 1),
    )
    rules = tuple(
        evolve(rule, condition=AnyOf((rule.condition, draw(st.sampled_from(tests)))))
        if draw(st.booleans())
        else rule
        for rule in world.rules.rules
    )
    derivations = tuple(once[key] for key in sorted(once))
    # The compiler names the facets of the profile that rules read.
    facets = tuple(FacetUse(each, (f"/{each}",)) for each in ("capability", "owner", "size"))
    made = evolve(world.rules, rules=rules, derivations=derivations, facets=facets)
    return World(made, world.graph)


@pytest.mark.requirement("R44")
@given(world=deriving())
@settings(max_examples=examples(80))
def test_an_explanation_lists_the_origins_that_the_engine_counted(world: World) -> None:
    compare_sources(world)
