"""Relations over real manifests with their import graph, against networkx and plain loops.

All figures are counted here, from the JSON files.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from attrs import frozen
from engine.naive import find_out
from engine.test_evaluate import finding
from graph.naive import Around, Edge
from program.documents import by_path, codes, complaints, plan_of
from program.run import starlang

from starlang.engine.evaluate import evaluate
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.linking import linked
from starlang.manifests.profile import Profile
from starlang.project.imports import read_imports
from starlang.project.inputs import load_profile
from starlang.project.loading import load_graph
from starlang.project.project import read_rule_set
from starlang.rules.conditions import walk
from starlang.rules.model import RuleSet
from starlang.rules.relations import Neighbours

pytestmark = pytest.mark.requirement("R15")

RULES = """starlang 1
ruleset corpus "1.0"
star Flow   label "🌊 Flow (Consciousness)"
star Trail  label "✦ Trail (Memory)"
star Watch  label "🛡️ Watch (Guardian)"
star Anchor label "⚓ Anchor (Core)"
default star Supporting
confidence { combine sum suggest 0.30 promote 0.60 }

rule trail-words -> Trail weight 0.70 when path mentions memory, fold
rule trail-callers -> Trail weight 0.40 when used by at least 2 modules
rule trail-few -> Trail weight 0.10 when uses modules and uses at most 2 modules
rule flow-uses -> Flow weight 0.60 when uses modules reaching Trail
rule flow-current -> Flow weight 0.30 when used by modules currently Flow under "labs"
rule flow-quiet against Flow weight 0.20 when used by at most 0 modules
rule watch-in -> Watch weight 0.40 when inside modules currently Supporting
rule watch-flow -> Watch weight 0.50 when used by modules reaching Flow
rule anchor-hub -> Anchor weight 0.60 when contains at least 3 modules
rule anchor-near -> Anchor weight 0.30 when contains modules reaching Watch under "c*/**", "labs"
rule anchor-events -> Anchor weight 0.20 when publishes at least 2 "memory.*", "core.*"
rule trail-listens -> Trail weight 0.20 when subscribes "memory.stored@v1" or subscribes at least 3
never promote to Flow when inside modules reaching Trail because "part of a memory"
assign "core" to Anchor because "the core"
"""
EVENTS = ("memory.stored@v1", "memory.lost@v1", "core.up@v2", "watch.seen@v1")


@frozen
class Real:
    """The corpus, and what is read of it here without the program."""

    root: Path
    paths: list[str]
    imports: list[Edge]
    packages: list[str]


def live(manifests: Path) -> Iterator[Path]:
    for file in sorted(manifests.rglob("module.manifest.json")):
        if ".archive" not in file.relative_to(manifests).parts:
            yield file


def real(root: Path) -> Real:
    paths = [
        file.parent.relative_to(root / "manifests").as_posix() for file in live(root / "manifests")
    ]
    document = json.loads((root / "import_graph.json").read_text("utf-8"))
    imports = [(user, used) for user, targets in document["imports"].items() for used in targets]
    return Real(root, paths, imports, document["packages"])


@pytest.fixture(scope="module")
def profile() -> Profile:
    found = load_profile("constellation-1.1", Path())
    assert isinstance(found, Profile)
    return found


@pytest.fixture
def rules(tmp_path: Path, profile: Profile) -> RuleSet:
    root = tmp_path / "rules"
    root.mkdir()
    (root / "main.star").write_text(RULES, "utf-8")
    compiled = read_rule_set(root / "main.star", root, profile)
    assert compiled.rules is not None, compiled.diagnostics
    return compiled.rules


def read(root: Path, profile: Profile) -> ModuleGraph:
    graph = load_graph(root / "manifests", project_root=root, profile=profile)
    return linked(graph, read_imports(root / "import_graph.json", "import_graph.json"))


def test_the_edges_are_those_of_the_import_graph(corpus: Path, profile: Profile) -> None:
    known = real(corpus)
    graph = read(corpus, profile)

    joined = {(a, b) for a, b in known.imports if {a, b} <= {*known.paths} and a != b}
    assert graph.relations is not None
    found = {
        (path, graph.paths[used])
        for module, path in enumerate(graph.paths)
        for used in graph.relations.uses.of(module)
    }
    assert found == joined
    assert len(graph.relations.uses) == len(joined) > 500
    assert len({*known.packages} & {*known.paths}) > 600
    nowhere = [pair for pair in known.imports if not {*pair} <= {*known.paths}]
    [said] = [each.message for each in graph.problems if each.code == "W545"]
    assert said.startswith(f"{len(nowhere):,} of {len(known.imports):,} imports ")


def compare(rules: RuleSet, graph: ModuleGraph, uses: list[Edge]) -> None:
    uses = [edge for edge in uses if {*edge} <= {*graph.paths}]
    for reassess in (False, True):
        evaluation = evaluate(rules, graph, reassess=reassess)
        around = Around(rules, graph, uses, reassess)
        for module in range(len(graph)):
            expected = find_out(rules, graph, module, reassess=reassess, near=around)
            assert finding(evaluation, module) == expected


def test_decisions_on_the_corpus(corpus: Path, profile: Profile, rules: RuleSet) -> None:
    compare(rules, read(corpus, profile), real(corpus).imports)


def plant(root: Path, random: Random) -> list[Edge]:
    """Writes dependencies and events into manifests; the dependencies, by path."""
    files = {file.parent.relative_to(root / "manifests").as_posix(): file
             for file in live(root / "manifests")}  # fmt: skip
    planted: list[Edge] = []
    for path in random.sample(sorted(files), 500):
        manifest = json.loads(files[path].read_text("utf-8"))
        used = random.sample(sorted(files), random.randint(0, 4))
        manifest["dependencies"]["internal"] = [{"module": each} for each in used]
        manifest["observability"]["events"] = {
            "publishes": random.sample(EVENTS, random.randint(0, 4)),
            "subscribes": random.sample(EVENTS, random.randint(0, 4)),
        }
        files[path].write_text(json.dumps(manifest), "utf-8")
        planted += [(path, each) for each in used]
    return planted


def test_decisions_on_a_copy_with_planted_neighbours(
    corpus_copy: Path, profile: Profile, rules: RuleSet
) -> None:
    planted = plant(corpus_copy, Random(4))  # noqa: S311 -- no secret
    graph = read(corpus_copy, profile)

    compare(rules, graph, [*real(corpus_copy).imports, *planted])

    evaluation = evaluate(rules, graph)
    counts = dict.fromkeys((rule.name for rule in rules.rules), 0)
    for module in range(len(graph)):
        for held in evaluation.case(module).rules:
            counts[rules.rules[held].name] += 1
    assert min(counts.values()) >= 50, counts
    barred = sum(bool(decision.nevers) for decision in map(evaluation.decision, range(len(graph))))
    assert barred >= 50


def test_every_relation_is_in_these_rules(rules: RuleSet) -> None:
    conditions = [each.condition for each in (*rules.rules,)]
    asked = {test for condition in conditions for test in walk(condition)}

    assert {test.facet for test in asked if test.facet.startswith("graph:")} == {
        f"graph:{word}"
        for word in ("uses", "used by", "contains", "inside", "publishes", "subscribes")
    }
    assert {each.standing for each in asked if isinstance(each, Neighbours)} == {
        "", "currently", "reaching",
    }  # fmt: skip


def test_a_reassessment_says_what_neighbours_change(corpus_copy: Path) -> None:
    plant(corpus_copy, Random(4))  # noqa: S311 -- no secret
    (corpus_copy / "configs").mkdir()
    config = '[project]\nrules = "{}.star"\n[graph]\nimports = "import_graph.json"\n'
    words = [line for line in RULES.splitlines() if not any(
        word in line for word in ("modules", "publishes", "subscribes"))]  # fmt: skip
    (corpus_copy / "with.star").write_text(RULES, "utf-8")
    (corpus_copy / "without.star").write_text("\n".join(words) + "\n", "utf-8")
    plans = {}
    for name in ("without", "with"):
        (corpus_copy / "configs" / "starlang.toml").write_text(config.format(name), "utf-8")
        done = starlang("plan", "--reassess", "--format", "json", cwd=corpus_copy)
        assert complaints("plan", done.out) == []
        plans[name] = json.loads(done.out)

    before, now = (
        by_path(plan_of(json.dumps(plans[name]).encode())) for name in ("without", "with")
    )

    def decided(module: dict[str, object]) -> tuple[object, object]:
        best = module["best"]
        star = best["star"] if isinstance(best, dict) else None
        return module["outcome"], module["star"] if module["outcome"] == "assigned" else star

    changed = [p for p in now if decided({**now[p]}) != decided({**before[p]})]
    assert len(changed) > 100
    assert "neighbours" not in plans["without"]
    told = plans["with"]["neighbours"]
    assert told["changed"] == len(changed)
    assert [each["path"] for each in told["modules"]] == changed
    for each in told["modules"]:
        rows = [row for row in now[each["path"]]["evidence"] if row["kind"] == "graph"]
        assert each["rules"] == [row["rule"] for row in rows]
        for row in rows:
            assert f"{row['rule']} " in each["why"]
            assert all(match["value"] in each["why"] for match in row["matches"])
    text = starlang("plan", "--reassess", cwd=corpus_copy)
    assert f"Because of neighbours {len(changed):,} decisions are others" in text.text
    assert "W545" in codes(plans["with"]["warnings"])
