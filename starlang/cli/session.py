"""What most commands begin with: a project, its rules, its modules, its plan, and a choice of them.

Each step either succeeds or prints its diagnostics and leaves with the right code.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, assert_never

from attrs import frozen

from starlang.cli.options import DIFFERS, FindingsFormat, selections
from starlang.cli.output import MENDED, Exit, put_document, put_findings, say, tell
from starlang.cli.parameters import MisuseError
from starlang.diagnostics.model import Diagnostic
from starlang.text import counted

if TYPE_CHECKING:
    from starlang.diagnostics.formats import Checkout
    from starlang.engine.decisions import Outcome
    from starlang.explain.model import Explanation
    from starlang.manifests.graph import ModuleGraph
    from starlang.manifests.schema import Schema
    from starlang.plan.model import Plan
    from starlang.project.project import Compiled, Project
    from starlang.project.severities import Severities
    from starlang.rules.model import RuleSet


@frozen(eq=False, repr=False, slots=False)
class Session:
    """One run of one command."""

    project: "Project"
    no_color: bool
    quiet: bool
    format_: FindingsFormat = FindingsFormat.TEXT
    command: str = ""
    limit: int = MENDED
    """How many findings with one code are listed, 0 for all."""

    @cached_property
    def rules(self) -> "RuleSet":
        """The compiled rule set; warnings about its sources are printed."""
        compiled = self._compiled
        if compiled.rules is None:
            self.fail(compiled.diagnostics)
        if not self.quiet and (told := compiled.open):
            tell(f"{counted(len(told), 'warning')} about the rules; see `starlang check`")
        return compiled.rules

    @property
    def doubts(self) -> tuple[Diagnostic, ...]:
        """The warnings about the sources of `rules` that no comment allows."""
        return tuple(self._compiled.open)

    @cached_property
    def _compiled(self) -> "Compiled":
        from starlang.project.project import compile_project

        return compile_project(self.project)

    def weighed(self, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Findings with the severities that the config gives them."""
        return self.project.config.severities.weighed(found)

    def exit_on(self, found: Iterable[Diagnostic], level: str) -> Exit:
        """The exit code of a command that has found this, and why where it fails."""
        return exit_on(self.project.config.severities, found, level)

    def plan(self, *, reassess: bool, with_missing: bool = False) -> "Plan":
        """The plan over all manifests of the project, and those that are missing if asked for."""
        from starlang.project.planning import plan_project

        if with_missing:
            return self._plan_with_missing(reassess=reassess)
        graph = self.graph
        return plan_project(self.project, self.rules, graph, self._schema, reassess=reassess)

    def _plan_with_missing(self, *, reassess: bool) -> "Plan":
        from starlang.errors import InputError, RefusedError
        from starlang.project.generating import drafts_of, missing_manifests, with_new
        from starlang.project.planning import graph_from, plan_project

        project, rules, schema = self.project, self.rules, self._schema
        try:
            made = missing_manifests(project, rules)
        except (InputError, RefusedError) as error:
            self.fail(tuple(error.diagnostics))
        drafts = drafts_of(project, made.manifests)
        graph = graph_from(project, rules, schema, *with_new(project, drafts))
        return plan_project(project, rules, graph, schema, reassess=reassess, drafts=drafts)

    def related(self, *, reassess: bool) -> "tuple[ModuleGraph, Plan]":
        """All modules with their relations, whether rules read any or not, and the plan."""
        from starlang.project.imports import relate
        from starlang.project.planning import plan_project

        graph = self.graph
        if graph.relations is None:
            graph = relate(graph, self.project)
        made = plan_project(self.project, self.rules, graph, self._schema, reassess=reassess)
        return graph, made

    @cached_property
    def graph(self) -> "ModuleGraph":
        """Every live manifest of the project; without any, the command ends."""
        from starlang.project.planning import load_project

        graph = load_project(self.project, self.rules, self._schema)
        if not graph.paths:
            # That facets are nowhere says nothing where there is no module.
            self.fail(tuple(each for each in graph.problems if each.code != "W503"))
        return graph

    @cached_property
    def _schema(self) -> "Schema | None":
        from starlang.project.planning import read_schema

        schema = read_schema(self.project)
        if isinstance(schema, tuple):
            self.fail(schema)
        return schema

    def fail(self, diagnostics: tuple[Diagnostic, ...]) -> NoReturn:
        """Says why the input is wrong, in the format that was asked for, and leaves."""
        if self.format_ is FindingsFormat.TEXT:
            fail(diagnostics, no_color=self.no_color, limit=self.limit)
        self.put_document_of(diagnostics)
        raise SystemExit(Exit.WRONG)

    def put_document_of(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Writes diagnostics to stdout in the format that was asked for, if programs read it."""
        from starlang.project.revisions import repository_of

        if self.format_ is not FindingsFormat.TEXT:
            _put_findings(self.format_, diagnostics, repository_of(self.project), self.command)


def open_session(  # noqa: PLR0913 -- the options that commands share
    *,
    config: Path | None = None,
    rules: Path | None = None,
    manifests: Path | None = None,
    profile: str | None = None,
    file: Path | None = None,
    no_color: bool = False,
    quiet: bool = False,
    format_: str = "text",
    command: str = "",
    limit: int = MENDED,
) -> Session:
    """The session of a command that was called with these options.

    With `file`, it is about the rule set that this file belongs to. `format_` is what the answer
    is written in, and a format of findings is that of errors as well.
    """
    wanted = FindingsFormat.TEXT
    if format_ in list(FindingsFormat):
        wanted = FindingsFormat(format_)
    from starlang.project.project import Project, Wanted, open_project, with_rules_of

    try:
        here = Path.cwd()
    except FileNotFoundError:
        tell("the working directory has been removed; change to another one")
        raise SystemExit(Exit.WRONG) from None
    project = open_project(Wanted(here, config, rules, manifests, profile))
    if not isinstance(project, Project):
        if wanted is not FindingsFormat.TEXT:
            _put_findings(wanted, project, _checkout_of(here, config), command)
            raise SystemExit(Exit.WRONG)
        fail(project, no_color=no_color, limit=limit)
    if file is not None:
        project = with_rules_of(project, file)
    return Session(project, no_color, quiet, wanted, command, limit)


def exit_on(severities: "Severities", found: Iterable[Diagnostic], level: str) -> Exit:
    """The exit code of a command that has found this, and why where it fails."""
    from starlang.project.severities import failing

    failed = failing(severities.weighed(found), level)
    if not failed:
        return Exit.DONE
    codes = ", ".join(sorted({each.code for each in failed}))
    tell(f"{counted(len(failed), 'finding')} of severity {level} or above: {codes}")
    return Exit.WRONG


def _checkout_of(start: Path, config: Path | None) -> "Checkout":
    """Where the project of a config lies that cannot be used."""
    from starlang.project.config import FILE, find_config, project_root
    from starlang.project.revisions import checkout_at

    found = config or find_config(start)
    return checkout_at(project_root(found) if found else start, FILE.as_posix())


def write_findings(
    format_: FindingsFormat,
    found: Sequence[Diagnostic],
    session: Session,
    *,
    command: str,
    accepted: Sequence[Diagnostic] = (),
) -> None:
    """Writes what `command` has found to stdout; `accepted` are findings that the config waives."""
    found, accepted = session.weighed(found), session.weighed(accepted)
    if format_ is FindingsFormat.TEXT:
        put_findings(found, no_color=session.no_color, limit=session.limit)
        return
    from starlang.project.revisions import repository_of

    _put_findings(format_, found, repository_of(session.project), command, accepted)


def _put_findings(
    format_: FindingsFormat,
    found: Sequence[Diagnostic],
    checkout: "Checkout",
    command: str,
    accepted: Sequence[Diagnostic] = (),
) -> None:
    """Writes findings for programs to stdout."""
    from starlang.diagnostics.formats import github_commands, json_document, sarif_document

    match format_:
        case FindingsFormat.JSON:
            put_document(json_document(found))
        case FindingsFormat.SARIF:
            put_document(sarif_document(found, checkout, accepted))
        case FindingsFormat.GITHUB:
            put_document(github_commands(found, checkout))
        case FindingsFormat.JUNIT:
            from starlang.diagnostics.junit import junit_document

            put_document(junit_document(f"starlang {command}", found, checkout))
        case FindingsFormat.TEXT:
            raise AssertionError(format_)  # people are shown findings by `write_findings`
        case _:
            assert_never(format_)


def fail(diagnostics: tuple[Diagnostic, ...], *, no_color: bool, limit: int = MENDED) -> NoReturn:
    """Prints why the input is wrong, and leaves."""
    say(diagnostics, no_color=no_color, limit=limit)
    raise SystemExit(Exit.WRONG)


def outcomes_named(names: list[str]) -> list["Outcome"]:
    """The outcomes with these names, without `differs`; a wrong one is a usage error."""
    from starlang.engine.decisions import Outcome

    for name in names:
        if name not in selections():
            refuse("--outcome", name, selections())
    return [Outcome(name) for name in names if name != DIFFERS]


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
    from starlang.project.files import display

    project = session.project
    wanted, place = module.strip("/"), display(Path(module), project.root)
    if wanted in made:
        return made[wanted]
    for each in made:
        if {wanted, place} & {each.file, each.file.rpartition("/")[0]}:
            return each
    here = {wanted, place, f"{display(project.config.manifests, project.root)}/{wanted}"}
    unread = [each for each in made.blocked if here & {each.file, each.file.rpartition("/")[0]}]
    say(unread, no_color=no_color, limit=session.limit)
    if not unread:
        tell(f"there is no module `{module}`; {_near(made, wanted)}")
    return None


def _near(made: "Plan", wanted: str) -> str:
    """The module that is meant: one whose path ends so, or is spelled almost so."""
    from starlang.text import nearest
    from starlang.texts.lookalikes import told_apart

    paths = [each.path for each in made]
    ending = next((path for path in paths if path.endswith(f"/{wanted}")), None)
    if ending is not None:
        return f"did you mean `{ending}`?"
    if (meant := nearest(wanted, paths)) is not None:
        return f"did you mean `{meant}`?{told_apart(wanted, meant).replace(': they', ' They')}"
    return "a module is called by its directory under the manifests"
