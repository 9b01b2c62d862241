"""The real manifests: what the graph says of them is what a plain reading of the JSON says."""

import json
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.manifests.schema import Schema
from starlang.manifests.waivers import Waiver, living_with
from starlang.project.inputs import load_profile, load_schema
from starlang.project.loading import load_graph

Document = dict[str, dict[str, object]]


@pytest.fixture(scope="module")
def profile() -> Profile:
    found = load_profile("constellation-1.1", Path())
    assert isinstance(found, Profile)
    return found


@pytest.fixture(scope="module")
def documents(corpus: Path) -> dict[str, Document]:
    """Module path -> manifest, read in another way than the program reads them."""
    root = corpus / "manifests"
    files = sorted(root.rglob("module.manifest.json"))
    return {
        path.parent.relative_to(root).as_posix(): json.loads(path.read_text("utf-8"))
        for path in files
        if ".archive" not in path.parts
    }


@pytest.fixture(scope="module")
def graph(corpus: Path, profile: Profile) -> ModuleGraph:
    return load_graph(corpus / "manifests", project_root=corpus, profile=profile)


def test_every_live_manifest_is_a_module_and_no_archived_one(
    corpus: Path, graph: ModuleGraph, documents: dict[str, Document]
) -> None:
    archived = list((corpus / "manifests" / ".archive").rglob("*.json"))

    assert len(archived) >= 141
    assert len(graph) == len(documents) == 1_421
    assert graph.paths == tuple(sorted(documents))
    assert list(graph.documents) == [documents[path] for path in graph.paths]


def test_stars_are_those_of_the_manifests(
    graph: ModuleGraph, documents: dict[str, Document]
) -> None:
    expected = Counter(
        each["constellation_alignment"]["primary_star"] for each in documents.values()
    )

    assert Counter(stars[0] for stars in graph.stars) == expected
    assert all(len(stars) == 1 for stars in graph.stars)
    assert expected["Supporting"] == 705
    assert sum(expected.values()) == 1_421


def test_facets_are_those_of_the_manifests(
    graph: ModuleGraph, documents: dict[str, Document]
) -> None:
    for number, path in enumerate(graph.paths):
        document = documents[path]
        owner = document["metadata"]["owner"]
        capabilities = document["capabilities"]
        expected: dict[str, tuple[object, ...]] = {
            "owner": () if owner in {"", "unassigned"} else (owner,),
            "capability": tuple(dict.fromkeys(each["name"] for each in capabilities)),  # type: ignore[index]  # -- JSON
            "node": tuple(document["matriz_integration"]["pipeline_nodes"]),  # type: ignore[arg-type]  # -- JSON
            "lane": (document["module"]["lane"],),
            "tier": (str(document["testing"]["quality_tier"])[:2],),
            "contract": tuple(document.get("contracts", ())),
            "package": (),
            "tag": (),
        }
        found = {facet: graph.columns[facet].of(number) for facet in expected}
        assert found == expected
        assert graph.names[number] == document["module"]["name"]
    assert sum(map(bool, graph.columns["contract"].codes)) == 4


@pytest.mark.requirement("R18")
def test_the_problems_are_those_that_a_plain_reading_finds(
    graph: ModuleGraph, documents: dict[str, Document]
) -> None:
    upper = {path for path in documents if path != path.lower()}
    lost = {path for path, each in documents.items() if each["module"]["path"] != path}
    torn = {path for path, each in documents.items() if "quality_tier" in each["module"]}
    found: dict[str, set[str]] = {}
    for problem in graph.problems:
        path = problem.file.removeprefix("manifests/").removesuffix("/module.manifest.json")
        found.setdefault(problem.code, set()).add(path)

    assert found == {"E602": upper, "W501": lost, "W502": torn}
    assert (len(upper), len(lost), len(torn)) == (7, 1, 8)
    assert len(graph.problems) == 16


def test_seven_waivers_let_a_run_go_on(graph: ModuleGraph) -> None:
    upper = [path for path in graph.paths if path != path.lower()]
    waivers = [Waiver(path, "E602", "renamed next month") for path in upper]
    standing = living_with(graph.problems, waivers, "manifests")

    assert (len(upper), len(standing.waived), standing.blocking, standing.unused) == (7, 7, (), ())


def test_the_schema_of_the_corpus_refuses_eight(corpus: Path, profile: Profile) -> None:
    schema = load_schema(corpus / "matriz_module_compliance.schema.json", "schema.json")
    assert isinstance(schema, Schema)
    graph = load_graph(corpus / "manifests", project_root=corpus, profile=profile, schema=schema)
    found = {problem.file for problem in graph.problems if problem.code == "W510"}

    assert len(found) == 8


def test_a_changed_corpus_gives_the_changed_figures(corpus_copy: Path, profile: Profile) -> None:
    """Stars and directories renamed, some manifests changed: nothing is known by heart."""
    root = corpus_copy / "manifests"
    shutil.rmtree(root / ".archive")
    for name in sorted(path.name for path in root.iterdir()):
        (root / name).rename(root / f"x{name[::-1].lower()}")
    files = sorted(root.rglob("module.manifest.json"))
    chance = random.Random(7)  # noqa: S311 -- a repeatable choice, no secret
    labels: Counter[str] = Counter()
    for file in files:
        document = json.loads(file.read_bytes())
        star = document["constellation_alignment"]["primary_star"][::-1]
        document["constellation_alignment"]["primary_star"] = star
        if chance.random() < 0.02:
            document["constellation_alignment"] = {}
        else:
            labels[star] += 1
        file.write_text(json.dumps(document), "utf-8")
    graph = load_graph(root, project_root=corpus_copy, profile=profile)

    assert len(graph) == len(files)
    assert Counter(stars[0] for stars in graph.stars if stars) == labels
    own = sum(problem.code == "W501" for problem in graph.problems)
    assert own == len(files)
