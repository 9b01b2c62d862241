"""What it means to ask for sources: decisions, plans, why-not and the comparison of rule sets."""

import json
from io import StringIO
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

import starlang
from starlang.explain.encoding import explanation_json
from starlang.explain.words import why
from starlang.plan.encoding import encode
from starlang.plan.make import Inputs, make_plan
from starlang.plan.model import Plan
from starlang.report.plan import Shown, plan_view
from starlang.rules.compiled_file import loads
from starlang.rules.model import RuleSet
from starlang.why_not.ask import ask
from starlang.why_not.encoding import encode as encode_answers
from starlang.why_not.words import render

pytestmark = pytest.mark.requirement("R07")

HEAD = """starlang 1
ruleset small "1.0"
star Flow
star Trail
star Watch
default star Plain
"""

SHOWN = """
confidence {
  suggest 0.40
  promote 0.70 from 2 sources
  promote Watch 0.70 from 1 source
}
rule trail-path -> Trail weight 0.40 when path mentions memory
rule trail-name -> Trail weight 0.40 when name mentions memory
rule trail-inside -> Trail weight 0.40 when inside modules under "memory"
rule trail-node -> Trail weight 0.50 when node is memory
rule trail-field -> Trail weight 0.50
  when field "/matriz_integration/pipeline_nodes/*" is memory
rule trail-either -> Trail weight 0.50 when owner is alice or node is recall
rule trail-nobody -> Trail weight 0.50 when package is missing and capability is missing
rule trail-alone -> Trail weight 0.50 when not (tag is plain) and uses at most 3 modules
rule trail-few -> Trail weight 0.50 when capability has at most 2 values unless owner is bob
rule trail-three -> Trail weight 0.80 when tag is deep and tier is T1 and package is numpy
rule trail-doubt against Trail weight 0.10 when lane is labs
rule watch-node -> Watch weight 0.70 when node is guard

test "the path and the name of a module are one source"
  given path "memory/a" name "memory" capability x, y, z tag plain package x
  expect suggested Trail at 0.80
test "and so is the module around it"
  given path "memory/a" inside "memory" star Plain capability x, y, z tag plain package x
  expect suggested Trail at 0.80
test "a facet is another"
  given path "memory/a" node memory capability x, y, z tag plain package x
  expect Trail at 0.90
test "a pointer to the facet is not"
  given node memory field "/matriz_integration/pipeline_nodes/*" memory
    capability x, y, z tag plain package x
  expect suggested Trail at 1.00
test "of an alternative, what held counts"
  given node memory, recall capability x, y, z tag plain package x
  expect suggested Trail at 1.00
test "the other half is another source"
  given node memory owner alice capability x, y, z tag plain package x
  expect Trail at 1.00
test "what is absent is no source"
  given path "memory/a" tag plain owner bob
  expect suggested Trail at 0.90
test "nor is what is denied, or a count of nothing"
  given path "memory/a" package x owner bob
  expect suggested Trail at 0.90
test "neighbours that are counted are one"
  given path "memory/a" uses "core" star Plain package x owner bob
  expect Trail at 0.90
test "values that are counted are one"
  given path "memory/a" capability x tag plain package x
  expect Trail at 0.90
test "one rule over three facets is one observation"
  given tag deep, plain tier T1 package numpy capability x, y, z
  expect suggested Trail at 0.80
test "evidence against a star is no source"
  given path "memory/a" name "memory" lane labs capability x, y, z tag plain package x
  expect suggested Trail at 0.70
test "a star may ask for less"
  given node guard capability x, y, z tag plain package x
  expect Watch at 0.70
"""


def test_what_a_row_shows_is_what_counts() -> None:
    results = starlang.compile_text(HEAD + SHOWN).test()
    assert len(results) == SHOWN.count("\ntest ")
    assert [str(each) for each in results if not each.passed] == []


