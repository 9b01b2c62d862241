"""`starlang inspect`, `diff`, `graph`: rules and modules, seen as a whole."""

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

from starlang.cli.options import (
    ConfigOption,
    FailOn,
    FailOnOption,
    Format,
    FormatOption,
    ManifestsOption,
    NoColorOption,
    OutputOption,
    ProfileOption,
    QuietOption,
    RulesOption,
)
from starlang.cli.output import (
    MENDED,
    Exit,
    begin_file,
    can_draw,
    file_named,
    put_document,
    put_pieces,
    say,
    show,
    tell,
    write_file,
    write_result,
)
from starlang.cli.parameters import MisuseError, argument, option
from starlang.cli.session import about, find_module, refuse_globs
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.cli.session import Session
    from starlang.diagnostics.model import Diagnostic
    from starlang.diff.encoding import Side
    from starlang.plan.model import Plan
    from starlang.report.graph_picture import Picture, Relation
    from starlang.rules.model import RuleSet


class InspectFormat(StrEnum):
    """What `inspect` writes."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def inspect(  # noqa: PLR0913 -- the options of the command
    *,
    output: OutputOption = None,
    limit: Annotated[
        int, option("--limit", metavar="N", min=0, help="Rows to list per table; 0 for all.")
    ] = 10,
    config: ConfigOption = None,
    rules: RulesOption = None,
    manifests: ManifestsOption = None,
    profile: ProfileOption = None,
    format_: Annotated[
        InspectFormat, option("--format", metavar="FORMAT", help="How to write what was found.")
    ] = InspectFormat.TEXT,
    fail_on: FailOnOption = FailOn.ERROR,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Compare the rules with all modules: what each rule does, what none does, what is fragile.

    Every module is decided as if it carried the default star, and compared with the star
    that it carries.
    """
    from starlang.cli.session import open_session
    from starlang.inspect.encoding import findings
    from starlang.inspect.inspect import inspect as look

    output = file_named(output)
    if format_ is InspectFormat.TEXT and output is not None:
        raise MisuseError("text goes to stdout; choose another --format", "--output")
    begin_file(output)
    session = open_session(
        config=config,
        rules=rules,
        manifests=manifests,
        profile=profile,
        no_color=no_color,
        quiet=quiet,
        format_=format_ if output is None else "text",
        command="inspect",
        limit=limit and MENDED,
    )
    found = look(session.rules, session.graph)
    told = session.weighed(findings(found))
    match format_:
        case InspectFormat.TEXT:
            from starlang.report.inspect import inspection_view

            show(inspection_view(found, limit, draws=can_draw(sys.stdout)), no_color=no_color)
            if not quiet:
                _say_first(told, limit, no_color=no_color)
            raise SystemExit(session.exit_on(told, fail_on))
        case InspectFormat.JSON:
            from starlang.inspect.encoding import encode

            text = encode(found)
        case InspectFormat.HTML:
            from starlang.report.inspect import page

            text = page(found)
        case _:
            assert_never(format_)
    write_result(output, text, f"{len(text.encode()):,} bytes", quiet=quiet)
    raise SystemExit(session.exit_on(told, fail_on))


def _say_first(found: Sequence["Diagnostic"], limit: int, *, no_color: bool) -> None:
    shown = found[: limit or None]
    say(shown, no_color=no_color, limit=0)
    if len(shown) < len(found):
        more = counted(len(found) - len(shown), "more finding")
        tell(f"\nand {more}; --limit 0 lists all")


