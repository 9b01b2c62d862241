"""Repositories of strangers, read with the profiles that ship, and decided by rules of our own.

The rules (`*.star` beside this file) read no star and assign none, so their agreement with the
labels that people gave is a measure of what they promote.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from attrs import frozen
from program.repositories import commit_all, git
from program.run import succeed

HERE = Path(__file__).parent
CORPORA = HERE.parents[2] / "shared" / "corpus"
COMPONENTS = CORPORA / "homeassistant-2025.10" / "components"
WORKSPACE = CORPORA / "npm-workspace"
KINDS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
GUARDS = '[guards]\nprefixes = []\nuppercase = "allow"\n'


def laid_out(root: Path, corpus: Path, rules: str, project: str) -> Path:
    """A project with the files of a corpus, one of the rule files here, and a config."""
    if not corpus.is_dir():
        pytest.skip(f"needs the corpus at {corpus}, which is not part of this repository")
    shutil.copytree(corpus, root, copy_function=shutil.copyfile)
    (root / "rules").mkdir()
    shutil.copyfile(HERE / rules, root / "rules" / "main.star")
    (root / "configs").mkdir()
    config = f'[project]\nrules = "rules/main.star"\n{project}{GUARDS}'
    (root / "configs" / "starlang.toml").write_text(config, "utf-8")
    return root


def plan(root: Path, *arguments: str) -> Mapping[str, object]:
    found = json.loads(succeed("plan", "--format", "json", *arguments, cwd=root).out)
    assert isinstance(found, dict)
    return found


@frozen
class Agreement:
    """Of a star: how many labelled modules reach it, how many rightly, how many get it anew."""

    right: int
    labelled: int
    promoted: int


def agreement(modules: object) -> dict[str, Agreement]:
    counts: dict[str, list[int]] = {}
    assert isinstance(modules, list)
    for each in modules:
        if each["outcome"] == "promoted":
            of = counts.setdefault(each["star"], [0, 0, 0])
            is_labelled = each["current"] != "none"
            of[0] += is_labelled and each["current"] == each["star"]
            of[1] += is_labelled
            of[2] += not is_labelled
    return {star: Agreement(*of) for star, of in counts.items()}


@pytest.mark.requirement("R41")
@pytest.mark.requirement("R42")
def test_home_assistant_is_read_whole_and_no_star_promotes_that_is_often_wrong(
    tmp_path: Path,
) -> None:
    project = 'manifests = "components"\nprofile = "homeassistant"\n'
    root = laid_out(tmp_path / "ha", COMPONENTS.parent, "homeassistant.star", project)
    found = plan(root, "--reassess")

    manifests = list(COMPONENTS.glob("*/manifest.json"))
    modules = found["modules"]
    assert isinstance(modules, list)
    assert (len(modules), len(manifests)) == (1_382, 1_382)
    assert (found["blocked"], found["warnings"]) == ([], [])
    labels = [json.loads(path.read_text("utf-8")).get("integration_type") for path in manifests]
    carried = sorted(each["current"] for each in modules if each["current"] != "none")
    assert carried == sorted(filter(None, labels))
    stars = agreement(modules)
    assert all(5 * each.right >= 4 * each.labelled > 0 for each in stars.values())
    assert sum(each.promoted for star, each in stars.items() if star != "virtual") >= 30


@pytest.mark.requirement("R38")
@pytest.mark.requirement("R41")
def test_every_catalog_is_read_and_a_star_in_yaml_is_written_by_its_span(tmp_path: Path) -> None:
    project = 'manifests = "."\nprofile = "backstage"\n'
    root = laid_out(tmp_path / "catalogs", CORPORA / "catalogs", "catalogs.star", project)
    modules = plan(root, "--reassess")["modules"]
    texts = {path: path.read_text("utf-8") for path in root.glob("**/catalog-info.yaml")}
    components = [
        text for text in texts.values() if re.search("^kind: Component", text, re.MULTILINE)
    ]

    assert isinstance(modules, list)
    assert len(components) > 30
    assert len(modules) == len(components)


def edges_in(root: Path) -> set[tuple[str, str]]:
    """(directory of a package, that of one it needs), for all packages but the one at the root."""
    read = {path: json.loads(path.read_text("utf-8")) for path in root.glob("*/**/package.json")}
    paths = {found["name"]: path for path, found in read.items() if "name" in found}
    folders = {path: path.parent.relative_to(root).as_posix() for path in read}
    return {
        (folders[path], folders[paths[name]])
        for path, found in read.items()
        for kind in KINDS
        for name in found.get(kind, {})
        if paths.get(name, path) != path
    }


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    project = 'manifests = "."\nroot = "skip"\nprofile = "npm"\n'
    return laid_out(tmp_path / "npm", WORKSPACE, "npm.star", project)


@pytest.mark.requirement("R36")
@pytest.mark.requirement("R39")
def test_keys_of_maps_are_the_edges_between_packages(workspace: Path) -> None:
    done = succeed("graph", "--format", "json", "--relation", "uses", cwd=workspace)
    graph = json.loads(done.out)

    found = {(each["from"], each["to"]) for each in graph["edges"]}
    assert len(found) == 1_244
    assert found == edges_in(workspace)


@pytest.mark.requirement("R42")
def test_rules_agree_with_the_roles_of_packages(workspace: Path) -> None:
    modules = plan(workspace, "--reassess")["modules"]
    assert isinstance(modules, list)
    labelled = [each for each in modules if each["current"] != "none"]

    assert len(labelled) == 152
    agreeing = sum(each["star"] == each["current"] for each in labelled)
    assert 100 * agreeing >= 95 * len(labelled)


def without_role(text: str) -> str:
    """A package.json without its role; every other line stays."""
    cut = re.sub(r'\n *"role": "[a-z-]+",(?=\n)', "", text)
    return cut if cut != text else re.sub(r',?\n *"role": "[a-z-]+"(?=\n)', "", text)


def stripped(root: Path, count: int) -> Iterator[Path]:
    """Takes the roles out of `count` packages."""
    for path in sorted(root.glob("*/**/package.json")):
        text = path.read_text("utf-8")
        if count and without_role(text) != text:
            path.write_text(without_role(text), "utf-8")
            count -= 1
            yield path


@pytest.mark.requirement("R36")
def test_the_whole_run_goes_through_beside_the_code_and_back_to_the_byte(workspace: Path) -> None:
    changed = list(stripped(workspace, 60))
    commit_all(workspace)
    git(workspace, "config", "user.email", "maker@example.org")
    before = {path: path.read_bytes() for path in workspace.glob("**/package.json")}
    for step in ("pin", "backup", "canary"):
        succeed(step, cwd=workspace)
    report = json.loads((workspace / "docs/audits/npm-roles_canary_report.json").read_text("utf-8"))
    succeed("approve", report["plan"], cwd=workspace)
    succeed("apply", cwd=workspace)
    succeed("verify", cwd=workspace)

    now = {path for path, data in before.items() if path.read_bytes() != data}
    assert len(changed) == 60
    assert now >= set(changed)
    for path in now:
        wrote = json.loads(path.read_text("utf-8"))
        was = json.loads(before[path])
        assert wrote["backstage"].pop("role")
        assert wrote == {"backstage": {}} | was
    succeed("rollback", cwd=workspace)
    assert {path: path.read_bytes() for path in before} == before
    assert git(workspace, "status", "--porcelain", "--", "*package.json") == ""
