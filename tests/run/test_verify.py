"""`verify`: everything is looked up in the files, and a check that compared nothing fails."""

import json
import re
import shutil
from collections import Counter
from copy import copy
from datetime import timedelta

import pytest
from program.documents import complaints
from program.run import starlang, succeed
from run.test_apply import refused
from run.world import SETTINGS, START, World, silent

from starlang.errors import GateClosedError, UnsafeError
from starlang.run.apply import apply
from starlang.run.approve import approve
from starlang.run.backup import backup
from starlang.run.canary import canary
from starlang.run.checks import FailedChecksError, Verdict, what_failed
from starlang.run.pin import pin
from starlang.run.rollback import rollback
from starlang.run.status import StepState, StepStatus, status
from starlang.run.verify import FILE, Verification, verify

pytestmark = pytest.mark.requirement("R26")


def edit(world: World, path: str, old: str, new: str) -> None:
    file = world.manifest(path)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def codes(found: Verification) -> list[str]:
    return [each.code for each in found.findings]


def verdicts(found: Verification) -> dict[str, str]:
    return {each.name: each.verdict.value for each in found.checks}


def test_after_a_run_everything_holds_and_says_what_it_compared(world: World) -> None:
    found = verify(world.applied())

    assert found.holds
    assert [(each.name, each.compared) for each in found.checks] == [
        ("bytes outside the stars", 3),
        ("stars as planned", 3),
        ("owner", 3),
        ("contract references", 0),
        ("schema", 0),
        ("ceilings", 0),
        ("report and approval", 4),
    ]
    assert [each.verdict for each in found.checks][3:] == [
        Verdict.NOT_CHECKED,
        Verdict.NOT_CHECKED,
        Verdict.DOES_NOT_APPLY,
        Verdict.HOLDS,
    ]
    assert (found.before, found.after) == (
        {"Supporting": 3},
        {"Supporting": 1, "Trail": 1, "Watch": 1},
    )


def test_the_distribution_is_that_of_the_files(world: World) -> None:
    verify(world.applied())

    written = json.loads(world.audit(FILE).read_bytes())
    labels = Counter(
        json.loads(path.read_bytes())["constellation_alignment"]["primary_star"]
        for path in world.root.glob("manifests/**/*.json")
    )
    stars = {"✦ Trail (Memory)": "Trail", "🛡️ Watch (Guardian)": "Watch"}
    assert written["distribution"]["after"] == {stars.get(k, k): n for k, n in labels.items()}


@pytest.mark.fault_row(34)
@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("web/page", '"owner": "ops"', '"owner": "eve"', ["E980", "E982"]),
        ("web/page", '"owner": "ops"', '"owner":  "ops"', ["E980"]),
        ("web/page", '"Supporting"', '"✦ Trail (Memory)"', ["E981"]),
        ("store/memory", "✦ Trail (Memory)", "Supporting", ["E981"]),
        ("gate/guard", '"tags": []', '"tags": ["x"]', ["E980"]),
    ],
)
def test_what_differs_is_named(
    world: World, path: str, old: str, new: str, expected: list[str]
) -> None:
    world.applied()
    edit(world, path, old, new)

    found = verify(world.run())

    assert codes(found) == expected
    assert {each.file for each in found.findings} == {f"manifests/{path}/module.manifest.json"}


def test_a_manifest_that_came_or_went_is_named(world: World) -> None:
    world.applied()
    world.manifest("web/page").unlink()
    world.project.manifest("web/other", owner="ops")

    found = verify(world.run())

    assert [(each.code, each.file.split("/")[2]) for each in found.findings] == [
        ("E980", "other"),
        ("E980", "page"),
    ]


def test_a_manifest_that_cannot_be_read_is_named(world: World) -> None:
    world.applied()
    world.manifest("web/page").write_text("{")

    (code,) = refused(lambda: verify(world.run()), UnsafeError)
    assert code.startswith("E5")


