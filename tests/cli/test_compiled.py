"""Planning from a compiled rule set: the same answer, without the parser and the checker."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from program.documents import plan_of
from program.projects import Project
from program.run import modules_imported, starlang, succeed


@pytest.fixture(scope="module")
def compiled(hortus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("compiled") / "rules.json"
    succeed("compile", "-o", path, cwd=hortus)
    return path


@pytest.mark.requirement("R03")
@pytest.mark.parametrize("more", [(), ("--reassess",)], ids=["plan", "reassess"])
def test_the_plan_is_that_of_the_sources(
    hortus: Path, compiled: Path, more: tuple[str, ...]
) -> None:
    command = ("plan", "--format", "json", *more)

    from_sources = succeed(*command, cwd=hortus)
    from_compiled = succeed(*command, "--rules", compiled, cwd=hortus)

    assert from_compiled.out == from_sources.out


def test_neither_parser_nor_checker_is_imported(hortus: Path, compiled: Path) -> None:
    command = ("plan", "--format", "json", "-q")

    with_sources = modules_imported(*command, cwd=hortus)
    without = modules_imported(*command, "--rules", compiled, cwd=hortus)

    parsing = {"starlang.checker.check", "starlang.syntax.parse"}
    assert parsing <= with_sources
    assert {name for name in without if is_of_the_parser(name)} == set()


def is_of_the_parser(name: str) -> bool:
    return name.startswith(("starlang.syntax", "starlang.checker", "starlang.compiler"))


HEAVY = {
    *("attr", "csv", "concurrent.futures.process", "difflib", "jinja2", "jsonschema"),
    *("jsonschema_rs", "pathlib", "polars", "pyarrow", "re2", "rich.console"),
    *("subprocess", "tempfile", "typer", "xml.etree.ElementTree"),
}
"""Modules that take a millisecond or more to import, and that some commands need."""

READING = {"attr", "pathlib", "re2"}
"""What rules take to be read."""


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("--version", set()),
        ("codes E104", {"pathlib"}),
        ("codes", {"pathlib"}),
        ("fmt --check", READING),
        ("check", READING),
        ("check --format sarif", READING),
        ("check --format junit", READING | {"xml.etree.ElementTree"}),
        ("plan --format json", READING),
        ("graph --format json", READING),
        ("explain safety/door_identity", READING),
        ("plan", READING | {"rich.console"}),
        ("inspect", READING | {"rich.console", "difflib"}),
    ],
)
def test_a_command_imports_what_it_needs(hortus: Path, command: str, needed: set[str]) -> None:
    imported = modules_imported(*command.split(), cwd=hortus)

    assert "starlang.cli.main" in imported
    assert imported & HEAVY <= needed


def test_without_a_schema_no_validator_is_loaded(hortus: Path, compiled: Path) -> None:
    imported = modules_imported("plan", "--format", "json", "--rules", compiled, cwd=hortus)

    assert imported & HEAVY == {"attr", "pathlib", "re2"}


@pytest.mark.requirement("R03")
def test_sources_compile_to_the_same_bytes(hortus: Path, compiled: Path) -> None:
    assert succeed("compile", cwd=hortus).out == compiled.read_bytes()


Change = Callable[[str], str]

CHANGES: dict[str, tuple[Change, str]] = {
    "a weight": (lambda text: text.replace('"0.600000"', '"0.700000"', 1), "E854"),
    "a reason": (lambda text: text.replace("a bug, not a memory", "a memory", 1), "E855"),
    "a newer format": (lambda text: text.replace("ruleset/1", "ruleset/2"), "E852"),
    "another format": (lambda text: text.replace("starlang-ruleset", "starlang-plan"), "E851"),
    "a newer language": (lambda text: re.sub(r'("language": *)1', r"\g<1>2", text), "E852"),
    "an older format": (lambda text: text.replace("ruleset/1", "ruleset/0"), "E853"),
    "half of it": (lambda text: text[: len(text) // 2], "E850"),
    "a missing section": (lambda text: text.replace('"semantics"', '"semantic"', 1), "E856"),
    "nothing": (lambda _: "", "E850"),
}


@pytest.mark.parametrize(("change", "code"), CHANGES.values(), ids=CHANGES)
def test_what_the_compiler_has_not_written_is_refused_by_name(
    hortus: Path, compiled: Path, tmp_path: Path, change: Change, code: str
) -> None:
    changed = change(compiled.read_text("utf-8"))
    assert changed != compiled.read_text("utf-8")
    (tmp_path / "rules.json").write_text(changed, "utf-8")

    done = starlang("plan", "--rules", tmp_path / "rules.json", cwd=hortus)

    assert (done.code, done.out) == (1, b"")
    assert f"error[{code}]" in done.said
    assert "rules.json" in done.said


@pytest.mark.requirement("R03")
def test_another_profile_is_noticed(promoting: Project) -> None:
    """The rules were compiled to find `owner` in one place, and this run looks in another."""
    promoting.rules("table owner weight 0.80 { gardeners -> Trail }")
    promoting.manifest("store/memory", owner="gardeners")
    succeed("compile", "-o", "rules.json", cwd=promoting.root)
    plain = ("plan", "--rules", "rules.json", "--format", "json")

    same = plan_of(succeed(*plain, cwd=promoting.root).out)
    other = starlang(*plain, "--profile", "constellation-plain", cwd=promoting.root)

    assert same["blocked"] == []
    assert other.code == 5
    found = plan_of(other.out)
    told = {finding["code"]: finding["message"] for finding in found["blocked"]}
    assert set(told) == {"E522", "E803"}, "these manifests have not the other shape"
    assert "`owner`" in told["E803"]
    assert len(found["modules"]) == 3, "the plan is shown all the same"


def test_a_compiled_file_has_no_tests(hortus: Path, compiled: Path) -> None:
    assert starlang("test", "--rules", compiled, cwd=hortus).code == 1


def test_a_compiled_file_can_be_checked_and_compiled_again(hortus: Path, compiled: Path) -> None:
    assert succeed("check", "--rules", compiled, cwd=hortus).out == b""
    assert succeed("compile", "--rules", compiled, cwd=hortus).out == compiled.read_bytes()


def test_compiling_says_what_it_wrote(hortus: Path, compiled: Path, tmp_path: Path) -> None:
    document = json.loads(compiled.read_bytes())

    done = succeed("compile", "-o", tmp_path / "again.json", cwd=hortus)

    assert done.out == b""
    assert document["digest"] in done.said
