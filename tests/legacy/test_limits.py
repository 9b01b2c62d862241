"""Globs of the old exceptions: what Python's `fnmatch` finds, and nothing else."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from starlang.legacy.limits import globs_of
from starlang.matching.globs import covers, problem

pytestmark = pytest.mark.requirement("R05", "R10")

PATTERNS = st.text("ab/*?*/", min_size=1, max_size=8)
PATHS = st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)


@given(PATTERNS, st.lists(PATHS, min_size=1, max_size=12))
def test_a_pattern_covers_the_paths_that_fnmatch_finds_it_in(
    pattern: str, paths: list[str]
) -> None:
    found = globs_of(pattern)
    if isinstance(found, str):
        reject()
    globs, alone = found

    assert [each for each in (*globs, *alone) if problem(each)] == []
    for path in paths:
        is_covered = path in alone or any(covers(glob, path) for glob in globs)
        assert is_covered == fnmatchcase(path, pattern)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("experiments/*", (("experiments/*/**",), ())),
        ("labs/*/old", (("labs/*/**/old",), ())),
        ("*_old", (("**/*_old",), ())),
        ("labs/x*", (("labs/x*/**",), ())),
        ("labs/old", ((), ("labs/old",))),
    ],
)
def test_usual_patterns_stay_one_glob(
    pattern: str, expected: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    assert globs_of(pattern) == expected