def test_a_field_that_is_nowhere_is_no_pass(world: World) -> None:
    world.applied()
    world.project.config('\n[verify]\nprotected = ["owner", "tier"]\n')
    pin(world.run())

    found = verify(world.run())

    assert codes(found) == ["E985", "E960"]  # nor is the report about these inputs
    assert verdicts(found)["tier"] == "fails"


def test_a_facet_that_the_profile_does_not_have_is_no_pass(world: World) -> None:
    world.project.config('\n[verify]\nprotected = ["owners"]\n')
    world.prepared()

    assert refused(lambda: canary(world.run(), silent), UnsafeError) == ["E985"]


def contracts(world: World, *references: str) -> list[tuple[str, str]]:
    """What is found about these references, with the hints."""
    world.project.config(SETTINGS + 'contracts = "contracts"\n')
    world.project.write("contracts/door.opened@v1.json", "{}")
    world.project.write("contracts/more/valve.opened@v2.json", "{}")
    file = world.manifest("web/page")
    document = json.loads(file.read_bytes())
    document["contracts"] = list(references)
    file.write_text(json.dumps(document))
    world.prepared()
    try:
        found = canary(world.run(), silent).reported.checks
    except UnsafeError as error:
        return [(each.code, each.hint) for each in error.diagnostics]
    (check,) = [each for each in found if each.name == "contract references"]
    assert check.compared == len(references)
    return []


def test_contracts_that_exist_are_found(world: World) -> None:
    names = ("door.opened@v1", "valve.opened@v2", "contracts/door.opened@v1.json")
    assert contracts(world, *names) == []


@pytest.mark.parametrize(
    ("reference", "code", "hint"),
    [
        ("door.opend@v1", "E984", "door.opened@v1"),
        ("door.opened@v2", "E984", "door.opened@v1"),
        ("door.opened", "E983", "door.opened@v1"),
        ("Door.Opened@v1", "E983", "door.opened@v1"),
        ("door.opened@v01", "E983", "door.opened@v1"),
        ("contracts/door.opend@v1.json", "E984", "contracts/door.opened@v1.json"),
    ],
)
def test_a_wrong_reference_is_named_with_a_near_one(
    world: World, reference: str, code: str, hint: str
) -> None:
    ((found, said),) = contracts(world, reference)

    assert found == code
    assert hint in said


def test_what_failed_is_a_line_a_check_with_one_way_out(world: World) -> None:
    """Hints of their own, as near names, are not the way out of all."""
    world.project.config('\n[verify]\nprotected = ["tier"]\ncontracts = "contracts"\n')
    world.project.write("contracts/door.opened@v1.json", "{}")
    file = world.manifest("web/page")
    document = json.loads(file.read_bytes())
    document["contracts"] = ["door.opend@v1", "Valve"]
    file.write_text(json.dumps(document))
    world.prepared()

    with pytest.raises(FailedChecksError) as raised:
        canary(world.run(), silent)

    error = copy(raised.value)
    lines = [*what_failed(error.diagnostics, error.checks)]
    assert len({each.hint for each in error.diagnostics if each.code[:3] == "E98"}) == 3
    assert [each.partition(":")[0] for each in lines] == ["tier", "contract references"]
    assert lines[0].startswith("tier: nothing was compared; correct the place in the profile")
    count, _, way_out = lines[1].partition("; ")
    assert count == "contract references: 2 findings in 1 file (2 references)"
    assert way_out == "correct the references, or add the contracts"


def test_the_schema_is_asked_and_known_findings_are_known(world: World) -> None:
    config = '[project]\nrules = "rules/main.star"\nmanifests = "manifests"\n'
    config += 'schema = "configs/small.json"\n' + SETTINGS
    schema = {"properties": {"metadata": {"properties": {"owner": {"enum": ["ops", "sec"]}}}}}
    world.project.write("configs/small.json", json.dumps(schema))
    edit(world, "web/page", '"owner": "ops"', '"owner": "eve"')
    world.project.write("configs/starlang.toml", config)
    world.prepared()
    assert refused(lambda: canary(world.run(), silent), UnsafeError) == ["W510"]

    config += '\n[[baseline]]\npath = "web/page"\ncode = "W510"\nreason = "known"\n'
    world.project.write("configs/starlang.toml", config)
    world.clock.turn(START + timedelta(seconds=1))
    plan = world.reported()
    approve(world.run("bob"), plan, "bob", 7)
    apply(world.run(), silent)
    found = verify(world.run())
    assert found.holds
    (check,) = [each for each in found.checks if each.name == "schema"]
    assert (check.compared, len(check.known)) == (3, 1)


