"""Readers of what strangers write, given spoilt input: a short run of `make fuzz`."""

import pytest
from fuzz import TARGETS, run_seeded

COUNTS = {"rules": 60, "schema": 150, "import": 60}
"""Spoilt inputs where they take long; else 400."""


@pytest.mark.requirement("R45")
@pytest.mark.fault_row(94)
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_spoilt_input_is_answered(target: str) -> None:
    count = COUNTS.get(target, 400)

    assert run_seeded(target, count, seed=20261128) > count
