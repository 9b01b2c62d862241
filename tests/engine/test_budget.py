"""What a stranger's value and a stranger's pattern may cost together is bounded."""

import re
from array import array
from random import Random

import pytest

from starlang.engine.budget import MAX_VALUE, over_budget
from starlang.manifests.graph import FacetColumn, ModuleGraph
from starlang.manifests.profile import Place, Profile, Shape, StarShape
from starlang.matching.patterns import Pattern
from starlang.rules.conditions import AllOf, Condition, Not
from starlang.rules.model import Derivation, Forbid, Mask, Never, Rule, RuleSet, Star
from starlang.rules.predicates import OneOf
from starlang.rules.text_predicates import Matches

pytestmark = [pytest.mark.requirement("R45"), pytest.mark.fault_row(127)]

PROFILE = Profile("p", (Shape(StarShape(primary=Place("star", ("/star",)))),))
STARS = (Star("Flow", "Flow"), Star("Supporting", "Supporting", is_default=True))
COUNTING = Pattern("a[ab]{900}c")


def graph(*owners: str, names: tuple[str, ...] | None = None) -> ModuleGraph:
    paths = tuple(f"m{number}" for number in range(len(owners)))
    column = FacetColumn(tuple((each,) for each in owners), array("I", range(len(owners))))
    return ModuleGraph(
        paths=paths,
        names=names or ("",) * len(owners),
        stars=((),) * len(owners),
        columns={"owner": column},
        profile=PROFILE,
    )


def rule(name: str, condition: Condition) -> Rule:
    return Rule(name, "Flow", 1, 900_000, ("owner",), condition)


def rules(*conditions: Condition) -> RuleSet:
    named = tuple(rule(f"r{number}", each) for number, each in enumerate(conditions))
    return RuleSet("x", "1", STARS, (), named)


def letters(count: int) -> str:
    return "".join(Random(1).choices("ab", k=count))  # noqa: S311 -- no secret


def left_out(rule_set: RuleSet, modules: ModuleGraph) -> list[tuple[str, str]]:
    found = over_budget(rule_set, modules)
    assert {modules.paths[each] for each in found.modules} == {
        each.message.partition(" ")[0] for each in found.findings
    }
    return sorted((each.message.partition(" ")[0], each.code) for each in found.findings)


def test_a_value_of_one_character_too_many_leaves_out_its_module() -> None:
    modules = graph(letters(MAX_VALUE), letters(MAX_VALUE + 1), "x")
    assert left_out(rules(Matches("owner", Pattern("ab"))), modules) == [("m1", "E580")]


@pytest.mark.parametrize("facet", ["name", "text"])
def test_the_same_of_a_name(facet: str) -> None:
    modules = graph("x", "y", names=("", "n" * (MAX_VALUE + 1)))
    assert left_out(rules(Matches(facet, Pattern("ab"))), modules) == [("m1", "E580")]


def test_a_value_that_no_pattern_looks_at_may_have_any_length() -> None:
    modules = graph(letters(1_000_000))
    other: list[Condition] = [OneOf("owner", ("x",)), Matches("name", Pattern("x"))]
    assert left_out(rules(*other), modules) == []


def test_twenty_counts_over_long_values_leave_out_those_that_take_the_most() -> None:
    conditions = [Matches("owner", Pattern(f"{chr(97 + n)}[ab]{{900}}c")) for n in range(20)]
    modules = graph("x", letters(9_999), letters(1_000_000), letters(9_990), letters(300))

    found = left_out(rules(*conditions), modules)
    assert found == [("m1", "E581"), ("m2", "E580"), ("m3", "E581")]


def test_of_equal_values_the_first_are_left_out_and_the_message_names_the_rule() -> None:
    modules = graph(*[letters(9_000)] * 5)
    found = over_budget(rules(Matches("owner", Pattern("x")), Matches("owner", COUNTING)), modules)

    assert sorted(found.modules) == [0, 1, 2]
    assert all("/a[ab]{900}c/ of rule `r1` in its owner" in e.message for e in found.findings)


@pytest.mark.parametrize(
    "where",
    [
        Not(Matches("owner", COUNTING)),
        AllOf((OneOf("owner", ("x",)), Matches("owner", COUNTING))),
        Matches("owner", Pattern("x"), ignoring=COUNTING),
    ],
)
def test_patterns_are_found_wherever_they_are(where: Condition) -> None:
    modules = graph(*[letters(9_000)] * 5)
    base = rules()
    for rule_set, owner in (
        (rules(where), "rule `r0`"),
        (RuleSet("x", "1", STARS, (), (), nevers=(Never((), where),)), "a `never promote`"),
        (RuleSet("x", "1", STARS, (), (), forbids=(Forbid("f", where),)), "forbid `f`"),
        (
            RuleSet("x", "1", STARS, (), (), derivations=(Derivation("kind", "y", where),)),
            "`derive kind`",
        ),
    ):
        found = over_budget(rule_set, modules).findings
        assert {re.findall(r" of (.*) in its owner", each.message)[0] for each in found} == {owner}
    assert over_budget(base, modules).findings == ()


def test_a_mask_counts_where_words_and_patterns_are_looked_for() -> None:
    names = (letters(9_000),) * 5
    masked = RuleSet(
        "x", "1", STARS, (), (rule("r", Matches("name", Pattern("x"))),), masks=(Mask(COUNTING),)
    )
    found = over_budget(masked, graph(*"vwxyz", names=names))
    assert [each.code for each in found.findings] == ["E581"] * 3


def test_usual_patterns_have_no_budget() -> None:
    usual = ("[0-9a-f]{40}", "a.{1,20}b", "x{3}", r"\b(alpha|beta|gamma)+\b", "a.*b.*c", r"\{900\}")
    modules = graph(*[letters(MAX_VALUE)] * 50)
    assert left_out(rules(*(Matches("owner", Pattern(each)) for each in usual)), modules) == []
