"""What a plan reports beside its decisions, and living with it: waivers and the baseline."""

import re

import pytest
from program.documents import codes, plan_of
from program.projects import Project
from program.run import Done, starlang

RULES = """
rule trail-path -> Trail weight 0.80 when path mentions memory
never promote "attic" because "not maintained"
assign "store/safe" to Watch because "keeps the keys"
table tag weight 0.10 { locked -> Watch }
"""


@pytest.fixture
def tidy(project: Project) -> Project:
    """A project about whose manifests there is nothing to say."""
    project.rules(RULES)
    project.manifest("store/memory", tags=["locked"])
    project.manifest("store/safe")
    project.manifest("attic/radio")
    return project


def planned(project: Project) -> Done:
    return starlang("plan", "--format", "json", cwd=project.root)


def warned(project: Project) -> list[str]:
    """The codes that are about this run; facets that nobody has are the profile's business."""
    return [code for code in codes(plan_of(planned(project).out)["warnings"]) if code != "W503"]


def test_nothing_to_say(tidy: Project) -> None:
    assert warned(tidy) == []


def test_a_star_outside_the_canon(tidy: Project) -> None:
    tidy.manifest("store/memory", star="🪐 Saturn", tags=["locked"])

    plan = plan_of(planned(tidy).out)

    assert warned(tidy) == ["W802"]
    module = next(each for each in plan["modules"] if each["path"] == "store/memory")
    assert (module["outcome"], module["star"], module["label"]) == (
        "unrecognised",
        None,
        "🪐 Saturn",
    )
    assert not [edit for edit in plan["edits"] if "memory" in edit["file"]]


@pytest.mark.requirement("R10")
@pytest.mark.parametrize(
    ("old", "new", "code", "named"),
    [
        ('"attic"', '"attik"', "W803", "not maintained"),
        ('"store/safe"', '"store/save"', "W804", "store/save"),
    ],
)
def test_an_exception_that_matches_nothing(
    tidy: Project, old: str, new: str, code: str, named: str
) -> None:
    path = tidy.rules(RULES.replace(old, new))
    line = next(n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if new in text)

    (finding,) = [each for each in plan_of(planned(tidy).out)["warnings"] if each["code"] == code]

    assert named in finding["message"]
    assert (finding["file"], finding["line"]) == ("rules/main.star", line)


def test_a_facet_that_no_manifest_has(tidy: Project) -> None:
    tidy.manifest("store/memory")

    assert warned(tidy) == ["W805"]


@pytest.mark.requirement("R18")
def test_waivers_and_the_baseline_set_findings_aside(tidy: Project) -> None:
    tidy.manifest("store/Memory2")
    tidy.manifest("labs/relic", star="🪐 Saturn")
    before = plan_of(planned(tidy).out)
    tidy.config(
        """
        [[guards.waive]]
        path = "store/Memory2"
        code = "E602"
        reason = "renamed with the next release"

        [[baseline]]
        path = "labs/**"
        code = "W802"
        reason = "an old canon"
        """
    )

    done = planned(tidy)
    after = plan_of(done.out)

    assert codes(before["blocked"]) == ["E602"]
    assert done.code == 0
    assert (after["blocked"], after["applyable"]) == ([], True)
    assert codes(after["known"]) == ["W802", "E602"]
    assert warned(tidy) == []
    assert before["modules"] == after["modules"]
    assert re.search(r"\b2 known\b", starlang("plan", cwd=tidy.root).text)


def test_an_entry_that_covers_nothing_is_reported(tidy: Project) -> None:
    tidy.config(
        """
        [[guards.waive]]
        path = "store/Memory2"
        code = "E602"
        reason = "renamed with the last release"
        """
    )

    plan = plan_of(planned(tidy).out)
    (unused,) = [each for each in plan["warnings"] if each["code"] == "W701"]

    assert (unused["file"], unused["line"]) == ("configs/starlang.toml", 6)
    assert "store/Memory2" in unused["message"]


def test_a_waiver_covers_its_own_path_and_code_only(tidy: Project) -> None:
    tidy.manifest("store/Memory2")
    tidy.manifest("store/Memory3")
    tidy.manifest("store/Memory2/build/x")
    tidy.config('[[guards.waive]]\npath = "store/Memory2"\ncode = "E602"\nreason = "x"\n')

    plan = plan_of(planned(tidy).out)

    assert codes(plan["known"]) == ["E602"]
    blocked = {(each["code"], each["file"].removeprefix("manifests/")) for each in plan["blocked"]}
    assert blocked == {
        ("E602", "store/Memory2/build/x/module.manifest.json"),
        ("E603", "store/Memory2/build/x/module.manifest.json"),
        ("E602", "store/Memory3/module.manifest.json"),
    }


@pytest.mark.requirement("R12")
def test_a_plan_knows_no_day_but_a_check_does(tidy: Project) -> None:
    entry = '[[baseline]]\npath = "labs/relic"\ncode = "W802"\nreason = "x"\nuntil = "{}"\n'
    tidy.manifest("labs/relic", star="🪐 Saturn")

    def run(day: str) -> tuple[list[str], bool]:
        tidy.config(entry.format(day))
        return codes(plan_of(planned(tidy).out)["known"]), "W702" in starlang(
            "check", cwd=tidy.root
        ).text

    assert run("1999-12-31") == (["W802"], True)
    assert run("2999-12-31") == (["W802"], False)


@pytest.mark.requirement("R18")
def test_all_violations_are_listed_together(tidy: Project) -> None:
    for path in ("lukhas/a", "a/B", "a/build/c", "node_modules/d", "a/.venv/e", "a/quarantine/f"):
        tidy.manifest(path)
    tidy.write("manifests/broken/module.manifest.json", "{")
    tidy.manifest(".archive/LUKHAS/build")

    done = planned(tidy)

    found = [(each["code"], each["file"].split("/")[1]) for each in plan_of(done.out)["blocked"]]
    assert done.code == 5
    assert sorted(found) == sorted(
        [
            ("E601", "lukhas"),
            ("E602", "a"),
            ("E603", "a"),
            ("E603", "a"),
            ("E603", "a"),
            ("E603", "node_modules"),
            ("E507", "broken"),
        ]
    )
