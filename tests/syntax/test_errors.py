"""`errors.md`, checked: every error, where it is, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from starlang.syntax.nodes import RuleDecl
from starlang.syntax.parse import parse
from starlang.text import Source

PAGE = Path(__file__).with_name("errors.md")
BEFORE = "rule before -> B when owner is x\n"
AFTER = "rule after -> B when owner is x\n"


@frozen
class Case:
    """A text with marks, and the codes of the marks in their order."""

    line: int
    kind: str
    marked: str

    @property
    def text(self) -> str:
        """The text without marks; a mark around nothing on the last line is its end."""
        text = re.sub("[«»]", "", self.marked)
        return text.removesuffix("\n") if self.marked.endswith("\n«»\n") else text

    @property
    def expected(self) -> list[tuple[str, int, int]]:
        codes = re.findall(r"[EW]\d{3}", " ".join(re.findall(r"#:(.*)", self.marked)))
        starts = [
            match.start() - 2 * index for index, match in enumerate(re.finditer("«", self.marked))
        ]
        ends = [
            match.start() - 2 * index - 1
            for index, match in enumerate(re.finditer("»", self.marked))
        ]
        return sorted(zip(codes, starts, ends, strict=True))


def cases() -> Iterator[Case]:
    lines = PAGE.read_text("utf-8").splitlines(keepends=True)
    start = None
    for number, line in enumerate(lines):
        if line.startswith("```"):
            if start is not None:
                kind = lines[start].removeprefix("```star").strip()
                yield Case(start + 2, kind, "".join(lines[start + 1 : number]))
            start = number if start is None else None


def found(text: str) -> list[tuple[str, int, int]]:
    diagnostics = parse(Source("case.star", text)).diagnostics
    return sorted(
        (each.code, each.labels[0].span.start, each.labels[0].span.end) for each in diagnostics
    )


def shifted(expected: list[tuple[str, int, int]], by: int) -> list[tuple[str, int, int]]:
    return [(code, start + by, end + by) for code, start, end in expected]


@pytest.mark.requirement("R02")
@pytest.mark.parametrize("case", list(cases()), ids=lambda case: f"line{case.line}")
def test_every_error_and_no_other(case: Case) -> None:
    header = "" if case.kind == "whole" else "starlang 1\n"

    assert found(header + case.text) == shifted(case.expected, len(header))


@pytest.mark.parametrize(
    "case", [each for each in cases() if not each.kind], ids=lambda case: f"line{case.line}"
)
def test_neighbours_are_read_as_if_there_were_no_error(case: Case) -> None:
    head = f"starlang 1\n{BEFORE}"

    parsed = parse(Source("case.star", head + case.text + AFTER))

    assert found(head + case.text + AFTER) == shifted(case.expected, len(head))
    first, *_, last = parsed.file.declarations
    assert isinstance(first, RuleDecl)
    assert isinstance(last, RuleDecl)
    assert (first.name.text, last.name.text) == ("before", "after")


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: f"line{case.line}")
def test_every_error_says_a_way_out(case: Case) -> None:
    diagnostics = parse(Source("case.star", case.text)).diagnostics

    assert [each.message for each in diagnostics if not each.hint] == []
