"""The table of states and interferences, over the layouts that manifests can have.

`make proofs` takes every cell in every layout; `make test` one interference a state, another one in
each layout.
"""

from collections.abc import Iterator

import pytest
from program.effort import THOROUGH
from program.memory import in_memory
from program.projects import Layout
from run.test_dead_ends import INTERFERENCES, STATES, Kept, every_message_leads_on

pytestmark = pytest.mark.requirement("R36", "R46")

LAYOUTS = {
    "beside the code": Layout(folder="", manifests='"."'),
    "several roots": Layout(folder="", manifests='["gate", "store", "web"]'),
    "globs": Layout(folder="", manifests='["*/*"]'),
    "YAML": Layout(file="module.yaml"),
}
SHOWN = ("backed up", "approved", "applied")
"""States that `make test` has: one before anything is written, one that writes, one after it."""


@pytest.fixture(scope="module", params=list(LAYOUTS))
def kept(request: pytest.FixtureRequest) -> Iterator[tuple[int, Kept]]:
    """The number of a layout, and worlds that have it."""
    with in_memory() as directory:
        yield list(LAYOUTS).index(request.param), Kept(directory, LAYOUTS[request.param])


@pytest.mark.parametrize("state", STATES if THOROUGH else SHOWN)
def test_every_message_leads_on_in_each_layout(kept: tuple[int, Kept], state: str) -> None:
    number, worlds = kept
    names = tuple(INTERFERENCES)
    first = list(STATES).index(state) + 5 * number
    shown = names if THOROUGH else (names[first % len(names)],)
    every_message_leads_on(worlds, state, shown)
