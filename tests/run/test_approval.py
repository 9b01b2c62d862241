"""`approve`: a person's word for exactly one plan, in one place, once, until a day."""

import json
import re
import shutil
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from program.effort import THOROUGH
from program.repositories import commit_all, git
from run.test_apply import refused
from run.world import SETTINGS, START, World, silent

from starlang.errors import GateClosedError, RefusedError
from starlang.run.apply import apply
from starlang.run.approval_file import FILE
from starlang.run.approve import approve
from starlang.run.backup import backup
from starlang.run.canary import canary
from starlang.run.gates import Gates
from starlang.run.pin import pin
from starlang.run.rollback import rollback
from starlang.run.status import StepState, status
from starlang.run.transactions import forget, transactions

pytestmark = pytest.mark.requirement("R23")


def closed(world: World) -> list[str]:
    """The codes with which `apply` refuses; no manifest has changed."""
    before = world.manifests()
    found = refused(lambda: apply(world.run(), silent))
    assert world.manifests() == before
    return found


def test_it_says_who_when_and_what(world: World) -> None:
    plan = world.reported()
    made = approve(world.run("bob"), plan, "bob@example.org", 3)

    lines = dict(
        line.split(": ", 1) for line in world.audit(FILE).read_text().splitlines() if ": " in line
    )
    head = git(world.root, "rev-parse", "HEAD").strip()
    assert lines["plan"] == plan
    assert lines["changes"] == "2"
    assert lines["branch"] == "main"
    assert lines["commit"] == head
    pins = json.loads(world.audit("digests.json").read_bytes())
    assert lines["repository"] == pins["repository"]
    assert lines["reported at"] == "2026-03-01T12:00:00Z"
    assert lines["reported by"].partition(" (")[0] == "alice"
    assert lines["approved by"] == made.by == "bob@example.org"
    assert lines["approved at"] == "2026-03-01T12:00:00Z"
    assert lines["expires at"] == "2026-03-04T12:00:00Z"


@pytest.mark.parametrize("named", ["", "1234567", "ffffffffffff", "sha256:"])
def test_whoever_approves_has_to_name_the_plan(world: World, named: str) -> None:
    world.reported()

    assert refused(lambda: approve(world.run(), named, "bob", 7)) == ["E967"]
    assert not world.audit(FILE).exists()


@pytest.mark.parametrize("by", ["", " bob", "bob\nexpires at: 2099-01-01T00:00:00Z"])
def test_a_name_is_one_line(world: World, by: str) -> None:
    plan = world.reported()

    assert refused(lambda: approve(world.run(), plan, by, 7)) == ["E967"]


@pytest.mark.requirement("R31")
def test_there_is_nothing_to_approve_before_a_canary(world: World) -> None:
    run = world.prepared()

    assert refused(lambda: approve(run, "12345678", "bob", 7)) == ["E955"]


@pytest.mark.fault_row(49)
def test_no_line_of_it_can_be_changed(world: World) -> None:
    world.approved()
    lines = world.audit(FILE).read_text().splitlines(keepends=True)
    assert len(lines) == 24
    for number, line in enumerate(lines):
        changed = [*lines[:number], line.rstrip("\n") + " \n", *lines[number + 1 :]]
        world.audit(FILE).write_text("".join(changed))
        assert closed(world) == ["E962"], number


@pytest.mark.fault_row(49, 50)
@pytest.mark.parametrize("damage", ["empty", "crlf", "cut", "twice", "latin", "more"])
def test_no_byte_of_it_can_be_changed(world: World, damage: str) -> None:
    world.approved()
    file = world.audit(FILE)
    data = file.read_bytes()
    file.write_bytes(
        {
            "empty": b"",
            "crlf": data.replace(b"\n", b"\r\n"),
            "cut": data[:-20],
            "twice": data + data,
            "latin": data.replace(b"bob", b"b\xf6b"),
            "more": data + b"and everything else\n",
        }[damage]
    )

    assert closed(world) == ["E962"]


