"""What a plan would write, for manifests of both shapes."""

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given, settings
from program.effort import examples
from strategies.manifests import Document, loaded
from strategies.profiles import star_shape, with_stars
from strategies.rule_sets import STARS, World, profile, worlds

from starlang.engine.decisions import Outcome
from starlang.manifests.profile import Profile, StarShape
from starlang.plan.make import Inputs, make_plan
from starlang.plan.model import Edit
from starlang.rules.model import Assign, Ceilings, Confidence, Rule, RuleSet
from starlang.rules.predicates import OneOf
from starlang.texts.rewriting import with_value

INPUTS = Inputs({})


def shaped(shape: StarShape) -> Profile:
    return with_stars(profile(), shape)


APART = shaped(star_shape("/alignment/star", "/alignment/beside"))
LISTED = shaped(star_shape(every="/stars"))


def rules_with(*assigns: Assign, stars_per_module: int = 2) -> RuleSet:
    """The owner `flow` makes Flow at 0.90; `both` makes Flow and Trail at 0.80 as well."""
    pairs = (("flow", "Flow", 900_000), ("both", "Flow", 900_000), ("both", "Trail", 800_000))
    rules = tuple(
        Rule(f"{owner}-{star}", star, 1, weight, ("owner",), OneOf("owner", (owner,)))
        for owner, star, weight in pairs
    )
    return RuleSet(
        "test",
        "1",
        STARS,
        (),
        rules,
        confidence=Confidence(),
        assigns=assigns,
        ceilings=Ceilings(stars_per_module=stars_per_module),
    )


def edits(document: Document, shape: Profile, *assigns: Assign) -> list[tuple[str, object, object]]:
    """(pointer, old, new) of the edits of one manifest."""
    plan = make_plan(rules_with(*assigns), loaded({"a": document}, shape), INPUTS)
    return [(edit.pointer, edit.old, edit.new) for edit in plan.edits]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"owner": "flow"}, [("/alignment/star", None, "🌊 Flow")]),
        (
            {"owner": "flow", "alignment": {"star": "None"}},
            [("/alignment/star", "None", "🌊 Flow")],
        ),
        ({"owner": "flow", "alignment": {"star": ""}}, [("/alignment/star", "", "🌊 Flow")]),
        ({"owner": "flow", "alignment": {"star": "Stream"}}, []),
        ({"owner": "flow", "alignment": {"star": "Watch"}}, []),
        ({"owner": "nobody"}, []),
        (
            {"owner": "both", "alignment": {"star": "Supporting"}},
            [
                ("/alignment/star", "Supporting", "🌊 Flow"),
                ("/alignment/beside", None, ["✦ Trail (Memory)"]),
            ],
        ),
        (
            {"owner": "both", "alignment": {"star": "Supporting", "beside": ["Guard"]}},
            [("/alignment/star", "Supporting", "🌊 Flow")],
        ),
        # The star that becomes the primary one is no longer beside it.
        (
            {"owner": "flow", "alignment": {"star": "Supporting", "beside": ["Stream", "Watch"]}},
            [
                ("/alignment/star", "Supporting", "🌊 Flow"),
                ("/alignment/beside", ["Stream", "Watch"], ["Watch"]),
            ],
        ),
    ],
)
def test_one_primary_star_and_a_list(
    document: Document, expected: list[tuple[str, object, object]]
) -> None:
    assert edits(document, APART) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"owner": "flow"}, [("/stars", None, ["🌊 Flow"])]),
        ({"owner": "flow", "stars": []}, [("/stars", [], ["🌊 Flow"])]),
        (
            {"owner": "both", "stars": ["Supporting"]},
            [("/stars", ["Supporting"], ["🌊 Flow", "✦ Trail (Memory)"])],
        ),
        (
            {"owner": "both", "stars": ["Supporting", "Guard"]},
            [("/stars", ["Supporting", "Guard"], ["🌊 Flow", "Guard"])],
        ),
        (
            {"owner": "flow", "stars": ["Supporting", "Flow"]},
            [("/stars", ["Supporting", "Flow"], ["🌊 Flow"])],
        ),
        ({"owner": "flow", "stars": ["Stream", "Watch"]}, []),
    ],
)
def test_all_stars_in_one_list(
    document: Document, expected: list[tuple[str, object, object]]
) -> None:
    assert edits(document, LISTED) == expected


