"""Facts from other files than the manifests: CODEOWNERS, and tables keyed by path."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from program.repositories import commit_all, git
from program.run import starlang, succeed

from starlang.manifests.elsewhere import read_table
from starlang.manifests.profile import FacetSource, ValueType

RULES = """starlang 1
ruleset facts "1"
default star None label "none"
star Old label "old"
star Ours label "ours"
rule old -> Old weight 0.9 when age at least 100
rule ours -> Ours weight 0.9 when owner is "@org/core"
"""
PROFILE = """file = "module.json"
[stars]
primary = "/star"
absent = "default"
[facets.age]
at = "/age"
from = "facts/age.csv"
column = "days"
type = "number"
[facets.owner]
from = "codeowners"
missing = ["@nobody"]
"""
AGES = 'path,size,"days"\ncore/a,1,100\ncore/b,2,99\ncore/c,3,\n'
OWNERS = "* @nobody\n/core/c/ @org/core @org/web\n/core/b/ @nobody\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "rules/main.star": RULES,
        "configs/profile.toml": PROFILE,
        "configs/starlang.toml": '[project]\nrules = "rules/main.star"\nmanifests = "."\n'
        'profile = "configs/profile.toml"\n[accept]\nno_schema = "none"\n'
        "[verify]\nprotected = []\n",
        "facts/age.csv": AGES,
        ".github/CODEOWNERS": OWNERS,
        "core/a/module.json": "{}\n",
        "core/b/module.json": '{"age": 1000}\n',
        "core/c/module.json": "{}\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    commit_all(tmp_path)
    return tmp_path


def planned(root: Path) -> Mapping[str, Mapping[str, object]]:
    found = json.loads(succeed("plan", "--format", "json", cwd=root).out)
    return {each["path"]: each for each in found["modules"]}


@pytest.mark.requirement("R39")
def test_another_file_is_asked_where_the_manifest_has_no_value_and_explained_with_its_line(
    project: Path,
) -> None:
    modules = planned(project)

    assert {path: each["star"] for path, each in modules.items()} == {
        "core/a": "Old",  # 100 days in the table
        "core/b": "Old",  # 1,000 in the manifest, and 99 in the table
        "core/c": "Ours",
    }
    places = {
        path: [match.get("at") for row in each["evidence"] for match in row["matches"]]
        for path, each in modules.items()
        if isinstance(each["evidence"], list)
    }
    assert places == {
        "core/a": ["facts/age.csv:2"],
        "core/b": [None],
        "core/c": [".github/CODEOWNERS:2"],
    }
    said = succeed("explain", "core/c", cwd=project).text
    assert "owner: @org/core (.github/CODEOWNERS:2)" in said


@pytest.mark.requirement("R36")
def test_a_plan_and_the_coverage_count_what_settings_leave_out(project: Path) -> None:
    old = project / "old" / ".archive"
    old.mkdir(parents=True)
    (old / "module.json").write_text("{}", "utf-8")
    (project / "core" / "a" / "__init__.py").touch()
    commit_all(project)

    assert json.loads(succeed("plan", "--format", "json", cwd=project).out)["ignored"] == 1
    assert "1 more manifest is in directories that `ignore`" in succeed("plan", cwd=project).text
    coverage = json.loads(succeed("coverage", "--format", "json", cwd=project).out)
    assert coverage["manifests"]["ignored"] == 1
    assert "1 more manifest is in directories" in succeed("coverage", cwd=project).text
    assert "1 more manifest is in directories" in succeed("check", cwd=project).said


@pytest.mark.requirement("R38")
def test_check_says_which_values_no_rule_can_compare(project: Path) -> None:
    """A text where a number is asked for, and a text that is not a date; texts concern nobody."""
    module = project / "core" / "b" / "module.json"
    module.write_text('{"age": "85"}', "utf-8")
    (project / "core" / "a" / "module.json").write_text('{"seen": "last May"}', "utf-8")

    assert starlang("check", cwd=project).code == 0
    assert found_by_check(project) == [("W560", '`age`: the text "85" is not a number')]

    rules = project / "rules" / "main.star"
    dated = 'rule seen -> Old weight 0.9 when field "/seen" before "2025-01-01"\n'
    rules.write_text(rules.read_text("utf-8") + dated, "utf-8")
    assert [code for code, _ in found_by_check(project)] == ["W806", "W560"]

    only = project / "rules" / "other.star"
    only.write_text(RULES.partition("rule old")[0] + RULES[RULES.index("rule ours") :], "utf-8")
    assert "no problems found" in succeed("check", "rules/other.star", cwd=project).said


def found_by_check(project: Path) -> list[tuple[str, str]]:
    done = starlang("check", "--format", "json", cwd=project)
    found = json.loads(done.out)["diagnostics"]
    return [(each["code"], str(each["message"]).partition(": ")[2]) for each in found]


@pytest.mark.requirement("R39")
def test_files_with_facts_are_pinned_and_compared_with_the_lock(project: Path) -> None:
    succeed("compile", "--lock", "-o", "rules.json", cwd=project)
    commit_all(project)
    succeed("pin", cwd=project)
    (project / "facts" / "age.csv").write_text(AGES.replace("99", "98"), "utf-8")
    commit_all(project)
    refused = starlang("backup", cwd=project)
    drifted = starlang("compile", "--check", "-o", "rules.json", cwd=project)

    assert refused.code != 0
    assert "`facts/age.csv` has changed since `starlang pin`: what other files" in refused.said
    assert drifted.code != 0
    assert "facts/age.csv" in drifted.text + drifted.said


@pytest.mark.requirement("R39")
@pytest.mark.parametrize(
    ("name", "text", "codes"),
    [
        ("facts/age.csv", "path,days\ncore/a,1\ncore/a,2\n", ["E744:3"]),
        ("facts/age.csv", "path,days\ncore/a,old\n", ["E744:2"]),
        ("facts/age.csv", "path,age\ncore/a,1\n", ["E743:1"]),
        ("facts/age.csv", "path,days\ncore/a,1\nelsewhere,2\n", ["W563:3"]),
        ("facts/age.csv", 'path,days\n"core/a,1\n', ["E743:None"]),
        ("facts/age.csv", None, ["E743:None"]),
        (".github/CODEOWNERS", "/core/ nobody\n", ["W566:1"]),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(
    project: Path, name: str, text: str | None, codes: Sequence[str]
) -> None:
    path = project / name
    path.unlink()
    if text is not None:
        path.write_text(text, "utf-8")
    found = json.loads(starlang("plan", "--format", "json", cwd=project).out)

    said = [
        f"{each['code']}:{each['line'] if each.get('line') else None}"
        for each in [*found["blocked"], *found["warnings"]]
        if each["file"] == name
    ]
    assert said == codes


@pytest.mark.requirement("R39")
def test_a_table_that_no_rule_reads_cannot_be_wrong(project: Path) -> None:
    rules = project / "rules" / "main.star"
    rules.write_text(RULES.replace("age at least 100", "name is missing"), "utf-8")
    (project / "facts" / "age.csv").unlink()

    assert planned(project).keys() == {"core/a", "core/b", "core/c"}


AGE = FacetSource("age", (), elsewhere="age.csv", column="age", type=ValueType.NUMBER)


@given(st.binary(max_size=200))
def test_no_bytes_are_too_odd_for_a_table(data: bytes) -> None:
    for name in ("age.csv", "age.json"):
        rows = read_table(name, data, AGE)
        assert rows.by_path.keys() >= set()
        assert all(each.file == name for each in rows.problems)


@pytest.mark.parametrize("odd", ["\u2028", "\u0085", "\v", "\f"])
def test_a_row_ends_where_csv_ends_it(odd: str) -> None:
    text = FacetSource("note", (), elsewhere="notes.csv", column="note", type=ValueType.TEXT)
    rows = read_table("notes.csv", f"path,note\ncore/a,1{odd}2\ncore/b,3\n".encode(), text)

    assert {path: row.values for path, row in rows.by_path.items()} == {
        "core/a": (f"1{odd}2",),
        "core/b": ("3",),
    }
    start, end = rows.by_path["core/b"].span
    assert rows.source.text[start:end] == "core/b,3"


@pytest.mark.requirement("R39")
def test_a_large_table_is_compared_whole(project: Path) -> None:
    """A change behind the first MiB is a change."""
    table = project / "facts" / "age.csv"
    table.write_text(AGES + "".join(f"far/m{n},{n}\n" for n in range(90_000)), "utf-8")
    succeed("compile", "--lock", "-o", "rules.json", cwd=project)
    table.write_text(table.read_text("utf-8").replace("far/m89999,89999", "far/m89999,1"), "utf-8")
    drifted = starlang("compile", "--check", "-o", "rules.json", cwd=project)

    assert table.stat().st_size > 1 << 20
    assert drifted.code != 0
    assert "facts/age.csv" in drifted.text + drifted.said


@given(st.dictionaries(st.from_regex(r"\A[a-z]{1,5}\Z"), st.integers(-999, 999), max_size=6))
def test_csv_and_json_tables_say_the_same(ages: dict[str, int]) -> None:
    lines = "".join(f"{path},{age}\r\n" for path, age in ages.items())
    listed = read_table("age.csv", f"\ufeffpath,age\r\n{lines}".encode(), AGE)
    nested = {path: {"age": age} for path, age in ages.items()}
    for document in (nested, ages):
        mapped = read_table("age.json", json.dumps(document).encode(), AGE)
        assert {path: row.values for path, row in mapped.by_path.items()} == {
            path: row.values for path, row in listed.by_path.items()
        }
    assert {path: row.values for path, row in listed.by_path.items()} == {
        path: (age,) for path, age in ages.items()
    }
