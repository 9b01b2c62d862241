"""The library: compile rules, load manifests, plan, explain.

`import starlang` is the supported import; the names here are what it offers.
"""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import RulesError, SetupError
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.manifests.validation import Schema
from starlang.plans.model import Plan
from starlang.rulesets.model import RuleSet
from starlang.workspace.config import DEFAULT_PROFILE
from starlang.workspace.inputs import load_profile, load_schema
from starlang.workspace.project import Project, Wanted, fields_of, open_project
from starlang.workspace.sources import read_rule_set

if TYPE_CHECKING:
    from starlang.compiler.cases import TestCase
    from starlang.plans.trials import Trial

Location = str | PathLike[str]


@frozen
class Rules:
    """A compiled rule set. `warnings` are those about its sources."""

    ruleset: RuleSet = field(repr=False)
    warnings: tuple[Diagnostic, ...]
    _project: Project = field(repr=False)
    _cases: Sequence["TestCase"] = field(repr=False)

    @property
    def digest(self) -> str:
        """`sha256:…` over everything that can change a decision."""
        from starlang.rulesets.digests import semantic_digest

        return semantic_digest(self.ruleset)

    @property
    def fields(self) -> tuple[str, ...]:
        """The JSON pointers that the rules read by `field`."""
        return fields_of(self.ruleset)

    def to_json(self) -> str:
        """The text of a compiled file, which `compile` reads again."""
        from starlang.rulesets.codec import dumps

        return dumps(self.ruleset)

    def plan(self, graph: ModuleGraph, *, reassess: bool = False) -> Plan:
        """What a run over `graph` would do to every module, and why.

        With `reassess` every module is decided as if it carried the default star.
        """
        from starlang.manifests.build import with_fields
        from starlang.workspace.planning import plan_project, related

        graph = related(with_fields(graph, self.fields), self._project, self.ruleset)
        return plan_project(self._project, self.ruleset, graph, None, reassess=reassess)

    def test(self) -> tuple["Trial", ...]:
        """Runs the `test` blocks of the sources; a compiled file has none."""
        from starlang.plans.trials import run

        return run(self.ruleset, self._project.profile, self._cases)


def compile(path: Location, *, profile: str = DEFAULT_PROFILE) -> Rules:  # noqa: A001 -- the word
    """The rule set of a root file and all that it uses, or of a compiled file (`.json`).

    `profile` is a built-in name or a file. RulesError if the rules have errors,
    SetupError if there is no such profile.
    """
    project = _project(Path(path), profile)
    compiled = read_rule_set(Path(path), project.root, project.profile)
    if compiled.rules is None:
        raise RulesError(compiled.diagnostics)
    return Rules(compiled.rules, compiled.diagnostics, project, compiled.cases)


def check(path: Location, *, profile: str = DEFAULT_PROFILE) -> tuple[Diagnostic, ...]:
    """Everything that is wrong or doubtful in the rule set at `path`, sorted.

    Entries of its project's config that have run out are among it.

    SetupError if there is no such profile.
    """
    from starlang.workspace.checking import check_files

    return check_files(_project(Path(path), profile), ()).diagnostics


def load(
    manifests: Location, *, profile: str = DEFAULT_PROFILE, schema: Location | None = None
) -> ModuleGraph:
    """Every live manifest under the directory `manifests`.

    Never raises for what manifests say: `problems` of the graph holds what cannot be
    read, breaks a guard or, with a `schema`, is not valid. SetupError if the profile or
    the schema cannot be used.
    """
    from starlang.workspace.tree import load_graph

    root = Path(manifests)
    return load_graph(
        root,
        project_root=root.parent,
        profile=_profile(profile),
        schema=None if schema is None else _schema(Path(schema)),
    )


def _project(rules: Path, profile: str) -> Project:
    start = rules.resolve().parent
    opened = open_project(Wanted(start=start, rules=rules.resolve()))
    if not isinstance(opened, Project):
        raise SetupError(opened)
    return Project(opened.config, _profile(profile))


def _profile(profile: str) -> Profile:
    found = load_profile(profile, Path.cwd())
    if not isinstance(found, Profile):
        raise SetupError(found)
    return found


def _schema(path: Path) -> Schema:
    found = load_schema(path, path.name)
    if not isinstance(found, Schema):
        raise SetupError((found,))
    return found
