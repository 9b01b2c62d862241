"""What people are shown: filters of `plan`, `explain`, `check`, `test` and `codes`."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from program.documents import (
    by_path,
    diagnostics_of,
    explanations_of,
    plan_of,
    trials_of,
)
from program.projects import Project
from program.run import on_terminal, starlang, succeed

from starlang.engine.decisions import Outcome

GROUP = re.compile(r"^(\w+) \((\d+)\)$", re.MULTILINE)


def listed(text: str) -> dict[str, int]:
    """Outcome -> number, from the headings of the groups."""
    found = {name.lower(): int(count) for name, count in GROUP.findall(text)}
    return {name: count for name, count in found.items() if name in set(Outcome)}


def counted(text: str) -> dict[str, int]:
    """Outcome -> number, from the first screen."""
    found = re.findall(r"^ +([\d,]+)  (\w+) ", text.split("\n\n", maxsplit=1)[0], re.MULTILINE)
    return {outcome: int(count.replace(",", "")) for count, outcome in found}


def test_the_first_screen_counts_all(hortus: Path, hortus_plan: bytes) -> None:
    modules = plan_of(hortus_plan)["modules"]
    outcomes = [module["outcome"] for module in modules]

    shown = succeed("plan", cwd=hortus).text

    assert shown.startswith("62 modules planned; 55 carry Supporting (88.7%)\n")
    assert counted(shown) == {outcome: outcomes.count(outcome) for outcome in set(outcomes)}
    assert len(shown.split("\nPromoted (")[0].splitlines()) <= 40, "one screen"


@pytest.mark.parametrize(
    ("options", "keeps"),
    [
        (("--outcome", "weak"), lambda m: m["outcome"] == "weak"),
        (
            ("--outcome", "silent", "--outcome", "kept"),
            lambda m: m["outcome"] in {"silent", "kept"},
        ),
        (
            ("--outcome", "promoted", "--under", "mind", "--under", "*/arm*"),
            lambda m: (
                m["outcome"] == "promoted"
                and (m["path"].startswith("mind/") or m["path"] == "safety/arm_interlock")
            ),
        ),
        (
            ("--outcome", "promoted", "--outcome", "suggested", "--star", "Horizon"),
            lambda m: m["outcome"] in {"promoted", "suggested"} and m["best"]["star"] == "Horizon",
        ),
        (("--outcome", "barred", "--under", "mind"), lambda _: False),
    ],
    ids=["outcome", "two outcomes", "under", "star", "none"],
)
def test_filters_choose_what_is_listed(
    hortus: Path, hortus_plan: bytes, options: tuple[str, ...], keeps: object
) -> None:
    assert callable(keeps)
    wanted = [module for module in plan_of(hortus_plan)["modules"] if keeps(module)]
    outcomes = [module["outcome"] for module in wanted]

    shown = succeed("plan", "--limit", "0", *options, cwd=hortus).text
    below = shown.split("Stars before and after")[1]

    assert listed(shown) == {outcome: outcomes.count(outcome) for outcome in set(outcomes)}
    paths = {module["path"] for module in plan_of(hortus_plan)["modules"]}
    assert set(below.split()) & paths == {module["path"] for module in wanted}
    assert counted(shown) == counted(succeed("plan", cwd=hortus).text), "counts stay whole"


def test_the_limit_holds_for_each_group(hortus: Path, hortus_plan: bytes) -> None:
    silent = [m["path"] for m in plan_of(hortus_plan)["modules"] if m["outcome"] == "silent"]

    shown = succeed("plan", "--outcome", "silent", "--limit", "3", cwd=hortus).text

    assert [line.strip() for line in shown.splitlines() if line.strip() in silent] == silent[:3]
    assert f"and {len(silent) - 3} more" in shown


def test_filters_do_not_change_the_plan_itself(hortus: Path, hortus_plan: bytes) -> None:
    done = succeed(*("plan", "--format", "json", "--outcome", "weak", "--under", "x"), cwd=hortus)

    assert done.out == hortus_plan


@pytest.mark.requirement("R13")
@pytest.mark.parametrize(
    "name",
    [
        "safety/door_identity",
        "safety/door_identity/",
        "manifests/safety/door_identity",
        "manifests/safety/door_identity/module.manifest.json",
    ],
)
def test_a_module_is_found_by_path_directory_or_manifest(
    hortus: Path, hortus_plan: bytes, name: str
) -> None:
    done = succeed("explain", name, "--format", "json", cwd=hortus)

    assert explanations_of(done.out)["modules"] == [
        by_path(plan_of(hortus_plan))["safety/door_identity"]
    ]


@pytest.mark.requirement("R13")
def test_every_module_can_be_explained(hortus: Path, hortus_plan: bytes) -> None:
    """The same values as in the plan, and in words: the sentence, each row, each match."""
    plan = plan_of(hortus_plan)
    paths = [module["path"] for module in plan["modules"]]

    told = succeed("explain", *reversed(paths), "--format", "json", cwd=hortus)
    shown = succeed("explain", "--limit", "0", *paths, cwd=hortus).text

    assert explanations_of(told.out)["modules"] == plan["modules"][::-1]
    blocks = shown.rstrip("\n").split("\n\n")
    assert [block.split("  ")[0] for block in blocks] == paths
    for block, module in zip(blocks, plan["modules"], strict=True):
        words = " ".join(block.split())
        assert module["outcome"] in block.splitlines()[0]
        assert " ".join(module["why"].split()) in words
        for row in module["evidence"]:
            assert row["rule"] in words
            assert row["at"] in words
            assert row["because"] in words


def test_an_unknown_module_is_named_with_the_nearest(hortus: Path) -> None:
    done = starlang("explain", "safety/dor_identity", "web/login", cwd=hortus)

    assert done.code == 1
    assert "safety/dor_identity" in done.said
    assert "`safety/door_identity`" in done.said
    assert done.text.startswith("web/login  "), "the other one is explained all the same"


def test_explanations_can_be_reassessed(hortus: Path, hortus_plan: bytes) -> None:
    kept = next(m["path"] for m in plan_of(hortus_plan)["modules"] if m["rules_say"] == "Trail")

    done = succeed("explain", kept, "--reassess", "--format", "json", cwd=hortus)

    assert explanations_of(done.out)["modules"][0]["outcome"] == "promoted"


@pytest.mark.requirement("R02")
def test_check_lists_all_that_is_wrong_in_all_files(promoting: Project) -> None:
    promoting.write("rules/a.star", "starlang 1\nrule one -> Trail weight 2.5 when path is x\n")
    promoting.write("rules/b.star", "starlang 1\nrule two -> Trail weight 1.5 when path is x\n")
    promoting.rules('use "a.star"\nuse "b.star"\nuse "c.star"\nrule three -> Trail wehn path is x')

    text = starlang("check", cwd=promoting.root)
    told = starlang("check", "--format", "json", cwd=promoting.root)

    document = diagnostics_of(told.out)
    found = [(each["file"], each["code"]) for each in document["diagnostics"]]
    assert (text.code, told.code) == (1, 1)
    assert {file for file, _ in found} == {"rules/a.star", "rules/b.star", "rules/main.star"}
    assert {"E301", "E401"} <= {code for _, code in found}
    for each in document["diagnostics"]:
        assert f"{each['severity']}[{each['code']}]" in text.text
        assert f"{each['file']}:{each['line']}:{each['column']}" in text.text
    assert document["counts"]["error"] == len(found)
    assert f"{len(found)} errors, 0 warnings" in text.said


def test_warnings_alone_are_no_failure(promoting: Project) -> None:
    promoting.rules("rule trail-path -> Trail weight 0.10 when path mentions memory")

    done = starlang("check", cwd=promoting.root)

    assert done.code == 0
    assert "warning[W301]" in done.text or "warning[W" in done.text


def test_tests_say_what_was_expected_and_what_was_found(promoting: Project) -> None:
    promoting.rules(
        """
        rule trail-path -> Trail weight 0.80 when path mentions memory
        test "right" given path "a/memory" expect Trail at 0.80
        test "wrong" given path "a/memory" expect Watch
        test "less"  given path "a/memory" expect Trail at 0.70
        """
    )

    text = starlang("test", cwd=promoting.root)
    told = starlang("test", "--format", "json", cwd=promoting.root)

    document = trials_of(told.out)
    assert (text.code, told.code) == (1, 1)
    assert (document["passed"], document["failed"]) == (1, 2)
    assert {each["name"]: (each["expected"], each["found"]) for each in document["tests"]} == {
        "right": ("Trail at 0.80", "promoted Trail at 0.80"),
        "wrong": ("Watch", "promoted Trail"),
        "less": ("Trail at 0.70", "promoted Trail at 0.80"),
    }
    assert [line.split()[1] for line in text.text.splitlines() if "FAILED" in line] == [
        "wrong",
        "less",
    ]
    assert "trail-path" in text.text, "what was found is explained"


def test_tests_of_one_file_are_run_when_it_is_named(hortus: Path) -> None:
    all_, one = (
        trials_of(succeed("test", *files, "--format", "json", cwd=hortus).out)
        for files in ((), ("rules/words.star",))
    )

    assert one["tests"] == [t for t in all_["tests"] if t["at"].startswith("rules/words.star:")]
    assert 0 < len(one["tests"]) < len(all_["tests"])


def test_pages_of_codes_are_there_offline(project_root: Path, tmp_path: Path) -> None:
    pages = {page.stem: page for page in (project_root / "docs" / "codes").glob("*.md")}

    every = succeed("codes", cwd=tmp_path).text
    one = succeed("codes", "e801", cwd=tmp_path)

    listed = re.findall(r"^  ([EW]\d{3}): (.+)$", every, re.MULTILINE)
    titles = {code: page.read_text("utf-8").splitlines()[0] for code, page in pages.items()}
    assert len(listed) == len(pages)
    assert {code: f"# {code}: {title}" for code, title in listed} == titles
    assert one.out == pages["E801"].read_bytes()


def test_codes_are_listed_by_what_they_are_about(tmp_path: Path) -> None:
    """A family is a range of numbers: no two overlap, and each has a title and codes."""
    parts = succeed("codes", cwd=tmp_path).text.split("\n\n")
    families = [part.splitlines() for part in parts]
    ranges = [sorted(int(code) for code in re.findall(r"  [EW](\d+):", part)) for part in parts]

    assert all(len(lines) > 1 and not lines[0].startswith(" ") for lines in families)
    assert len({lines[0] for lines in families}) == len(families)
    assert all(before[-1] < after[0] for before, after in pairwise(ranges))
    hundreds = {number // 100 for numbers in ranges for number in numbers}
    assert hundreds == set(range(1, 10))


def test_a_near_code_is_offered(tmp_path: Path) -> None:
    assert re.search("`E(80[0-9]|8[0-9]0|[0-9]80)`", starlang("codes", "E80", cwd=tmp_path).said)


@pytest.mark.requirement("R45")
def test_a_path_longer_than_the_terminal_is_not_broken(promoting: Project) -> None:
    long = "store/memory-" + "of-what-was-said-" * 5 + "here"
    promoting.manifest(long)
    old = (promoting.root / "rules/main.star").read_text("utf-8")
    promoting.write("rules/old.star", old.replace("0.80", "0.10"))
    commands = (
        "plan",
        f"explain {long}",
        f"graph {long}",
        "inspect",
        "diff rules/old.star",
        "check",
    )
    for command in commands:
        code, printed = on_terminal(*command.split(), cwd=promoting.root)
        assert code in {0, 3}, printed
        assert long in printed or command in {"inspect", "check"}
        assert not re.search(r"(?m)of-what-was-said?-?$|of-wha?t?-?$", printed), printed
