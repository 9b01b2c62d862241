"""JUnit XML: read back by a parser of XML."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starlang.diagnostics.formats import Checkout
from starlang.diagnostics.junit import JUnitCase, Suite, junit_document, render
from starlang.diagnostics.model import Diagnostic
from starlang.text import Position

pytestmark = pytest.mark.requirement("R32")


def read(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 -- our own text


def test_counts_are_those_of_the_cases() -> None:
    cases = (
        JUnitCase("a", "g"),
        JUnitCase("b", "g", failure="why", summary="w"),
        JUnitCase("c", "g"),
    )
    root = read(render("all", [Suite("one", cases), Suite("two", cases[:1])]))

    counts = [
        (each.get("name"), each.get("tests"), each.get("failures"))
        for each in root.iter()
        if each.tag.startswith("testsuite")
    ]
    assert counts == [("all", "4", "1"), ("one", "3", "1"), ("two", "1", "0")]
    (failure,) = root.iter("failure")
    assert (failure.get("message"), failure.text) == ("w", "why")


def test_an_error_fails_and_a_warning_does_not() -> None:
    found = [
        Diagnostic(code="E1", message="m", file="a", position=Position(3, 1), hint="h"),
        Diagnostic(code="W1", message="n", file="a"),
        Diagnostic(code="W1", message="o", file="b"),
    ]
    root = read(junit_document("starlang check", found, Checkout(prefix="sub/")))

    assert [each.get("name") for each in root] == ["sub/a", "sub/b"]
    cases = {case.get("name"): case for case in root[0]}
    assert cases["E1 line 3"].get("line") == "3"
    assert cases["E1 line 3"].findtext("failure") == "m\nhelp: h"
    assert cases["W1"].find("failure") is None
    assert cases["W1"].findtext("system-out") == "warning: n"
    assert (root.get("tests"), root.get("failures")) == ("3", "1")


def test_no_finding_is_one_case_that_passes() -> None:
    root = read(junit_document("starlang check", [], Checkout()))

    assert [case.get("name") for case in root.iter("testcase")] == ["no findings"]
    assert list(root.iter("failure")) == []


@given(st.text(st.characters(codec=None)))
def test_any_text_is_well_formed(text: str) -> None:
    rendered = render(text, [Suite(text, (JUnitCase(text, text, failure=text, summary=text),))])

    assert len(list(read(rendered).iter("testcase"))) == 1
