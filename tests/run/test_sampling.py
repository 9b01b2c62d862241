"""Which modules are the canary: a share of every directory, and the same ones every time."""

import random
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starlang.run.canary_report import sample

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
    found = sample(paths, (), percent, ())

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

    assert sample(shuffled, (), percent, ()).paths == sample(paths, (), percent, ()).paths


@given(PATHS)
def test_what_is_added_elsewhere_changes_no_choice_in_a_directory(paths: list[str]) -> None:
    """Each directory ranks its own modules, so a reviewer sees the same ones again."""
    before = sample(paths, (), 100 // 2, ())
    more = [*paths, *(f"z/new{number}" for number in range(40))]
    after = sample(more, (), 100 // 2, ())
    for top in tops(paths):
        old = [path for path in before.paths if path.startswith(f"{top}/")]
        new = [path for path in after.paths if path.startswith(f"{top}/")]
        assert set(old) <= set(new) or set(new) <= set(old)


@given(PATHS, st.data(), st.integers(1, 100))
def test_it_shows_what_changes_and_what_does_not(
    paths: list[str], data: st.DataObject, percent: int
) -> None:
    changing = set(data.draw(st.lists(st.sampled_from(paths), unique=True)))

    found = sample(paths, changing, percent, ())

    assert found.written == changing & set(found.paths)
    assert len(found.written) >= ceil(len(changing) * percent / 100)
    assert len(found.paths) >= ceil(len(paths) * percent / 100)
    assert tops(tuple(found.written)) == tops(tuple(changing))
    plain = sample(paths, (), percent, ())
    # A directory may round up twice: once of what changes, and once of all.
    assert len(found.paths) <= len(plain.paths) + len(tops(paths))
    for group in found.divisions:
        inside = {path for path in paths if path.startswith(f"{group.name}/")}
        assert (group.size, group.changing) == (len(inside), len(inside & changing))
        assert (group.chosen, group.written) == (
            len(inside.intersection(found.paths)),
            len(inside & found.written),
        )


@given(PATHS, st.integers(1, 100))
def test_a_critical_prefix_is_topped_up_to_its_share(paths: list[str], percent: int) -> None:
    deep = [*paths, *(f"core/{path}" for path in paths), *(f"top{n}/m" for n in range(300))]

    found = sample(deep, (), percent, ("core/a", "core/b", "core"))

    for group in found.critical:
        assert group.chosen >= ceil(group.size * percent / 100)
    sizes = {group.name: group.size for group in found.critical}
    assert sizes["core"] == len(paths)
    assert found.absent == tuple(name for name in ("core/a", "core/b") if not sizes[name])


def test_manifests_at_the_top_are_a_division_of_their_own() -> None:
    found = sample(["m.json", "a/m.json"], ("m.json",), 10, ())

    assert [(each.name, each.size) for each in found.divisions] == [(".", 1), ("a", 1)]


def test_a_critical_prefix_has_one_where_it_has_modules() -> None:
    paths = [f"core/other/m{number}" for number in range(200)] + ["core/fold/only"]

    found = sample(paths, (), 1, ("core/fold", "core/fol", "gone"))

    assert "core/fold/only" in found.paths
    assert [(each.name, each.size, each.chosen) for each in found.critical] == [
        ("core/fold", 1, 1),
        ("core/fol", 0, 0),
        ("gone", 0, 0),
    ]


def test_a_seed_chooses_others() -> None:
    paths = [f"core/m{number}" for number in range(200)]

    assert sample(paths, (), 10, (), "one").paths != sample(paths, (), 10, (), "two").paths
    assert sample(paths, (), 10, (), "one").paths == sample(paths, (), 10, (), "one").paths


def test_of_no_change_there_is_no_canary() -> None:
    assert sample([], (), 10, ("core",)).paths == ()
