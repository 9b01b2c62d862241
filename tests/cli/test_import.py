"""`starlang import`: an old rule file becomes rule files that work."""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from program.documents import by_path, plan_of
from program.projects import Project, snapshot
from program.run import starlang, succeed

pytestmark = pytest.mark.requirement("R05")

OLD = {
    "version": "2.0",
    "stars": [
        {"id": "Trail", "emoji": "✦", "domain": "Memory"},
        {"id": "Watch", "emoji": "🛡️", "domain": "Guardian"},
        {"id": "Supporting", "emoji": "🔧", "domain": "Utilities"},
    ],
    "canonical_stars": ["✦ Trail (Memory)", "🛡️ Watch (Guardian)", "Supporting"],
    "aliases": {"Memory": "✦ Trail (Memory)"},
    "weights": {"capability_override": 0.6, "path_regex": 0.4},
    "confidence": {"min_suggest": 0.5, "min_autopromote": 0.7},
    "exclusions": [{"pattern": "\\bmemory leaks?\\b", "explain": "a bug"}],
    "rules": [
        {"star": "✦ Trail (Memory)", "pattern": "memory|recall", "source": "path"},
        {"star": "🛡️ Watch (Guardian)", "pattern": "(?<!stop)watch", "source": "path"},
    ],
    "capability_overrides": [{"capability": "retrieval", "star": "✦ Trail (Memory)"}],
}


@pytest.fixture
def old(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("star_rules.json", json.dumps(OLD, ensure_ascii=False, indent=2))
    return project


def test_what_is_imported_checks_and_plans(old: Project) -> None:
    old.manifest("store/memory", capabilities=["retrieval"])
    old.manifest("gate/watch")
    old.manifest("tools/stopwatch")

    done = succeed("import", "star_rules.json", "-o", "rules", cwd=old.root)

    written = done.text.splitlines()
    assert written[0] == "rules/constellation.star"
    assert sorted(written) == sorted(name for name in snapshot(old.root) if "rules/" in name)
    succeed("check", "--rules", "rules/constellation.star", cwd=old.root)
    plan = plan_of(
        succeed(
            *("plan", "--rules", "rules/constellation.star", "--format", "json"), cwd=old.root
        ).out
    )
    modules = by_path(plan)
    scores = {path: best and best["score"] for path in modules for best in [modules[path]["best"]]}
    assert scores == {"store/memory": "1.000000", "gate/watch": "0.400000", "tools/stopwatch": None}


def test_it_says_what_it_changed_unless_it_is_to_be_quiet(old: Project) -> None:
    told = succeed("import", "star_rules.json", "-o", "one", cwd=old.root)
    quiet = succeed("import", "star_rules.json", "-o", "two", "--quiet", cwd=old.root)

    assert "note:" in told.said
    assert "(?<!stop)watch" in told.said
    assert "note:" not in quiet.said
    assert snapshot(old.root / "one") == snapshot(old.root / "two")


@pytest.mark.requirement("R50")
def test_a_warning_stops_an_import_that_is_to_fail_on_one(old: Project) -> None:
    strict = ("import", "star_rules.json", "-o", "rules", "--fail-on", "warning")
    done = starlang(*strict, cwd=old.root)
    assert (done.code, done.out, (old.root / "rules").exists()) == (1, b"", False)
    assert re.search(r"of severity warning or above: W90[0-9]", done.said)


def test_importing_twice_gives_the_same_and_replaces_on_request_only(old: Project) -> None:
    command = ("import", "star_rules.json", "-o", "rules")
    succeed(*command, cwd=old.root)
    first = snapshot(old.root / "rules")
    old.write("rules/paths.star", "mine")

    refused = starlang(*command, cwd=old.root)
    assert refused.code == 1
    assert "rules/paths.star" in refused.said
    assert (old.root / "rules" / "paths.star").read_text() == "mine"

    succeed(*command, "--force", cwd=old.root)
    assert snapshot(old.root / "rules") == first


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rules": [{"star": "✦ Trail (Memory)", "pattern": "("}]}, "E9"),
        ({"rules": [{"star": "✦ Tail", "pattern": "x"}]}, "E9"),
        ({"surprise": 1}, "E9"),
        ({"canonical_stars": "Trail"}, "E9"),
    ],
)
def test_what_cannot_be_carried_is_an_error_and_nothing_is_written(
    old: Project, change: dict[str, object], code: str
) -> None:
    old.write("star_rules.json", json.dumps(OLD | change, ensure_ascii=False))

    done = starlang("import", "star_rules.json", "-o", "rules", cwd=old.root)

    assert done.code == 1
    assert f"error[{code}" in done.said
    assert "star_rules.json:1:" in done.said
    assert not (old.root / "rules").exists()


