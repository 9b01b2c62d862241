"""The whole run over the corpus, in a git repository of its own.

Its known findings are in a baseline, seven paths are waived, and the rules promote from 0.50
on and have no floor: the hundred and two modules that the old suggester named get their star.
"""

import csv
import json
import re
import shutil
from math import ceil
from pathlib import Path

import jsonschema
import pytest
from acceptance.trees import Tree, copy_of
from program.documents import Finding, complaints, diagnostics_of, plan_of
from program.projects import snapshot
from program.repositories import commit_all, git
from program.run import succeed

pytestmark = pytest.mark.requirement("R21", "R22", "R24", "R25", "R26", "R28")

SETTINGS = """schema = "configs/schema.json"

[verify]
contracts = "contracts"

[canary]
critical = ["core", "matriz", "identity", "governance", "consciousness/qualia", "memory/fold"]
"""


@pytest.fixture
def repository(corpus: Path, tmp_path: Path) -> Tree:
    """The corpus with rules that promote, committed."""
    tree = copy_of(corpus, tmp_path / "repo")
    shutil.copytree(corpus / "contracts", tree.root / "contracts")
    shutil.copy(corpus / "matriz_module_compliance.schema.json", tree.root / "configs/schema.json")
    edit(tree.root / "rules/constellation.star", "promote 0.70", "promote 0.50")
    edit(tree.root / "rules/ceilings.star", "  at least 55% Supporting\n", "")
    tree.config(SETTINGS)
    plan = plan_of(tree.run("plan", "--format", "json").out)
    canon = diagnostics_of(tree.run("canon", "check", "--format", "json").out)["diagnostics"]
    entries = known([*plan["blocked"], *plan["warnings"]], f"{tree.manifests}/")
    tree.config(SETTINGS + entries + known_in_copies(canon))
    commit_all(tree.root)
    return tree


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def known_in_copies(findings: list[Finding]) -> str:
    """An entry for each difference between the rules and a copy of their canon."""
    return "".join(
        f'\n[[baseline]]\npath = "{file}"\ncode = "{code}"\nreason = "known when the run began"\n'
        for code, file in sorted({(each["code"], each["file"]) for each in findings})
    )


def known(findings: list[Finding], root: str) -> str:
    """An entry for each finding about a manifest."""
    entries = {
        (each["code"], each["file"].removeprefix(root).rpartition("/")[0])
        for each in findings
        if each["file"].startswith(root)
    }
    return "".join(
        f"\n[[{'guards.waive' if code.startswith('E6') else 'baseline'}]]\n"
        f'path = "{path}"\ncode = "{code}"\nreason = "known when the run began"\n'
        for code, path in sorted(entries)
    )


def test_the_run_from_pin_to_rollback(repository: Tree, corpus: Path) -> None:
    root = repository.root
    before = snapshot(root / repository.manifests)
    assert len(before) == 1421 + 141
    for step in ("pin", "backup", "canary"):
        succeed(step, cwd=root)
    report = json.loads((root / "docs/audits/constellation_canary_report.json").read_bytes())
    assert (
        complaints("canary", (root / "docs/audits/constellation_canary_report.json").read_bytes())
        == []
    )
    with (corpus / "expected/suggestions_max.csv").open(encoding="utf-8", newline="") as file:
        suggested = list(csv.DictReader(file))
    assert report["sample"]["changing"] == len(suggested) == 102

    succeed("canary", "--write", cwd=root)
    changed = git(root, "diff", "--name-only").splitlines()
    chosen = report["sample"]["chosen"]
    changing = {each["file"] for each in report["modules"]}
    assert set(changed) == changing.intersection(chosen)
    assert len(chosen) >= ceil(1421 / 10)
    assert len(changed) >= ceil(102 / 10)
    listed = (root / "docs/audits/constellation_canary_list.txt").read_text("utf-8").splitlines()
    assert listed == chosen == sorted(chosen)
    tops = {path.split("/")[0] for path in before} - {".archive"}
    assert {path.split("/")[1] for path in chosen} == tops
    succeed("approve", report["plan"], "--by", "owner@example.org", cwd=root)
    succeed("apply", cwd=root)
    after = snapshot(root / repository.manifests)
    assert "nothing to write" in succeed("apply", cwd=root).said
    assert snapshot(root / repository.manifests) == after

    lines = [
        line
        for line in git(root, "diff", "-U0").splitlines()
        if line[:1] in "+-" and line[:3] not in {"+++", "---"}
    ]
    assert len(lines) == 2 * 102
    assert all('"primary_star": ' in line for line in lines)
    verified = succeed("verify", "--format", "json", cwd=root).out
    assert complaints("verification", verified) == []
    checks = {each["check"]: each for each in json.loads(verified)["checks"]}
    assert {each["verdict"] for each in checks.values()} == {"holds"}
    assert checks["bytes outside the stars"]["compared"] == 1421
    assert checks["contract references"]["compared"] == 4
    assert checks["schema"]["known"] > 0

    succeed("rollback", cwd=root)
    assert snapshot(root / repository.manifests) == before
    assert git(root, "status", "--porcelain", "--", repository.manifests) == ""


def test_a_schema_that_many_manifests_violate_closes_the_gate_in_a_line(repository: Tree) -> None:
    config = repository.root / "configs/starlang.toml"
    entry = r'\n\[\[baseline\]\]\npath = "[^"]*"\ncode = "W510"\nreason = "[^"]*"\n'
    text, removed = re.subn(entry, "", config.read_text("utf-8"))
    config.write_text(text, "utf-8")
    for step in ("pin", "backup"):
        succeed(step, cwd=repository.root)

    done = repository.run("canary")
    every = repository.run("canary", "--limit", "0").said

    assert done.code == 5
    violating = violations(repository)
    assert len(violating) == removed > 3
    assert len(done.said.splitlines()) < 100
    *_, following, blank, heading, line = done.said.splitlines()
    count, _, way_out = line.partition("; ")
    found = re.findall(r"^ *--> (manifests/[^:\s]+):[0-9]+:[0-9]+", every, re.MULTILINE)
    assert set(found) == violating
    assert count == f"schema: {len(found)} findings in {removed} files (1,421 manifests)"
    assert "correct the manifests or the schema" in way_out
    assert (following, blank) == ("next: starlang pin", "")
    assert heading == "what failed, and the way out:"


def violations(repository: Tree) -> set[str]:
    """The live manifests that the library for JSON Schema itself finds fault with."""
    schema = json.loads((repository.root / "configs/schema.json").read_bytes())
    validator = jsonschema.validators.validator_for(schema)(schema)
    paths = (repository.root / repository.manifests).rglob("module.manifest.json")
    return {
        path.relative_to(repository.root).as_posix()
        for path in paths
        if ".archive" not in path.parts and not validator.is_valid(json.loads(path.read_bytes()))
    }
