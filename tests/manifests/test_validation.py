"""Manifests against a schema: the findings are where a second validator, jsonschema, has them."""

import copy
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from strategies.profiles import profile_of, star_shape

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.schema import Schema, read_schema, validate
from starlang.text import Span
from starlang.texts.pointers import Step, pointer_to

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (ROOT / "configs" / "schemas" / "manifest-1.1.schema.json").read_bytes()
PROFILE = profile_of(star_shape("/constellation_alignment/primary_star"))

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"

FULL: dict[str, Json] = {
    "schema_version": "1.1.0",
    "module": {
        "name": "core.identity",
        "path": "core/identity",
        "type": "package",
        "lane": "core",
        "colony": "identity",
        "version": "1.2.3-rc.1",
        "status": "production",
    },
    "constellation_alignment": {
        "primary_star": "Anchor",
        "secondary_stars": ["Watch"],
        "star_aliases": ["Guard"],
        "trinity_aspects": ["Identity"],
    },
    "matriz_integration": {
        "status": "partial",
        "pipeline_nodes": ["intent", "action"],
        "cognitive_function": "",
        "latency_target_p95": 250.5,
        "throughput_ops_per_sec": 0,
        "integration_tests": ["test_flow"],
    },
    "capabilities": [
        {"name": "sign_in", "type": "api", "description": "", "interfaces": ["REST"]},
    ],
    "dependencies": {
        "internal": [{"module": "core.crypto", "lane": "core", "required": True}],
        "external": ["attrs", {"package": "jwt", "version": ">=2", "purpose": "tokens"}],
        "circular_dependencies": ["core.x"],
    },
    "exports": {
        "classes": [{"name": "Login"}],
        "functions": [{"name": "login"}],
        "constants": [{"name": "TTL"}],
    },
    "contracts": ["identity.login@v1"],
    "testing": {
        "has_tests": True,
        "test_paths": ["tests/test_login.py"],
        "coverage_baseline": 80,
        "quality_tier": "T1_critical",
    },
    "observability": {
        "spans": ["login"],
        "metrics": [{"name": "logins"}],
        "logging": {"logger_name": "identity", "default_level": "INFO"},
        "events": {"publishes": ["login@v1"], "subscribes": ["logout@v1"]},
    },
    "security": {
        "requires_auth": True,
        "data_classification": "restricted",
        "secrets_used": ["KEY"],
        "network_calls": True,
        "sandboxed": False,
        "policies": ["mfa"],
    },
    "metadata": {
        "owner": "identity-team",
        "created": "2025-01-01T00:00:00Z",
        "last_updated": "2025-01-01T00:00:00.5+01:00",
        "manifest_generated": False,
        "documentation_url": "",
        "tags": ["login"],
    },
}
STRANGE: list[Json] = [None, True, 0, 1, -1, 1.5, 1e15, "", "unassigned", "x" * 201, "a b"]
STRANGE += [[], {}, ["x", "x"], [1, True], [""], {"name": 7}, {"package": ""}, "\u0661.0.0", "é@v1"]

REQUIRED = json.loads(SHIPPED)["required"]
EVERYTHING = 0.1
"""How often all sections are in a document."""


def schema_of(data: bytes) -> Schema:
    schema = read_schema("schema.json", data)
    assert isinstance(schema, Schema)
    return schema


def graph_of(documents: list[dict[str, Json]]) -> tuple[ModuleGraph, list[str]]:
    texts = [json.dumps(document, indent=1) for document in documents]
    files = [
        ManifestFile(f"{n:05}/m.json", f"{n:05}/m.json", text.encode())
        for n, text in enumerate(texts)
    ]
    return build_graph(files, PROFILE), texts


