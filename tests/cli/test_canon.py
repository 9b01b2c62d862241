"""`canon check`: every place that repeats the canon, and each difference by name."""

import json
from pathlib import Path

import pytest
from program.documents import complaints, diagnostics_of
from program.projects import Project
from program.run import starlang, succeed

pytestmark = pytest.mark.requirement("R09")

STARS = """
star Trail
  label "✦ Trail (Memory)"
  emoji "✦"
  domain "Memory"
  aka Memory
star Watch
  label "🛡️ Watch (Guardian)"
  emoji "🛡️"
  aka Guardian
default star Supporting
"""
COPY = {
    "stars": [
        {"id": "Trail", "emoji": "✦", "domain": "Memory"},
        {"id": "Watch", "emoji": "🛡"},
        {"id": "Supporting"},
    ],
    "labels": ["✦ Trail (Memory)", "🛡️ Watch (Guardian)", "Supporting"],
    "aliases": {
        "Trail": "✦ Trail (Memory)",
        "Memory": "✦ Trail (Memory)",
        "Guardian": "🛡️ Watch (Guardian)",
    },
}
LABELS = ["✦ Trail (Memory)", "🛡️ Watch (Guardian)", "Supporting"]


def schema(primary: list[str], secondary: list[str]) -> dict[str, object]:
    place = {
        "properties": {
            "primary_star": {"enum": primary},
            "secondary_stars": {"items": {"enum": secondary}},
        }
    }
    return {"properties": {"constellation_alignment": place}}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.config('[canon]\ncopies = ["canon.json"]\n')
    made.write("rules/main.star", f'starlang 1\nruleset small "1.0"\n{STARS}')
    made.write("canon.json", json.dumps(COPY, indent=1))
    return made


def found(project: Project, *files: str) -> list[tuple[str, str, str]]:
    """(code, file, pointer) of each difference."""
    done = starlang("canon", "check", *files, "--format", "json", cwd=project.root)
    document = diagnostics_of(done.out)
    assert complaints("diagnostics", done.out) == []
    assert done.code == (3 if document["diagnostics"] else 0)
    return [(e["code"], e["file"], e["pointer"]) for e in document["diagnostics"]]


def test_copies_that_agree(project: Project) -> None:
    assert found(project) == []
    done = succeed("canon", "check", cwd=project.root)
    assert done.text.splitlines() == [
        "   3  canon.json /labels",
        "   3  canon.json /stars",
        "   3  canon.json /aliases",
    ]
    assert "3 copies: 0 differences" in done.said


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"✦ Trail (Memory)",\n  "🛡️', '"🛡️', [("E877", "/labels")]),
        ('"Supporting"\n ]', '"Supporting",\n  "New"\n ]', [("E877", "/labels/3")]),
        ('"id": "Watch"', '"id": "Guard"', [("E877", "/stars/1"), ("E877", "/stars")]),
        ('"emoji": "✦"', '"emoji": "🌊"', [("E878", "/stars/0/emoji")]),
        ('"domain": "Memory"', '"domain": "Past"', [("E878", "/stars/0/domain")]),
        (
            '"Memory": "✦ Trail',
            '"Recall": "✦ Trail',
            [("E879", "/aliases/Recall"), ("E879", "/aliases")],
        ),
        (
            '"Guardian": "🛡️ Watch (Guardian)"',
            '"Guardian": "✦ Trail (Memory)"',
            [("E879", "/aliases/Guardian")],
        ),
    ],
)
def test_each_difference_is_named_at_its_place(
    project: Project, old: str, new: str, expected: list[tuple[str, str]]
) -> None:
    text = json.dumps(COPY, indent=1, ensure_ascii=False)
    assert text.count(old) == 1
    project.write("canon.json", text.replace(old, new))

    assert found(project) == [(code, "canon.json", pointer) for code, pointer in expected]


def test_a_schema_may_leave_the_default_star_out_of_the_secondary_ones(project: Project) -> None:
    project.write("schema.json", json.dumps(schema(LABELS, LABELS[:-1])))
    assert found(project, "schema.json") == []

    project.write("schema.json", json.dumps(schema(LABELS[:-1], LABELS[:1])))
    where = "/properties/constellation_alignment/properties"
    assert found(project, "schema.json") == [
        ("E877", "schema.json", f"{where}/primary_star/enum"),
        ("E877", "schema.json", f"{where}/secondary_stars/items/enum"),
    ]


