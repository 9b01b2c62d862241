"""The canonical layout: the examples of `layout.md`, our own files, and what is refused."""

import re
from pathlib import Path

import pytest
from attrs import frozen
from program.projects import rule_set_at

from starlang.format.format import format_source
from starlang.rules.sections import semantic_digest, text_digest
from starlang.syntax.parse import parse
from starlang.syntax.scanner import scan, significant
from starlang.text import Source

pytestmark = pytest.mark.requirement("R32")

ROOT = Path(__file__).resolve().parents[2]
RULE_FILES = sorted((*(ROOT / "rules").glob("*.star"), *(ROOT / "examples").rglob("*.star")))
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BODY = r"((?:(?!```).*\n)*)```$"
EXAMPLE = re.compile(rf"^### (.+)\n\n(?:```star written\n{BODY}\n\n)?```star\n{BODY}", re.MULTILINE)
FENCE = re.compile(rf"^```star(.*)\n{BODY}", re.MULTILINE)


@frozen
class Example:
    """A layout, and what was written; "" if that is the layout already."""

    title: str
    written: str
    layout: str


def examples() -> list[Example]:
    page = (ROOT / "tests" / "syntax" / "layout.md").read_text("utf-8")
    found = EXAMPLE.findall(page)
    assert len(found) == page.count("\n### ")
    head = "starlang 1\n\n"
    return [
        Example(title, written and head + written, head + rest) for title, written, rest in found
    ]


def laid_out(text: str) -> str:
    done = format_source(Source("written.star", text))
    assert done.text is not None, done.diagnostics
    return done.text


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_examples(example: Example) -> None:
    assert laid_out(example.written or example.layout) == example.layout
    assert laid_out(example.layout) == example.layout


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.name)
def test_our_own_files_are_laid_out(path: Path) -> None:
    text = path.read_bytes().decode()

    assert laid_out(text) == text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_our_pages_show_what_is_laid_out(page: Path) -> None:
    for kind, text in FENCE.findall(page.read_text("utf-8")):
        if "file=" in kind:  # what commands below are shown to work on
            continue
        whole = f"starlang 1\n\n{text}" if "fragment" in kind else text
        done = format_source(Source(page.name, whole))
        assert done.text == whole


def test_ends_of_lines_are_those_of_unix() -> None:
    assert laid_out('starlang 1\r\n\r\nuse "a.star"  # why\r\n') == (
        'starlang 1\n\nuse "a.star"  # why\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        'starlang 1\nuse "a.star"',
        '\n\nstarlang 1\nuse "a.star"\n',
        'starlang 1 \nuse "a.star"\t\n \n\n',
        'starlang 1 use "a.star"',
    ],
)
def test_a_file_begins_at_once_and_ends_with_its_last_line(text: str) -> None:
    assert laid_out(text) == 'starlang 1\nuse "a.star"\n'


def test_a_layout_keeps_both_digests(tmp_path: Path) -> None:
    for path in (ROOT / "rules").glob("*.star"):
        tokens = significant(scan(path.read_text("utf-8")))
        text = laid_out("\n".join(token.text for token in tokens))
        assert text != path.read_text("utf-8")
        (tmp_path / path.name).write_text(text, "utf-8")

    one, other = (
        rule_set_at(folder / "constellation.star") for folder in (ROOT / "rules", tmp_path)
    )
    assert semantic_digest(one) == semantic_digest(other)
    assert text_digest(one) == text_digest(other)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("starlang 1\nrule a -> \n", "E101"),
        ("rule a -> A when path mentions b\n", "E111"),
        ("starlang 2\n", "E112"),
        ('starlang 1\nrule a -> A when name is b because "x" because "y"\n', "E109"),
        ("# nothing\n", "E111"),
    ],
)
def test_a_file_with_errors_is_left_alone(text: str, code: str) -> None:
    done = format_source(Source("written.star", text))

    assert done.text is None
    assert code in {each.code for each in done.diagnostics}


def test_a_warning_does_not_matter() -> None:
    text = 'starlang 1\nrule a -> A when name is "b*"\n'

    assert [each.code for each in parse(Source("written.star", text)).diagnostics] == ["W102"]
    assert laid_out(text) == text


def test_a_layout_beyond_the_limits_is_refused() -> None:
    because = f'because "{"x" * 9_989}"'
    assert len(because) == 9_999

    done = format_source(
        Source("long.star", f"starlang 1\nrule a -> A when name is b\n{because}\n")
    )

    assert done.text is None
    assert [each.code for each in done.diagnostics] == ["E116"]


def test_deep_conditions_are_laid_out() -> None:
    condition = "name is a"
    for number in range(32):
        condition = f"not ({condition} or name is word-{number})"

    assert laid_out(f"starlang 1\nrule a -> A when {condition}\n").count("not (") == 32
