"""What most commands begin with: a project, its rules, its modules, its plan.

Each step either succeeds or prints its diagnostics and leaves with the right code.
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from attrs import frozen

from starlang.cli.exits import Exit
from starlang.cli.output import say, tell
from starlang.diagnostics.model import Diagnostic
from starlang.source.counted import counted

if TYPE_CHECKING:
    from starlang.manifests.graph import ModuleGraph
    from starlang.manifests.validation import Schema
    from starlang.plans.model import Plan
    from starlang.rulesets.model import RuleSet
    from starlang.workspace.project import Project
    from starlang.workspace.sources import Compiled


@frozen(eq=False, repr=False, slots=False)
class Session:
    """One run of one command."""

    project: "Project"
    no_color: bool
    quiet: bool

    @cached_property
    def rules(self) -> "RuleSet":
        """The compiled rule set; warnings about its sources are printed."""
        compiled = self._compiled
        if compiled.rules is None:
            fail(compiled.diagnostics, no_color=self.no_color)
        if not self.quiet and (told := compiled.open):
            tell(f"{counted(len(told), 'warning')} about the rules; see `starlang check`")
        return compiled.rules

    @cached_property
    def _compiled(self) -> "Compiled":
        from starlang.workspace.project import compile_project

        return compile_project(self.project)

    @property
    def rule_errors(self) -> tuple[Diagnostic, ...]:
        """Why there is no rule set; empty where there is one."""
        return () if self._compiled.rules is not None else self._compiled.diagnostics

    def plan(self, *, reassess: bool) -> "Plan":
        """The plan over all manifests of the project."""
        from starlang.workspace.planning import plan_project

        graph = self.graph()
        return plan_project(self.project, self.rules, graph, self._schema, reassess=reassess)

    def related(self, *, reassess: bool) -> "tuple[ModuleGraph, Plan]":
        """All modules with their relations, whether rules read any or not, and the plan."""
        from starlang.workspace.import_graph import relate
        from starlang.workspace.planning import plan_project

        graph = self.graph()
        if graph.relations is None:
            graph = relate(graph, self.project)
        made = plan_project(self.project, self.rules, graph, self._schema, reassess=reassess)
        return graph, made

    def graph(self) -> "ModuleGraph":
        """Every live manifest of the project; without any, the command ends."""
        from starlang.workspace.planning import load_project

        graph = load_project(self.project, self.rules, self._schema)
        if not graph.paths:
            fail(graph.problems, no_color=self.no_color)
        return graph

    @cached_property
    def _schema(self) -> "Schema | None":
        from starlang.workspace.planning import read_schema

        schema = read_schema(self.project)
        if isinstance(schema, tuple):
            fail(schema, no_color=self.no_color)
        return schema


def open_session(  # noqa: PLR0913 -- the options that commands share
    *,
    config: Path | None = None,
    rules: Path | None = None,
    manifests: Path | None = None,
    profile: str | None = None,
    no_color: bool = False,
    quiet: bool = False,
) -> Session:
    """The session of a command that was called with these options."""
    from starlang.workspace.project import Project, Wanted, open_project

    try:
        here = Path.cwd()
    except FileNotFoundError:
        tell("the working directory has been removed; change to another one")
        raise SystemExit(Exit.WRONG) from None
    project = open_project(Wanted(here, config, rules, manifests, profile))
    if not isinstance(project, Project):
        fail(project, no_color=no_color)
    return Session(project, no_color, quiet)


def fail(diagnostics: tuple[Diagnostic, ...], *, no_color: bool) -> NoReturn:
    """Prints why the input is wrong, and leaves."""
    say(diagnostics, no_color=no_color)
    raise SystemExit(Exit.WRONG)
