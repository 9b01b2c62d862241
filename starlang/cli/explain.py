"""`starlang explain`: modules in full."""

from typing import TYPE_CHECKING, Annotated

from starlang.cli.exits import Exit
from starlang.cli.filters import find_module, outcomes_named, refuse, refuse_globs
from starlang.cli.options import (
    ConfigOption,
    Format,
    FormatOption,
    ManifestsOption,
    NoColorOption,
    ProfileOption,
    RulesOption,
)
from starlang.cli.output import painting, put, put_document, tell
from starlang.cli.parameters import MisuseError, argument, option

if TYPE_CHECKING:
    from starlang.cli.session import Session
    from starlang.engine.decisions import Outcome
    from starlang.explain.model import Explanation


def explain(  # noqa: PLR0913 -- the options of the command
    modules: Annotated[
        list[str] | None,
        argument(metavar="[MODULES]...", help="Paths of modules, or of their manifests."),
    ] = None,
    *,
    why_not: Annotated[
        str | None,
        option(
            "--why-not",
            metavar="STAR",
            help="Say what is missing for STAR, and the smallest changes that would promote.",
        ),
    ] = None,
    outcome: Annotated[
        list[str] | None, option("--outcome", help="Modules with this outcome.")
    ] = None,
    under: Annotated[
        list[str] | None, option("--under", metavar="GLOB", help="Modules under GLOB.")
    ] = None,
    reassess: Annotated[
        bool, option("--reassess", help="As if the module carried the default star.")
    ] = False,
    config: ConfigOption = None,
    rules: RulesOption = None,
    manifests: ManifestsOption = None,
    profile: ProfileOption = None,
    format_: FormatOption = Format.TEXT,
    no_color: NoColorOption = False,
) -> None:
    """Say why a module gets the star that it gets, or why it gets none, or not another one."""
    from starlang.cli.session import open_session

    outcomes = outcomes_named(outcome or [])
    refuse_globs(under or [])
    if not modules and not outcome and not under:
        raise MisuseError("name a module, or --under GLOB, or --outcome")
    session = open_session(
        config=config,
        rules=rules,
        manifests=manifests,
        profile=profile,
        no_color=no_color,
        quiet=True,
    )
    star = None if why_not is None else _star(session, why_not)
    made = session.plan(reassess=reassess)
    found = [find_module(session, made, each, no_color=no_color) for each in modules or []]
    known = [each for each in found if each is not None]
    chosen = _chosen(known if modules else list(made), outcomes, under or [])
    if not chosen and len(known) == len(found):
        tell("no module is chosen: none has such an outcome, or lies there")
    if star is not None:
        is_set = len(found) != 1 or bool(outcome or under)
        _answer(chosen, star, is_set=is_set, format_=format_, no_color=no_color)
    else:
        _explain(chosen, format_=format_, no_color=no_color)
    is_wrong = len(known) < len(found) or not chosen
    raise SystemExit(Exit.WRONG if is_wrong else Exit.DONE)


def _explain(chosen: list["Explanation"], *, format_: Format, no_color: bool) -> None:
    if format_ is Format.JSON:
        from starlang.explain.encoding import encode

        put_document(encode(chosen))
        return
    from starlang.explain.text import render

    paint = painting(no_color=no_color)
    put("\n\n".join(render(each, paint=paint) for each in chosen))
    put("\n" if chosen else "")


def _answer(
    chosen: list["Explanation"], star: str, *, is_set: bool, format_: Format, no_color: bool
) -> None:
    """What keeps `star` from the chosen modules: of one in full, of several by cause."""
    from starlang.counterfactual.encoding import encode
    from starlang.counterfactual.groups import grouped
    from starlang.counterfactual.text import render, render_groups
    from starlang.counterfactual.why_not import Asker

    asker = Asker(chosen[0].grounds) if chosen else None
    groups = grouped(asker, chosen, star) if is_set and asker else ()
    answers = [] if is_set or asker is None else [asker.why_not(each, star) for each in chosen]
    if format_ is Format.JSON:
        put_document(encode(star, answers, groups))
        return
    paint = painting(no_color=no_color)
    texts = [render(each, paint=paint) for each in answers]
    if groups:
        texts.append(render_groups(groups, star, paint=paint))
    put("".join(f"{text}\n" for text in texts))


def _star(session: "Session", name: str) -> str:
    """The id of the star called `name`: an id, a label or an alias."""
    from starlang.engine.canon import Canon

    star = Canon(session.rules).star(name)
    if star is None:
        refuse("--why-not", name, [each.id for each in session.rules.stars])
    return star


def _chosen(
    known: list["Explanation"], outcomes: list["Outcome"], globs: list[str]
) -> list["Explanation"]:
    from starlang.matching.globs import covers

    return [
        each
        for each in known
        if (not outcomes or each.outcome in outcomes)
        and (not globs or any(covers(glob, each.path) for glob in globs))
    ]
