"""Small repositories of our own making, each with a profile that ships: read, run, and undone."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from program.repositories import commit_all, git
from program.run import starlang, succeed

CONFIG = """[project]
rules = "rules/main.star"
manifests = "{manifests}"
profile = "{profile}"
[guards]
prefixes = []
[accept]
no_schema = "there is none"
"""
RULES = """starlang 1
ruleset shown "1.0"
default star None label "none"
star Base label "base"
star Tool label "tool"
"""
CRATES = {
    "Cargo.toml": """[workspace]
members = ["crates/*"]
[workspace.package]
version = "1.0.0"
[workspace.dependencies]
store = { path = "crates/store" }
""",
    "crates/store/Cargo.toml": """# What everything is built on.
[package]
name = "store"
version.workspace = true # of all crates
keywords = ["db"]

[dependencies]
serde = "1"
""",
    "crates/api/Cargo.toml": """[package]
name = "api"
version = { workspace = true }
[package.metadata.starlang]
star = 'none' # for now
[dependencies]
store.workspace = true
kept = { package = "cache", version = "1" }
[dev-dependencies]
bench = { path = "../bench" }
""",
    "crates/cache/Cargo.toml": """[package]
name = "cache"
[target.'cfg(unix)'.dependencies]
store = { path = "../store" }
[features]
fast = []
""",
    "crates/bench/Cargo.toml": """[package]
name = "bench"
[lib]
proc-macro = true
[build-dependencies]
cache = "1"
""",
}
PACKAGES = {
    "pyproject.toml": "[tool.uv.workspace]\nmembers = ['libs/*']\n",
    "libs/store/pyproject.toml": """[project]
name = "store"
dependencies = ["requests[socks]>=2; python_version > '3.8'", "msgpack"]
classifiers = ["Topic :: Database"]
maintainers = [{ name = "Data" }]
[tool.ruff]
line-length = 100
""",
    "libs/api/pyproject.toml": """[project]
name = "api"
dynamic = ["version"]
dependencies = ["store[fast] ~= 1.0"]
[project.optional-dependencies]
all = ["cache>=1"]
[project.scripts]
serve = "api:main"
""",
    "libs/cache/pyproject.toml": """[tool.poetry]
name = "cache"
[tool.poetry.dependencies]
python = "^3.11"
store = { path = "../store", extras = ["fast"] }
[tool.starlang]
star = "none"
""",
}


def laid_out(root: Path, files: Mapping[str, str], rules: str, **config: str) -> Path:
    made = {
        "rules/main.star": RULES + rules,
        "configs/starlang.toml": CONFIG.format(**{"manifests": "."} | config),
        ".github/CODEOWNERS": "* @org/all\ncrates/cache/ @org/cache\n",
    }
    for name, text in {**files, **made}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.email", "maker@example.org")
    commit_all(root)
    return root


def edges(root: Path) -> set[tuple[str, str]]:
    found = json.loads(succeed("graph", "--format", "json", "--relation", "uses", cwd=root).out)
    return {(each["from"], each["to"]) for each in found["edges"]}


def stars(root: Path) -> dict[str, str]:
    found = json.loads(succeed("plan", "--format", "json", cwd=root).out)
    assert found["blocked"] == []
    return {each["path"]: each["star"] for each in found["modules"]}


def run_through(root: Path, name: str, *options: str) -> dict[Path, bytes]:
    """The whole run, its backup with `options`; the manifests as it left them."""
    for step in (["pin"], ["backup", *options], ["canary"]):
        succeed(*step, cwd=root)
    report = json.loads((root / f"docs/audits/{name}_canary_report.json").read_text("utf-8"))
    succeed("approve", report["plan"], cwd=root)
    succeed("apply", cwd=root)
    succeed("verify", cwd=root)
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    succeed("rollback", cwd=root)
    return after


@pytest.mark.requirement("R38")
@pytest.mark.requirement("R41")
def test_crates_are_read_run_and_put_back_to_the_byte(tmp_path: Path) -> None:
    rules = """
