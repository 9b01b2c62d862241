"""What findings weigh, and what makes a command fail in continuous integration."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from program.projects import CONFIG, Project
from program.run import starlang

from starlang.cli.commands import COMMANDS, function_of

pytestmark = pytest.mark.requirement("R50")

STALE = '[[baseline]]\npath = "gone/module"\ncode = "E601"\nreason = "was known"\n'
FORBID = """
forbid "no gates" when path under "gate" because "gates are elsewhere"
"""


@pytest.fixture
def stale(promoting: Project) -> Project:
    """A project with an entry that accepts nothing, which is W701."""
    configured(promoting, "")
    return promoting


def configured(project: Project, severities: str) -> None:
    project.write("configs/starlang.toml", f"{CONFIG}\n{STALE}\n{severities}")


def code_of(project: Project, *arguments: str) -> int:
    return starlang(*arguments, cwd=project.root).code


def test_a_stale_entry_fails_a_plan_that_is_asked_to_fail_on_warnings(stale: Project) -> None:
    assert [
        code_of(stale, "plan", *more)
        for more in ((), ("--fail-on", "error"), ("--fail-on", "warning"), ("--fail-on", "note"))
    ] == [0, 0, 1, 1]


def test_a_raised_warning_fails_without_an_option_and_blocks_nothing(stale: Project) -> None:
    configured(stale, '[severity]\nW701 = "error"\n')
    done = starlang("plan", "--format", "json", cwd=stale.root)
    planned = json.loads(done.out)

    assert done.code == 1
    assert "1 finding of severity error or above: W701" in done.err.decode()
    assert planned["blocked"] == []
    assert [each["severity"] for each in planned["warnings"] if each["code"] == "W701"] == [
        "warning"  # the plan is the same, whatever the config says about its findings
    ]


def test_every_format_says_the_severity_of_the_config(stale: Project) -> None:
    for level, sarif, github, fails in (
        ('"error"', "error", "::error ", True),
        ('{ level = "note", reason = "known" }', "note", "::notice ", False),
    ):
        configured(stale, f"[severity]\nW701 = {level}\n")
        told = {
            format_: starlang("plan", "--format", format_, cwd=stale.root).out
            for format_ in ("sarif", "github", "junit")
        }
        results = json.loads(told["sarif"])["runs"][0]["results"]
        assert [each["level"] for each in results if each["ruleId"] == "W701"] == [sarif]
        lines = told["github"].decode().splitlines()
        assert [each.startswith(github) for each in lines if "W701" in each] == [True]
        assert (ET.fromstring(told["junit"]).get("failures") == "1") is fails  # noqa: S314 -- ours


def test_check_counts_and_fails_by_severity(promoting: Project) -> None:
    promoting.rules('rule twice -> Trail weight 0.70 when path mentions memory, "memory"\n')
    promoting.config()
    found = json.loads(starlang("check", "--format", "json", cwd=promoting.root).out)
    code = found["diagnostics"][0]["code"]
    assert (found["counts"]["error"], code[0]) == (0, "W")

    assert code_of(promoting, "check") == 0
    assert code_of(promoting, "check", "--fail-on", "warning") == 1
    lowered = "".join(
        f'{each} = {{ level = "note", reason = "x" }}\n'
        for each in {each["code"] for each in found["diagnostics"]}
    )
    promoting.write("configs/starlang.toml", f"{CONFIG}\n[severity]\n{lowered}")
    done = starlang("check", "--fail-on", "warning", "--format", "json", cwd=promoting.root)
    assert (done.code, json.loads(done.out)["counts"]["warning"]) == (0, 0)
    assert code_of(promoting, "check", "--fail-on", "note") == 1


def test_rules_that_hold_nowhere_fail_an_inspection(promoting: Project) -> None:
    promoting.rules("rule far -> Watch weight 0.1 when capability is nothing\n")
    promoting.config()
    assert code_of(promoting, "inspect") == 0
    assert code_of(promoting, "inspect", "--fail-on", "warning") == 1
    promoting.write("configs/starlang.toml", f'{CONFIG}\n[severity]\nW420 = "error"\n')
    assert code_of(promoting, "inspect", "--format", "json") == 1


def test_a_forbid_is_lowered_by_its_name_alone(promoting: Project) -> None:
    promoting.rules(FORBID)
    promoting.config()
    assert code_of(promoting, "check") == 1
    promoting.write(
        "configs/starlang.toml",
        f'{CONFIG}\n[severity.forbid]\n"no gates" = {{ level = "warning", reason = "soon" }}\n',
    )
    assert code_of(promoting, "check") == 0
    assert code_of(promoting, "check", "--fail-on", "warning") == 1
    promoting.write(
        "configs/starlang.toml",
        f'{CONFIG}\n[severity.forbid]\n"no gate" = {{ level = "warning", reason = "soon" }}\n',
    )
    done = starlang("check", cwd=promoting.root)
    assert (done.code, "E748" in done.said + done.text) == (1, True)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('W701 = "note"', "E747"),
        ('W701 = { level = "note" }', "E747"),
        ('W701 = { level = "note", reason = "  " }', "E747"),
        ('E601 = "warning"', "E747"),
        ('E601 = { level = "note", reason = "x" }', "E747"),
        ('E430 = { level = "warning", reason = "x" }', "E747"),
        ('forbid = { x = "warning" }', "E747"),
        ('W999 = "error"', "E748"),
        ('"../E101" = "error"', "E748"),
        ('W701 = "off"', "E704"),
        ('W701 = { reason = "x" }', "E704"),
        ("W701 = true", "E703"),
        ('W701 = { level = "error", why = "x" }', "E702"),
    ],
)
def test_what_cannot_be_is_an_error_at_its_place(stale: Project, line: str, code: str) -> None:
    configured(stale, f"[severity]\n{line}\n")
    done = starlang("plan", "--format", "sarif", cwd=stale.root)

    results = json.loads(done.out)["runs"][0]["results"]
    assert done.code == 1
    assert {each["ruleId"] for each in results} == {code}
    assert results[0]["locations"][0]["physicalLocation"]["region"]["startLine"] > 8


@pytest.mark.parametrize("line", ['E601 = "error"', 'W701 = "warning"', 'forbid = { x = "error" }'])
def test_saying_what_is_so_anyway_needs_no_reason(stale: Project, line: str) -> None:
    configured(stale, f"[severity]\n{line}\n")
    assert code_of(stale, "plan") == 0


def test_the_page_names_each_command_with_the_option_or_says_why_not(project_root: Path) -> None:
    takes = {name for name in COMMANDS if "fail_on" in (function_of(name).__kwdefaults__ or {})}
    page = (project_root / "docs" / "ci.md").read_text("utf-8")
    named = page.partition("(or `note`)")[2].partition("exit with 1")[0]
    others = page.partition("The other commands do not")[2].partition("What only some codes")[0]

    def words(text: str) -> set[str]:
        return {each.split()[0] for each in re.findall("`([^`]+)`", text)}

    assert takes == words(named)
    assert takes | words(others) == set(COMMANDS)


def test_a_warning_about_the_rules_stops_a_compilation(promoting: Project) -> None:
    promoting.rules('rule twice -> Trail weight 0.70 when path mentions memory, "memory"\n')
    promoting.config()
    strict = ("compile", "-o", "rules.json", "--fail-on", "warning")
    assert code_of(promoting, *strict) == 1
    assert not (promoting.root / "rules.json").exists()

    assert code_of(promoting, "compile", "-o", "rules.json") == 0  # and no lock: W869
    assert code_of(promoting, "compile", "--check", "-o", "rules.json") == 0
    done = starlang("compile", "--check", *strict[1:], cwd=promoting.root)
    assert (done.code, "W869" in done.said.splitlines()[-1]) == (1, True)
    promoting.rules("rule other -> Trail weight 0.70 when path mentions memory\n")
    assert code_of(promoting, "compile", "--check", *strict[1:]) == 3  # a drift comes first
