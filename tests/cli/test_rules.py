"""Rules are named in one way by every command that reads them, and findings written in one way."""

import csv
import json
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from program.projects import Project
from program.reference import SHARED, parameters
from program.run import starlang, succeed

from starlang.cli.commands import COMMANDS, RUN

WITHOUT_RULES = {
    "init",
    "import",
    "codes",
    "coverage",
    *(n for n, e in COMMANDS.items() if e.panel == RUN),
}
"""They make rules, read none, or (the steps of a run) read those that were pinned."""

FIRST = """
use "more.star"
table capability weight 0.80 { retrieval -> Trail }
"""
SECOND = """
table capability weight 0.80 { retrieval -> Watch }

test "retrieval is Watch's"
  given path "x/memory" capability retrieval
  expect Watch at 0.80
"""


@pytest.fixture
def two(promoting: Project) -> Project:
    """A project whose rule set uses a file, and which has a rule set beside that."""
    promoting.rules(FIRST)
    promoting.write("rules/more.star", "starlang 1\n")
    promoting.manifest("store/memory", capabilities=["retrieval"])
    promoting.rules(SECOND, "rules/second.star")
    return promoting


def test_every_command_that_reads_rules_takes_the_option() -> None:
    taking = {
        name
        for name in COMMANDS
        if any(
            each.parameter in SHARED and "--rules" in each.parameter.flags
            for each, _ in parameters(name)
        )
    }

    assert taking == set(COMMANDS) - WITHOUT_RULES


@pytest.mark.parametrize("file", ["rules/main.star", "rules/more.star"])
@pytest.mark.parametrize("command", ["compile", "export"])
def test_a_file_of_the_rule_set_stands_for_it(two: Project, command: str, file: str) -> None:
    alone, named = (starlang(*command.split(), *more, cwd=two.root) for more in ((), (file,)))

    assert (named.code, named.out) == (alone.code, alone.out)
    assert alone.code == 0


@pytest.mark.parametrize("command", ["compile", "export", "check", "test"])
def test_another_file_is_a_rule_set_of_its_own(two: Project, command: str) -> None:
    by_argument = starlang(command, "rules/second.star", cwd=two.root)
    by_option = starlang(command, "--rules", "rules/second.star", cwd=two.root)
    projects_own = starlang(command, cwd=two.root)

    assert (by_argument.code, by_argument.out, by_argument.err) == (
        by_option.code,
        by_option.out,
        by_option.err,
    )
    assert by_argument.code == 0
    if command in {"compile", "export"}:
        assert by_argument.out != projects_own.out


def test_the_option_says_which_rule_set_an_argument_may_be_of(two: Project) -> None:
    two.rules('use "more.star"\n' + SECOND, "rules/second.star")
    whole = succeed("compile", "--rules", "rules/second.star", cwd=two.root)
    part = succeed("compile", "rules/more.star", "--rules", "rules/second.star", cwd=two.root)

    assert part.out == whole.out


def test_a_compiled_rule_set_is_named_like_a_source(two: Project) -> None:
    succeed("compile", "rules/second.star", "-o", "second.json", cwd=two.root)

    for command in ("compile", "export", "check"):
        by_argument = succeed(command, "second.json", cwd=two.root)
        by_option = succeed(command, "--rules", "second.json", cwd=two.root)
        assert by_argument.out == by_option.out