@pytest.mark.fault_row(51)
def test_a_config_may_bind_it_to_its_branch(world: World) -> None:
    world.project.config(SETTINGS + "[approval]\nbind_branch = true\n")
    world.approved()
    git(world.root, "switch", "-q", "-c", "other")
    assert closed(world) == ["E963"]
    git(world.root, "switch", "-q", "--detach")
    assert closed(world) == ["E963"]
    git(world.root, "switch", "-q", "main")

    assert apply(world.run(), silent).written == 2


@pytest.mark.fault_row(108)
@pytest.mark.parametrize("what", ["readme", "merge", "branch", "detached", "history"])
def test_what_git_does_around_it_keeps_it(world: World, what: str) -> None:
    world.approved()
    commit_all(world.root, "the report and its approval")
    if what == "merge":
        git(world.root, "switch", "-q", "-c", "side", "HEAD~")
    if what in {"readme", "merge"}:
        world.project.write("README.md", "x = 1\n")
        commit_all(world.root, "something else")
    if what == "merge":
        git(world.root, "switch", "-q", "main")
        git(world.root, "merge", "-q", "--no-ff", "side", "-m", "both")
    if what == "branch":
        git(world.root, "switch", "-q", "-c", "other")
    if what == "detached":
        git(world.root, "switch", "-q", "--detach")
    if what == "history":
        git(world.root, "checkout", "-q", "--orphan", "new")
        commit_all(world.root, "a new beginning")
    world.clock.turn(START + timedelta(hours=1))
    assert not canary(world.run("carol"), silent).is_new

    assert apply(world.run(), silent).written == 2


@pytest.mark.fault_row(51)
def test_it_is_not_for_another_repository(world: World) -> None:
    world.approved()
    pins = world.audit("digests.json")
    document = json.loads(pins.read_bytes())
    assert re.fullmatch("[0-9a-f]{32}", document["repository"])
    pins.write_text(json.dumps({**document, "repository": "0123456789abcdef" * 2}))

    assert closed(world) == ["E963"]


@pytest.mark.fault_row(108)
@pytest.mark.requirement("R47")
@pytest.mark.parametrize("depth", [(), ("--depth", "1")])
def test_a_clone_has_what_an_approval_is_bound_to(
    world: World, tmp_path: Path, depth: tuple[str, ...]
) -> None:
    """As CI servers have it: one commit, and HEAD detached. Its backup is its own."""
    world.approved()
    commit_all(world.root, "approved")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", *depth, f"file://{world.root}", clone)
    git(clone, "switch", "-q", "--detach")
    other = World(type(world.project)(clone), world.clock)
    assert git(clone, "rev-list", "--count", "HEAD").strip() == ("1" if depth else "2")
    assert refused(lambda: apply(other.run(), silent)) == ["E955"]
    world.clock.turn(START + timedelta(hours=1))
    backup(other.run("ci"))

    assert not pin(other.run("ci")).is_new
    assert not canary(other.run("ci"), silent).is_new
    assert apply(other.run("ci"), silent).written == 2


@pytest.mark.requirement("R47")
def test_the_identity_of_a_repository_is_chosen_once(world: World) -> None:
    first = pin(world.run()).pins.repository
    with (world.root / "rules" / "main.star").open("a") as out:
        out.write("# a remark\n")
    again = pin(world.run())

    assert again.is_new
    assert again.pins.repository == first
    other = World(type(world.project)(world.root.with_name("other")))
    shutil.copytree(world.root, other.root)
    other.audit("digests.json").unlink()
    assert pin(other.run()).pins.repository != first


@pytest.mark.requirement("R47")
def test_pins_that_are_damaged_are_not_written_over(world: World) -> None:
    pin(world.run())
    world.audit("digests.json").write_text("{")

    with pytest.raises(GateClosedError) as raised:
        pin(world.run())
    (finding,) = raised.value.diagnostics
    assert finding.code == "E953"
    assert "voids every approval" in finding.hint
    world.audit("digests.json").unlink()
    assert pin(world.run()).is_new


