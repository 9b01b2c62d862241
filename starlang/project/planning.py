"""From a project to a plan: load, set known findings aside, decide, look at the edits."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, TypedDict

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.build import ManifestFile
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.guards import guard
from starlang.manifests.linking import PUBLISHES, SUBSCRIBES
from starlang.manifests.profile import DEPENDENCIES
from starlang.manifests.survey import ManifestPlaces
from starlang.manifests.waivers import BROKEN, ROOT, living_with
from starlang.project.files import display
from starlang.project.inputs import load_schema
from starlang.project.loading import graph_of, load_graph, texts_of
from starlang.project.project import Problems, Project, facets_of, fields_of, reads_graph
from starlang.rules.model import RuleSet
from starlang.rules.sections import section_digest, semantic_digest, semantics, text_digest
from starlang.texts.rewriting import with_value
from starlang.version import VERSION

if TYPE_CHECKING:
    from starlang.diff.flips import Flips
    from starlang.engine.evaluate import Evaluation
    from starlang.manifests.schema import Schema
    from starlang.plan.model import Edit, Plan


NOTHING_THERE = frozenset({"E524", "E532"})
"""Findings that there is no manifest yet, where some are about to be made."""

Drafts = Mapping[str, bytes]
"""Path below the manifests root -> a manifest that is to be made, with the default star."""


def with_drafts(
    project: Project,
    manifests: Iterable[ManifestFile],
    problems: Iterable[Diagnostic],
    drafts: Drafts,
) -> tuple[list[ManifestFile], list[Diagnostic]]:
    """All manifests that there are, and those that are to be made; and what is wrong with them.

    The answer is the same before and after they are made.
    """
    shown = display(project.config.manifests, project.root)
    prefix = f"{shown}/" if shown else ""
    made = [ManifestFile(path, f"{prefix}{path}", data) for path, data in drafts.items()]
    others = [each for each in manifests if each.path not in drafts]
    found = guarded_drafts(project, (each.path for each in others), problems, drafts)
    return [*others, *made], found


def guarded_drafts(
    project: Project, there: Iterable[str], problems: Iterable[Diagnostic], drafts: Drafts
) -> list[Diagnostic]:
    """`problems` of the manifests `there`, with those of `drafts`, made already or not.

    A path that is accepted alone may collide with another one.
    """
    if not drafts:
        return list(problems)
    shown = display(project.config.manifests, project.root)
    names = {path: f"{shown}/{path}" if shown else path for path in {*there, *drafts}}
    new = frozenset(names[path] for path in drafts)
    others = [p for p in problems if p.code not in NOTHING_THERE and p.file not in new]
    sidecar = project.profile.sidecar
    paths = (
        (path.rpartition("/")[0], name)
        for path, name in sorted(names.items())
        if path != sidecar and "/" in path
    )
    known = frozenset(others)
    return [*others, *(p for p in guard(paths, project.config.guards) if p not in known)]


def drafts_digest(drafts: Drafts) -> str:
    """One digest over the paths and bytes of manifests that are to be made."""
    lines = (f"{path}\0{sha256(data).hexdigest()}\n" for path, data in sorted(drafts.items()))
    return f"sha256:{sha256(''.join(lines).encode(errors='surrogateescape')).hexdigest()}"


def read_schema(project: Project) -> "Schema | Problems | None":
    """The schema that the config names, None without one, or why it cannot be used."""
    path = project.config.schema
    if path is None:
        return None
    schema = load_schema(path, display(path, project.root))
    return (schema,) if isinstance(schema, Diagnostic) else schema


def load_project(project: Project, rules: RuleSet, schema: "Schema | None") -> ModuleGraph:
    """Every live manifest of the project, with the fields that `rules` read."""
    config = project.config
    graph = load_graph(
        config.manifests,
        project_root=project.root,
        profile=project.profile,
        guards=config.guards,
        fields=fields_of(rules),
        schema=schema,
        schema_version=config.schema_version,
        layout=config.layout,
    )
    return related(graph, project, rules)


def graph_from(
    project: Project,
    rules: RuleSet,
    schema: "Schema | None",
    manifests: Sequence[ManifestFile],
    problems: Sequence[Diagnostic],
) -> ModuleGraph:
    """The graph of manifests that were read already: of a backup, or of what is to be written."""
    graph = graph_of(
        manifests,
        problems,
        profile=project.profile,
        fields=fields_of(rules),
        schema=schema,
        schema_version=project.config.schema_version,
    )
    return related(graph, project, rules)


def related(graph: ModuleGraph, project: Project, rules: RuleSet) -> ModuleGraph:
    """`graph` as `rules` can decide it: with its relations, if they read any, and readable.

    A module with a value of a wrong type where the rules read one is left out, and so is one
    whose stars are not where the profile looks for them, or whose values are too long for
    patterns: what it is cannot be said.
    """
    graph = _affordable(_with_facts(graph, project, rules), rules)
    linked = _linked(graph, project, rules)
    if not linked.misfits:
        return linked
    read = _places_read(rules)
    left = {each.module for each in linked.misfits if each.place in read}
    findings = _about_misfits(linked, rules, read)
    if left:
        linked = _linked(graph.without(left), project, rules)
    return evolve(linked, problems=in_order([*linked.problems, *findings]), misfits=())


def _with_facts(graph: ModuleGraph, project: Project, rules: RuleSet) -> ModuleGraph:
    if not any(each.elsewhere for each in project.profile.facets):
        return graph
    from starlang.project.facts import with_facts_of

    return with_facts_of(graph, project, rules)


def _affordable(graph: ModuleGraph, rules: RuleSet) -> ModuleGraph:
    """`graph` without the modules that patterns would take too long for."""
    from starlang.engine.budget import over_budget

    found = over_budget(rules, graph)
    if not found.modules:
        return graph
    problems = in_order([*graph.problems, *found.findings])
    return evolve(graph.without(found.modules), problems=problems)


def _linked(graph: ModuleGraph, project: Project, rules: RuleSet) -> ModuleGraph:
    if graph.relations is not None or not reads_graph(rules):
        return graph
    from starlang.project.imports import relate

    return relate(graph, project)


def _places_read(rules: RuleSet) -> frozenset[str]:
    """The places of a profile that `rules` look at."""
    read = {"star", *facets_of(rules)}
    if "text" in read:
        read.add("name")
    if reads_graph(rules):
        read |= {DEPENDENCIES, PUBLISHES, SUBSCRIBES}
    return frozenset(read)


def _about_misfits(
    graph: ModuleGraph, rules: RuleSet, read: frozenset[str]
) -> Iterator[Diagnostic]:
    """An error where the run would edit what cannot be read, and else a warning."""
    from starlang.engine.evaluate import evaluate

    decided = evaluate(rules, graph) if any(each.place in read for each in graph.misfits) else None
    for each in graph.misfits:
        finding = each.finding
        if each.place not in read:
            message = f"{finding.message}; no rule reads it"
            yield evolve(finding, code="W561", message=message)
        elif finding.code == "E521" and decided and not _is_edited(decided, each.module):
            message = f"{graph.paths[each.module]} is left out: {finding.message}"
            yield evolve(finding, code="W560", message=message)
        else:
            yield finding


def _is_edited(decided: "Evaluation", module: int) -> bool:
    """Whether a run would edit the module, as far as it can be read."""
    star = decided.decision(module).star
    return star is not None and star != decided.carried(module).primary


def plan_project(  # noqa: PLR0913 -- what a plan is made from
    project: Project,
    rules: RuleSet,
    graph: ModuleGraph,
    schema: "Schema | None",
    *,
    reassess: bool = False,
    drafts: Drafts | None = None,
) -> "Plan":
    """The plan of `rules` over `graph`, with what the config knows of set aside.

    `drafts` are those manifests in `graph` that are to be made: nothing was there before. The plan
    of a sidecar is the same whether it is to be made or has no star yet.
    """
    drafts = {p: data for p, data in (drafts or {}).items() if p != project.profile.sidecar}
    profile_problems = tuple(_other_profile(rules, graph))
    places = ManifestPlaces(graph.files, texts_of(graph, project.root), graph.profile.format_of)
    digests = _digests(project, rules, graph)
    if drafts:
        digests["new"] = drafts_digest(drafts)
    from starlang.plan.make import Inputs, make_plan

    inputs = Inputs(digests, profile_problems, places=places)
    made = make_plan(rules, graph, inputs, schema=schema, reassess=reassess)
    # Of the facets that lie nowhere only those matter that rules read, and W805 names them.
    problems = [problem for problem in graph.problems if problem.code != "W503"]
    findings = [*problems, *made.blocked, *made.warnings, *made.broken]
    if schema is not None:
        findings += _refused_edits(graph, made.edits, schema)
    shown_root = display(project.config.manifests, project.root)
    standing = living_with(findings, project.config.waivers, shown_root)
    warnings = [each for each in standing.open if not each.is_error]
    return evolve(
        made,
        blocked=in_order(each for each in standing.blocking if each.code != BROKEN),
        broken=in_order(each for each in standing.open if each.code == BROKEN),
        warnings=in_order([*warnings, *standing.unused]),
        known=in_order(finding for finding, _ in standing.waived),
        **_made(made, drafts),
    )


class _Made(TypedDict):
    """What a plan says of manifests that are to be made."""

    new: tuple[str, ...]
    before: Mapping[str, int]


def _made(plan: "Plan", drafts: Drafts) -> _Made:
    """The modules that have no manifest yet, which carry no star before the run."""
    if not drafts:
        return {"new": (), "before": plan.before}
    modules = {path.rpartition("/")[0] or ROOT for path in drafts}
    new = tuple(each for each in plan if each.path in modules)
    counts = Counter(plan.before)
    counts.subtract(each.current for each in new)
    before = {star: count for star, count in sorted(counts.items()) if count}
    return {"new": tuple(each.path for each in new), "before": before}


def _digests(project: Project, rules: RuleSet, graph: ModuleGraph) -> dict[str, str]:
    decides = semantics(rules)
    imports = graph.relations.imports if graph.relations else ""
    return {
        **({"imports": imports} if imports else {}),
        **({"facts": section_digest(dict(graph.facts.files))} if graph.facts.files else {}),
        **project.digests(),
        "rules": semantic_digest(rules),
        "texts": text_digest(rules),
        "canon": section_digest({"stars": decides["stars"], "order": decides["order"]}),
        "tool": f"starlang {VERSION}",
    }


def _other_profile(rules: RuleSet, graph: ModuleGraph) -> Iterator[Diagnostic]:
    """A finding for each facet that the rules were compiled to find somewhere else."""
    for use in rules.facets:
        source = graph.profile.source(use.name)
        if source is None or source.use != use:
            yield Diagnostic(
                code="E803",
                message=(
                    f"the rules were compiled for another profile: it defines `{use.name}` "
                    f"differently from {graph.profile.name}"
                ),
                hint="compile the rules again, or name the profile that they were compiled for",
            )


def _refused_edits(
    graph: ModuleGraph, edits: "tuple[Edit, ...]", schema: "Schema"
) -> Iterator[Diagnostic]:
    """A finding for each manifest that the schema accepts now and would not after the edits."""
    from starlang.manifests.schema import complaints

    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.file, []).append(edit)
    modules = {file: number for number, file in enumerate(graph.files)}
    for file, changes in by_file.items():
        if file not in modules:  # the file of stars, which is not a manifest
            continue
        before = after = graph.documents[modules[file]]
        for edit in changes:
            after = with_value(after, edit.pointer, edit.new)
        for pointer, sentence in complaints(schema, after) - complaints(schema, before):
            yield Diagnostic(
                code="E804",
                message=f"the schema forbids what the plan would write: {sentence}",
                file=file,
                pointer=pointer,
                hint="add the label to the schema, or give the star a label that it knows",
            )


# Comparing two rule sets, and what they make of the project's modules.


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
        layout=project.config.layout,
        fields=sorted({field for rules in rule_sets for field in fields_of(rules)}),
    )
    for rules in rule_sets:
        graph = related(graph, project, rules)
    return graph


def compare_modules(
    project: Project, old: RuleSet, new: RuleSet, *, reassess: bool
) -> "Flips | None":
    """The modules that flip, None where the project has none that can be read."""
    from starlang.diff.flips import flips

    if not has_modules(project):
        return None
    graph = load_for(project, old, new)
    return flips(old, new, graph, reassess=reassess) if graph.paths else None
