"""Manifests against a JSON Schema.

`jsonschema-rs` decides, with exact numbers, and words the errors. Formats are not asserted.

A schema is somebody else's, so what it can cost is bounded before it is used: patterns are run
by an engine that takes linear time, nothing outside of the file is fetched, and `Cost`
measures how often references make it look at one value. What is left is the product of a large
schema and a large manifest, which `validate` refuses to work off.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from attrs import evolve, field, frozen

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.survey import ManifestPlaces
from starlang.text import MAX_SHOWN, Source, did_you_mean, kind_of, shown_value
from starlang.texts.json import read
from starlang.texts.limits import MAX_DEPTH
from starlang.texts.pointers import Step, parts_of, pointer_to, resolve

MAX_WORDS = 300
"""Longest sentence of the validator that is repeated in full, in characters."""

MAX_OPTIONS = 20
"""How many of the values that a schema allows are named."""

MAX_ERRORS = 1_000
"""How many errors of one manifest are reported."""

MAX_FOUND = 500_000
"""How many errors the validator may find in one manifest, of which it keeps 300 bytes each."""

MAX_WORK = 20_000_000
"""Most subschemas times values of a manifest that are looked at; a tenth of a microsecond each."""

_LITTLE = MAX_WORK // 20
"""Manifests that take less are not counted together."""

_VARIANTS = 1_000
"""How many variants of a manifest are tried to see whether a schema refuses any."""

_DELETE = "delete it, or allow it in the schema"


@frozen(repr=False, slots=False)
class Schema:
    """A JSON Schema that is one itself, and refers to nothing outside of it.

    Made by `starlang.manifests.schema.read_schema`.
    """

    source: Source
    validator: Any = field(eq=False)
    """Of jsonschema-rs."""

    @cached_property
    def cost(self) -> "Cost":
        """What it takes to hold a manifest against the schema."""
        return Cost(read(self.source.text.encode()))

    @cached_property
    def errors(self) -> "Cost":
        """How many errors it may find."""
        return Cost(read(self.source.text.encode()), _names_asked_for)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, bytes]]:
        """A validator cannot be pickled, so a copy is read from the same text."""
        return read_schema, (self.source.name, self.source.text.encode())


@frozen
class _Error:
    """A place that breaks the schema. `key`: the key below `steps` that should not be there.

    `choices` are the values that the schema allows, as JSON.
    """

    steps: tuple[Step, ...]
    message: str
    hint: str = "correct the value, or the schema"
    key: str | None = None
    choices: tuple[str, ...] = ()


def validate(
    graph: ModuleGraph, schema: Schema, text: Callable[[int], str | None]
) -> tuple[Diagnostic, ...]:
    """A warning for each error of each manifest; `text` gives manifest `i` for its labels."""
    places = ManifestPlaces(graph.files, text, graph.profile.format_of)
    is_valid = schema.validator.is_valid
    budget = _Budget(schema.cost)
    return in_order(
        finding
        for number, document in enumerate(graph.documents)
        if not (known := budget.affords(document, text(number))) or not is_valid(document)
        for finding in _findings(places, number, schema, document if known else None)
    )


class _Budget:
    """The work that is left for the manifests that cost most."""

    def __init__(self, cost: "Cost") -> None:
        self._cost = cost
        self._left = MAX_WORK

    def affords(self, document: object, text: str | None) -> bool:
        """Whether `document`, written as `text`, may be held against the schema."""
        at_most = self._cost.of_values(MAX_DEPTH)
        # A value takes two characters at least.
        if text and at_most and at_most * (len(text) // 2 + 1) < _LITTLE:
            return True
        values, depth = _measured(document)
        each = self._cost.of_values(depth)
        if each is None or each * values > self._left:
            return False
        self._left -= each * values if each * values > _LITTLE else 0
        return True


def _measured(document: object) -> tuple[int, int]:
    """How many values, keys among them, a document has, and how deep they are nested."""
    values, depth = 1, 0
    for steps, _ in _keywords(document):
        values, depth = values + 1, max(depth, len(steps))
    return values, depth


def _findings(
    places: ManifestPlaces, number: int, schema: Schema, document: object
) -> Iterator[Diagnostic]:
    """The findings about manifest `number`; None stands for a document that costs too much."""
    if document is None:
        message = "the schema would look at the values of this manifest too often to validate it"
        hint = "shorten the manifest, or simplify the schema: its alternatives and its references"
        yield places.finding(number, (), "W507", message, hint=hint)
        return
    for error in _errors(schema, document):
        yield _finding(places, number, error)


def other_versions(
    graph: ModuleGraph, wanted: str, text: Callable[[int], str | None]
) -> tuple[Diagnostic, ...]:
    """A warning for each manifest whose schema version is not `wanted`."""
    places = ManifestPlaces(graph.files, text, graph.profile.format_of)
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


def refuses_anything(schema: Schema, document: object) -> bool:
    """Whether the schema would refuse `document` if some value below its root was another, or gone.

    True as well of a document with so many values that it is not tried out to the end.
    """
    tried = list(islice(_altered(document), _VARIANTS))
    return len(tried) == _VARIANTS or not all(map(schema.validator.is_valid, tried))


def _altered(value: object) -> Iterator[object]:
    """`value` with one other value in it at a time; with a key more, or one less."""
    others: tuple[object, ...] = (None, 0, "\0", [], {})
    if isinstance(value, dict):
        yield {**value, "\0": None}
        for key, held in value.items():
            yield {name: each for name, each in value.items() if name != key}
            yield from ({**value, key: each} for each in (*others, *_altered(held)))
    elif isinstance(value, list):
        for number, held in enumerate(value):
            rest = (value[:number], value[number + 1 :])
            yield from ([*rest[0], each, *rest[1]] for each in (*others, *_altered(held)))


def complaints(schema: Schema, document: object) -> frozenset[tuple[str, str]]:
    """What the schema says against one document, as (JSON pointer, sentence) pairs."""
    if schema.validator.is_valid(document):
        return frozenset()
    return frozenset((pointer_to(e.steps), e.message) for e in _errors(schema, document))


def _finding(places: ManifestPlaces, number: int, error: _Error) -> Diagnostic:
    where = f"`{pointer_to(error.steps)}`" if error.steps else "the manifest"
    steps = error.steps if error.key is None else (*error.steps, error.key)
    return places.finding(
        number,
        steps,
        "W510",
        f"{where}: {error.message}",
        hint=error.hint,
        at_key=error.key is not None,
        choices=error.choices,
    )


def _errors(schema: Schema, document: object) -> Sequence[_Error]:
    """The errors of a document, each once; only the first where there may be too many."""
    values, depth = _measured(document)
    each = schema.errors.of_values(depth)
    if each is None or each * values > MAX_FOUND:
        return _first_error(schema, document)
    found = map(_error, islice(schema.validator.iter_errors(document), MAX_ERRORS))
    return tuple(dict.fromkeys(found))


def _first_error(schema: Schema, document: object) -> Sequence[_Error]:
    import jsonschema_rs

    try:
        schema.validator.validate(document)
    except jsonschema_rs.ValidationError as error:
        return (_error(error),)
    return ()


def _error(outer: Any) -> _Error:
    error = _furthest(outer)
    steps, message = tuple(error.instance_path), _shortened(error.message)
    match error.kind.name:
        case "additionalProperties":
            return _Error(steps, message, _DELETE, error.kind.unexpected[0])
        case "falseSchema":  # "False schema does not allow 1": of a few such keys, which one is 1?
            what = "any key" if "additionalProperties" in error.schema_path[-1:] else "any value"
            return _Error(steps, f"the schema does not allow {what} here", _DELETE)
        case "enum":
            options = error.kind.options
            choices = tuple(shown_value(each) for each in options if _is_short(each))
            return _Error(steps, message, _allowed(error.instance, options), choices=choices)
        case _:
            return _Error(steps, message)


def _shortened(message: str) -> str:
    return message if len(message) <= MAX_WORDS else f"{message[:MAX_WORDS]}…"


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


def _is_short(value: object) -> bool:
    """Whether a message shows all of a value."""
    return isinstance(value, str | int) and len(str(value)) < MAX_SHOWN // 2


def _allowed(value: object, options: Sequence[object]) -> str:
    """What may be written in place of `value`."""
    texts = [each for each in options if isinstance(each, str)]
    near = did_you_mean(value, texts) if isinstance(value, str) else ""
    return near or f"write one of {', '.join(map(shown_value, options))}, or correct the schema"


# JSON Schema files: bytes in, a `Schema` or what is wrong with it out.

MAX_PATTERN_BYTES = 1 << 25
"""How much memory all patterns of a schema may take together."""

MAX_EVALUATIONS = 10_000
"""How often references may make a schema look at one value, and at a value inside of it."""


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
    """A schema whose patterns take a share of memory each, and linear time."""
    import jsonschema_rs

    if Cost(document).of_values(0) is None:
        return _tangled(source)
    share = MAX_PATTERN_BYTES // max(1, _patterns(document))
    options = jsonschema_rs.RegexOptions(share, share)
    try:
        validator = jsonschema_rs.validator_for(
            document, validate_formats=False, retriever=_never_fetch, pattern_options=options
        )
    except jsonschema_rs.ValidationError as error:
        return _lost_reference(source, document, error.message) or _invalid(source, error)
    except (ValueError, TypeError, RecursionError) as error:
        words = f"the schema cannot be used: {error}"
        return _schema_finding(source, (), "E711", words, "correct it")
    return Schema(source, validator)


def _tangled(source: Source) -> Diagnostic:
    return _schema_finding(
        source,
        (),
        "E730",
        "references of the schema repeat each other, so that one value would be looked at more "
        f"than {MAX_EVALUATIONS:,} times",
        "refer to a definition once for each value, not once for each way that leads to it",
    )


# How often a schema looks at one value: what references multiply, they multiply again one level
# deeper, so a schema of 27 lines can take 2^27 steps, and keep a finding for each.

_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")
_IN_PLACE_MAPS = ("dependentSchemas", "dependencies")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_OF_KEYS = ("additionalProperties", "unevaluatedProperties")
_OF_ITEMS = ("items", "additionalItems", "unevaluatedItems", "contains")
_STEPS = 500_000

_Counts = tuple[int, int, int]
"""At the value itself; inside of it, if it is an object; if it is an array."""


class _TangledError(Exception):
    """The schema takes too many steps."""


class Cost:
    """How often `document`, a schema, looks at values, and `more` for what a part of it does."""

    def __init__(self, document: Any, more: Callable[[dict[str, Any]], int] = lambda _: 0) -> None:
        self._document = document
        self._more = more
        self._known: dict[tuple[int, int], _Counts] = {}
        self._open: set[tuple[int, int]] = set()
        self._named: dict[str, Any] = {}
        for _, value in [((), document), *_keywords(document)]:
            if isinstance(value, dict):
                for key in ("$id", "id", "$anchor", "$dynamicAnchor"):
                    if isinstance(name := value.get(key), str):
                        self._named[name] = value

    def of_values(self, depth: int) -> int | None:
        """How often at most for each value, if they are `depth` levels deep; None for too often.

        Counted are a value and, of those inside of it, the ones on the costliest way down.
        """
        self._open.clear()
        try:
            return self._of(self._document, depth)
        except (_TangledError, RecursionError):
            return None

    def _of(self, schema: Any, depth: int) -> int:
        itself, in_object, in_array = self._counts(schema, depth)
        return itself + max(in_object, in_array)

    def _counts(self, schema: Any, depth: int) -> _Counts:
        """The counts of `schema` and of all that it says about the same value."""
        key = (id(schema), depth)
        if not isinstance(schema, dict) or key in self._open:
            return 1, 0, 0
        if key not in self._known:
            self._open.add(key)
            own = 1 + self._more(schema)
            counts = [(own, self._of_object(schema, depth), self._of_array(schema, depth))]
            counts += [self._counts(each, depth) for each in self._in_place(schema)]
            itself, in_object, in_array = map(sum, zip(*counts, strict=True))
            if itself + max(in_object, in_array) > MAX_EVALUATIONS or len(self._known) > _STEPS:
                raise _TangledError
            self._known[key] = (itself, in_object, in_array)
            self._open.remove(key)
        return self._known[key]

    def _in_place(self, schema: dict[str, Any]) -> Iterator[Any]:
        for key in _IN_PLACE:
            yield from _listed(schema.get(key))
        for key in _IN_PLACE_MAPS:
            yield from _members(schema.get(key)).values()
        for key in _REFERENCES:
            if isinstance(target := schema.get(key), str):
                yield self._target(target)

    def _of_object(self, schema: dict[str, Any], depth: int) -> int:
        """The key that costs most, and what is for several keys."""
        one = _members(schema.get("properties")).values()
        several = [*_members(schema.get("patternProperties")).values()]
        return self._inside(
            one, [*several, *(schema[key] for key in _OF_KEYS if key in schema)], depth
        )

    def _of_array(self, schema: dict[str, Any], depth: int) -> int:
        several = [each for key in _OF_ITEMS for each in _listed(schema.get(key))]
        return self._inside(_listed(schema.get("prefixItems")), several, depth)

    def _inside(self, one: Iterable[Any], several: Iterable[Any], depth: int) -> int:
        if not depth:
            return 0
        costliest = max((self._of(each, depth - 1) for each in one), default=0)
        return costliest + sum(self._of(each, depth - 1) for each in several)

    def _target(self, target: str) -> Any:
        """What a reference leads to; the whole document where that is not plain."""
        file, _, inside = target.partition("#")
        base = self._named.get(file, self._document) if file else self._document
        if inside.startswith("/"):
            return next((each for _, each in resolve(base, parts_of(inside))), self._document)
        return self._named.get(inside, base) if inside else base


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _members(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _names_asked_for(schema: dict[str, Any]) -> int:
    """For how many keys a schema may say of one object that they are missing."""
    lists = [schema.get("required")]
    for key in ("dependentRequired", "dependencies"):
        lists += _members(schema.get(key)).values()
    return sum(len(each) for each in lists if isinstance(each, list))


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
        message = (
            f"{shown_value(found.instance)} is not a regular expression that takes linear time, "
            "or it is too long"
        )
        hint = (
            "write it without look-around and back-references; its length is counted with all "
            "repetitions written out"
        )
    return _schema_finding(source, steps, "E711", f"{where}: {message}", hint)


def _schema_finding(
    source: Source, steps: tuple[Step, ...], code: str, message: str, hint: str
) -> Diagnostic:
    places = ManifestPlaces([source.name], lambda _: source.text)
    at_key = "patternProperties" in steps[-2:-1]
    return places.finding(0, steps, code, message, hint=hint, at_key=at_key)
