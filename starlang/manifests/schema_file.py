"""JSON Schema files: bytes in, a `Schema` or what is wrong with it out."""

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.places import Places
from starlang.manifests.pointers import pointer_to
from starlang.manifests.positions import Step
from starlang.manifests.reader import read
from starlang.manifests.validation import Schema
from starlang.manifests.wording import kind, shown
from starlang.text import Source

_VALUES = frozenset({"const", "default", "enum", "examples"})
"""Keywords that hold plain values; nothing in them is a schema."""


def read_schema(name: str, data: bytes) -> Schema | Diagnostic:
    """The schema that the bytes of the file `name` hold, or what is wrong with it."""
    document = read(data)
    if isinstance(document, dict | bool):
        return _compiled(Source(name, data.decode()), document)
    return _no_schema(name, data, document)


def _no_schema(name: str, data: bytes, document: object) -> Diagnostic:
    from starlang.manifests.refusals import Refusal

    if isinstance(document, Refusal):
        return evolve(document.diagnostic(name, data), code="E711")
    message = f"the schema is {kind(document)}, not an object"
    return _finding(Source(name, data.decode()), (), "E711", message, "write a JSON Schema")


def _compiled(source: Source, document: Any) -> Schema | Diagnostic:
    import jsonschema_rs

    try:
        fast = jsonschema_rs.validator_for(document, validate_formats=False, retriever=_never_fetch)
    except jsonschema_rs.ValidationError as error:
        return _lost_reference(source, document, error.message) or _invalid(source, document, error)
    return Schema(source, document, fast)


def _never_fetch(uri: str) -> Any:
    raise ValueError(uri)


def _lost_reference(source: Source, document: Any, words: str) -> Diagnostic | None:
    """The reference that `words` complain about, if they do."""
    for steps, target in _references(document):
        file, _, inside = target.partition("#")
        if file and file in words:
            message = f"the schema refers to {shown(target)}, and nothing outside it is read"
            hint = "copy that schema into `definitions`, and refer to `#/definitions/NAME`"
            return _finding(source, steps, "E712", message, hint)
        if not file and inside and f"'{inside}'" in words:
            message = f"the schema refers to {shown(target)}, which it does not have"
            return _finding(source, steps, "E711", message, "correct the reference")
    return None


def _references(document: object) -> Iterator[tuple[tuple[Step, ...], str]]:
    """(where, target) of every `$ref`; nesting is bounded by the reader."""
    waiting: list[tuple[tuple[Step, ...], object]] = [((), document)]
    while waiting:
        steps, value = waiting.pop()
        members: list[tuple[Step, object]] = []
        if isinstance(value, dict):
            members = [(key, member) for key, member in value.items() if key not in _VALUES]
        elif isinstance(value, list):
            members = list(enumerate(value))
        for step, member in members:
            if step in {"$ref", "$dynamicRef", "$recursiveRef"} and isinstance(member, str):
                yield (*steps, step), member
            else:
                waiting.append(((*steps, step), member))


def _invalid(source: Source, document: Any, error: Any) -> Diagnostic:
    """A schema that its own meta-schema refuses, in the words of jsonschema if it agrees."""
    from jsonschema.exceptions import best_match
    from jsonschema.validators import (
        Draft202012Validator,
        validator_for,
    )

    judge = validator_for(document, default=Draft202012Validator)
    found = best_match(judge(judge.META_SCHEMA).iter_errors(document))
    steps = tuple(found.absolute_path if found else error.instance_path)
    words = found.message if found else error.message
    where = f"`{pointer_to(steps)}`" if steps else "the schema"
    return _finding(
        source, steps, "E711", f"{where}: {words}", "correct it: no manifest can be checked with it"
    )


def _finding(
    source: Source, steps: tuple[Step, ...], code: str, message: str, hint: str
) -> Diagnostic:
    places = Places([source.name], lambda _: source.text)
    return places.finding(0, steps, code, message, hint=hint)
