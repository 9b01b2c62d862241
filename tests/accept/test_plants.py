"""For each criterion a planted fault makes it fail, and it alone; what it says mends it."""

from collections.abc import Callable

import pytest
from accept.finished import (
    CEILINGS,
    CONFIG,
    LABELS,
    PROJECT,
    REST,
    RULES,
    SCHEMA,
    TOP,
    Scene,
    begun,
    finish,
    schema_of,
)
from attrs import frozen
from program.effort import THOROUGH

from starlang.accept.criterion import Result

pytestmark = pytest.mark.requirement("R30")


@frozen
class Plant:
    """A fault in a finished run: the criteria that fail, and what one of them says."""

    fails: set[int]
    do: Callable[[Scene], None]
    says: str


def deleted(what: str) -> Callable[[Scene], None]:
    return lambda scene: scene.delete(scene.audit(what))


def edited(what: str, old: str, new: str) -> Callable[[Scene], None]:
    return lambda scene: scene.edit(scene.audit(what), old, new)


def in_manifest(module: str, old: str, new: str) -> Callable[[Scene], None]:
    return lambda scene: scene.edit(scene.manifest(module), old, new)


def worktree_moved(scene: Scene) -> None:
    beside = scene.root.with_name("repo-manifests-presmall")
    scene.move(beside, beside.with_name("elsewhere"))


def worktree_edited(scene: Scene) -> None:
    place = scene.root.with_name("repo-manifests-presmall") / scene.manifest("lib/text")
    before = place.read_bytes()
    place.write_bytes(before.replace(b"ops", b"sec"))
    scene.later(lambda: place.write_bytes(before))


def displaced(name: str, *, by_link: bool) -> Callable[[Scene], None]:
    """The file `name` is moved aside, and a link to it or a directory is in its place."""

    def plant(scene: Scene) -> None:
        place, aside = scene.root / name, scene.root / ".git" / "aside"
        place.rename(aside)
        place.symlink_to(aside) if by_link else place.mkdir()
        scene.later(lambda: aside.rename(place))
        scene.later(place.unlink if by_link else place.rmdir)

    return plant


def other_inputs(scene: Scene) -> None:
    name = scene.audit("canary_report.json")
    text = (scene.root / name).read_text("utf-8")
    start = text.index("sha256:", text.index('"inputs"')) + len("sha256:")
    scene.write(name, text[:start] + "1" * 64 + text[start + 64 :])


def of_another_rule_set(scene: Scene) -> None:
    text = (scene.root / scene.audit("canary_report.json")).read_text("utf-8")
    plan = text.partition('"plan": "')[2].partition('"')[0]
    scene.write(scene.audit("canary_report.json"), text.replace(plan, f"sha256:{'0' * 64}"))


def stars_by_hand(scene: Scene) -> None:
    for module in ("lib/text", "lib/time", "web/page"):
        old = '"primary_star": "Supporting"'
        new = f'{old},\n    "secondary_stars": ["{LABELS[1]}"]'
        scene.edit(scene.manifest(module), old, new)


def key_twice(scene: Scene) -> None:
    scene.edit(scene.manifest("lib/text"), '"tags": []', '"tags": [], "tags": []')


def package(path: str) -> Callable[[Scene], None]:
    return lambda scene: scene.write(f"src/{path}/__init__.py", "")


def manifest_alone(path: str) -> Callable[[Scene], None]:
    def plant(scene: Scene) -> None:
        text = (scene.root / scene.manifest("lib/text")).read_text("utf-8")
        scene.write(scene.manifest(path), text.replace("lib/text", path).replace("lib.text", path))

    return plant


def with_package(path: str) -> Callable[[Scene], None]:
    def plant(scene: Scene) -> None:
        package(path)(scene)
        manifest_alone(path)(scene)

    return plant


def other_trailer(scene: Scene) -> None:
    message = "feat: stars\n\nStarlang-Plan: sha256:" + "0" * 64
    scene.git("commit", "-q", "--amend", "-m", message)


def no_trailer(scene: Scene) -> None:
    scene.git("commit", "-q", "--amend", "-m", "feat: stars")


