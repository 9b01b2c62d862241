"""Why not, on the corpus and on a copy with other names: counts, and changes that are made."""

import json
from pathlib import Path
from random import Random
from typing import TypedDict

import pytest
from acceptance.reading import Manifest, added, read_rules
from acceptance.renaming import renaming, write_copy
from acceptance.trees import Tree, copy_of, with_rules
from program.documents import by_path

pytestmark = pytest.mark.requirement("R14")

SEED = 20_251_126
CHANGED = 20


class Change(TypedDict):
    kind: str
    subject: str
    value: str


class Solution(TypedDict):
    changes: list[Change]


class Search(TypedDict):
    solutions: list[Solution]


class Answer(TypedDict):
    path: str
    file: str
    manifest: Search


class Group(TypedDict):
    cause: str
    words: str
    paths: list[str]
    example: str | None


class Document(TypedDict):
    groups: list[Group]
    modules: list[Answer]


@pytest.fixture(scope="module", params=["corpus", "copy"])
def writable(
    request: pytest.FixtureRequest, corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> Tree:
    """A tree that the tests of this file may change."""
    root = tmp_path_factory.mktemp(request.param) / "tree"
    if request.param == "corpus":
        return copy_of(corpus, root)
    names = renaming(corpus, SEED)
    chosen = Random(SEED).sample(range(1421), CHANGED)  # noqa: S311 -- the same in every run

    def change(number: int, manifest: Manifest) -> Manifest:
        if number not in chosen:
            return manifest
        return {**manifest, "matriz_integration": {"pipeline_nodes": ["thought"]}}

    write_copy(corpus, root, names, change)
    return with_rules(Tree(root, "catalogue", names.label("Supporting")))


def test_suggested_modules_are_counted_and_their_changes_promote(writable: Tree) -> None:
    """Who is how far from which star is calculated from the JSON files alone."""
    before = by_path(writable.plan()[1])
    suggested = {path: each for path, each in before.items() if each["outcome"] == "suggested"}
    bests = [each["best"] for each in suggested.values() if each["best"]]
    labels = {best["star"]: best["label"] for best in bests}
    rules = read_rules(writable.root)
    scores = {
        module.path: {label: w for _, label, w in added(rules, module)}
        for module in writable.modules()
        if module.path in suggested
    }
    assert len(labels) >= 2
    promoted = {}
    for star, label in labels.items():
        out = writable.run(
            "explain", "--why-not", star, "--outcome", "suggested", "--format", "json"
        ).out
        document: Document = json.loads(out)
        short = [group for group in document["groups"] if group["cause"] == "short"]
        counted = {path for group in short for path in group["paths"]}
        assert counted == {path for path, found in scores.items() if label in found}
        examples = {answer["path"]: answer for answer in document["modules"]}
        for group in short:
            assert group["words"].startswith("0.20 short: ")
            assert group["example"] is not None
            example = examples[group["example"]]
            _make(example["manifest"]["solutions"][0], writable.root / example["file"])
            promoted[example["path"]] = star
    _, after = writable.plan()
    ends = by_path(after)

    assert {path: ends[path]["star"] for path in promoted} == promoted
    assert {ends[path]["outcome"] for path in promoted} == {"promoted"}


def _make(solution: Solution, file: Path) -> None:
    """Does to a manifest what a solution says."""
    document = json.loads(file.read_text("utf-8"))
    for change in solution["changes"]:
        assert change["kind"] == "add value"
        if change["subject"] == "capability":
            document.setdefault("capabilities", []).append({"name": change["value"]})
        else:
            assert change["subject"] == "node"
            nodes = document.setdefault("matriz_integration", {}).setdefault("pipeline_nodes", [])
            nodes.append(change["value"])
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
