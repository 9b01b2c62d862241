"""What CI runs: formats for machines, the action, and the hooks for pre-commit."""

import json
import re
import subprocess
from pathlib import Path
from typing import TypedDict

import jsonschema_rs
import pytest
import yaml
from program.documents import codes, diagnostics_of, plan_of
from program.projects import Project
from program.run import PROGRAM, environment, starlang, succeed

pytestmark = pytest.mark.requirement("R32")

ROOT = Path(__file__).resolve().parents[2]
SARIF = json.loads((ROOT / "tests/diagnostics/sarif-schema-2.1.0.json").read_text("utf-8"))
BROKEN = "rule trail -> Trial when path mentions memory"


class Input(TypedDict):
    default: str


class Step(TypedDict, total=False):
    name: str
    run: str
    env: dict[str, str]


class Action(TypedDict):
    inputs: dict[str, Input]
    runs: dict[str, list[Step]]


class Hook(TypedDict):
    id: str
    entry: str
    files: str
    pass_filenames: bool
    always_run: bool


def action() -> Action:
    found: Action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    return found


def hooks() -> dict[str, Hook]:
    found: list[Hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    return {hook["id"]: hook for hook in found}


def sarif_codes(out: bytes) -> list[str]:
    document = json.loads(out)
    validator = jsonschema_rs.Draft4Validator(SARIF)
    assert [error.message for error in validator.iter_errors(document)] == []
    return [result["ruleId"] for result in document["runs"][0]["results"]]


@pytest.mark.parametrize("command", ["check", "plan"])
def test_all_formats_say_the_same_findings(project: Project, command: str) -> None:
    text = 'rule idle -> Watch weight 0.10 when owner is someone\nassign "no/where" to Trail'
    project.rules(f'{text} because "gone"')
    project.manifest("a/Upper")
    out = starlang(command, "--format", "json", cwd=project.root)
    if command == "check":
        expected = codes(diagnostics_of(out.out)["diagnostics"])
    else:
        plan = plan_of(out.out)
        expected = codes([*plan["blocked"], *plan["warnings"]])
    github = starlang(command, "--format", "github", cwd=project.root)

    assert expected
    sarif = starlang(command, "--format", "sarif", cwd=project.root)
    assert sarif_codes(sarif.out) == expected
    named = re.findall(r"title=starlang (\w+)::", github.text)
    assert sorted(named) == sorted(expected)
    assert sarif.code == github.code == out.code


@pytest.mark.parametrize("format_", ["sarif", "github"])
def test_rules_that_do_not_compile_are_findings_of_a_plan_too(
    project: Project, format_: str
) -> None:
    project.rules("rule a -> Nowhere weight 0.5 when path mentions x\n")

    done = starlang("plan", "--format", format_, cwd=project.root)

    assert done.code == 1
    assert b"E201" in done.out


def test_waived_findings_of_a_plan_are_suppressed_ones(project: Project) -> None:
    waiver = '[[guards.waive]]\npath = "a/Upper"\ncode = "E602"\nreason = "later"\n'
    project.config(waiver)
    project.rules("rule trail -> Trail weight 0.80 when path mentions memory")
    project.manifest("a/Upper")
    document = json.loads(succeed("plan", "--format", "sarif", cwd=project.root).out)
    suppressed = [
        each["ruleId"] for each in document["runs"][0]["results"] if "suppressions" in each
    ]

    assert suppressed == ["E602"]


def test_files_are_named_from_the_root_of_the_repository(project: Project) -> None:
    (project.root.parent / ".git").mkdir()
    project.rules(BROKEN)
    done = starlang("check", "--format", "github", cwd=project.root)

    assert done.code == 1
    assert f"file={project.root.name}/rules/main.star,line=" in done.text


def run_action(
    project: Path, tmp_path: Path, event: str = "pull_request", **inputs: str
) -> tuple[list[str], Path]:
    """Runs the steps of the action but the installing; the name of the one that fails."""
    declared = action()
    values = {name: each["default"] for name, each in declared["inputs"].items()} | inputs
    summary = tmp_path / "summary.md"
    runner = tmp_path / "runner"
    runner.mkdir(exist_ok=True)
    (runner / "starlang").symlink_to(PROGRAM.parents[1])
    env = environment(
        GITHUB_STEP_SUMMARY=str(summary), GITHUB_EVENT_NAME=event, RUNNER_TEMP=str(runner)
    )
    failed = []
    for step in declared["runs"]["steps"]:
        if step["name"] == "Install starlang":
            continue
        given = {
            key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: values[m[1]], value)
            for key, value in step.get("env", {}).items()
        }
        condition = re.fullmatch(
            r"\$\{\{ inputs\.([\w-]+) (==|!=) '(\w*)' \}\}", str(step.get("if", ""))
        )
        if condition and (values[condition[1]] == condition[3]) != (condition[2] == "=="):
            continue
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],  # noqa: S607 -- as GitHub runs it
            cwd=project,
            env={**env, **given},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            failed.append(step["name"])
            break  # as there, no further step runs
    return failed, summary


