"""The reference in docs/commands.md, as the declarations of the commands have it.

`PYTHONPATH=tests python tests/program/reference.py` writes it anew.
"""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from starlang.cli import options
from starlang.cli.app import help_of
from starlang.cli.commands import COMMANDS, function_of
from starlang.cli.plain import TakenParameter, taken

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
HEAD = "## Reference\n"
SHARED = tuple(
    get_args(hint)[1]
    for hint in (
        options.ConfigOption,
        options.RulesOption,
        options.ManifestsOption,
        options.ProfileOption,
        options.QuietOption,
        options.NoColorOption,
    )
)
"""The options that are described once, for all commands."""


def parameters(name: str) -> Iterator[tuple[TakenParameter, object]]:
    """What a command takes, each with its default (`inspect.Parameter.empty` for none)."""
    for each in inspect.signature(function_of(name)).parameters.values():
        yield taken(each.name, each.annotation), each.default


def reference() -> str:
    """A section per command: its usage, its options, the exit codes of its own."""
    return "\n".join(_section(name) for name in COMMANDS)


def _section(name: str) -> str:
    taken_here = list(parameters(name))
    arguments = [each.parameter.metavar or "" for each, _ in taken_here if not each.parameter.flags]
    rows = [_row(*each) for each in taken_here if each[0].parameter not in SHARED]
    shared = [f"`{each.parameter.flags[0]}`" for each, _ in taken_here if each.parameter in SHARED]
    words = (function_of(name).__doc__ or "").replace("\n    ", "\n").strip()
    parts = [f"### `{' '.join(['starlang', name, *arguments])}`", words]
    if rows:
        parts.append("\n".join(["| option | meaning |", "|---|---|", *rows]))
    if shared:
        parts.append(f"Also {', '.join(shared)}.")
    if COMMANDS[name].exits:
        own = "; ".join(f"{code} {words}" for code, words in sorted(COMMANDS[name].exits.items()))
        parts.append(f"Exit codes: {own}.")
    return "\n\n".join(parts) + "\n"


def _row(each: TakenParameter, default: object) -> str:
    parameter = each.parameter
    written = ", ".join(parameter.flags) if parameter.flags else parameter.metavar
    if parameter.flags and each.type is not bool:
        written = f"{written} {parameter.metavar}"
    words = help_of(each, default)
    if parameter.min:
        most = f" to {parameter.max}" if parameter.max else " or more"
        words = f"{words} ({parameter.min}{most})"
    if default is inspect.Parameter.empty and parameter.flags:
        words = f"{words} [required]"
    cells = (f"`{written}`", words)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    PAGE.write_text(f"{text.partition(HEAD)[0]}{HEAD}\n{reference()}", "utf-8")
