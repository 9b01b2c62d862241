"""`explain --why-not`: what it names is done to the files, and the program is run again."""

import json
import shutil
from pathlib import Path
from typing import TypedDict

import pytest
from program.documents import by_path, complaints, plan_of
from program.projects import Project
from program.run import starlang, succeed

pytestmark = pytest.mark.requirement("R14")


class Change(TypedDict):
    kind: str
    words: str
    subject: str
    value: str | None
    amount: str | None


class Solution(TypedDict):
    changes: list[Change]
    score: str
    others: list[str]
    breached: list[str]


class Search(TypedDict):
    count: int
    complete: bool
    frozen: list[str]
    reach: str | None
    solutions: list[Solution]


class Answer(TypedDict):
    path: str
    file: str
    cause: str
    missing: str
    hindrances: list[dict[str, str]]
    absent: list[dict[str, object]]
    manifest: Search | None
    rules: Search | None


class Document(TypedDict):
    groups: list[dict[str, object]]
    modules: list[Answer]


def answers(*arguments: str, cwd: Path) -> Document:
    out = succeed("explain", *arguments, "--format", "json", cwd=cwd).out
    assert complaints("why-not", out) == []
    document: Document = json.loads(out)
    return document


def answer(module: str, star: str, cwd: Path) -> Answer:
    (found,) = answers(module, "--why-not", star, cwd=cwd)["modules"]
    return found


def make(change: Change, file: Path) -> None:
    """Does to a manifest of shape 1.1 what a change says, without the program's code."""
    document = json.loads(file.read_text("utf-8"))
    value = change["value"]
    match change["subject"], change["kind"]:
        case "capability", "add value":
            document.setdefault("capabilities", []).append({"name": value})
        case "node", "add value":
            document.setdefault("matriz_integration", {}).setdefault("pipeline_nodes", [])
            document["matriz_integration"]["pipeline_nodes"].append(value)
        case "node", "drop value":
            document["matriz_integration"]["pipeline_nodes"].remove(value)
        case "package", "add value":
            document.setdefault("dependencies", {}).setdefault("external", [])
            document["dependencies"]["external"].append({"package": value})
        case "owner", "set value":
            document["metadata"]["owner"] = value
        case "star", "star":
            document["constellation_alignment"]["primary_star"] = "Supporting"
        case other:
            raise AssertionError(other)
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")


@pytest.mark.parametrize(
    ("module", "star", "cause"),
    [
        ("irrigation/drip_eye", "Horizon", "short"),
        ("perception/label_reader", "Horizon", "deferred"),
        ("mind/attention_memory", "Flow", "rival"),
        ("mind/attention_memory", "Trail", "rival"),
        ("forecast/quantum_beds", "Oracle", "barred"),
        ("sim/flight_recorder", "Trail", "kept"),
        ("tools/memory_leak_finder", "Trail", "nothing"),
    ],
)
def test_each_change_of_a_manifest_promotes_when_it_is_made(
    hortus: Path, tmp_path: Path, module: str, star: str, cause: str
) -> None:
    found = answer(module, star, hortus)
    assert found["cause"] == cause
    assert found["manifest"] is not None
    assert found["manifest"]["solutions"]
    before = by_path(plan_of(succeed("plan", "--format", "json", cwd=hortus).out))
    for number, solution in enumerate(found["manifest"]["solutions"]):
        copy = tmp_path / str(number)
        shutil.copytree(hortus, copy)
        for change in solution["changes"]:
            make(change, copy / found["file"])
        after = by_path(plan_of(succeed("plan", "--format", "json", cwd=copy).out))
        ends = after[module]
        assert (ends["outcome"], ends["star"]) == ("promoted", star)
        assert ends["best"] is not None
        assert ends["best"]["score"] == solution["score"]
        moved = [p for p in after if after[p]["star"] != before[p]["star"] and p != module]
        assert moved == solution["others"]


