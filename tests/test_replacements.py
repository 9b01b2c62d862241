"""A hint that names what is to be written is an edit, and the edit ends the finding."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from attrs import evolve
from program.projects import Project
from program.run import starlang
from syntax.test_borrowed import HABITS
from test_code_pages import BESIDE_A_CONFIG, Example, examples, name_of, told

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.profile import Profile
from starlang.project.check import replaced
from starlang.project.inputs import load_profile
from starlang.syntax.parse import parse
from starlang.text import Source

pytestmark = pytest.mark.requirement("R02")

WHOLE = re.compile(r"(did you mean|write) `[^`…]+`(?!.*\bor\b)[^`]*")
"""A hint that names one text to be written; with an `or` the author has to choose."""
EXAMPLE_OF_A_NUMBER = "promote 0.70 from 2 sources"


def holds_one(found: Diagnostic) -> bool:
    is_example = EXAMPLE_OF_A_NUMBER in found.hint or re.search(r"`.*\b[A-Z]{2,}\b", found.hint)
    return bool(WHOLE.fullmatch(found.hint)) and not is_example


def ends_with_its_edit(
    found: Iterable[Diagnostic], again: Callable[[str, str], Iterable[Diagnostic]]
) -> None:
    """Each edit makes one finding less, and no other; a hint that holds one text has an edit."""
    found = list(found)
    before = Counter(each.code for each in found)
    for each in found:
        edit = each.replacement
        assert edit is not None or not holds_one(each), each.hint
        if edit is not None:
            source = each.labels[0].source
            after = Counter(other.code for other in again(source.name, replaced(source.text, edit)))
            assert after < before, (each.hint, edit.text)


@pytest.fixture(scope="module")
def profile() -> Profile:
    found = load_profile("constellation-1.1", Path())
    assert isinstance(found, Profile)
    return found


@pytest.mark.parametrize(
    "example",
    [e for e in examples("star") if e.kind == "bad" and e.code[1] not in BESIDE_A_CONFIG],
    ids=name_of,
)
def test_on_the_page_of_a_code(example: Example, tmp_path: Path, profile: Profile) -> None:
    def again(name: str, text: str) -> Iterable[Diagnostic]:
        files = tuple((each, text if each == name else old) for each, old in example.files)
        return told(evolve(example, files=files), tmp_path, profile)

    ends_with_its_edit(told(example, tmp_path, profile), again)


def test_of_each_habit() -> None:
    for text, *_ in HABITS:
        source = Source("habit.star", f"starlang 1\n{text}\n")
        for each in parse(source).diagnostics:
            if each.replacement is not None:
                ends_with_its_edit([each], lambda _, new: parse(Source("x.star", new)).diagnostics)


@pytest.mark.parametrize(
    ("condition", "edits"),
    [
        ('reviewed between "2025-01-01" and "2025-06-30"', []),
        ('reviewed not between "2025-01-01" and "2025-06-30"', []),
        ("reviewed older than 90 days", []),
        ("reviewed before today", []),
        ('owner in ["a , b", "( c"]', ['{"a , b", "( c"}']),
        ('owner one of "a , b", c', ['in {"a , b", c}']),
    ],
)
def test_an_edit_says_all_that_was_meant_and_invents_nothing(
    condition: str, edits: list[str]
) -> None:
    """Half of a test, a day that nobody named, or another text would be no mending."""
    source = Source("habit.star", f"starlang 1\nrule a -> B weight 0.40 when {condition}\n")
    found = parse(source).diagnostics

    assert found
    assert [each.replacement.text for each in found if each.replacement is not None] == edits


def test_check_makes_them(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.config()
    project.rules("rule a -> Trial weight 0.80 when path contains memory && owner == archive\n")
    done = starlang("check", "--fix", cwd=tmp_path)

    text = (tmp_path / "rules" / "main.star").read_text("utf-8")
    assert "rule a -> Trail weight 0.80 when path mentions memory and owner is archive\n" in text
    assert (done.code, "fixed 4 findings" in done.said) == (0, True)