def test_a_known_finding_that_has_gone_is_named(world: World) -> None:
    entry = '\n[[baseline]]\npath = "web/page"\ncode = "W510"\nreason = "known"\n'
    world.project.write("configs/small.json", "{}")
    config = '[project]\nrules = "rules/main.star"\nmanifests = "manifests"\n'
    config += 'schema = "configs/small.json"\n' + SETTINGS + entry
    world.project.write("configs/starlang.toml", config)
    world.prepared()

    assert refused(lambda: canary(world.run(), silent), UnsafeError) == ["W701"]


def test_limits_are_counted_from_the_files(world: World) -> None:
    world.project.rules(
        "rule trail-path -> Trail weight 0.80 when path mentions memory\n"
        "ceilings {\n  at most 1 promoted\n  at least 60% Supporting\n}\n"
    )
    world.prepared()
    plan = canary(world.run(), silent).reported.head.plan
    approve(world.run("bob"), plan, "bob", 7)
    apply(world.run(), silent)
    assert verify(world.run()).holds
    edit(world, "web/page", '"Supporting"', '"✦ Trail (Memory)"')

    assert codes(verify(world.run())) == ["E981", "E801", "E802"]


def verify_step(world: World) -> StepStatus:
    return next(each for each in status(world.run()).steps if each.step == "verify")


def test_without_a_schema_nobody_says_that_everything_held(world: World) -> None:
    world.applied()

    done = succeed("verify", cwd=world.root)
    assert re.search(r"^schema +not checked +no schema$", done.text, re.MULTILINE)
    assert complaints("verification", world.audit(FILE).read_bytes()) == []
    words = verify_step(world).words
    assert "everything" not in words
    assert words.endswith("not checked: contract references, schema")


def test_with_all_that_can_be_checked_everything_held(world: World) -> None:
    config = '[project]\nrules = "rules/main.star"\nmanifests = "manifests"\n'
    config += 'schema = "configs/small.json"\n' + SETTINGS + 'contracts = "contracts"\n'
    world.project.write("configs/small.json", "{}")
    world.project.write("contracts/door.opened@v1.json", "{}")
    world.project.write("configs/starlang.toml", config)
    edit(world, "web/page", '"metadata"', '"contracts": ["door.opened@v1"],\n  "metadata"')
    world.applied()
    assert verify(world.run()).holds

    assert verify_step(world).words == "everything held at 2026-03-01T12:00:00Z"


@pytest.mark.requirement("R11")
def test_a_floor_that_was_missed_before_the_run_does_not_hold(world: World) -> None:
    world.project.rules(
        "rule trail-path -> Trail weight 0.80 when path mentions memory\n"
        "ceilings {\n  at least 80% Supporting\n  on breach defer\n}\n"
    )
    world.project.manifest("gate/guard", owner="ops", star="🛡️ Watch (Guardian)")
    world.prepared()
    canary(world.run(), silent)

    found = verify(world.run())

    assert found.holds
    (check,) = [each for each in found.checks if each.name == "ceilings"]
    assert check.verdict is Verdict.MISSED_BEFORE
    assert "2 of 3 needed" in check.words
    assert complaints("verification", world.audit(FILE).read_bytes()) == []
    report = json.loads(world.audit("canary_report.json").read_bytes())
    (floor,) = report["ceilings"]
    assert (floor["holds"], floor["before"], floor["count"], floor["limit"]) == (False, 2, 2, 3)
    assert "beyond" not in floor
    page = world.audit("canary_report.html").read_text("utf-8")
    assert page.count("missed before, not made worse") >= 2
    plan = succeed("plan", cwd=world.root).text
    (line,) = [each for each in plan.splitlines() if "at least 80% Supporting  " in each]
    assert line.endswith("missed before, not made worse")


