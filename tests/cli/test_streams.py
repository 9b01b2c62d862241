"""Data goes to stdout, messages to stderr; colours and letters as the terminal can have them."""

import csv
import json
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from unicodedata import east_asian_width

import pytest
from program.documents import plan_of
from program.projects import Project
from program.run import PROGRAM, environment, installed, starlang, succeed

READ = [
    ("check",),
    ("test",),
    ("plan",),
    ("explain", "safety/door_identity", "mind/goal_stack"),
]
ESCAPE = b"\x1b"


@pytest.mark.parametrize("command", READ, ids=lambda words: words[0])
def test_json_is_one_document_and_nothing_else(hortus: Path, command: tuple[str, ...]) -> None:
    done = succeed(*command, "--format", "json", cwd=hortus)

    document = json.loads(done.out)
    assert document["format"].startswith("starlang-")
    assert done.out.endswith(b"}\n")
    assert b"\r" not in done.out


def test_json_is_one_document_even_where_something_is_wrong(promoting: Project) -> None:
    promoting.write("manifests/store/broken/module.manifest.json", "[")
    promoting.manifest("labs/relic", star="🪐 Saturn")

    done = starlang("plan", "--format", "json", cwd=promoting.root)

    assert done.code == 5
    assert [finding["code"] for finding in plan_of(done.out)["blocked"]] == ["E507"]


@pytest.mark.parametrize("command", ["check", "test", "plan", "compile"])
def test_quiet_says_nothing_but_data(promoting: Project, command: str) -> None:
    promoting.rules(
        """
        rule trail-path -> Trail weight 0.80 when path mentions memory
        rule watch-path -> Watch weight 0.60 when path mentions guаrd   # a Cyrillic letter
        test "a memory is Trail" given path "x/memory" expect Trail
        """
    )

    told = starlang(command, cwd=promoting.root)
    quiet = starlang(command, "--quiet", cwd=promoting.root)

    assert told.err != b"" or command == "compile"
    assert (quiet.out, quiet.err) == (told.out, b"")


def test_errors_are_told_even_if_quiet(promoting: Project) -> None:
    promoting.rules("rule")

    assert b"E101" in starlang("plan", "--quiet", cwd=promoting.root).err


@pytest.mark.parametrize("command", [*READ, ("codes",), ("--help",)], ids=lambda words: words[0])
def test_nothing_is_coloured_in_a_pipe(hortus: Path, command: tuple[str, ...]) -> None:
    done = succeed(*command, cwd=hortus)

    assert ESCAPE not in done.out + done.err


COLOURED = [("plan",), ("explain", "safety/door_identity"), ("check", "rules/wrong.star")]


@pytest.fixture(scope="module")
def wrong(hortus: Path) -> Path:
    (hortus / "rules" / "wrong.star").write_text("starlang 1 ruleset x", "utf-8")
    return hortus


@pytest.mark.parametrize("command", COLOURED, ids=lambda words: words[0])
def test_colours_are_asked_for_and_forbidden(wrong: Path, command: tuple[str, ...]) -> None:
    plain = starlang(*command, cwd=wrong)
    forced = starlang(*command, cwd=wrong, env={"FORCE_COLOR": "1"})
    forbidden = starlang(*command, "--no-color", cwd=wrong, env={"FORCE_COLOR": "1"})
    unwanted = starlang(*command, cwd=wrong, env={"FORCE_COLOR": "1", "NO_COLOR": "1"})

    assert ESCAPE not in plain.out
    assert ESCAPE in forced.out
    assert forbidden.out == plain.out
    assert unwanted.out == plain.out


@pytest.mark.parametrize("command", COLOURED[1:], ids=lambda words: words[0])
def test_json_is_never_coloured(wrong: Path, command: tuple[str, ...]) -> None:
    done = starlang(*command, "--format", "json", cwd=wrong, env={"FORCE_COLOR": "1"})

    assert ESCAPE not in done.out