def test_a_smaller_threshold_or_weight_promotes_when_it_is_written(project: Project) -> None:
    rules = """
    confidence {{ promote {promote} }}
    rule a -> Trail weight {weight} when capability is a
    rule b against Trail weight {against} when capability is b
    """
    project.rules(rules.format(promote="0.70", weight="0.80", against="0.20"))
    project.manifest("x/one", capabilities=["a", "b"])
    found = answer("x/one", "Trail", project.root)

    assert found["missing"] == "0.100000"
    assert found["rules"] is not None
    changes = [solution["changes"] for solution in found["rules"]["solutions"]]
    assert [(each["kind"], each["subject"], each["amount"]) for (each,) in changes] == [
        ("promote threshold", "Trail", "0.600000"),
        ("weight", "b", "0.100000"),
        ("weight", "a", "0.900000"),
    ]
    for values in (
        {"promote": "0.60", "weight": "0.80", "against": "0.20"},
        {"promote": "0.70", "weight": "0.80", "against": "0.10"},
        {"promote": "0.70", "weight": "0.90", "against": "0.20"},
    ):
        project.rules(rules.format(**values))
        plan = by_path(plan_of(succeed("plan", "--format", "json", cwd=project.root).out))
        assert plan["x/one"]["outcome"] == "promoted"


def test_a_change_of_rules_says_whom_else_it_moves(project: Project) -> None:
    project.rules("rule a -> Trail weight 0.60 when capability is a")
    for path in ("x/one", "x/two", "y/three"):
        project.manifest(path, capabilities=["a"])
    project.manifest("y/other")
    found = answer("x/two", "Trail", project.root)

    assert found["rules"] is not None
    assert [each["others"] for each in found["rules"]["solutions"]] == [["x/one", "y/three"]] * 2


def test_values_that_the_schema_forbids_are_not_named(project: Project) -> None:
    project.config('schema = "configs/only.schema.json"\n')
    project.write(
        "configs/only.schema.json",
        json.dumps(
            {
                "properties": {
                    "capabilities": {"items": {"properties": {"name": {"enum": ["one", "two"]}}}}
                }
            }
        ),
    )
    project.rules("table capability weight 0.70 { one, nine -> Trail  two, eight -> Watch }")
    project.manifest("x/page", capabilities=["two"])
    found = answer("x/page", "Trail", project.root)

    assert found["manifest"] is not None
    words = [c["words"] for s in found["manifest"]["solutions"] for c in s["changes"]]
    assert words == ["add capability `one`", "remove capability `two`"]


def test_an_owner_that_means_nobody_is_never_named(project: Project) -> None:
    project.rules("rule owned -> Trail weight 0.90 when owner in {unassigned, memory-team}")
    project.manifest("x/page")
    found = answer("x/page", "Trail", project.root)

    assert found["manifest"] is not None
    (solution,) = found["manifest"]["solutions"]
    assert [each["value"] for each in solution["changes"]] == ["memory-team"]


def test_a_mask_is_named_where_it_hides_the_word(hortus: Path) -> None:
    text = succeed("explain", "tools/memory_leak_finder", "--why-not", "Trail", cwd=hortus).text

    assert "`memory` is there, but hidden by `mask mentions memory leak*`" in " ".join(text.split())


@pytest.mark.requirement("R44")
def test_what_a_name_stands_for_is_looked_at(project: Project) -> None:
    """The mask that hides its word is named, and so is what of it no manifest can change."""
    project.rules(
        'mask mentions "memory leak*" because "a bug"\n'
        "derive stores yes when path mentions memory\n"
        "rule stored -> Trail weight 0.90 when stores is yes"
    )
    project.manifest("x/memory_leaks")
    found = answer("x/memory_leaks", "Trail", project.root)

    (absent,) = found["absent"]
    parts = absent["parts"]
    assert isinstance(parts, list)
    assert [part["note"] for part in parts] == [
        "`memory` is there, but hidden by `mask mentions memory leak*`: a bug"
    ]
    assert found["manifest"] is not None
    assert (found["manifest"]["complete"], found["manifest"]["frozen"]) == (True, ["path"])


def test_which_conjunct_fails(project: Project) -> None:
    project.rules(
        'rule both -> Trail weight 0.90 when path under "x" and capability is a '
        "unless owner is missing"
    )
    project.manifest("x/page", capabilities=["b"], owner="someone")
    (rule,) = answer("x/page", "Trail", project.root)["absent"]

    parts = rule["parts"]
    assert isinstance(parts, list)
    assert [(part["condition"], part["holds"], part["found"]) for part in parts] == [
        ("capability is a", False, ["capability: b"]),
        ("owner is present", True, []),
        ('path under "x"', True, []),
    ]