def line_of_sums(scene: Scene) -> None:
    name = f"{scene.backup}/SHA256SUMS"
    text = (scene.root / name).read_text()
    scene.write(name, text.replace(text[:8], "00000000", 1))


def byte_of_backup(module: str) -> Callable[[Scene], None]:
    return lambda scene: scene.edit(f"{scene.backup}/{scene.manifest(module)}", "ops", "sec")


def count_of_backup(scene: Scene) -> None:
    name = f"{scene.backup}/backup_metadata.json"
    scene.edit(name, '"manifest_count": 8', '"manifest_count": 9')


def file_of_backup(scene: Scene) -> None:
    scene.delete(f"{scene.backup}/{scene.manifest('web/view')}")


def label_dropped(scene: Scene) -> None:
    scene.write(SCHEMA, schema_of(LABELS, [LABELS[0], LABELS[2]]))


def of_an_older_run(what: str) -> Callable[[Scene], None]:
    """The same file about another plan, as a run before this one would have left it."""

    def plant(scene: Scene) -> None:
        text = (scene.root / scene.audit(what)).read_text("utf-8")
        start = text.index("sha256:") + len("sha256:")
        scene.write(scene.audit(what), text.replace(text[start : start + 64], "1" * 64))

    return plant


def moved_away(name: str) -> Callable[[Scene], None]:
    return lambda scene: scene.move(scene.root / name, scene.root.with_name("moved away"))


def backup_moved_away(scene: Scene) -> None:
    moved_away(scene.backup)(scene)


def metadata(data: str) -> Callable[[Scene], None]:
    return lambda scene: scene.write(f"{scene.backup}/backup_metadata.json", data)


DATED = "manifest_regeneration_2026-03-01.md"
BEFORE, AFTER = "star_distribution_before.json", "star_distribution_after.json"

