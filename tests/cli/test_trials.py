"""`test`: which tests run, which rules fired in them, and what a CI server reads."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from program.projects import Project
from program.run import starlang, succeed

pytestmark = pytest.mark.requirement("R32")

RULES = """
rule trail-path -> Trail weight 0.80 when path mentions memory
rule watch-path -> Watch weight 0.90 when path mentions guard
rule watch-more -> Watch weight 0.10 when path mentions gate

test "a memory is Trail"
  given path "x/memory"
  expect Trail at 0.80

test "a guard is Watch"
  given path "x/guard"
  expect Watch
"""
FAILING = '\ntest "a page is <Trail> & more"\n  given path "x/page"\n  expect Trail\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.config()
    made.rules(RULES)
    return made


def coverage(project: Project, *arguments: str) -> tuple[int, int, list[str]]:
    out = starlang("test", "--format", "json", *arguments, cwd=project.root).out
    found = json.loads(out)["coverage"]
    return found["fired"], found["rules"], [each["rule"] for each in found["never"]]


def test_rules_that_fired_are_counted_and_others_named(project: Project) -> None:
    assert coverage(project) == (2, 3, ["watch-more"])
    assert coverage(project, "-k", "guard") == (1, 3, ["trail-path", "watch-more"])

    done = succeed("test", "--coverage", cwd=project.root)
    assert done.text == "never fired: watch-more  rules/main.star:13:1\n"
    assert "2 of 3 rules fired in tests (66.6%)" in done.said


@pytest.mark.requirement("R44")
def test_derivations_are_counted_as_rules_are(project: Project) -> None:
    """One that gives its value to the module or a neighbour of a test has fired."""
    facts = """
derive layer ui when path mentions page
derive layer data when path mentions memory
derive layer data when path mentions store
rule drawn -> Watch weight 0.90 when layer is ui
rule near -> Watch weight 0.10 when uses modules where (layer is data)

test "a page is Watch"
  given path "x/page" uses "y/store" star Supporting
  expect Watch
"""
    project.rules(f"{RULES}{facts}")

    never = ["trail-path", "watch-more", "watch-path", "derive layer data"]
    assert coverage(project, "-k", "page") == (4, 8, never)
    done = succeed("test", "--coverage", "-k", "page", cwd=project.root)
    assert "never fired: derive layer data  rules/main.star:24:1" in done.text
    assert "4 of 8 rules and derivations fired in tests (50.0%)" in done.said


@pytest.mark.parametrize(
    ("percent", "passes"),
    [("66", True), ("66.6", True), ("66.666666", True), ("66.666667", False), ("67", False)],
)
def test_the_share_is_compared_exactly(project: Project, percent: str, *, passes: bool) -> None:
    done = starlang("test", "--fail-under", percent, cwd=project.root)

    assert (done.code == 0) is passes
    assert (f"less than the {percent}%" in done.said) is not passes


def test_all_of_them_is_all(project: Project) -> None:
    project.rules(RULES.replace('"x/guard"', '"gate/guard"'))

    assert starlang("test", "--fail-under", "100", cwd=project.root).code == 0


@pytest.mark.parametrize("percent", ["101", "-1", "x", "1e1", "", "100.0000001"])
def test_what_is_no_percentage_is_refused(project: Project, percent: str) -> None:
    assert starlang("test", "--fail-under", percent, cwd=project.root).code == 2


def test_tests_are_chosen_by_a_part_of_their_names(project: Project) -> None:
    assert "1 passed" in succeed("test", "-k", "MEMORY", cwd=project.root).said
    assert "2 passed" in succeed("test", "-k", "memory", "-k", "guard", cwd=project.root).said
    none = starlang("test", "-k", "nothing", cwd=project.root)
    assert (none.code, none.said) == (1, "no test has 'nothing' in its name\n")


def test_junit_is_written_beside_what_is_printed(project: Project) -> None:
    project.rules(RULES + FAILING)
    done = starlang("test", "--junit", "out.xml", cwd=project.root)
    assert done.code == 1
    assert "FAILED" in done.text

    root = ET.fromstring((project.root / "out.xml").read_text("utf-8"))  # noqa: S314 -- our own text
    assert (root.get("tests"), root.get("failures")) == ("3", "1")
    (suite,) = root
    assert suite.get("name") == "rules/main.star"
    (failed,) = [case for case in suite if case.find("failure") is not None]
    assert failed.get("name") == "a page is <Trail> & more"
    line = int(failed.get("line", "0"))
    text = (project.root / "rules" / "main.star").read_text("utf-8").splitlines()
    assert text[line - 1].startswith('test "a page')
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message") == "expected Trail, found silent"


@pytest.mark.requirement("R45")
@pytest.mark.fault_row(97)
def test_what_the_whole_misses_fails_in_junit_too(project: Project) -> None:
    for options, tests, why in (
        (("-k", "nothing"), "1", "no test has 'nothing' in its name"),
        (("-k", "memory", "-k", "\u202e<&", "--fail-under", "100"), "2", "100% are asked for"),
        (("--fail-under", "100"), "3", "100% are asked for"),
    ):
        done = starlang("test", *options, "--junit", "out.xml", cwd=project.root)
        root = ET.fromstring((project.root / "out.xml").read_text("utf-8"))  # noqa: S314 -- our own
        assert (done.code, root.get("tests"), root.get("failures")) == (1, tests, "1"), options
        (failure,) = root.iter("failure")
        assert why in failure.get("message", "")
    project.rules("")
    assert starlang("test", "--junit", "out.xml", cwd=project.root).code == 1
    root = ET.fromstring((project.root / "out.xml").read_text("utf-8"))  # noqa: S314 -- our own
    assert root.get("failures") == "1"


def test_junit_can_go_to_stdout_alone(project: Project) -> None:
    project.rules(RULES + FAILING)
    done = starlang("test", "--junit", "-", cwd=project.root)
    both = starlang("test", "--junit", "-", "--format", "json", cwd=project.root)

    assert ET.fromstring(done.text).get("failures") == "1"  # noqa: S314 -- our own text
    assert done.code == 1
    assert (both.code, both.text) == (2, "")
    assert not (project.root / "-").exists()


def test_junit_that_cannot_be_written_is_told(project: Project) -> None:
    done = starlang("test", "--junit", "none/out.xml", cwd=project.root)

    assert (done.code, "none/out.xml" in done.said) == (1, True)
