"""All missing manifests of a monorepo: valid, written as one, and what a plan makes of them."""

import json
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from attrs import evolve, frozen
from engine.test_sources import asking, promoted
from legacy.old_tools import Module, OldRules, evidence, masked, summed
from legacy.test_corpus import modules
from program.monorepo import capitals, configure, furnish, linked
from program.repositories import git
from program.skeleton import Row, listed, rows_of

from starlang.engine.ceilings import settle
from starlang.engine.evaluate import evaluate
from starlang.explain.explain import Explainer
from starlang.explain.words import why
from starlang.manifests.graph import ModuleGraph
from starlang.plan.model import Plan
from starlang.project.generating import Generated, drafts_of, generate, with_new
from starlang.project.planning import graph_from, load_project, plan_project, read_schema
from starlang.project.project import Project, Wanted, compile_project, open_project
from starlang.rules.model import RuleSet
from starlang.run.create import create
from starlang.run.ground import actual, open_run
from starlang.run.rollback import rollback
from starlang.transaction.journal import Progressed

pytestmark = pytest.mark.requirement("R27")


def quiet(_now: Progressed) -> None:
    return


@frozen
class Monorepo:
    root: Path
    capitals: tuple[str, ...]

    def configure(self, *waived: str) -> Project:
        """The project with these paths waived."""
        configure(self.root, waived)
        opened = open_project(Wanted(self.root))
        assert isinstance(opened, Project)
        return opened


