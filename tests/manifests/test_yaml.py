"""YAML manifests: read as YAML 1.2, refused where readers disagree, changed by single spans."""

from decimal import Decimal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from program.effort import examples

from starlang.texts.documents import Format, locate_in, read_documents, rewrite_in, without_in
from starlang.texts.json import Refusal
from starlang.texts.rewriting import Value, Write

CATALOG = """\
# Who asks: the platform team.
kind: Component
metadata:
  name: billing # short
  tags: [a, b]
spec:
  lifecycle: production
---
kind: API
spec: {type: openapi}
"""


def is_component(document: object) -> bool:
    return isinstance(document, dict) and document.get("kind") == "Component"


def anything(document: object) -> bool:
    return isinstance(document, dict)


def values(text: str) -> object:
    found = read_documents(text.encode(), Format.YAML)
    assert not isinstance(found, Refusal), found
    return list(found)


@pytest.mark.requirement("R38")
def test_values_are_those_of_the_core_schema() -> None:
    text = """
plain: no
on: off
null_: ~
empty:
flags: [true, False, TRUE]
numbers: [1, -2, 0o17, 0x1F, 1.50, 1e3, .5]
texts: ['1', "true", 2025-01-01, 1_000, 0777x]
7: seven
"""
    assert values(text) == [
        {
            "plain": "no",
            "on": "off",
            "null_": None,
            "empty": None,
            "flags": [True, False, True],
            "numbers": [1, -2, 15, 31, Decimal("1.50"), Decimal("1E+3"), Decimal("0.5")],
            "texts": ["1", "true", "2025-01-01", "1_000", "0777x"],
            "7": "seven",
        }
    ]


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E502"),
        ("---\n", "E502"),
        ("a: 1\na: 2", "E511"),
        ("a: {b: 1, b: 2}", "E511"),
        ("a: .nan", "E512"),
        ("a: 1e999", "E513"),
        (f"a: {'9' * 5_000}", "E514"),
        ("[" * 100, "E572"),
        ("[" * 100 + "]" * 100, "E516"),
        ("- " * 400_000 + "x", "E516"),
        ("[" * 500_000, "E572"),
        ("a: !!python/object:os.system x", "E573"),
        ("a: !custom x", "E573"),
        ("x: &x {a: 1}\ny: {<<: *x}", "E573"),
        ("? [a, b]\n: 1", "E573"),
        ("a: &a [*a]", "E573"),
        ("a: [1", "E572"),
        ("a:\n\tb: 1", "E572"),
        ("a: \x01", "E572"),
        ("a: *nowhere", "E572"),
    ],
)
def test_what_readers_understand_differently_is_refused(text: str, code: str) -> None:
    found = read_documents(text.encode(), Format.YAML)

    assert (found.code if isinstance(found, Refusal) else "") == code


@pytest.mark.parametrize("comment", ["", "# !\n"])
def test_the_number_of_values_has_a_limit_whatever_else_is_in_the_file(comment: str) -> None:
    found = read_documents(f"{comment}a: [{'1,' * 210_000}]".encode(), Format.YAML)

    assert isinstance(found, Refusal)
    assert found.code == "E573"


def test_a_document_may_not_grow_by_aliases() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    found = read_documents("\n".join(lines).encode(), Format.YAML)

    assert isinstance(found, Refusal)
    assert found.code == "E573"


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    ("pointer", "value", "after"),
    [
        ("/metadata/name", "till", CATALOG.replace("name: billing #", "name: till #")),
        ("/metadata/name", "on", CATALOG.replace("name: billing #", 'name: "on" #')),
        ("/spec/type", "service", CATALOG.replace("  lifecycle", "  type: service\n  lifecycle")),
        (
            "/metadata/labels/star",
            "a: b",
            CATALOG.replace("  name:", '  labels:\n    star: "a: b"\n  name:'),
        ),
        ("/metadata/tags", ["c"], CATALOG.replace("[a, b]", '["c"]')),
    ],
)
def test_an_edit_changes_its_span_and_nothing_else(pointer: str, value: Value, after: str) -> None:
    found = rewrite_in(CATALOG.encode(), [Write(pointer, value)], Format.YAML, is_component)

    assert not isinstance(found, Refusal), found
    assert found.data.decode() == after
    rest = [
        without_in(data, [pointer], Format.YAML, is_component)
        for data in (CATALOG.encode(), found.data)
    ]
    assert rest[0] == rest[1]


@pytest.mark.parametrize(
    "text",
    ["a: &x old", "a: |\n  old\n", "a:\n  - x\n", "a: *b", "b: &b x\na: *b"],
)
def test_what_cannot_be_changed_in_one_place_is_refused(text: str) -> None:
    found = rewrite_in(text.encode(), [Write("/a", "new")], Format.YAML, anything)

    assert isinstance(found, Refusal)


KEYS = st.sampled_from(["a", "b", "type", "on", "x y"])
SCALARS = st.none() | st.booleans() | st.integers(-9, 99) | st.text("ab:# '\"-\n", max_size=6)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.requirement("R38")
@settings(max_examples=examples(150))
@given(
    document=st.dictionaries(KEYS, TREES, min_size=1, max_size=4),
    label=st.sampled_from(["new", "no", "a: b", "'", "12"]),
    flow=st.booleans(),
)
def test_after_an_edit_a_document_holds_it_and_nothing_else(
    document: dict[str, object], label: str, *, flow: bool
) -> None:
    text = "# first\n" + yaml.safe_dump(document, default_flow_style=flow, sort_keys=False)
    before = read_documents(text.encode(), Format.YAML)
    assert not isinstance(before, Refusal)
    (old,) = before
    assert isinstance(old, dict)
    found = rewrite_in(text.encode(), [Write("/star", label)], Format.YAML, anything)

    if not isinstance(found, Refusal):
        assert found.document == {**old, "star": label}
        assert without_in(found.data, ["/star"], Format.YAML, anything) in {
            text,
            text.replace("{", "{, ", 1),
        }
    else:
        assert flow


def test_places_are_those_of_the_text() -> None:
    found = locate_in(CATALOG, ("metadata", "tags", 1), Format.YAML)

    assert found is not None
    assert CATALOG[found[1].start : found[1].end] == "b"


@pytest.mark.requirement("R38")
def test_comments_in_json_change_no_place() -> None:
    text = '{ // é\n  "a": [1, 2, /* x */],\n}\n'

    assert read_documents(text.encode(), Format.JSONC) == [{"a": [1, 2]}]
    found = locate_in(text, ("a", 1), Format.JSONC)
    assert found is not None
    assert text[found[1].start : found[1].end] == "2"
    assert isinstance(read_documents(b'{"a": 1} /* x', Format.JSONC), Refusal)
    assert isinstance(read_documents(b"\xff", Format.JSONC), Refusal)