RULES = """
confidence {
  combine COMBINE
  suggest 0.40
  promote 0.70 from 2 sources
  SAME
}
rule trail-path -> Trail weight 0.75 when path mentions memory
rule trail-node -> Trail weight 0.20 when node is memory
rule trail-owner -> Trail weight 0.05 when owner is alice
rule flow-path -> Flow weight 0.65 when path mentions stream
rule flow-owner -> Flow weight 0.10 when owner is alice
rule watch-users -> Watch weight 0.80 when used by modules reaching Trail
ceilings { at most 1 promoted to Trail  at most 3 stars per module  on breach defer }
"""


def made(same: str = "", combine: str = "sum") -> starlang.Rules:
    return starlang.compile_text(HEAD + RULES.replace("SAME", same).replace("COMBINE", combine))


def planned(rules: starlang.Rules, **manifests: dict[str, object]) -> Plan:
    modules = {path.replace("__", "/"): manifest for path, manifest in manifests.items()}
    compiled = loads(rules.to_json())
    assert isinstance(compiled, RuleSet)
    return make_plan(compiled, starlang.load_modules(modules), Inputs({"rules": rules.digest}))


def manifest(owner: str = "unassigned", *nodes: str) -> dict[str, object]:
    return {"metadata": {"owner": owner}, "matriz_integration": {"pipeline_nodes": list(nodes)}}


def test_a_star_that_lacks_only_sources_is_suggested_and_opens_nothing() -> None:
    plan = planned(
        made(),
        a__memory=manifest(),
        b__memory=manifest("alice"),
        c__memory_stream=manifest(),
        d__stream=manifest("alice"),
    )
    outcomes = {each.path: (str(each.outcome), each.star) for each in plan}
    assert outcomes == {
        "a/memory": ("suggested", "Plain"),  # it takes no place under the ceiling
        "b/memory": ("promoted", "Trail"),
        "c/memory_stream": ("suggested", "Plain"),  # Flow does not move up
        "d/stream": ("promoted", "Flow"),
    }
    assert plan.held_by_sources == 2
    seen = Console(width=120, record=True, file=StringIO())
    for each in plan_view(plan, "Plain", Shown()):
        seen.print(each)
    text = seen.export_text()
    assert text.count("too few sources") == 1
    assert "2 are only suggested because their evidence has too few sources" in text
    assert why(plan["a/memory"]) == (
        "Trail at 0.75 reaches 0.70 to be promoted, but all of it is from path "
        "(path: memory); 2 sources are asked for."
    )


def test_secondary_stars_need_sources_too() -> None:
    both = planned(made(), memory_stream=manifest("alice"))["memory_stream"]
    assert (both.star, both.secondary) == ("Trail", ("Flow",))
    one = planned(made("same source path, owner"), memory_stream=manifest("alice", "memory"))
    assert (one["memory_stream"].star, one["memory_stream"].secondary) == ("Trail", ())


def test_a_weaker_row_adds_a_source_under_max_and_no_score() -> None:
    plan = planned(made(combine="max"), a__memory=manifest("alice"), b__memory=manifest())
    assert [str(each.outcome) for each in plan] == ["promoted", "suggested"]
    assert [each.best.score for each in plan if each.best] == [750_000, 750_000]


def test_what_is_one_source_is_said_with_its_reason() -> None:
    plan = planned(made("same source node, path"), a__memory=manifest("unassigned", "memory"))
    assert why(plan["a/memory"]) == (
        "Trail at 0.95 reaches 0.70 to be promoted, but all of it is from path "
        "(node: memory, the same source as path; path: memory); 2 sources are asked for."
    )


