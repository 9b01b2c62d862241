"""Worlds for tests of the guarded run."""

from pathlib import Path

import pytest
from run.world import World, new_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A committed project: two modules would be promoted, one would not."""
    return new_world(tmp_path)