@pytest.mark.requirement("R51")
def test_what_must_never_be_is_looked_up_in_the_tree_that_a_run_leaves(world: World) -> None:
    world.project.rules(
        "rule trail-path -> Trail weight 0.80 when path mentions memory\n"
        'forbid "guards have owners" when path under "gate" and owner is missing because "pager"\n'
        'forbid "no watch on the web" when path under "web" and star is Watch because "slow"\n'
    )
    world.project.manifest("gate/guard", star="🛡️ Watch (Guardian)")
    world.applied()

    def checked() -> tuple[Verdict, list[str]]:
        (check,) = [each for each in verify(world.run()).checks if each.name == "forbids"]
        return check.verdict, [each.message for each in check.findings]

    assert checked() == (Verdict.MISSED_BEFORE, [])
    text = world.manifest("web/page").read_text("utf-8")
    text = text.replace('"primary_star": "Supporting"', '"primary_star": "🛡️ Watch (Guardian)"')
    world.manifest("web/page").write_text(text, "utf-8")
    verdict, (message,) = checked()
    assert verdict is Verdict.FAILS
    assert message.startswith("web/page breaks `no watch on the web` (slow; ")


def locked(world: World, version: str, more: str = "") -> None:
    """A config that locks the schema version, with a schema that allows any."""
    world.project.write(
        "configs/starlang.toml",
        '[project]\nrules = "rules/main.star"\nmanifests = "manifests"\n'
        f'schema = "configs/small.json"\nschema_version = "{version}"\n{more}{SETTINGS}',
    )
    pattern = {"type": "string", "pattern": "^[0-9.]+$"}
    world.project.write(
        "configs/small.json", json.dumps({"properties": {"schema_version": pattern}})
    )


@pytest.mark.parametrize("new", ['"1.0.0"', '"1.1.00"', "1.1", "null", '["1.1.0"]'])
def test_the_schema_version_is_locked_whatever_the_schema_allows(world: World, new: str) -> None:
    locked(world, "1.1.0")
    edit(world, "web/page", '"1.1.0"', new)
    world.prepared()

    with pytest.raises(UnsafeError) as raised:
        canary(world.run(), silent)
    found = [each for each in raised.value.diagnostics if each.code == "W511"]
    assert [each.file for each in found] == ["manifests/web/page/module.manifest.json"]
    report = json.loads(world.audit("canary_report.json").read_bytes())
    checks = {each["check"]: each["verdict"] for each in report["checks"]}
    assert checks["schema version"] == "fails"
    assert "W511" in succeed("plan", cwd=world.root).text


def test_a_schema_version_may_be_known(world: World) -> None:
    entry = '\n[[baseline]]\npath = "web/page"\ncode = "W511"\nreason = "next year"\n\n'
    locked(world, "1.1.0", entry)
    edit(world, "web/page", '"1.1.0"', '"1.0.0"')
    found = verify(world.applied())

    assert found.holds
    (check,) = [each for each in found.checks if each.name == "schema version"]
    assert (check.compared, len(check.known), check.verdict) == (3, 1, Verdict.HOLDS)


def test_a_lock_on_a_field_that_the_profile_does_not_place_is_no_pass(world: World) -> None:
    world.project.write(
        "configs/own.toml",
        '[stars]\nprimary = "/constellation_alignment/primary_star"\n'
        '[facets.owner]\nat = "/metadata/owner"\n',
    )
    world.project.rules('never promote "web" because "no"\n')
    locked(world, "1.1.0", 'profile = "configs/own.toml"\n')
    world.prepared()

    assert refused(lambda: canary(world.run(), silent), UnsafeError) == ["E985"]