def diff(  # noqa: PLR0913 -- the options of the command
    old: Annotated[str, argument(metavar="OLD", help="A rule set: FILE or REVISION:FILE.")],
    new: Annotated[
        str | None,
        argument(
            metavar="[NEW]", help="The rule set to compare it with. [default: that of the project]"
        ),
    ] = None,
    *,
    reassess: Annotated[
        bool,
        option("--reassess", help="Decide every module as if it carried the default star."),
    ] = False,
    limit: Annotated[
        int, option("--limit", metavar="N", min=0, help="Modules to list per group; 0 for all.")
    ] = 5,
    config: ConfigOption = None,
    rules: RulesOption = None,
    manifests: ManifestsOption = None,
    profile: ProfileOption = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Say what changed between two rule sets, and which modules flip because of which change."""
    from starlang.cli.session import open_session
    from starlang.diff.diff import compare
    from starlang.project.planning import compare_modules

    if new is not None and rules is not None:
        raise MisuseError("it names the new rule set, as NEW does; give one of them", "--rules")
    session = open_session(
        config=config,
        rules=rules,
        manifests=manifests,
        profile=profile,
        no_color=no_color,
        quiet=quiet,
        format_=format_,
        command="diff",
        limit=limit and MENDED,
    )
    before = _side(session, old)
    after = _own_side(session) if new is None else _side(session, new)
    found = compare(before.rules, after.rules)
    moved = None
    if found.changes:
        moved = compare_modules(session.project, before.rules, after.rules, reassess=reassess)
        if moved is None:
            tell("no manifests here: no modules are compared", quiet=quiet)
    match format_:
        case Format.JSON:
            from starlang.diff.encoding import encode

            put_document(encode(before, after, found, moved, reassess=reassess))
        case Format.TEXT:
            from starlang.report.diff import diff_view

            show(diff_view(found, moved, limit), no_color=no_color)
        case _:
            assert_never(format_)
    raise SystemExit(Exit.DIFFERENT if found.changes else Exit.DONE)


def _side(session: "Session", written: str) -> "Side":
    """The rule set that is written as FILE or REVISION:FILE."""
    from starlang.diff.encoding import Side
    from starlang.errors import UnreadyError
    from starlang.project.revisions import named, read_named

    try:
        read = read_named(named(written, Path.cwd()), session.project, Path.cwd())
    except UnreadyError as error:
        session.fail(error.diagnostics)
    if read.rules is None:
        session.fail(read.diagnostics)
    return Side(written, read.rules)


def _own_side(session: "Session") -> "Side":
    """The rule set that the project has, or that --rules names."""
    from starlang.diff.encoding import Side
    from starlang.project.files import display

    root = session.project.config.rules
    return Side(display(root, session.project.root) if root else "", session.rules)


MAX_PAGE = 20_000
"""Modules that a page can hold: a browser needs a minute to lay out so many."""


class RelationChoice(StrEnum):
    """What may join modules, as the option calls it."""

    USES = "uses"
    CONTAINS = "contains"
    EVENTS = "events"


class ColouredBy(StrEnum):
    """Which stars give modules their colour."""

    BEFORE = "before"
    AFTER = "after"


class GraphFormat(StrEnum):
    """What `graph` writes."""

    TEXT = "text"
    JSON = "json"
    DOT = "dot"
    HTML = "html"


def graph(  # noqa: PLR0913 -- the options of the command
    modules: Annotated[
        list[str] | None,
        argument(
            metavar="[MODULES]...",
            help="Paths of modules, or of their manifests; without one, all modules.",
        ),
    ] = None,
    *,
    depth: Annotated[
        int | None,
        option(
            "--depth",
            metavar="N",
            min=1,
            help="How many steps to go from MODULES. [default: 1]",
        ),
    ] = None,
    relation: Annotated[
        list[RelationChoice] | None,
        option(
            "--relation",
            metavar="RELATION",
            help="Follow only this relation. [default: all of them]",
        ),
    ] = None,
    under: Annotated[
        list[str] | None, option("--under", metavar="GLOB", help="Show only modules under GLOB.")
    ] = None,
    star: Annotated[
        list[str] | None,
        option(
            "--star",
            metavar="STAR",
            help="Show only modules that have this star, or score best for it.",
        ),
    ] = None,
    limit: Annotated[
        int, option("--limit", metavar="N", min=0, help="Lines per list in the text; 0 for all.")
    ] = 10,
    color_by: Annotated[
        ColouredBy,
        option(
            "--color-by", metavar="WHEN", help="Colour DOT by the stars before or after the plan."
        ),
    ] = ColouredBy.BEFORE,
    reassess: Annotated[
        bool,
        option("--reassess", help="Decide every module as if it carried the default star."),
    ] = False,
    output: OutputOption = None,
    config: ConfigOption = None,
    rules: RulesOption = None,
    manifests: ManifestsOption = None,
    profile: ProfileOption = None,
    format_: Annotated[
        GraphFormat, option("--format", metavar="FORMAT", help="How to write the graph.")
    ] = GraphFormat.TEXT,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Show which modules use, contain or share events with which others, and their stars."""
    from starlang.cli.session import open_session
    from starlang.report.graph_picture import Choice, draw

    refuse_globs(under or [])
    if depth is not None and not modules:
        raise MisuseError("give it together with MODULES", "--depth")
    output = file_named(output)
    if format_ is GraphFormat.TEXT and output is not None:
        raise MisuseError("text goes to stdout; choose another --format", "--output")
    begin_file(output)
    session = open_session(
        config=config,
        rules=rules,
        manifests=manifests,
        profile=profile,
        no_color=no_color,
        quiet=quiet,
        format_=format_ if output is None else "text",
        command="graph",
        limit=limit and MENDED,
    )
    keeps = about(session, under or [], star or [])
    related, made = session.related(reassess=reassess)
    found = [find_module(session, made, each, no_color=no_color) for each in modules or []]
    if None in found:
        raise SystemExit(Exit.WRONG)
    focus = tuple(dict.fromkeys(each.path for each in found if each is not None))
    picture = draw(related, made, Choice(focus, depth or 1, _relations(relation), keeps))
    if not picture.nodes:
        tell("no module is chosen: none is there, or has such a star")
        raise SystemExit(Exit.WRONG)
    _write_picture(
        picture,
        session.rules,
        format_,
        output,
        after=color_by is ColouredBy.AFTER,
        limit=limit,
        no_color=no_color,
    )
    _tell_doubts(session, made, limit, no_color=no_color, quiet=quiet)


def _relations(chosen: list[RelationChoice] | None) -> "frozenset[Relation]":
    from starlang.report.graph_picture import EVENTS, Relation

    named = {
        RelationChoice.USES: {Relation.USES},
        RelationChoice.CONTAINS: {Relation.CONTAINS},
        RelationChoice.EVENTS: EVENTS,
    }
    return frozenset[Relation]().union(*(named[each] for each in chosen or RelationChoice))


def _write_picture(  # noqa: PLR0913 -- what a picture is written with
    picture: "Picture",
    rules: "RuleSet",
    format_: GraphFormat,
    output: Path | None,
    *,
    after: bool,
    limit: int,
    no_color: bool,
) -> None:
    from starlang.report.graph_picture import palette

    pieces: Iterable[str]
    match format_:
        case GraphFormat.TEXT:
            from starlang.report.graph import graph_view

            show(graph_view(picture, limit), no_color=no_color)
            return
        case GraphFormat.JSON:
            from starlang.report.graph_picture import json_pieces as encoded

            pieces = encoded(picture)
        case GraphFormat.DOT:
            from starlang.report.graph_picture import dot_pieces as dotted

            pieces = dotted(picture, palette(rules), after=after)
        case GraphFormat.HTML:
            if len(picture.nodes) > MAX_PAGE:
                tell(
                    f"a page can hold {MAX_PAGE:,} modules, and these are "
                    f"{len(picture.nodes):,}: choose some by MODULES, --under or --star"
                )
                raise SystemExit(Exit.WRONG)
            from starlang.report.graph import page

            pieces = [page(picture, palette(rules))]
        case _:
            assert_never(format_)
    if output is None:
        put_pieces(pieces)
    else:
        write_file(output, "".join(pieces))


def _tell_doubts(
    session: "Session", made: "Plan", limit: int, *, no_color: bool, quiet: bool
) -> None:
    """An import graph that could not be read leaves edges out: that is said, and is an error."""
    from starlang.project.files import display

    imports = session.project.config.imports
    name = display(imports, session.project.root) if imports else None
    unread = [each for each in made.blocked if each.code == "E540" or each.file == name]
    say(unread, no_color=no_color, limit=limit and MENDED)
    doubts = [each for each in made.warnings if each.code.startswith("W54")]
    if doubts:
        many = len(doubts) > 1
        tell(
            f"{len(doubts):,} warning{'s' * many} about the graph; see `starlang plan`",
            quiet=quiet,
        )
    if unread:
        raise SystemExit(Exit.WRONG)
