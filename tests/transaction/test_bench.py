"""The page on reliability is about the program as it is."""

import faults


def test_what_was_tried_last_is_what_runs_now() -> None:
    assert faults.recorded() == faults.digest(), "run `make faults` and commit docs/reliability.md"
