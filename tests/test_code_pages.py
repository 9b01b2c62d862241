"""Every code has a page, and what the page shows is so.

A fence `star bad` is a whole rule set that gives exactly the code of its page; a fence
`star good` has no error and not that code. Fences with `file=NAME` are further files of
the example before them. On pages about compiled files, `json bad` is such a file.
"""

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from attrs import frozen

from starlang.checker.allowances import allowances_in
from starlang.checker.check import check
from starlang.checker.lints.run import analyse, expired_exceptions
from starlang.compiler import compile_cases, compile_rules
from starlang.diagnostics.model import Diagnostic
from starlang.manifests.profile import Profile
from starlang.manifests.profile_file import read_profile
from starlang.project.rule_files import read_rules
from starlang.rule_tests import vacuous
from starlang.rules.compiled_file import loads
from starlang.text import Source

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "codes"
TODAY = date(2026, 1, 1)


@frozen
class Fence:
    """A fenced block: the words after the backticks, and its text."""

    info: str
    text: str


@frozen
class Example:
    """The files of one example, the root first, by name."""

    code: str
    kind: str
    files: tuple[tuple[str, str], ...]


def fences(page: Path) -> Iterator[Fence]:
    info: str | None = None
    lines: list[str] = []
    for line in page.read_text("utf-8").splitlines():
        if not line.startswith("```"):
            lines.append(f"{line}\n")
        elif info is None:
            info, lines = line.removeprefix("```").strip(), []
        else:
            yield Fence(info, "".join(lines))
            info = None
    assert info is None, f"{page}: a fence is never closed"


def examples(language: str) -> Iterator[Example]:
    """The examples of all pages in `language`, each with its further files."""
    for page in sorted(PAGES.glob("*.md")):
        found: list[Example] = []
        for fence in fences(page):
            words = fence.info.split()
            if words[:1] != [language] or len(words) < 2:
                continue
            named = [word.removeprefix("file=") for word in words if word.startswith("file=")]
            file = (named[0] if named else "root.star", fence.text)
            if named and found and found[-1].kind == words[1]:
                last = found.pop()
                found.append(Example(last.code, last.kind, (*last.files, file)))
            else:
                found.append(Example(page.stem, words[1], (file,)))
        yield from found


def name_of(example: Example) -> str:
    return f"{example.code}-{example.kind}"


def told(example: Example, project: Path, profile: Profile) -> list[Diagnostic]:
    """All that is said of an example."""
    for name, text in example.files:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    read = read_rules(project / example.files[0][0], project)
    if not read.files:
        return list(read.diagnostics)
    checked = check(read.files, profile, complete=read.complete)
    found = [*read.diagnostics, *checked.diagnostics]
    if read.complete and checked.ok:
        rules = compile_rules(checked)
        found += analyse(rules, checked)
        found += vacuous(rules, profile, compile_cases(checked))
        found += expired_exceptions(checked, TODAY)
    allowances = allowances_in(file.source for file in read.files)
    kept = allowances.keep(found)
    return [*kept, *allowances.malformed, *allowances.unused()]


@pytest.fixture(scope="module")
def profile() -> Profile:
    path = ROOT / "configs" / "profiles" / "constellation-1.1.toml"
    found, problems = read_profile(path.stem, Source(path.name, path.read_text("utf-8")))
    assert found is not None, problems
    return found


BESIDE_A_CONFIG = "567"
"""Examples of these families are projects, which tests/project/test_code_pages.py makes."""


@pytest.mark.requirement("R02")
@pytest.mark.parametrize(
    "example",
    [each for each in examples("star") if each.code[1] not in BESIDE_A_CONFIG],
    ids=name_of,
)
def test_an_example_is_what_its_page_says(
    example: Example, tmp_path: Path, profile: Profile
) -> None:
    found = told(example, tmp_path, profile)

    codes = {each.code for each in found}
    if example.kind == "bad":
        assert codes == {example.code}, [each.message for each in found]
    else:
        assert example.kind == "good"
        assert example.code not in codes
        assert [each.message for each in found if each.is_error] == []


@pytest.mark.parametrize(
    "example", [each for each in examples("json") if each.code.startswith("E85")], ids=name_of
)
def test_a_compiled_file_is_refused_as_its_page_says(example: Example) -> None:
    found = loads(example.files[0][1])

    assert isinstance(found, Diagnostic)
    assert found.code == example.code


def codes_in_source() -> set[str]:
    """The codes that stand as literals in the program."""
    return {
        node.value
        for path in (ROOT / "starlang").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_code(node.value)
    }


def is_code(text: str) -> bool:
    return len(text) == 4 and text[0] in "EW" and text[1:].isascii() and text[1:].isdigit()


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert sorted(codes_in_source()) == sorted(page.stem for page in PAGES.glob("*.md"))


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_a_page_begins_with_its_code_and_title(page: Path) -> None:
    first, second, third, *_ = page.read_text("utf-8").splitlines()

    assert first.startswith(f"# {page.stem}: ")
    assert not first.endswith(".")
    assert second == ""
    assert third[:1].isalpha() or third.startswith("`")