def test_a_secondary_star_that_was_added_is_counted(world: World) -> None:
    world.project.rules(
        "rule trail-path -> Trail weight 0.80 when path mentions memory\n"
        "ceilings {\n  at most 1 promoted\n  at most 2 stars per module\n}\n"
    )
    world.applied()
    file = world.manifest("web/page")
    document = json.loads(file.read_bytes())
    document["constellation_alignment"]["secondary_stars"] = ["🛡️ Watch (Guardian)"]
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")

    assert codes(verify(world.run())) == ["E981", "E801"]


def not_verified(world: World) -> list[str]:
    with pytest.raises(GateClosedError) as raised:
        verify(world.run())
    assert not world.audit(FILE).exists()
    return [each.code for each in raised.value.diagnostics]


@pytest.mark.fault_row(113)
@pytest.mark.requirement("R31")
def test_before_the_full_run_there_is_nothing_to_verify(world: World) -> None:
    for name in ("a", "b", "c", "d"):
        world.project.manifest(f"store/memory/{name}", owner="ops")
    world.prepared()
    assert not_verified(world) == ["E955"]
    canary(world.run(), silent, write=True)
    assert not_verified(world) == ["E955"]
    assert starlang("verify", cwd=world.root).code == 4


@pytest.mark.fault_row(113)
@pytest.mark.requirement("R31")
def test_a_backup_after_the_run_is_not_what_the_run_is_held_against(world: World) -> None:
    """It begins a run of its own, whose plan changes nothing: nobody is told that this holds."""
    world.applied()
    backup(world.run())

    assert not_verified(world) == ["E938"]
    canary(world.run(), silent)
    assert status(world.run()).next == ""
    with pytest.raises(GateClosedError) as raised:
        approve(world.run("bob"), "0" * 16, "bob", 7)
    assert [each.code for each in raised.value.diagnostics] == ["E938"]


def test_what_starlang_keeps_may_be_gone_and_the_run_is_verified_all_the_same(
    world: World,
) -> None:
    world.applied()
    shutil.rmtree(world.root / ".git" / "starlang")

    assert verify(world.run()).holds


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("text", ["{ }", "{\n}\n", "{}", " {\t} \n", '{"a": { } }', "{\r\n}"])
def test_a_manifest_that_says_nothing_yet_gets_its_star_and_the_run_holds(
    world: World, text: str
) -> None:
    config = world.project.config("\n[verify]\nprotected = []\n")
    config.write_text(config.read_text().replace('"constellation-1.1"', '"configs/profile.toml"'))
    profile = 'extends = "constellation-1.1"\n\n[stars]\nabsent = "default"\n'
    world.project.write("configs/profile.toml", profile)
    world.manifest("gate/guard").write_bytes(text.encode())
    before = world.manifests()
    world.applied()

    assert "Watch" in world.manifest("gate/guard").read_text()
    assert verify(world.run()).holds
    rollback(world.run(), silent)
    assert world.manifests() == before


def test_status_knows_whether_it_is_up_to_date(world: World) -> None:
    def state() -> StepState:
        return verify_step(world).state

    world.applied()
    assert state() is StepState.OPEN
    verify(world.run())
    assert state() is StepState.DONE
    assert status(world.run()).next == "starlang report"
    rollback(world.run(), silent)
    assert state() is StepState.WAITING


def test_a_verification_that_failed_is_no_end(world: World) -> None:
    entry = '\n[[baseline]]\npath = "web/page"\ncode = "W504"\nreason = "r"\nuntil = "2026-03-01"\n'
    world.project.config(SETTINGS + entry)
    edit(world, "web/page", '"owner": "ops"', '"owner": "ops "')
    world.applied()
    assert verify(world.run()).holds
    world.clock.turn(START + timedelta(days=1))

    assert codes(verify(world.run())) == ["W702"]
    last = verify_step(world)
    assert (last.state, [each.code for each in last.findings]) == (StepState.OPEN, ["E986"])
