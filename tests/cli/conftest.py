"""Projects for tests of the program: the example, and small ones of their own."""

import shutil
from pathlib import Path

import pytest
from program.projects import Project
from program.run import succeed


@pytest.fixture(scope="session")
def hortus(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example project, for reading only."""
    copy = tmp_path_factory.mktemp("example") / "constellation"
    shutil.copytree(project_root / "examples" / "constellation", copy)
    return copy


@pytest.fixture(scope="session")
def hortus_plan(hortus: Path) -> bytes:
    """The example's plan as JSON."""
    return succeed("plan", "--format", "json", cwd=hortus).out


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a config, and no rules or manifests yet."""
    made = Project(tmp_path / "project")
    made.config()
    return made


PROMOTING = """
rule trail-path -> Trail weight 0.80 when path mentions memory
rule watch-path -> Watch weight 0.60 when path mentions guard

test "a memory is Trail"
  given path "x/memory"
  expect Trail at 0.80
"""


@pytest.fixture
def promoting(project: Project) -> Project:
    """A project whose rules promote one module, suggest one, and leave one alone."""
    project.rules(PROMOTING)
    for path in ("store/memory", "gate/guard", "web/page"):
        project.manifest(path)
    return project
