"""Rule files as text, checked with the profile that is shipped for manifests of shape 1.1."""

from pathlib import Path
from typing import Protocol

import pytest

from starlang.checker.check import check
from starlang.checker.context import Checked
from starlang.checker.lints.run import analyse
from starlang.compiler import compile_rules
from starlang.diagnostics.model import Diagnostic
from starlang.manifests.profile import Profile
from starlang.manifests.profile_file import read_profile
from starlang.syntax.parse import parse
from starlang.text import Source

PROFILES = Path(__file__).resolve().parents[2] / "configs" / "profiles"


class Check(Protocol):
    """Checks texts as the files `0.star`, `1.star`, … of one rule set, the root first."""

    def __call__(self, *texts: str) -> Checked: ...


class Tell(Protocol):
    """All that the checker says of texts, the analyses included if there is no error."""

    def __call__(self, *texts: str) -> tuple[Diagnostic, ...]: ...


@pytest.fixture(scope="session")
def profile() -> Profile:
    path = PROFILES / "constellation-1.1.toml"
    found, problems = read_profile(path.stem, Source(path.name, path.read_text("utf-8")))
    assert found is not None, problems
    return found


@pytest.fixture(scope="session")
def checked(profile: Profile) -> Check:
    def check_texts(*texts: str) -> Checked:
        parsed = [parse(Source(f"{number}.star", text)) for number, text in enumerate(texts)]
        assert [each for file in parsed for each in file.diagnostics if each.is_error] == []
        return check([file.file for file in parsed], profile)

    return check_texts


@pytest.fixture(scope="session")
def told(checked: Check) -> Tell:
    def tell(*texts: str) -> tuple[Diagnostic, ...]:
        found = checked(*texts)
        return found.diagnostics + (analyse(compile_rules(found), found) if found.ok else ())

    return tell
