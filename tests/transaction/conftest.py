"""Where trees of files are made that are broken thousands of times."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")  # noqa: S108 -- the directory below is made with a name of its own


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Callable[[Counter[str]], None]:
    """Puts counts (tried, fired, survived) into the summary of the run."""

    def tell(counts: Counter[str]) -> None:
        figures = tuple(counts[name] for name in ("tried", "fired", "survived"))
        request.node.user_properties.append(("faults", figures))

    return tell


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A directory in memory where there is one: syncing then takes no time."""
    if not _MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY) as directory:
        yield Path(directory)
