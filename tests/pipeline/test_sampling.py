"""Which modules are the canary: a share of every directory, and the same ones every time."""

import random
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starlang.pipeline.sampling import sample

pytestmark = pytest.mark.requirement("R21")

PATHS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 400)).map(
        lambda each: f"{each[0]}/m{each[1]}"
    ),
    min_size=1,
    max_size=300,
    unique=True,
)


def tops(paths: list[str] | tuple[str, ...]) -> set[str]:
    return {path.partition("/")[0] for path in paths}


@given(PATHS, st.integers(1, 100))
def test_every_directory_has_its_share(paths: list[str], percent: int) -> None:
    found = sample(paths, percent, ())

    assert set(found.paths) <= set(paths)
    assert tops(found.paths) == tops(paths)
    assert len(found.paths) == max(
        ceil(len(paths) * percent / 100),
        sum(
            max(1, sum(path.startswith(f"{top}/") for path in paths) * percent // 100)
            for top in tops(paths)
        ),
    )
    for group in found.divisions:
        assert abs(group.chosen - group.size * percent / 100) < 1 or group.chosen == 1


@given(PATHS, st.integers(1, 100), st.randoms())
def test_the_order_of_the_paths_changes_nothing(
    paths: list[str], percent: int, chance: random.Random
) -> None:
    shuffled = list(paths)
    chance.shuffle(shuffled)

    assert sample(shuffled, percent, ()).paths == sample(paths, percent, ()).paths


@given(PATHS)
def test_what_is_added_elsewhere_changes_no_choice_in_a_directory(paths: list[str]) -> None:
    """Each directory ranks its own modules, so a reviewer sees the same ones again."""
    before = sample(paths, 100 // 2, ())
    more = [*paths, *(f"z/new{number}" for number in range(40))]
    after = sample(more, 100 // 2, ())
    for top in tops(paths):
        old = [path for path in before.paths if path.startswith(f"{top}/")]
        new = [path for path in after.paths if path.startswith(f"{top}/")]
        assert set(old) <= set(new) or set(new) <= set(old)


def test_a_critical_prefix_has_one_where_it_has_modules() -> None:
    paths = [f"core/other/m{number}" for number in range(200)] + ["core/fold/only"]

    found = sample(paths, 1, ("core/fold", "core/fol", "gone"))

    assert "core/fold/only" in found.paths
    assert [(each.name, each.size, each.chosen) for each in found.critical] == [
        ("core/fold", 1, 1),
        ("core/fol", 0, 0),
        ("gone", 0, 0),
    ]


def test_a_seed_chooses_others() -> None:
    paths = [f"core/m{number}" for number in range(200)]

    assert sample(paths, 10, (), "one").paths != sample(paths, 10, (), "two").paths
    assert sample(paths, 10, (), "one").paths == sample(paths, 10, (), "one").paths


def test_of_no_change_there_is_no_canary() -> None:
    assert sample([], 10, ("core",)).paths == ()
