"""What `inspect` and `plan` say of derivations, on modules that can be counted by hand."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from program.projects import Project, rule_set_at

import starlang
from starlang.inspect.encoding import encode, findings
from starlang.inspect.inspect import inspect
from starlang.inspect.model import Inspection
from starlang.manifests.build import with_fields
from starlang.manifests.graph import ModuleGraph
from starlang.plan.make import Inputs, make_plan
from starlang.plan.model import Plan
from starlang.project.project import fields_of
from starlang.report.inspect import page
from starlang.rules.derivations import derivation_words
from starlang.rules.model import RuleSet

pytestmark = pytest.mark.requirement("R44", "R16")

RULES = """
derive stores yes when path mentions memory or tag is stores
derive owner alice when stores is yes
derive owner bob when path under "gate"
derive owner carol when path mentions pag
derive owner dora when path mentions page
derive node memory when stores is yes
derive node risk when capability is guarding

rule trail-own  -> Trail weight 0.50 when owner is alice
rule trail-node -> Trail weight 0.30 when node is memory
rule trail-none -> Trail weight 0.30 when stores is yes and owner is alicia
"""


@pytest.fixture(scope="module")
def project_files() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.config()
    made.rules(RULES)
    made.manifest("store/memory", tags=["stores"], star="✦ Trail (Memory)")
    made.manifest("store/mem", tags=["stores"], owner="bob")
    made.manifest("store/fold", tags=["stores"], owner="alice")
    made.manifest("gate/memory", capabilities=["guarding"])
    made.manifest("web/page", owner="eve")
    return made


def graph_for(project: Project, rules: RuleSet) -> ModuleGraph:
    return with_fields(starlang.load(project.root / "manifests"), fields_of(rules))


def inspected(project: Project) -> Inspection:
    rules = rule_set_at(project.root / "rules" / "main.star")
    return inspect(rules, graph_for(project, rules))


def planned(project: Project) -> Plan:
    rules = rule_set_at(project.root / "rules" / "main.star")
    return make_plan(rules, graph_for(project, rules), Inputs({}))


def test_what_each_derivation_does(project: Project) -> None:
    found = inspected(project)
    uses = {
        derivation_words(found.rules.derivations[use.derivation]): (
            (use.holds, use.gives, use.says, use.differs),
            dict(use.origins),
            use.is_name,
        )
        for use in found.derived
    }

    # `gate/memory` would be alice's and bob's, and has no owner; its nodes are a list.
    assert uses == {
        "derive stores yes": ((4, 4, 0, 0), {"path": 2, "tag": 3}, True),
        "derive owner alice": ((4, 1, 1, 1), {"path": 2, "tag": 3}, False),
        "derive owner bob": ((1, 0, 0, 0), {"path": 1}, False),
        "derive owner carol": ((0, 0, 0, 0), {}, False),
        "derive owner dora": ((1, 0, 0, 1), {"path": 1}, False),
        "derive node memory": ((4, 4, 0, 0), {"path": 2, "tag": 3}, False),
        "derive node risk": ((1, 1, 0, 0), {"capability": 1}, False),
    }


def test_a_derivation_without_a_module_says_why(project: Project) -> None:
    said = [each.message for each in findings(inspected(project)) if each.code == "W427"]

    assert said == [
        (
            "`derive owner bob` gives its value to no module: wherever it holds, another "
            "derivation does as well"
        ),
        '`derive owner carol` holds for no module: "pag" is nowhere, but "page" is in 1 module',
        (
            "`derive owner dora` gives its value to no module: it holds for 1 module, with another "
            "value each"
        ),
    ]


def test_two_values_where_there_is_room_for_one(project: Project) -> None:
    """The finding names the declarations, the module, and what becomes of it; lists have room."""
    expected = (
        "`derive owner alice` (rules/main.star:12:1) and `derive owner bob` "
        "(rules/main.star:13:1) hold together for gate/memory: `owner` has room for one value, "
        "and stays empty there"
    )
    of_inspection = [each.message for each in findings(inspected(project)) if each.code == "W426"]
    of_plan = [each for each in planned(project).warnings if each.code == "W426"]

    assert of_inspection == [each.message for each in of_plan] == [expected]
    position = of_plan[0].position
    assert position is not None
    assert (of_plan[0].file, position.line) == ("rules/main.star", 12)

    project.manifest("gate/memory", owner="zoe", capabilities=["guarding"])
    assert [each for each in planned(project).warnings if each.code == "W426"] == []


def test_near_misses_look_at_values_that_are_derived(project: Project) -> None:
    """`owner is alice` is met by derived values alone; `alicia` is near to one of them."""
    (dead,) = inspected(project).dead
    (miss,) = dead.misses

    assert (miss.facet, miss.wanted, miss.near, miss.modules) == ("owner", "alicia", "alice", 2)


def test_words_are_looked_at_where_a_facet_is_derived(project: Project) -> None:
    """The pattern of a name, and that of a filled facet, which a manifest may say as well."""
    project.rules(
        """
        derive stores yes when path matches /mem/
        derive owner alice when path matches /pag/
        rule trail-stores -> Trail weight 0.50 when stores is yes
        rule trail-own -> Trail weight 0.50 when owner is alice
        """
    )
    project.manifest("web/page", owner="alice")
    found = inspected(project)
    names = [rule.name for rule in found.rules.rules]

    assert [(names[each.rule], each.text, each.word, each.modules) for each in found.inside] == [
        ("trail-stores", "mem", "memory", 2),
        ("trail-own", "pag", "page", 1),
    ]


def test_the_document_and_the_page_say_it(project: Project, project_files: Path) -> None:
    found = inspected(project)
    schema = json.loads((project_files / "configs/schemas/inspection.schema.json").read_text())
    document = json.loads(encode(found))

    Draft202012Validator(schema).validate(document)
    assert document["derived"][3] == {
        "facet": "owner",
        "value": "bob",
        "at": "rules/main.star:13:1",
        "is_name": False,
        "holds": 1,
        "gives": 0,
        "says": 0,
        "differs": 0,
        "origins": [{"source": "path", "modules": 1}],
    }
    assert "derive owner carol" in page(found)


def test_a_facet_that_only_rules_make_is_not_missing(project: Project) -> None:
    """No manifest has a node, and derivations give some; what these read is looked at as well."""
    project.rules(
        """
        derive node memory when path mentions memory and lane is labs and used by modules
        rule trail-node -> Trail weight 0.50 when node is memory
        derive tier T1 when path mentions page
        rule trail-tier -> Trail weight 0.50 when tier is T1
        """
    )
    said = [each.message for each in planned(project).warnings if each.code == "W805"]

    assert said == [
        "rules read `used by`, and that holds between no modules",
        "rules read the facet `lane`, and no manifest has it",
        "rules read the facet `node`, and no manifest has it",
    ]
