"""Manifests against a JSON Schema.

`jsonschema` decides and words the errors. `jsonschema-rs`, which is a hundred times
faster, answers for the valid manifests, and for those with the plainest errors (see
`schema_words`). Both get exact numbers. Formats are not asserted.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from attrs import evolve, frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.survey import Places
from starlang.text import Source, did_you_mean
from starlang.texts.json import read
from starlang.texts.pointers import Step, parts_of, pointer_to, resolve
from starlang.texts.words import kind, shown

# The words of `jsonschema` for its plainest errors, without importing it.
#
# Importing `jsonschema` takes as long as reading 1,400 manifests. For the keywords below
# `jsonschema-rs` finds the same errors at the same places, and the words are those of
# `jsonschema`: tests compare both over thousands of invalid documents. A keyword whose
# meaning the two may see differently (`pattern`, `multipleOf`, `anyOf`, …) is not here.

JsonObject = dict[str, object]


class _Number(Decimal):
    """A number that a message shows as JSON writes it."""

    def __repr__(self) -> str:
        return str(self)


def wordable(value: object) -> object:
    """`value` with numbers that `repr` shows as they are; nesting is bounded by the reader."""
    match value:
        case dict():
            return {key: wordable(member) for key, member in value.items()}
        case list():
            return [wordable(member) for member in value]
        case Decimal():
            return _Number(value)
        case _:
            return value


def words(keyword: str, limit: object, instance: object, schema: JsonObject) -> Sequence[str]:
    """What `jsonschema` says about `instance`, which breaks `keyword` with the value `limit`.

    One sentence an error; none if these words are left to `jsonschema` itself.
    """
    make = _WORDS.get(keyword)
    return make(limit, instance, schema) if make else ()


def unexpected(instance: object, schema: JsonObject) -> list[str]:
    """The keys of `instance` that `properties` does not name."""
    known = schema.get("properties", {})
    if not isinstance(instance, dict) or not isinstance(known, dict):
        return []
    return sorted(key for key in instance if key not in known)


_Words = Callable[[object, object, JsonObject], Sequence[str]]


def _type(limit: object, instance: object, _schema: JsonObject) -> Sequence[str]:
    types = limit if isinstance(limit, list) else [limit]
    return [f"{instance!r} is not of type {', '.join(map(repr, types))}"]


def _required(limit: object, instance: object, _schema: JsonObject) -> Sequence[str]:
    if not isinstance(limit, list) or not isinstance(instance, dict):
        return ()
    return [f"{key!r} is a required property" for key in limit if key not in instance]


def _additional(limit: object, instance: object, schema: JsonObject) -> Sequence[str]:
    if limit is not False or "patternProperties" in schema:
        return ()
    keys = unexpected(instance, schema)
    verb = "was" if len(keys) == 1 else "were"
    named = ", ".join(map(repr, keys))
    return [f"Additional properties are not allowed ({named} {verb} unexpected)"]


def _sized(bound: int, at_bound: str, otherwise: str) -> _Words:
    """Sizes have words of their own at the bound 1 (not empty) or 0 (empty)."""
    return lambda limit, instance, _: [f"{instance!r} {at_bound if limit == bound else otherwise}"]


_TOO_SHORT = _sized(1, "should be non-empty", "is too short")
_TOO_LONG = _sized(0, "is expected to be empty", "is too long")

_WORDS: dict[str, _Words] = {
    "additionalProperties": _additional,
    "const": lambda limit, _instance, _schema: [f"{limit!r} was expected"],
    "enum": lambda limit, instance, _: [f"{instance!r} is not one of {limit!r}"],
    "maxItems": _TOO_LONG,
    "maxLength": _TOO_LONG,
    "minItems": _TOO_SHORT,
    "minLength": _TOO_SHORT,
    "required": _required,
    "type": _type,
}


MAX_WORDS = 300
"""Longest sentence of the validator that is repeated in full, in characters."""


@frozen(eq=False, repr=False)
class Schema:
    """A JSON Schema that is one itself, and refers to nothing outside of it.

    Made by `starlang.manifests.schema.read_schema`.
    """

    source: Source
    document: Any
    fast: Any
    """The validator of jsonschema-rs."""

    @cached_property
    def full(self) -> Any:
        """The validator of jsonschema, with exact numbers."""
        return _exact_validator(self.document)


@frozen
class _Error:
    """A place that breaks the schema. `key`: the key below `steps` that should not be there."""

    steps: tuple[Step, ...]
    message: str
    hint: str = "correct the value, or the schema"
    key: str | None = None


def validate(
    graph: ModuleGraph, schema: Schema, text: Callable[[int], str | None]
) -> tuple[Diagnostic, ...]:
    """A warning for each error of each manifest; `text` gives manifest `i` for its labels."""
    places = Places(graph.files, text)
    is_valid = schema.fast.is_valid
    return in_order(
        _finding(places, number, error)
        for number, document in enumerate(graph.documents)
        if not is_valid(document)
        for error in _errors(schema, document)
    )


def other_versions(
    graph: ModuleGraph, wanted: str, text: Callable[[int], str | None]
) -> tuple[Diagnostic, ...]:
    """A warning for each manifest whose schema version is not `wanted`."""
    places = Places(graph.files, text)
    found = []
    for number, (steps, version) in enumerate(_versions(graph)):
        if version != wanted:
            says = "is missing" if version is None else f"is {shown(version)}"
            message = f"the schema version {says}, and the config asks for {shown(wanted)}"
            hint = "bring the manifest to that version, or change `schema_version` in the config"
            found.append(places.finding(number, steps, "W511", message, hint=hint))
    return in_order(found)


def versioned(graph: ModuleGraph) -> int:
    """How many manifests have a schema version at all."""
    return sum(version is not None for _, version in _versions(graph))


def _versions(graph: ModuleGraph) -> Iterator[tuple[Sequence[Step], object]]:
    """The schema version of each manifest, with its place; None where it has none."""
    pointer = graph.profile.schema_version
    parts = parts_of(pointer)
    for document in graph.documents if pointer else ():
        yield next(resolve(document, parts), (parts, None))


def complaints(schema: Schema, document: object) -> frozenset[tuple[str, str]]:
    """What the schema says against one document, as (JSON pointer, sentence) pairs."""
    if schema.fast.is_valid(document):
        return frozenset()
    return frozenset((pointer_to(e.steps), e.message) for e in _errors(schema, document))


def _finding(places: Places, number: int, error: _Error) -> Diagnostic:
    where = f"`{pointer_to(error.steps)}`" if error.steps else "the manifest"
    steps = error.steps if error.key is None else (*error.steps, error.key)
    message = error.message
    if len(message) > MAX_WORDS:
        message = f"{message[:MAX_WORDS]}…"
    return places.finding(
        number,
        steps,
        "W510",
        f"{where}: {message}",
        hint=error.hint,
        at_key=error.key is not None,
    )


def _errors(schema: Schema, document: object) -> Sequence[_Error]:
    shown = wordable(document)
    plain = _plain_errors(schema, document, shown)
    if plain is not None:
        return plain
    try:
        return tuple(_full_errors(schema, shown))
    except (re.error, RecursionError):
        # Python's `re` does not know `\p{L}`, and a `$ref` may lead round in circles.
        return tuple(
            _Error(tuple(error.instance_path), error.message)
            for error in schema.fast.iter_errors(document)
        )


def _plain_errors(schema: Schema, document: object, shown: object) -> Sequence[_Error] | None:
    """The errors as jsonschema-rs finds them, or None where their words are not its own."""
    found: dict[_Error, None] = {}
    for error in schema.fast.iter_errors(document):
        steps = tuple(error.instance_path)
        instance = _at(shown, steps)
        above = _at(schema.document, error.schema_path[:-1])
        if not isinstance(above, dict) or not error.schema_path:
            return None
        keyword = error.schema_path[-1]
        limit = wordable(above.get(keyword))
        sentences = words(keyword, limit, instance, above)
        if not sentences:
            return None
        for sentence in sentences:
            found[_error(steps, sentence, keyword, limit, instance, above)] = None
    return tuple(found)


def _full_errors(schema: Schema, shown: object) -> Iterator[_Error]:
    from jsonschema.exceptions import best_match

    for outer in schema.full.iter_errors(shown):
        error = best_match([outer])
        yield _error(
            tuple(error.absolute_path),
            error.message,
            error.validator,
            error.validator_value,
            error.instance,
            error.schema,
        )


def _error(  # noqa: PLR0913, PLR0917 -- what a validator knows about an error
    steps: tuple[Step, ...], message: str, keyword: str, limit: object, instance: object, above: Any
) -> _Error:
    if keyword == "additionalProperties" and (keys := unexpected(instance, above)):
        return _Error(steps, message, "delete it, or allow it in the schema", keys[0])
    if keyword == "enum" and isinstance(limit, list) and isinstance(instance, str):
        hint = did_you_mean(instance, [each for each in limit if isinstance(each, str)])
        return _Error(steps, message, hint) if hint else _Error(steps, message)
    return _Error(steps, message)


def _at(value: Any, steps: Sequence[Step]) -> Any:
    """What lies at `steps`; None where nothing does."""
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _exact_validator(document: Any) -> Any:
    from jsonschema.validators import (
        Draft202012Validator,
        extend,
        validator_for,
    )
    from referencing import Registry

    base = validator_for(document, default=Draft202012Validator)
    # Draft 4 takes no 1.0 for an integer, later ones do.
    integral = base.TYPE_CHECKER.is_type(1.0, "integer")

    def is_integer(_checker: object, value: object) -> bool:
        if isinstance(value, Decimal):
            return bool(integral and value == value.to_integral_value())
        return isinstance(value, int) and not isinstance(value, bool)

    exact: Any = extend(  # type: ignore[no-untyped-call]  # -- no types
        base,
        {"multipleOf": _multiple_of},
        type_checker=base.TYPE_CHECKER.redefine("integer", is_integer),
    )
    return exact(wordable(document), registry=Registry())


def _multiple_of(validator: Any, factor: Any, instance: Any, _schema: object) -> Iterator[Any]:
    """As jsonschema words it, without binary floats: 0.3 is a multiple of 0.1."""
    from jsonschema.exceptions import ValidationError

    if validator.is_type(instance, "number") and Fraction(instance) % Fraction(factor):
        yield ValidationError(f"{instance!r} is not a multiple of {factor}")


# JSON Schema files: bytes in, a `Schema` or what is wrong with it out.

_VALUES = frozenset({"const", "default", "enum", "examples"})
"""Keywords that hold plain values; nothing in them is a schema."""


def read_schema(name: str, data: bytes) -> Schema | Diagnostic:
    """The schema that the bytes of the file `name` hold, or what is wrong with it."""
    document = read(data)
    if isinstance(document, dict | bool):
        return _compiled(Source(name, data.decode()), document)
    return _no_schema(name, data, document)


def _no_schema(name: str, data: bytes, document: object) -> Diagnostic:
    from starlang.texts.json import Refusal

    if isinstance(document, Refusal):
        return evolve(document.diagnostic(name, data), code="E711")
    message = f"the schema is {kind(document)}, not an object"
    return _schema_finding(Source(name, data.decode()), (), "E711", message, "write a JSON Schema")


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
            return _schema_finding(source, steps, "E712", message, hint)
        if not file and inside and f"'{inside}'" in words:
            message = f"the schema refers to {shown(target)}, which it does not have"
            return _schema_finding(source, steps, "E711", message, "correct the reference")
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
    return _schema_finding(
        source, steps, "E711", f"{where}: {words}", "correct it: no manifest can be checked with it"
    )


def _schema_finding(
    source: Source, steps: tuple[Step, ...], code: str, message: str, hint: str
) -> Diagnostic:
    places = Places([source.name], lambda _: source.text)
    return places.finding(0, steps, code, message, hint=hint)