@pytest.fixture(scope="module")
def monorepo(skeleton: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Monorepo:
    root = tmp_path_factory.mktemp("monorepo") / "repo"
    linked(skeleton, root)
    furnish(root, corpus)
    return Monorepo(root, capitals(root))


def rules_of(project: Project) -> RuleSet:
    rules = compile_project(project).rules
    assert rules is not None
    return rules


def made_of(project: Project) -> Generated:
    schema = read_schema(project)
    assert not isinstance(schema, tuple)
    return generate(project, rules_of(project), schema)


def planned(project: Project) -> Plan:
    schema = read_schema(project)
    assert not isinstance(schema, tuple)
    rules = rules_of(project)
    return plan_project(project, rules, load_project(project, rules, schema), schema)


@pytest.fixture(scope="module")
def everything(monorepo: Monorepo) -> Generated:
    """With every capital waived."""
    return made_of(monorepo.configure("**"))


Document = dict[str, Any]  # type: ignore[explicit-any] # -- JSON
Check = Callable[[Mapping[str, Document]], bool]


def valid(schema: Path) -> Check:
    validator = jsonschema_rs.validator_for(json.loads(schema.read_bytes()))
    return lambda found: all(map(validator.is_valid, found.values()))


def as_listed(rows: Mapping[str, Row]) -> Check:
    """Whether dependencies, exports and tests are those of `packages.jsonl`."""

    def alike(path: str, document: Document) -> bool:
        row, needs = rows[path], document["dependencies"]
        exports, tests = document.get("exports"), document["testing"]
        inits = [each for each in row.files if each["file"] == "__init__.py"]
        named = {name for each in inits for name in listed(each, "all")}
        wanted = {name for name in named if name.isidentifier()}  # one package exports `*`
        kinds = ("classes", "functions", "constants")
        names = None if exports is None else {e["name"] for kind in kinds for e in exports[kind]}
        internal = {path.replace("/", ".") for path in rows.keys() & set(row.imports) - {""}}
        return (
            {each["package"] for each in needs["external"]} == set(row.external)
            and {each["module"] for each in needs["internal"]} == internal
            and tests["test_paths"] == sorted(row.tests)
            and tests["has_tests"] is bool(row.tests)
            and (not wanted or names == wanted)
        )

    return seen(alike)


def seen(alike: Callable[[str, Document], bool]) -> Check:
    """A check of single manifests; one whose field is not there does not pass."""

    def passes(found: Mapping[str, Document]) -> bool:
        try:
            return all(alike(path, document) for path, document in found.items())
        except KeyError:
            return False

    return passes


def by_words(path: str, document: Document) -> bool:
    """Whether node, capability and tier are those of the words of the path."""
    capability = CAPABILITY[first_hit(path)]
    return (
        document["matriz_integration"]["pipeline_nodes"] == [first_hit(path)]
        and capability in [each["name"] for each in document["capabilities"]]
        and document["testing"]["quality_tier"] == "T4_experimental"
    )


def of_commit(_path: str, document: Document) -> bool:
    """Whether owner, times and star are those of the repository, and no filler."""
    metadata = document["metadata"]
    return (
        {metadata["created"], metadata["last_updated"]} == {"2026-01-02T03:04:05Z"}
        and metadata["owner"] == "@owner-1.dominguez"
        and document["constellation_alignment"]["primary_star"] == "Supporting"
    )


def of_package(path: str, document: Document) -> bool:
    named = {"name": path.replace("/", "."), "path": path, "type": "package"}
    return document["module"] == named and document["metadata"]["manifest_generated"] is True


SEES = {
    "/schema_version": "theirs ours",
    "/module/name": "theirs ours package",
    "/module/path": "theirs ours package",
    "/module/type": "theirs package",
    "/matriz_integration/status": "theirs",
    "/matriz_integration/pipeline_nodes": "theirs words",
    "/matriz_integration/cognitive_function": "theirs",
    "/dependencies/external": "source",
    "/dependencies/internal": "source",
    "/capabilities": "theirs words",
    "/exports/classes": "source",
    "/exports/functions": "source",
    "/exports/constants": "source",
    "/testing/has_tests": "source",
    "/testing/test_paths": "source",
    "/testing/quality_tier": "theirs words",
    "/metadata/owner": "ours commit",
    "/metadata/created": "theirs commit",
    "/metadata/last_updated": "theirs commit",
    "/metadata/manifest_generated": "package",
    "/constellation_alignment/primary_star": "theirs ours commit",
}
"""Field -> the checks that see that it is left out."""


def fields(document: Document) -> Iterator[str]:
    for key, value in document.items():
        yield from (f"/{key}/{each}" for each in value) if isinstance(value, dict) else [f"/{key}"]


def left_out(document: Document, field: str) -> Document:
    """The manifest without the field."""
    first, *rest = field.strip("/").split("/")
    if not rest:
        return {key: value for key, value in document.items() if key != first}
    if first not in document:
        return document
    inside = {key: value for key, value in document[first].items() if key != rest[0]}
    return {**document, first: inside}


def test_each_field_is_right_and_missed_when_it_is_left_out(
    monorepo: Monorepo, everything: Generated, corpus: Path, project_root: Path
) -> None:
    rows = {row.path: row for row in rows_of(corpus) if row.package}
    checks: dict[str, Check] = {
        "theirs": valid(monorepo.root / "configs" / "corpus.schema.json"),
        "ours": valid(project_root / "configs" / "schemas" / "manifest-1.1.schema.json"),
        "source": as_listed(rows),
        "words": seen(by_words),
        "commit": seen(of_commit),
        "package": seen(of_package),
    }
    documents: dict[str, Document] = {
        each.path: json.loads(each.text) for each in everything.manifests
    }
    assert len(documents) == 580
    assert everything.errors == ()
    assert [name for name, passes in checks.items() if not passes(documents)] == []
    idle = [each for each in everything.problems if each.code == "W567"]
    assert len(idle) == 50
    assert all(each.file == ".github/CODEOWNERS" for each in idle)

    written = {field for document in documents.values() for field in fields(document)}
    mutants = {
        field: {path: left_out(document, field) for path, document in documents.items()}
        for field in sorted(written)
    }
    sees = {
        field: [name for name, passes in checks.items() if not passes(found)]
        for field, found in mutants.items()
    }
    assert sees == {field: names.split() for field, names in SEES.items()}


def test_generating_comes_before_planning(monorepo: Monorepo, corpus: Path) -> None:
    """Written as one, planned, and taken back; what was there keeps its bytes."""
    project = monorepo.configure(*monorepo.capitals)
    assert [each.outcome for each in planned(project) if each.outcome == "promoted"] == []
    status = git(monorepo.root, "status", "--porcelain")
    before = {path: path.read_bytes() for path in (monorepo.root / "manifests").rglob("*.json")}

    run = open_run(project, actual())
    made = made_of(project)
    assert create(run, made, quiet).count == len(made.manifests) == 559
    assert {path: path.read_bytes() for path in before} == before
    assert made_of(project).manifests == ()
    assert made_of(project).coverage.percent == "98.26"

    plan = planned(project)
    assert plan.blocked == ()
    assert [each.path for each in plan if each.outcome == "promoted"] == plainly_promoted(
        corpus, made, sources=1
    )
    assert sum(each.outcome == "promoted" for each in plan) == 74
    share = 100 * plan.after["Supporting"] / len(plan)
    assert 60 <= share < 61

    rollback(run, quiet)
    assert git(monorepo.root, "status", "--porcelain") == status
    assert sorted((monorepo.root / "manifests").rglob("*.json")) == sorted(before)


# What asking for two sources does, by the program, and from the old tools' rows in plain Python.

WORDS = (
    ("memory", "memory fold temporal storage", "memory_management"),
    ("attention", "attention focus awareness", "attention_routing"),
    ("thought", "reasoning thought consciousness cognitive decision", "cognitive_processing"),
    ("risk", "guardian ethics governance compliance drift risk", "risk_assessment"),
    ("intent", "orchestration coordination intent planning", "intent_interpretation"),
    ("action", "api bridge adapter action execution interface", "action_execution"),
)
CAPABILITY = {node: capability for node, _, capability in WORDS}
CAPABILITY["supporting"] = "infrastructure_support"
KINDS = {"0.4": "path", "0.6": "capability", "0.5": "node", "0.35": "owner", "0.3": "package"}
"""What an old entry reads, by the weight that its list gives."""


def first_hit(path: str) -> str:
    hits = (node for node, words, _ in WORDS if any(word in path for word in words.split()))
    return next(hits, "supporting")


AUTH = ("auth", "oidc", "oauth")


def origin(module: Module, kind: str, derived: AbstractSet[str]) -> str:
    """What an entry of this kind has read; the path, where the words of the path give it."""
    if kind not in derived:
        return kind
    if kind == "capability" and not any(each.startswith(AUTH) for each in module.path.split("/")):
        return kind  # of the old entries only the one for authentication matches
    return kind if kind == "node" and module.nodes != (first_hit(module.path),) else "path"


def plainly(rules: OldRules, module: Module, *, sources: int, derived: AbstractSet[str]) -> str:
    """The star that a module without one is promoted to, "" for none."""
    rows = [*evidence(rules, module, [masked(rules, module)])]
    scores = summed(rules, module)
    best = max(scores.values(), default=Decimal(0))
    first = [star for star, score in scores.items() if score == best]
    if best < Decimal("0.70") or len(first) > 1:
        return ""
    kinds = [KINDS[str(weight)] for star, weight in rows if star == first[0]]
    read = {origin(module, kind, derived) for kind in kinds}
    return first[0] if min(len(read), len(kinds)) >= sources else ""


def plainly_promoted(corpus: Path, made: Generated, *, sources: int) -> list[str]:
    rules: OldRules = json.loads((corpus / "star_rules.json").read_bytes())
    found = []
    for each in made.manifests:
        document = json.loads(each.text)
        module = Module(
            name=document["module"]["name"],
            path=each.path,
            capabilities=tuple(entry["name"] for entry in document["capabilities"]),
            nodes=(first_hit(each.path),),
            owner=document["metadata"]["owner"],
            packages=tuple(entry["package"] for entry in document["dependencies"]["external"]),
        )
        assert tuple(document["matriz_integration"]["pipeline_nodes"]) == module.nodes
        assert CAPABILITY[first_hit(each.path)] in module.capabilities
        if plainly(rules, module, sources=sources, derived={"node", "capability"}):
            found.append(each.path)
    return sorted(found)


@pytest.mark.requirement("R07")
def test_two_sources_hold_back_what_one_word_of_the_path_made(
    monorepo: Monorepo, corpus: Path
) -> None:
    project = monorepo.configure(*monorepo.capitals)
    rules, made = rules_of(project), made_of(project)
    drafts = drafts_of(project, made.manifests)
    every = graph_from(project, rules, None, *with_new(project, drafts))
    kept = [every.paths[n] for n in promoted(asking(rules, 2), every, reassess=False)]
    assert kept == plainly_promoted(corpus, made, sources=2)
    assert kept == ["qi/engines/creativity", "qi/processing", "qi/ui"]  # a package is imported

    # What has a manifest, reassessed: two sources alone hold nobody back. Nodes and capabilities
    # that follow from words of the path do: 14 are left where nodes do, and none where both do.
    there = load_project(project, rules, None)
    by_node = tuple(each for each in rules.derivations if each.facet in {"word", "node"})
    for sources, derivations, count in (
        (1, rules.derivations, 413),
        (2, (), 413),
        (2, by_node, 14),
        (2, rules.derivations, 0),
    ):
        asked = asking(evolve(rules, derivations=derivations), sources)
        facets = {each.facet for each in derivations}
        assert [there.paths[n] for n in promoted(asked, there)] == again(
            corpus, there, sources, facets
        )
        assert len(promoted(asked, there)) == count

    evaluation = evaluate(asking(rules, 2), every)
    explainer = Explainer(evaluation, settle(evaluation))
    said = why(explainer.explain(every.index["bio/awareness"]))
    assert said.startswith("Flow at 0.90 reaches 0.70 to be promoted, but all of it is from path (")
    assert said.endswith("2 sources are asked for.")
    for words in ("text: awareness", "node: attention"):
        assert words in said


def again(corpus: Path, graph: ModuleGraph, sources: int, derived: set[str]) -> list[str]:
    """The same of modules that have a manifest, in plain Python."""
    rules: OldRules = json.loads((corpus / "star_rules.json").read_bytes())
    return [
        module.path
        for module in modules(graph)
        if plainly(rules, module, sources=sources, derived=derived)
    ]
