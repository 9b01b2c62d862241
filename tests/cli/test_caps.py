"""Every list for people has a cap with a count, and `--limit 0` opens it; programs get all."""

import json
import re

import pytest
from program.projects import Project
from program.repositories import commit_all
from program.run import starlang

from starlang.cli.commands import COMMANDS, function_of
from starlang.cli.plain import taken

pytestmark = [pytest.mark.requirement("R45"), pytest.mark.fault_row(100)]

UNLIMITED = {"codes": "there are as many as there are"}
MORE = re.compile(r"and ([0-9,]+) more")


def flags(name: str) -> set[str]:
    hints = function_of(name).__annotations__.items()
    return {flag for each, hint in hints if hint for flag in taken(each, hint).parameter.flags}


def test_every_command_that_lists_has_a_limit() -> None:
    assert {name for name in COMMANDS if "--limit" not in flags(name)} == set(UNLIMITED)


def lines(project: Project, command: str, pattern: str) -> tuple[int, list[int]]:
    """How many lines a command prints that match, and how many it says there are more."""
    done = starlang(*command.split(), cwd=project.root)
    text = done.text + done.said
    return len(re.findall(pattern, text)), [int(each) for each in MORE.findall(text)]


def test_findings_of_check(project: Project) -> None:
    rule = 'rule r{0} -> Trail weight 0.10 when path is "a" and path is "b{0}"'
    project.rules("\n".join(rule.format(number) for number in range(45)))
    project.manifest("a")
    place = r"(?m)^ *--> rules/main\.star:[0-9]+:"

    found = json.loads(starlang("check", "--format", "json", cwd=project.root).out)
    by_code: dict[str, int] = {}
    for each in found["diagnostics"]:
        by_code[each["code"]] = by_code.get(each["code"], 0) + 1
    assert max(by_code.values()) == 45
    for limit in (20, 3, 0, 45, 44):
        cut = {code: count - limit for code, count in by_code.items() if 0 < limit < count}
        listed = len(found["diagnostics"]) - sum(cut.values())
        assert lines(project, f"check --limit {limit}", place) == (listed, [*cut.values()])
    assert lines(project, "check", place) == lines(project, "check --limit 20", place)


def test_manifests_that_cannot_be_read(project: Project) -> None:
    project.rules("")
    project.manifest("a")
    for number in range(9):
        project.write(f"manifests/bad/m{number}/module.manifest.json", '{\n "v":007}')
    found = r"manifests/bad/m[0-9]/module\.manifest\.json:2:[0-9]+: "
    assert lines(project, "plan --limit 0", found)[0] == 9
    assert lines(project, "plan", "E5[0-9][0-9]")[1] == [6]
    plan = json.loads(starlang("plan", "--format", "json", cwd=project.root).out)
    assert len(plan["blocked"]) == 9


def test_tests_that_fail_and_rules_that_never_fired(project: Project) -> None:
    project.rules(
        "\n".join(
            f"rule r{number} -> Trail weight 0.10 when path mentions a{number}\n"
            f'test "t{number}" given path "x" expect Trail'
            for number in range(30)
        )
    )
    for limit, listed, more in ((20, 20, [10]), (7, 7, [23]), (0, 30, []), (30, 30, [])):
        assert lines(project, f"test --limit {limit}", "(?m)^FAILED t") == (listed, more)
    found = lines(project, "test --coverage", "never fired: .*  rules/main.star:[0-9]+")
    assert found == (20, [10, 10])


def test_groups_of_a_plan_and_changes_of_a_diff(project: Project) -> None:
    rule = "rule r{0} -> Trail weight 0.{1} when path mentions word{0}"
    project.rules("\n".join(rule.format(each, 30) for each in range(30)), "rules/old.star")
    project.rules("\n".join(rule.format(each, 90) for each in range(30)))
    for number in range(30):
        project.manifest(f"m/word{number}")
    assert lines(project, "plan", r"(?m)^ +m/word[0-9]+$|m/word[0-9]+\n")[1] == [10]
    assert lines(project, "plan --limit 0", "more")[0] == 0
    _, more = lines(project, "diff rules/old.star", "more")
    assert more == [10, 10]
    assert lines(project, "diff rules/old.star --limit 0", "more")[0] == 0


def test_files_that_cannot_be_laid_out(project: Project) -> None:
    names = [f"rules/bad{number}.star" for number in range(25)]
    for name in names:
        project.write(name, "starlang 1 \x07\n")
    command = f"fmt --check {' '.join(names)}"
    errors, more = lines(project, command, r"(?m)^error\[E1")
    assert (errors, more) == (20, [5])
    assert lines(project, f"{command} --limit 0", r"(?m)^error\[E1") == (25, [])


