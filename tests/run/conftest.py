"""Worlds for tests of the guarded run."""

from pathlib import Path

import pytest
from program.projects import Project
from program.repositories import commit_all
from run.world import RULES, SETTINGS, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A committed project: two modules would be promoted, one would not."""
    project = Project(tmp_path / "repo")
    project.config(SETTINGS)
    project.rules(RULES)
    for path in ("store/memory", "gate/guard", "web/page"):
        project.manifest(path, owner="ops")
    commit_all(project.root)
    return World(project)
