"""`status` says how far a run has come, whatever has happened, and which command is due."""

import json

import pytest
from pipeline.world import World
from program.documents import complaints
from program.run import starlang, succeed


def states(world: World) -> list[tuple[str, str]]:
    found = json.loads(succeed("status", "--format", "json", cwd=world.root).out)
    return [(each["step"], each["state"]) for each in found["steps"]][:2]


def due(world: World) -> str:
    found: dict[str, str] = json.loads(succeed("status", "--format", "json", cwd=world.root).out)
    return found["next"]


@pytest.mark.requirement("R31")
def test_the_due_command_leads_from_step_to_step(world: World) -> None:
    assert states(world) == [("pin", "open"), ("backup", "waiting")]
    for step in ("pin", "backup"):
        assert due(world) == f"starlang {step}"
        succeed(step, cwd=world.root)
    assert states(world) == [("pin", "done"), ("backup", "done")]


@pytest.mark.requirement("R31")
def test_a_step_out_of_order_names_the_missing_one_and_its_command(world: World) -> None:
    done = starlang("backup", cwd=world.root)

    assert done.code == 4
    assert "E955" in done.said
    assert "`starlang pin`" in done.said


def test_a_changed_rule_opens_the_first_step_again(world: World) -> None:
    succeed("pin", cwd=world.root)
    succeed("backup", cwd=world.root)
    with (world.root / "rules" / "main.star").open("a") as file:
        file.write("# a remark\n")

    assert states(world) == [("pin", "open"), ("backup", "waiting")]
    assert "rules/main.star" in succeed("status", cwd=world.root).text


def test_whatever_lies_in_the_audits_it_is_told_and_nothing_breaks(world: World) -> None:
    succeed("pin", cwd=world.root)
    succeed("backup", cwd=world.root)
    for path in sorted((world.root / "docs" / "audits").iterdir()):
        path.write_bytes(b"\xff\x00{")

        assert states(world)[0] == ("pin", "open")


def test_documents_are_as_their_schemas_say(world: World) -> None:
    assert complaints("status", succeed("status", "--format", "json", cwd=world.root).out) == []
    succeed("pin", cwd=world.root)
    succeed("backup", cwd=world.root)

    assert complaints("status", succeed("status", "--format", "json", cwd=world.root).out) == []
    assert complaints("pins", world.audit("digests.json").read_bytes()) == []
    (metadata,) = world.root.glob(".backups/*/backup_metadata.json")
    assert complaints("backup", metadata.read_bytes()) == []