@pytest.mark.parametrize("text", ["", "[", "[]", '{"a": 1, "a": 2}', '{"a": NaN}', "\ufeff{}"])
def test_what_is_no_old_rule_file_is_refused(old: Project, text: str) -> None:
    old.write("star_rules.json", text)

    done = starlang("import", "star_rules.json", "-o", "rules", cwd=old.root)

    assert (done.code, done.out) == (1, b"")
    assert done.said.startswith("error[E")


def test_nothing_is_half_written(old: Project) -> None:
    old.write("file", "in the way")
    (old.root / "taken" / "canon.star").mkdir(parents=True)
    before = snapshot(old.root)

    for place in ("file", "file/below", "taken"):
        done = starlang("import", "star_rules.json", "-o", place, "--force", cwd=old.root)

        assert done.code == 1
        assert place.split("/")[0] in done.said
        assert snapshot(old.root) == before


def test_names_in_an_old_file_cannot_steer_a_terminal(old: Project) -> None:
    rule = {"star": "\x1b[31mred", "pattern": "x\x1b[0m"}
    old.write("star_rules.json", json.dumps(OLD | {"rules": [rule]}, ensure_ascii=False))

    done = starlang("import", "star_rules.json", "-o", "rules", cwd=old.root)

    assert done.code == 1
    assert "\x1b" not in done.said + done.text


LIMITS = {
    "max_promotions_run": 800,
    "max_promotions_per_star": 200,
    "max_stars_per_module": 2,
    "min_supporting_percentage": 55.0,
}
EXCEPTIONS = {
    "do_not_promote": ["labs/deprecated/*", "experiments/*", "alone/memory", "x*/memory"],
    "force_promote": {
        "gate/qualia/core": {"star": "Watch", "reason": "the core of the gate"},
        "experiments/kept": {"star": "✦ Trail (Memory)", "reason": "it left the laboratory"},
        "store/plain": {"star": "Memory", "reason": "an alias of the canon"},
    },
}
COMMAND = ("import", "star_rules.json", "--exceptions", "star_rules_exceptions.json")


def with_exceptions(old: Project, exceptions: object, limits: object = LIMITS) -> Project:
    text = json.dumps({**OLD, "limits": limits}, ensure_ascii=False, indent=2)
    old.write("star_rules.json", text)
    old.write("star_rules_exceptions.json", json.dumps(exceptions, ensure_ascii=False, indent=2))
    return old


@pytest.mark.requirement("R10", "R11")
def test_limits_and_exceptions_decide_as_the_order_says(old: Project) -> None:
    """Globs as Python compares them, and what is forced counts."""
    with_exceptions(old, EXCEPTIONS)
    paths = [
        *("labs/deprecated", "labs/deprecated/memory", "labs/deprecated/a/b/memory"),
        *("experiments/memory", "experiments/deep/down/memory", "experiments/kept"),
        *("alone/memory", "alone/memory/below", "xa/memory", "xa/b/memory", "xa/memory/c"),
        *("gate/qualia/core", "store/plain", "store/memory"),
    ]
    for path in paths:
        old.manifest(path, capabilities=["retrieval"])
    succeed(*COMMAND, "-o", "rules", "-q", cwd=old.root)
    succeed("check", "--rules", "rules/constellation.star", cwd=old.root)

    command = ("plan", "--rules", "rules/constellation.star", "--format", "json")
    plan = plan_of(starlang(*command, cwd=old.root).out)

    forced = {"gate/qualia/core": "Watch", "experiments/kept": "Trail", "store/plain": "Trail"}
    barred = {
        path
        for path in paths
        if any(fnmatchcase(path, glob) for glob in EXCEPTIONS["do_not_promote"])
    } - forced.keys()
    modules = by_path(plan)
    outcomes = {path: modules[path]["outcome"] for path in paths}
    assert {path for path in paths if outcomes[path] == "barred"} == barred
    assert {p: modules[p]["star"] for p in paths if outcomes[p] == "assigned"} == forced
    assert barred == {
        *("labs/deprecated/memory", "labs/deprecated/a/b/memory", "alone/memory"),
        *("experiments/memory", "experiments/deep/down/memory", "xa/memory", "xa/b/memory"),
    }
    assert {each["ceiling"] for each in plan["ceilings"]} == {
        *("at most 800 promoted", "at most 200 promoted per star", "at least 55% Supporting"),
    }
    written = (old.root / "rules" / "ceilings.star").read_text("utf-8")
    assert "at most 2 stars per module" in written
    assert "on breach abort" in written
    reasons = (old.root / "rules" / "exceptions.star").read_text("utf-8")
    assert 'assign "gate/qualia/core" to Watch because "the core of the gate"' in reasons


