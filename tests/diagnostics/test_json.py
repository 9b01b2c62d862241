"""Diagnostics as programs read them."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from program.effort import examples

from starlang.diagnostics.formats import as_json, json_document, to_json
from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.syntax.parse import parse
from starlang.text import Position, Source, Span

SCHEMA = Path(__file__).resolve().parents[2] / "configs" / "schemas" / "diagnostics.schema.json"


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    document = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


def test_a_diagnostic_with_two_places() -> None:
    source = Source("rules/a.star", "one\ntwo\n")
    other = Label(Source("rules/b.star", "three"), Span(0, 5), "there")

    found = at(source, Span(4, 7), "E204", "m", hint="h", label="here", others=[other])

    assert as_json(found) == {
        "code": "E204",
        "severity": "error",
        "message": "m",
        "file": "rules/a.star",
        "line": 2,
        "column": 1,
        "end_line": 2,
        "end_column": 4,
        "hint": "h",
        "pointer": "",
        "related": [
            {
                "file": "rules/b.star",
                "line": 1,
                "column": 1,
                "end_line": 1,
                "end_column": 6,
                "message": "there",
            }
        ],
        "page": "docs/codes/E204.md",
        "fixes": [],
    }


def test_a_place_that_is_only_remembered() -> None:
    found = as_json(Diagnostic(code="W801", message="m", file="a", position=Position(3, 7)))

    assert [found[key] for key in ("line", "column", "end_line", "end_column")] == [3, 7, 3, 7]


def test_a_whole_file_has_no_line() -> None:
    found = as_json(Diagnostic(code="E501", message="m", file="a.json", pointer="/x"))

    assert [found[key] for key in ("line", "column", "end_line", "end_column")] == [None] * 4
    assert (found["pointer"], found["related"]) == ("/x", [])


def test_errors_and_warnings_are_counted() -> None:
    codes = ["E101", "W101", "E102", "E101"]

    document = to_json(Diagnostic(code=code, message=code) for code in codes)

    assert document["format"] == "starlang-diagnostics/1"
    assert document["counts"] == {"error": 3, "warning": 1, "note": 0}
    assert [each["code"] for each in json.loads(json_document(()))["diagnostics"]] == []


def test_real_diagnostics_are_as_the_schema_says(schema: Draft202012Validator) -> None:
    text = 'rule a B wehn x == "y\nrule b -> B when memоry is c when d is e\n'
    found = [*parse(Source("a.star", text)).diagnostics, Diagnostic(code="E501", message="m")]

    document = json.loads(json_document(found))

    assert len(document["diagnostics"]) > 5
    assert {each["severity"] for each in document["diagnostics"]} == {"error", "warning"}
    assert any(each["related"] for each in document["diagnostics"])
    assert list(schema.iter_errors(document)) == []


@pytest.mark.parametrize(
    "change", [{"code": "X1"}, {"severity": "warning"}, {"line": None}, {"line": 0}, {"more": 1}]
)
def test_the_schema_refuses_other_shapes(
    schema: Draft202012Validator, change: dict[str, object]
) -> None:
    document = json.loads(json_document(parse(Source("a.star", "rule")).diagnostics))
    document["diagnostics"][0] |= change

    assert list(schema.iter_errors(document))


@settings(max_examples=examples(50))
@given(st.text(st.characters(), max_size=20), st.text(st.characters(), min_size=1, max_size=20))
@pytest.mark.fault_row(17)
def test_any_text_can_be_written_as_utf_8(name: str, message: str) -> None:
    label = Label(Source(name, message), Span(0, 1), message)
    found = Diagnostic(code="E101", message=message, file=name, labels=(label, label), hint=message)

    assert json.loads(json_document([found]).encode())["counts"]["error"] == 1
