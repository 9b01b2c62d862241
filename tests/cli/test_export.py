"""`export`: the old JSON decides as the rules do, or what it cannot say is named."""

import json
from pathlib import Path

import pytest
from acceptance.reading import OldRules, added, read_modules, strongest
from program.projects import Project
from program.run import starlang, succeed

pytestmark = pytest.mark.requirement("R05")

PLAIN = r"""
weights { text 0.40 capability 0.60 owner 0.35 }
mask matches /\bstopwatch\b/i because "a clock"
rule trail-words -> Trail when text matches /conscious/i ignoring /subconscious/i
  or text matches /dream/i ignoring /dreamliner/i or text matches /memory|episod(e|ic)/i
rule watch-owner -> Watch when owner matches /\bsec/i
table capability { retrieval -> Trail }
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.config()
    return made


def codes(project: Project, text: str) -> list[str]:
    """The codes of the errors with which an export is refused; nothing is written."""
    project.rules(text)
    done = starlang("export", "-o", "old.json", cwd=project.root)
    assert done.code == 1
    assert not (project.root / "old.json").exists()
    words = done.said.replace("[", " ").replace("]", " ").split()
    return sorted({word for word in words if word[:2] in {"E8", "E9"} and len(word) == 4})


def test_what_is_ignored_becomes_a_look_around(project: Project) -> None:
    project.rules(PLAIN)
    found = json.loads(succeed("export", "--quiet", cwd=project.root).out)

    (rule,) = found["rules"]
    assert set(rule["pattern"].split("|")) >= {"(?<!sub)conscious", "dream(?!liner)", "memory"}
    assert found["exclusions"] == [{"pattern": r"\bstopwatch\b", "explain": "a clock"}]
    assert found["weights"] == {
        "path_regex": 0.4,
        "capability_override": 0.6,
        "owner_prior": 0.35,
    }


def test_it_comes_back_as_it_was(project: Project) -> None:
    project.rules(PLAIN)
    succeed("export", "-o", "old.json", cwd=project.root)
    succeed("import", "old.json", "-o", "back", "-q", cwd=project.root)
    for number, text in enumerate(("conscious", "subconscious", "a dreamliner", "episodic/x")):
        project.manifest(f"m{number}/{text.replace(' ', '_')}", capabilities=["retrieval"])

    def decided(rules: str) -> list[tuple[str, object]]:
        out = starlang("plan", "--rules", rules, "--format", "json", cwd=project.root).out
        return [(each["path"], each["best"]) for each in json.loads(out)["modules"]]

    assert decided("rules/main.star") == decided("back/constellation.star")


@pytest.mark.parametrize(
    "text",
    [
        "rule a -> Trail weight 0.4 when text mentions memory",
        "rule a -> Trail weight 0.4 when path matches /memory/i",
        "rule a -> Trail weight 0.4 when text matches /memory/",
        "rule a -> Trail weight 0.4 when text matches /memory/i and owner is x",
        "rule a -> Trail weight 0.4 when not text matches /memory/i",
        "rule a against Trail weight 0.4 when text matches /memory/i",
        "rule a -> Trail weight 0.4 when capability in {a, b}",
        "rule a -> Trail weight 0.4 when text matches /memory/i ignoring /a.*b/i",
        """rule a -> Trail weight 0.4 when text matches /a/i
           rule b -> Trail weight 0.5 when text matches /b/i""",
        'mask mentions "memory leak" because "x"',
        'never promote "x" because "y"',
        'assign "x" to Trail because "y"',
        "confidence { margin 0.1 }",
        "confidence { promote Trail 0.9 }",
        "confidence { combine noisy_or }",
    ],
)
def test_what_the_old_file_cannot_say_is_named(project: Project, text: str) -> None:
    assert codes(project, text) == ["E880"]


def test_what_would_come_back_otherwise_is_named(project: Project) -> None:
    assert codes(project, r"rule a -> Trail weight 0.4 when text matches /\pL/i") == ["E881"]


def test_limits_over_a_run_are_carried_and_come_back(project: Project) -> None:
    limits = ["at most 5 promoted", "at most 3 promoted per star", "at most 2 stars per module"]
    ceilings = [*limits, "at least 55.5% Supporting", "on breach abort"]
    project.rules(f"{PLAIN}ceilings {{\n{chr(10).join(ceilings)}\n}}")

    assert "W881" not in succeed("export", "-o", "old.json", cwd=project.root).said
    assert json.loads((project.root / "old.json").read_bytes())["limits"] == {
        "max_promotions_run": 5,
        "max_promotions_per_star": 3,
        "max_stars_per_module": 2,
        "min_supporting_percentage": 55.5,
    }
    succeed("import", "old.json", "-o", "back", "-q", cwd=project.root)
    back = (project.root / "back" / "ceilings.star").read_text("utf-8")
    block = back[back.index("ceilings {") + 10 : back.index("}")]
    assert [line.strip() for line in block.splitlines() if line.strip()] == ceilings


@pytest.mark.parametrize(
    "ceiling",
    ['at most 5 promoted under "a"', "at most 5% promoted", "at most 5 promoted per owner",
     "at most 5 promoted to Trail", "at least 5 Supporting", "on breach defer"],
)  # fmt: skip
def test_other_ceilings_are_left_out_and_reported(project: Project, ceiling: str) -> None:
    project.rules(f"{PLAIN}ceilings {{\n{ceiling}\n}}")

    strict = ("export", "-o", "old.json", "--fail-on", "warning")
    assert starlang(*strict, cwd=project.root).code == 1
    assert not (project.root / "old.json").exists()
    assert succeed("export", "-o", "old.json", cwd=project.root).said.count("W881") == 1


def test_the_corpus_comes_out_as_it_went_in(corpus: Path, tmp_path: Path) -> None:
    """The old tools' own arithmetic gives every module the same by both files."""
    command = ("import", "star_rules.json", "--canon", "star_canon.json", "-q")
    succeed(*command, "-o", tmp_path / "rules", cwd=corpus)
    out = succeed("export", "-q", "--rules", "rules/constellation.star", cwd=tmp_path).out
    before: OldRules = json.loads((corpus / "star_rules.json").read_bytes())
    after: OldRules = json.loads(out)
    modules = read_modules(corpus / "manifests")

    assert len(modules) == 1421
    for module in modules:
        sums = [
            sorted((label, weight) for _, label, weight in added(each, module))
            for each in (before, after)
        ]
        assert sums[0] == sums[1], module.path
        assert strongest(before, module) == strongest(after, module), module.path
