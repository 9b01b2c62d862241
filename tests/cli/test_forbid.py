"""What must never be: found by `check`, in plans and in tests."""

import json
from xml.etree import ElementTree as ET

import pytest
from program.documents import codes, plan_of
from program.projects import Project
from program.run import starlang

RULES = """
rule trail-path -> Trail weight 0.80 when path mentions memory

forbid "labs stay apart"
  when path under "core" and depends on modules under "labs"
  except "core/bridge"
  because "labs may break at any time"

forbid "no cycles in the kernel" when path under "kernel" and in a cycle because "bottom up"
"""
IMPORTS = {
    "core/app": ["core/util"],
    "core/bridge": ["labs/x"],
    "core/util": ["labs/x"],
    "kernel/a": ["kernel/b"],
    "kernel/b": ["kernel/c"],
    "kernel/c": ["kernel/a"],
    "web/page": ["labs/x"],
}
GRAPH = '\n[graph]\nimports = "imports.json"\n'
ENTRY = """
[[baseline]]
path = "{path}"
code = "E430"
forbid = "{forbid}"
reason = "known"
"""


@pytest.fixture
def broken(project: Project) -> Project:
    """A project of which five modules break a forbid."""
    project.config(GRAPH)
    project.rules(RULES)
    project.write("imports.json", json.dumps({"imports": IMPORTS}))
    for path in ("core/app", "core/bridge", "core/util", "labs/x", "web/page"):
        project.manifest(path)
    for path in "abc":
        project.manifest(f"kernel/{path}")
    return project


def checked(project: Project) -> tuple[int, list[dict[str, object]]]:
    done = starlang("check", "--format", "json", cwd=project.root)
    return done.code, json.loads(done.out)["diagnostics"]


@pytest.mark.requirement("R51")
def test_check_finds_every_module_that_breaks_a_forbid(broken: Project) -> None:
    code, found = checked(broken)

    assert code == 1
    assert [(each["code"], each["forbid"]) for each in found] == [
        *[("E430", "labs stay apart")] * 2,
        *[("E430", "no cycles in the kernel")] * 3,
    ]
    messages = [str(each["message"]) for each in found]
    assert messages[0] == (
        "core/app breaks `labs stay apart` (labs may break at any time; rules/main.star:13:1): "
        "depends on: core/util -> labs/x"
    )
    assert messages[2].endswith("in a cycle: kernel/b -> kernel/c -> kernel/a")
    assert all(str(each["file"]).startswith("manifests/") for each in found)


def found_in(text: str, format_: str) -> tuple[int, int]:
    """How many violations fail in a document of this format, and how many are accepted."""
    match format_:
        case "sarif":
            (run,) = json.loads(text)["runs"]
            results = [each for each in run["results"] if each["ruleId"] == "E430"]
            assert {each["level"] for each in results} <= {"error"}
            accepted = sum(bool(each.get("suppressions")) for each in results)
            return len(results) - accepted, accepted
        case "github":
            lines = [line for line in text.split("\n") if line.startswith("::error")]
            return sum("E430" in line for line in lines), 0
        case _:
            return len(list(ET.fromstring(text).iter("failure"))), 0  # noqa: S314 -- our own output


@pytest.mark.requirement("R51")
@pytest.mark.parametrize("command", ["check", "plan"])
@pytest.mark.parametrize("format_", ["sarif", "github", "junit"])
def test_a_violation_fails_in_the_formats_of_other_tools(
    broken: Project, format_: str, command: str
) -> None:
    done = starlang(command, "--format", format_, cwd=broken.root)

    assert (done.code, found_in(done.text, format_)) == (1, (5, 0))
    assert "core/app breaks" in done.text

    known = {"core": "labs stay apart", "kernel": "no cycles in the kernel"}
    paths = ("core/app", "core/util", "kernel/a", "kernel/b", "kernel/c")
    entries = [ENTRY.format(path=path, forbid=known[path.split("/")[0]]) for path in paths]
    broken.config(GRAPH + "".join(entries))
    done = starlang(command, "--format", format_, cwd=broken.root)

    accepted = 5 if (command, format_) == ("plan", "sarif") else 0
    assert (done.code, found_in(done.text, format_)) == (0, (0, accepted))


@pytest.mark.requirement("R51")
def test_a_plan_says_it_in_text_and_the_exit_code_is_that_of_every_format(broken: Project) -> None:
    text = starlang("plan", cwd=broken.root)
    table = starlang("plan", "--format", "csv", "--detailed-exitcode", cwd=broken.root)

    assert (text.code, table.code) == (1, 1)
    assert "Forbidden, and there already (5)" in text.text


