"""Help, docs/commands.md and the commands themselves: all say the same, and none says more."""

import inspect
import re
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import get_args, get_origin

import pytest
from program.reference import HEAD, PAGE, SHARED, parameters, reference
from program.run import starlang

from starlang.cli.commands import COMMANDS, EXITS, exits_of, function_of
from starlang.cli.output import Exit
from starlang.engine.decisions import Outcome

TYPERS_OWN = {"--help", "-h"}


@pytest.fixture(scope="module", params=list(COMMANDS))
def helped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Help":
    return Help(request.param, tmp_path_factory.mktemp("help"))


class Help:
    """What a command says of itself, in one line: as text, and its options by name."""

    def __init__(self, name: str, cwd: Path) -> None:
        done = starlang(name, "--help", cwd=cwd, env={"COLUMNS": "300"})
        assert done.code == 0
        self.name = name
        self.text = " ".join(done.text.split())
        self.lines = [line.strip("│ ") for line in done.text.splitlines()]

    @property
    def flags(self) -> set[str]:
        cells = (re.sub(r"^\*\s+", "", line) for line in self.lines)
        heads = [re.split(r"\s{2,}", cell) for cell in cells if cell.startswith("-")]
        return {word for head in heads for word in head if re.fullmatch(r"-{1,2}[a-z-]+", word)}

    def line_of(self, flag: str) -> str:
        (found,) = (line for line in self.lines if re.match(rf"(\*\s+)?{flag}\s", line))
        return found


def declared(name: str) -> list[inspect.Parameter]:
    return list(inspect.signature(function_of(name)).parameters.values())


def choices(each: inspect.Parameter) -> list[str]:
    """The words that a value may be, from the type that the command is given."""
    hint, parameter = get_args(each.annotation)
    (kind,) = [one for one in get_args(hint) if one is not NoneType] or [hint]
    kind = get_args(kind)[0] if get_origin(kind) is list else kind
    if parameter.flags == ("--outcome",):
        return list(Outcome)
    return [one.value for one in kind] if issubclass(kind, StrEnum) else []


def test_help_says_all_that_is_declared(helped: Help) -> None:
    words = (function_of(helped.name).__doc__ or "").split("\n\n")
    assert words[0]
    assert [part for part in words if " ".join(part.split()) not in helped.text] == []
    for each in declared(helped.name):
        parameter = get_args(each.annotation)[1]
        assert parameter.help.partition(" [default: ")[0] in helped.text
        assert parameter.metavar is None or f" {parameter.metavar} " in f"{helped.text} "


def test_help_lists_no_other_options(helped: Help) -> None:
    named = {flag for each in declared(helped.name) for flag in get_args(each.annotation)[1].flags}

    assert helped.flags == named | TYPERS_OWN


def test_help_says_choices_defaults_and_ranges(helped: Help) -> None:
    for each in declared(helped.name):
        parameter = get_args(each.annotation)[1]
        if not parameter.flags:
            continue
        line = helped.line_of(parameter.flags[0])
        if choices(each):
            assert f"One of {', '.join(choices(each))}." in line
        if each.default not in (None, False, inspect.Parameter.empty):
            assert f"[default: {each.default}]" in line
        assert ("[required]" in line) is (each.default is inspect.Parameter.empty)
        if parameter.max:
            assert f"[{parameter.min}<=x<={parameter.max}]" in line
        elif parameter.min is not None:
            assert f"[x>={parameter.min}]" in line


def test_help_says_every_exit_code(helped: Help) -> None:
    _, _, said = helped.text.partition("Exit codes: ")
    listed = {int(part.split()[0]): part.partition(" ")[2] for part in said[:-1].split("; ")}

    assert listed == exits_of(helped.name)


def test_nothing_is_cut_where_no_terminal_says_how_wide_it_is(helped: Help, tmp_path: Path) -> None:
    done = starlang(helped.name, "--help", cwd=tmp_path)

    assert "…" not in done.text
    assert max(map(len, done.text.splitlines())) <= 80
    words = set(re.findall(r"[\w-]+", done.text))
    assert {word for word in re.findall(r"[\w-]+", helped.text) if word not in words} == set()


@pytest.mark.parametrize("columns", ["20", "40", "79"])
def test_nothing_is_cut_on_a_narrow_terminal(columns: str, tmp_path: Path) -> None:
    for command in (("graph",), ("check",), ()):
        done = starlang(*command, "--help", cwd=tmp_path, env={"COLUMNS": columns})
        assert "…" not in done.text


def test_the_overview_names_every_command(tmp_path: Path) -> None:
    done = starlang("--help", cwd=tmp_path, env={"COLUMNS": "300"})

    listed = [line.strip("│ ").partition(" ")[0] for line in done.text.splitlines()]
    assert done.code == 0
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)


def test_the_reference_is_what_the_commands_declare() -> None:
    """`PYTHONPATH=tests python tests/program/reference.py` writes it anew."""
    _, _, written = PAGE.read_text("utf-8").partition(HEAD)

    assert written.lstrip("\n") == reference()


def test_the_table_of_commands_names_each_as_it_is_called() -> None:
    page = PAGE.read_text("utf-8").partition(HEAD)[0]
    rows = re.findall(r"^\| `starlang ([a-z]+)[^`]*`", page, re.MULTILINE)
    options = {
        name: {flag for each, _ in parameters(name) for flag in each.parameter.flags}
        for name in COMMANDS
    }
    unknown = [
        (name, flag)
        for name, usage in re.findall(r"^\| `starlang ([a-z]+)([^`]*)`", page, re.MULTILINE)
        for flag in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", usage)
        if flag not in options[name]
    ]

    assert list(dict.fromkeys(rows)) == list(COMMANDS)
    assert unknown == []


def test_the_options_that_mean_the_same_everywhere_are_these() -> None:
    page = PAGE.read_text("utf-8").partition("| option | meaning |")[2].partition("\n\n")[0]
    named = re.findall(r"^\| `(--[a-z-]+)", page, re.MULTILINE)

    assert sorted(named) == sorted([*(each.flags[0] for each in SHARED), "--format"])
    meant_otherwise = {
        (name, flag)
        for name in COMMANDS
        for each, _ in parameters(name)
        if each.parameter not in SHARED
        for flag in each.parameter.flags
        if any(flag in shared.flags for shared in SHARED)
    }
    assert meant_otherwise == {("init", "--manifests")}, "there is no config yet that has another"


def test_codes_that_no_command_ends_with_are_not_declared() -> None:
    assert {code for name in COMMANDS for code in exits_of(name)} == set(Exit)
    assert set(EXITS) <= set(Exit)
