"""A run has the name of its rule set, and two configs of one repository do not meet."""

import json
from pathlib import Path

import pytest
from attrs import frozen
from program.projects import CANON, CONFIG, snapshot
from program.repositories import commit_all, git
from program.run import starlang, succeed
from run.world import RULES, World, silent

from starlang.errors import GateClosedError, UnreadyError
from starlang.project.project import Project as Opened
from starlang.project.project import Wanted, open_project
from starlang.run.apply import apply, recover
from starlang.run.approve import approve
from starlang.run.backup import backup
from starlang.run.canary import canary
from starlang.run.canary_report import PAGE
from starlang.run.ground import Run, Surroundings, open_run
from starlang.run.pin import pin
from starlang.run.rollback import rollback
from starlang.run.status import status
from starlang.transaction.journal import Phase, Progressed

pytestmark = pytest.mark.requirement("R43")


@frozen
class Policy:
    """A config of the world's project, with manifests of its own."""

    world: World
    name: str

    @property
    def config(self) -> Path:
        return self.world.root / "configs" / f"{self.name}.toml"

    def run(self) -> Run:
        opened = open_project(Wanted(self.world.root, config=self.config))
        assert isinstance(opened, Opened), opened
        return open_run(opened, Surroundings(self.world.clock.now, "alice", lambda _: 1 << 40))

    def approved(self) -> Run:
        pin(self.run())
        backup(self.run())
        plan = canary(self.run(), silent).reported.head.plan
        approve(self.run(), plan, "bob", 7)
        return self.run()

    def manifest(self) -> Path:
        return self.world.root / self.name / "store/memory/module.manifest.json"

    def due(self) -> str:
        return status(self.run()).next


def policy(world: World, name: str) -> Policy:
    """A policy with a rule set of its own over the manifests under `name/`."""
    text = CONFIG.replace("rules/main.star", f"rules/{name}.star")
    text = text.replace('"manifests"', f'"{name}"')
    world.project.write(f"configs/{name}.toml", f'{text}\n[verify]\nprotected = ["owner"]\n')
    world.project.write(f"rules/{name}.star", f'starlang 1\nruleset {name} "1"\n{CANON}\n{RULES}')
    source = world.project.manifest("store/memory", owner="ops").read_text()
    world.project.write(f"{name}/store/memory/module.manifest.json", source)
    return Policy(world, name)


@pytest.fixture
def two(world: World) -> tuple[Policy, Policy]:
    """Two configs with different rule sets."""
    found = policy(world, "storage"), policy(world, "archive")
    commit_all(world.root)
    return found


def test_files_are_called_after_the_rule_set(world: World) -> None:
    world.approved()

    names = {path.name for path in (world.root / "docs/audits").iterdir()}
    assert names == {
        "small_digests.json",
        "small_canary_list.txt",
        "small_canary_report.json",
        "small_canary_report.html",
        "small_canary_approved.txt",
    }


def test_the_config_may_give_them_another_name(world: World) -> None:
    world.project.config('\n[audit]\nprefix = "phase4"\n\n[verify]\nprotected = ["owner"]\n')
    world.applied()

    names = {path.name for path in (world.root / "docs/audits").iterdir()}
    assert {name.partition("_")[0] for name in names} == {"phase4"}
    (metadata,) = world.root.glob(".backups/*/backup_metadata.json")
    assert json.loads(metadata.read_bytes())["phase"] == "phase4_pre_regeneration"
    assert world.root.with_name("repo-manifests-prephase4").is_dir()


@pytest.mark.parametrize("name", ["", "a/b", "../x", ".hidden", "a b", "x" * 65])
def test_what_cannot_begin_the_name_of_a_file_is_refused(world: World, name: str) -> None:
    world.project.config(f'\n[audit]\nprefix = "{name}"\n')

    done = starlang("pin", cwd=world.root)
    assert (done.code, "E704" in done.said) == (1, True)


