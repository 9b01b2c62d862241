"""Rule files as text, compiled with the profile that is shipped for manifests of shape 1.1."""

from pathlib import Path
from typing import Protocol

import pytest

from starlang.checker.check import check
from starlang.checker.context import Checked
from starlang.compiler import compile_rules
from starlang.manifests.profile import Profile
from starlang.manifests.profile_file import read_profile
from starlang.rules.model import RuleSet
from starlang.syntax.parse import parse
from starlang.text import Source

PROFILES = Path(__file__).resolve().parents[2] / "configs" / "profiles"


class Check(Protocol):
    """Checks texts as the files `0.star`, `1.star`, … of one rule set without errors."""

    def __call__(self, *texts: str) -> Checked: ...


class Compile(Protocol):
    """Compiles texts as the files of one rule set."""

    def __call__(self, *texts: str) -> RuleSet: ...


@pytest.fixture(scope="session")
def profile() -> Profile:
    path = PROFILES / "constellation-1.1.toml"
    found, problems = read_profile(path.stem, Source(path.name, path.read_text("utf-8")))
    assert found is not None, problems
    return found


@pytest.fixture(scope="session")
def checked(profile: Profile) -> Check:
    """Checks texts as the files `0.star`, `1.star`, … of one rule set without errors."""

    def check_texts(*texts: str) -> Checked:
        parsed = [parse(Source(f"{number}.star", text)) for number, text in enumerate(texts)]
        found = check([each.file for each in parsed], profile)
        problems = (*found.diagnostics, *(p for each in parsed for p in each.diagnostics))
        assert [each for each in problems if each.is_error] == []
        return found

    return check_texts


@pytest.fixture(scope="session")
def compiled(checked: Check) -> Compile:
    """Compiles texts as the files of one rule set."""
    return lambda *texts: compile_rules(checked(*texts))