@pytest.mark.requirement("R51")
def test_a_known_violation_is_bound_to_a_module_and_a_forbid(broken: Project) -> None:
    known = [("core/app", "labs stay apart"), ("core/util", "labs stay apart")]
    entries = [ENTRY.format(path=path, forbid=forbid) for path, forbid in known]
    broken.config(GRAPH + "".join(entries))

    _, found = checked(broken)

    assert {each["forbid"] for each in found} == {"no cycles in the kernel"}
    other = ENTRY.format(path="kernel/a", forbid="labs stay apart")
    gone = ENTRY.format(path="web/page", forbid="labs stay apart")
    broken.config(GRAPH + other + gone)
    _, found = checked(broken)
    assert [each["code"] for each in found].count("E430") == 5
    assert [each["code"] for each in found].count("W701") == 2


@pytest.mark.parametrize(
    ("entry", "code", "words"),
    [
        (ENTRY.format(path="core/*", forbid="x"), "E704", "is a glob"),
        (ENTRY.replace('forbid = "{forbid}"', "").format(path="a"), "E713", "no `forbid`"),
        (ENTRY.replace("E430", "W510").format(path="a", forbid="x"), "E704", "goes with"),
    ],
)
def test_an_entry_that_accepts_more_than_one_thing_is_refused(
    broken: Project, entry: str, code: str, words: str
) -> None:
    broken.config(GRAPH + entry)

    done = starlang("check", cwd=broken.root)

    assert done.code != 0
    assert code in done.said
    assert words in done.said


@pytest.mark.requirement("R51")
def test_a_plan_is_blocked_by_what_it_causes_and_not_by_what_is_there(broken: Project) -> None:
    broken.manifest("web/memory")

    done = starlang("plan", "--format", "json", cwd=broken.root)

    plan = plan_of(done.out)
    assert done.code == 1
    assert codes(plan.get("broken", [])) == ["E430"] * 5
    assert plan["blocked"] == []

    forbid = 'forbid "no storage" when path under "web" and star is Trail because "API"'
    broken.rules(f"{RULES}\n{forbid}")
    done = starlang("plan", "--format", "json", cwd=broken.root)
    plan = plan_of(done.out)
    assert done.code == 5
    assert codes(plan["blocked"]) == ["E431"]
    assert "web/memory would break `no storage` after this plan" in plan["blocked"][0]["message"]

    broken.manifest("web/memory", star="✦ Trail (Memory)")
    plan = plan_of(starlang("plan", "--format", "json", cwd=broken.root).out)
    assert plan["blocked"] == []
    assert codes(plan.get("broken", [])) == ["E430"] * 6


@pytest.mark.requirement("R51")
def test_paths_that_no_module_has_and_exceptions_that_spare_nothing_are_told(
    broken: Project,
) -> None:
    broken.rules(
        "rule r -> Trail weight 0.80 when path mentions memory\n"
        'derive far yes when path under "labz"\n'
        'forbid "x" when path under "kernell" or far is yes or uses modules under "labs"\n'
        '  except "core/bridge", "core/util", "web/page", "core/app", "core/gone" because "y"'
    )

    _, found = checked(broken)

    said = [(each["code"], each["message"], each["hint"]) for each in found]
    assert [each for each in said if each[0] == "W440"] == [
        ("W440", "forbid `x` names `core/gone`, and no module lies there", said[0][2]),
        (
            "W440",
            "forbid `x` names `kernell`, and no module lies there",
            "did you mean `kernel`?",
        ),
        ("W440", "forbid `x` names `labz`, and no module lies there", "did you mean `labs`?"),
    ]
    assert [each[1] for each in said if each[0] == "W441"] == [
        "forbid `x` excepts `core/app`, which does not break it"
    ]


def test_a_test_says_what_is_forbidden(broken: Project) -> None:
    broken.rules(
        RULES
        + """
test "far" given path "core/z" depends on "labs/y" star Supporting
  expect forbidden "labs stay apart"
test "excepted" given path "core/bridge" uses "labs/y" star Supporting
  expect not forbidden "labs stay apart"
test "round" given path "kernel/a" uses "kernel/b" star Trail used by "kernel/b" star Trail
  expect forbidden "no cycles in the kernel"
test "wrong" given path "core/z" uses "core/y" star Supporting
  expect forbidden "labs stay apart"
"""
    )

    done = starlang("test", cwd=broken.root)

    assert done.code == 1
    assert "3 passed, 1 failed" in done.said
    assert 'found    not forbidden "labs stay apart"' in done.text
