"""Facets that rules make: which values modules get, and where explanations say they come from."""

import pytest

import starlang

PROJECT = """
starlang 1
ruleset example "1.0"
star Trail
star Watch
default star Plain
weights { path 0.40 node 0.50 graph 0.20 }
confidence { suggest 0.10 promote 0.40 }
"""


def planned(rules: str, modules: dict[str, dict[str, object]]) -> starlang.Plan:
    graph = starlang.load_modules(modules)
    return starlang.compile_text(PROJECT + rules).plan(graph)


def nodes(*values: str) -> dict[str, object]:
    return {"matriz_integration": {"pipeline_nodes": list(values)}}


def lane(value: str) -> dict[str, object]:
    return {"module": {"lane": value}}


@pytest.mark.requirement("R44")
def test_a_value_is_filled_in_only_where_a_manifest_has_none() -> None:
    plan = planned(
        """
        derive node memory when path mentions memory because "what it stores"
        rule trail-node -> Trail when node is memory
        """,
        {"memory/a": {}, "memory/b": nodes("risk"), "memory/c": nodes("memory"), "d": {}},
    )

    assert {module.path: module.star for module in plan} == {
        "memory/a": "Trail",
        "memory/b": "Plain",
        "memory/c": "Trail",
        "d": "Plain",
    }
    place = "<text>:10:9"
    filled, own = plan["memory/a"].explain(), plan["memory/c"].explain()
    derived = f'node: memory, derived from path "memory" by derive node memory\n          ({place})'
    assert derived in filled
    assert "because what it stores" in filled
    as_well = f"node: memory, which derive node memory ({place}) gives as well"
    assert as_well in own
    assert "counts as\n          path" in own or "counts as path" in own


@pytest.mark.requirement("R44")
def test_two_values_where_there_is_room_for_one_are_none() -> None:
    rules = """
        derive lane left when path mentions left
        derive lane right when path mentions right
        derive word left when path mentions left
        derive word right when path mentions right
        rule lane -> Trail weight 0.40 when lane is present
        rule both -> Watch weight 0.10 when word has at least 2 values
        """
    plan = planned(rules, {"left/right": {}, "left/a": {}, "a/right": {}, "left": lane("right")})

    found = {module.path: {row.rule for row in module.evidence} for module in plan}
    assert found == {
        "left/right": {"both"},
        "left/a": {"lane"},
        "a/right": {"lane"},
        "left": {"lane"},
    }


@pytest.mark.requirement("R44")
def test_derivations_rest_on_each_other_in_any_order() -> None:
    rules = [
        "derive node risk when word is risk unless word is memory",
        "derive node memory when word is memory",
        "derive word risk when path mentions risk",
        "derive word memory when path mentions memory, fold",
        "rule trail -> Trail when node is memory",
        "rule watch -> Watch when node is risk",
    ]
    modules: dict[str, dict[str, object]] = {"fold/risk": {}, "risk/a": {}, "memory/b": {}, "c": {}}

    plans = [planned("\n".join(each), modules) for each in (rules, rules[::-1])]

    for plan in plans:
        stars = {module.path: module.star for module in plan}
        assert stars == {"fold/risk": "Trail", "risk/a": "Watch", "memory/b": "Trail", "c": "Plain"}
    assert (
        'word: risk, derived from path "risk" by derive word risk' in plans[0]["risk/a"].explain()
    )


@pytest.mark.requirement("R44")
def test_a_test_block_derives_as_a_plan_does() -> None:
    rules = starlang.compile_text(
        PROJECT
        + """
        derive node memory when path mentions memory
        rule trail-node -> Trail when node is memory
        test "derived" given path "memory/x" expect Trail at 0.50
        test "its own" given path "memory/x" node risk expect Plain at 0
        """
    )

    assert all(result.passed for result in rules.test())


