"""Files that are missing, of the wrong kind, outside the project, or that cannot be written."""

import os
import sys
from pathlib import Path

import pytest
from program.documents import plan_of, trials_of
from program.projects import Project, snapshot
from program.run import Done, starlang, succeed


def codes(done: Done) -> set[str]:
    """The codes of the diagnostics that were printed."""
    lines = (done.text + done.said).splitlines()
    return {line.split("[")[1][:4] for line in lines if line.startswith(("error[", "warning["))}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("check", "rules/none.star"), "E401"),
        (("check", "rules"), "E402"),
        (("check", "--rules", "rules/mian.star"), "E401"),
        (("test", "rules/none.star"), "E401"),
        (("plan", "--rules", "build/none.json"), "E805"),
        (("plan", "--rules", "build.json"), "E805"),
        (("plan", "--manifests", "none"), "E532"),
        (("plan", "--manifests", "rules/main.star"), "E532"),
        (("plan", "--config", "none.toml"), "E706"),
        (("plan", "--config", "configs"), "E706"),
        (("plan", "--profile", "constellation-1.2"), "E714"),
        (("plan", "--profile", "./none.toml"), "E706"),
        (("import", "none.json", "-o", "old"), "E706"),
        (("import", "rules", "-o", "old"), "E706"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else each,
)
def test_what_is_not_there_is_named(
    promoting: Project, command: tuple[str, ...], code: str
) -> None:
    (promoting.root / "build.json").mkdir()

    done = starlang(*command, cwd=promoting.root)

    assert done.code == 1
    assert codes(done) == {code}
    assert (
        command[2 if command[1].startswith("--") else 1].removeprefix("./") in done.said + done.text
    )


def test_a_near_file_name_is_offered(promoting: Project) -> None:
    done = starlang("check", "--rules", "rules/mian.star", cwd=promoting.root)

    assert "`rules/main.star`" in done.text


@pytest.mark.requirement("R18")
def test_an_empty_directory_of_manifests_is_no_success(promoting: Project) -> None:
    (promoting.root / "empty").mkdir()

    done = starlang("plan", "--manifests", "empty", cwd=promoting.root)

    assert (done.code, done.out, codes(done)) == (1, b"", {"E524"})


def test_without_a_config_the_command_line_is_enough(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.rules("rule trail-path -> Trail weight 0.80 when path mentions memory", "my.star")
    project.manifest("store/memory")

    planned = succeed("plan", "--rules", "my.star", "--format", "json", cwd=tmp_path)
    unnamed = starlang("plan", cwd=tmp_path)

    assert [each["outcome"] for each in plan_of(planned.out)["modules"]] == ["promoted"]
    assert (unnamed.code, codes(unnamed)) == (1, {"E806"})


def test_the_config_is_found_from_below(promoting: Project) -> None:
    below = promoting.root / "manifests" / "store"

    above = succeed("plan", "--format", "json", cwd=promoting.root)

    assert succeed("plan", "--format", "json", cwd=below).out == above.out


def test_options_stand_above_the_config_and_are_seen_from_where_one_stands(
    promoting: Project,
) -> None:
    promoting.rules("rule watch-path -> Watch weight 0.80 when path mentions memory", "b/o.star")
    below = promoting.root / "b"

    done = succeed("plan", "--rules", "o.star", "--format", "json", cwd=below)

    stars = {module["path"]: module["star"] for module in plan_of(done.out)["modules"]}
    assert stars["store/memory"] == "Watch"


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ("[project]\nrules = ", "E701"),
        ('[project]\nrulse = "rules/main.star"', "E702"),
        ("[project]\nrules = 1", "E703"),
        ('[guards]\nuppercase = "perhaps"', "E704"),
        ('[project]\nrules = "../main.star"', "E705"),
        ('[project]\nrules = "/main.star"', "E705"),
        ('[project]\nrules = "rules/main.star"\nschema = "configs/none.json"', "E706"),
        ('[[baseline]]\npath = "a"\ncode = "W501"', "E713"),
    ],
    ids=lambda each: each.replace("\n", " "),
)
def test_a_wrong_config_is_refused_with_its_place(
    promoting: Project, config: str, code: str
) -> None:
    promoting.write("configs/starlang.toml", config)

    done = starlang("plan", cwd=promoting.root)

    assert (done.code, done.out) == (1, b"")
    assert codes(done) == {code}
    assert "configs/" in done.said


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a privilege there")
def test_rules_outside_of_the_project_are_refused(promoting: Project, tmp_path: Path) -> None:
    outside = Project(tmp_path / "elsewhere").rules("")
    (promoting.root / "rules" / "link.star").symlink_to(outside)

    for rules in (outside, Path("rules/link.star")):
        done = starlang("check", "--rules", rules, cwd=promoting.root)

        assert (done.code, codes(done)) == (1, {"E404"})


