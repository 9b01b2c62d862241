"""`status` says how far a run has come, whatever has happened, and which command is due."""

import json
import re
import subprocess
import sys

import pytest
from program.documents import complaints
from program.run import environment, starlang, succeed
from run.world import World

from starlang.run.pin import pin


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


def test_what_is_in_the_way_is_printed_once(world: World) -> None:
    world.prepared()
    for path in ("store/memory", "gate/guard"):
        world.project.manifest(path, owner="edited")

    done = succeed("status", cwd=world.root)

    assert "2 findings" in done.text
    assert (done.text + done.said).count("store/memory/module.manifest.json` has been edited") == 1


@pytest.mark.requirement("R31")
def test_who_is_to_approve_is_given_the_command_to_type(world: World) -> None:
    digest = world.reported().removeprefix("sha256:")

    assert due(world) == f"starlang approve {digest[:16]}"
    succeed(*due(world).split()[1:], cwd=world.root)
    assert due(world) == "starlang apply"


COLOURS = {"done": "\x1b[32m", "open": "\x1b[1;33m", "holds": "\x1b[32m", "fails": "\x1b[1;31m"}


@pytest.mark.parametrize("command", ["status", "verify"])
def test_what_fails_does_not_look_like_what_holds(world: World, command: str) -> None:
    world.applied()
    world.project.config('[verify]\nprotected = ["owner", "tier"]\n')
    pin(world.run())

    plain = starlang(command, cwd=world.root).out.decode()
    forced = starlang(command, cwd=world.root, env={"FORCE_COLOR": "1"}).out.decode()
    unwanted = starlang(command, cwd=world.root, env={"FORCE_COLOR": "1", "NO_COLOR": "1"})

    words = {"status": ("done", "open"), "verify": ("holds", "fails")}[command]
    assert "\x1b" not in plain + unwanted.out.decode()
    assert re.sub(r"\x1b\[[0-9;]*m", "", forced) == plain
    for word in words:
        assert f"{COLOURS[word]}{word}" in forced


WITHOUT_UNIX = """
import os, runpy, sys
for name in ("fcntl", "pwd", "grp", "resource", "termios", "readline"):
    sys.modules[name] = None
import getpass, pathlib, platform, subprocess, tempfile, urllib.request  # they ask the system
for name in ("getuid", "geteuid", "fchmod", "getxattr", "listxattr", "setxattr", "O_DIRECTORY",
             "O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "sync"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
    os.environ.pop(name, None)
sys.platform = "darwin"  # as "win32" the standard library would ask for modules of Windows
sys.argv = ["starlang", *sys.argv[1:]]
runpy.run_module("starlang", run_name="__main__")
"""


@pytest.mark.fault_row(112)
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("status", 0),
        ("check", 0),
        ("plan", 0),
        ("explain store/memory", 0),
        ("pin", 1),
        ("apply", 1),
    ],
)
def test_without_what_unix_has_one_can_look_and_steps_say_what_they_need(
    world: World, command: str, code: int
) -> None:
    world.applied()

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_UNIX, *command.split()],
        cwd=world.root,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    if code:
        assert "E951" in done.stderr
    if command == "status":
        assert "apply    done" in done.stdout
