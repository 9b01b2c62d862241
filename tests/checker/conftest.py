"""Rule files as text, checked with the profile that is shipped for manifests of shape 1.1."""

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen

from starlang.checker.analyses.run import analyse
from starlang.checker.check import check
from starlang.checker.checked import Checked
from starlang.compiler.compile import compile_rules
from starlang.diagnostics.model import Diagnostic, Label
from starlang.manifests.profile import Profile
from starlang.manifests.profile_file import read_profile
from starlang.source.text import Source, Span
from starlang.syntax.nodes import File
from starlang.syntax.parse import parse

PROFILES = Path(__file__).resolve().parents[2] / "configs" / "profiles"


@frozen
class Marked:
    """A text with marks: `«…»` around what is to be underlined, `‹…›` around further places."""

    text: str
    spans: tuple[Span, ...]
    others: tuple[Span, ...]


def _marked(text: str) -> Marked:
    plain: list[str] = []
    opened: list[int] = []
    spans: dict[str, list[Span]] = {"»": [], "›": []}
    for character in text:
        if character in "«‹":
            opened.append(len(plain))
        elif character in "»›":
            spans[character].append(Span(opened.pop(), len(plain)))
        else:
            plain.append(character)
    return Marked("".join(plain), tuple(spans["»"]), tuple(spans["›"]))


@pytest.fixture
def marked() -> Callable[[str], Marked]:
    return _marked


@pytest.fixture(scope="session")
def profile() -> Profile:
    path = PROFILES / "constellation-1.1.toml"
    found, problems = read_profile(path.stem, Source(path.name, path.read_text("utf-8")))
    assert found is not None, problems
    return found


def files(*texts: str) -> tuple[File, ...]:
    """The texts as files `0.star`, `1.star`, …; each must be right as far as syntax goes."""
    parsed = [parse(Source(f"{number}.star", text)) for number, text in enumerate(texts)]
    assert [each for file in parsed for each in file.diagnostics if each.is_error] == []
    return tuple(each.file for each in parsed)


@pytest.fixture
def checked(profile: Profile) -> Callable[..., Checked]:
    """Checks texts as the files of one rule set, the root first."""
    return lambda *texts: check(files(*texts), profile)


@pytest.fixture
def told(checked: Callable[..., Checked]) -> Callable[..., tuple[Diagnostic, ...]]:
    """All that the checker says of texts, the analyses included if there is no error."""

    def tell(*texts: str) -> tuple[Diagnostic, ...]:
        found = checked(*texts)
        return found.diagnostics + (analyse(compile_rules(found), found) if found.ok else ())

    return tell


def underlined(label: Label) -> str:
    return label.source.text[label.span.start : label.span.end]
