"""The JSON of a plan: canonical, as its schema says, and with a digest that means something."""

import json
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples
from strategies.manifests import loaded
from strategies.rule_sets import STARS, World, profile, worlds

from starlang.diagnostics.model import Diagnostic
from starlang.engine.decisions import Outcome, Score
from starlang.manifests.graph import ModuleGraph
from starlang.plan.encoding import encode
from starlang.plan.make import Inputs, make_plan
from starlang.rules.model import (
    Amount,
    Assign,
    Ceiling,
    Ceilings,
    Floor,
    Never,
    OnBreach,
    Rule,
    RuleSet,
)
from starlang.rules.predicates import OneOf, Present

INPUTS = Inputs(
    {"rules": f"sha256:{'1' * 64}"},
    blocking=(Diagnostic(code="E601", message="a message", file="x", hint="a hint"),),
    known=(Diagnostic(code="W601", message="known"),),
)
DOCUMENTS = {
    "a": {"owner": "flow"},
    "b": {"owner": "both", "star": "None"},
    "c": {"owner": "half"},
    "d": {"star": "🌸 Flow"},
    "e": {"owner": "flow", "star": "✦ Trail (Memory)"},
    "f": {"owner": "flow"},
    "g": {},
}
GRAPH = loaded(DOCUMENTS, profile())

RULES = RuleSet(
    "test",
    "1",
    STARS,
    (),
    tuple(
        Rule(
            name, star, 1, weight, ("owner",), OneOf("owner", (owner,)), "why so", "rules.star:3:1"
        )
        for name, owner, star, weight in (
            ("both-flow", "both", "Flow", 950_000),
            ("both-trail", "both", "Trail", 900_000),
            ("flow", "flow", "Flow", 900_000),
            ("half", "half", "Watch", 500_000),
        )
    ),
    nevers=(Never(("Watch",), Present("owner"), because="not Watch", at="rules.star:5:1"),),
    assigns=(Assign("g", "Trail", because="decided", at="rules.star:6:1"),),
    ceilings=Ceilings(
        (
            Ceiling(
                Amount(Fraction(2), percent=False),
                per="star",
                text="at most 2 promoted per star",
                at="rules.star:7:1",
            ),
        ),
        (Floor(Amount(Fraction(1), percent=False), "at least 1 Supporting", "rules.star:8:1"),),
        2,
        OnBreach.DEFER,
    ),
)


def encoded(rules: RuleSet = RULES, graph: ModuleGraph = GRAPH, inputs: Inputs = INPUTS) -> str:
    return encode(make_plan(rules, graph, inputs))


def digest(rules: RuleSet = RULES, graph: ModuleGraph = GRAPH, inputs: Inputs = INPUTS) -> str:
    found: str = json.loads(encoded(rules, graph, inputs))["digest"]
    return found


def test_keys_are_sorted_and_every_entry_has_a_line() -> None:
    text = encoded()
    plan = json.loads(text)
    lines = text.splitlines()
    for name in ("blocked", "warnings", "known", "ceilings", "edits", "modules"):
        start = next(at for at, line in enumerate(lines) if line.startswith(f'"{name}": ['))
        for at, entry in enumerate(plan[name], start + 1):
            expected = json.dumps(entry, ensure_ascii=False, sort_keys=True)
            assert lines[at].removesuffix(",") == expected
    assert text.endswith("}\n")
    assert [module["path"] for module in plan["modules"]] == sorted(DOCUMENTS)


def test_nothing_of_the_text_is_escaped_that_need_not_be() -> None:
    assert "✦ Trail (Memory)" in encoded()


def test_figures_of_a_module() -> None:
    modules = {module["path"]: module for module in json.loads(encoded())["modules"]}
    assert modules["a"]["best"] == {
        "star": "Flow",
        "label": "🌊 Flow",
        "raw": "0.900000",
        "score": "0.900000",
        "confidence": "0.900000",
    }
    assert modules["a"]["ceilings"] == [
        {
            "ceiling": "at most 2 promoted per star",
            "group": "Flow",
            "limit": 2,
            "place": 2,
            "star": "Flow",
        }
    ]
    [row] = modules["a"]["evidence"]
    assert (row["weight"], row["effect"], row["at"]) == ("0.900000", "0.900000", "rules.star:3:1")
    assert row["matches"] == [{"facet": "owner", "value": "flow", "start": 0, "end": 4}]
    assert modules["b"]["secondary"] == ["Trail"]
    assert modules["c"]["barred"] == ["Watch"]
    assert modules["d"]["star"] is None
    assert modules["f"]["outcome"] == "deferred"
    assert modules["f"]["held"] == {
        "ceiling": "at most 2 promoted per star",
        "group": "Flow",
        "at": "rules.star:7:1",
        "last": "a",
        "rank": 3,
        "eligible": 3,
        "star": "Flow",
    }
    assert modules["g"]["exceptions"] == [
        {"exception": "assign to Trail", "because": "decided", "at": "rules.star:6:1"}
    ]


def test_places_sentences_and_reasons_do_not_change_the_digest() -> None:
    other = evolve(
        RULES,
        rules=tuple(evolve(rule, because="other", at="x.star:1:1") for rule in RULES.rules),
        nevers=tuple(evolve(never, because="other", at="x.star:2:1") for never in RULES.nevers),
        assigns=tuple(evolve(each, because="other", at="x.star:3:1") for each in RULES.assigns),
    )
    moved = Ceilings(
        tuple(evolve(limit, at="x.star:4:1") for limit in RULES.ceilings.limits),
        tuple(evolve(floor, at="x.star:5:1") for floor in RULES.ceilings.floors),
        RULES.ceilings.stars_per_module,
        RULES.ceilings.on_breach,
    )
    assert encoded(evolve(other, ceilings=moved)) != encoded()
    assert digest(evolve(other, ceilings=moved)) == digest()
    reworded = tuple(evolve(each, message="b", hint="c") for each in INPUTS.blocking)
    assert digest(inputs=evolve(INPUTS, blocking=reworded)) == digest()