def test_the_action_passes_on_the_example(example_copy: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.sarif"
    failed, summary = run_action(example_copy, tmp_path, **{"sarif-file": str(log)})

    assert failed == []
    assert sarif_codes(log.read_bytes()) == []
    assert "perception/fruit_camera" in summary.read_text("utf-8")


def test_the_action_fails_on_broken_rules_and_writes_sarif_first(
    project: Project, tmp_path: Path
) -> None:
    project.rules(BROKEN)
    log, outside = tmp_path / "log.sarif", tmp_path / "outside"
    outside.write_text("kept", "utf-8")
    log.symlink_to(outside)
    failed, _ = run_action(
        project.root.parent,
        tmp_path,
        **{"working-directory": project.root.name, "sarif-file": str(log), "test": "false"},
    )

    assert failed == ["Check the rules"]
    assert sarif_codes(log.read_bytes()) == ["E201"]
    assert outside.read_text("utf-8") == "kept"


def test_the_action_does_not_run_with_the_rights_of_the_repository(
    project: Project, tmp_path: Path
) -> None:
    failed, summary = run_action(project.root, tmp_path, "pull_request_target")

    assert len(failed) == 1
    assert "Refuse" in failed[0]
    assert not summary.exists()


def test_a_label_cannot_leave_its_place_in_the_summary(project: Project, tmp_path: Path) -> None:
    project.rules("")
    project.manifest("a/b", star="```")
    project.manifest("a/c", star="~~~~~ # Approved")

    failed, summary = run_action(project.root, tmp_path, test="false")

    assert failed == []
    heading, blank, *lines = summary.read_text("utf-8").splitlines()
    assert (heading, blank) == ("## What the rules would do", "")
    assert any("```" in line for line in lines)
    assert all(line.startswith("    ") for line in lines)


def test_no_step_of_the_action_has_the_checkout_on_its_import_path(tmp_path: Path) -> None:
    """Runs the step that installs, with a Python that writes down how it was called."""
    (install,) = (each for each in action()["runs"]["steps"] if each["name"] == "Install starlang")
    calls, runner, checkout = tmp_path / "calls", tmp_path / "runner", tmp_path / "checkout"
    for directory in (runner, checkout):
        directory.mkdir()
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\necho "$PWD $*" >> {calls}\n'
        "mkdir -p starlang/bin\ncp -n $0 starlang/bin/python || true\n"
    )
    python.chmod(0o755)
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", install["run"]],  # noqa: S607 -- as GitHub runs it
        cwd=checkout,
        env=environment(PYTHON=str(python), RUNNER_TEMP=str(runner), GITHUB_ACTION_PATH="/action"),
        check=False,
    )

    called = calls.read_text("utf-8").splitlines()
    assert [line.split()[:4] for line in called] == [
        [str(runner), "-I", "-m", "venv"],
        [str(runner), "-I", "-m", "pip"],
    ]
    others = "".join(each["run"] for each in action()["runs"]["steps"] if each != install)
    assert others.count("/bin/python") == others.count('/bin/python" -I -m starlang') > 3


def test_no_input_of_the_action_is_pasted_into_a_script() -> None:
    """An input in a script could be a command; in the environment it is a value."""
    for step in action()["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_hooks_are_what_pre_commit_takes_and_their_entries_run(project: Project) -> None:
    project.rules(
        "rule trail   -> Trail weight 0.80 when path mentions memory\n"
        'test "t" given path memory expect Trail'
    )
    file = "rules/main.star"
    assert set(hooks()) == {"starlang-check", "starlang-fmt", "starlang-test"}
    for hook in hooks().values():
        assert set(hook) <= {
            "id",
            "name",
            "description",
            "entry",
            "language",
            "files",
            "pass_filenames",
            "require_serial",
            "always_run",
        }
        program, *arguments = hook["entry"].split()
        assert program == "starlang"
        takes_files = hook.get("pass_filenames", True)
        if takes_files:
            assert re.search(hook["files"], file)
            assert not re.search(hook["files"], "rules/main.starling")
        else:  # a file that is removed is in no list of files
            assert hook["always_run"]
        given = [file] if takes_files else []
        assert starlang(*arguments, *given, cwd=project.root).code == 0

    assert "rule trail ->" in (project.root / file).read_text("utf-8")


def test_the_check_hook_fails_on_an_error(project: Project) -> None:
    project.rules(BROKEN)
    assert starlang(*hooks()["starlang-check"]["entry"].split()[1:], cwd=project.root).code == 1


def test_the_page_names_the_inputs_and_hooks_that_there_are() -> None:
    page = (ROOT / "docs" / "ci.md").read_text("utf-8")
    inputs = re.findall(r"^\| `([\w-]+)` \| (?:`[^`]*`)? ?\|", page, re.MULTILINE)
    fences = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    fences = [fence for fence in fences if isinstance(fence, dict)]
    steps = fences[0]["jobs"]["rules"]["steps"]
    (ours,) = (step for step in steps if step["uses"].startswith("OWNER/starlang"))

    assert set(inputs) >= set(action()["inputs"])
    assert set(ours["with"]) <= set(action()["inputs"])
    assert {hook["id"] for hook in fences[1]["repos"][0]["hooks"]} == set(hooks())