rule store -> Base weight 0.9 when used by at least 2 modules and keyword is db
rule macro -> Tool weight 0.9 when macro is true
rule cache -> Tool weight 0.9 when owner is "@org/cache" and feature is fast
rule bench -> Tool weight 0.9 when dev is bench and package is {cache, store}
"""
    rules = rules.replace("is {", "in {")
    root = laid_out(tmp_path, CRATES, rules, profile="cargo")
    before = {path: path.read_bytes() for path in root.glob("**/Cargo.toml")}

    assert edges(root) == {
        ("crates/api", "crates/store"),
        ("crates/api", "crates/cache"),  # renamed there
        ("crates/cache", "crates/store"),  # of one target
        ("crates/bench", "crates/cache"),  # to build
    }
    assert stars(root) == {
        "crates/api": "Tool",
        "crates/bench": "Tool",
        "crates/cache": "Tool",
        "crates/store": "Base",
    }
    after = run_through(root, "shown")
    api = CRATES["crates/api/Cargo.toml"].replace("'none'", "'tool'")
    store = CRATES["crates/store/Cargo.toml"] + '\n[package.metadata.starlang]\nstar = "base"\n'
    assert after[root / "crates/api/Cargo.toml"].decode() == api
    assert after[root / "crates/store/Cargo.toml"].decode() == store
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.requirement("R41")
def test_python_packages_are_read_by_both_tables(tmp_path: Path) -> None:
    rules = """