def test_a_label_with_another_emoji_than_the_star(project: Project) -> None:
    rules = project.root / "rules" / "main.star"
    rules.write_text(rules.read_text("utf-8").replace('emoji "✦"', 'emoji "🌊"'), "utf-8")

    assert [each[:2] for each in found(project)] == [
        ("E878", "rules/main.star"),
        ("E878", "canon.json"),
    ]


def test_what_repeats_nothing_was_not_compared(project: Project) -> None:
    project.write("other.json", "{}")

    assert [each[:2] for each in found(project, "other.json")] == [("E876", "other.json")]


def test_without_any_file_nothing_is_compared(project: Project) -> None:
    project.config()

    done = starlang("canon", "check", cwd=project.root)
    assert (done.code, "E875" in done.said) == (1, True)


def test_a_schema_of_the_config_need_not_list_the_labels(project: Project) -> None:
    project.write("schema.json", "{}")
    head = '[project]\nrules = "rules/main.star"\nschema = "schema.json"\n'
    project.write("configs/starlang.toml", head)
    done = starlang("canon", "check", cwd=project.root)
    assert (done.code, "E875" in done.said) == (1, True)

    project.write("configs/starlang.toml", f'{head}[canon]\ncopies = ["canon.json"]\n')
    assert found(project) == []


def test_a_difference_that_is_known_is_counted(project: Project) -> None:
    text = json.dumps(COPY).replace('"domain": "Memory"', '"domain": "Past"')
    project.write("canon.json", text)
    entry = '[[baseline]]\npath = "canon.json"\ncode = "{}"\nreason = "historic"\n'
    project.config(f'[canon]\ncopies = ["canon.json"]\n\n{entry.format("E878")}')

    assert found(project) == []
    assert "0 differences, and 1 known" in succeed("canon", "check", cwd=project.root).said

    project.config(f'[canon]\ncopies = ["canon.json"]\n\n{entry.format("E877")}')
    assert found(project) == [("E878", "canon.json", "/stars/0/domain")]
    assert "W701" in starlang("canon", "check", cwd=project.root).said


def test_a_file_that_is_no_json_is_named(project: Project) -> None:
    project.write("canon.json", "{")

    done = starlang("canon", "check", cwd=project.root)
    assert (done.code, "canon.json" in done.said) == (1, True)


def test_the_copies_of_the_corpus(corpus: Path, tmp_path: Path) -> None:
    """What is known of them, counted from the JSON itself."""
    files = ["star_rules.json", "star_canon.json", "matriz_module_compliance.schema.json"]
    command = ("import", files[0], "--canon", files[1], "-o", tmp_path / "rules", "-q")
    succeed(*command, cwd=corpus)
    for name in files:
        (tmp_path / name).write_bytes((corpus / name).read_bytes())
    done = starlang(
        *("canon", "check", *files, "--rules", "rules/constellation.star", "--format", "json"),
        cwd=tmp_path,
    )
    told = diagnostics_of(done.out)["diagnostics"]
    said = [(each["file"], each["pointer"], each["message"]) for each in told]

    rules, canon = (json.loads((corpus / name).read_bytes()) for name in files[:2])
    only = set(canon["aliases"]) - set(rules["aliases"])
    missing = [s for s in said if s[:2] == (files[0], "/aliases") and "is missing" in s[2]]
    assert len(missing) == len(only) == 12
    for name in files[:2]:
        assert [s for s in said if s[:2] == (name, "/stars")] == [
            (name, "/stars", "North is missing")
        ]
    own = {s[2].split()[0] for s in said if s[0] == "rules/constellation.star"}
    assert own == {"Anchor", "Horizon"}
    (flow,) = [s for s in said if s[0] == files[2]]
    assert flow[1].endswith("/secondary_stars/items/enum")
    assert flow[2].startswith("Flow is missing")
    assert len(told) == 12 + 2 + 2 + 1
