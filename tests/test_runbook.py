"""The runbook is followed from an empty directory, and every command prints what the page shows."""

from pathlib import Path

import pytest
from program.runbook import CONSOLE, Operator, blocks, same

pytestmark = pytest.mark.requirement("R30", "R31", "R46")


def test_the_runbook_goes_as_shown(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    operator = Operator(root)
    codes = []
    for block in blocks():
        assert operator.follow(block) == same(block.text)
        codes += block.text.split("$ echo $?\n")[1:] if block.info == CONSOLE else []

    refused = [each[0] for each in codes]
    assert len(refused) >= 12
    assert set(refused) >= {"1", "3", "4", "5"}
