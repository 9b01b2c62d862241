"""Where trees of files are made that are broken thousands of times."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from program.memory import in_memory


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Callable[[Counter[str]], None]:
    """Puts counts (tried, fired, survived) into the summary of the run."""

    def tell(counts: Counter[str]) -> None:
        figures = tuple(counts[name] for name in ("tried", "fired", "survived"))
        request.node.user_properties.append(("faults", figures))

    return tell


@pytest.fixture
def memory() -> Iterator[Path]:
    """A directory in memory where there is one: syncing then takes no time."""
    with in_memory() as directory:
        yield directory