def test_only_the_limits_that_are_there_are_carried(old: Project) -> None:
    with_exceptions(old, {}, {"max_promotions_run": 7, "min_supporting_percentage": 12.5})
    succeed(*COMMAND, "-o", "rules", "-q", cwd=old.root)

    lines = (old.root / "rules" / "ceilings.star").read_text("utf-8").splitlines()
    block = [line.strip() for line in lines[lines.index("ceilings {") + 1 : -1]]
    assert block == ["at most 7 promoted", "at least 12.5% Supporting", "on breach abort"]
    assert not (old.root / "rules" / "exceptions.star").exists()


def test_what_is_both_barred_and_forced_is_noted(old: Project) -> None:
    with_exceptions(old, EXCEPTIONS)

    said = succeed(*COMMAND, "-o", "rules", cwd=old.root).said
    assert "`force_promote` and `do_not_promote` both name `experiments/kept`" in said
    assert "had no ceilings" not in said


@pytest.mark.parametrize(
    ("exceptions", "limits", "expected"),
    [
        ({"do_not_promote": ["a[bc]"]}, {}, "E909"),
        ({"do_not_promote": ["/a/*"]}, {}, "E909"),
        ({"do_not_promote": ["a*b*c*d*e*f"]}, {}, "E909"),
        ({"do_not_promote": "a/*"}, {}, "E901"),
        ({"do_not_promote": [7]}, {}, "E901"),
        ({"do_not_promot": []}, {}, "E902"),
        ({"force_promote": ["a"]}, {}, "E901"),
        ({"force_promote": {"a": {"star": "Trail"}}}, {}, "E903"),
        ({"force_promote": {"a": {"star": "Trial", "reason": "r"}}}, {}, "E905"),
        ({"force_promote": {"a/*": {"star": "Trail", "reason": "r"}}}, {}, "E909"),
        ({"force_promote": {"../a": {"star": "Trail", "reason": "r"}}}, {}, "E909"),
        ([], {}, "E901"),
        ({}, {"max_promotions_run": -1}, "E904"),
        ({}, {"max_promotions_run": True}, "E904"),
        ({}, {"max_promotions_run": 1.5}, "E904"),
        ({}, {"max_stars_per_module": 0}, "E904"),
        ({}, {"min_supporting_percentage": 101}, "E904"),
        ({}, {"min_supporting_percentage": "55"}, "E904"),
        ({}, {"max_promotion_run": 1}, "E902"),
        ({}, [], "E901"),
    ],
)
def test_what_cannot_be_carried_is_named_at_its_place_and_nothing_is_written(
    old: Project, exceptions: object, limits: object, expected: str
) -> None:
    with_exceptions(old, exceptions, limits)
    done = starlang(*COMMAND, "-o", "rules", cwd=old.root)

    assert done.code == 1
    codes = re.findall(r"^error\[(E[0-9]+)\]", done.said, re.MULTILINE)
    assert codes == [expected]
    file = "star_rules.json" if limits != {} else "star_rules_exceptions.json"
    assert f"--> {file}:" in done.said
    assert not (old.root / "rules").exists()
