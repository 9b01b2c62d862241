"""What the tables of the documentation say is so."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from program.run import succeed

import starlang
from starlang.accept.criteria import CRITERIA
from starlang.cli.output import Exit
from starlang.manifests.new import Fact
from starlang.matching.globs import covers
from starlang.matching.patterns import MAX_PATTERN
from starlang.matching.words import cut
from starlang.project.rule_files import MAX_DEPTH as MAX_USES
from starlang.syntax.scanner import MAX_BYTES, MAX_DERIVED, MAX_LINE, MAX_RULES
from starlang.syntax.scanner import MAX_DEPTH as MAX_NESTING
from starlang.syntax.words import RESERVED
from starlang.tables.model import Kind
from starlang.tables.others import FLIPS, GRAPH_TABLES, INSPECTION_TABLES
from starlang.tables.plan import PLAN_TABLES

DOCS = Path(__file__).resolve().parents[1] / "docs"
CANON = Path(__file__).resolve().parents[1] / "rules" / "canon.star"


def table(page: str, *head: str) -> list[list[str]]:
    """The rows of the table of `page` with these column heads, as cells."""
    lines = iter((DOCS / page).read_text("utf-8").splitlines())
    for line in lines:
        if cells(line) == list(head):
            next(lines)
            return list(rows(lines))
    raise AssertionError(f"{page} has no table {head}")


def rows(lines: Iterator[str]) -> Iterator[list[str]]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield cells(line)


def cells(line: str) -> list[str]:
    found = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    return [cell.replace(r"\|", "|") for cell in found]


def quoted(cell: str) -> list[str]:
    """What stands between backticks in a cell."""
    return [each.strip('"') for each in re.findall(r"`([^`]+)`", cell)]


def number(cell: str) -> int:
    amount, *unit = cell.split()
    return int(amount.replace(",", "")) * (2**20 if unit == ["MiB"] else 1)


@pytest.mark.parametrize(("text", "words"), table("language.md", "text", "its words"))
def test_texts_are_cut_into_these_words(text: str, words: str) -> None:
    assert [word.folded for word in cut(*quoted(text))] == words.split(", ")


@pytest.mark.parametrize(
    ("glob", "covered", "others"), table("language.md", "glob", "covers", "does not cover")
)
def test_globs_cover_these_paths(glob: str, covered: str, others: str) -> None:
    (pattern,) = quoted(glob)

    assert [path for path in quoted(covered) if not covers(pattern, path)] == []
    assert [path for path in quoted(others) if covers(pattern, path)] == []


@pytest.mark.parametrize(("cell", "name"), table("language.md", "cell", "its name"))
def test_cells_of_tables_have_these_names(cell: str, name: str, tmp_path: Path) -> None:
    written, _, facet = cell.strip("`").rpartition("` of `")
    (tmp_path / "canon.star").write_bytes(CANON.read_bytes())
    shown = tmp_path / "shown.star"
    head = 'starlang 1 ruleset shown "1" use "canon.star"'
    shown.write_text(f"{head} table {facet} weight 0.5 {{ {written} }}", "utf-8")

    (rule,) = starlang.compile(shown)
    assert [rule.name] == re.findall(r"^`(.+)`$", name)


def test_the_reserved_words_are_these() -> None:
    page = (DOCS / "language.md").read_text("utf-8")
    listed = re.search(r"\*\*Keywords\*\*[^|]*?\n\n((?:    .+\n)+)", page)

    assert listed is not None
    assert set(listed.group(1).split()) == RESERVED


def test_the_limits_are_these() -> None:
    assert {what: number(limit) for what, limit in table("language.md", "what", "limit")} == {
        "size of a file": MAX_BYTES,
        "length of a line": MAX_LINE,
        "parentheses and `not` around a test": MAX_NESTING,
        "depth of `use`": MAX_USES,
        "rules in a rule set, table cells and derivations included": MAX_RULES,
        "derived facets": MAX_DERIVED,
        "length of a pattern": MAX_PATTERN,
    }


def test_the_outcomes_are_these() -> None:
    decided = [quoted(outcome)[0] for outcome, _ in table("language.md", "outcome", "when")]
    listed = [quoted(outcome)[0] for outcome, _ in table("commands.md", "outcome", "the module")]

    assert {*decided, "deferred"} == set(listed) == set(starlang.Outcome)


def test_the_tables_have_these_columns() -> None:
    of_plans = table("tables.md", "table", "a row for each", "columns")
    others = table("tables.md", "call", "table", "a row for each", "columns")
    listed = {
        row[-3].strip("`"): re.findall("`([a-z_]+)`", row[-1]) for row in (*of_plans, *others)
    }

    known: list[tuple[str, Mapping[str, Kind]]] = [
        *((each.name, each.columns) for each in PLAN_TABLES.values()),
        *((each.name, each.columns) for each in GRAPH_TABLES.values()),
        (FLIPS.name, FLIPS.columns),
        *((each.name, each.columns) for each in INSPECTION_TABLES.values()),
    ]
    assert listed == {name: list(columns) for name, columns in known}


def test_the_criteria_are_these() -> None:
    listed = table("accept.md", "number", "criterion", "compares", "n/a")

    assert [(int(row[0]), row[1]) for row in listed] == [
        (each.number, each.name) for each in CRITERIA
    ]


def test_the_exit_codes_are_these() -> None:
    listed = {int(code) for code, _ in table("commands.md", "code", "means")}

    assert listed == set(Exit)


@pytest.mark.parametrize(("old", "new"), table("import.md", "old", "new"))
def test_look_arounds_become_these_tests(old: str, new: str, tmp_path: Path) -> None:
    label = "✦ Trail (Memory)"
    rules = {
        "canonical_stars": [label, "Supporting"],
        "rules": [{"star": label, "pattern": quoted(old)[0]}],
    }
    (tmp_path / "star_rules.json").write_text(json.dumps(rules), "utf-8")

    succeed("import", "star_rules.json", "-o", "old", cwd=tmp_path)

    assert f"matches {quoted(new)[0]}\n" in (tmp_path / "old" / "paths.star").read_text("utf-8")


def test_the_facts_are_these() -> None:
    listed = [quoted(fact)[0] for fact, _ in table("coverage.md", "fact", "what it is")]

    assert listed == [fact.value for fact in Fact]


def test_each_row_of_what_others_control_says_what_it_does_not_cover() -> None:
    listed = table("reliability.md", "row", "what", "what happens", "not covered")

    assert len(listed) > 15
    assert [row for row, _, _, missing in listed if len(missing) < 10] == []
