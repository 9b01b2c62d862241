"""`starlang import`: an old rule file becomes rule files that work."""

import json
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