@pytest.mark.requirement("R47")
@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("rules/main.star", "# a remark\n", "rules/main.star"),
        (
            "manifests/web/page/module.manifest.json",
            " \n",
            "manifests/web/page/module.manifest.json",
        ),
    ],
)
def test_what_it_was_made_from_voids_it_by_name(
    world: World, file: str, text: str, named: str
) -> None:
    world.approved()
    with (world.root / file).open("a") as out:
        out.write(text)
    assert closed(world)[0] in {"E956", "E959"}
    world.clock.turn(START + timedelta(hours=1))
    world.prepared()

    with pytest.raises(GateClosedError) as raised:
        apply(world.run(), silent)
    (finding,) = raised.value.diagnostics
    assert finding.code == "E960"
    assert named in finding.message
    assert named in canary(world.run(), silent).reported.head.making.since
    assert closed(world) == ["E963"]


@pytest.mark.fault_row(50, 52, 117)
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("approved at", "2026-02-28T12:00:00Z", "before the report"),
        ("reported at", "2026-03-02T12:00:00Z", "before the report"),
        ("expires at", "2026-03-08T12:00:01Z", "longer than 7 days"),
        ("expires at", "9999-12-31T23:59:59Z", "longer than 7 days"),
    ],
)
def test_times_that_cannot_be_are_refused_though_the_sum_is_right(
    world: World, name: str, value: str, words: str
) -> None:
    world.approved()
    text = re.sub(f"(?m)^{name}: .*$", f"{name}: {value}", world.audit(FILE).read_text())
    body, end = text.split("\nsha256 of the lines above: ")
    summed = sha256(body.encode()).hexdigest()
    assert len(end.strip()) == 64
    world.audit(FILE).write_text(f"{body}\nsha256 of the lines above: {summed}\n")

    with pytest.raises(GateClosedError) as raised:
        apply(world.run(), silent)
    (finding,) = raised.value.diagnostics
    assert finding.code == "E964"
    assert words in finding.message


@pytest.mark.fault_row(117)
def test_nobody_approves_for_longer_than_the_config_allows(world: World) -> None:
    plan = world.reported()

    assert refused(lambda: approve(world.run("bob"), plan, "bob", 8)) == ["E964"]
    assert not world.audit(FILE).exists()


@pytest.mark.fault_row(50, 52, 63)
def test_it_expires(world: World) -> None:
    world.approved()
    world.clock.turn(START + timedelta(days=7))
    apply(world.run(), silent, dry_run=True)
    world.clock.turn(START + timedelta(days=7, seconds=1))

    assert closed(world) == ["E964"]


@pytest.mark.fault_row(63)
def test_one_from_the_future_is_refused(world: World) -> None:
    world.approved()
    world.clock.turn(START - timedelta(hours=1))

    assert closed(world) == ["E964"]


@pytest.mark.fault_row(52)
def test_it_is_good_for_one_run(world: World) -> None:
    rollback(world.applied(), silent)

    assert closed(world) == ["E965"]
    approve(world.run("bob"), Gates(world.run()).planned.digest, "bob", 7)
    apply(world.run(), silent)


@pytest.mark.fault_row(52)
def test_it_is_used_even_if_the_run_has_been_forgotten(world: World) -> None:
    for name in ("a", "b", "c", "d"):
        world.project.manifest(f"store/memory/{name}", owner="ops")
    world.approved()
    old = world.audit(FILE).read_bytes()
    report = world.audit("canary_report.json").read_bytes()
    apply(world.run(), silent)
    rollback(world.run(), silent)
    canary(world.run(), silent, write=True)
    forget(world.run(), ["000001"])
    assert [each.name for each in transactions(world.run())] == ["000002"]
    world.audit(FILE).write_bytes(old)
    world.audit("canary_report.json").write_bytes(report)

    assert closed(world) == ["E965"]


