"""Generated old files are imported, and decide as an old tool did or say that they do not."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st
from legacy.old_tools import Module, OldRules, generated, strongest, summed
from program.effort import examples

from starlang.engine.evaluate import Evaluation
from starlang.legacy.importing import import_rules
from starlang.legacy.old_file import Imported
from starlang.rules.model import MICRO, Combine, RuleSet

pytestmark = pytest.mark.requirement("R05")

Compile = Callable[[Imported], RuleSet]
Evaluate = Callable[[RuleSet, Sequence[Module]], Evaluation]

LABELS = ["🌊 Flow (Mind)", "✦ Trail (Memory)", "⚖️ North", "🛡️ Watch (Guardian)"]
WORDS = ["ab", "bc", "cab", "mem_ory", "x y", "OCR"]
WEIGHTS = [0.1, 0.2, 0.3, 0.35, 0.4, 0.5, 0.6, 0.125]

words = st.sampled_from(WORDS)
stars = st.sampled_from(LABELS)
patterns = st.lists(
    st.one_of(
        words,
        st.builds("(?<!{}){}".format, words, words),
        st.builds("{}(?!{})".format, words, words),
        st.builds(r"\b{}\b".format, words),
        st.builds("{}[_-]?{}".format, words, words),
        st.builds("{}(s|{})?".format, words, words),
        st.builds("^{}".format, words),
        st.builds("{}/{}".format, words, words),
    ),
    min_size=1,
    max_size=3,
).map("|".join)
plain_patterns = patterns.filter(lambda pattern: "(?<!" not in pattern and "(?!" not in pattern)


def entries(key: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    return st.lists(st.fixed_dictionaries({key: values, "star": stars}), max_size=4)


documents = st.fixed_dictionaries(
    {"canonical_stars": st.just([*LABELS, "Supporting"])},
    optional={
        "version": st.sampled_from(["2.0", 3]),
        "updated": st.just("2025-10-11"),
        "changelog": st.lists(st.sampled_from(["a", 'b "c"', "d\ne" * 40]), max_size=3),
        "stars": st.just([{"id": "Flow", "emoji": "🌀", "domain": "Mind"}, {"id": "Memory"}]),
        "aliases": st.just({"Memory": LABELS[1], "Guard": LABELS[3], "Flow": LABELS[0]}),
        "deny": st.lists(stars, max_size=2, unique=True),
        "weights": st.dictionaries(
            st.sampled_from(
                [
                    "path_regex",
                    "capability_override",
                    "node_override",
                    "owner_prior",
                    "dependency_hint",
                ]
            ),
            st.sampled_from(WEIGHTS),
        ),
        "exclusions": st.lists(
            st.fixed_dictionaries({"pattern": plain_patterns}, optional={"explain": st.just("e")}),
            max_size=3,
        ),
        "rules": entries("pattern", patterns),
        "capability_overrides": entries("capability", words),
        "node_overrides": entries("node", st.sampled_from(["plan", "act", "in", "2nd"])),
        "owner_priors": entries("owner_regex", patterns),
        "dependency_hints": entries("package_regex", patterns),
    },
)


@st.composite
def modules(draw: st.DrawFn) -> Module:
    parts = st.lists(words, min_size=1, max_size=3)
    separators = st.sampled_from(["/", "_", "-", ".", ""])
    return Module(
        name=draw(separators).join(draw(parts)),
        path=draw(separators).join(draw(parts)),
        capabilities=tuple(draw(st.lists(words, max_size=2, unique=True))),
        nodes=tuple(draw(st.lists(st.sampled_from(["plan", "act", "in"]), max_size=1))),
        owner=draw(st.sampled_from(["", *WORDS, "ab_bc", "OCR team"])),
        packages=tuple(draw(st.lists(words, max_size=2, unique=True))),
    )


def scores(evaluation: Evaluation, index: int) -> dict[str, Decimal]:
    """Label -> score of every star that something speaks for."""
    rules = evaluation.rules
    return {
        rules.star(score.star).label: Decimal(score.score) / MICRO
        for score in evaluation.case(index).scores
    }


TIED_IN_A_NODE: OldRules = {
    "canonical_stars": ["🌊 Flow (Mind)", "✦ Trail (Memory)", "Supporting"],
    "capability_overrides": [{"capability": "ab", "star": "🌊 Flow (Mind)"}],
    "node_overrides": [
        {"node": "plan", "star": "✦ Trail (Memory)"},
        {"node": "act", "star": "✦ Trail (Memory)"},
        {"node": "act", "star": "🌊 Flow (Mind)"},
        {"node": "in", "star": "🌊 Flow (Mind)"},
    ],
}
"""The list of nodes names both stars for one node, the other one first."""


def codes(imported: Imported) -> set[str]:
    return {each.code for each in imported.diagnostics}


@given(document=documents, found=st.lists(modules(), min_size=1, max_size=6))
@settings(max_examples=examples(60))
def test_sums_are_those_of_the_generator(
    document: OldRules, found: list[Module], compiled: Compile, evaluated: Evaluate
) -> None:
    imported = import_rules(document, "star_rules.json")
    evaluation = evaluated(compiled(imported), found)
    for index, module in enumerate(found):
        mine = scores(evaluation, index)
        if mine != summed(document, module):
            assert {"W901", "W902"} & codes(imported)


@given(document=documents, found=st.lists(modules(), min_size=1, max_size=6))
@example(document=TIED_IN_A_NODE, found=[Module("ab", "ab", (), ("act",), "", ())])
@settings(max_examples=examples(60))
def test_the_best_star_is_that_of_the_generator(
    document: OldRules, found: list[Module], compiled: Compile, evaluated: Evaluate
) -> None:
    found = [evolve(module, packages=()) for module in found]  # it did not read them
    imported = import_rules(document, "star_rules.json")
    evaluation = evaluated(compiled(imported), found)
    for index, module in enumerate(found):
        score, star = generated(document, module)
        mine = scores(evaluation, index)
        best = next(iter(mine.items()), ("", Decimal(0)))
        same = star == best[0] and score == pytest.approx(float(best[1]))
        if not same and not {"W901", "W902"} & codes(imported):
            assert "W904" in codes(imported)
            assert mine[star] == best[1]


@given(document=documents, found=st.lists(modules(), min_size=1, max_size=6))
@settings(max_examples=examples(60))
def test_the_strongest_evidence_is_that_of_the_suggester(
    document: OldRules, found: list[Module], compiled: Compile, evaluated: Evaluate
) -> None:
    imported = import_rules(document, "star_rules.json", combine=Combine.MAX)
    evaluation = evaluated(compiled(imported), found)
    for index, module in enumerate(found):
        best = next(iter(scores(evaluation, index).items()), None)
        expected = strongest(last_ones(document), module)
        if (best and (best[1], best[0])) != expected:
            assert {"W902"} & codes(imported)


def last_ones(document: OldRules) -> OldRules:
    """The rules as the suggester knew them: of several entries for one name the last."""
    capabilities = {each["capability"]: each for each in document.get("capability_overrides", [])}
    nodes = {each["node"]: each for each in document.get("node_overrides", [])}
    known: OldRules = {**document}
    known["capability_overrides"] = list(capabilities.values())
    known["node_overrides"] = list(nodes.values())
    return known
