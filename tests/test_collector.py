"""Pausing the garbage collector leaves it as it was, whatever happens meanwhile."""

import gc
from collections.abc import Iterator
from contextlib import suppress

import pytest

from starlang.collector import collector_paused


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.freeze()  # what other tests have left would be looked at as soon as it is enabled
    yield
    (gc.enable if was_enabled else gc.disable)()


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_it_is_paused_inside_and_as_before_afterwards(*, enabled: bool, fails: bool) -> None:
    (gc.enable if enabled else gc.disable)()
    inside: list[bool] = []

    @collector_paused()
    def work() -> None:
        inside.append(gc.isenabled())
        if fails:
            raise ValueError

    with suppress(ValueError):
        work()
    with suppress(ValueError):
        work()

    assert inside == [False, False]
    assert gc.isenabled() is enabled


def test_one_pause_inside_another_ends_with_the_outer_one() -> None:
    gc.enable()
    with collector_paused():
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
