"""Manifests against a JSON Schema.

`jsonschema-rs` decides, with exact numbers, and words the errors. Formats are not asserted.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.survey import ManifestPlaces
from starlang.text import Source, did_you_mean, kind_of, shown_value
from starlang.texts.json import read
from starlang.texts.pointers import Step, parts_of, pointer_to, resolve

MAX_WORDS = 300
"""Longest sentence of the validator that is repeated in full, in characters."""

MAX_OPTIONS = 20
"""How many of the values that a schema allows are named."""

_DELETE = "delete it, or allow it in the schema"


@frozen(repr=False)
class Schema:
    """A JSON Schema that is one itself, and refers to nothing outside of it.

    Made by `starlang.manifests.schema.read_schema`.
    """

    source: Source
    validator: Any = field(eq=False)
    """Of jsonschema-rs."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, bytes]]:
        """A validator cannot be pickled, so a copy is read from the same text."""
        return read_schema, (self.source.name, self.source.text.encode())


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
    places = ManifestPlaces(graph.files, text)
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
    places = ManifestPlaces(graph.files, text)
    found = []
    for number, steps, version in _versions(graph):
        if version != wanted:
            says = "is missing" if version is None else f"is {shown_value(version)}"
            message = f"the schema version {says}, and the config asks for {shown_value(wanted)}"
            hint = "bring the manifest to that version, or change `schema_version` in the config"
            found.append(places.finding(number, steps, "W511", message, hint=hint))
    return in_order(found)


def versioned(graph: ModuleGraph) -> int:
    """How many manifests have a schema version at all."""
    return sum(version is not None for *_, version in _versions(graph))


def _versions(graph: ModuleGraph) -> Iterator[tuple[int, Sequence[Step], object]]:
    """(module, steps, version) of each manifest; the version is None where it has none."""
    for number, document in enumerate(graph.documents):
        if pointer := graph.shape(number).schema_version:
            parts = parts_of(pointer)
            yield number, *next(resolve(document, parts), (parts, None))


def complaints(schema: Schema, document: object) -> frozenset[tuple[str, str]]:
    """What the schema says against one document, as (JSON pointer, sentence) pairs."""
    if schema.validator.is_valid(document):
        return frozenset()
    return frozenset((pointer_to(e.steps), e.message) for e in _errors(schema, document))


def _finding(places: ManifestPlaces, number: int, error: _Error) -> Diagnostic:
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
    error = _furthest(outer)
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


def _furthest(error: Any) -> Any:
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
    texts = [each for each in options if isinstance(each, str)]
    near = did_you_mean(value, texts) if isinstance(value, str) else ""
    return near or f"write one of {', '.join(map(shown_value, options))}, or correct the schema"


# JSON Schema files: bytes in, a `Schema` or what is wrong with it out.

MAX_PATTERN_BYTES = 1 << 25
"""How much memory all patterns of a schema may take together."""

MAX_BACKTRACKS = 20_000
"""How often a pattern with a look-around may try again on one text."""


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
    message = f"the schema is {kind_of(document)}, not an object"
    return _schema_finding(Source(name, data.decode()), (), "E711", message, "write a JSON Schema")


def _compiled(source: Source, document: Any) -> Schema | Diagnostic:
    """A schema is somebody else's: its patterns get a share of memory, and an end of trying.

    Most of them never backtrack, whatever they look like; those with a look-around do.
    """
    import jsonschema_rs

    share = MAX_PATTERN_BYTES // max(1, _patterns(document))
    options = jsonschema_rs.FancyRegexOptions(MAX_BACKTRACKS, share, share)
    try:
        validator = jsonschema_rs.validator_for(
            document, validate_formats=False, retriever=_never_fetch, pattern_options=options
        )
    except jsonschema_rs.ValidationError as error:
        return _lost_reference(source, document, error.message) or _invalid(source, error)
    return Schema(source, validator)


def _patterns(document: object) -> int:
    """How many patterns a schema has."""
    count = 0
    for (*_, key), value in _keywords(document):
        if key == "pattern":
            count += 1
        elif key == "patternProperties" and isinstance(value, dict):
            count += len(value)
    return count


def _never_fetch(uri: str) -> Any:
    raise ValueError(uri)


def _lost_reference(source: Source, document: Any, words: str) -> Diagnostic | None:
    """The reference that `words` complain about, if they do."""
    for steps, target in _references(document):
        file, _, inside = target.partition("#")
        if file and file in words:
            message = f"the schema refers to {shown_value(target)}, and nothing outside it is read"
            hint = "copy that schema into `definitions`, and refer to `#/definitions/NAME`"
            return _schema_finding(source, steps, "E712", message, hint)
        if not file and inside and f"'{inside}'" in words:
            message = f"the schema refers to {shown_value(target)}, which it does not have"
            return _schema_finding(source, steps, "E711", message, "correct the reference")
    return None


def _references(document: object) -> Iterator[tuple[tuple[Step, ...], str]]:
    """(where, target) of every `$ref`."""
    for steps, value in _keywords(document):
        if steps[-1] in {"$ref", "$dynamicRef", "$recursiveRef"} and isinstance(value, str):
            yield steps, value


def _keywords(document: object) -> Iterator[tuple[tuple[Step, ...], object]]:
    """(where, value) of all that may be a keyword; nesting is bounded by the reader."""
    waiting: list[tuple[tuple[Step, ...], object]] = [((), document)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, dict):
            members = [((*steps, key), each) for key, each in value.items()]
            yield from members
            waiting += members
        elif isinstance(value, list):
            waiting += [((*steps, index), each) for index, each in enumerate(value)]


def _invalid(source: Source, error: Any) -> Diagnostic:
    """A schema that its own meta-schema refuses."""
    found = _furthest(error)
    steps = tuple(found.instance_path)
    where = f"`{pointer_to(steps)}`" if steps else "the schema"
    message, hint = found.message, "correct it: no manifest can be checked with it"
    if found.kind.name == "format":  # of all formats, only that of patterns is asserted
        message = f"{shown_value(found.instance)} is not a regular expression, or it is too long"
        hint = "correct it; its length is counted with all repetitions written out"
    return _schema_finding(source, steps, "E711", f"{where}: {message}", hint)


def _schema_finding(
    source: Source, steps: tuple[Step, ...], code: str, message: str, hint: str
) -> Diagnostic:
    places = ManifestPlaces([source.name], lambda _: source.text)
    at_key = "patternProperties" in steps[-2:-1]
    return places.finding(0, steps, code, message, hint=hint, at_key=at_key)
