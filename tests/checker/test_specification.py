"""The pages `errors.md`, `warnings.md` and `clean.md` beside this file, run."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Protocol

import pytest
from attrs import frozen

from starlang.checker.context import Checked
from starlang.checker.lints.run import expired_exceptions
from starlang.diagnostics.model import Diagnostic
from starlang.text import Span

HERE = Path(__file__).parent
HEAD = """\
starlang 1
ruleset example "1.0"
star Flow
star Trail
default star Plain
rule base -> Flow weight 0.75 when path mentions base
"""


class Check(Protocol):
    def __call__(self, *texts: str) -> Checked: ...


class Tell(Protocol):
    def __call__(self, *texts: str) -> tuple[Diagnostic, ...]: ...


@frozen
class Case:
    """A section: its heading, and the text of its fence without marks.

    `spans` lay between `«…»`, `others` between `‹…›`.
    """

    heading: str
    text: str
    spans: tuple[Span, ...]
    others: tuple[Span, ...]

    @property
    def code(self) -> str:
        return self.heading.partition(":")[0]


def cases(page: str) -> Iterator[Case]:
    for section in (HERE / page).read_text("utf-8").split("\n## ")[1:]:
        heading, _, rest = section.partition("\n")
        yield unmarked(heading, HEAD + rest.split("```star\n")[1].split("```")[0])


def unmarked(heading: str, marked: str) -> Case:
    plain: list[str] = []
    opened: list[int] = []
    spans: dict[str, list[Span]] = {"»": [], "›": []}
    for character in marked:
        if character in "«‹":
            opened.append(len(plain))
        elif character in spans:
            spans[character].append(Span(opened.pop(), len(plain)))
        else:
            plain.append(character)
    return Case(heading, "".join(plain), tuple(spans["»"]), tuple(spans["›"]))


def heading_of(case: Case) -> str:
    return case.heading


@pytest.mark.requirement("R02")
@pytest.mark.parametrize("case", list(cases("errors.md")), ids=heading_of)
@pytest.mark.fault_row(18)
def test_a_mistake_is_found_at_its_place(case: Case, told: Tell) -> None:
    found = [each for each in told(case.text) if each.is_error]

    assert_is_told(case, found)


@pytest.mark.parametrize("case", list(cases("warnings.md")), ids=heading_of)
def test_a_probable_mistake_is_told_and_nothing_else(case: Case, told: Tell) -> None:
    assert_is_told(case, list(told(case.text)))


def assert_is_told(case: Case, found: list[Diagnostic]) -> None:
    assert [each.code for each in found] == [case.code]
    first, *others = (label.span for label in found[0].labels)
    assert first == case.spans[0]
    if case.others or case.code.startswith("W"):
        assert tuple(sorted(others)) == case.others
    assert found[0].hint


@pytest.mark.parametrize("case", list(cases("clean.md")), ids=heading_of)
def test_nothing_is_told_of_rules_that_make_sense(case: Case, told: Tell) -> None:
    assert [(each.code, each.message) for each in told(case.text)] == []


@pytest.mark.fault_row(8)
def test_a_pattern_has_a_limited_length(told: Tell) -> None:
    case = unmarked("E305", f"{HEAD}rule a -> Flow when path matches /«{'a' * 1001}»/")

    assert_is_told(case, list(told(case.text)))
    shorter = told(case.text.replace("a" * 1001, "a" * 1000))
    assert [each for each in shorter if each.is_error] == []


def test_an_exception_is_over_on_its_day(checked: Check) -> None:
    case = unmarked(
        "W311",
        HEAD + '«never promote "labs" because "old" until "2027-03-01"»\n'
        'assign "a" to Flow because "r" until "2027-03-02"',
    )
    rules = checked(case.text)

    assert list(expired_exceptions(rules, date(2027, 2, 28))) == []
    assert_is_told(case, list(expired_exceptions(rules, date(2027, 3, 1))))
