"""Manifests against a JSON Schema.

`jsonschema-rs` decides, with exact numbers, and words the errors. Formats are not asserted.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.places import Places
from starlang.manifests.pointers import parts_of, pointer_to, resolve
from starlang.manifests.positions import Step
from starlang.manifests.wording import shown
from starlang.text import Source, did_you_mean

MAX_WORDS = 300
"""Longest sentence of the validator that is repeated in full, in characters."""


@frozen(eq=False, repr=False)
class Schema:
    """A JSON Schema that is one itself, and refers to nothing outside of it.

    Made by `starlang.manifests.schema_file.read_schema`.
    """

    source: Source
    validator: Any
    """Of jsonschema-rs."""


_DELETE = "delete it, or allow it in the schema"


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
    is_valid = schema.validator.is_valid
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
    if schema.validator.is_valid(document):
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
    """The errors of a document, each once."""
    return tuple(dict.fromkeys(map(_error, schema.validator.iter_errors(document))))


def _error(outer: Any) -> _Error:
    error = furthest(outer)
    steps, message = tuple(error.instance_path), error.message
    match error.kind.name:
        case "additionalProperties":
            return _Error(steps, message, _DELETE, error.kind.unexpected[0])
        case "falseSchema":  # "False schema does not allow 1": of a few such keys, which one is 1?
            what = "any key" if "additionalProperties" in error.schema_path[-1:] else "any value"
            return _Error(steps, f"the schema does not allow {what} here", _DELETE)
        case "enum":
            return _Error(steps, message, _allowed(error.instance, error.kind.options))
        case "pattern" if hasattr(error.kind, "error"):
            tried = "a pattern of the schema was tried too often here without an answer"
            return _Error(steps, tried, "write the pattern without a look-around")
        case _:
            return _Error(steps, message)


def furthest(error: Any) -> Any:
    """The error that says most: where all alternatives fail, what fails deepest inside of them.

    An alternative for values of another type is not what was meant. Where several alternatives
    get as far, none of them is likelier than the others.
    """
    while error.kind.name in {"anyOf", "oneOf"}:
        ways = [way for way in error.kind.context if not _is_for_another_type(way, error)]
        deepest = max((_depth(each) for way in ways for each in way), default=0)
        ways = [way for way in ([e for e in way if _depth(e) == deepest] for way in ways) if way]
        if len(ways) != 1:
            break
        error = min(ways[0], key=lambda each: list(map(str, each.instance_path)))
    return error


def _is_for_another_type(way: Sequence[Any], outer: Any) -> bool:
    return any(each.kind.name == "type" and _depth(each) == _depth(outer) for each in way)


def _depth(error: Any) -> int:
    return len(error.instance_path)


def _allowed(value: object, options: Sequence[object]) -> str:
    """What may be written in place of `value`."""
    near = isinstance(value, str) and did_you_mean(
        value, [o for o in options if isinstance(o, str)]
    )
    return near or f"write one of {', '.join(map(shown, options))}, or correct the schema"
