"""What `starlang plan` says of a tree at once: every figure, on the corpus and on a changed copy.

Each figure is calculated from the JSON files by `reading`. The copy has other names for stars,
capabilities and directories, and twenty of its manifests are changed; the same sentences must
stand there, with its own figures.
"""

import re
from pathlib import Path
from random import Random

import pytest
from attrs import frozen
from program.documents import codes
from program.run import Done

from acceptance.reading import Manifest, View, read_rules
from acceptance.renaming import Renaming, renaming, write_copy
from acceptance.trees import Tree, copy_of, with_rules

pytestmark = pytest.mark.requirement("R08", "R11", "R13", "R18")

SEED = 20_251_019
CHANGED = 20


@frozen
class Copy:
    tree: Tree
    names: Renaming
    changed: frozenset[str]


def changing(count: int, names: Renaming, labels: list[str]) -> tuple[dict[int, Manifest], object]:
    raise NotImplementedError


@pytest.fixture(scope="module")
def original(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return copy_of(corpus, tmp_path_factory.mktemp("original") / "tree")


@pytest.fixture(scope="module")
def copy(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The renamed corpus, with twenty manifests changed: star, node or capability."""
    names = renaming(corpus, SEED)
    random = Random(SEED)  # noqa: S311 -- the same copy in every run
    chosen = random.sample(range(1421), CHANGED)
    labels = [*map(names.label, read_rules(corpus)["canonical_stars"]), "🪐 Saturn"]
    changed = set()

    def change(number: int, manifest: Manifest) -> Manifest:
        if number not in chosen:
            return manifest
        changed.add(manifest["module"]["path"])
        place = chosen.index(number)
        if place % 2:
            return {**manifest, "matriz_integration": {"pipeline_nodes": ["attention", "risk"]}}
        alignment = {"primary_star": labels[place // 2]}
        capability = {"name": names.capabilities["authentication"]}
        return {
            **manifest,
            "constellation_alignment": alignment,
            "capabilities": [*manifest["capabilities"], capability],
        }

    root = tmp_path_factory.mktemp("copy") / "tree"
    write_copy(corpus, root, names, change)
    tree = Tree(root, "catalogue", names.label("Supporting"))
    return Copy(with_rules(tree), names, frozenset(changed))
