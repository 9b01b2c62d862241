"""Which modules a command is asked about: by outcome, place or star."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from starlang.cli.output import say, tell
from starlang.cli.parameters import MisuseError

if TYPE_CHECKING:
    from starlang.cli.session import Session
    from starlang.engine.decisions import Outcome
    from starlang.explain.model import Explanation
    from starlang.plans.model import Plan


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
            raise MisuseError(f"{glob!r}: {wrong}", "--under")


def refuse(option: str, name: str, choices: list[str]) -> NoReturn:
    """A usage error: `name` is none of `choices`."""
    from starlang.text import did_you_mean

    hint = did_you_mean(name, choices) or f"one of {', '.join(choices)}"
    raise MisuseError(f"{name!r}: {hint}", option)


def about(
    session: "Session", globs: list[str], stars: list[str]
) -> Callable[["Explanation"], bool] | None:
    """Which modules to list, None for all."""
    if not globs and not stars:
        return None
    from starlang.matching.globs import covers

    ids = [star.id for star in session.rules.stars]
    for name in stars:
        if name not in ids:
            refuse("--star", name, ids)

    def keeps(each: "Explanation") -> bool:
        stars_of = {each.star, each.best.star if each.best else each.star}
        return (not globs or any(covers(glob, each.path) for glob in globs)) and (
            not stars or not stars_of.isdisjoint(stars)
        )

    return keeps


def find_module(
    session: "Session", made: "Plan", module: str, *, no_color: bool
) -> "Explanation | None":
    """The module by its path, its directory or its manifest; says so if there is none."""
    from starlang.workspace.tree import display

    project = session.project
    wanted, place = module.strip("/"), display(Path(module), project.root)
    if wanted in made:
        return made[wanted]
    for each in made:
        if {wanted, place} & {each.file, each.file.rpartition("/")[0]}:
            return each
    here = {wanted, place, f"{display(project.config.manifests, project.root)}/{wanted}"}
    unread = [each for each in made.blocked if here & {each.file, each.file.rpartition("/")[0]}]
    say(unread, no_color=no_color)
    if not unread:
        tell(f"there is no module `{module}`; {_near(made, wanted)}")
    return None


def _near(made: "Plan", wanted: str) -> str:
    """The module that is meant: one whose path ends so, or is spelled almost so."""
    from starlang.text import did_you_mean

    paths = [each.path for each in made]
    ending = next((path for path in paths if path.endswith(f"/{wanted}")), None)
    if ending is not None:
        return f"did you mean `{ending}`?"
    return did_you_mean(wanted, paths) or "a module is called by its directory under the manifests"
