"""Which modules a command is asked about: by outcome, place or star."""

from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from starlang.engine.decisions import Outcome


def outcomes_named(names: list[str]) -> list["Outcome"]:
    """The outcomes with these names; a wrong one is a usage error."""
    from starlang.engine.decisions import Outcome

    found = []
    for name in names:
        if name not in set(Outcome):
            refuse("--outcome", name, [outcome.value for outcome in Outcome])
        found.append(Outcome(name))
    return found


def refuse_globs(globs: list[str]) -> None:
    """A usage error for the first of `globs` that is none."""
    from starlang.matching.globs import problem

    for glob in globs:
        if (wrong := problem(glob)) is not None:
            raise typer.BadParameter(f"{glob!r}: {wrong}", param_hint="--under")


def refuse(option: str, name: str, choices: list[str]) -> NoReturn:
    """A usage error: `name` is none of `choices`."""
    from starlang.diagnostics.nearest import did_you_mean

    hint = did_you_mean(name, choices) or f"one of {', '.join(choices)}"
    raise typer.BadParameter(f"{name!r}: {hint}", param_hint=option)
