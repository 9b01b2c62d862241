"""The corpus, prepared once for all tests that only look at it."""

from pathlib import Path

import pytest
from acceptance.trees import Tree, copy_of
from program.documents import Plan


@pytest.fixture(scope="session")
def tree(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A copy of the corpus with imported rules, for reading only."""
    return copy_of(corpus, tmp_path_factory.mktemp("corpus") / "tree")


@pytest.fixture(scope="session")
def reassessed(tree: Tree) -> Plan:
    """Every module of the corpus, decided as if it carried the default star."""
    return tree.plan("--reassess")[1]
