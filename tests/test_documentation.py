"""What the documentation shows is what the program does.

In `README.md`, `docs/*.md` and `examples/**/README.md`:

- a fence `star` is a whole file: it checks without any finding, and its tests pass;
- a fence `star used` is a whole file that a root file uses: the two check without errors;
- a fence `star fragment` stands below `starlang 1` and the shipped canon: it checks
  without errors, and its tests pass;
- a fence `star file=rules/x.star` (or `json`, `toml`, `python`) is a file that the sessions
  below it on the page find;
- a fence `console` shows commands (`$ starlang …`) and all that they print, run in a
  copy of `examples/constellation`; a command that does not end with 0 is followed by
  `$ echo $?`;
- a fence `console run` is the same in a git repository; times, commits, digests and the
  user are others each time, and a digest that is typed stands for the one that is meant;
- a fence `console runbook` is run by tests/test_runbook.py, all of them in one repository;
- a fence `bash` has commands that end well there; what it calls beside `starlang` and
  `python` is not run;
- a fence `python` runs there too, and prints the fence `text` that follows it;
- a fence `yaml` is YAML (tests/cli/test_ci.py looks at what it says);
- a fence `toml config` is a whole config, and `toml profile` a whole profile: they are
  read without a finding.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest
import yaml
from _pytest.mark import ParameterSet
from attrs import frozen
from program.repositories import commit_all, git
from program.run import on_terminal, script

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").rglob("README.md")),
)
NO_RULES = 'starlang 1 ruleset shown "1" use "canon.star"'
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^]]+\]: (\S+)$", re.MULTILINE)


@frozen
class Fence:
    """A fenced block: the words after the backticks, its text, and its line in the page."""

    page: str
    line: int
    info: str
    text: str


def fences(page: Path) -> Iterator[Fence]:
    lines = page.read_text("utf-8").splitlines()
    start = None
    for number, line in enumerate(lines, start=1):
        if line.startswith("```"):
            if start is None:
                start = number
            else:
                text = "".join(f"{each}\n" for each in lines[start : number - 1])
                name = page.relative_to(ROOT).as_posix()
                yield Fence(name, start, lines[start - 1].removeprefix("```").strip(), text)
                start = None
    assert start is None, f"{page}:{start}: this fence is never closed"


ALL = [fence for page in PAGES for fence in fences(page)]
EXPECTED_OUTPUT = {
    fence: following
    for fence, following in pairwise(ALL)
    if fence.info == "python" and following.info == "text" and fence.page == following.page
}


def of_kind(*infos: str) -> list[ParameterSet]:
    return [
        pytest.param(fence, id=f"{fence.page}:{fence.line}") for fence in ALL if fence.info in infos
    ]


def run(command: list[str], cwd: Path) -> tuple[int, str]:
    """The exit code of `command`, and all that it prints."""
    env = os.environ | {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(command, cwd=cwd, env=env, stdout=PIPE, stderr=STDOUT, check=False)
    return done.returncode, done.stdout.decode()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project with the shipped canon."""
    (tmp_path / "rules").mkdir()
    shutil.copy(ROOT / "rules" / "canon.star", tmp_path / "rules")
    return tmp_path


@pytest.mark.parametrize("fence", of_kind("star"))
def test_whole_files_are_clean(fence: Fence, project: Path) -> None:
    (project / "rules" / "shown.star").write_text(fence.text, "utf-8")

    assert on_terminal("check", "--quiet", "rules/shown.star", cwd=project) == (0, "")
    assert_tests_pass(fence, project)


@pytest.mark.parametrize("fence", of_kind("star used"))
def test_used_files_are_right(fence: Fence, tmp_path: Path) -> None:
    (tmp_path / "used.star").write_text(fence.text, "utf-8")
    (tmp_path / "root.star").write_text('starlang 1 ruleset shown "1" use "used.star"', "utf-8")

    code, printed = on_terminal("check", "root.star", cwd=tmp_path)
    assert code == 0, printed


@pytest.mark.parametrize("fence", of_kind("star fragment"))
def test_fragments_are_right(fence: Fence, project: Path) -> None:
    named = "" if "ruleset " in fence.text else 'ruleset shown "1"\n'
    shown = f'starlang 1\n{named}use "canon.star"\n{fence.text}'
    (project / "rules" / "shown.star").write_text(shown, "utf-8")

    code, printed = on_terminal("check", "rules/shown.star", cwd=project)
    assert code == 0, printed
    assert_tests_pass(fence, project)


def assert_tests_pass(fence: Fence, project: Path) -> None:
    if any(line.startswith('test "') for line in fence.text.splitlines()):
        code, printed = on_terminal("test", "rules/shown.star", cwd=project)
        assert code == 0, printed


def write_files_above(fence: Fence, project: Path) -> None:
    """Writes the files that the page shows before `fence` into `project`."""
    for each in ALL:
        _, is_file, name = each.info.partition(" file=")
        if is_file and each.page == fence.page and each.line < fence.line:
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(each.text, "utf-8")


