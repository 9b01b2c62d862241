"""Diagnostics as SARIF: valid by the schema of OASIS, at the right place, with stable marks."""

import json
from pathlib import Path
from typing import TypedDict

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.diagnostics.formats import Checkout, sarif_document
from starlang.diagnostics.model import Diagnostic, Label, at
from starlang.syntax.parse import parse
from starlang.text import Position, Source, Span

pytestmark = pytest.mark.requirement("R32")

SCHEMA = json.loads(Path(__file__).with_name("sarif-schema-2.1.0.json").read_text("utf-8"))
VALIDATOR = jsonschema_rs.Draft4Validator(SCHEMA, validate_formats=True)


class Text(TypedDict):
    text: str


class Region(TypedDict):
    startLine: int
    startColumn: int
    endLine: int
    endColumn: int


class Artifact(TypedDict):
    uri: str


class Physical(TypedDict):
    artifactLocation: Artifact
    region: Region


class Location(TypedDict):
    physicalLocation: Physical
    message: Text


class Result(TypedDict):
    ruleId: str
    ruleIndex: int
    level: str
    message: Text
    locations: list[Location]
    relatedLocations: list[Location]
    partialFingerprints: dict[str, str]
    suppressions: list[dict[str, str]]


class Rule(TypedDict):
    id: str
    shortDescription: Text
    help: dict[str, str]


class Driver(TypedDict):
    rules: list[Rule]


class Run(TypedDict):
    tool: dict[str, Driver]
    columnKind: str
    results: list[Result]


def run_of(text: str) -> Run:
    document = json.loads(text)
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    (run,) = document["runs"]
    found: Run = run
    return found


def test_a_finding_with_two_places() -> None:
    source = Source("rules/a b.star", "one\ntwo 🌱x\n")
    other = Label(Source("rules/b.star", "three"), Span(0, 5), "there")
    found = at(source, Span(8, 10), "E204", "m", hint="h", others=[other])
    run = run_of(
        sarif_document([found], Checkout(prefix="sub/", pages={"E204": "# E204: t\n\nBody.\n"}))
    )
    (result,) = run["results"]
    (place,) = result["locations"]
    (related,) = result["relatedLocations"]
    (rule,) = run["tool"]["driver"]["rules"]

    assert run["columnKind"] == "unicodeCodePoints"
    assert (result["ruleId"], result["level"], result["message"]["text"]) == (
        "E204",
        "error",
        "m\nhelp: h",
    )
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "sub/rules/a%20b.star"
    # Column 5 in code points; the seedling is one, though UTF-16 has two units for it.
    assert place["physicalLocation"]["region"] == {
        "startLine": 2,
        "startColumn": 5,
        "endLine": 2,
        "endColumn": 7,
    }
    assert related["message"]["text"] == "there"
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "sub/rules/b.star"
    assert rule["shortDescription"]["text"] == "t"
    assert rule["help"]["markdown"] == "# E204: t\n\nBody.\n"


def test_every_result_has_a_line_to_be_shown_at() -> None:
    found = [
        Diagnostic(code="W801", message="m", file="a", position=Position(3, 7)),
        Diagnostic(code="E706", message="m", file="b"),
        Diagnostic(code="E806", message="m"),
    ]
    results = run_of(sarif_document(found, Checkout(fallback="configs/starlang.toml")))["results"]
    places = [each["locations"][0]["physicalLocation"] for each in results]

    assert [(each["artifactLocation"]["uri"], each["region"]["startLine"]) for each in places] == [
        ("a", 3),
        ("b", 1),
        ("configs/starlang.toml", 1),
    ]


def test_accepted_findings_are_suppressed() -> None:
    open_, known = (Diagnostic(code="E602", message=name, file=name) for name in ("a", "b"))
    results = run_of(sarif_document([open_], Checkout(), [known]))["results"]

    assert [each.get("suppressions", []) for each in results] == [
        [],
        [
            {
                "kind": "external",
                "status": "accepted",
                "justification": "accepted by the project's config",
            }
        ],
    ]


def test_a_fingerprint_stays_when_lines_move_and_tells_findings_apart() -> None:
    def marks(text: str) -> list[str]:
        found = parse(Source("a.star", text)).diagnostics
        results = run_of(sarif_document(found, Checkout()))["results"]
        return [each["partialFingerprints"]["starlangFinding/v1"] for each in results]

    before = marks("starlang 1\nstra A\nstra A\n")
    after = marks("starlang 1\n\n# more\nstra A\n\nstra A\n")

    assert len(before) == len(set(before)) > 1
    assert before == after


@given(st.text(max_size=60))
@settings(max_examples=examples(60))
def test_whatever_is_found_is_valid(text: str) -> None:
    found = parse(Source("rules/ä%.star", text)).diagnostics
    run = run_of(sarif_document(found, Checkout()))

    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[each["ruleIndex"]] for each in run["results"]] == [each.code for each in found]


def test_what_is_no_text_is_escaped() -> None:
    found = Diagnostic(code="E706", message="\udc80", file="a\udc80")

    run_of(sarif_document([found], Checkout()).encode().decode())


@pytest.mark.requirement("R45")
@pytest.mark.fault_row(98)
@pytest.mark.parametrize(
    "file", ["/o/o.star", "../o.star", "C:/o.star", "C:\\o.star", "//h/o.star"]
)
def test_a_file_outside_is_named_and_has_no_location(file: str) -> None:
    outside, inside = Source(file, "one\ntwo"), Source("in.star", "three")
    found = [
        at(outside, Span(4, 5), "E101", "it is wrong"),
        at(inside, Span(0, 1), "E102", "two", others=[Label(outside, Span(0, 1), "first")]),
    ]
    for fallback in ("configs/starlang.toml", ""):
        run = run_of(sarif_document(found, Checkout("sub/" if fallback else "", fallback)))
        uris = [
            each["physicalLocation"]["artifactLocation"]["uri"]
            for result in run["results"]
            for each in (*result.get("locations", []), *result.get("relatedLocations", []))
        ]
        expected = ["sub/configs/starlang.toml", "sub/in.star"] if fallback else ["in.star"]
        assert uris == expected
        assert run["results"][0]["message"]["text"] == f"{file}:2:1: it is wrong"
