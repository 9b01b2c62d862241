"""Small projects of packages and manifests."""

from pathlib import Path

import pytest
from program.projects import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a config, and no packages or manifests yet."""
    made = Project(tmp_path / "project")
    made.config()
    return made
