"""Schemas: read strictly, checked themselves, and never fetched from anywhere."""

import json
from pathlib import Path

import pytest

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.schema import Schema, read_schema


def refused(data: bytes) -> tuple[str, str]:
    """Code and underlined text."""
    finding = read_schema("schema.json", data)
    assert isinstance(finding, Diagnostic)
    if not finding.labels:
        return finding.code, ""
    label = finding.labels[0]
    return finding.code, label.source.text[label.span.start : label.span.end]


@pytest.mark.parametrize(
    ("text", "underlined"),
    [
        ('{"type": "objekt"}', '"objekt"'),
        ('{"properties": {"a": {"minimum": "1"}}}', '"1"'),
        ('{"required": "a"}', '"a"'),
        ('{"pattern": "("}', '"("'),
        ('{"pattern": "(?:(?:x{1000}){1000}){1000}"}', '"(?:(?:x{1000}){1000}){1000}"'),
        ('{"patternProperties": {"(": true}}', '"("'),
        ('{"pattern": "^(?!con$)"}', '"^(?!con$)"'),
        ('{"patternProperties": {"(a)\\\\1": true}}', '"(a)\\\\1"'),
        ('{"properties": {"a": {"pattern": "(?<=a)b"}}}', '"(?<=a)b"'),
        ('{"$schema": 1}', "1"),
        ('{"$ref": 1}', "1"),
        ('{"$schema": []}', "[]"),
        ('{"items": {"$id": 7}}', "7"),
        ("[]", "[]"),
        ('"text"', '"text"'),
        ('{"$ref": "#/definitions/nowhere"}', '"#/definitions/nowhere"'),
        ('{"a": 1, "a": 2}', '"a"'),
        ("{", ""),
        ("", ""),
        (
            '{"$schema": "https://example.org/unknown"}',
            '{"$schema": "https://example.org/unknown"}',
        ),
    ],
)
def test_a_schema_that_is_none_is_refused_at_its_place(text: str, underlined: str) -> None:
    assert refused(text.encode()) == ("E711", underlined)


@pytest.mark.parametrize(
    "target",
    [
        *("http://example.org/x.json", "https://example.org/x.json#/a", "file:///etc/passwd"),
        *("other.json", "../x.json#/a", "urn:example:x"),
    ],
)
@pytest.mark.parametrize("draft", ["http://json-schema.org/draft-07/schema#", None])
def test_a_reference_out_of_the_file_is_refused_and_never_fetched(
    target: str, draft: str | None
) -> None:
    schema: dict[str, object] = {"properties": {"a": {"items": {"$ref": target}}}}
    if draft:
        schema["$schema"] = draft

    assert refused(json.dumps(schema).encode()) == ("E712", json.dumps(target))


def test_a_file_that_is_there_is_not_read_either(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}", "utf-8")

    assert refused(json.dumps({"$ref": other.as_uri()}).encode()) == (
        "E712",
        json.dumps(other.as_uri()),
    )


@pytest.mark.parametrize(
    "schema",
    [
        {},
        True,
        False,
        {"$ref": "#/definitions/a", "definitions": {"a": {"type": "object"}}},
        {
            "$id": "https://example.org/s",
            "$ref": "https://example.org/s#/$defs/a",
            "$defs": {"a": {}},
        },
        {"properties": {"$ref": {"type": "string"}}},
        {"enum": [{"$ref": "http://example.org/no-reference"}]},
        {"$ref": "#"},
    ],
)
def test_schemas_that_stand_on_their_own(schema: object) -> None:
    assert isinstance(read_schema("schema.json", json.dumps(schema).encode()), Schema)


def test_many_large_patterns_are_too_large_together() -> None:
    """Each of them alone would do."""
    large = "(?:(?:a{50}){50}){50}"
    one: dict[str, object] = {"pattern": large}
    assert isinstance(read_schema("schema.json", json.dumps(one).encode()), Schema)

    for many in (
        {"allOf": [one] * 500},
        {"properties": {"default": {"anyOf": [one] * 500}}},
        {"patternProperties": {f"{large}{number}": True for number in range(500)}},
    ):
        code, underlined = refused(json.dumps(many).encode())
        assert (code, large in underlined) == ("E711", True)
