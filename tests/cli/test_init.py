"""`starlang init`: a project that passes `check`, `test` and `plan` at once; none is replaced."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from acceptance.reading import live_files, read_manifest
from program.documents import codes, diagnostics_of, plan_of
from program.projects import Project, snapshot
from program.repositories import commit_all
from program.run import starlang, succeed

pytestmark = pytest.mark.requirement("R32")

PLAIN = {"constellation": {"stars": ["Leaf"]}, "module": {"owner": "a", "tier": "T1"}}


def manifest(root: Path, path: str, document: object, name: str = "module.manifest.json") -> None:
    file = root / path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def works(root: Path) -> None:
    """Nothing is to be said about the rules, the test passes, and the plan is not blocked."""
    found = diagnostics_of(succeed("check", "--format", "json", cwd=root).out)
    assert codes(found["diagnostics"]) == []
    assert "1 passed, 0 failed" in succeed("test", cwd=root).said
    assert plan_of(succeed("plan", "--format", "json", cwd=root).out)["applyable"]
    succeed("fmt", "--check", cwd=root)


def config(root: Path) -> str:
    return (root / "configs" / "starlang.toml").read_text("utf-8")


@pytest.mark.parametrize("directory", [".", "new/deep"])
def test_an_empty_directory(tmp_path: Path, directory: str) -> None:
    succeed("init", directory, cwd=tmp_path)
    root = tmp_path / directory

    works(root)
    plan = plan_of(succeed("plan", "--format", "json", cwd=root).out)
    assert [module["outcome"] for module in plan["modules"]] == ["promoted"]
    assert "*.star text eol=lf" in (root / ".gitattributes").read_text("utf-8")
    assert not (root / ".github").exists()


def test_the_corpus(corpus: Path, tmp_path: Path) -> None:
    """Stars, their counts and the default are counted from the JSON files."""
    shutil.copytree(corpus / "manifests", tmp_path / "manifests")
    said = succeed("init", cwd=tmp_path).said
    works(tmp_path)
    carried = Counter(
        read_manifest(file)["constellation_alignment"]["primary_star"]
        for file in live_files(tmp_path / "manifests").values()
    )
    canon = (tmp_path / "rules/canon.star").read_text("utf-8")
    plan = plan_of(succeed("plan", "--format", "json", cwd=tmp_path).out)

    assert f"{sum(carried.values()):,} called module.manifest.json" in said
    assert f"default star Supporting  # {carried['Supporting']:,} modules carry it" in canon
    assert all(f'"{label}"' in canon or f"star {label} " in canon for label in carried)
    assert sum(module["outcome"] == "unrecognised" for module in plan["modules"]) == 0
    assert sum(plan["distribution"]["before"].values()) == sum(carried.values())
    assert set(codes(plan["known"])) == {"E602"}


def test_manifests_of_the_plain_shape(tmp_path: Path) -> None:
    for name in "abc":
        manifest(tmp_path, f"catalogue/x/{name}", PLAIN)
    manifest(tmp_path, "catalogue/y/d", {**PLAIN, "constellation": {"stars": ["🔧 Core (Base)"]}})
    succeed("init", cwd=tmp_path)

    works(tmp_path)
    assert 'profile = "constellation-plain"' in config(tmp_path)
    assert 'manifests = "catalogue"' in config(tmp_path)
    canon = (tmp_path / "rules/canon.star").read_text("utf-8")
    assert "default star none  # no module carries it" in canon
    assert "star Leaf  # 3 modules carry it" in canon
    assert 'label "🔧 Core (Base)"' in canon


def test_manifests_of_a_shape_and_name_of_their_own(tmp_path: Path) -> None:
    for number, star in enumerate(("Leaf", "Leaf", "Core")):
        document = {"id": f"m{number}", "arch": {"star": star}, "team": "t", "skills": ["s"]}
        manifest(tmp_path, f"src/m{number}", document, "component-manifest.json")
    succeed("init", cwd=tmp_path)

    works(tmp_path)
    profile = (tmp_path / "configs/profile.toml").read_text("utf-8")
    assert 'file = "component-manifest.json"' in profile
    assert 'primary = "/arch/star"' in profile
    assert 'at = "/skills/*"' in profile
    plan = plan_of(succeed("plan", "--format", "json", cwd=tmp_path).out)
    assert [module["current"] for module in plan["modules"]] == ["Leaf", "Leaf", "Core"]


def test_the_first_rule_follows_what_modules_carry(tmp_path: Path) -> None:
    def document(star: str, *capabilities: str) -> object:
        return {
            "constellation_alignment": {"primary_star": star},
            "capabilities": [{"name": name} for name in capabilities],
        }

    for number in range(4):
        manifest(tmp_path, f"manifests/a{number}", document("Core", "boot", "log"))
        manifest(tmp_path, f"manifests/b{number}", document("Leaf", "log"))
    manifest(tmp_path, "manifests/c", document("Leaf", "boot"))
    manifest(tmp_path, "manifests/d", document("Leaf", "unlike"))
    succeed("init", cwd=tmp_path)

    works(tmp_path)
    rules = (tmp_path / "rules/main.star").read_text("utf-8")
    assert "rule first -> Core weight 0.75\n  when capability is boot" in rules
    assert "4 of 5 modules with it carry Core" in rules


def test_what_is_wrong_with_manifests_is_set_aside_and_said(tmp_path: Path) -> None:
    manifest(tmp_path, "manifests/core/Upper", PLAIN)
    manifest(tmp_path, "manifests/core/lower", PLAIN)
    (tmp_path / "manifests/core/lower/module.manifest.json").write_bytes(b"{bad")
    said = succeed("init", cwd=tmp_path).said

    assert "2 findings about manifests (E506, E602)" in said
    works(tmp_path)
    plan = plan_of(succeed("plan", "--format", "json", cwd=tmp_path).out)
    assert sorted(codes(plan["known"])) == ["E506", "E602"]


@pytest.mark.parametrize(
    "label", ["", "Two\u202eWords", "🌱", "1st", "ÄÖ (x)", 'a "b"', "is", "star"]
)
def test_any_label_gives_a_canon(tmp_path: Path, label: str) -> None:
    for number in range(3):
        document = {"constellation_alignment": {"primary_star": label if number else "Leaf"}}
        manifest(tmp_path, f"manifests/m{number}", document)
    done = starlang("init", cwd=tmp_path)

    assert done.code == 0, done.said
    works(tmp_path)


def test_no_file_is_replaced(tmp_path: Path) -> None:
    succeed("init", cwd=tmp_path)
    (tmp_path / "rules/main.star").write_text("mine", "utf-8")
    (tmp_path / "configs/starlang.toml").unlink()
    before = snapshot(tmp_path)
    for directory in (".", "nowhere/.."):
        done = starlang("init", directory, cwd=tmp_path)
        assert done.code == 1
        assert "already there, and never replaced: rules/main.star, rules/canon.star" in done.said
    assert snapshot(tmp_path) == before


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    manifest(tmp_path, "manifests/a", PLAIN)
    before = snapshot(tmp_path)
    done = succeed("init", "--dry-run", cwd=tmp_path)

    assert "would write rules/main.star" in done.text
    assert "constellation-plain" in done.said
    assert snapshot(tmp_path) == before


def test_other_json_files_are_named_where_there_is_no_manifest(tmp_path: Path) -> None:
    manifest(tmp_path, "web", {"name": "web"}, "package.json")
    said = " ".join(succeed("init", "--dry-run", cwd=tmp_path).said.split())

    assert "none called module.manifest.json" in said
    assert "package.json (1): if those are manifests, --file NAME" in said


def test_where_no_manifest_has_a_star_the_profile_allows_modules_without_one(
    tmp_path: Path,
) -> None:
    manifest(tmp_path, "web", {"name": "web"}, "package.json")
    manifest(tmp_path, "app", {"name": "app"}, "package.json")
    done = succeed("init", "--file", "package.json", cwd=tmp_path)

    assert "set aside" not in done.said
    assert 'absent = "default"' in (tmp_path / "configs" / "profile.toml").read_text("utf-8")
    works(tmp_path)

    manifest(tmp_path, "web", {"name": "web", "star": "Plain"}, "package.json")
    succeed("plan", cwd=tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("a-file",),
        ("--manifests", "../x"),
        ("--manifests", "none"),
        ("--file", "x/y.json"),
        ("--file", "Makefile"),
        ("--star", "role"),
        ("--workflow", "starlang"),
    ],
)
def test_a_wrong_command_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "a-file").write_text("", "utf-8")

    assert starlang("init", *arguments, cwd=tmp_path).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a-file"]


CORPORA = Path(__file__).parents[3] / "shared" / "corpus"


def corpus_at(name: str, root: Path) -> Path:
    if not (CORPORA / name).is_dir():
        pytest.skip(f"needs the corpus {name}, which is not part of this repository")
    shutil.copytree(CORPORA / name, root, copy_function=shutil.copyfile)
    return root


@pytest.mark.requirement("R41")
def test_of_several_fields_that_could_be_the_star_none_is_taken(tmp_path: Path) -> None:
    root = corpus_at("homeassistant-2025.10", tmp_path / "ha")
    documents = [json.loads(each.read_text("utf-8")) for each in root.rglob("manifest.json")]
    before = snapshot(root)
    done = starlang("init", cwd=root)

    assert (done.code, done.text) == (1, "")
    said = " ".join(done.said.split())
    for field in ("iot_class", "quality_scale", "integration_type"):
        counts = Counter(each[field] for each in documents if field in each)
        assert f"/{field} in {counts.total():,} of {len(documents):,} " in said
        assert all(f"{value} {count}" in said for value, count in counts.items())
        assert f"starlang init --star /{field}" in said
    assert said.count("starlang init --star") == 3
    assert snapshot(root) == before

    succeed("init", "--star", "/integration_type", cwd=root)
    assert 'profile = "homeassistant"' in config(root)
    works(root)


@pytest.mark.requirement("R41")
def test_the_only_field_that_could_be_the_star_is_taken(tmp_path: Path) -> None:
    root = corpus_at("npm-workspace", tmp_path / "npm")
    said = " ".join(succeed("init", cwd=root).said.split())

    assert "star at /backstage/role, which 152 of 158 manifests have" in said
    assert 'manifests = "."\nroot = "skip"' in config(root)
    assert 'profile = "npm"' in config(root)
    assert "default star none " in (root / "rules/canon.star").read_text("utf-8")
    works(root)


def workspace(root: Path, roles: str, at: str = "role") -> None:
    """An npm workspace with a package per role, and what is installed in it."""
    manifest(root, ".", {"name": "all", "workspaces": ["packages/*"]}, "package.json")
    for number, role in enumerate(roles.split()):
        document = {"name": f"p{number}", "license": "MIT", "engines": {"node": "20"}, at: role}
        manifest(root, f"packages/p{number}", document, "package.json")
        (root / f"packages/p{number}/index.js").write_text("", "utf-8")
    manifest(root, "node_modules/left-pad", {"name": "left-pad"}, "package.json")


@pytest.mark.requirement("R36", "R41")
def test_a_workspace_whose_role_is_somewhere_else(tmp_path: Path) -> None:
    workspace(tmp_path, "ui ui data unknown")
    manifest(tmp_path, "packages/Wide", {"name": "w", "role": "data"}, "package.json")
    (tmp_path / "packages/p0/package.json").write_text("{bad", "utf-8")
    (tmp_path / ".gitattributes").write_text("* text=auto\n", "utf-8")
    said = " ".join(succeed("init", cwd=tmp_path).said.split())

    assert "star at /role, which 4 of 4 manifests have" in said
    assert "1 finding about manifests (E506)" in said
    assert "`*.star text eol=lf` belongs into it" in said
    profile = (tmp_path / "configs/profile.toml").read_text("utf-8")
    assert 'extends = "npm"' in profile
    assert "[facets" not in profile
    assert '"**/node_modules"' in config(tmp_path)
    canon = (tmp_path / "rules/canon.star").read_text("utf-8")
    assert "default star unknown  # 1 module carries it" in canon
    works(tmp_path)
    plan = plan_of(succeed("plan", "--format", "json", cwd=tmp_path).out)
    assert [each["path"] for each in plan["modules"]] == [
        *("packages/Wide", "packages/p1", "packages/p2", "packages/p3"),
    ]


@pytest.mark.requirement("R36")
def test_what_git_ignores_is_not_guessed_from(tmp_path: Path) -> None:
    workspace(tmp_path, "ui ui data data", at="kind")
    manifest(tmp_path, "vendored/dep", {"name": "d", "kind": "vendor"}, "package.json")
    (tmp_path / ".gitignore").write_text("vendored/\n", "utf-8")
    commit_all(tmp_path)
    succeed("init", cwd=tmp_path)

    assert "vendor" not in (tmp_path / "rules/canon.star").read_text("utf-8")
    works(tmp_path)


def test_a_star_may_be_put_where_there_is_none_yet(tmp_path: Path) -> None:
    workspace(tmp_path, "ui data")
    said = " ".join(succeed("init", "--star", "/x/role", cwd=tmp_path).said.split())

    assert "star at /x/role, which no manifest has yet" in said
    assert 'primary = "/x/role"' in (tmp_path / "configs/profile.toml").read_text("utf-8")
    works(tmp_path)


def test_manifests_in_yaml_with_a_name_of_their_own(tmp_path: Path) -> None:
    for number, layer in enumerate(("domain", "domain", "edge", "edge")):
        text = f"title: m{number}\nlayer: {layer}\ncost: {{node: 3x}}\n"
        (tmp_path / f"m{number}").mkdir()
        (tmp_path / f"m{number}/part.yaml").write_text(text, "utf-8")
    succeed("init", "--file", "part.yaml", cwd=tmp_path)

    works(tmp_path)
    profile = (tmp_path / "configs/profile.toml").read_text("utf-8")
    assert 'primary = "/layer"' in profile
    assert "[facets.node]" not in profile


def test_a_workflow_installs_what_the_author_pins(tmp_path: Path) -> None:
    succeed("init", "--workflow", "starlang==1.2.0", cwd=tmp_path)

    workflow = (tmp_path / ".github/workflows/starlang.yml").read_text("utf-8")
    assert "pip install 'starlang==1.2.0'" in workflow


OLD = {
    "canonical_stars": ["✦ Trail (Memory)", "Supporting"],
    "rules": [{"star": "✦ Trail (Memory)", "pattern": "memory"}],
    "capability_overrides": [{"capability": "retrieval", "star": "✦ Trail (Memory)"}],
}


@pytest.mark.requirement("R05", "R43")
@pytest.mark.parametrize("directory", ["rules", "policies"])
def test_after_an_import_it_takes_the_rules_that_are_there(tmp_path: Path, directory: str) -> None:
    project = Project(tmp_path)
    project.write("star_rules.json", json.dumps(OLD))
    project.manifest("store/memory", capabilities=["retrieval"])
    for path in ("web/page", "web/start"):
        project.manifest(path)
    succeed("import", "star_rules.json", "-o", directory, "-q", cwd=tmp_path)
    before = snapshot(tmp_path)

    done = succeed("init", cwd=tmp_path)

    root = f"{directory}/constellation.star"
    said = " ".join(done.said.split())
    assert f"{root}, which is there already, imported from star_rules.json" in said
    assert f"more rules in {root}" in done.said
    assert done.text.splitlines() == ["configs/starlang.toml"]
    assert {name: data for name, data in snapshot(tmp_path).items() if name in before} == before
    assert f'rules = "{root}"' in config(tmp_path)
    plan = plan_of(succeed("plan", "--format", "json", cwd=tmp_path).out)
    outcomes = {module["path"]: module["outcome"] for module in plan["modules"]}
    assert outcomes == {"store/memory": "promoted", "web/page": "silent", "web/start": "silent"}
    commit_all(tmp_path)
    succeed("pin", cwd=tmp_path)
    assert [path.name for path in tmp_path.glob("docs/audits/*")] == ["phase4_digests.json"]


def test_rules_of_ones_own_are_taken_as_well(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.rules("rule a -> Trail weight 0.80 when path mentions memory", "policy/roles.star")
    project.rules("", "policy/z.star")
    project.manifest("store/memory")

    said = " ".join(succeed("init", cwd=tmp_path).said.split())

    assert "policy/roles.star, which is there already; policy/z.star: root files, too" in said
    assert 'rules = "policy/roles.star"' in config(tmp_path)
    assert "prefix" not in config(tmp_path)
    assert not (tmp_path / "rules").exists()