PLANTS = {
    "the digests are deleted": Plant({1}, deleted("digests.json"), "small_digests.json"),
    "the digests cannot be read": Plant(
        {1}, lambda scene: scene.write(scene.audit("digests.json"), "{"), "small_digests.json"
    ),
    "the canary report cannot be read": Plant(
        {18}, lambda scene: scene.write(scene.audit("canary_report.json"), "\xff"), "was edited"
    ),
    "a rule has another weight": Plant(
        {1}, lambda scene: scene.edit("rules/main.star", "0.80", "0.90"), "rules/main.star"
    ),
    "a rule has a comment more": Plant(
        {1}, lambda scene: scene.edit("rules/main.star", "rule trail", "# x\nrule trail"), "layout"
    ),
    "the schema is removed from the config": Plant(
        {1, 10}, lambda scene: scene.edit("configs/starlang.toml", "schema =", "# ="), "no schema"
    ),
    "a pinned file has CR LF": Plant(
        {1}, lambda scene: scene.edit("rules/main.star", "\n", "\r\n"), "rules/main.star"
    ),
    "the report is of another rule set": Plant({2}, of_another_rule_set, "another plan"),
    "the report is made from other inputs": Plant({2}, other_inputs, "other inputs"),
    "a schema version is another": Plant(
        {3}, in_manifest("web/view", '"1.1.0"', '"1.0.0"'), "web/view"
    ),
    "a schema version is gone": Plant(
        {3}, in_manifest("web/page", '"schema_version": "1.1.0",', ""), "web/page"
    ),
    # The schema is an input, so that it was changed is said as well.
    "a label is dropped from a copy of the canon": Plant({1, 4}, label_dropped, SCHEMA),
    "the approval is deleted": Plant({5}, deleted("canary_approved.txt"), "canary_approved.txt"),
    "the name in the approval is edited": Plant(
        {5}, edited("canary_approved.txt", "by: bob", "by: eve"), "canary_approved.txt"
    ),
    "the approval is empty": Plant(
        {5}, lambda scene: scene.write(scene.audit("canary_approved.txt"), ""), "approve` wrote"
    ),
    "the approval is a link": Plant(
        {5}, displaced("docs/audits/small_canary_approved.txt", by_link=True), "approved.txt"
    ),
    "a file of the work tree is edited": Plant({6}, worktree_edited, "manifests/lib/text"),
    "the work tree is moved away": Plant({6}, worktree_moved, "repo-manifests-presmall"),
    "a byte of the backup is another": Plant({7}, byte_of_backup("web/view"), "web/view"),
    "a byte of what the run changed is another": Plant(
        {7}, byte_of_backup("store/memory"), "store/memory"
    ),
    "a file of the backup is gone": Plant({7}, file_of_backup, "web/view"),
    "a line of the list of digests is another": Plant({7}, line_of_sums, "SHA256SUMS"),
    "the count of the backup is another": Plant({7}, count_of_backup, "9 were copied"),
    "a package has no manifest, and 88.888 % are not 88.89": Plant(
        {9}, package("lib/fresh"), "src/lib/fresh"
    ),
    "a manifest has no package": Plant({9}, manifest_alone("lib/old"), "manifests/lib/old"),
    "a package is deleted": Plant(
        {9}, lambda scene: scene.delete("src/web/form/__init__.py"), "manifests/web/form"
    ),
    "a label is not in the schema": Plant(
        {10},
        in_manifest(
            "web/view",
            '"tags": []',
            '"x": 1},\n  "constellation_alignment": {"primary_star": "Supporting"',
        ),
        "web/view",
    ),
    "a key is there twice": Plant({10}, key_twice, "lib/text"),
    "a manifest is cut off": Plant(
        {10}, in_manifest("lib/time", '"tags": []', '"tags": ['), "lib/time"
    ),
    # The manifest is gone as well, so that its package has none.
    "a directory is called like a manifest": Plant(
        {9, 10}, displaced("manifests/lib/text/module.manifest.json", by_link=False), "lib/text"
    ),
    "a link is in the place of a manifest": Plant(
        {9, 14}, displaced("manifests/lib/text/module.manifest.json", by_link=True), "lib/text"
    ),
    "a contract is renamed": Plant(
        {11},
        lambda scene: scene.move(
            scene.root / "contracts/thought.formed@v1.json",
            scene.root / "contracts/thought.formed@v2.json",
        ),
        "did you mean `thought.formed@v2`?",
    ),
    "a contract is a near miss": Plant(
        {11, 12}, in_manifest("brain/core", "thought.formed@v1", "thougt.formed@v1"), "brain/core"
    ),
    "the contracts of a T1 module are dropped": Plant(
        {11, 12}, in_manifest("brain/core", '"thought.formed@v1"', ""), "/testing/quality_tier"
    ),
    "an owner is edited": Plant({12}, in_manifest("web/page", '"ops"', '"sec"'), "web/page"),
    "a tier is edited": Plant(
        {12}, in_manifest("web/page", "T3_standard", "T4_experimental"), "`tier` was"
    ),
    "stars are given by hand": Plant({13}, stars_by_hand, "at most 2 promoted per star"),
    "a manifest lies under lukhas": Plant({14}, with_package("lukhas/x"), "manifests/lukhas/x"),
    "a path has a capital": Plant({14}, with_package("web/Big"), "manifests/web/Big"),
    "a path leads through build": Plant({14}, with_package("web/build"), "through `build`"),
    "a manifest says that it lies under lukhas": Plant(
        {14}, in_manifest("lib/text", '"path": "lib/text"', '"path": "lukhas/text"'), "lib/text"
    ),
    "the digests are laid out in another way": Plant(
        {16}, edited("digests.json", "{\n", "{\n\n"), "small_digests.json"
    ),
    "the list is edited": Plant({17}, edited("canary_list.txt", "man", "mam"), "canary_list.txt"),
    "the list is deleted": Plant({17}, deleted("canary_list.txt"), "canary_list.txt"),
    "the canary report is deleted": Plant({18}, deleted("canary_report.json"), "is gone"),
    "a word of the canary's page is edited": Plant(
        {18}, edited("canary_report.html", "<title>", "<title>x"), "canary_report.html"
    ),
    "a word of the canary report is edited": Plant(
        {18}, edited("canary_report.json", "PENDING_APPROVAL", "PENDING"), "was edited"
    ),
    "a count of before is another": Plant({20}, edited(BEFORE, ": 8", ": 7"), BEFORE),
    "the distribution of before is of an older run": Plant({20}, of_an_older_run(BEFORE), BEFORE),
    "a share of after is another": Plant({21}, edited(AFTER, '"75.00"', '"85.00"'), AFTER),
    "the distribution of after is deleted": Plant({21}, deleted(AFTER), AFTER),
    "a cell of the CSV is another": Plant(
        {22}, edited("promotions.csv", "0.800000", "0.900000"), "promotions.csv"
    ),
    "the promotions are of an older run": Plant(
        {22}, of_an_older_run("promotions.csv"), "promotions.csv"
    ),
    "a digit inside the markers is another": Plant(
        {23}, lambda scene: scene.edit(TOP, "| 8 | 6 |", "| 8 | 5 |"), TOP
    ),
    "a marker is deleted": Plant(
        {23}, lambda scene: scene.edit(TOP, "<!-- starlang small: end -->", ""), "small: end"
    ),
    "the document is deleted": Plant({23}, lambda scene: scene.delete(TOP), TOP),
    "a digit of the report of the day is another": Plant(
        {24}, edited(DATED, "| 8 | 6 |", "| 8 | 7 |"), DATED
    ),
    "the report of the day is deleted": Plant({24}, deleted(DATED), DATED),
    "a figure of the dashboard is another": Plant(
        {25}, edited("dashboard.html", ">8<", ">9<"), "dashboard.html"
    ),
    "the dashboard is of an older run": Plant(
        {25}, of_an_older_run("dashboard.html"), "dashboard.html"
    ),
    # One cause that keeps several from being looked up is said by one.
    "the root rule file is lost": Plant(
        {1}, lambda scene: scene.delete("rules/main.star"), "no such file"
    ),
    "a rule cannot be parsed": Plant(
        {1}, lambda scene: scene.edit("rules/main.star", "rule trail", "rulle trail"), "`rulle`"
    ),
    "the schema is lost": Plant({1}, lambda scene: scene.delete(SCHEMA), "cannot be read any more"),
    "the schema cannot be parsed": Plant({1}, lambda scene: scene.write(SCHEMA, "{"), SCHEMA),
    "the backup is lost": Plant({7}, backup_moved_away, "no backup of the run here"),
    "the backup does not say what it is of": Plant({7}, metadata("{"), "another copy"),
    "all manifests are lost": Plant({10}, moved_away("manifests"), "no directory `manifests`"),
    "the journal is lost": Plant({2}, moved_away(".git/starlang/runs"), "in that clone alone"),
    "the trailer names another plan": Plant({26}, other_trailer, "names another plan"),
    "the commit has no trailer": Plant({26}, no_trailer, "names another plan"),
}