NARROW = [("plan", "--limit", "0"), ("explain", "safety/door_identity", "forecast/yield")]


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal, as POSIX has it")
@pytest.mark.parametrize("command", NARROW, ids=lambda words: words[0])
def test_text_fits_a_terminal_of_eighty_columns(hortus: Path, command: tuple[str, ...]) -> None:
    lines = on_a_terminal(*command, "--no-color", cwd=hortus, COLUMNS="80").splitlines()

    assert [line for line in lines if cells(line) > 80] == []
    assert [line for line in lines if line != line.rstrip()] == []


def cells(line: str) -> int:
    """How many columns a line takes on a terminal."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in line)


LONG = " ".join(f"reason-{number:02}" for number in range(40))


@pytest.mark.requirement("R45")
def test_no_line_is_broken_in_a_pipe(project: Project) -> None:
    project.rules(
        f'rule long -> Trail weight 0.40 when path mentions memory because "{LONG}"\n'
        f'never promote "kept/*" because "{LONG}"\n'
        'test "it fails" given path "memory/x" expect Trail\n'
    )
    project.manifest("memory/a")
    project.manifest("kept/memory")
    for command in (
        ("explain", "memory/a"),
        ("explain", "kept/memory", "--why-not", "Trail"),
        ("explain", "--under", "**", "--why-not", "Trail"),
        ("test",),
    ):
        assert LONG in starlang(*command, cwd=project.root).text, command


@pytest.mark.parametrize("columns", ["20", "200", "0", "wide"])
def test_a_pipe_is_the_same_whatever_the_terminal(hortus: Path, columns: str) -> None:
    plain = succeed("explain", "safety/door_identity", cwd=hortus)
    env = {"COLUMNS": columns}

    assert starlang("explain", "safety/door_identity", cwd=hortus, env=env).out == plain.out


@pytest.mark.requirement("R45")
def test_no_path_is_broken_in_a_pipe(project: Project) -> None:
    project.rules("rule long -> Trail weight 0.90 when path mentions memory")
    long = "/".join(f"memory-of-{number:02}-things" for number in range(9))
    project.manifest(long)
    project.manifest("short")
    project.write(f"manifests/{long}/deeper/module.manifest.json", '{"v":007}')

    for command in (
        ("plan", "--limit", "0"),
        ("explain", long),
        ("explain", long, "--why-not", "Watch"),
        ("graph", long),
    ):
        done = starlang(*command, cwd=project.root)
        assert long in done.text, done.text
        assert not re.search(r"(?m)^ *[a-z0-9-]*/memory-of-08", done.text)


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal, as POSIX has it")
@pytest.mark.parametrize("columns", [30, 60, 132])
def test_a_terminal_is_filled_and_coloured(hortus: Path, columns: int) -> None:
    shown = on_a_terminal("plan", cwd=hortus, COLUMNS=str(columns))
    plain = on_a_terminal("plan", "--no-color", cwd=hortus, COLUMNS=str(columns))

    assert "\x1b[" in shown
    assert "\x1b" not in plain
    assert max(map(cells, plain.splitlines())) <= columns


def on_a_terminal(*arguments: str, cwd: Path, **env: str) -> str:
    """What the program shows on a terminal of its own."""
    ours, its = os.openpty()
    with subprocess.Popen(
        [PROGRAM, *arguments],
        cwd=cwd,
        env=environment(TERM="xterm", **env),
        stdin=its,
        stdout=its,
        stderr=its,
    ):
        os.close(its)
        shown = b"".join(iter(lambda: received(ours), b""))
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def received(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux: the other side is closed
        return b""


@pytest.mark.requirement("R12")
@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=lambda locale: " ".join(f"{name}={value}" for name, value in locale.items()),
)
def test_emoji_are_escaped_where_they_cannot_be_shown(
    project: Project, locale: dict[str, str]
) -> None:
    project.rules(
        """
        table owner weight 0.80 { "équipe-🌱" -> Trail }
        test "équipe 🌱" given owner "équipe" expect Trail
        """
    )
    project.manifest("garden/bed", owner="équipe-🌱")

    shown = installed("explain", "garden/bed", cwd=project.root, env=locale)
    planned = installed("plan", cwd=project.root, env=locale)
    failed = installed("test", cwd=project.root, env=locale)

    assert (shown.code, planned.code, failed.code) == (0, 0, 1)
    assert b"quipe-\\U0001f331" in shown.out
    assert b"quipe-\\U0001f331" in planned.out
    assert b"quipe" in failed.out
    if "latin-1" not in locale.values():
        assert all((done.out + done.err).isascii() for done in (shown, planned, failed))


@pytest.mark.requirement("R12")
@pytest.mark.parametrize("format_", ["json", "csv"])
def test_documents_are_utf8_whatever_the_locale(project: Project, format_: str) -> None:
    project.rules('rule trail-owner -> Trail weight 0.80 when owner is "équipe-🌱"')
    project.manifest("garden/bed", owner="équipe-🌱")

    usual, c, latin = (
        installed("plan", "--format", format_, cwd=project.root, env=env).out
        for env in ({}, {"LC_ALL": "C"}, {"PYTHONIOENCODING": "latin-1"})
    )

    assert "🌱".encode() in usual or format_ == "csv"
    assert usual == c == latin


@pytest.mark.fault_row(59)
def test_names_cannot_steer_a_terminal(project: Project) -> None:
    project.rules(
        r"""
        rule red -> Trail weight 0.80 when owner matches /red/ because "\u{1b}[31m is a colour"
        """
    )
    project.manifest("garden/bed", owner="\x1b]0;red\x07 \u202e")

    for command in (["plan"], ["explain", "garden/bed"], ["explain", "\x1b[31mbed"]):
        done = starlang(*command, cwd=project.root)

        assert {"\x1b", "\x07", "\u202e"}.isdisjoint(done.text + done.said)


@pytest.mark.fault_row(57)
def test_csv_can_be_read_back_and_runs_nothing_in_a_spreadsheet(project: Project) -> None:
    owner = '=HYPERLINK("http://x","a"),\n"b"'
    project.rules('rule trail-tag -> Trail weight 0.80 when tag is present because "\\n"')
    project.rules(
        """
        table tag weight 0.80 { "=cmd()" -> Trail  "+1" -> Trail }
        table owner weight 0.10 { "-1" against Trail }
        """
    )
    for path, tag in (("=cmd()/a", "=cmd()"), ("@x/b", "+1"), ("-c/d", "none"), ("e/ü", "none")):
        project.manifest(path, tags=[tag], owner=owner)
    project.manifest("f/g", star="\t=cmd()")

    done = starlang("plan", "--format", "csv", cwd=project.root)
    rows = list(csv.DictReader(StringIO(done.text, newline="")))
    plan = plan_of(starlang("plan", "--format", "json", cwd=project.root).out)

    assert [row["path"].removeprefix("'") for row in rows] == [
        module["path"] for module in plan["modules"]
    ]
    cells_ = [cell for row in rows for cell in row.values()]
    assert [cell for cell in cells_ if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert {"'=cmd()/a", "'@x/b", "'-c/d", r"\t=cmd()"} <= set(cells_)


def test_csv_amounts_are_those_of_the_plan(hortus: Path, hortus_plan: bytes) -> None:
    done = succeed("plan", "--format", "csv", cwd=hortus)

    for row, module in zip(
        csv.DictReader(StringIO(done.text)), plan_of(hortus_plan)["modules"], strict=True
    ):
        best = module["best"]
        assert (row["path"], row["outcome"], row["why"]) == (
            module["path"],
            module["outcome"],
            module["why"],
        )
        assert row["score"] == (best["score"] if best else "")
        assert row["lead"] == (module["lead"] if best else "")
        assert row["rules"] == "; ".join(each["rule"] for each in module["evidence"])
