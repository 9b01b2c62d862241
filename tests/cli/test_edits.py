"""What a plan would write, and the schema that forbids it."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from program.documents import codes, plan_of
from program.projects import Project
from program.run import starlang, succeed

RULES = """
rule trail-path -> Trail weight 0.90 when path mentions memory
rule watch-path -> Watch weight 0.80 when path mentions guard
ceilings { at most 2 stars per module }
"""
TRAIL, WATCH = "✦ Trail (Memory)", "🛡️ Watch (Guardian)"


def schema(primary: list[str], secondary: list[str]) -> str:
    """A schema that allows these labels, and demands an owner."""
    stars = {
        "primary_star": {"enum": primary},
        "secondary_stars": {"type": "array", "items": {"enum": secondary}},
    }
    return json.dumps(
        {
            "properties": {
                "constellation_alignment": {"type": "object", "properties": stars},
                "metadata": {"properties": {"owner": {"enum": ["somebody"]}}},
            }
        }
    )


@pytest.fixture
def guarded(project: Project) -> Project:
    """One module gets two stars; the config names a schema. Its owner is wrong already."""
    project.config('schema = "configs/schema.json"\n')
    project.rules(RULES)
    project.manifest("memory/guard", owner="nobody")
    return project


@pytest.mark.parametrize(
    ("primary", "secondary", "pointer"),
    [
        (["Supporting"], [WATCH], "/constellation_alignment/primary_star"),
        (["Supporting", TRAIL], [TRAIL], "/constellation_alignment/secondary_stars/0"),
    ],
    ids=["primary", "secondary"],
)
def test_an_edit_that_the_schema_forbids_blocks(
    guarded: Project, primary: list[str], secondary: list[str], pointer: str
) -> None:
    guarded.write("configs/schema.json", schema(primary, secondary))

    done = starlang("plan", "--format", "json", cwd=guarded.root)
    plan = plan_of(done.out)

    assert done.code == 5
    assert [(each["code"], each["pointer"]) for each in plan["blocked"]] == [("E804", pointer)]
    assert plan["blocked"][0]["file"] == "manifests/memory/guard/module.manifest.json"
    assert len(plan["edits"]) == 2, "the plan is shown all the same"


def test_what_is_wrong_already_does_not_block(guarded: Project) -> None:
    guarded.write("configs/schema.json", schema(["Supporting", TRAIL], [WATCH]))

    done = starlang("plan", "--format", "json", cwd=guarded.root)
    plan = plan_of(done.out)

    assert (done.code, plan["blocked"]) == (0, [])
    (finding,) = [each for each in plan["warnings"] if each["pointer"]]
    assert (finding["severity"], finding["pointer"]) == ("warning", "/metadata/owner")


def test_edits_are_the_star_fields_and_nothing_else(guarded: Project) -> None:
    guarded.write("configs/schema.json", "{}")
    file = "manifests/memory/guard/module.manifest.json"
    digest = sha256((guarded.root / file).read_bytes()).hexdigest()

    plan = plan_of(succeed("plan", "--format", "json", cwd=guarded.root).out)

    at = "/constellation_alignment"
    edits = {edit["pointer"]: (edit["old"], edit["new"]) for edit in plan["edits"]}
    assert edits == {
        f"{at}/primary_star": ("Supporting", TRAIL),
        f"{at}/secondary_stars": (None, [WATCH]),
    }
    assert {(edit["file"], edit["before"]) for edit in plan["edits"]} == {
        (file, f"sha256:{digest}")
    }


def test_reassessing_edits_nothing(guarded: Project) -> None:
    """Every module is decided as if it carried the default, so nothing can be written."""
    guarded.write("configs/schema.json", schema(["Supporting"], []))
    guarded.manifest("memory/kept", star=WATCH)

    done = starlang("plan", "--reassess", "--format", "json", cwd=guarded.root)
    plan = plan_of(done.out)

    assert (done.code, plan["edits"], plan["blocked"]) == (0, [], [])
    assert {each["path"]: each["outcome"] for each in plan["modules"]} == {
        "memory/guard": "promoted",
        "memory/kept": "promoted",
    }


def test_a_plan_applied_again_changes_nothing(guarded: Project) -> None:
    guarded.write("configs/schema.json", "{}")
    command = ("plan", "--format", "json")
    first = plan_of(succeed(*command, cwd=guarded.root).out)

    guarded.manifest("memory/guard", owner="nobody", star=TRAIL, beside=[WATCH])
    second = plan_of(succeed(*command, cwd=guarded.root).out)

    assert first["distribution"]["after"] == second["distribution"]["before"]
    assert second["edits"] == []
    assert second["modules"][0]["outcome"] == "kept"


def test_the_plain_shape_is_edited_where_it_keeps_its_stars(
    project: Project, tmp_path: Path
) -> None:
    manifest = {
        "module": {"name": "memory.guard", "path": "memory/guard", "owner": "x"},
        "constellation": {"stars": ["Supporting"], "confidence": 0},
    }
    project.write("manifests/memory/guard/module.manifest.json", json.dumps(manifest))
    project.rules(RULES)

    plan = plan_of(
        succeed(
            *("plan", "--profile", "constellation-plain", "--format", "json"), cwd=project.root
        ).out
    )

    assert {edit["pointer"]: edit["new"] for edit in plan["edits"]} == {
        "/constellation/stars": [TRAIL, WATCH],
        "/constellation/confidence": 0.9,
    }
    assert codes(plan["blocked"]) == []
    assert tmp_path.is_dir()
