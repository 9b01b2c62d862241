"""The shipped rules and the example hold what they say of themselves."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from program.projects import rule_set_at
from program.run import starlang as run_starlang
from program.run import succeed

import starlang

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "rules" / "constellation.star"
EXAMPLE = ROOT / "examples" / "constellation"
MANIFESTS = sorted((EXAMPLE / "manifests").rglob("module.manifest.json"))

CANON = {  # id: emoji, domain
    "Anchor": ("⚓", "Core Infrastructure"),
    "Flow": ("🌊", "Consciousness"),
    "Trail": ("✦", "Memory"),
    "Watch": ("🛡️", "Guardian/Governance"),
    "Horizon": ("🔭", "Vision/Perception"),
    "Oracle": ("🔮", "Quantum/Prediction"),
    "Living": ("🌱", "Bio-inspired"),
    "Drift": ("🌙", "Dream/Creativity"),
    "Supporting": ("🔧", "Infrastructure/Utilities"),
}


@pytest.fixture(scope="module")
def shipped() -> starlang.Rules:
    return starlang.compile(RULES)


def test_shipped_rules_leave_nothing_to_complain_about() -> None:
    assert starlang.check(RULES) == ()


def test_shipped_rules_pass_their_tests(shipped: starlang.Rules) -> None:
    trials = shipped.test()

    assert [trial.name for trial in trials if not trial.passed] == []


@pytest.mark.requirement("R08")
def test_shipped_canon_is_that_of_the_nine_stars(shipped: starlang.Rules) -> None:
    stars = shipped.stars

    assert {star.id: (star.emoji, star.domain) for star in stars} == CANON
    assert [star.id for star in stars if star.is_default] == ["Supporting"]
    assert all(star.aliases for star in stars)


def test_each_shipped_star_is_tested_where_it_promotes_and_where_it_does_not(
    shipped: starlang.Rules,
) -> None:
    expected = [trial.expected.partition(" at ")[0] for trial in shipped.test()]
    promoted = {words for words in expected if words in CANON}
    short_of_it = {words.partition(" ")[2] for words in expected if words not in CANON}

    assert promoted == set(CANON)
    assert short_of_it == set(CANON) - {"Supporting"} | {""}


@pytest.mark.requirement("R11")
def test_shipped_ceilings() -> None:
    ceilings = rule_set_at(RULES).ceilings

    assert {limit.text for limit in ceilings.limits} == {
        "at most 800 promoted",
        "at most 200 promoted per star",
    }
    assert [floor.text for floor in ceilings.floors] == ["at least 55% Supporting"]
    assert ceilings.stars_per_module == 2
    assert ceilings.on_breach == "abort"


@pytest.mark.requirement("R06")
def test_shipped_weights(shipped: starlang.Rules) -> None:
    usual = {
        "path": "0.40",
        "capability": "0.60",
        "node": "0.50",
        "owner": "0.35",
        "package": "0.30",
    }
    found = {
        kind: Counter(rule.weight for rule in shipped if rule.kinds == (kind,)) for kind in usual
    }

    assert {kind: str(counts.most_common(1)[0][0]) for kind, counts in found.items()} == usual


def planned() -> dict[str, tuple[str, str, str]]:
    """Module -> outcome, star and score, from the JSON that `starlang plan` prints.

    The star is the one that the module has after the run, or else the one that the
    evidence is for; a kept module is told without its score.
    """
    plan = json.loads(succeed("plan", "--format", "json", "--quiet", cwd=EXAMPLE).out)
    assert plan["applyable"] is True
    return {module["path"]: in_short(module) for module in plan["modules"]}


def in_short(module: Mapping[str, str | Mapping[str, str] | None]) -> tuple[str, str, str]:
    outcome, best = str(module["outcome"]), module["best"] or {}
    assert isinstance(best, Mapping)
    has_star = outcome in {"assigned", "kept", "promoted"}
    star = str(module["star"]) if has_star else best.get("star", "")
    score = f"{Decimal(best['score']):.2f}" if best and outcome != "kept" else ""
    return outcome, star, score


def told() -> dict[str, tuple[str, str, str]]:
    """Module -> outcome, star and score, from the table of the example's page."""
    rows = (
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in (EXAMPLE / "README.md").read_text("utf-8").splitlines()
        if line.startswith("| `")
    )
    return {path.strip("`"): (outcome, star, score) for path, outcome, star, score, _ in rows}