def test_modules_that_are_explained(project: Project) -> None:
    project.rules("\n".join(f"rule r{n} -> Trail weight 0.90 when tag is t{n}" for n in range(25)))
    for number in range(25):
        project.manifest(f"m/n{number:02}")
    title = "(?m)^m/n[0-9]+  silent"
    assert lines(project, "explain --under **", title) == (20, [5])
    assert lines(project, "explain --under ** --limit 3", title) == (3, [22])
    assert lines(project, "explain --under ** --limit 0", title) == (25, [])
    assert lines(project, "explain m/n00 --why-not Trail", "(?m)^ +0.90  r[0-9]+")[0] == 8
    assert lines(project, "explain m/n00 --why-not Trail --limit 0", "(?m)^ +0.90  r") == (25, [])
    everyone = "explain --under ** --why-not Trail"
    assert lines(project, everyone, "m/n2[0-4]")[1] == [22]
    assert lines(project, f"{everyone} --limit 0", "m/n2[0-4]")[1] == []
    found = json.loads(
        starlang("explain", "--under", "**", "--format", "json", cwd=project.root).out
    )
    assert len(found["modules"]) == 25


def test_differences_of_the_canon_and_of_what_has_drifted(project: Project) -> None:
    project.config('[canon]\ncopies = ["copy.json"]\n')
    project.rules("\n".join(f"star S{n}\n" for n in range(30)))
    labels = ["✦ Trail (Memory)", "🛡️ Watch (Guardian)", "Supporting"]
    project.write("copy.json", json.dumps({"stars": labels}))
    found = r"(?m)^error\[E87[0-9]\]"
    whole, none = lines(project, "canon check --limit 0", found)
    assert (whole > 30, none) == (True, [])
    assert lines(project, "canon check", found) == (20, [whole - 20])
    assert starlang("compile", "--lock", "-o", "r.json", cwd=project.root).code == 0
    rules = (project.root / "rules/main.star").read_text("utf-8")
    added = "\n".join(f"rule n{n} -> S{n} weight 0.10 when tag is t{n}" for n in range(30))
    project.write("rules/main.star", f"{rules}\n{added}\n")
    row = "(?m)^ .* n[0-9]+ "
    assert lines(project, "compile --check -o r.json", row)[1]
    assert lines(project, "compile --check -o r.json --limit 0", "more")[0] == 0


def test_what_an_import_and_an_export_say(project: Project) -> None:
    project.rules(
        "\n".join(f"rule r{n} -> Trail weight 0.{n:02} when tag is t{n}" for n in range(10, 40))
    )
    found = r"(?m)^error\[E8[0-9]+\]"
    assert lines(project, "export", found) == (20, [10])
    assert lines(project, "export --limit 0", found) == (30, [])

    labels = ["✦ Trail (Memory)", "Supporting"]
    rules = [{"star": labels[0], "pattern": f"(?<!stop)a{n}", "source": "path"} for n in range(30)]
    twice = [{"capability": f"c{n}", "star": labels[0]} for n in range(30)] * 2
    old = {"version": "2.0", "canonical_stars": labels, "rules": rules}
    project.write("old.json", json.dumps({**old, "capability_overrides": twice}, indent=1))
    row = r"(?m)^warning\[W906\].*\n +--> old.json:[0-9]+:[0-9]+ at /capability_overrides/[0-9]+$"
    assert lines(project, "import old.json -o some", row)[0] == 20
    assert lines(project, "import old.json -o all --limit 0", row) == (30, [])
    notes, more = lines(project, "import old.json -o again", "(?m)^note: ")
    everything = lines(project, "import old.json -o whole --limit 0", "(?m)^note: ")
    assert (notes, more[-1], everything) == (20, everything[0] - 20, (everything[0], []))


def test_packages_without_a_manifest_and_neighbours(project: Project) -> None:
    project.config('[coverage]\nsource = "pkg"\n[graph]\nsource = "pkg"\n')
    project.rules("rule busy -> Trail weight 0.90 when used by at least 1 modules")
    project.manifest("hub")
    for number in range(15):
        project.write(f"pkg/lone{number:02}/__init__.py", "")
    commit_all(project.root)
    assert lines(project, "coverage", "lone[0-9]+")[1] == [5]
    assert lines(project, "coverage --limit 0", "lone[0-9]+") == (15, [])


def test_modules_around_one(project: Project) -> None:
    project.rules("")
    for path in ("hub", *(f"hub/n{number:02}" for number in range(15))):
        project.manifest(path)
    assert lines(project, "graph hub", "hub/n[0-9]+") == (10, [5])
    assert lines(project, "graph hub --limit 0", "hub/n[0-9]+") == (15, [])


def test_fields_that_init_asks_about(project: Project) -> None:
    (project.root / "configs/starlang.toml").unlink()
    row = "(?m)^/f[0-9]+/kind  in"
    for number in range(12):
        fields = {f"f{each:02}": {"kind": f"v{(number + each) % 2}"} for each in range(25)}
        project.write(f"packages/p{number}/package.json", json.dumps(fields))
    asked = lines(project, "init --file package.json", row)
    assert asked == (20, [5])
    assert lines(project, "init --file package.json --limit 0", row) == (25, [])