@pytest.mark.requirement("R44")
def test_neighbours_are_asked_about_their_own_facets_derived_ones_among_them() -> None:
    modules: dict[str, dict[str, object]] = {
        "a": {"dependencies": {"internal": [{"module": "b-ui"}, {"module": "c"}]}},
        "b-ui": {"module": {"quality_tier": "T1_critical"}},
        "c": {"module": {"quality_tier": "T1_critical"}},
        "d": {"dependencies": {"internal": [{"module": "c"}]}},
    }
    plan = planned(
        """
        derive ui yes when path under "*-ui"
        derive near yes when uses modules where (ui is yes and tier is T1)
        rule one -> Trail weight 0.40 when near is yes
        rule two -> Watch weight 0.20 when uses modules where (tier is T1 and ui is missing)
        rule all -> Watch weight 0.10 when uses at least 2 modules where (tier is T1)
        """,
        modules,
    )

    found = {module.path: {row.rule for row in module.evidence} for module in plan}
    assert found == {"a": {"one", "two", "all"}, "b-ui": set(), "c": set(), "d": {"two"}}


@pytest.mark.requirement("R39")
@pytest.mark.parametrize(
    "relation", ["uses", "used by", "depends on", "needed by", "contains", "inside"]
)
def test_a_test_block_says_what_neighbours_are_like(relation: str) -> None:
    """Facts of one neighbour add up over relations, and derivations apply to it."""
    rules = starlang.compile_text(
        PROJECT
        + f"""
        derive front yes when tag is public
        rule near -> Trail weight 0.40
          when {relation} modules currently Watch where (front is yes and tier is T1)
        rule days -> Watch weight 0.20
          when {relation} modules where (owner before "2025-01-01" and name is "b")
        forbid "no labs" when {relation} modules where (tag is labs) because "x"
        test "all" given path "a" {relation} "b" star Watch with tier T1 and tag x and tag public
          expect Trail at 0.40
        test "in two places" given {relation} "b" with tier T1, "b" star Watch with tag public
          expect Trail at 0.40
        test "another star" given {relation} "b" with tier T1 and tag public expect silent
        test "another neighbour"
          given {relation} "b" star Watch with tier T1, "c" star Watch with tag public
          expect silent
        test "its own facets are not those of its neighbour"
          given tier T1 tag public {relation} "b" star Watch
          expect silent
        test "name and date" given {relation} "x" with name "b" and owner "2024-02-29T10:00Z"
          expect suggested Watch at 0.20
        test "forbidden" given {relation} "b" with tag labs expect forbidden "no labs"
        """
    )

    assert [(each.name, each.found) for each in rules.test() if not each.passed] == []


@pytest.mark.requirement("R39", "R51")
def test_what_lies_over_several_steps_is_asked_about_its_own_facts() -> None:
    """The way leads to the nearest module that meets the condition, past those that do not."""
    uses: dict[str, object] = {"dependencies": {"internal": [{"module": "b"}]}}
    further: dict[str, object] = {"dependencies": {"internal": [{"module": "c-ui"}]}}
    modules: dict[str, dict[str, object]] = {
        "a": uses,
        "b": {**further, **lane("core"), "metadata": {"owner": "2025-06-01"}},
        "c-ui": {"metadata": {"owner": "2024-06-01T12:00Z"}},
    }
    where = 'where (ui is yes and owner before "2025-01-01")'
    plan = planned(
        f"""
        derive ui yes when path under "*-ui"
        rule far -> Trail weight 0.40 when depends on modules {where}
        rule back -> Watch weight 0.40 when needed by at least 1 modules where (lane is core)
        forbid "no old ui" when depends on modules under "c-ui" {where} because "x"
        test "t" given path "x" depends on "c-ui" with owner "2024-01-01"
          expect forbidden "no old ui"
        """,
        modules,
    )

    found = {module.path: {row.rule for row in module.evidence} for module in plan}
    assert found == {"a": {"far"}, "b": {"far"}, "c-ui": {"back"}}
    assert "depends on: b -> c-ui" in plan["a"].explain()