@pytest.mark.requirement("R13")
def test_the_example_goes_as_its_page_tells() -> None:
    found = planned()
    silent = {path for path, (outcome, _, _) in found.items() if outcome == "silent"}

    assert {path: row for path, row in found.items() if path not in silent} == told()
    assert len(silent) == 23
    assert len(found) == 62


@pytest.mark.requirement("R33")
@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("test",),
        ("plan",),
        ("plan", "--reassess", "--format", "json"),
        ("explain", "safety/door_identity"),
        ("compile",),
    ],
    ids=" ".join,
)
def test_no_command_writes_unless_it_is_told_to(command: Sequence[str], example_copy: Path) -> None:
    before = states(example_copy)

    done = succeed(*command, cwd=example_copy)

    assert done.out or done.err
    assert states(example_copy) == before


def states(root: Path) -> dict[Path, tuple[int, int, bytes | None]]:
    """Every file and directory under `root`: mode, time of its last change, content."""
    return {
        path: (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else None,
        )
        for path in (root, *root.rglob("*"))
    }


def test_the_example_shows_every_outcome_of_a_tidy_canon() -> None:
    outcomes = {outcome for outcome, _, _ in told().values()} | {"silent"}

    assert outcomes == {each.value for each in starlang.Outcome} - {"unrecognised"}


def test_the_example_is_valid_and_awkward() -> None:
    schema = json.loads((ROOT / "configs/schemas/manifest-1.1.schema.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    texts = {path: path.read_bytes().decode() for path in MANIFESTS}

    for path, text in texts.items():
        assert [e.message for e in validator.iter_errors(json.loads(text))] == [], path
    for oddity in ("\r\n", "\\u", "\\/", "12345678901234567890123", "2.50", "1e3", "é"):
        assert sum(oddity in text for text in texts.values()) >= 1, oddity
    assert sum(not text.endswith("\n") for text in texts.values()) == 1
    assert sum('\n    "schema_version"' in text for text in texts.values()) == 2


BOUNDARIES = ROOT / "examples" / "boundaries"


@pytest.mark.requirement("R51")
def test_boundaries_are_broken_as_their_page_says() -> None:
    page = (BOUNDARIES / "README.md").read_text("utf-8")
    rows = [row.strip("| ").split(" | ") for row in page.splitlines() if row.startswith("| `")]

    done = run_starlang("check", "--format", "json", cwd=BOUNDARIES)

    assert done.code == 1
    found = json.loads(done.out)["diagnostics"]
    said = [
        (f"`{each['message'].partition(' breaks ')[0]}`", f"`{each['forbid']}`", words(each))
        for each in found
    ]
    assert said == [tuple(row) for row in rows]
    assert {each["code"] for each in found} == {"E430"}
    succeed("test", cwd=BOUNDARIES)
    succeed("fmt", "--check", cwd=BOUNDARIES)


@pytest.mark.requirement("R41")
def test_the_workspace_of_npm_goes_as_its_page_says() -> None:
    root = ROOT / "examples" / "npm"
    page = (root / "README.md").read_text("utf-8")
    rows = [row.strip("| ").split(" | ") for row in page.splitlines() if row.startswith("| `")]
    plan = json.loads(succeed("plan", "--format", "json", "--quiet", cwd=root).out)
    modules = plan["modules"]

    promoted = [
        [f"`{each['path']}`", each["star"], f"`{each['evidence'][0]['rule']}`"]
        for each in modules
        if each["outcome"] == "promoted"
    ]
    assert promoted == rows
    labelled = [each for each in modules if each["outcome"] == "kept"]
    assert [each["path"] for each in labelled if each["rules_say"] != each["current"]] == []
    assert len(labelled) == 9
    succeed("test", cwd=root)
    succeed("fmt", "--check", cwd=root)


def words(finding: Mapping[str, str]) -> str:
    """What made a forbid hold: what follows its place."""
    return finding["message"].partition(":1): ")[2]