def test_an_assignment_writes_and_one_to_the_star_that_is_there_does_not() -> None:
    kept: Document = {"alignment": {"star": "Stream", "beside": ["Watch"]}}
    assert edits(kept, APART, Assign("a", "Flow")) == []
    assert edits(kept, APART, Assign("a", "Trail")) == [
        ("/alignment/star", "Stream", "✦ Trail (Memory)")
    ]
    assert edits(kept, APART, Assign("a", "Supporting")) == [
        ("/alignment/star", "Stream", "Supporting")
    ]
    strange: Document = {"alignment": {"star": "🌸 Flow"}}
    assert edits(strange, APART) == []
    assert edits(strange, APART, Assign("a", "Flow")) == [("/alignment/star", "🌸 Flow", "🌊 Flow")]


@pytest.mark.parametrize(
    ("document", "assigns", "confidence"),
    [
        ({"owner": "flow"}, (), 0.9),
        ({"owner": "flow", "confidence": "0.35"}, (), 0.9),
        ({"owner": "both"}, (Assign("a", "Trail"),), 0.8),  # that of the star that is given
        ({"owner": "flow"}, (Assign("a", "Watch"),), 0),
    ],
)
def test_the_confidence_is_written_beside_a_new_star(
    document: Document, assigns: tuple[Assign, ...], confidence: float
) -> None:
    shape = shaped(star_shape("/star", "/beside", confidence="/confidence"))
    written = edits(document, shape, *assigns)
    assert written[-1] == ("/confidence", document.get("confidence"), confidence)
    assert edits({"owner": "flow", "star": "Flow", "confidence": 0.1}, shape) == []


def test_an_edit_is_bound_to_the_file_that_it_was_computed_from() -> None:
    document = {"owner": "flow"}
    graph = loaded({"x/y": document}, APART)
    [edit] = make_plan(rules_with(), graph, INPUTS).edits
    assert edit.file == "manifests/x/y/module.manifest.json"
    assert edit.before == sha256(json.dumps(document).encode()).hexdigest()


def test_reassessing_writes_nothing() -> None:
    graph = loaded({"a": {"owner": "flow"}}, APART)
    plan = make_plan(rules_with(), graph, INPUTS, reassess=True)
    assert plan["a"].outcome is Outcome.PROMOTED
    assert plan.edits == ()


def applied(documents: Mapping[str, Document], found: tuple[Edit, ...]) -> dict[str, Document]:
    """The documents after `found`; every edit must find what it expects."""
    after = dict(documents)
    for edit in found:
        path = edit.file.removeprefix("manifests/").removesuffix("/module.manifest.json")
        changed = with_value(after[path], edit.pointer, edit.new)
        assert isinstance(changed, dict)
        after[path] = changed
    return after


def documents_of(world: World, *, in_one_list: bool) -> dict[str, Document]:
    """Manifests that say what the graph of `world` says."""
    columns = world.graph.columns
    found: dict[str, Document] = {}
    for module, path in enumerate(world.graph.paths):
        labels = list(world.graph.stars[module])
        stars: Document = {"stars": labels}
        if not in_one_list:
            stars = {"star": labels[0] if labels else None, "beside": labels[1:]}
        found[path] = {
            "name": world.graph.names[module],
            "owner": next(iter(columns["owner"].of(module)), None),
            "capabilities": list(columns["capability"].of(module)),
            "ready": next(iter(columns["ready"].of(module)), None),
            "any": [_number(value) for value in columns["any"].of(module)],
            **stars,
        }
    return found


def _number(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("in_one_list", [False, True])
@given(world=worlds())
@settings(max_examples=examples(60))
def test_applied_edits_give_every_module_the_stars_of_the_plan(
    world: World, *, in_one_list: bool
) -> None:
    """And the plan after that would write nothing more to them."""
    allowed = world.graph.profile.shapes[0].stars.secondary_allowed
    of = profile(allowed, in_one_list=in_one_list)
    documents = documents_of(world, in_one_list=in_one_list)
    graph = loaded(documents, of)
    before = dict(zip(graph.files, graph.stars, strict=True))
    plan = make_plan(world.rules, graph, INPUTS)
    after = loaded(applied(documents, plan.edits), of)
    again = make_plan(world.rules, after, INPUTS)
    for each in plan:
        now = again[each.path]
        assert now.current == (each.star or each.current)
        if each.outcome in {Outcome.PROMOTED, Outcome.ASSIGNED}:
            assert now.outcome in {Outcome.KEPT, Outcome.ASSIGNED} or each.star == each.default
    changed = {
        file for file, now in zip(after.files, after.stars, strict=True) if now != before[file]
    }
    assert changed == {edit.file for edit in plan.edits}
