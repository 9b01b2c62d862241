"""A small project, and the example, for programs that use the library."""

import shutil
from pathlib import Path

import pytest
from program.projects import Project

RULES = """
rule trail-path -> Trail weight 0.80 when path mentions memory because "memory in the path"
rule watch-path -> Watch weight 0.60 when path mentions guard
rule watch-field -> Watch weight 0.30 when field "/metadata/owner" is "guards"

test "a memory is Trail"
  given path "x/memory"
  expect Trail at 0.80
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project without a config: rules, and three manifests."""
    made = Project(tmp_path / "project")
    made.rules(RULES)
    made.manifest("store/memory")
    made.manifest("gate/guard", owner="guards")
    made.manifest("web/page")
    return made


@pytest.fixture(scope="session")
def hortus(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example project, for reading only."""
    copy = tmp_path_factory.mktemp("example") / "constellation"
    shutil.copytree(project_root / "examples" / "constellation", copy)
    return copy
