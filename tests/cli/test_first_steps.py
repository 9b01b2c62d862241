"""What somebody tries who has just installed the program."""

import subprocess
import sys
from pathlib import Path

import pytest
from program.documents import plan_of
from program.projects import Project
from program.run import PROGRAM, environment, starlang, succeed

CATALOG = """
file = "catalog.json"

[stars]
primary = "/role"

[facets.owner]
at = "/owner"
missing = ["unknown", "nobody", ""]
weight = 0.50

[facets.tier]
at = "/tier"
values = { silver = "T2", gold = "T1" }
weight = 0.30

[facets.level]
at = "/level"
type = "number"
weight = 0.40
"""

CONFIG = """[project]
rules = "rules/main.star"
manifests = "catalog"
profile = "configs/catalog.toml"
"""


def test_python_runs_the_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "starlang", "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)

    assert done.stdout == succeed("--version", cwd=tmp_path).out


def test_a_profile_of_ones_own_is_the_one_that_the_rules_were_compiled_for(
    project: Project,
) -> None:
    project.write("configs/starlang.toml", CONFIG)
    project.write("configs/catalog.toml", CATALOG)
    project.rules("""
rule owner -> Trail when owner is archive
rule tier -> Trail when tier is T1
rule level -> Trail when level at least 3
""")
    project.write(
        "catalog/store/catalog.json",
        '{"role": "Supporting", "owner": "archive", "tier": "gold", "level": 3.5}',
    )

    plan = plan_of(succeed("plan", "--format", "json", "--quiet", cwd=project.root).out)

    assert plan["blocked"] == []
    assert plan["modules"][0]["best"] is not None
    assert plan["modules"][0]["best"]["score"] == "1.200000"


@pytest.mark.parametrize(
    "name", ["memory", "./memory", "../store/memory/", "memory/module.manifest.json"]
)
def test_a_module_can_be_named_as_the_shell_completes_it(promoting: Project, name: str) -> None:
    done = starlang("explain", name, cwd=promoting.root / "manifests" / "store")

    assert (done.code, done.text.split()[:2]) == (0, ["store/memory", "promoted"])


def test_a_module_that_is_named_by_its_end_is_offered(promoting: Project) -> None:
    done = starlang("explain", "memory", cwd=promoting.root)

    assert (done.code, done.text) == (1, "")
    assert "`store/memory`" in done.said


@pytest.mark.parametrize("name", ["gate/sick", "manifests/gate/sick"])
def test_a_module_that_cannot_be_read_is_not_called_unknown(promoting: Project, name: str) -> None:
    promoting.write("manifests/gate/sick/module.manifest.json", "[1]")

    done = starlang("explain", name, cwd=promoting.root)

    assert (done.code, done.text) == (1, "")
    assert "error[E520]" in done.said


def test_a_compiled_rule_set_can_be_asked_for_on_stdout(promoting: Project) -> None:
    to_stdout = succeed("compile", "-o", "-", cwd=promoting.root)

    assert to_stdout.out == succeed("compile", cwd=promoting.root).out
    assert not (promoting.root / "-").exists()


def test_a_plan_is_not_written_to_a_file_called_dash(promoting: Project) -> None:
    done = starlang("plan", "-o", "-", cwd=promoting.root)

    assert (done.code, done.text) == (2, "")
    assert "--format json" in done.said
    assert not (promoting.root / "-").exists()


def test_a_working_directory_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    program = "import os, sys; os.rmdir(os.getcwd()); os.execv(sys.argv[1], [sys.argv[1], 'check'])"
    done = subprocess.run(
        [sys.executable, "-c", program, str(PROGRAM)],
        cwd=gone,
        env=environment(),
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, b"")


def test_a_value_that_is_given_twice_is_one_value(project: Project) -> None:
    project.rules("""
rule many -> Trail weight 0.60 when capability has at least 2 values

test "one value"
  given capability vector, vector
  expect silent
""")

    succeed("test", cwd=project.root)


def test_many_small_pieces_that_reach_a_threshold_are_no_doubt(project: Project) -> None:
    words = ["memory", "episodic", "archive", "shelf", "index", "recall", "trace", "attic"]
    project.rules("\n".join(f"rule {w} -> Trail weight 0.10 when path mentions {w}" for w in words))

    done = succeed("check", cwd=project.root)

    assert "promote" not in done.text
    assert done.text.count("warning[W303]") == 1


@pytest.mark.parametrize("outcome", ["barred", "weak"])
def test_a_list_without_modules_says_so(promoting: Project, outcome: str) -> None:
    all_listed = succeed("plan", cwd=promoting.root).text
    none_listed = succeed("plan", "--outcome", outcome, cwd=promoting.root).text

    summary = all_listed[: all_listed.index("\nPromoted")]
    assert none_listed.startswith(summary)
    assert none_listed.removeprefix(summary).strip()