def places_in(value: Json, steps: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    yield steps
    members: Iterable[tuple[Step, Json]] = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    for step, member in members:
        yield from places_in(member, (*steps, step))


def inside(document: Json, steps: Iterable[Step]) -> Json:
    for step in steps:
        if isinstance(document, dict):
            document = document[str(step)]
        else:
            assert isinstance(document, list)
            document = document[int(step)]
    return document


def replaced(holder: Json, last: Step, value: Json) -> None:
    if isinstance(holder, dict):
        holder[str(last)] = value
    else:
        assert isinstance(holder, list)
        holder[int(last)] = value


def part_of_full(section: str) -> dict[str, Json]:
    """What every manifest has, and one section: both validators look at each value of it."""
    kept = {*REQUIRED, section}
    return {key: copy.deepcopy(value) for key, value in FULL.items() if key in kept}


def each_place_replaced() -> Iterator[dict[str, Json]]:
    """Each strange value in each place."""
    for section, inner in FULL.items():
        for *above, last in places_in(inner, (section,)):
            for value in STRANGE:
                document = part_of_full(section)
                replaced(inside(document, above), last, copy.deepcopy(value))
                yield document


def mutated(chance: random.Random) -> dict[str, Json]:
    """A document with one to three things changed anywhere in it; now and then the full one."""
    part = part_of_full(chance.choice([*FULL]))
    document = copy.deepcopy(FULL) if chance.random() < EVERYTHING else part
    for _ in range(chance.choice([1, 1, 2, 3])):
        *above, last = chance.choice([steps for steps in places_in(document) if steps])
        holder = inside(document, above)
        match chance.choice(["replace", "replace", "delete", "add", "repeat"]), holder:
            case "replace", _:
                replaced(holder, last, copy.deepcopy(chance.choice(STRANGE)))
            case "delete", dict():
                del holder[str(last)]
            case "add", dict():
                holder[chance.choice(["unexpected", "name", "$ref", ""])] = chance.choice(STRANGE)
            case _, list():
                holder.append(copy.deepcopy(holder[int(last)]))
            case _:
                replaced(holder, last, [copy.deepcopy(inside(holder, [last]))] * 2)
    return document


ASSERTIONS = {
    *("type", "enum", "const", "pattern", "minLength", "maxLength", "minimum", "maximum"),
    *("exclusiveMinimum", "uniqueItems", "minItems", "required", "anyOf", "not"),
}


def assertions(schema: Json) -> Iterator[tuple[int, str]]:
    """Every keyword of a schema that can fail by itself, as (identity of the schema, keyword)."""
    if isinstance(schema, dict):
        for keyword, value in schema.items():
            if keyword in ASSERTIONS or (keyword == "additionalProperties" and value is False):
                yield id(schema), keyword
            named = keyword in {"properties", "$defs"}
            inner: Iterable[Json] = value if isinstance(value, list) else [value]
            if named and isinstance(value, dict):
                inner = value.values()
            if named or keyword in {"anyOf", "items", "then"}:
                for each in inner:
                    yield from assertions(each)


def every_error(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    for error in errors:
        yield error
        yield from every_error(error.context or ())


def expected(errors: list[ValidationError]) -> set[str]:
    """The pointer of each error as jsonschema has it, of alternatives that of the nearest one."""
    return {pointer_to(tuple(best_match([error]).absolute_path)) for error in errors}


def found_in(graph: ModuleGraph, schema: Schema, texts: list[str]) -> dict[str, set[str]]:
    """File -> the pointers that its findings name."""
    found: dict[str, set[str]] = {}
    for finding in validate(graph, schema, texts.__getitem__):
        assert finding.code == "W510"
        where, _, words = finding.message.partition(": ")
        pointer = "" if where == "the manifest" else where.strip("`")
        assert finding.pointer.startswith(pointer)
        assert finding.labels
        assert 0 < len(words) <= 301
        found.setdefault(finding.file, set()).add(pointer)
    return found


def test_the_full_document_is_valid() -> None:
    graph, texts = graph_of([FULL])

    assert validate(graph, schema_of(SHIPPED), texts.__getitem__) == ()


def test_both_validators_agree_on_5000_mutations_that_break_every_keyword() -> None:
    """And where a document is not valid, they name the same places."""
    chance = random.Random(20250101)  # noqa: S311 -- a repeatable choice, no secret
    documents = [*each_place_replaced()]
    documents += [mutated(chance) for _ in range(5_000 - len(documents))]
    plain = json.loads(SHIPPED)
    judge = Draft202012Validator(plain)
    schema = schema_of(SHIPPED)
    graph, texts = graph_of(documents)
    assert len(graph) == len(documents)

    found = found_in(graph, schema, texts)
    broken: set[tuple[int, str]] = set()
    for number, document in enumerate(documents):
        errors = list(judge.iter_errors(document))
        assert schema.validator.is_valid(graph.documents[number]) == (not errors), document
        assert found.get(graph.files[number], set()) == expected(errors), document
        broken.update((id(each.schema), str(each.validator)) for each in every_error(errors))
    never = {(id(plain), "type")}  # a manifest that is not an object is refused before
    assert set(assertions(plain)) - broken == never
    assert 0.5 < len(found) / len(documents) < 0.999


def test_both_validators_agree_on_the_corpus(corpus: Path) -> None:
    data = (corpus / "matriz_module_compliance.schema.json").read_bytes()
    schema, judge = schema_of(data), Draft7Validator(json.loads(data))
    files = [
        path
        for path in sorted((corpus / "manifests").rglob("module.manifest.json"))
        if ".archive" not in path.parts
    ]
    documents = [json.loads(path.read_bytes()) for path in files]
    graph, texts = graph_of(documents)

    found = found_in(graph, schema, texts)
    wrong = {n for n, document in enumerate(documents) if not judge.is_valid(document)}
    assert (len(documents) - len(wrong), len(wrong)) == (1_413, 8)
    assert {int(file[:5]) for file in found} == wrong
    for number in wrong:
        errors = list(judge.iter_errors(documents[number]))
        assert found[graph.files[number]] == expected(errors)


@pytest.mark.parametrize(
    ("steps", "value", "underlined"),
    [
        (["module", "type"], "pakage", '"pakage"'),
        (["module", "extra"], 1, '"extra"'),
        (["module"], {"path": "x"}, '"module"'),
        (["unexpected"], 1, '"unexpected"'),
        (["matriz_integration", "pipeline_nodes", 0], 7, "7"),
        (["capabilities", 0], {}, "{}"),
        (["contracts"], "x", '"x"'),
    ],
)
def test_a_finding_underlines_what_is_wrong(
    steps: list[Step], value: Json, underlined: str
) -> None:
    document = copy.deepcopy(FULL)
    *above, last = steps
    replaced(inside(document, above), last, value)
    graph, texts = graph_of([document])
    [finding] = validate(graph, schema_of(SHIPPED), texts.__getitem__)

    label = finding.labels[0]
    assert label.source.text[label.span.start : label.span.end] == underlined


def test_a_finding_about_the_whole_manifest_underlines_its_first_character() -> None:
    document = {key: value for key, value in FULL.items() if key != "metadata"}
    graph, texts = graph_of([document])
    [finding] = validate(graph, schema_of(SHIPPED), texts.__getitem__)

    assert (finding.pointer, finding.labels[0].span) == ("", Span(0, 1))


def test_the_nearest_allowed_value_is_suggested() -> None:
    document = copy.deepcopy(FULL)
    replaced(inside(document, ["module"]), "type", "pakage")
    graph, texts = graph_of([document])
    [finding] = validate(graph, schema_of(SHIPPED), texts.__getitem__)

    assert "`package`" in finding.hint


def test_without_a_near_one_all_allowed_values_are_named() -> None:
    schema = schema_of(b'{"properties": {"v": {"enum": ["low", "middle", "high", 7, null]}}}')
    graph, texts = graph_of([{"v": "?"}])
    [finding] = validate(graph, schema, texts.__getitem__)

    assert all(each in finding.hint for each in ('"low"', '"middle"', '"high"', "7", "null"))


@pytest.mark.parametrize(
    ("schema", "number", "valid"),
    [
        ({"multipleOf": 0.1}, "0.3", True),
        ({"multipleOf": 0.1}, "0.35", False),
        ({"multipleOf": 1e-300}, "1e300", True),
        ({"type": "integer"}, "1.0", True),
        ({"type": "integer"}, "1.5", False),
        ({"maximum": 0.1}, "0.1000000000000000000001", False),
        ({"const": 1.1}, "1.10", True),
        ({"enum": [12345678901234567890123]}, "12345678901234567890124", False),
        ({"type": "number", "anyOf": [{"multipleOf": 0.1}]}, "0.35", False),
    ],
)
def test_numbers_are_compared_exactly(schema: Json, number: str, *, valid: bool) -> None:
    loose = schema_of(json.dumps({"properties": {"n": schema}}).encode())
    files = [ManifestFile("a/m.json", "a/m.json", b'{"n": %s}' % number.encode())]
    findings = validate(build_graph(files, PROFILE), loose, lambda _: None)

    assert (findings == ()) == valid
    assert all("Decimal" not in finding.message for finding in findings)


def messages(schema: Json, *documents: dict[str, Json]) -> list[list[str]]:
    """What is found in each document."""
    graph, texts = graph_of([*documents])
    findings = validate(graph, schema_of(json.dumps(schema).encode()), texts.__getitem__)
    return [[f.message for f in findings if f.file == file] for file in graph.files]


@pytest.mark.parametrize(
    ("pattern", "fits", "fails"),
    [
        ("^[0-9]+$", "1", "1\n"),  # a line break at the end is a character like any other
        ("^\\p{Lu}+$", "ABC", "abc"),  # unknown to Python
        ("^(a+)+$", "a" * 40, "a" * 40 + "!"),
        ("^(?:a|aa)+(?:b|c)$", "a" * 60 + "b", "a" * 60),
        ("^(a|aa)*$", "a" * 54, "a" * 54 + "!"),
        ("(.*a){12}$", "a" * 40, "a" * 11 + "!" * 200),
    ],
)
def test_a_pattern_comes_to_an_end_whatever_it_is(pattern: str, fits: str, fails: str) -> None:
    """In every keyword that has one. With Python's `re` half of these take longer than a life."""
    named: Json = {pattern: True}
    of_value: Json = {"properties": {"v": {"pattern": pattern}}}
    of_keys: list[Json] = [
        {"patternProperties": named, "additionalProperties": False},
        {"patternProperties": named, "unevaluatedProperties": False},
        {"propertyNames": {"pattern": pattern}},
    ]

    assert [len(each) for each in messages(of_value, {"v": fits}, {"v": fails})] == [0, 1]
    for schema in of_keys:
        assert [len(each) for each in messages(schema, {fits: 1}, {fails: 1})] == [0, 1]


def chain(length: int, *, keyword: str = "allOf", twice: int = 2) -> Json:
    """Definitions that each refer to the next one `twice`."""
    following: list[dict[str, Json]] = [
        {keyword: [{"$ref": f"#/definitions/d{number + 1}"}] * twice} for number in range(length)
    ]
    definitions: dict[str, Json] = {f"d{number}": each for number, each in enumerate(following)}
    return {"$ref": "#/definitions/d0", "definitions": {**definitions, f"d{length}": False}}


@pytest.mark.requirement("R45")
@pytest.mark.fault_row(86)
@pytest.mark.parametrize(
    "schema",
    [
        chain(27),
        chain(27, keyword="anyOf"),
        chain(9, keyword="oneOf", twice=4),
        {"anyOf": [{"const": number} for number in range(20_000)]},
        {"patternProperties": {f"a{number}": False for number in range(20_000)}},
    ],
)
def test_references_cannot_multiply_without_end(schema: Json) -> None:
    found = read_schema("schema.json", json.dumps(schema).encode())

    if isinstance(found, Diagnostic):
        assert (found.code, found.file) == ("E730", "schema.json")
    else:  # it costs that much for values inside of others alone
        graph, texts = graph_of([{"a": {"b": 1}}])
        assert [each.code for each in validate(graph, found, texts.__getitem__)] == ["W507"]


@pytest.mark.requirement("R45")
@pytest.mark.fault_row(86)
def test_a_schema_that_repeats_itself_is_stopped_by_the_depth_of_a_manifest() -> None:
    twice: Json = {
        "properties": {"p": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}},
        "minProperties": 1,
    }
    deep: Json = {}
    for _ in range(60):
        deep = {"p": deep}
    assert isinstance(deep, dict)
    graph, texts = graph_of([deep, {"p": {"p": {}}}])

    found = validate(graph, schema_of(json.dumps(twice).encode()), texts.__getitem__)

    assert [(each.code, each.file) for each in found] == [
        ("W507", graph.files[0]),
        ("W510", graph.files[1]),
    ]


def test_a_grammar_of_values_is_not_refused() -> None:
    """References to the whole that lead into arrays, and others that lead into objects."""
    any_value: Json = {
        "anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"$ref": "#"}},
            {"type": "object", "additionalProperties": {"$ref": "#"}},
        ]
    }
    deep: dict[str, Json] = {"a": "text"}
    for _ in range(25):
        deep = {"a": [deep]}

    assert messages(any_value, deep) == [[]]


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        ({"type": "string"}, None, 'null is not of type "string"'),
        ({"minimum": 5}, True, None),
        ({"maximum": 0.1}, 0.25, "0.25 is greater than the maximum of 0.1"),
        ({"required": ["a"]}, {}, '"a" is a required property'),
        ({"anyOf": [{"type": "string"}, {"required": ["a"]}]}, {}, '"a" is a required property'),
        (
            {"anyOf": [{"type": "string"}, {"type": "number"}]},
            True,
            "true is not valid under any of the schemas listed in the 'anyOf' keyword",
        ),
        (
            {"oneOf": [{"minimum": 1}, {"minimum": 2}]},
            3,
            "3 is valid under more than one of the schemas listed in the 'oneOf' keyword",
        ),
    ],
)
def test_values_are_shown_as_json_has_them(schema: Json, value: Json, words: str | None) -> None:
    [found] = messages({"properties": {"v": schema}}, {"v": value})

    assert found == ([f"`/v`: {words}"] if words else [])


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"additionalProperties": False}, ""),
        ({"properties": {"v": False}}, "/v"),
        ({"properties": {"v": {"additionalProperties": False}}}, "/v"),
        ({"properties": {"w": {}}, "additionalProperties": False}, "/v"),
    ],
)
def test_whatever_is_not_allowed_is_to_be_deleted(schema: Json, pointer: str) -> None:
    graph, texts = graph_of([{"v": {"q": 1}}])
    [finding] = validate(graph, schema_of(json.dumps(schema).encode()), texts.__getitem__)

    assert "not allow" in finding.message
    assert (finding.pointer, finding.hint) == (pointer, "delete it, or allow it in the schema")


def test_a_schema_that_refers_to_itself_comes_to_an_end() -> None:
    [fits, fails] = messages(
        {"properties": {"v": {"pattern": "^[A-Z]+$"}}, "$ref": "#"}, {"v": "ABC"}, {"v": "abc"}
    )

    assert (fits, len(fails)) == ([], 1)


def test_a_schema_may_refer_to_itself() -> None:
    tree = {
        "properties": {"inner": {"$ref": "#"}, "n": {"type": "number"}},
        "not": {"required": ["x"]},
    }
    graph, texts = graph_of([{"inner": {"inner": {"n": "one", "x": 1}}}])
    findings = validate(graph, schema_of(json.dumps(tree).encode()), texts.__getitem__)

    assert [finding.pointer for finding in findings] == ["/inner/inner", "/inner/inner/n"]
