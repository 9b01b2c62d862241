"""`starlang explain`: modules in full."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starlang.cli.exits import Exit
from starlang.cli.options import (
    ConfigOption,
    Format,
    FormatOption,
    ManifestsOption,
    NoColorOption,
    ProfileOption,
    RulesOption,
)
from starlang.cli.output import put, put_document, say, tell, wants_color

if TYPE_CHECKING:
    from starlang.cli.session import Session
    from starlang.explain.model import Explanation
    from starlang.plans.model import Plan


def explain(  # noqa: PLR0913 -- the options of the command
    modules: Annotated[list[str], typer.Argument(help="Paths of modules, or of their manifests.")],
    *,
    reassess: Annotated[
        bool, typer.Option("--reassess", help="As if the module carried the default star.")
    ] = False,
    config: ConfigOption = None,
    rules: RulesOption = None,
    manifests: ManifestsOption = None,
    profile: ProfileOption = None,
    format_: FormatOption = Format.TEXT,
    no_color: NoColorOption = False,
) -> None:
    """Say why a module gets the star that it gets, or why it gets none."""
    from starlang.cli.session import open_session

    session = open_session(
        config=config,
        rules=rules,
        manifests=manifests,
        profile=profile,
        no_color=no_color,
        quiet=True,
    )
    made = session.plan(reassess=reassess)
    found = [_find(session, made, module, no_color=no_color) for module in modules]
    known = [each for each in found if each is not None]
    if format_ is Format.JSON:
        from starlang.explain.encoding import encode

        put_document(encode(known))
    else:
        from starlang.explain.text import plain, render
        from starlang.reports.colours import paint

        chosen = paint if wants_color(sys.stdout, no_color=no_color) else plain
        put("\n\n".join(render(each, paint=chosen) for each in known))
        put("\n" if known else "")
    raise typer.Exit(Exit.WRONG if len(known) < len(found) else Exit.DONE)


def _find(session: "Session", made: "Plan", module: str, *, no_color: bool) -> "Explanation | None":
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
    from starlang.diagnostics.nearest import did_you_mean

    paths = [each.path for each in made]
    ending = next((path for path in paths if path.endswith(f"/{wanted}")), None)
    if ending is not None:
        return f"did you mean `{ending}`?"
    return did_you_mean(wanted, paths) or "a module is called by its directory under the manifests"
