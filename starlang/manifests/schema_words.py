"""The words of `jsonschema` for its plainest errors, without importing it.

Importing `jsonschema` takes as long as reading 1,400 manifests. For the keywords below
`jsonschema-rs` finds the same errors at the same places, and the words are those of
`jsonschema`: tests compare both over thousands of invalid documents. A keyword whose
meaning the two may see differently (`pattern`, `multipleOf`, `anyOf`, …) is not here.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

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