def test_a_rule_set_whose_name_is_too_long_asks_for_another(world: World) -> None:
    root = world.root / "rules/main.star"
    root.write_text(root.read_text().replace("ruleset small", f"ruleset {'x' * 65}"))

    with pytest.raises(UnreadyError) as raised:
        pin(world.run())
    assert [each.code for each in raised.value.diagnostics] == ["E935"]
    world.project.config('\n[audit]\nprefix = "short"\n')
    assert pin(world.run()).is_new


@pytest.mark.fault_row(114)
def test_two_configs_run_side_by_side(two: tuple[Policy, Policy]) -> None:
    """Each step of one is followed by the same of the other; then one of them is taken back."""
    storage, archive = two
    before = archive.manifest().read_bytes()
    for each in two:
        pin(each.run())
    for each in two:
        backup(each.run())
    plans = [canary(each.run(), silent).reported.head.plan for each in two]
    for each, plan in zip(two, plans, strict=True):
        digits = plan.removeprefix("sha256:")[:16]
        command = f"starlang approve --config {each.run().project.config.file} {digits}"
        assert f'<code id="approve">{command}</code>' in each.run().audit(PAGE).read_text()
    for each, plan in zip(two, plans, strict=True):
        approve(each.run(), plan, "bob", 7)
    for each in two:
        assert apply(each.run(), silent).written == 1
    assert [each.due() for each in two] == ["starlang verify"] * 2

    done = rollback(archive.run(), silent)

    assert (done.count, done.left) == (1, ())
    assert archive.manifest().read_bytes() == before
    assert "Trail" in storage.manifest().read_text()
    assert storage.due() == "starlang verify"
    with pytest.raises(GateClosedError):
        rollback(archive.run(), silent)
    assert rollback(storage.run(), silent).count == 1


def test_what_another_config_has_stopped_is_named_with_its_config(
    two: tuple[Policy, Policy], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, archive = two
    archive.approved()

    def stop(now: Progressed) -> None:
        if now.phase is Phase.VERIFYING:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply(storage.approved(), stop)
    monkeypatch.chdir(world.root)
    for step in (lambda: apply(archive.run(), silent), lambda: recover(archive.run(), silent)):
        with pytest.raises(GateClosedError) as raised:
            step()
        assert [each.code for each in raised.value.diagnostics] == ["E922"]
        assert (
            "`starlang recover --config configs/storage.toml`" in raised.value.diagnostics[0].hint
        )

    before = snapshot(world.root / "archive")
    succeed("recover", "--config", "configs/storage.toml", cwd=world.root)
    assert "Trail" in storage.manifest().read_text()
    assert snapshot(world.root / "archive") == before
    assert apply(archive.run(), silent).written == 1


@pytest.mark.fault_row(114)
def test_two_configs_of_one_name_are_told_apart(world: World) -> None:
    other = policy(world, "storage")
    text = other.config.read_text().replace("rules/storage.star", "rules/main.star")
    other.config.write_text(text)
    pin(world.run())

    for step in (pin, backup):
        with pytest.raises(GateClosedError) as raised:
            step(other.run())
        assert [each.code for each in raised.value.diagnostics] == ["E936"]

    other.config.write_text(f'{text}\n[audit]\nprefix = "storage"\n')
    assert pin(other.run()).is_new
    assert pin(world.run()).is_new is False


def test_a_run_is_found_after_its_rule_set_has_another_name_and_its_rules_an_error(
    world: World,
) -> None:
    before = world.manifests()
    world.applied()
    root = world.root / "rules/main.star"
    root.write_text(root.read_text().replace("ruleset small", "ruleset other") + "rule oops ->\n")

    assert rollback(world.run(), silent).count == 2
    assert world.manifests() == before


def test_projects_of_one_repository_have_work_trees_of_their_own(world: World) -> None:
    inner = World(type(world.project)(world.root / "teams" / "one"), world.clock)
    inner.project.config('\n[verify]\nprotected = ["owner"]\n')
    inner.project.rules(RULES)
    inner.project.manifest("store/memory", owner="ops")
    world.prepared()

    pin(inner.run())
    made = backup(inner.run())

    assert made.worktree.path.name == "repo-teams-one-manifests-presmall"
    assert git(world.root, "worktree", "list").count("\n") == 3
    assert backup(world.run()).worktree.exists