@pytest.mark.parametrize(
    "changed",
    [
        lambda: digest(evolve(RULES, rules=RULES.rules[1:])),
        lambda: digest(evolve(RULES, assigns=())),
        lambda: digest(evolve(RULES, nevers=())),
        lambda: digest(evolve(RULES, ceilings=evolve(RULES.ceilings, stars_per_module=1))),
        lambda: digest(evolve(RULES, ceilings=evolve(RULES.ceilings, limits=()))),
        lambda: digest(evolve(RULES, ceilings=evolve(RULES.ceilings, floors=()))),
        lambda: digest(evolve(RULES, rules=(evolve(RULES.rules[0], weight=1), *RULES.rules[1:]))),
        lambda: digest(graph=loaded({**DOCUMENTS, "h": {}}, profile())),
        lambda: digest(graph=loaded({**DOCUMENTS, "g": {"x": 1}}, profile())),
        lambda: digest(inputs=evolve(INPUTS, digests={"rules": f"sha256:{'2' * 64}"})),
        lambda: digest(inputs=evolve(INPUTS, blocking=())),
        lambda: digest(inputs=evolve(INPUTS, known=())),
    ],
)
def test_whatever_is_decided_changes_the_digest(changed: object) -> None:
    assert callable(changed)
    assert changed() != digest()


@pytest.mark.parametrize("number", range(len(DOCUMENTS)))
def test_every_decision_is_under_the_digest(number: int) -> None:
    plan = make_plan(RULES, GRAPH, INPUTS)
    one = plan.explanations[number]
    judged = one.judged
    outcome = Outcome.SILENT if one.outcome is Outcome.WEAK else Outcome.WEAK
    for changed in (
        evolve(one, judged=judged._replace(outcome=outcome)),
        evolve(one, judged=judged._replace(star="Watch")),
        evolve(one, judged=judged._replace(label="other")),
        evolve(one, secondary=("Flow", "Watch")),
        evolve(one, judged=judged._replace(current="other")),
        evolve(one, judged=judged._replace(scores=(*judged.scores, Score("Other", 1)))),
    ):
        others = (*plan.explanations[:number], changed, *plan.explanations[number + 1 :])
        spoilt = encode(evolve(plan, explanations=others))
        assert json.loads(spoilt)["digest"] != json.loads(encode(plan))["digest"]


@pytest.fixture(scope="module")
def schema(project_root: Path) -> jsonschema.protocols.Validator:
    text = (project_root / "configs" / "schemas" / "plan.schema.json").read_text("utf-8")
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    return jsonschema.Draft202012Validator(json.loads(text))


def test_a_plan_is_as_its_schema_says(schema: jsonschema.protocols.Validator) -> None:
    plan = json.loads(encoded())
    assert [error.json_path for error in schema.iter_errors(plan)] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda plan: plan.pop("digest"),
        lambda plan: plan.update(extra=1),
        lambda plan: plan.update(applyable=True),
        lambda plan: plan.update(reassess=True),
        lambda plan: plan.update(format="starlang-plan/2"),
        lambda plan: plan["modules"][0].update(extra=1),
        lambda plan: plan["modules"][0].update(outcome="won"),
        lambda plan: plan["modules"][0].update(star=None),
        lambda plan: plan["modules"][0].pop("why"),
        lambda plan: plan["modules"][0].pop("lead"),
        lambda plan: plan["modules"][0]["best"].update(score=0.9),
        lambda plan: plan["modules"][0]["evidence"][0].update(weight="0.9"),
        lambda plan: plan["edits"][0].pop("old"),
        lambda plan: plan["ceilings"][0].update(limit=-1),
        lambda plan: plan["distribution"].pop("after"),
        lambda plan: plan["inputs"].update(rules="sha1:1"),
    ],
)
def test_the_schema_refuses_what_is_no_plan(
    spoil: object, schema: jsonschema.protocols.Validator
) -> None:
    plan = json.loads(encoded())
    assert callable(spoil)
    spoil(plan)
    assert not schema.is_valid(plan)


@given(world=worlds(), reassess=st.booleans())
@settings(max_examples=examples(60))
def test_every_plan_is_as_its_schema_says(
    schema: jsonschema.protocols.Validator, world: World, *, reassess: bool
) -> None:
    limits = tuple(evolve(each, text="a limit") for each in world.rules.ceilings.limits)
    floors = tuple(evolve(each, text="a floor") for each in world.rules.ceilings.floors)
    ceilings = evolve(world.rules.ceilings, limits=limits, floors=floors)
    rules = evolve(world.rules, ceilings=ceilings)
    inputs = Inputs({"rules": f"sha256:{'1' * 64}"})
    plan = json.loads(encode(make_plan(rules, world.graph, inputs, reassess=reassess)))
    assert [f"{e.json_path}: {e.message}" for e in schema.iter_errors(plan)] == []


@given(worlds())
@settings(max_examples=examples(60))
def test_a_line_is_that_of_the_module_by_itself(world: World) -> None:
    """However much of it is shared with other lines while it is written."""
    plan = make_plan(world.rules, world.graph, INPUTS)
    lines = encode(plan).splitlines()
    start = lines.index('"modules": [')
    for at, each in enumerate(plan, start + 1):
        alone = encode(evolve(plan, explanations=(each,))).splitlines()
        assert alone[alone.index('"modules": [') + 1] == lines[at].removesuffix(",")