rule store -> Base weight 0.9 when package is requests and owner is Data
rule api -> Tool weight 0.9 when command is serve and owner is "@org/all"
rule cache -> Tool weight 0.9 when package is python and tool is poetry
"""
    root = laid_out(tmp_path, PACKAGES, rules, profile="python")

    assert edges(root) == {
        ("libs/api", "libs/store"),  # with an extra
        ("libs/api", "libs/cache"),  # optional
        ("libs/cache", "libs/store"),  # of Poetry
    }
    assert stars(root) == {"libs/api": "Tool", "libs/cache": "Tool", "libs/store": "Base"}


def manifest(path: str, *, later: bool) -> str:
    star = "none"
    if later:
        shape = {"name": path, "path": path, "constellation_stars": [star], "confidence": 0.5}
        return json.dumps({**shape, "owner": "team", "tier": "core"}, indent=1) + "\n"
    first = {"module": {"name": path, "path": path}, "metadata": {"owner": "team"}}
    return json.dumps({**first, "constellation_alignment": {"primary_star": star}}, indent=2)


@pytest.mark.requirement("R37")
def test_two_shapes_in_one_tree_are_planned_applied_verified_and_rolled_back(
    tmp_path: Path,
) -> None:
    paths = ["core", "core/api", "core/api/v2", "labs", "labs/one"]
    files = {
        f"manifests/{path}/module.manifest.json": manifest(path, later=at % 2 == 1)
        for at, path in enumerate(paths)
    }
    rules = 'rule core -> Base weight 0.9 when path under "core" and owner is team\n'
    root = laid_out(tmp_path, files, rules, profile="constellation-1.1", manifests="manifests")
    before = {path: path.read_bytes() for path in root.glob("manifests/**/*.json")}

    after = run_through(root, "shown")
    carried = {}
    for path in paths:
        found = json.loads(after[root / f"manifests/{path}/module.manifest.json"])
        first = found.get("constellation_alignment", {}).get("primary_star")
        carried[path] = found.get("constellation_stars", [first])
        if "confidence" in found:
            assert found["confidence"] == (0.9 if path.startswith("core") else 0.5)
    assert carried == {
        "core": ["base"],
        "core/api": ["base"],
        "core/api/v2": ["base"],
        "labs": ["none"],
        "labs/one": ["none"],
    }
    assert {path: path.read_bytes() for path in before} == before

    plain = '[stars]\nprimary = "/constellation_alignment/primary_star"\n'
    (root / "configs" / "plain.toml").write_text(f"{plain}[facets.owner]\nat = '/owner'\n", "utf-8")
    refused = starlang("plan", "--profile", "configs/plain.toml", "--format", "json", cwd=root)
    named = [(each["code"], each["file"]) for each in json.loads(refused.out)["blocked"]]
    assert named == [
        ("E570", f"manifests/{path}/module.manifest.json") for path in sorted(paths[1::2])
    ]


SIDECAR = """file = "module.json"
[stars]
sidecar = "stars.json"
[facets.owner]
at = "/owner"
"""


@pytest.mark.requirement("R38")
def test_stars_are_kept_in_a_file_of_their_own_and_no_manifest_is_touched(tmp_path: Path) -> None:
    kept = '{\n  "core/kept": "tool",\n  "core/old": "none"\n}\n'
    files = {
        "configs/own.toml": SIDECAR,
        "stars.json": kept,
        **{f"core/{name}/module.json": '{"owner": "team"}' for name in ("api", "kept", "old")},
    }
    rules = 'rule core -> Base weight 0.9 when path under "core" and owner is team\n'
    root = laid_out(tmp_path, files, rules, profile="configs/own.toml")
    before = {path: path.read_bytes() for path in root.glob("**/*.json")}

    assert stars(root) == {"core/api": "Base", "core/kept": "Tool", "core/old": "Base"}
    after = run_through(root, "shown")
    assert json.loads(after[root / "stars.json"]) == {
        "core/kept": "tool",
        "core/old": "base",
        "core/api": "base",
    }
    assert {path for path in before if after[path] != before[path]} == {root / "stars.json"}
    assert {path: path.read_bytes() for path in before} == before
    report = (root / "docs/audits/shown_canary_report.json").read_text("utf-8")
    assert [each["path"] for each in json.loads(report)["modules"]] == ["core/api", "core/old"]

    (root / "stars.json").unlink()
    lost = starlang("backup", cwd=root)
    assert lost.code != 0, "git has it, so that it is not there is a slip"
    assert "stars.json" in lost.said


def is_new(path: Path, root: Path) -> bool:
    return path in {root / "stars.json", root / "core/new/module.json"}


@pytest.mark.requirement("R38")
@pytest.mark.parametrize("with_missing", [False, True])
def test_a_run_makes_the_file_of_stars_and_its_rollback_removes_it(
    tmp_path: Path, *, with_missing: bool
) -> None:
    files = {
        "configs/own.toml": f"{SIDECAR}[new]\n'/made' = true\n",
        **{f"core/{name}/module.json": '{"owner": "team"}' for name in ("api", "old")},
        "core/new/__init__.py": "",
        "core/api/__init__.py": "",
        "core/old/__init__.py": "",
    }
    rules = 'rule core -> Base weight 0.9 when path under "core"\n'
    root = laid_out(tmp_path, files, rules, profile="configs/own.toml")
    option = ["--with-missing"] if with_missing else []
    named = {"core/api", "core/old", *(["core/new"] if with_missing else [])}
    before = {path: path.read_bytes() for path in root.glob("**/*.json")}

    planned = json.loads(succeed("plan", "--format", "json", *option, cwd=root).out)
    assert {each["pointer"].replace("~1", "/")[1:] for each in planned["edits"]} == named
    written = run_through(root, "shown", *option)
    after = {path: data for path, data in written.items() if path in before or is_new(path, root)}

    assert json.loads(after[root / "stars.json"]) == dict.fromkeys(named, "base")
    made = {root / "stars.json", *([root / "core/new/module.json"] if with_missing else [])}
    assert {path for path in after if before.get(path) != after[path]} == made
    assert {path: path.read_bytes() for path in before} == before
    assert not any(path.exists() for path in made)


ROWS = """file = "package.json"
[stars]
primary = "/role"
absent = "default"
[facets.package]
at = ["/dependencies", "/peer"]
keys = true
merge = true
[facets.license]
at = "/license"
"""
KNOWN = """
[[baseline]]
path = "packages/twice"
code = "E511"
reason = "a tool writes it so"
"""


@pytest.mark.requirement("R38")
@pytest.mark.requirement("R36")
def test_what_stopped_a_stranger_beside_the_code(tmp_path: Path) -> None:
    """A container is present; maps are joined; what is known, or is not read, stops nobody."""
    packages = {
        "text": {"bin": "cli.js", "dependencies": {"a": "1"}, "peer": {"b": "2"}},
        "object": {"bin": {"x": "cli.js"}, "license": ["MIT", "Apache-2.0"]},
        "array": {"bin": ["cli.js"], "peer": {"b": "1"}},
        "none": {"dependencies": {}},
    }
    files = {f"packages/{name}/package.json": json.dumps(v) for name, v in packages.items()}
    files["packages/twice/package.json"] = '{"bin": "a", "bin": "b"}'
    files["configs/own.toml"] = ROWS
    rules = """
rule bin -> Tool weight 0.9 when field "/bin" is present
rule both -> Base weight 0.95 when package is a and package is b
rule typo -> Tool weight 0.1 when field "/bim" is present
"""
    root = laid_out(tmp_path, files, rules, profile="configs/own.toml")
    blocked = json.loads(starlang("plan", "--format", "json", cwd=root).out)["blocked"]
    config = root / "configs" / "starlang.toml"
    config.write_text(config.read_text("utf-8") + KNOWN, "utf-8")

    found = json.loads(succeed("plan", "--format", "json", cwd=root).out)

    assert [(each["code"], each["file"]) for each in blocked] == [
        ("E511", "packages/twice/package.json")
    ]
    assert {each["path"].partition("/")[2]: each["star"] for each in found["modules"]} == {
        "text": "Base",
        "object": "Tool",
        "array": "Tool",
        "none": "None",
    }
    assert [each["code"] for each in found["known"]] == ["E511"]
    assert sorted(each["code"] for each in found["warnings"]) == ["W561", "W805"]
    (unseen,) = [each["message"] for each in found["warnings"] if each["code"] == "W805"]
    assert unseen == 'rules read `field "/bim"`, and no manifest has it'