def test_beginnings_ends_and_numbers_of_values_are_explained(project: Project) -> None:
    project.rules(
        'rule edges -> Trail weight 0.90 when path starts with "labs/", "la" and '
        'capability not ends with "_old" and capability has at most 2 values'
    )
    project.manifest("labs/page", capabilities=["a", "b"])
    project.manifest("core/page", capabilities=["a", "b_old", "c"])
    plan = by_path(plan_of(succeed("plan", "--format", "json", cwd=project.root).out))

    (row,) = plan["labs/page"]["evidence"]
    shown = [(m["facet"], m["value"][m["start"] : m["end"]]) for m in row["matches"]]
    assert sorted(shown) == [
        ("capability", "a"),
        ("capability", "b"),
        ("path", "la"),
        ("path", "labs/"),
    ]

    (rule,) = answer("core/page", "Trail", project.root)["absent"]
    parts = rule["parts"]
    assert isinstance(parts, list)
    assert {part["condition"]: (part["holds"], part["found"]) for part in parts} == {
        "capability has at most 2 values": (False, ["capability: a, b_old, c"]),
        'capability not ends with "_old"': (False, ["capability: a, b_old, c"]),
        'path starts with "la", "labs/"': (False, ["path: core/page"]),
    }


def test_a_value_too_many_is_taken_away(project: Project) -> None:
    project.rules("rule few -> Trail weight 0.90 when capability has at most 1 values")
    file = project.manifest("x/page", capabilities=["a", "b", "c"])
    found = answer("x/page", "Trail", project.root)["manifest"]

    assert found is not None
    assert sorted(
        [change["value"] for change in each["changes"]] for each in found["solutions"]
    ) == [
        ["a", "b"],
        ["a", "c"],
        ["b", "c"],
    ]
    document = json.loads(file.read_text("utf-8"))
    document["capabilities"] = [{"name": "c"}]
    file.write_text(json.dumps(document), "utf-8")
    plan = by_path(plan_of(succeed("plan", "--format", "json", cwd=project.root).out))
    assert plan["x/page"]["outcome"] == "promoted"


def test_neighbours_are_no_values_that_a_module_lacks(project: Project) -> None:
    project.rules("rule callers -> Trail weight 0.90 when uses at least 1 modules currently Watch")
    project.manifest("x/page")
    (rule,) = answer("x/page", "Trail", project.root)["absent"]

    parts = rule["parts"]
    assert isinstance(parts, list)
    assert [(part["holds"], part["found"]) for part in parts] == [(False, [])]


def test_modules_are_grouped_by_cause(hortus: Path, hortus_plan: bytes) -> None:
    """Each module is in one group, and the counts are those of the plan."""
    groups = answers("--why-not", "Trail", "--under", "**", cwd=hortus)["groups"]
    plan = by_path(plan_of(hortus_plan))
    by_cause: dict[str, set[str]] = {}
    for group in groups:
        paths = group["paths"]
        assert isinstance(paths, list)
        assert group["count"] == len(paths)
        by_cause.setdefault(str(group["cause"]), set()).update(paths)

    assert sum(map(len, by_cause.values())) == len(plan)
    assert set().union(*by_cause.values()) == set(plan)
    assert by_cause["has it"] == {
        path for path, each in plan.items() if "Trail" in {each["star"], *each["secondary"]}
    }
    assert by_cause["kept"] == {
        path for path, each in plan.items() if each["outcome"] == "kept" and each["star"] != "Trail"
    }
    assert by_cause["barred"] == {
        path for path, each in plan.items() if "Trail" in each.get("barred", ())
    }


def test_a_group_may_be_chosen_by_outcome(hortus: Path, hortus_plan: bytes) -> None:
    groups = answers("--why-not", "Watch", "--outcome", "suggested", cwd=hortus)["groups"]
    suggested = {p for p, m in by_path(plan_of(hortus_plan)).items() if m["outcome"] == "suggested"}
    named = [path for group in groups for path in group["paths"]]  # type: ignore[attr-defined]  # -- a list of texts

    assert set(named) == suggested


@pytest.mark.parametrize("name", ["Memory", "✦ Trail (Memory)", "Trail"])
def test_a_star_may_be_called_by_its_label_or_alias(hortus: Path, name: str) -> None:
    assert answer("mind/goal_stack", name, hortus)["path"] == "mind/goal_stack"


def test_an_unknown_star_is_a_wrong_command_line(hortus: Path) -> None:
    done = starlang("explain", "web/api", "--why-not", "Trial", cwd=hortus)

    assert done.code == 2
    assert "did you mean `Trail`?" in done.said


def test_nothing_to_explain_is_a_wrong_command_line(hortus: Path) -> None:
    assert starlang("explain", "--why-not", "Trail", cwd=hortus).code == 2
    done = starlang("explain", "--why-not", "Trail", "--under", "nowhere", cwd=hortus)
    assert done.code == 1
    assert "no module is chosen" in done.said
