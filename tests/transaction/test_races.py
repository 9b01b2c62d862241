"""Nothing is lost and nothing escapes, whoever else is at work at the same moment."""

from pathlib import Path

import pytest
from transaction.races import race_with_an_editor, race_with_links

pytestmark = pytest.mark.requirement("R25")


@pytest.mark.fault_row(73)
def test_no_save_of_an_editor_is_lost(memory: Path) -> None:
    counts = race_with_an_editor(memory, 2_000)

    assert counts["saves"] > 0
    assert counts["stale"] + counts["conflict"] > 0
    assert (counts["lost"], counts["mixed"]) == (0, 0)


@pytest.mark.fault_row(38)
def test_nothing_is_written_outside_of_the_tree(memory: Path) -> None:
    counts = race_with_links(memory, 150)

    assert counts["flips"] > 0
    assert counts["opened"] > 0
    assert counts["escaped"] == 0
