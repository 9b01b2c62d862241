"""One odd manifest never stops the others: it is named, left out and counted."""

import json
from collections.abc import Mapping

import pytest
from program.projects import Project
from program.run import starlang

pytestmark = pytest.mark.requirement("R40")

RULES = """
rule owned -> Trail weight 0.90 when owner is "trail-team"
rule placed -> Watch weight 0.90 when path under "watch"
rule not-mine against Watch weight 0.90 when owner is "trail-team"
"""


def planned(project: Project) -> Mapping[str, list[dict[str, str]]]:
    done = starlang("plan", "--format", "json", cwd=project.root)
    found = json.loads(done.out)
    assert isinstance(found, dict)
    return found


def manifest(project: Project, path: str, owner: object, **more: object) -> None:
    document = {
        "constellation_alignment": {"primary_star": "Supporting"},
        "metadata": {"owner": owner},
        **more,
    }
    project.write(f"manifests/{path}/module.manifest.json", json.dumps(document))


@pytest.fixture
def odd(project: Project) -> Project:
    project.config()
    project.rules(RULES)
    manifest(project, "good/one", "trail-team")
    return project


def test_a_module_with_a_value_of_a_wrong_type_is_left_out(odd: Project) -> None:
    manifest(odd, "odd/list", ["trail-team"])
    manifest(odd, "odd/number", 7)
    found = planned(odd)

    assert [each["path"] for each in found["modules"]] == ["good/one"]
    assert found["modules"][0]["outcome"] == "promoted"
    assert found["blocked"] == []
    left = [each["message"] for each in found["warnings"] if each["code"] == "W560"]
    assert [words.partition(" is left out")[0] for words in left] == ["odd/list", "odd/number"]


def test_a_module_that_the_run_would_change_blocks_it(odd: Project) -> None:
    manifest(odd, "watch/list", ["trail-team"])
    found = planned(odd)

    assert [(each["code"], each["file"]) for each in found["blocked"]] == [
        ("E521", "manifests/watch/list/module.manifest.json")
    ]
    assert [each["path"] for each in found["modules"]] == ["good/one"]


@pytest.mark.requirement("R45")
def test_a_value_too_long_for_patterns_blocks_and_the_others_are_planned(odd: Project) -> None:
    counting = "".join(
        f"rule n{n} -> Watch weight 0.10 when owner matches /{chr(97 + n)}[ab]{{900}}c/\n"
        for n in range(20)
    )
    odd.rules(RULES + counting)
    manifest(odd, "odd/long", "ab" * 500_000)
    found = planned(odd)

    assert [(each["code"], each["file"], each["pointer"]) for each in found["blocked"]] == [
        ("E580", "manifests/odd/long/module.manifest.json", "/metadata/owner")
    ]
    assert [each["path"] for each in found["modules"]] == ["good/one"]


def test_a_value_that_no_rule_reads_is_told_and_changes_nothing(odd: Project) -> None:
    manifest(odd, "odd/tier", "trail-team", testing={"quality_tier": ["T1"]})
    found = planned(odd)

    assert [each["outcome"] for each in found["modules"]] == ["promoted", "promoted"]
    assert "W561" in [each["code"] for each in found["warnings"]]
    assert found["blocked"] == []


def test_a_manifest_without_the_place_of_stars_blocks_until_an_entry_leaves_it_out(
    odd: Project,
) -> None:
    odd.write("manifests/other/shape/module.manifest.json", '{"stars": ["Trail"]}')
    found = planned(odd)
    assert [each["code"] for each in found["blocked"]] == ["E571"]

    odd.config('[[baseline]]\npath = "other/shape"\ncode = "E571"\nreason = "a later shape"\n')
    found = planned(odd)
    assert found["blocked"] == []
    assert [each["path"] for each in found["modules"]] == ["good/one"]