@pytest.mark.fault_row(52)
def test_an_older_one_cannot_be_put_back(world: World) -> None:
    world.approved()
    old = world.audit(FILE).read_bytes()
    world.clock.turn(START + timedelta(seconds=1))
    approve(world.run("bob"), Gates(world.run()).planned.digest, "bob", 7)
    apply(world.run(), silent)
    rollback(world.run(), silent)
    world.audit(FILE).write_bytes(old)

    assert closed(world) == ["E965"]


def test_an_identical_plan_keeps_it(world: World) -> None:
    world.approved()
    before = world.audit("canary_report.json").read_bytes()
    world.clock.turn(START + timedelta(hours=1))
    pin(world.run("carol"))
    made = canary(world.run("carol"), silent)

    assert not made.is_new
    assert world.audit("canary_report.json").read_bytes() == before
    assert apply(world.run(), silent).written == 2


def test_a_second_backup_of_the_same_bytes_keeps_it(world: World) -> None:
    world.approved()
    world.clock.turn(START + timedelta(hours=1))
    backup(world.run("carol"))
    assert not canary(world.run("carol"), silent).is_new

    assert apply(world.run(), silent).written == 2
    assert rollback(world.run(), silent).count == 2


def test_a_digest_may_be_written_in_capitals(world: World) -> None:
    plan = world.reported()

    approve(world.run(), plan.upper(), "bob", 7)


@pytest.mark.fault_row(56)
def test_another_plan_voids_it_and_names_what_would_change(world: World) -> None:
    world.approved()
    with (world.root / "rules" / "main.star").open("a") as out:
        out.write("rule more -> Watch weight 0.90 when path mentions page\n")
    assert closed(world) == ["E956"]
    pin(world.run())

    with pytest.raises(RefusedError) as raised:
        apply(world.run(), silent)

    (finding,) = raised.value.diagnostics
    assert finding.code == "E960"
    assert "web/page (unchanged -> 🛡️ Watch (Guardian))" in finding.message


@pytest.mark.fault_row(56)
def test_a_report_that_failed_cannot_be_approved(world: World) -> None:
    world.project.config('[verify]\nprotected = ["owner", "tier"]\n')
    world.prepared()
    with pytest.raises(RefusedError) as raised:
        canary(world.run(), silent)
    assert [each.code for each in raised.value.diagnostics] == ["E985"]

    assert refused(lambda: approve(world.run(), "12345678", "bob", 7)) == ["E961"]
    found = {each.step: each.state for each in status(world.run()).steps}
    assert (found["backup"], found["canary"]) == (StepState.DONE, StepState.OPEN)


@pytest.mark.fault_row(62)
def test_no_byte_of_the_report_can_be_changed_afterwards(world: World) -> None:
    world.approved()
    file = world.audit("canary_report.json")
    data = file.read_bytes()
    for place in range(0, len(data), 97 if THOROUGH else 397):
        file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert set(closed(world)) <= {"E953", "E960", "E961", "E963", "E971"}, place
    file.write_bytes(data)

    assert apply(world.run(), silent).written == 2


@pytest.mark.fault_row(62)
@pytest.mark.parametrize("file", ["canary_report.json"])
def test_a_report_that_was_damaged_is_named(world: World, file: str) -> None:
    world.approved()
    world.audit(file).write_text("{")

    assert closed(world) == ["E953"]


def test_a_run_in_another_clone_needs_its_own_backup(world: World, tmp_path: Path) -> None:
    """What an approval stands on is not in git: the backup that makes it revocable."""
    world.approved()
    commit_all(world.root, "approved")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", world.root, clone)
    shutil.copytree(world.root / "docs", clone / "docs", dirs_exist_ok=True)
    other = World(type(world.project)(clone), world.clock)

    assert refused(lambda: apply(other.run(), silent)) == ["E955"]
