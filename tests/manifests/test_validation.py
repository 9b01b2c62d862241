"""Manifests against a schema: both validators agree, and the words are jsonschema's own."""

import copy
import json
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile, StarShape
from starlang.manifests.schema import Schema, read_schema, validate
from starlang.text import Span
from starlang.texts.pointers import Step, pointer_to

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (ROOT / "configs" / "schemas" / "manifest-1.1.schema.json").read_bytes()
PROFILE = Profile("test", StarShape("/constellation_alignment/primary_star"))

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


def mutated(chance: random.Random) -> dict[str, Json]:
    """The full document with one to three things changed anywhere in it."""
    document = copy.deepcopy(FULL)
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


def expected(errors: list[ValidationError]) -> set[tuple[str, str]]:
    """(pointer, words) of each error, as jsonschema alone says them."""
    found = (best_match([error]) for error in errors)
    return {(pointer_to(tuple(error.absolute_path)), error.message) for error in found}


def said(graph: ModuleGraph, schema: Schema, texts: list[str]) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for finding in validate(graph, schema, texts.__getitem__):
        assert finding.code == "W510"
        where, _, words = finding.message.partition(": ")
        pointer = "" if where == "the manifest" else where.strip("`")
        assert finding.pointer.startswith(pointer)
        assert finding.labels
        found.setdefault(finding.file, set()).add((pointer, words))
    return found


def shortened(findings: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return {
        (pointer, words if len(words) <= 300 else f"{words[:300]}…") for pointer, words in findings
    }


def test_the_full_document_is_valid() -> None:
    graph, texts = graph_of([FULL])

    assert validate(graph, schema_of(SHIPPED), texts.__getitem__) == ()


def test_both_validators_agree_on_5000_mutations_that_break_every_keyword() -> None:
    """And where a document is not valid, the words are those of jsonschema."""
    chance = random.Random(20250101)  # noqa: S311 -- a repeatable choice, no secret
    documents = [mutated(chance) for _ in range(5_000)]
    plain = json.loads(SHIPPED)
    judge = Draft202012Validator(plain)
    schema = schema_of(SHIPPED)
    graph, texts = graph_of(documents)
    assert len(graph) == len(documents)

    found = said(graph, schema, texts)
    broken: set[tuple[int, str]] = set()
    for number, document in enumerate(documents):
        errors = list(judge.iter_errors(document))
        assert schema.fast.is_valid(graph.documents[number]) == (not errors), document
        assert found.get(graph.files[number], set()) == shortened(expected(errors)), document
        broken.update((id(each.schema), str(each.validator)) for each in every_error(errors))
    never = {(id(plain), "type")}  # a manifest that is no object is refused before
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

    found = said(graph, schema, texts)
    wrong = {n for n, document in enumerate(documents) if not judge.is_valid(document)}
    assert (len(documents) - len(wrong), len(wrong)) == (1_413, 8)
    assert {int(file[:5]) for file in found} == wrong
    for number in wrong:
        errors = list(judge.iter_errors(documents[number]))
        assert found[graph.files[number]] == shortened(expected(errors))


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


def test_where_the_two_read_a_pattern_differently_jsonschema_decides() -> None:
    """Python's `$` stands before a last line break as well, that of other languages does not."""
    schema = schema_of(b'{"properties": {"v": {"pattern": "^[0-9]+$"}}}')
    graph, texts = graph_of([{"v": "1\n"}, {"v": "x"}])

    assert [schema.fast.is_valid(document) for document in graph.documents] == [False, False]
    findings = validate(graph, schema, texts.__getitem__)
    assert [finding.file for finding in findings] == ["00001/m.json"]


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"v": {"pattern": "^\\p{Lu}+$"}}},  # unknown to Python
        {"properties": {"v": {"pattern": "^[A-Z]+$"}}, "$ref": "#"},  # never comes to an end
    ],
)
def test_where_jsonschema_fails_the_other_one_answers(schema: Json) -> None:
    graph, texts = graph_of([{"v": "ABC"}, {"v": "abc"}])
    findings = validate(graph, schema_of(json.dumps(schema).encode()), texts.__getitem__)

    assert [(finding.file, finding.pointer) for finding in findings] == [("00001/m.json", "/v")]


def test_a_schema_may_refer_to_itself() -> None:
    tree = {
        "properties": {"inner": {"$ref": "#"}, "n": {"type": "number"}},
        "not": {"required": ["x"]},
    }
    graph, texts = graph_of([{"inner": {"inner": {"n": "one", "x": 1}}}])
    findings = validate(graph, schema_of(json.dumps(tree).encode()), texts.__getitem__)

    assert [finding.pointer for finding in findings] == ["/inner/inner", "/inner/inner/n"]


def test_plain_errors_are_worded_without_importing_jsonschema() -> None:
    """It takes longer to import than all manifests take to read."""
    program = """
import json, sys
from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.profile import Profile, StarShape
from starlang.manifests.schema import read_schema
from starlang.manifests.schema import validate
schema = read_schema("s", b'{"properties": {"a": {"enum": ["x"]}}, "additionalProperties": false}')
file = ManifestFile("m/m.json", "m/m.json", b'{"a": "y", "b": 1}')
graph = build_graph([file], Profile("p", StarShape("/a")))
found = validate(graph, schema, lambda _: None)
print(len(found), sorted({"jsonschema", "jsonschema_rs"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.strip() == "2 ['jsonschema_rs']"