def test_without_a_config_files_elsewhere_are_projects_of_their_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        project = Project(tmp_path / name)
        project.write("used.star", "starlang 1\nrule used -> Trail weight 0.70 when path is x")
        project.rules(f'use "used.star"\ntest "{name}" given path x expect Trail', "main.star")
    (tmp_path / "here").mkdir()

    done = succeed(
        *("test", "../one/main.star", tmp_path / "two" / "main.star", "--format", "json"),
        cwd=tmp_path / "here",
    )

    assert [each["name"] for each in trials_of(done.out)["tests"]] == ["one", "two"]


def test_files_of_the_project_are_checked_with_it(promoting: Project) -> None:
    promoting.write(
        "rules/used.star", "starlang 1\nrule dull -> Trail weight 0.1 when path mentions x"
    )
    promoting.rules('use "used.star"\nrule main -> Trial weight 0.80 when path mentions memory')

    used = starlang("check", "rules/used.star", "--format", "json", cwd=promoting.root)
    root = starlang("check", "rules/main.star", cwd=promoting.root)

    assert '"file": "rules/main.star"' not in used.text
    assert codes(root) == {"E201"}


OUTPUTS = [("plan",), ("compile",)]


@pytest.mark.parametrize("command", OUTPUTS, ids=lambda words: words[0])
def test_what_is_written_is_what_would_be_printed(
    promoting: Project, command: tuple[str, ...]
) -> None:
    as_json = (*command, "--format", "json") if command == ("plan",) else command
    printed = succeed(*as_json, "--quiet", cwd=promoting.root)

    succeed(*command, "-o", "out.json", cwd=promoting.root)

    assert (promoting.root / "out.json").read_bytes() == printed.out


@pytest.mark.parametrize("command", OUTPUTS, ids=lambda words: words[0])
@pytest.mark.parametrize("place", ["none/out.json", "rules", "rules/main.star/out.json"])
def test_what_cannot_be_written_leaves_nothing_behind(
    promoting: Project, command: tuple[str, ...], place: str
) -> None:
    before = snapshot(promoting.root)

    done = starlang(*command, "-o", place, cwd=promoting.root)

    assert done.code == 1
    assert place in done.said
    assert snapshot(promoting.root) == before


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_directory_that_must_not_be_written(promoting: Project) -> None:
    locked = promoting.root / "locked"
    locked.mkdir(mode=0o500)

    done = starlang("plan", "-o", "locked/plan.json", cwd=promoting.root)

    assert (done.code, list(locked.iterdir())) == (1, [])


def test_an_older_result_does_not_survive_a_failure(promoting: Project) -> None:
    """A plan of wrong rules is none, and nobody may take the plan of yesterday for it."""
    promoting.write("plan.json", "yesterday")
    promoting.rules("rule")

    assert starlang("plan", "-o", "plan.json", cwd=promoting.root).code == 1
    assert not (promoting.root / "plan.json").exists()


@pytest.mark.requirement("R33")
def test_no_command_writes_what_nobody_named(promoting: Project) -> None:
    before = snapshot(promoting.root)

    for command in ("check", "test", "compile", "plan", "plan --reassess", "explain gate/guard"):
        succeed(*command.split(), cwd=promoting.root)

    assert snapshot(promoting.root) == before