def test_why_not_names_rules_of_other_sources_first(project_root: Path) -> None:
    plan = planned(made("same source path, node"), a__memory=manifest(), b__x=manifest("alice"))
    answer = ask(plan["a/memory"], "Trail")
    assert (str(answer.cause), answer.missing) == ("sources", 0)
    assert [each.rule for each in answer.absent] == ["trail-owner", "trail-node"]
    assert "0.05  trail-owner  adds a source" in render(answer)
    assert "0.20  trail-node  adds score, but no source" in render(answer)
    found = answer.manifest
    assert found is not None
    assert [each.words for each in found.solutions[0].changes] == ["set owner to `alice`"]
    rules = answer.rules
    assert rules is not None
    assert [each.words for each in rules.solutions[0].changes] == [
        "ask for 1 source for Trail (now 2)"
    ]
    document = json.loads(encode_answers("Trail", [answer]))
    schema = json.loads((project_root / "configs/schemas/why-not.schema.json").read_text("utf-8"))
    assert [str(each) for each in Draft202012Validator(schema).iter_errors(document)] == []
    [module] = document["modules"]
    assert module["sources"] == {"asked": 2, "count": 1, "names": ["path"]}


def test_documents_say_sources_where_they_are_asked_for(project_root: Path) -> None:
    plan = planned(made(), a__memory=manifest(), b__memory=manifest("alice"), c=manifest())
    document = json.loads(encode(plan))
    schema = json.loads((project_root / "configs/schemas/plan.schema.json").read_text("utf-8"))
    assert [str(each) for each in Draft202012Validator(schema).iter_errors(document)] == []
    assert document["held_by_sources"] == 1
    found = {each["path"]: each.get("sources") for each in document["modules"]}
    assert found["a/memory"] == {"asked": 2, "count": 1, "names": ["path"]}
    assert found["b/memory"] == {"asked": 2, "count": 2, "names": ["owner", "path"]}
    assert found["c"] is None
    # A line is the same whether it is written with others or by itself.
    assert document["modules"] == [explanation_json(each) for each in plan]


def test_rule_sets_that_ask_for_nothing_are_as_before() -> None:
    plain = RULES.replace("COMBINE", "sum").replace("SAME", "").replace(" from 2 sources", "")
    loose = plain.replace("promote 0.70", "promote 0.70 from 1 source same source path, node")
    rules = starlang.compile_text(HEAD + plain)
    assert starlang.compile_text(HEAD + loose).digest == rules.digest
    assert "source" not in rules.to_json()
    plan = planned(rules, a__memory=manifest())
    assert plan.held_by_sources is None
    assert "source" not in encode(plan)


DERIVED = """
confidence { suggest 0.40 promote 0.70 from 2 sources SAME }
derive node memory when path mentions memory
derive ui yes when package is react or path under "front"
derive tier T1 when owner is missing
rule trail-path -> Trail weight 0.40 when path mentions memory
rule trail-node -> Trail weight 0.50 when node in {memory, recall}
rule trail-tier -> Trail weight 0.30 when tier is T1
rule flow-ui -> Flow weight 0.40 when ui is yes
rule flow-package -> Flow weight 0.40 when package is present
"""


@pytest.mark.requirement("R44")
def test_a_derived_value_counts_as_what_it_comes_from() -> None:
    def outcomes(same: str) -> dict[str, str]:
        rules = starlang.compile_text(HEAD + DERIVED.replace("SAME", same))
        react: dict[str, object] = {"dependencies": {"external": ["react"]}}
        found = planned(
            rules,
            a__memory=manifest("alice"),  # the node is filled in from the path
            b__memory=manifest("alice", "memory"),  # the same by hand
            c__memory=manifest("alice", "recall"),  # a value of its own
            d__memory=manifest(),  # the tier comes from an absence
            front__e={**manifest("alice"), **react},
            f={**manifest("alice"), **react},
        )
        return {each.path: str(each.outcome) for each in found}

    assert outcomes("") == {
        "a/memory": "suggested",
        "b/memory": "suggested",
        "c/memory": "promoted",
        "d/memory": "suggested",
        "front/e": "promoted",  # by its package and by its path
        "f": "suggested",
    }
    assert outcomes("same source path, node")["c/memory"] == "suggested"
    assert outcomes("same source node, owner")["a/memory"] == "promoted"  # whatever made it