FURTHER = {
    "a rule has a comment more",
    "a pinned file has CR LF",
    "the approval is empty",
    "a byte of what the run changed is another",
    "a file of the backup is gone",
    "a package is deleted",
    "a manifest is cut off",
    "a tier is edited",
    "a path leads through build",
    "the list is edited",
    "the canary report is deleted",
    "the distribution of before is of an older run",
    "the document is deleted",
    "the report of the day is deleted",
    "the commit has no trailer",
}
"""Variants of other plants, which `make proofs` looks at."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    made = Scene(finish(begun(tmp_path_factory.mktemp("accepted") / "repo")))
    assert made.accept().accepted, made.accept().failing
    return made


@pytest.mark.parametrize("name", [name for name in PLANTS if THOROUGH or name not in FURTHER])
def test_a_fault_makes_its_criterion_fail_and_it_alone(scene: Scene, name: str) -> None:
    plant = PLANTS[name]
    plant.do(scene)
    try:
        found = scene.accept()

        failing = {each.criterion.number: each for each in found.failing}
        assert set(failing) == plant.fails, [
            (each.criterion.number, each.answer) for each in found.failing
        ]
        assert not found.accepted
        said = [
            f"{f.file} {f.message} {f.hint}" for e in failing.values() for f in e.answer.findings
        ]
        assert any(plant.says in each for each in said), said
        if scene.follow(failing[min(plant.fails)]) or THOROUGH:
            assert scene.accept().accepted, scene.accept().failing
    finally:
        scene.undo()


# Faults that are there from the beginning: each has a run of its own.

BEGINNINGS = {
    "no schema is named": (
        {10},
        PROJECT.replace("schema = ", "# ") + REST,
        RULES + CEILINGS,
        None,
        "no schema",
    ),
    "there is no total": (
        {8},
        CONFIG,
        RULES + CEILINGS.replace("at most 5 promoted\n", "\n"),
        None,
        "at most 800",
    ),
    "there is no floor": (
        {8},
        CONFIG,
        RULES + CEILINGS.replace("at least 50%", "# "),
        None,
        "floor",
    ),
    "T1 is said by the other field": (
        {11},
        CONFIG,
        RULES + CEILINGS,
        in_manifest(
            "web/view", '"testing": {\n    "quality_tier": "T3_standard"\n  }', '"testing": {}'
        ),
        "/module/quality_tier",
    ),
    "a share is outside of its band": (
        {15},
        CONFIG.replace("60% to 80%", "75.01% to 80%"),
        RULES + CEILINGS,
        None,
        "75.00%",
    ),
    "the schema refuses nothing": (
        {10},
        CONFIG,
        RULES + CEILINGS,
        lambda scene: scene.write(SCHEMA, '{"type": "object", "properties": {"tags": true}}'),
        "refuses nothing",
    ),
    "no source is in scope": (
        {9},
        CONFIG.replace('source = "src"', 'source = "contracts"'),
        RULES + CEILINGS,
        None,
        "",
    ),
    "the second review is missing": (
        {27},
        CONFIG + "\n[approval]\nmerge = true\n",
        RULES + CEILINGS,
        None,
        "--merge",
    ),
    "no schema version is asked for": (
        {3},
        CONFIG.replace("schema_version =", "# ="),
        RULES + CEILINGS,
        None,
        "schema_version",
    ),
}


@pytest.mark.parametrize("name", BEGINNINGS)
def test_a_fault_from_the_beginning_makes_its_criterion_fail(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    fails, config, rules, plant, says = BEGINNINGS[name]
    scene = Scene(begun(tmp_path_factory.mktemp("begun") / "repo", config, rules))
    if plant is not None:
        plant(scene)
        if "other field" in name:
            scene.edit(
                scene.manifest("web/view"),
                '"path": "web/view"',
                '"path": "web/view",\n    "quality_tier": "T1_critical"',
            )
    finish(scene.world)

    found = scene.accept()

    assert {each.criterion.number for each in found.failing} == fails
    said = [f"{f.file} {f.message} {f.hint}" for e in found.failing for f in e.answer.findings]
    assert any(says in each for each in said) or not says
    (answered,) = found.failing
    assert answered.result is Result.FAILS
    assert answered.mends


def test_a_profile_without_contracts_is_said_once(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    profile = """file = "module.manifest.json"

[module]
name = "/module/name"
path = "/module/path"
schema_version = "/schema_version"

[stars]
primary = "/constellation_alignment/primary_star"

[facets.owner]
at = "/metadata/owner"

[facets.tier]
at = "/testing/quality_tier"
values = { T1_critical = "T1" }
"""
    config = CONFIG.replace('"constellation-1.1"', '"configs/profile.toml"')
    verify = '[verify]\nprotected = ["owner", "tier"]\n'
    config = config.replace("[verify]\n", verify)
    scene = Scene(begun(tmp_path_factory.mktemp("bare") / "repo", config))
    scene.write("configs/profile.toml", profile)
    scene.git("add", "-A")
    scene.git("commit", "-q", "-m", "a profile")
    finish(scene.world)

    (failing,) = scene.accept().failing
    assert failing.criterion.number == 11
    (finding,) = failing.answer.findings
    assert "the profile has no facet `contract`" in finding.message
    assert "`[facets.contract]`" in failing.mends