def test_without_a_project_a_file_is_all_that_is_needed(two: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.star").write_bytes((two.root / "rules" / "second.star").read_bytes())

    for command in ("check", "fmt", "test", "compile", "export"):
        assert starlang(command, "a.star", cwd=elsewhere).code == 0
    assert starlang("diff", "a.star", "--rules", "a.star", cwd=elsewhere).code == 0
    for command in ("check", "test", "compile", "export"):
        assert starlang(command, cwd=elsewhere).code == 1


def test_a_difference_is_from_the_rules_of_the_project(two: Project) -> None:
    by_default = starlang("diff", "rules/second.star", "--format", "json", cwd=two.root)
    by_name = starlang(
        "diff", "rules/second.star", "rules/main.star", "--format", "json", cwd=two.root
    )
    by_option = starlang(*("diff", "rules/main.star", "--rules", "rules/second.star"), cwd=two.root)

    assert (by_default.code, by_default.out) == (by_name.code, by_name.out)
    assert (by_default.code, by_option.code) == (3, 3)
    assert starlang("diff", "rules/main.star", cwd=two.root).code == 0


@pytest.mark.parametrize("command", ["plan", "inspect", "graph rules/x.star --depth 0", "canon"])
def test_rules_as_an_argument_of_another_command_are_a_usage_error(
    two: Project, command: str
) -> None:
    assert starlang(*command.split(), "rules/main.star", cwd=two.root).code == 2


def test_it_is_said_how_rules_are_named_there(two: Project) -> None:
    done = starlang("plan", "rules/main.star", cwd=two.root)

    assert "--rules rules/main.star" in " ".join(done.said.replace("│", " ").split())


def json_format(text: str) -> str:
    return str(json.loads(text)["format"])


def sarif_version(text: str) -> str:
    return str(json.loads(text)["version"])


def commands_of_github(text: str) -> str:
    heads = {line.partition(" ")[0] for line in text.splitlines()}
    return " ".join(sorted(heads)) if heads <= {"::error", "::warning"} else "?"


def column_of_a_stream(written: bytes) -> str:
    table = pa.ipc.open_stream(written).read_all()
    assert table.num_rows > 0
    return str(table.column_names[0])


def ends_of_parquet(written: bytes) -> str:
    table = pq.read_table(BytesIO(written))
    assert table.num_rows > 0
    return f"{written[:4].decode()} {table.column_names[0]} {written[-4:].decode()}"


FORMS: dict[str, Callable[[str], str]] = {
    "json": json_format,
    "sarif": sarif_version,
    "github": commands_of_github,
    "junit": lambda text: ET.fromstring(text).tag,  # noqa: S314 -- our own text
    "csv": lambda text: next(csv.reader(StringIO(text)))[0],
    "html": lambda text: text[:15].lower(),
    "dot": lambda text: text.split()[0],
    "text": lambda text: "text" if text and text[0] not in "{<:" else "?",
}
"""How each format is recognised, without asking the program."""

BINARY: dict[str, Callable[[bytes], str]] = {
    "arrow": column_of_a_stream,
    "parquet": ends_of_parquet,
}
"""The same for those that are no text."""

WANTED = {
    "json": "starlang-",
    "sarif": "2.1.0",
    "github": "::error",
    "junit": "testsuites",
    "csv": "path",
    "html": "<!doctype html>",
    "dot": "digraph",
    "text": "text",
    "arrow": "path",
    "parquet": "PAR1 path PAR1",
}

LINES = {
    "check": "check",
    "test": "test",
    "canon": "canon check copy.json",
    "plan": "plan",
    "explain": "explain store/memory",
    "inspect": "inspect",
    "diff": "diff rules/second.star",
    "graph": "graph",
    "compile": "compile --check -o old.json",
}


BROKEN = {"check": "rule", "test": SECOND.replace("at 0.80", "at 0.10")}
"""Rules about which each has something to write."""


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        (name, format_)
        for name in LINES
        for each, _ in parameters(name)
        if each.parameter.flags == ("--format",)
        for format_ in each.choices
    ],
)
def test_each_format_is_written_as_what_it_is(two: Project, name: str, format_: str) -> None:
    two.write("copy.json", json.dumps({"canonical_stars": ["✦ Trail (Memory)"]}))
    two.manifest("attic/Upper")
    succeed("compile", "rules/second.star", "-o", "old.json", cwd=two.root)
    if name in {"check", "test"}:
        two.rules(
            'rule\ntest "x" given path "a" expect Trail'
            if name == "check"
            else SECOND.replace("at 0.80", "at 0.10")
        )

    done = starlang(*LINES[name].split(), "--format", format_, cwd=two.root)

    form = BINARY[format_](done.out) if format_ in BINARY else FORMS[format_](done.text)
    assert form.startswith(WANTED[format_]), (done.out[:300], done.said)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("compile rules/main.star rules/more.star", 2, "it takes one rule file"),
        ("plan rules/main.star", 2, "name the rules by --rules rules/main.star"),
        ("check --rules rules/mian.star", 1, "did you mean `rules/main.star`?"),
        ("check rules/mian.star", 1, "did you mean `rules/main.star`?"),
        ("import rules/main.star -o old", 2, "is a rule file already"),
        ("plan -o -", 2, "--format json prints the plan"),
        ("graph -o x.txt", 2, "choose another --format"),
        ("inspect -o x.txt", 2, "choose another --format"),
        ("explain", 2, "name a module"),
        ("test --fail-under 101", 2, "not a percentage from 0 to 100"),
        ("test -k nothing", 1, "no test has 'nothing' in its name"),
        ("codes W999999", 2, "`starlang codes` lists all of them"),
        ("init rules/main.star", 2, "is not a directory"),
    ],
)
def test_a_mistake_is_answered_with_a_way_out(
    two: Project, line: str, code: int, words: str
) -> None:
    done = starlang(*line.split(), cwd=two.root)
    said = " ".join(f"{done.text}{done.said}".replace("│", " ").split())

    assert (done.code, words in said) == (code, True), said
    assert "Invalid value: " not in said


@pytest.mark.parametrize(
    "command",
    [
        "compile",
        "export",
        "inspect --format json",
        "inspect --format html",
        "graph --format dot",
        "graph --format json",
    ],
)
def test_a_dash_is_stdout_wherever_a_result_has_a_file(two: Project, command: str) -> None:
    plain = succeed(*command.split(), cwd=two.root)
    dash = succeed(*command.split(), "-o", "-", cwd=two.root)

    assert dash.out == plain.out != b""
    assert not (two.root / "-").exists()


def test_without_rules_it_is_said_how_a_project_starts(tmp_path: Path) -> None:
    done = starlang("check", cwd=tmp_path)

    assert done.code == 1
    assert "starlang init" in done.text
    assert starlang("fmt", "none.star", cwd=tmp_path).said.count("nothing to change") == 0
