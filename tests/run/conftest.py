"""Worlds for tests of the guarded run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from program.memory import in_memory
from run.world import World, new_world


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A directory in memory where there is one: a run waits for its disk dozens of times."""
    with in_memory() as directory:
        yield directory


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A committed project: two modules would be promoted, one would not."""
    return new_world(tmp_path)
