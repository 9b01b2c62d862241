"""Comparing two rule sets, and what they make of the project's modules."""

from starlang.comparison.flips import Flips, flips
from starlang.manifests.graph import ModuleGraph
from starlang.rulesets.model import RuleSet
from starlang.workspace.import_graph import relate
from starlang.workspace.project import Project, fields_of, reads_graph
from starlang.workspace.tree import load_graph


def has_modules(project: Project) -> bool:
    """Whether there are manifests to compare decisions on."""
    return project.config.manifests.is_dir()


def load_for(project: Project, *rule_sets: RuleSet) -> ModuleGraph:
    """Every live manifest, with all that any of `rule_sets` reads."""
    graph = load_graph(
        project.config.manifests,
        project_root=project.root,
        profile=project.profile,
        guards=project.config.guards,
        fields=sorted({field for rules in rule_sets for field in fields_of(rules)}),
    )
    return relate(graph, project) if any(map(reads_graph, rule_sets)) else graph


def compare_modules(
    project: Project, old: RuleSet, new: RuleSet, *, reassess: bool
) -> Flips | None:
    """The modules that flip, None where the project has none that can be read."""
    if not has_modules(project):
        return None
    graph = load_for(project, old, new)
    return flips(old, new, graph, reassess=reassess) if graph.paths else None
