"""What `--help` says: all that is declared, and nothing of it lost on the way."""

from pathlib import Path
from typing import get_args

import pytest
from program.run import installed

from starlang.cli.commands import COMMANDS, function_of


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_all_that_is_declared(name: str, tmp_path: Path) -> None:
    function = function_of(name)
    done = installed(name, "--help", cwd=tmp_path, env={"COLUMNS": "300"})
    shown = " ".join(done.text.split())

    assert done.code == 0
    assert function.__doc__ is not None
    assert " ".join(function.__doc__.split("\n\n")[0].split()) in shown
    parameters = [get_args(hint)[1] for hint in function.__annotations__.values() if hint]
    for parameter in parameters:
        assert parameter.help in shown
        for flag in parameter.flags:
            assert f" {flag} " in shown


def test_the_overview_names_every_command(tmp_path: Path) -> None:
    done = installed("--help", cwd=tmp_path, env={"COLUMNS": "300"})

    listed = [line.strip("│ ").partition(" ")[0] for line in done.text.splitlines()]
    assert done.code == 0
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)
