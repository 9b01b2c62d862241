"""Rule files on disk: what is read, under which name, and what is refused."""

import os
from pathlib import Path
from typing import Protocol

import pytest

from starlang.diagnostics.model import Diagnostic
from starlang.project.rule_files import MAX_DEPTH, RuleFiles, read_rules


class Write(Protocol):
    def __call__(self, **files: list[str]) -> Path: ...


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files, each with the uses it is given, and returns the project."""
    project = tmp_path / "project"

    def write_files(**files: list[str]) -> Path:
        for name, uses in files.items():
            path = project / f"{name.replace('__', '/')}.star"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("starlang 1\n" + "".join(f'use "{use}"\n' for use in uses), "utf-8")
        return project

    return write_files


def names(found: RuleFiles) -> list[str]:
    return [file.source.name for file in found.files]


def told(found: RuleFiles) -> list[tuple[str, str, list[str]]]:
    """Code, file, and what each label underlines."""
    return [
        (each.code, each.file, [_underlined(each, n) for n in range(len(each.labels))])
        for each in found.diagnostics
    ]


def _underlined(diagnostic: Diagnostic, number: int) -> str:
    label = diagnostic.labels[number]
    return label.source.text[label.span.start : label.span.end]


@pytest.mark.fault_row(4)
def test_each_file_is_read_once_under_its_name_in_the_project(write: Write) -> None:
    project = write(
        rules__root=["../canon.star", "more/a.star", "b.star"],
        canon=[],
        rules__more__a=["../b.star", "../../canon.star"],
        rules__b=["./more/../../canon.star"],
    )

    found = read_rules(project / "rules" / "root.star", project)

    assert names(found) == ["rules/root.star", "canon.star", "rules/more/a.star", "rules/b.star"]
    assert found.root == "rules/root.star"
    assert found.diagnostics == ()
    assert found.complete


def test_the_working_directory_makes_no_difference(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = write(root=["a.star"], a=[])
    monkeypatch.chdir(project)

    assert names(read_rules(Path("root.star"), Path())) == ["root.star", "a.star"]


def test_a_missing_file_is_named_with_a_near_one(write: Write) -> None:
    found = read_rules(write(root=["cannon.star"], canon=[]) / "root.star", write())

    assert told(found) == [("E401", "root.star", ['"cannon.star"'])]
    assert "`canon.star`" in found.diagnostics[0].hint
    assert not found.complete


def test_a_missing_root_is_named(write: Write) -> None:
    project = write(root=[])

    assert told(read_rules(project / "rot.star", project)) == [("E401", "rot.star", [])]


@pytest.mark.parametrize(
    "use",
    [
        "/etc/passwd",
        "~/a.star",
        "C:/a.star",
        r"a\\b.star",
        "https://example.org/a.star",
        "",
        r"\u{0}",
    ],
)
def test_a_path_of_another_form_is_refused(use: str, write: Write) -> None:
    project = write(root=[use])

    assert told(read_rules(project / "root.star", project)) == [("E403", "root.star", [f'"{use}"'])]


@pytest.mark.parametrize("use", ["../a.star", "x/../../a.star", "../project2/a.star"])
@pytest.mark.fault_row(5)
def test_a_path_out_of_the_project_is_refused(use: str, write: Write, tmp_path: Path) -> None:
    project = write(root=[use])
    (tmp_path / "project2").mkdir()
    for folder in (tmp_path, tmp_path / "project2"):
        (folder / "a.star").write_text("starlang 1\n", "utf-8")

    assert told(read_rules(project / "root.star", project)) == [("E404", "root.star", [f'"{use}"'])]


@pytest.mark.fault_row(5)
def test_a_link_out_of_the_project_is_refused(write: Write, tmp_path: Path) -> None:
    project = write(root=["link.star", "folder/a.star"])
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.star").write_text("starlang 1\n", "utf-8")
    (project / "link.star").symlink_to(tmp_path / "outside" / "a.star")
    (project / "folder").symlink_to(tmp_path / "outside")

    assert told(read_rules(project / "root.star", project)) == [
        ("E404", "root.star", ['"link.star"']),
        ("E404", "root.star", ['"folder/a.star"']),
    ]


def test_a_link_within_the_project_is_the_file_that_it_stands_for(write: Write) -> None:
    project = write(root=["a.star", "link.star"], a=[])
    (project / "link.star").symlink_to("a.star")

    found = read_rules(project / "root.star", project)

    assert names(found) == ["root.star", "a.star"]
    assert told(found) == [("W401", "root.star", ['"link.star"', '"a.star"'])]


def test_a_root_outside_of_the_project_is_refused(write: Write, tmp_path: Path) -> None:
    project = write(root=[])
    outside = tmp_path / "a.star"
    outside.write_text("starlang 1\n", "utf-8")

    found = read_rules(outside, project)

    assert [(each.code, each.labels) for each in found.diagnostics] == [("E404", ())]
    assert found.files == ()


def test_a_directory_is_no_rule_file(write: Write) -> None:
    project = write(root=["sub"], sub__a=[])

    assert told(read_rules(project / "root.star", project)) == [("E402", "root.star", ['"sub"'])]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.fault_row(5)
def test_a_pipe_is_refused_without_waiting(write: Write) -> None:
    project = write(root=["pipe.star"])
    os.mkfifo(project / "pipe.star")

    assert told(read_rules(project / "root.star", project)) == [
        ("E402", "root.star", ['"pipe.star"'])
    ]


def test_what_the_system_refuses_is_said(write: Write) -> None:
    project = write(root=["loop.star", f"{'a' * 300}.star"])
    (project / "loop.star").symlink_to("loop.star")

    assert [code for code, _, _ in told(read_rules(project / "root.star", project))] == [
        "E407",
        "E407",
    ]


@pytest.mark.fault_row(4)
def test_a_circle_is_printed_whole(write: Write) -> None:
    project = write(root=["a.star"], a=["b.star"], b=["a.star", "c.star"], c=["c.star"])

    found = read_rules(project / "root.star", project)

    assert told(found) == [
        ("E405", "b.star", ['"a.star"', '"b.star"']),
        ("E405", "c.star", ['"c.star"']),
    ]
    assert "a.star → b.star → a.star" in found.diagnostics[0].message
    assert names(found) == ["root.star", "a.star", "b.star", "c.star"]


@pytest.mark.fault_row(4)
def test_depth_is_limited(write: Write) -> None:
    chain = {f"f{number}": [f"f{number + 1}.star"] for number in range(MAX_DEPTH + 1)}
    project = write(**chain, **{f"f{MAX_DEPTH + 1}": []})

    assert told(read_rules(project / "f1.star", project)) == []
    assert told(read_rules(project / "f0.star", project)) == [
        ("E406", f"f{MAX_DEPTH}.star", [f'"f{MAX_DEPTH + 1}.star"'])
    ]


def test_errors_of_all_files_are_told(write: Write) -> None:
    project = write(root=["a.star", "b.star"], a=[], b=["missing.star"])
    (project / "a.star").write_bytes(b"starlang 1\nstar \xff\n")

    found = read_rules(project / "root.star", project)

    assert {(each.code, each.file) for each in found.diagnostics} == {
        ("E117", "a.star"),
        ("E401", "b.star"),
    }