@pytest.mark.parametrize("fence", of_kind("console"))
def test_sessions_go_as_shown(fence: Fence, example_copy: Path) -> None:
    write_files_above(fence, example_copy)
    seen = ""
    code = 0
    for line in fence.text.splitlines():
        if line == "$ echo $?":
            seen += f"{line}\n{code}\n"
            code = 0
        elif line.startswith("$ "):
            assert code == 0, f"`$ echo $?` is to show that a command ended with {code}\n{seen}"
            program, *arguments = shlex.split(line.removeprefix("$ "), comments=True)
            assert program == "starlang"
            code, printed = on_terminal(*arguments, cwd=example_copy)
            seen += f"{line}\n{printed}"

    assert _without_trailing_spaces(seen) == _without_trailing_spaces(fence.text)
    assert code == 0


PASSING = (
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"), "TIME"),
    (re.compile(r"[0-9]{8}T[0-9]{6}Z"), "TIME"),
    (re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])"), "DAY"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "DIGEST"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "COMMIT"),
    (re.compile(r"(?<=\bby )[a-z0-9_-]+(?= at TIME|$)", re.MULTILINE), "USER"),
)
"""What is another one in every run, and what it becomes before texts are compared."""


def passing(text: str) -> list[str]:
    for pattern, name in PASSING:
        text = pattern.sub(name, text)
    return _without_trailing_spaces(text)


@pytest.mark.parametrize("fence", of_kind("console run"))
def test_runs_go_as_shown(fence: Fence, example_copy: Path) -> None:
    write_files_above(fence, example_copy)
    commit_all(example_copy)
    git(example_copy, "config", "user.email", "alice@example.org")
    report = example_copy / "docs" / "audits" / "hortus_canary_report.json"
    seen = ""
    for line in fence.text.splitlines():
        if not line.startswith("$ "):
            continue
        _, *arguments = shlex.split(line.removeprefix("$ "), comments=True)
        if arguments[0] == "approve":
            arguments[1] = json.loads(report.read_bytes())["plan"]
        code, printed = on_terminal(*arguments, cwd=example_copy)
        assert code == 0, printed
        seen += f"{line}\n{printed}"

    assert passing(seen) == passing(fence.text)


@pytest.mark.parametrize("fence", of_kind("bash"))
def test_commands_end_well(fence: Fence, example_copy: Path) -> None:
    write_files_above(fence, example_copy)
    for line in fence.text.splitlines():
        program, *arguments = shlex.split(line, comments=True)
        if program == "starlang":
            assert on_terminal(*arguments, cwd=example_copy)[0] == 0, line
        elif program == "python":
            assert run([sys.executable, *arguments], example_copy)[0] == 0, line


@pytest.mark.parametrize("fence", of_kind("yaml"))
def test_yaml_is_yaml(fence: Fence) -> None:
    assert yaml.safe_load(fence.text)


@pytest.mark.parametrize("fence", of_kind("toml config"))
def test_configs_are_right(fence: Fence, project: Path) -> None:
    root = project / tomllib.loads(fence.text)["project"]["rules"]
    root.write_text(NO_RULES, "utf-8")
    (project / "configs").mkdir()
    (project / "configs" / "starlang.toml").write_text(fence.text, "utf-8")

    code, printed = on_terminal("check", cwd=project)
    assert code == 0, printed


@pytest.mark.parametrize("fence", of_kind("toml profile"))
def test_profiles_are_right(fence: Fence, project: Path) -> None:
    (project / "shown.toml").write_text(fence.text, "utf-8")
    (project / "rules" / "shown.star").write_text(NO_RULES, "utf-8")

    arguments = ("check", "rules/shown.star", "--profile", "./shown.toml")
    code, printed = on_terminal(*arguments, cwd=project)
    assert code == 0, printed


@pytest.mark.requirement("R34")
@pytest.mark.parametrize("fence", of_kind("python"))
def test_programs_print_what_is_shown(fence: Fence, example_copy: Path) -> None:
    done = script(fence.text, cwd=example_copy)

    assert done.code == 0, done.said
    if fence in EXPECTED_OUTPUT:
        assert done.text + done.said == EXPECTED_OUTPUT[fence].text


def test_every_fence_is_of_a_kind_that_is_run() -> None:
    known = {
        "star",
        "star fragment",
        "star used",
        "console",
        "console run",
        "console runbook",
        "python",
        "text",
        "toml config",
        "toml profile",
        "bash",
        "yaml",
    }

    unknown = [
        f"{fence.page}:{fence.line}: {fence.info}"
        for fence in ALL
        if fence.info not in known and " file=" not in fence.info
    ]

    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = [inside or below for inside, below in LINK.findall(page.read_text("utf-8"))]
    local = [target for target in targets if "://" not in target]

    assert [target for target in local if not leads_somewhere(page, target)] == []


def leads_somewhere(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    found = (page.parent / name).resolve() if name else page
    return found.exists() and (not anchor or anchor in anchors(found))


def anchors(page: Path) -> set[str]:
    """What links to the headings of a page, as code hosts make it of their words."""
    headings = (line for line in page.read_text("utf-8").splitlines() if line.startswith("#"))
    words = (heading.lstrip("#").strip().lower() for heading in headings)
    return {re.sub(r"[^\w -]", "", each).replace(" ", "-") for each in words}


def _without_trailing_spaces(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]
